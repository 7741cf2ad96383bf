"""Every page of the portal, on a phone and at a desk, in light and dark, as Chromium and axe see it."""

from itertools import groupby
from operator import itemgetter

import pytest
from django.urls import get_resolver, resolve

from tests.e2e.browser.looks import Eye
from tests.e2e.browser.people import SCHEMES, WIDTHS

# What has a path and is no page: files, commands and doors for programs.
NO_PAGES = [
    "account_email",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_confirm_login_code",
    "account_set_password",
    "account_reauthenticate",
    "export-directory",
    "directory-template",
    "check-directory-import",
    "directory-findings",
    "invite",
    "change-role",
    "invite-again",
    "withdraw-invitation",
    "test-webhook",
    "new-webhook-secret",
    "webhook-off",
    "webhook-on",
    "repeat-webhook-call",
    "switch-company",
    "ask-for-activation",
    "choose-language",
    "export-documents",
    "upload",
    "new-batch",
    "batch-list-template",
    "batch-report",
    "send-batch",
    "discard-batch",
    "document-file",
    "release-document",
    "cancel-document",
    "delivery-proof",
    "resend-delivery",
    "try-now",
    "cancel-delivery",
    "put-aside",
    "take-back",
    "drop-mail-text",
    "try-mail-text",
    "send-as-link",
    "end-link",
    "renew-link",
    "linked-file",
    "bounces",
    "provider-events",
]


def page_names(patterns=None):
    """The names of what people open: all but the admin's and the API's."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            if pattern.namespace is None:
                yield from page_names(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def test_no_page_is_forgotten(life):
    visited = {resolve(place["path"].partition("?")[0]).url_name for place in reachable(life)}
    assert set(page_names()) - set(NO_PAGES) - visited == set()


def reachable(life):
    return [place for place in life["places"] if place["path"] != "/nothing/here/"]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_sound(width, browser, life, screenshots, subtests):
    for person, places in groupby(life["places"], key=itemgetter("person")):
        with browser.of(life["people"].get(person, ""), width) as page:
            eye = Eye(page)
            for place in places:
                with subtests.test(place["name"]):
                    look_at(eye, place, width, screenshots)


def look_at(eye, place, width, screenshots):
    """One page: as it comes, with everything unfolded, and in both schemes."""
    assert eye.open(place["path"]) == place["status"], eye.page.url
    faults = eye.faults()
    if eye.page.locator("a.skip").count():
        faults += eye.first_focus()
    for scheme in SCHEMES:
        eye.page.emulate_media(color_scheme=scheme)
        eye.page.screenshot(path=screenshots / f"{place['name']}-{width}-{scheme}.png", full_page=True)
    eye.open_details()
    faults += eye.width()
    if width == WIDTHS[-1]:
        faults += eye.against_wcag()
    assert faults == [], faults
