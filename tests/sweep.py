"""A sweep of the workers in the test's own process, and what is there to see after it."""

import email
import email.policy
from datetime import timedelta

import time_machine
from django.utils.timezone import now

from documents import holding, routing, sending
from documents import relay as our_relay


def pump():
    """One sweep; the connection is closed after it, so that the next one finds the relay as it is then."""
    left = sending.pump(seconds=30)
    our_relay.disconnect()
    return left


def sweep(later=timedelta(0)):
    """One sweep, with what is released before it, some time later."""
    with time_machine.travel(now() + later, tick=True):
        routing.release_unblocked()
        holding.release_quiet()
        pump()


def sent(world, **facts):
    """A new document, sent; its one delivery as it is then."""
    delivery = world.delivery(**facts)
    pump()
    delivery.refresh_from_db()
    return delivery


def outcome(delivery):
    delivery.refresh_from_db()
    return delivery.status, delivery.cause, delivery.code


def story(delivery):
    return [event.status for event in delivery.events.all()]


def read(mail):
    return email.message_from_bytes(mail.content, policy=email.policy.default)
