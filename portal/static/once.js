// A button that was pressed waits for the answer: pressed again meanwhile, it does nothing.
// Without this script nothing is done twice either, because the portal itself sees to it.

const AN_ANSWER = 20000; // milliseconds; where none came by then, the person has stopped it

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (form.hasAttribute("aria-busy")) {
    event.preventDefault();
    return;
  }
  form.setAttribute("aria-busy", "true");
  // Not disabled: a button that is sends no value, and takes the focus away with it.
  event.submitter?.setAttribute("aria-disabled", "true");
  // A large file takes as long as it takes.
  if (form.enctype !== "multipart/form-data") setTimeout(release, AN_ANSWER, form);
});

// The browser keeps pages as they were left, and shows them so when people come back.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) release(form);
});

function release(form) {
  form.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}
