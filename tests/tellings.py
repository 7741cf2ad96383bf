"""What tests of notices have in common: a clock that stands still, and what came of a worker's turn."""

from datetime import UTC, datetime, timedelta

from django.utils.timezone import now

from documents import notices
from documents import relay as our_relay
from documents.causes import Cause
from documents.replies import Verdict
from documents.statuses import Status
from tests.sweep import read

NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # in Helsinki; a Tuesday
EIGHT = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)  # the next morning
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def member(person, **choice):
    """A person's only membership, after this choice."""
    found = person.memberships.get()
    for name, value in choice.items():
        setattr(found, name, value)
    found.save()
    notices.change_hour(found)
    return found


def reject(delivery, cause=Cause.ADDRESS_UNKNOWN, text="5.1.1 No such user"):
    delivery.record(Verdict(Status.REJECTED, cause, 550, "5.1.1", text=text), delivery.mails.last())
    delivery.mails.open().update(finished_at=now())
    return delivery


def sweep():
    """What the workers do every minute; the mails that came of it."""
    notices.plan()
    notices.send(seconds=10)
    our_relay.disconnect()


def told(server):
    """Takes the mails from the server: (to, subject, text) of each."""
    mails = [read(mail) for mail in server.accepted]
    server.mails.clear()
    return [(m["To"], m["Subject"], m.get_body(["plain"]).get_content()) for m in mails]


def at(clock, moment):
    clock.move_to(moment)
    sweep()


def plan_for_the_morning(clock, world):
    """A notice of one rejection that is written down and not sent yet."""
    reject(world.delivery())
    clock.move_to(EIGHT + MINUTE)
    notices.plan()
