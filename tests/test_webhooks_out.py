"""Companies' programs are told what became of their documents; a real HTTP server plays the program."""

import json
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from django.utils.translation import override

from distribution import signatures, webhooks
from distribution.models import Webhook, WebhookCall
from distribution.models.webhooks import STATUSES
from documents.causes import Cause
from documents.replies import Verdict
from documents.statuses import Status
from tests.receiver import call, is_signed, receiver
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def erp():
    with receiver() as running:
        yield running


@pytest.fixture
def webhook(world, erp):
    """Acme's, for everything that can happen to a delivery."""
    return Webhook.objects.create(
        company=world.acme, url=erp.url, statuses=["queued", "deferred", "sent", "delivered", "rejected"]
    )


class TestWhatIsTold:
    def test_a_new_status_is_told_with_the_document_and_the_remedy(self, world, webhook, erp):
        delivery = world.delivery(number="F-77", external_id="erp-77")
        delivery.record(Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN, reply_code=550), delivery.mails.get())
        webhooks.pump(10)
        [got] = erp.got
        told = json.loads(got.body)
        assert (told["id"], told["type"]) == (got.headers["webhook-id"], "delivery.status")
        assert told["company"] == {"name": "Acme Oy", "business_id": ""}
        assert told["document"] == {
            "id": str(delivery.document.public_id),
            "number": "F-77",
            "kind": "invoice",
            "external_id": "erp-77",
            "customer_number": "1001",
        }
        assert told["delivery"]["status"] == "rejected"
        assert told["delivery"]["cause"] == "address_unknown"
        assert told["delivery"]["code"] == "550"
        assert told["delivery"]["title"] == "Address does not exist"
        assert told["delivery"]["address"] == "office@baker.example"

    def test_only_a_status_that_is_wanted_and_has_changed_is_told(self, world, webhook):
        Webhook.objects.update(statuses=["sent", "rejected"])
        delivery = world.delivery()
        mail = delivery.mails.get()
        delivery.record(Verdict(Status.DEFERRED, Cause.UNREACHABLE), mail)
        assert not WebhookCall.objects.exists()
        delivery.record(Verdict(Status.SENT), mail)
        delivery.record(Verdict(Status.SENT, text="once more"), mail)
        delivery.record(Verdict(Status.DELIVERED), mail)
        assert [call.facts["delivery"]["status"] for call in webhook.calls.all()] == ["sent"]

    def test_every_status_of_a_delivery_can_be_wanted(self):
        assert {status for status, _label in STATUSES} == set(Status.values)

    def test_of_two_events_of_a_delivery_the_later_one_has_the_later_time(self, world, webhook):
        delivery = world.delivery()
        mail = delivery.mails.get()
        delivery.record(Verdict(Status.SENT), mail)
        delivery.record(Verdict(Status.REJECTED), mail, at=now() - timedelta(days=1))
        first, second = [call.facts["at"] for call in webhook.calls.order_by("pk")]
        assert first < second

    def test_it_is_in_english_whoever_looks(self, world, webhook):
        with override("fi"):
            world.delivery(customer_number="", addresses="no address")
        [call] = webhook.calls.all()
        assert call.facts["delivery"]["title"] == "Not an e-mail address"

    def test_another_company_is_told_nothing(self, world, webhook, erp):
        world.customer("7", "office@dyer.example", company=world.globex)
        theirs = world.delivery(company=world.globex, customer_number="7")
        theirs.record(Verdict(Status.SENT), theirs.mails.get())
        webhooks.pump(10)
        assert not erp.got

    def test_without_webhooks_a_record_costs_one_query_more_and_no_call(self, world):
        delivery = world.delivery()
        with CaptureQueriesContext(connection) as queries:
            delivery.record(Verdict(Status.SENT), delivery.mails.get())
        assert len([query for query in queries if "webhook" in query["sql"]]) == 1

    def test_it_is_signed(self, webhook, erp):
        call(webhook)
        webhooks.pump(10)
        [got] = erp.got
        assert is_signed(got, webhook.secret)
        assert not is_signed(got, signatures.new_secret())
        assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 10

    def test_nothing_is_told_when_the_change_is_undone(self, world, webhook):
        delivery = world.delivery()
        with transaction.atomic():
            delivery.record(Verdict(Status.SENT), delivery.mails.get())
            transaction.set_rollback(True)
        assert not WebhookCall.objects.exists()


