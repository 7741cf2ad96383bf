"""A company's own words in its mails: pages, marks, and the mail that goes out."""

import email
import time
from decimal import Decimal
from email.policy import default

import pytest
from django.core import mail as outbox
from django.db.models import prefetch_related_objects

from documents import message
from documents.models import MailText, OutboundMail
from documents.sending import NEEDED
from documents.wording import MARKS, filled, unknown_marks
from tests.relay import relay, relay_settings
from tests.sweep import sweep
from tests.world import World


class TestMarks:
    @pytest.mark.parametrize(
        ("text", "becomes"),
        [
            ("Lasku {number}", "Lasku 17"),
            ("{ number }: {amount}", "17: 5,00 EUR"),
            ("Without marks", "Without marks"),
            ("{nobody} and {number", "{nobody} and {number"),
            ("{}", "{}"),
            ("{number.__class__}{0}", "{number.__class__}{0}"),
            ("{number}{number}", "1717"),
        ],
    )
    def test_are_filled_in_and_nothing_else_is_touched(self, text, becomes):
        assert filled(text, {"number": "17", "amount": "5,00 EUR"}) == becomes

    def test_what_a_value_says_is_not_filled_in_again(self):
        assert filled("{customer}", {"customer": "{number}", "number": "17"}) == "{number}"

    def test_unknown_ones_are_named(self):
        assert unknown_marks("{number} {iban} { x.y }") == ["{iban}", "{ x.y }"]
        assert unknown_marks(" ".join(f"{{{mark}}}" for mark in MARKS)) == []

    def test_a_brace_that_is_never_closed_costs_no_time(self):
        """The workers of all companies fill in the text of each mail."""
        text, started = "{" + " " * 1500 + "x", time.process_time()
        assert (filled(text, {}), unknown_marks(text)) == (text, [])
        assert time.process_time() - started < 0.5


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.fixture
def alice(client, world):
    """Her browser."""
    client.force_login(world.alice)
    return client


def own(world, kind="invoice", language="en", **words):
    return MailText.objects.create(company=world.acme, kind=kind, language=language, **words)


def mailed(world, **facts):
    """(subject, plain text, HTML) of a mail that really went out."""
    world.document(**facts)
    with relay() as post_office, relay_settings(post_office):
        sweep()
    (taken,) = post_office.accepted
    parsed = email.message_from_bytes(taken.content, policy=default)
    return (
        parsed["Subject"],
        parsed.get_body(["plain"]).get_content().replace("\r\n", "\n"),
        parsed.get_body(["html"]).get_content(),
    )


@pytest.mark.django_db
class TestMail:
    def test_own_words_come_in_the_place_of_ours(self, world):
        own(world, subject="Your invoice {number}", text="Dear {customer},\n\nplease find <it> enclosed.")
        subject, text, html = mailed(world, number="F-7")
        assert subject == "Your invoice F-7"
        assert text.startswith("Dear Baker Oy,\n\nplease find <it> enclosed.")
        assert "Hello," not in text
        assert "<p>Dear Baker Oy,</p>" in html
        assert "&lt;it&gt;" in html
        assert "billing@acme.example" in text, "where to ask stays"

    def test_an_empty_part_is_ours(self, world):
        own(world, text="Good day")
        subject, text, _html = mailed(world, number="F-7")
        assert subject == "Acme Oy: Invoice F-7"
        assert text.startswith("Good day")

    def test_the_type_s_own_comes_before_the_one_for_all(self, world):
        own(world, kind="", subject="All {number}")
        own(world, kind="reminder", subject="Reminder {number}")
        own(world, kind="invoice", language="sv", subject="Faktura {number}")
        assert mailed(world, number="F-1")[0] == "All F-1"
        assert mailed(world, number="F-2", kind="reminder")[0] == "Reminder F-2"

    def test_the_customer_s_language_decides(self, world):
        own(world, language="sv", subject="Faktura {number}", text="{amount}, {due_date}")
        world.baker.language = "sv"
        world.baker.save()
        subject, text, _html = mailed(world, number="F-1", amount=Decimal("1240.00"), currency="EUR")
        assert subject == "Faktura F-1"
        assert text.startswith("1\xa0240,00 EUR, ")

    def test_a_subject_stays_one_line(self, world):
        own(world, subject="{customer}")
        world.baker.name = "Baker\r\nBcc: eve@evil.example =?utf-8?q?x?="
        world.baker.save()
        assert mailed(world)[0] == "Baker Bcc: eve@evil.example = ?utf-8?q?x?="

    def test_another_company_s_words_are_not_used(self, world):
        MailText.objects.create(company=world.globex, kind="", language="en", subject="Globex")
        assert "Globex" not in mailed(world)[0]

    def test_a_batch_needs_no_query_for_each_mail(self, world, django_assert_max_num_queries):
        own(world, subject="Own")
        for _each in range(3):
            world.document()
        mails = list(OutboundMail.objects.all())
        prefetch_related_objects(mails, *NEEDED)
        with django_assert_max_num_queries(0):
            subjects = {message.words(mail.delivery.document)[0] for mail in mails}
        assert subjects == {"Own"}


