// The rejected list: counts what is ticked and ticks a whole page; in the table of corrections, an address that
// is offered is put into the field. Without this script everything works, with a few more clicks.

const bulk = document.getElementById("bulk");
const corrections = document.getElementById("corrections");

if (bulk) helpToTick();
if (corrections) helpToFill();

function helpToTick() {
  const boxes = [...document.querySelectorAll('input[form="bulk"]')];
  const page = bulk.querySelector(".tick-page");
  const whole = page.querySelector("input");
  const count = bulk.querySelector("[data-ticked]");

  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    whole.checked = ticked === boxes.length;
    whole.indeterminate = ticked > 0 && ticked < boxes.length;
    count.textContent = ticked ? ` (${ticked})` : "";
  };
  const choose = (which) => {
    bulk.querySelector(`[name="which"][value="${which}"]`).checked = true;
  };

  whole.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
    choose("ticked");
    tell();
  });
  for (const box of boxes) {
    box.addEventListener("change", () => {
      choose("ticked");
      tell();
    });
  }
  // Browsers keep what was ticked when people come back to the page.
  window.addEventListener("pageshow", tell);
}

function helpToFill() {
  for (const offer of corrections.querySelectorAll("[data-offer]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link address";
    button.textContent = offer.textContent;
    button.addEventListener("click", () => {
      const field = document.getElementById(offer.dataset.offer);
      field.value = offer.textContent;
      field.focus();
    });
    offer.replaceWith(button);
  }
}
