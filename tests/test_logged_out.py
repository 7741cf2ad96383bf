"""A form that is sent after its person was logged out, or with the token of an earlier log-in."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from distribution.models import Customer
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db

ORIGIN = "http://testserver"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def browser(world):
    """Alice's, with the check of tokens that test clients leave out by themselves."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice)
    return browser


def sent(browser, url, fields, page="", origin=ORIGIN):
    headers = {"origin": origin} | ({"referer": ORIGIN + page} if page else {})
    return browser.post(url, fields, headers=headers)


def token(browser, url):
    return re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get(url).content.decode())[1]


def log_in(browser, address, **others):
    page = reverse("account_login")
    fields = {"login": address, "password": PASSWORD, "csrfmiddlewaretoken": token(browser, page)}
    return browser.post(page, fields | others)


class TestLoggedOut:
    def test_nothing_is_saved_and_the_log_in_says_why(self, browser, world):
        form = token(browser, reverse("new-customer"))
        browser.session.flush()
        answer = sent(
            browser,
            reverse("new-customer"),
            {"name": "Candle Oy", "csrfmiddlewaretoken": form},
            "/customers/new/",
        )
        assert answer.status_code == 302
        shown = browser.get(answer.url).content.decode()
        assert "You were logged out, so nothing was saved" in shown
        assert "data-keeps-typed" in shown
        assert not Customer.objects.filter(name="Candle Oy").exists()

    def test_the_log_in_leads_back_to_the_page_of_the_form(self, client, world):
        answer = sent(client, reverse("invite"), {"email": "x@y.example"}, "/settings/members/?page=2")
        assert answer.url == "/accounts/login/?next=/settings/members/%3Fpage%3D2"
        back = log_in(client, world.alice.email, next="/settings/members/?page=2")
        assert back.url == "/settings/members/?page=2"
        assert f'data-user="{world.alice.pk}"' in client.get(back.url).content.decode()

    @pytest.mark.parametrize(
        "page", ["https://evil.example/x", "//evil.example/", "javascript:1", "nonsense"]
    )
    def test_it_leads_nowhere_else(self, client, world, page):
        answer = client.post(reverse("invite"), headers={"referer": page})
        assert answer.url == "/accounts/login/?next=/"

    def test_who_only_looks_is_led_to_what_he_wanted_to_see(self, client, world):
        answer = client.get("/documents/?status=sent")
        assert answer.url == "/accounts/login/?next=/documents/%3Fstatus%3Dsent"
        assert "You were logged out" not in client.get(answer.url).content.decode()


class TestLoggedInAnew:
    """The page is of an earlier log-in, as after the browser's Back."""

    @pytest.fixture
    def old(self, browser, world):
        """The fields of a form that was filled in before the log-in."""
        old = token(browser, reverse("new-customer"))
        browser.session.flush()
        log_in(browser, world.alice.email)
        return {
            "csrfmiddlewaretoken": old,
            "name": 'Candle "& Sons" Oy',
            "numbers": "77",
            "to": "a@candle.example",
            "company": world.acme.pk,
        }

    def test_nothing_is_done_but_what_was_typed_can_be_sent_once_more(self, browser, world, old):
        answer = sent(browser, reverse("new-customer"), old, "/customers/new/")
        assert answer.status_code == 403
        assert not Customer.objects.filter(name=old["name"]).exists()
        shown = answer.content.decode()
        assert "The page was too old" in shown
        assert 'name="name" value="Candle &quot;&amp; Sons&quot; Oy"' in shown
        fresh = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.partition("<main")[2]))
        again = fresh | {"name": old["name"]}
        assert sent(browser, reverse("new-customer"), again).status_code == 302
        assert Customer.objects.get(name=old["name"]).addresses.get().address == "a@candle.example"

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
    def test_a_form_of_another_site_is_never_offered(self, browser, old, origin):
        answer = sent(browser, reverse("new-customer"), old, "/customers/new/", origin)
        assert answer.status_code == 403
        assert "Candle" not in answer.content.decode()

    def test_a_password_is_never_repeated(self, browser, old):
        page = reverse("account_change_password")
        fields = {
            "oldpassword": PASSWORD,
            "password1": "x",
            "csrfmiddlewaretoken": old["csrfmiddlewaretoken"],
        }
        answer = sent(browser, page, fields, page)
        assert answer.status_code == 403
        assert PASSWORD not in answer.content.decode()
        assert f'href="{page}"' in answer.content.decode()

    def test_a_stranger_is_offered_nothing(self, browser, old):
        browser.session.flush()
        answer = sent(browser, reverse("new-customer"), old, "/customers/new/")
        assert answer.status_code == 403
        assert "Candle" not in answer.content.decode()
