"""Whose mail a report is about: what our token, the envelope id and the Message-ID prove, and what not."""

from datetime import UTC, datetime

import pytest

from documents import tracking
from documents.models import DeliveryEvent, UnreadReport
from documents.replies import Verdict
from documents.statuses import Status
from documents.verp import bounce_address
from portal.practice import reports as relay_reports
from tests import reports
from tests.world import World

pytestmark = pytest.mark.django_db

ELSEWHERE = "bounces@relay.example"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def delivery(world):
    return world.delivery()


def mail_of(delivery):
    return delivery.mails.get()


def token(delivery):
    return bounce_address(mail_of(delivery).public_id)


def status(delivery):
    delivery.refresh_from_db()
    return delivery.status


def many(number, domain="customers.example"):
    return [{"recipient": f"user{n}@{domain}", "diagnostic": "smtp; 550 5.1.1 No"} for n in range(number)]


def why():
    return UnreadReport.objects.get().why


class TestByToken:
    def test_forwarded_mail_is_still_ours(self, delivery):
        assert tracking.receive(reports.dsn(recipient="someone@else.example"), token(delivery)) == 1
        assert status(delivery) == "rejected"

    def test_the_token_in_the_header_counts_too(self, delivery):
        assert tracking.receive(reports.dsn(to=token(delivery))) == 1

    def test_of_1000_recipients_only_ours_is_applied(self, delivery):
        report = reports.dsn(others=many(999), diagnostic="smtp; 552 5.2.2 Mailbox full", status="5.2.2")
        assert tracking.receive(report, token(delivery)) == 1
        delivery.refresh_from_db()
        assert delivery.cause == "mailbox_full"
        assert DeliveryEvent.objects.filter(status="rejected").count() == 1

    def test_about_1000_others_it_is_no_answer(self, delivery):
        report = reports.dsn(recipient="user@customers.example", others=many(999))
        assert tracking.receive(report, token(delivery)) is None
        assert (status(delivery), why()) == ("queued", "other_address")

    def test_what_it_says_of_another_company_s_mail_changes_nothing_there(self, world, delivery):
        theirs = world.delivery(company=world.globex, customer_number="", addresses="office@cafe.example")
        report = reports.dsn(
            recipient="office@cafe.example",
            others=[{"recipient": "office@baker.example"}],
            message_id=mail_of(theirs).message_id,
            envelope_id=mail_of(theirs).public_id.hex,
        )
        assert tracking.receive(report, token(delivery)) == 1
        assert (status(delivery), status(theirs)) == ("rejected", "queued")

    def test_no_report_is_kept_with_the_mail_it_came_for(self, delivery):
        assert tracking.receive(b"Subject: Thank you\r\n\r\nfor your invoice!\r\n", token(delivery)) is None
        kept = UnreadReport.objects.get()
        assert (kept.why, kept.mail) == ("no_report", mail_of(delivery))


class TestByIds:
    def test_by_the_envelope_id(self, delivery):
        report = reports.dsn(to=ELSEWHERE, envelope_id=mail_of(delivery).public_id.hex)
        assert tracking.receive(report) == 1
        assert status(delivery) == "rejected"

    def test_by_the_message_id(self, delivery):
        assert tracking.receive(reports.dsn(to=ELSEWHERE, message_id=mail_of(delivery).message_id)) == 1

    def test_the_original_recipient_is_ours_though_the_final_one_is_not(self, delivery):
        report = reports.dsn(
            to=ELSEWHERE,
            recipient="someone@else.example",
            original="office@baker.example",
            envelope_id=mail_of(delivery).public_id.hex,
        )
        assert tracking.receive(report) == 1

    @pytest.mark.parametrize("by", ["envelope_id", "message_id"])
    def test_they_prove_nothing_about_other_addresses(self, delivery, by):
        mail = mail_of(delivery)
        ids = {"envelope_id": mail.public_id.hex, "message_id": mail.message_id}
        report = reports.dsn(to=ELSEWHERE, recipient="someone@else.example", **{by: ids[by]})
        assert tracking.receive(report) is None
        assert (status(delivery), why()) == ("queued", "other_address")

    def test_a_complaint_need_not_name_the_recipient(self, delivery):
        report = reports.arf(to=ELSEWHERE, recipient="", message_id=mail_of(delivery).message_id)
        assert tracking.receive(report) == 1

    @pytest.mark.parametrize(
        "message_id",
        ["<20261123.1@portal.example>", "<{hex}@elsewhere.example>", "<x{hex}@jakelu.example>", "<>"],
    )
    def test_a_message_id_that_is_not_ours(self, delivery, message_id):
        message_id = message_id.format(hex=mail_of(delivery).public_id.hex)
        assert tracking.receive(reports.dsn(to=ELSEWHERE, message_id=message_id)) is None
        assert (status(delivery), why()) == ("queued", "no_token")

    def test_our_token_is_believed_first(self, world, delivery):
        other = world.delivery()
        tracking.receive(reports.dsn(message_id=mail_of(other).message_id), token(delivery))
        assert (status(delivery), status(other)) == ("rejected", "queued")


class TestRepeated:
    def test_the_same_report_through_two_doors_counts_once(self, delivery):
        report = reports.dsn(to=token(delivery))
        assert tracking.receive(report, token(delivery), door="smtp") == 1
        assert tracking.receive(report, door="imap") == 0

    def test_a_report_beats_our_own_record_of_the_sending(self, delivery):
        mail = mail_of(delivery)
        received = relay_reports.Received(
            token(delivery), delivery.address, b"Subject: x\r\n\r\n", datetime.now(UTC), "4X"
        )
        tracking.receive(relay_reports.delivered(received, datetime.now(UTC)), token(delivery))
        tracking.apply(Verdict(Status.SENT), mail)
        assert status(delivery) == "delivered"

    def test_an_automatic_reply_says_nothing_and_is_not_unread(self, delivery):
        assert tracking.receive(reports.out_of_office(to=token(delivery)), token(delivery)) == 0
        assert not UnreadReport.objects.exists()
