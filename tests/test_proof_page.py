"""The proof of delivery of a real delivery: what was mailed, what was said, and who may have it."""

import hashlib
import io
from decimal import Decimal
from email import message_from_bytes

import pytest
from django.urls import reverse
from pypdf import PdfReader

from distribution.models import BlockedAddress
from documents import intake, sending
from documents import relay as our_relay
from documents.causes import Cause
from documents.models import Document
from documents.replies import Verdict, judge
from documents.statuses import Status
from tests.einvoice import finvoice
from tests.paper import texts
from tests.relay import relay, relay_settings
from tests.world import World, pdf

pytestmark = pytest.mark.django_db


def read(content):
    return "\n".join(texts(content))


@pytest.fixture
def world():
    return World()


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


def proof_of(client, delivery, query=""):
    return client.get(reverse("delivery-proof", args=[delivery.public_id]) + query)


def send_all():
    """Hands over what is queued to a real server that takes it; returns the mails as it got them."""
    with relay() as server, relay_settings(server):
        sending.pump(seconds=10)
        our_relay.disconnect()
    return [message_from_bytes(mail.content) for mail in server.accepted]


class TestPage:
    def test_a_delivered_document_has_a_proof_with_the_words_of_the_server(self, bob, world):
        delivery = world.delivery(number="2026-17", amount=Decimal("99.90"), currency="EUR")
        mail = delivery.mails.get()
        send_all()
        delivery.record(
            Verdict(Status.DELIVERED, reply_code=250, text="2.0.0 Ok 4711", host="mx.baker.example"),
            mail,
            external_id="1",
        )
        answer = proof_of(bob, delivery)
        assert answer["Content-Type"] == "application/pdf"
        assert "attachment" in answer["Content-Disposition"]
        assert "2026-17" in answer["Content-Disposition"]
        page = read(answer.content)
        for words in (
            "Proof of delivery",
            "250 2.0.0 Ok 4711",
            "mx.baker.example",
            mail.message_id,
            "99.90 EUR",
        ):
            assert words in page
        assert hashlib.sha256(pdf("2026-17")).hexdigest() in page
        assert "today" not in page

    def test_a_rejected_one_has_a_record(self, bob, world):
        delivery = world.delivery()
        mail = delivery.mails.get()
        delivery.record(judge(550, "5.1.1 no such user", "mx.baker.example"), mail)
        mail.finish()
        page = read(proof_of(bob, delivery).content)
        assert "Record of sending" in page
        assert "Proof" not in page
        assert "550 5.1.1 no such user" in page
        assert "No mail server is known to have taken it." in page

    def test_one_that_was_held_back_says_that_it_was_not_sent(self, bob, world):
        BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        delivery = world.delivery()
        assert send_all() == []
        page = read(proof_of(bob, delivery).content)
        assert "Not sent to office@baker.example" in page
        assert "No mail server is known to have taken it." in page

    def test_a_complaint_is_told_in_the_proof(self, bob, world):
        delivery = world.delivery()
        mail = delivery.mails.get()
        for cause in (Cause.NONE, Cause.COMPLAINED):
            delivery.record(Verdict(Status.DELIVERED, cause), mail)
        page = read(proof_of(bob, delivery).content)
        assert "Proof of delivery" in page
        assert "reported it as spam" in page

    def test_the_hash_is_that_of_the_file_in_the_mail_whatever_is_set_later(self, bob, world):
        document = intake.receive(
            world.acme, intake.Facts(), finvoice(), "7.xml", source=Document.Source.COMMAND
        )
        delivery = document.deliveries.get()
        (mail,) = send_all()
        attached = [part.get_payload(decode=True) for part in mail.walk() if part.get_filename()]
        assert len(attached) == 2
        world.acme.xml_invoices_as = "xml"
        world.acme.save()
        page = read(proof_of(bob, delivery).content)
        for content in attached:
            assert hashlib.sha256(content).hexdigest() in page

    def test_a_mail_from_before_this_was_written_down_says_so(self, bob, world):
        delivery = world.delivery()
        delivery.record(Verdict(Status.SENT), delivery.mails.get())
        assert "was not written down" in read(proof_of(bob, delivery).content)

    def test_is_in_the_language_that_is_asked_for(self, bob, world):
        delivery = world.delivery()
        reader = PdfReader(io.BytesIO(proof_of(bob, delivery, "?language=sv").content))
        assert reader.trailer["/Root"]["/Lang"] == "sv"
        nonsense = proof_of(bob, delivery, "?language=%00")
        assert PdfReader(io.BytesIO(nonsense.content)).trailer["/Root"]["/Lang"] == "en"

    def test_a_document_without_a_recipient_has_a_record_too(self, bob, world):
        delivery = world.delivery(customer_number="")
        assert "No address to send to" in read(proof_of(bob, delivery).content)

    def test_strangers_get_none(self, client, world):
        delivery = world.delivery()
        for stranger in (world.mallory, world.sam):
            client.force_login(stranger)
            assert proof_of(client, delivery).status_code == 404

    def test_is_only_for_reading(self, bob, world):
        url = reverse("delivery-proof", args=[world.delivery().public_id])
        assert bob.post(url).status_code == 405
