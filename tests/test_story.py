"""The whole story with everything real: broker, worker, beat, practice mail server, receiver, pages."""

import re
import uuid

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from distribution.models import Company, UnblockRequest
from documents.causes import REMEDIES, Cause
from documents.models import Delivery, Document
from documents.statuses import in_order
from portal.roles import SUPPORT
from tests.conftest import wait_until
from tests.world import World, pdf

pytestmark = pytest.mark.django_db(transaction=True)

# Minutes and hours become seconds, so that "given up after a day" is seen here.
HURRY = {"SWEEP_EVERY": 1, "RETRY_AFTER": "0.02", "GIVE_UP_AFTER": "0.001"}


@pytest.fixture
def world(transactional_db):
    return World()


@pytest.fixture
def running(mail_servers, worker):
    worker(beat=True, **HURRY)


def upload(client, number, **facts):
    """A manager uploads a PDF; returns the document."""
    file = SimpleUploadedFile(f"{number}.pdf", pdf(number), "application/pdf")
    form = {"company": Company.objects.get(name="Acme Oy").pk, "files": file, "number": number}
    form |= {"kind": "invoice", "external_id": str(uuid.uuid4())} | facts
    response = client.post(reverse("upload"), form, headers={"accept": "application/json"})
    assert response.status_code in (200, 201), response.content
    return Document.objects.get(number=number)


def page(client, document):
    return client.get(reverse("document", args=[document.public_id])).content.decode()


def becomes(document, status, cause=Cause.NONE):
    found = Delivery.objects.filter(document=document, status=status, cause=cause)
    wait_until(found.exists, seconds=30)


def test_three_bounces_block_and_support_s_approval_alone_brings_the_held_invoice_home(
    world, running, client
):
    client.force_login(world.alice)
    address = (
        "office+unknown3@baker.example"  # refuses three mails, as if the mailbox had been made after that
    )
    world.baker.addresses.update(address=address)

    for number in ("1", "2", "3"):
        document = upload(client, number, customer_number="1001")
        becomes(document, "rejected", Cause.ADDRESS_UNKNOWN)
        assert "550" in page(client, document)
    held = upload(client, "4", customer_number="1001")
    becomes(held, "rejected", Cause.BLOCKED_BOUNCED)
    assert "605" in page(client, held)

    delivery = held.deliveries.get()
    client.post(reverse("ask-to-unblock", args=[delivery.public_id]), {"note": "They have made the mailbox."})
    approve(world.sam)

    becomes(held, "delivered")
    # The report may be quicker than the worker's own record of the sending.
    story = ["queued", "rejected", "queued", "sent", "delivered"]
    wait_until(lambda: [event.status for event in in_order(delivery.events.all())] == story)
    assert "Delivered" in page(client, held)


def approve(support):
    """Our support presses the button on the page of the only request."""
    support.groups.add(Group.objects.get(name=SUPPORT))
    desk = Client()
    desk.force_login(support)
    request = UnblockRequest.objects.get()
    shown = desk.get(reverse("admin:distribution_unblockrequest_change", args=[request.pk])).content.decode()
    button = re.search(r'formaction="([^"]+)"[^>]*>\s*Approve\s*<', shown)
    desk.post(button[1], {"answer": ""})
    request.refresh_from_db()
    assert request.state == "approved"


OUTCOMES = {
    "somebody": ("delivered", Cause.NONE, ""),
    "quiet": ("sent", Cause.NONE, ""),
    "unknown": ("rejected", Cause.ADDRESS_UNKNOWN, "550"),
    "full": ("rejected", Cause.MAILBOX_FULL, "552"),
    "large": ("rejected", Cause.TOO_LARGE, "552"),
    "policy": ("rejected", Cause.POLICY, "554"),
    "slow": ("delivered", Cause.NONE, ""),
    "down": ("rejected", Cause.GAVE_UP, "602"),
    "late": ("rejected", Cause.ADDRESS_UNKNOWN, "550"),
    "spam": ("delivered", Cause.COMPLAINED, ""),
}


def test_every_practice_address_reaches_its_status_code_and_remedy(world, running, client):
    client.force_login(world.alice)
    sent = {word: upload(client, word, addresses=f"{word}@practice.example") for word in OUTCOMES}
    for word, (status, cause, code) in OUTCOMES.items():
        becomes(sent[word], status, cause)
        shown = page(client, sent[word])
        delivery = sent[word].deliveries.get()
        assert delivery.code == code, word
        assert delivery.get_status_display() in shown, word
        assert code in shown, word
        assert str(REMEDIES[cause].title) in shown, word
    again = upload(client, "again", addresses="spam@practice.example")
    becomes(again, "rejected", Cause.BLOCKED_COMPLAINED)
    assert "607" in page(client, again)
