"""Did it arrive, in one sentence for each recipient; and the text that tells a customer so."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now

from documents import remedying
from documents.causes import REMEDIES, Cause
from documents.models import Delivery, Document
from documents.replies import Verdict, judge
from documents.statuses import Status
from documents.views.answers import NEVER_TRIED, answer
from documents.views.telling import ASKED, about_customer, about_document
from tests.world import World

pytestmark = pytest.mark.django_db

UNKNOWN = judge(550, "5.1.1 <office@baker.example>: no such user", "mx.baker.example")
ACCEPTED = Verdict(Status.DELIVERED, reply_code=250, text="2.0.0 Ok 4711", host="mx.baker.example")


@pytest.fixture
def world():
    return World()


def play(delivery, *verdicts):
    """Let these outcomes be reported about the delivery's mail."""
    mail = delivery.mails.latest("pk")
    for verdict in verdicts:
        delivery.record(verdict, mail)
    mail.finish()
    return delivery


def sentence(delivery):
    return answer(Delivery.objects.get(pk=delivery.pk)).sentence


def told(document, language=""):
    return about_document(Document.objects.get(pk=document.pk), language).text


class TestSentences:
    def test_delivered_by_which_server_and_when(self, world):
        told = sentence(play(world.delivery(), Verdict(Status.SENT), ACCEPTED))
        assert told.startswith("Delivered to office@baker.example, today ")
        assert told.endswith(": the receiving server mx.baker.example accepted it.")

    def test_sent_is_not_called_delivered(self, world):
        told = sentence(play(world.delivery(), Verdict(Status.SENT, host="relay.example")))
        assert "Delivered" not in told
        assert "has not said whether it took it" in told

    def test_rejected_says_why_and_who_says_so(self, world):
        told = sentence(play(world.delivery(), UNKNOWN))
        assert "Address does not exist (550). So says mx.baker.example." in told

    def test_given_up_says_how_often_it_was_tried(self, world):
        delivery = world.delivery()
        delivery.mails.update(attempts=5)
        assert "We tried 6 times, until today" in sentence(
            play(delivery, Verdict(Status.REJECTED, Cause.MAILBOX_FULL))
        )

    def test_what_was_held_back_was_never_sent(self, world):
        told = sentence(play(world.delivery(), Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED)))
        assert told.startswith("Not sent to office@baker.example")

    def test_waiting_says_when_the_next_try_is(self, world):
        delivery = world.delivery()
        assert "waits for its turn" in sentence(delivery)
        delivery.record(judge(451, "4.7.1 greylisted"), delivery.mails.get())
        delivery.mails.get().defer(now() + timedelta(minutes=5))
        assert "The next try is t" in sentence(delivery)

    def test_our_own_trouble_is_said_to_be_ours(self, world):
        delivery = world.delivery()
        delivery.record(Verdict(Status.DEFERRED, Cause.OUR_TROUBLE), delivery.mails.get())
        assert "We are working on it." in sentence(delivery)

    def test_what_our_relay_has_is_with_our_mail_server(self, world):
        delivery = play(world.delivery(), Verdict(Status.SENT))
        delivery.record(judge(451, "4.4.1 timed out"), delivery.mails.get(), external_id="1")
        assert "Our mail server keeps trying." in sentence(delivery)

    def test_corrected_cancelled_and_complained_about(self, world):
        wrong = play(world.delivery(), UNKNOWN)
        remedying.correct(wrong, "new@baker.example", world.alice)
        assert "corrected to new@baker.example" in sentence(wrong)
        cancelled = world.delivery()
        remedying.cancel(cancelled, world.alice)
        assert "it was cancelled" in sentence(cancelled)
        spam = play(world.delivery(), ACCEPTED, Verdict(Status.DELIVERED, Cause.COMPLAINED))
        assert "reported it as spam" in sentence(spam)

    @pytest.mark.parametrize("cause", [c for c in Cause if c != Cause.NONE])
    def test_every_cause_makes_a_sentence_and_a_text(self, world, cause):
        delivery = play(world.delivery(), Verdict(Status.REJECTED, cause))
        assert str(REMEDIES[cause].title) in sentence(delivery)
        text = told(delivery.document)
        assert str(ASKED.get(cause, "show its answer")) % {"sender": "no-reply@jakelu.example"} in text
        was_tried = cause not in NEVER_TRIED and cause != Cause.COMPLAINED
        assert ("it could not be delivered" in text) == was_tried

    def test_without_a_recipient_nothing_was_sent(self, world):
        delivery = world.delivery(customer_number="")
        assert sentence(delivery) == "Not sent: No address to send to."
        assert "We have no e-mail address of yours." in told(delivery.document)


class TestTelling:
    def test_what_the_customers_it_support_needs_stands_in_it(self, world):
        delivery = play(world.delivery(number="2026-17", amount=Decimal("1234.5"), currency="EUR"), ACCEPTED)
        text = told(delivery.document)
        for words in (
            "Invoice 2026-17, 1,234.50 EUR:",
            "– office@baker.example: your mail server accepted it on ",
            "(UTC+",
            "Mail server: mx.baker.example",
            "Its answer: 250 2.0.0 Ok 4711",
            f"Message-ID: {delivery.mails.get().message_id}",
            "junk mail",
            "no-reply@jakelu.example",
            "Acme Oy",
        ):
            assert words in text

    def test_a_rejected_one_asks_for_what_is_needed(self, world):
        text = told(play(world.delivery(), UNKNOWN).document)
        assert "Please tell us the right one." in text
        assert "550 5.1.1 <office@baker.example>: no such user" in text

    def test_what_never_went_out_is_not_to_be_looked_for(self, world):
        text = told(play(world.delivery(), Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED)).document)
        assert "held back" in text
        assert "junk mail" not in text
        assert "Message-ID" not in text

    def test_a_very_long_answer_is_cut(self, world):
        text = told(play(world.delivery(), judge(550, "5.7.1 " + "spam " * 190)).document)
        assert "…" in text
        assert len(text) < 1500

    def test_every_reason_that_rejects_has_something_to_ask_or_the_answer_to_show(self):
        ours = {cause for cause in Cause if REMEDIES[cause].is_ours or REMEDIES[cause].action == "wait"}
        assert set(Cause) - set(ASKED) - ours == {Cause.NONE, Cause.UNKNOWN}

    def test_about_several_documents_the_customer_is_asked_once_for_each_address(self, world):
        old = play(world.delivery(number="F-1"), UNKNOWN).document
        new = play(world.delivery(number="F-2"), UNKNOWN).document
        text = about_customer(world.baker, [new, old]).text
        assert text.count("Please tell us the right one.") == 1
        assert text.index("F-2") < text.index("Please tell us the right one.") < text.index("F-1")
        assert "Message-ID:" not in text

    def test_what_was_wrong_once_is_not_asked_about_when_it_works_now(self, world):
        old = play(world.delivery(number="F-1"), UNKNOWN).document
        new = play(world.delivery(number="F-2"), ACCEPTED).document
        assert "Please tell us" not in about_customer(world.baker, [new, old]).text
