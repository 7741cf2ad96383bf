// The keys of a list: j and k go through its rows, Enter opens one, r goes to what can be done about it, / to the
// search, ? tells all this. They can be switched off, and are off while somebody types.

const OFF = "jakelu-keys-off"; // in the browser, for all lists

const help = document.getElementById("shortcuts");
const opener = document.getElementById("show-shortcuts");
const isOn = document.getElementById("shortcuts-on");

const commands = {
  j: () => go(1),
  k: () => go(-1),
  r: () => button()?.focus(),
  "/": () => document.querySelector('.top [type="search"]')?.focus(),
  "?": () => help.showModal(),
};

opener.addEventListener("click", () => help.showModal());
isOn.checked = !localStorage.getItem(OFF);
isOn.addEventListener("change", () => {
  if (isOn.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
});

document.addEventListener("keydown", (event) => {
  const command = commands[event.key];
  const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
  if (!command || !isPlain || !isOn.checked || help.open || isTyping(event.target)) return;
  event.preventDefault();
  command();
});

function isTyping(element) {
  return element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}

function rows() {
  return [...document.querySelectorAll("tr.row")];
}

function current() {
  return document.activeElement.closest("tr.row");
}

function go(step) {
  const all = rows();
  const at = all.indexOf(current());
  const row = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
  if (!row) return;
  // On its link, so that Enter opens it as always, and readers of the screen hear what it is.
  row.querySelector("a").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

// Only the focus goes there: what a key does by itself may be more than somebody wanted.
function button() {
  return current()?.querySelector("td.actions button, td.actions a");
}
