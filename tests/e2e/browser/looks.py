"""What must be true of every page, by what Chromium has measured."""

from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response

WEIGHT = 150_000  # bytes of a page with its styles, scripts and fonts, as they come over the wire
SHIFT = 0.01  # cumulative layout shift
ALL_RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
RULES_OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# What makes a page: pictures do not count.
HEAVY = ("document", "stylesheet", "script", "font")

WATCH = """
window.shifts = [];
window.breaches = [];
new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(entry => entry.value)))
  .observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", event =>
  window.breaches.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
MEASURE = """() => {
  const all = [...document.querySelectorAll("*")];
  const begins = element => element.outerHTML.slice(0, 120);
  const isInline = element =>
    element.matches("[style], style") ||
    (element.matches("script:not([src])") && element.type !== "application/json") ||
    [...element.attributes].some(a => a.name.startsWith("on") || a.value.trim().startsWith("javascript:"));
  return {
    breaches: window.breaches,
    inline: all.filter(isInline).map(begins),
    headings: [...document.querySelectorAll("h1")].map(heading => heading.textContent.trim()),
    title: document.title,
    language: document.documentElement.lang,
  };
}"""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const wide = document.scrollingElement.scrollWidth;
  if (wide <= width) return [];
  const isOut = element => element.getBoundingClientRect().right > width + 1;
  const out = [...document.body.querySelectorAll("*")].filter(isOut);
  return [`too wide: ${wide} > ${width}`, ...out.slice(-3).map(e => e.outerHTML.slice(0, 160))];
}"""
FOCUSED = """() => {
  const focused = document.activeElement;
  return {
    is_skip_link: focused.matches("a.skip"),
    is_seen: focused.getBoundingClientRect().top >= 0 && getComputedStyle(focused).outlineStyle !== "none",
  };
}"""
OPEN_DETAILS = "() => document.querySelectorAll('main details').forEach(found => found.open = true)"
# Colours that are on their way from one scheme to the other belong to neither.
FINISH_CHANGES = "() => document.getAnimations().forEach(change => change.finish())"
RUN_AXE = "rules => axe.run({ resultTypes: ['violations'], runOnly: rules })"


class Eye:
    """Looks at one page after the other as Chromium shows them, always with an empty cache."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.responses: list[Response] = []
        self.complaints: list[str] = []
        page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.add_init_script(WATCH)
        page.on("response", self._keep)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(f"not loaded: {request.url}"))

    def _keep(self, response) -> None:
        self.responses.append(response)

    def _note(self, message) -> None:
        # What a page itself is answered with is asked of it elsewhere.
        is_its_status = message.text.startswith("Failed to load resource") and any(
            r.url == message.location["url"] and r.request.resource_type == "document" for r in self.responses
        )
        if message.type == "error" and not is_its_status:
            self.complaints.append(message.text)

    def open(self, path: str) -> int:
        """Open a page; returns the status that it was answered with."""
        self.forget()
        answer = self.page.goto(path)
        assert answer is not None
        return answer.status

    def forget(self) -> None:
        self.responses.clear()
        self.complaints.clear()

    def faults_of_loading(self) -> list[str]:
        """What was wrong while the page was loaded, in words."""
        host = urlsplit(self.page.url).netloc
        asked = [r for r in self.responses if not r.url.startswith("data:")]
        weight = sum(r.request.sizes()["responseBodySize"] for r in asked if r.request.resource_type in HEAVY)
        shift = self.page.evaluate("window.shifts.reduce((sum, shift) => sum + shift, 0)")
        found = [f"asks another host: {r.url}" for r in asked if urlsplit(r.url).netloc != host]
        found += [f"shifts by {shift:.3f}"] if shift >= SHIFT else []
        return found + ([f"weighs {weight} bytes"] if weight >= WEIGHT else [])

    def faults(self) -> list[str]:
        """What Chromium complained of, and what is wrong with the page as it is now."""
        seen = self.page.evaluate(MEASURE)
        found = [*self.complaints, *(f"against the CSP: {breach}" for breach in seen["breaches"])]
        found += [f"inline: {tag}" for tag in seen["inline"]]
        found += (
            [] if [bool(heading) for heading in seen["headings"]] == [True] else [f"h1: {seen['headings']}"]
        )
        found += [] if seen["title"].removesuffix("· Jakelu").strip() else ["has no title"]
        found += [] if seen["language"] else ["has no language"]
        return found + self.width()

    def width(self) -> list[str]:
        """What makes the page wider than its window."""
        return self.page.evaluate(TOO_WIDE)

    def first_focus(self) -> list[str]:
        """Whether the first press of Tab shows the link that skips the menu."""
        self.page.keyboard.press("Tab")
        focused = self.page.evaluate(FOCUSED)
        self.page.evaluate("document.activeElement.blur()")
        found = [] if focused["is_skip_link"] else ["Tab does not lead to the skip link first"]
        return found + ([] if focused["is_seen"] else ["the focus is not to be seen"])

    def open_details(self) -> None:
        self.page.evaluate(OPEN_DETAILS)

    def against_wcag(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA and its own good practice, in light and in dark."""
        self.page.evaluate(AXE_SCRIPT)
        found = []
        for scheme, rules in (("light", ALL_RULES), ("dark", RULES_OF_COLOUR)):
            self.page.emulate_media(color_scheme=scheme)
            self.page.evaluate(FINISH_CHANGES)
            found += [
                f"{scheme}: {violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
                for violation in self.page.evaluate(RUN_AXE, rules)["violations"]
                for node in violation["nodes"][:3]
            ]
        return found