URL = "/settings/mail-texts/invoice/en/"


@pytest.mark.django_db
class TestPages:
    def test_the_list_tells_which_are_own(self, alice, world):
        assert "Your text" not in alice.get("/settings/mail-texts/").content.decode()
        own(world, kind="", language="sv", text="Hej")
        page = alice.get("/settings/mail-texts/").content.decode()
        assert page.count("Your text") == 1
        assert "/settings/mail-texts/all/sv/" in page

    def test_ours_is_shown_until_there_is_an_own_one(self, alice, world):
        page = alice.get(URL).content.decode()
        assert "Acme Oy: Invoice 2026-1001" in page
        assert "It is attached to this mail." in page

    def test_looking_at_it_first_keeps_nothing(self, alice, world):
        page = alice.post(URL, {"subject": "Bill {number}", "text": "Hi {customer}", "look": ""})
        assert "Bill 2026-1001" in page.content.decode()
        assert "Hi Customer Ltd" in page.content.decode()
        assert not MailText.objects.exists()

    def test_saved_it_is_shown_and_can_be_given_up_again(self, alice, world):
        page = alice.post(URL, {"subject": "Bill {number}", "text": "Hi"}, follow=True).content.decode()
        assert "Saved." in page
        assert "Bill 2026-1001" in page
        alice.post(URL, {"subject": "Bill {number}", "text": "Hi again"})
        assert MailText.objects.get().text == "Hi again"
        alice.post(f"{URL}removals/")
        alice.post(f"{URL}removals/")
        assert not MailText.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "told"),
        [
            ({"subject": "{iban}", "text": ""}, "{iban} cannot be filled in."),
            ({"subject": "", "text": "{number.x}"}, "{number.x} cannot be filled in."),
            ({"subject": "  ", "text": " \n "}, "Type a subject or a text"),
            ({"subject": "x" * 151, "text": ""}, "at most 150"),
            ({"subject": "", "text": "x" * 3001}, "at most 3000"),
        ],
    )
    def test_wrong_input_is_told_and_kept_in_the_form(self, alice, world, typed, told):
        page = alice.post(URL, typed).content.decode()
        assert told in page
        assert not MailText.objects.exists()

    def test_a_test_mail_goes_to_oneself_and_to_nobody_else(self, alice, world):
        own(world, subject="Bill {number}", text="Hi {customer}")
        page = alice.post(f"{URL}tries/", follow=True).content.decode()
        assert "on its way to alice@acme.example" in page
        (tried,) = outbox.outbox
        assert (tried.to, tried.subject) == (["alice@acme.example"], "Test: Bill 2026-1001")
        assert tried.body.startswith("Hi Customer Ltd")
        assert "a moment ago" in alice.post(f"{URL}tries/", follow=True).content.decode()
        assert len(outbox.outbox) == 1

    def test_a_mail_server_that_is_away_is_told(self, alice, world, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        page = alice.post(f"{URL}tries/", follow=True).content.decode()
        assert "Our mail server does not take mail now." in page

    @pytest.mark.parametrize("path", ["bill/en/", "invoice/de/", "invoice/xx/tries/", "bill/en/removals/"])
    def test_types_and_languages_that_there_are_none_of(self, alice, world, path):
        url = f"/settings/mail-texts/{path}"
        assert alice.post(url).status_code == 404

    @pytest.mark.parametrize("person", ["bob", "mallory"])
    def test_only_managers_of_the_company(self, client, world, person):
        text = own(world, text="Hi")
        client.force_login(getattr(world, person))
        for path in ("", "removals/", "tries/"):
            typed = {"company": world.acme.pk, "text": "Pay to me", "subject": ""}
            assert client.post(URL + path, typed).status_code == 404
        text.refresh_from_db()
        assert text.text == "Hi"
        assert not outbox.outbox
