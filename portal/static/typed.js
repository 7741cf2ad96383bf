// What was typed into a form outlives a log-in in between: it is kept in this tab when the form is sent, put back
// when the same person opens the page again after having been logged out, and forgotten when it was saved.
// Never kept: passwords and files. Without this script the browser's Back does the same.

const KEPT = "jakelu-typed";
const NO_VALUES = ["hidden", "password", "file", "submit", "button", "image", "reset"];

const body = document.body.dataset;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (form.closest("main") && body.user) keep(form);
  else if (form.closest(".menu")) sessionStorage.removeItem(KEPT); // logged out on purpose, or another company
});

const kept = JSON.parse(sessionStorage.getItem(KEPT));

if (kept && "keepsTyped" in body) {
  remember({ ...kept, wasLoggedOut: true });
} else if (kept && !kept.wasLoggedOut) {
  sessionStorage.removeItem(KEPT); // the answer came: it was saved, or its page shows it with what is wrong
} else if (kept && body.user !== kept.user) {
  sessionStorage.removeItem(KEPT);
} else if (kept && location.pathname === kept.page) {
  sessionStorage.removeItem(KEPT);
  putBack(kept);
}

function keep(form) {
  const values = fields(form).map((field) => [field.name, isTicked(field) ? field.checked : field.value]);
  if (!values.length) return;
  remember({ user: body.user, page: location.pathname, form: position(form), values });
}

function remember(what) {
  const text = JSON.stringify(what);
  if (text.length < 500_000) sessionStorage.setItem(KEPT, text);
}

function putBack({ form: wanted, values }) {
  const form = [...document.querySelectorAll("main form")].find((form) => position(form) === wanted);
  const there = form ? fields(form) : [];
  if (!there.length) return;
  for (const [name, value] of values) {
    const index = there.findIndex((field) => field.name === name);
    if (index < 0) continue;
    const [field] = there.splice(index, 1);
    if (isTicked(field)) field.checked = value;
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  form.prepend(document.getElementById("typed-is-back").content.cloneNode(true));
  form.scrollIntoView({ block: "start" });
}

function fields(form) {
  return [...form.elements].filter((field) => field.name && field.type && !NO_VALUES.includes(field.type) && field.type !== "fieldset");
}

function isTicked(field) {
  return field.type === "checkbox" || field.type === "radio";
}

// Where it is sent, and which one of those it is: on the same page again it is the same form.
function position(form) {
  const action = form.getAttribute("action") ?? "";
  const alike = [...document.querySelectorAll("main form")].filter(
    (other) => (other.getAttribute("action") ?? "") === action,
  );
  return `${alike.indexOf(form)} ${action}`;
}
