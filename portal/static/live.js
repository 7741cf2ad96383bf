// Keeps a page as things are. What has changed is put in the place of what it was, piece by piece: elements with
// `data-live` and an id, and the children of those with `data-live="list"`. Nothing changes while the hand moves;
// focus, fields, ticks, opened details and selected text stay. Without this script there is a link to refresh.

const AT_REST = 700; // milliseconds since the last movement of the hand

const served = new Map(); // each piece as it came, whatever people and scripts did with it since
let movedAt = 0;

for (const piece of document.querySelectorAll('[data-live]:not([data-live="list"]), [data-live="list"] > *')) {
  served.set(piece.id, text(piece));
}

for (const type of ["pointermove", "pointerdown", "keydown", "wheel", "touchmove"]) {
  document.addEventListener(type, () => (movedAt = Date.now()), { passive: true, capture: true });
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  const live = document.getElementById("live");
  if (live && !document.hidden) htmx.trigger(live, "look");
});

htmx.defineExtension("live", {
  handleSwap(style, target, fragment) {
    if (style !== "live" || Date.now() - movedAt < AT_REST) return true; // the next look brings it again
    const next = fragment.querySelector("#live");
    const news = { said: [], put: [], isWhole: true };
    for (const fresh of fragment.querySelectorAll("[data-live]")) {
      const old = document.getElementById(fresh.id);
      if (old) (fresh.dataset.live === "list" ? renewAll : renew)(old, fresh, news);
    }
    tell(news.said);
    if (!news.isWhole) return news.put; // something is in use: it is asked for again
    if (!next) target.remove(); // nothing changes any more, or nobody is logged in any more
    else target.replaceWith(next);
    return next ? [next, ...news.put] : news.put;
  },
});

// As it came from the portal; the token of its forms is another one each time.
function text(piece) {
  return piece.outerHTML.replace(/(csrfmiddlewaretoken" value=")[^"]*/g, "$1");
}

function renewAll(list, fresh, news) {
  const children = [...fresh.children];
  const wanted = new Set(children.map((child) => child.id));
  for (const child of [...list.children]) {
    if (wanted.has(child.id)) continue;
    if (isInUse(child, null)) news.isWhole = false;
    else child.remove();
  }
  let last = null;
  for (const child of children) {
    const known = document.getElementById(child.id);
    if (known) {
      last = renew(known, child, news);
    } else {
      if (last) last.after(child);
      else list.prepend(child);
      put(child, "", news);
      last = child;
    }
  }
}

// Returns the piece that is in the page then.
function renew(old, fresh, news) {
  if (served.get(old.id) === text(fresh)) return old;
  if (isInUse(old, fresh)) {
    news.isWhole = false;
    return old;
  }
  const said = old.dataset.say;
  const came = text(fresh);
  const focused = old.contains(document.activeElement) ? twin(document.activeElement, fresh) : null;
  const details = [...fresh.querySelectorAll("details")];
  for (const [index, opened] of [...old.querySelectorAll("details")].entries()) {
    if (details[index]) details[index].open = opened.open;
  }
  const fields = keptFields(old);
  const focus = fields.includes(document.activeElement) ? document.activeElement : focused;
  for (const field of fields) twin(field, fresh)?.replaceWith(field);
  old.replaceWith(fresh);
  focus?.focus({ preventScroll: true });
  put(fresh, said, news);
  served.set(fresh.id, came);
  return fresh;
}

function put(piece, said, news) {
  if (!served.has(piece.id)) served.set(piece.id, text(piece));
  if (piece.dataset.say && piece.dataset.say !== said) news.said.push(piece.dataset.say);
  news.put.push(piece);
  piece.dispatchEvent(new Event("renewed", { bubbles: true }));
}

function tell(said) {
  const place = document.getElementById("news");
  if (said.length) place.textContent = said.length > 3 ? place.dataset.many.replace("{count}", said.length) : said.join(" ");
}

// Whether people would miss something of it: what they have selected, typed or are at.
function isInUse(old, fresh) {
  const selection = getSelection();
  if (!selection.isCollapsed && selection.containsNode(old, true)) return true;
  const used = keptFields(old).filter((field) => isChanged(field));
  if (old.contains(document.activeElement) && document.activeElement !== old) used.push(document.activeElement);
  return used.some((element) => !fresh || !twin(element, fresh));
}

// Ticks and what was typed go over into the new piece, as the fields that they are.
function keptFields(old) {
  return [...old.querySelectorAll("input:not([type=hidden]), textarea:not([readonly]), select")].filter(
    (field) => isChanged(field) || field.type === "checkbox" || field === document.activeElement,
  );
}

function isChanged(field) {
  if (field.tagName === "SELECT") {
    const preset = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(preset, 0);
  }
  return isTick(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

function isTick(field) {
  return field.type === "checkbox" || field.type === "radio";
}

// What stands in the new piece where this element was in the old one.
function twin(element, fresh) {
  return [...fresh.querySelectorAll(element.tagName)].find((other) => name(other) === name(element)) ?? null;
}

function name(element) {
  const parts = [element.id, element.name, element.getAttribute("href"), element.form?.getAttribute("action")];
  if (isTick(element)) parts.push(element.value);
  if (element.matches("button, summary")) parts.push(element.textContent.trim());
  return JSON.stringify(parts);
}
