"""What must be true of every page, by what Chromium has measured."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

WEIGHT = 150_000  # bytes of a page with its styles, scripts and fonts, as they come over the wire
SHIFT = 0.01  # cumulative layout shift
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}

WATCH = """
window.shifts = [];
window.breaches = [];
new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(entry => entry.value)))
  .observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", event =>
  window.breaches.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
INLINE = """() => [...document.querySelectorAll("[style], style, script:not([src])")]
  .filter(found => !["application/json", "speculationrules"].includes(found.type))
  .map(found => found.outerHTML.slice(0, 120))"""
HANDLERS = """() => [...document.querySelectorAll("*")].flatMap(found => [...found.attributes])
  .filter(attribute => attribute.name.startsWith("on") || attribute.value.trim().startsWith("javascript:"))
  .map(attribute => `${attribute.name}=${attribute.value}`)"""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= width) return [];
  const wide = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > width + 1);
  return [`${document.scrollingElement.scrollWidth} > ${width}`, ...wide.slice(-3).map(e => e.outerHTML.slice(0, 120))];
}"""
OPEN_DETAILS = "() => document.querySelectorAll('main details').forEach(found => found.open = true)"


@dataclass
class Visit:
    """A page that is being opened, and everything that Chromium asked for and complained of meanwhile."""

    page: Page
    responses: list[Response] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(WATCH)
        self.page.on("response", self.responses.append)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))

    def _note(self, message) -> None:
        # That a page of ours says "not found" is one of its answers.
        is_its_status = message.text.startswith("Failed to load resource") and message.location[
            "url"
        ] == self.page.url
        if message.type in ("error", "warning") and not is_its_status:
            self.complaints.append(message.text)

    def go(self, path: str) -> Response:
        answer = self.page.goto(path, wait_until="load")
        assert answer is not None
        return answer

    def faults(self) -> list[str]:
        """What Chromium saw while the page was loaded, in words."""
        page = self.page
        shift = sum(page.evaluate("window.shifts"))
        weight = sum(r.request.sizes()["responseBodySize"] for r in self.responses if is_counted(r))
        hosts = {urlsplit(r.url).netloc for r in self.responses if not r.url.startswith("data:")}
        found = [*self.complaints, *page.evaluate("window.breaches")]
        found += [f"inline: {tag}" for tag in page.evaluate(INLINE) + page.evaluate(HANDLERS)]
        found += [f"asks another host: {host}" for host in hosts - {urlsplit(page.url).netloc}]
        found += [f"answered {r.status}: {r.url}" for r in self.responses[1:] if r.status >= 400]
        found += [f"shifts by {shift:.3f}"] if shift >= SHIFT else []
        found += [f"weighs {weight} bytes"] if weight >= WEIGHT else []
        return found


def is_counted(response: Response) -> bool:
    return response.request.resource_type in ("document", "stylesheet", "script", "font")


def structure(page: Page) -> list[str]:
    """Whether people with screen readers and keyboards find their way in."""
    headings = page.locator("h1").all_inner_texts()
    found = [] if len(headings) == 1 and headings[0].strip() else [f"first headings: {headings}"]
    found += [] if page.title().strip(" ·") not in ("", "Jakelu") else [f"title: {page.title()!r}"]
    found += [] if page.locator("html").get_attribute("lang") else ["no language"]
    return found


def focus(page: Page, first: str) -> list[str]:
    """Whether the first press of Tab leads to the first link, and shows where it is."""
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    if not focused.count():
        return ["Tab leads nowhere"]
    box, outline = focused.bounding_box(), focused.evaluate("e => getComputedStyle(e).outlineStyle")
    found = [] if focused.evaluate("(e, first) => e.matches(first)", first) else [
        f"Tab leads to {focused.evaluate('e => e.outerHTML')[:120]}"
    ]
    found += [] if box and box["y"] >= 0 and outline != "none" else ["the focus is not to be seen"]
    page.evaluate("document.activeElement.blur()")
    return found


def width(page: Page) -> list[str]:
    return [f"too wide: {' … '.join(map(str, found))}" for found in [page.evaluate(TOO_WIDE)] if found]


def open_details(page: Page) -> None:
    page.evaluate(OPEN_DETAILS)


def axe(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA and its own good practice."""
    violations = Axe().run(page, options=AXE).response["violations"]
    return [
        f"axe {violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in violations
        for node in violation["nodes"][:3]
    ]