class TestAnswers:
    @pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
    def test_any_2xx_is_taken(self, webhook, erp, code):
        told, erp.code, erp.body = call(webhook), code, b""
        webhooks.pump(10)
        told.refresh_from_db()
        assert (told.succeeded_at, told.finished_at) != (None, None)
        assert (told.last_code, told.attempts, told.claimed_until is None) == (code, 1, False)
        webhooks.pump(10)
        assert len(erp.got) == 1

    @pytest.mark.parametrize("code", [400, 401, 404, 429, 500, 503])
    def test_any_other_is_tried_again_with_the_same_event(self, webhook, erp, code):
        told, erp.code, erp.body = call(webhook), code, b"not \x00 now\n"
        webhooks.pump(10)
        told.refresh_from_db()
        assert (told.last_code, told.last_answer, told.finished_at) == (code, "not now", None)
        assert webhooks.pump(10) is False
        assert len(erp.got) == 1
        erp.code = 200
        with time_machine.travel(now() + timedelta(minutes=1, seconds=1), tick=True):
            webhooks.pump(10)
        first, second = erp.got
        assert first.body == second.body
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert int(second.headers["webhook-timestamp"]) > int(first.headers["webhook-timestamp"]) + 50
        assert is_signed(second, webhook.secret)

    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, webhook, erp, code):
        with receiver() as other:
            told, erp.code, erp.more = call(webhook), code, {"Location": other.url}
            webhooks.pump(10)
            assert not other.got
        told.refresh_from_db()
        assert (told.last_code, told.succeeded_at, told.is_redirect) == (code, None, True)

    def test_a_cookie_is_not_sent_back(self, webhook, erp):
        erp.more = {"Set-Cookie": "session=1; Path=/"}
        for _number in range(2):
            call(webhook)
            webhooks.pump(10)
        assert [("Cookie" in got.headers) for got in erp.got] == [False, False]

    def test_410_switches_the_webhook_off(self, webhook, erp):
        told, erp.code = call(webhook), 410
        webhooks.pump(10)
        told.refresh_from_db()
        webhook.refresh_from_db()
        assert told.finished_at
        assert not told.succeeded_at
        assert (webhook.is_active, webhook.disabled_because) == (False, "gone")

    def test_of_a_huge_answer_little_is_read_and_less_is_kept(self, webhook, erp):
        sent = []

        def huge(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(10**9))
            handler.end_headers()
            try:
                while sum(sent) < 10**8:
                    sent.append(handler.wfile.write(b"x" * 65536))
            except OSError:
                handler.close_connection = True

        told, erp.answer = call(webhook), huge
        webhooks.pump(10)
        told.refresh_from_db()
        assert told.succeeded_at
        assert told.last_answer == "x" * 500
        assert sum(sent) < 10**8

    def test_no_answer_in_time_is_a_failure(self, webhook, erp, monkeypatch):
        monkeypatch.setattr(webhooks, "TIMEOUT", 0.5)
        told, erp.slow = call(webhook), 2
        webhooks.pump(10)
        told.refresh_from_db()
        assert (told.last_code, told.finished_at) == (None, None)
        assert "no answer within" in told.answer

    def test_an_answer_that_drips_does_not_last_longer(self, webhook, erp, monkeypatch):
        def drip(handler):
            try:
                for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100:
                    handler.wfile.write(bytes([letter]))
                    time.sleep(0.1)
            except OSError:
                handler.close_connection = True

        monkeypatch.setattr(webhooks, "TIMEOUT", 0.5)
        told, erp.answer = call(webhook), drip
        began = time.monotonic()
        webhooks.pump(10)
        assert time.monotonic() - began < 2
        told.refresh_from_db()
        assert "no answer within" in told.answer

    def test_a_body_that_never_ends_does_not_undo_its_2xx(self, webhook, erp, monkeypatch):
        def hang(handler):
            handler.send_response(202)
            handler.send_header("Content-Length", "100")
            handler.end_headers()
            handler.wfile.write(b"thank you")
            time.sleep(2)
            handler.close_connection = True

        monkeypatch.setattr(webhooks, "TIMEOUT", 0.5)
        told, erp.answer = call(webhook), hang
        webhooks.pump(10)
        told.refresh_from_db()
        assert (told.last_code, told.last_answer) == (202, "thank you")
        assert told.succeeded_at

    def test_what_is_no_http_is_a_failure(self, webhook, erp):
        def mumble(handler):
            handler.wfile.write(b"220 mail.example ESMTP\r\n")
            handler.close_connection = True

        told, erp.answer = call(webhook), mumble
        webhooks.pump(10)
        told.refresh_from_db()
        assert "not HTTP" in told.answer

    def test_nobody_there_is_a_failure(self, webhook, erp):
        told = call(webhook)
        erp.server_close()
        webhooks.pump(10)
        told.refresh_from_db()
        assert "No connection" in told.answer
