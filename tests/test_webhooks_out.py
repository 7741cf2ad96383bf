"""Companies' programs are told what became of their documents; a real HTTP server plays the program."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from django.db import transaction

from distribution import signatures, webhooks
from distribution.models import Webhook, WebhookCall
from documents.causes import Cause
from documents.replies import Verdict
from documents.statuses import Status
from tests.receiver import receiver
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


def call(webhook):
    """A new event, not yet called; the one call of it."""
    WebhookCall.objects.put([webhook], "delivery.status", document={"number": "F-1"})
    return webhook.calls.latest("pk")


def is_signed(got, secret):
    """As a receiver checks it, by the words of the standard."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.{got.body.decode()}"
    wanted = base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(given, f"v1,{wanted}") for given in got.headers["webhook-signature"].split(" ")
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
