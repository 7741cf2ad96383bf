"""A portal with a demo's life, and Debian's Chromium to look at it as people do.

Everything ends with the last test of this folder: while Playwright runs, Django lets nobody use the database.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.conftest import wait_until
from tests.e2e.browser.people import Browser
from tests.running import Portal

CHROMIUM = Path("/usr/bin/chromium")
SCREENSHOTS = settings.BASE_DIR / "var" / "screenshots"


@pytest.fixture(scope="package")
def portal(tmp_path_factory) -> Iterator[Portal]:
    """`make run`, but looking for due mail twice a second; yields it once the demo has been told."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's Chromium: as root, `make e2e` installs it")
    portal = Portal(tmp_path_factory.mktemp("portal"), "--demo", SWEEP_EVERY="0.5")
    with portal.started():
        wait_until(lambda: "demo     | support" in portal.said() or "demo ended" in portal.said(), 180)
        assert "demo ended" not in portal.said(), portal.said()
        yield portal


@pytest.fixture(scope="package")
def life(portal) -> dict:
    """Who there is, and where the pages are: see setting.py."""
    command = [sys.executable, "-m", "tests.e2e.browser.setting"]
    done = subprocess.run(
        command, env=portal.environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="package")
def browser(portal) -> Iterator[Browser]:
    with Browser.started(CHROMIUM, portal.url) as browser:
        yield browser


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of the pages are kept, to be looked at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS
