"""Our mail through a real Postfix, and its reports back through our own door."""

import io
import os
from typing import NamedTuple

import pytest
from pypdf import PdfWriter

from documents.causes import Cause
from documents.models import Delivery
from tests.conftest import wait_until
from tests.e2e.conftest import SMALL
from tests.world import World, pdf

pytestmark = pytest.mark.django_db(transaction=True)

# Minutes become seconds, so that trouble of ours is over as soon as it is.
HURRY = {"SWEEP_EVERY": 1, "OUR_RETRY_AFTER": "0.02"}


@pytest.fixture
def world(network, transactional_db):
    return World()


@pytest.fixture
def send(world, network, worker):
    """Sends a document through the relay: `send("office@baker.example")`; returns its delivery."""
    running = set()

    def send(address, through=network.relay, content=None):
        if through.port not in running:
            worker(beat=True, EMAIL_PORT=through.port, **HURRY)
            running.add(through.port)
        return world.delivery(customer_number="", addresses=address, content=content)

    return send


def becomes(delivery, status, cause=Cause.NONE, seconds=30):
    """Waits until the delivery has this outcome; returns the event that decided it."""
    found = Delivery.objects.filter(pk=delivery.pk, status=status, cause=cause).select_related("headline")
    return wait_until(found.first, seconds).headline


def shown(delivery):
    """The code that people see."""
    return Delivery.objects.get(pk=delivery.pk).code


def story(delivery):
    return [event.status for event in delivery.events.all()]


def large_pdf(megabytes):
    """A PDF of this size or a little more: a page and a file in it that cannot be compressed."""
    paper = PdfWriter(clone_from=io.BytesIO(pdf()))
    paper.add_attachment("scan.bin", os.urandom(megabytes * 1024 * 1024 + 1))
    content = io.BytesIO()
    paper.write(content)
    return content.getvalue()


class Outcome(NamedTuple):
    status: str
    cause: Cause
    code: str  # that people see
    words: str  # of the server that decided it, or a part of them
    story: list[str]
    megabytes: int = 0  # of the file; 0 = a page of text


OUTCOMES = {
    # The receiving server sends the report that was asked for.
    "office@capable.example": Outcome(
        *("delivered", Cause.NONE, "", "delivered to maildir"), ["queued", "sent", "delivered"]
    ),
    # It knows no reports, so our relay tells what it answered: "relayed".
    "office@plain.example": Outcome(
        *("delivered", Cause.NONE, "", "250 2.0.0 OK queued as 4Xy"), ["queued", "sent", "delivered"]
    ),
    "nobody@capable.example": Outcome(
        *("rejected", Cause.ADDRESS_UNKNOWN, "550", "User unknown in virtual mailbox table"),
        ["queued", "sent", "rejected"],
    ),
    "office@elsewhere.example": Outcome(
        *("rejected", Cause.DOMAIN_UNKNOWN, "550", "5.1.2 <office@elsewhere.example>"),
        ["queued", "rejected"],
    ),
    # Larger than our relay takes …
    "scanner@plain.example": Outcome(
        *("rejected", Cause.TOO_LARGE, "552", "552 5.3.4 Message size exceeds fixed limit"),
        ["queued", "rejected"],
        megabytes=40,
    ),
    # … and than the receiving server takes.
    "scanner@small.example": Outcome(
        *("rejected", Cause.TOO_LARGE, "552", f"exceeds size limit {SMALL} of server"),
        ["queued", "sent", "rejected"],
        megabytes=2,
    ),
    # Down until the relay gives up; it tells of the delay before that.
    "office@down.example": Outcome(
        *("rejected", Cause.GAVE_UP, "602", "Connection refused"),
        ["queued", "sent", "deferred", "rejected"],
    ),
}


def test_every_outcome_is_shown_in_the_words_of_the_server_that_decided_it(send, network, settings):
    settings.MAX_UPLOAD_MB = 50
    deliveries = {
        address: send(address, through=network.hasty, content=large_pdf(outcome.megabytes))
        for address, outcome in OUTCOMES.items()
    }
    for address, outcome in OUTCOMES.items():
        event = becomes(deliveries[address], outcome.status, outcome.cause)
        assert shown(deliveries[address]) == outcome.code, address
        assert outcome.words in event.reply, address
        assert story(deliveries[address]) == outcome.story, address


def test_a_receiving_server_that_was_down_is_only_a_delay(send, network):
    network.plain.stop()
    try:
        delivery = send("office@plain.example")
        event = becomes(delivery, "deferred", Cause.UNREACHABLE)
        assert "Connection refused" in event.text
    finally:
        network.plain.start()
    becomes(delivery, "delivered")
    assert story(delivery) == ["queued", "sent", "deferred", "delivered"]


def test_nothing_is_rejected_while_our_relay_is_down(send, network):
    network.relay.stop()
    try:
        deliveries = [send("office@plain.example") for _ in range(3)]
        for delivery in deliveries:
            becomes(delivery, "deferred", Cause.OUR_TROUBLE)
    finally:
        network.relay.start()
    for delivery in deliveries:
        becomes(delivery, "delivered")
        assert "sent" in story(delivery)
        assert "rejected" not in story(delivery)


def test_reports_wait_at_the_relay_while_our_door_is_shut(send, network, settings):
    before = network.relay.log_size()
    network.door.close()
    try:
        delivery = send("nobody@capable.example")
        becomes(delivery, "sent")
        wait_until(lambda: f"@{settings.BOUNCE_DOMAIN}>, relay=none" in network.relay.log(since=before))
    finally:
        network.door.open()
    becomes(delivery, "rejected", Cause.ADDRESS_UNKNOWN)
