"""The story as a person plays it: in two languages, on a phone and at a desk, with scripts and without."""

from itertools import product

import pytest

from documents.causes import REMEDIES, Cause
from documents.statuses import Status
from tests.e2e.browser.clerks import ARRIVED, LANGUAGES, REJECTED, SCRIPTS, play_name
from tests.e2e.browser.people import WIDTHS, Clerk
from tests.world import PASSWORD, pdf

PLAYS = [pytest.param(play, id=play_name(*play)) for play in product(LANGUAGES, WIDTHS, SCRIPTS)]
pytestmark = pytest.mark.parametrize("play", PLAYS)


@pytest.fixture
def role(play, life):
    """{"email", "domain"} of the person in this play."""
    return life["clerks"][play_name(*play)]


@pytest.fixture
def options(play):
    language, width, scripts = play
    return {"width": width, "locale": f"{language}-FI", "java_script_enabled": scripts == "with"}


@pytest.fixture
def clerk(play, browser, role, options):
    """The person, logged in already."""
    with browser.of(role["email"], **options) as page:
        page.goto("/")
        yield Clerk(page, play[0])


def test_a_first_time_user_gets_a_rejected_invoice_delivered_in_six_clicks(play, browser, role, options):
    with browser.window(**options) as window:
        clerk = Clerk(window.new_page(), play[0])
        page = clerk.page
        page.goto("/")
        page.get_by_label(clerk.says("E-mail address")).fill(role["email"])
        page.get_by_label(clerk.says("Password")).fill(PASSWORD)
        clerk.click(page.get_by_role("button", name=clerk.says("Log in")))

        reason = str(REMEDIES[Cause.ADDRESS_UNKNOWN].title)
        task = page.get_by_role("listitem").filter(has_text=clerk.says(reason))
        clerk.click(task.get_by_role("link"))
        row = page.get_by_role("row").filter(has_text=REJECTED)
        assert clerk.says(reason) in row.inner_text()
        clerk.click(row.get_by_role("link", name=clerk.says("Correct…")))
        clerk.sees(reason)
        page.get_by_label(clerk.says("The right address")).fill(f"laskut@vuokko-{role['domain']}")
        clerk.click(page.get_by_role("button", name=clerk.says("Send to this address")).last)

        # Back on the list, or on the invoice: wherever it is told.
        page.get_by_text(REJECTED).first.wait_for()
        if "/documents/" in page.url and "status=rejected" in page.url:
            clerk.click(page.get_by_role("link", name=REJECTED))
        clerk.looks_again_until(status_of(page, clerk, Status.DELIVERED))
        assert clerk.clicks <= 6


def status_of(page, clerk, status):
    """The word for a document's or a delivery's status, as a page shows it."""
    return page.locator(f"main .status.{status}").filter(has_text=clerk.says(str(status.label)))


@pytest.mark.parametrize("known", [ARRIVED, "Kaisla"])
def test_the_customer_says_it_never_came_is_answered_in_two_clicks(known, clerk, role):
    box = clerk.page.get_by_role("searchbox").first
    box.fill(known)
    clerk.press_enter(box)

    answer = clerk.page.locator(".answers").first
    answer.wait_for()
    assert f"laskut@kaisla-{role['domain']}" in answer.inner_text().replace("\u200b", "")
    assert (
        ARRIVED
        in clerk.page.get_by_role("textbox", name=clerk.says("What to tell your customer")).input_value()
    )
    assert clerk.clicks <= 2


def test_what_a_blocked_address_held_goes_out_when_support_has_approved(clerk, browser, life, role, options):
    """Three invoices bounce and block the address; of a fourth one mail is held until support acts."""
    page, good, bad = clerk.page, f"a@{role['domain']}", f"office+unknown3@{role['domain']}"
    send(clerk, ["6001", "6002", "6003"], bad)
    page.goto("/documents/?status=rejected")
    for number in ("6001", "6002", "6003"):
        clerk.looks_again_until(page.get_by_role("row").filter(has_text=number))
    send(clerk, ["6004"], f"{bad}; {good}")
    clerk.click(page.get_by_role("link", name=clerk.says("Open the document")))
    clerk.looks_again_until(status_of(page, clerk, Status.DELIVERED))
    clerk.looks_again_until(page.locator(".code").filter(has_text="605"))

    clerk.click(page.get_by_role("link", name=clerk.says("Ask support to unblock…")).first)
    page.get_by_role("textbox", name="note").or_(page.locator("textarea[name=note]")).fill("It works again.")
    clerk.click(page.locator("main form button.primary"))
    clerk.sees("Waiting for support")
    invoice = page.url
    approve(browser, life["people"]["support"], bad, options)

    page.goto(invoice)
    clerk.looks_again_until(page.locator("main .head .status.delivered"))
    assert page.locator("main .status.rejected").count() == 0


def send(clerk, numbers, addresses):
    """Upload a file for each number; the name of the file is the number."""
    page = clerk.page
    page.goto("/documents/send/")
    page.locator("input#files").set_input_files(
        [{"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": pdf(n)} for n in numbers]
    )
    page.locator(".together [name=addresses]").fill(addresses)
    clerk.click(page.locator("form#upload button.primary:visible"))
    page.locator(".upload.done").nth(len(numbers) - 1).wait_for()
    assert page.locator(".upload.failed").count() == 0


def approve(browser, email, address, options):
    """Our support finds the request in the admin and presses the button."""
    with browser.of(email, **options) as page:
        page.goto("/admin/distribution/unblockrequest/?state__exact=open")
        page.locator("#result_list tr").filter(has_text=address).get_by_role("link").first.click()
        page.locator("form.buttons button.default").click()
        page.locator(".messagelist .success").wait_for()
