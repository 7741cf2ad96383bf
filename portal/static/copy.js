// The button that copies a ready text. Without this script the text is selected and copied by hand.

offer(document);
document.addEventListener("renewed", (event) => offer(event.target));

function offer(root) {
  for (const button of root.querySelectorAll("button.copy")) {
    const text = button.closest("section").querySelector("textarea");
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await copy(text);
      button.textContent = button.dataset.done;
      setTimeout(() => (button.textContent = label), 2000);
    });
    button.setAttribute("aria-live", "polite");
  }
}

async function copy(text) {
  text.select();
  try {
    await navigator.clipboard.writeText(text.value);
  } catch {
    document.execCommand("copy"); // where the page is not served by https, or the browser forbids it
  }
}
