"""Chromium in people's hands: who is logged in, how wide the window is, whether scripts run."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext, override
from playwright.sync_api import BrowserContext, Locator, Page, sync_playwright

from tests.world import PASSWORD

HEIGHT = 900
WIDTHS = (360, 1280)  # a phone, and a desk
SCHEMES = ("light", "dark")
PATIENCE = 15  # seconds for anything that a page is to show


class Browser:
    """One Chromium; everybody has a window with a memory of its own in it."""

    def __init__(self, chromium, url: str) -> None:
        self._chromium = chromium
        self._logins: dict[str, dict] = {}
        self.url = url

    @classmethod
    @contextlib.contextmanager
    def started(cls, program: Path, url: str) -> Iterator["Browser"]:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=program)
            yield cls(chromium, url)
            chromium.close()

    @contextlib.contextmanager
    def window(self, width=WIDTHS[-1], **options) -> Iterator[BrowserContext]:
        """A new one, with nothing in its cache; `options` are those of Playwright's `new_context`."""
        with self._chromium.new_context(
            base_url=self.url, viewport={"width": width, "height": HEIGHT}, **options
        ) as window:
            window.set_default_timeout(PATIENCE * 1000)
            yield window

    @contextlib.contextmanager
    def of(self, email: str, width=WIDTHS[-1], **options) -> Iterator[Page]:
        """A page of somebody who logged in before; "" is a stranger."""
        with self.window(width, storage_state=self._login(email), **options) as window:
            yield window.new_page()

    def _login(self, email) -> dict | None:
        if email and email not in self._logins:
            with self.window() as window:
                page = window.new_page()
                log_in(page, email)
                self._logins[email] = window.storage_state()
        return self._logins.get(email)


def log_in(page: Page, email: str) -> None:
    """As everybody does who comes to the portal's first page."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button.primary").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


class Clerk:
    """Somebody who does what people do with a page, and counts the clicks."""

    def __init__(self, page: Page, language: str) -> None:
        self.page = page
        self.language = language
        self.clicks = 0

    def says(self, text: str) -> str:
        """A text of the portal, given in English, as this person reads it."""
        with override(self.language):
            return gettext(text)

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def press_enter(self, where: Locator) -> None:
        self.clicks += 1
        where.press("Enter")

    def sees(self, text: str, where="main") -> None:
        """Waits for a text of the portal, given in English."""
        self.page.locator(where).get_by_text(self.says(text), exact=False).first.wait_for()

    def looks_again_until(self, what: Locator, seconds=30) -> None:
        """Reloads the page, as people do, until it shows this."""
        deadline = time.monotonic() + seconds
        while not what.first.is_visible():
            assert time.monotonic() < deadline, f"{what} is not on {self.page.url}"
            self.page.wait_for_timeout(500)
            self.page.reload()
