"""Every page of the portal, on a phone and at a desk, in light and dark, as Chromium and axe see it."""

from itertools import groupby
from operator import itemgetter

import pytest
from django.urls import get_resolver, resolve

from tests.e2e.browser.looks import Eye
from tests.e2e.browser.people import SCHEMES, WIDTHS
from tests.world import pdf

A4 = 794  # pixels across a sheet

# What has a path and is no page: files, commands and doors for programs.
NO_PAGES = """
    account_email account_confirm_login_code account_set_password
    export-directory directory-template check-directory-import directory-findings
    invite change-role invite-again withdraw-invitation
    test-webhook new-webhook-secret webhook-off webhook-on repeat-webhook-call
    switch-company ask-for-activation choose-language
    export-documents upload new-batch batch-list-template batch-report send-batch discard-batch
    document-file release-document cancel-document delivery-proof resend-delivery try-now cancel-delivery
    resend-rejected link-rejected correct-rejected ask-about-rejected put-aside-rejected undo-errand
    notice notice-example resume-notices
    put-aside take-back drop-mail-text try-mail-text send-as-link end-link renew-link linked-file
    bounces provider-events
"""


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
    assert set(page_names()) - set(NO_PAGES.split()) - visited == set()


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
    faults = eye.faults_of_loading() + eye.faults()
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


def typed_wrongly(page):
    page.goto("/customers/new/")
    page.locator("main form [required]").evaluate_all("fields => fields.forEach(f => f.required = false)")
    page.locator("main form button.primary").click()
    page.locator(".errorlist").first.wait_for()


def files_chosen(page):
    page.goto("/documents/send/")
    numbers = [f"{page.viewport_size['width']}-{part}" for part in (1, 2)]  # new ones for each width
    files = [{"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": pdf(n)} for n in numbers]
    page.locator("input#files").set_input_files(files)
    page.locator(".upload").nth(1).wait_for()


def files_sent(page):
    files_chosen(page)  # nothing was sent then
    page.locator(".together [name=addresses]").fill("a@pages.example")
    page.locator("#send").click()
    page.locator(".upload.done").nth(1).wait_for()


def menu_unfolded(page):
    page.goto("/")
    page.locator("details.menu summary").click()


def told_what_was_done(page):
    page.goto("/profile/")
    page.locator("main form button.primary").click()
    page.locator(".message.success").wait_for()


def token_made(page):
    page.goto("/settings/tokens/new/")
    page.locator("main form [name=name]").fill("ERP")
    page.locator("main form [name=scopes]").first.check()
    page.locator("main form button.primary").click()
    page.locator("pre.secret").wait_for()


STATES = [typed_wrongly, files_chosen, files_sent, menu_unfolded, told_what_was_done, token_made]


@pytest.mark.parametrize("width", WIDTHS)
def test_what_comes_of_a_press_is_sound(width, browser, life, screenshots, subtests):
    with browser.of(life["people"]["manager"], width) as page:
        eye = Eye(page)
        for state in STATES:
            name = state.__name__.replace("_", "-")
            with subtests.test(name):
                eye.forget()
                state(page)
                faults = eye.faults() + eye.against_wcag()
                page.screenshot(path=screenshots / f"{name}-{width}-dark.png", full_page=True)
                assert faults == [], faults


def test_a_document_is_printed_without_what_is_for_the_screen(browser, life, screenshots, subtests):
    for name in ("document-rejected", "document-delivered", "overview", "documents-rejected"):
        (place,) = (place for place in life["places"] if place["name"] == name)
        with subtests.test(name), browser.of(life["people"]["manager"], A4, color_scheme="dark") as page:
            page.goto(place["path"])
            page.emulate_media(media="print")
            page.screenshot(path=screenshots / f"{name}-print.png", full_page=True)
            assert page.locator("h1").is_visible()
            hidden = page.locator("header.top, .practice, main button, main a.button")
            assert not [found for found in hidden.all() if found.is_visible()]
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
            assert Eye(page).width() == []
