// Large files: how far the sending is, and what became of it, without leaving the page before it is done.
// Without this script the browser sends the form and shows in its own way that it does.

for (const form of document.querySelectorAll("form:has(.progress)")) {
  form.addEventListener("submit", (event) => {
    const files = [...form.elements].filter((field) => field.type === "file" && field.files.length);
    if (!files.length) return; // the portal says what is missing
    event.preventDefault();
    if (!sending.has(form)) send(form);
  });
}

const sending = new Set();

window.addEventListener("beforeunload", (event) => {
  if (sending.size) event.preventDefault();
});

function send(form) {
  const place = form.querySelector(".progress");
  const bar = place.querySelector("progress");
  const body = new FormData(form);
  const known = document.cookie.match(/(?:^|; )csrftoken=(\w+)/);
  if (known) body.set("csrfmiddlewaretoken", known[1]); // another one after a log-in in another tab
  const request = new XMLHttpRequest();

  sending.add(form);
  place.hidden = false;
  bar.hidden = false;
  bar.value = 0;
  form.setAttribute("aria-busy", "true");
  for (const button of form.querySelectorAll(".actions > button")) button.setAttribute("aria-disabled", "true");
  say(place, place.dataset.sending, 0);

  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.lengthComputable ? (100 * event.loaded) / event.total : 0;
    say(place, place.dataset.sending, Math.floor(bar.value / 10) * 10);
  });
  request.upload.addEventListener("load", () => say(place, place.dataset.arrived));
  request.addEventListener("load", () => answered(form, place, request));
  request.addEventListener("error", () => fail(form, place, place.dataset.unreachable));
  request.send(body);
}

function answered(form, place, request) {
  const answer = parsed(request.responseText);
  if (answer?.url) {
    sending.delete(form);
    location.assign(answer.url);
  } else if (answer?.message) {
    fail(form, place, answer.message);
  } else {
    const elsewhere = request.responseURL && request.responseURL !== form.action;
    fail(form, place, elsewhere || request.status === 403 ? place.dataset.loggedOut : place.dataset.failed);
  }
}

function fail(form, place, message) {
  sending.delete(form);
  form.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  place.querySelector("progress").hidden = true;
  place.classList.add("failed");
  place.querySelector("p").textContent = message;
}

// Every ten per cent, because a screen is also read aloud.
function say(place, text, percent) {
  const line = place.querySelector("p");
  const told = text.replace("{percent}", percent);
  place.classList.remove("failed");
  if (line.textContent !== told) line.textContent = told;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
