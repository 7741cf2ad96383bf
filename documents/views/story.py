"""What happened to a delivery, in sentences."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext as _

from distribution.evidence import failures
from documents.causes import Cause
from documents.links import FETCHED
from documents.sending import NOT_TRIED, patience_used
from documents.statuses import Status, in_order
from documents.tracking import NOTHING_HEARD
from documents.views.blocks import declined
from documents.views.offers import HELD_FOR_A_BLOCK, buttons

# A report that took longer than this is shown with the time of its arrival, too.
TOLD_LATER = timedelta(seconds=2)


@dataclass(frozen=True)
class Line:
    """One event as people read it."""

    event: object
    label: str | Promise
    css: str
    sentence: str
    reply: str  # the receiving server's own words, or ""
    earlier: tuple = ()  # lines that say the same and come before this one, newest first

    @property
    def is_fetched(self):
        return self.event.text == FETCHED

    @property
    def is_told_later(self):
        return self.event.received_at - self.event.at > TOLD_LATER


@dataclass(frozen=True)
class Waiting:
    """A mail in the queue: how often it was tried, when it is next, and until when."""

    tries: int
    tried_at: datetime | None  # the last time
    next_at: datetime
    until: datetime | None  # when we give up; None: we do not, or cannot say yet
    is_with_worker: bool

    @property
    def is_due(self):
        return self.next_at <= now()


@dataclass(frozen=True)
class Story:
    """A delivery with all that its card shows."""

    delivery: object
    lines: list  # newest first
    mails: list  # newest first
    buttons: list
    block: object  # what stops mail to its address now, or None
    failures: list  # for which it was blocked
    waiting: Waiting | None

    @property
    def timeline(self):
        """The lines, with tries that ended the same way told as one."""
        for _key, same in groupby(self.lines, key=_told_as_one):
            newest, *earlier = same
            yield replace(newest, earlier=tuple(earlier))

    @property
    def is_open_work(self):
        return self.delivery.is_open_work

    @property
    def is_with_relay(self):
        """Our mail server has it and keeps trying: there is nothing left here to hurry or to cancel."""
        return self.delivery.is_in_progress and self.waiting is None

    @property
    def is_being_lifted(self):
        """Support has unblocked the address, and the mail provider has not followed yet."""
        return self.block is not None and self.block.is_being_lifted

    @property
    def waits_for_support(self):
        return self.block is not None and self.delivery.asked_at is not None

    @property
    def is_in_hand(self):
        """Others act now, and people have nothing to do but wait."""
        return self.is_being_lifted or self.waits_for_support

    @property
    def declined(self):
        """Support's answer that the address stays blocked, or None."""
        return declined(self.block)

    @property
    def link(self):
        """What the recipient gets in the place of the files, or None."""
        return self.delivery.sent_as_link

    @property
    def acts_first(self):
        """What can be done matters more than what happened."""
        return self.waiting is not None or (self.delivery.cause == Cause.COMPLAINED and self.block)

    @property
    def is_free_again(self):
        """Held back for a block that has been lifted."""
        return self.block is None and self.delivery.cause in HELD_FOR_A_BLOCK


def tell(delivery, block):
    """The story of a delivery whose events and mails are fetched. `block`: what stops its address now."""
    events = in_order(delivery.events.all())
    mails = list(delivery.mails.all())
    waiting = _waiting(delivery, mails[0], events) if mails else None
    return Story(
        delivery,
        [_line(event, delivery, is_first=event == events[0]) for event in reversed(events)],
        mails,
        buttons(
            delivery,
            is_in_hand=bool(delivery.asked_at or (block and block.is_being_lifted)),
            is_blocked=block is not None,
            is_queued=waiting is not None,
        ),
        block,
        list(failures(block.evidence)) if block else [],
        waiting,
    )


def _told_as_one(line):
    """What neighbouring lines have in common that are told as one: tries that were put off alike."""
    event = line.event
    return (event.mail_id, event.cause, line.sentence) if event.status == Status.DEFERRED else event.pk


def _line(event, delivery, is_first):
    label, css = event.get_status_display(), event.status
    if event.cause == Cause.COMPLAINED:
        label, css = event.remedy.title, Status.REJECTED.value
    return Line(event, label, css, _sentence(event, delivery, is_first), _reply(event))


def _sentence(event, delivery, is_first):
    if event.cause == Cause.COMPLAINED:
        return _("It arrived, and its recipient reported it as spam.")
    if _was_not_tried(event):
        return _("Not tried, because other mails to the same domain were refused.")
    if event.cause:
        return str(event.remedy.title)
    if event.status == Status.QUEUED:
        return _queued(event, delivery, is_first)
    if event.text in (NOTHING_HEARD, FETCHED):
        return _(event.text)
    if event.status == Status.SENT:
        return _("Our mail server took it and passes it on.")
    if event.status == Status.DELIVERED:
        return _("The receiving server accepted it.")
    if event.status == Status.CANCELLED:
        return _("Taken off the queue before it was sent.")
    return ""


def _queued(event, delivery, is_first):
    if event.text:
        return _(event.text)
    if is_first:
        return _("To be sent: %(origin)s.") % {"origin": delivery.get_origin_display()}
    return _("To be sent again.")


def _was_not_tried(event):
    return event.status == Status.DEFERRED and event.text.startswith(NOT_TRIED)


def _reply(event):
    """The server's words; ours, which come without a reply code, are told as a sentence or in the details."""
    if event.cause == Cause.COMPLAINED:
        return ""  # a word for machines
    if _was_not_tried(event):
        return event.text.removeprefix(NOT_TRIED).lstrip(": ")  # what the others were told
    is_ours = event.status in (Status.QUEUED, Status.CANCELLED) or event.text in (NOTHING_HEARD, FETCHED)
    if not event.reply_code and (event.remedy.is_ours or is_ours):
        return ""
    return event.reply


def _waiting(delivery, mail, events):
    if not delivery.is_in_progress or mail.finished_at:
        return None
    put_off = [
        (event.at, event.cause)
        for event in events
        if event.mail_id == mail.pk and event.status == Status.DEFERRED and not _was_not_tried(event)
    ]
    return Waiting(
        mail.attempts,
        put_off[-1][0] if put_off else None,
        mail.next_attempt_at,
        _gives_up_at(put_off) if put_off and not delivery.remedy.is_ours else None,
        mail.claimed_until is not None,
    )


def _gives_up_at(put_off):
    _times, waited = patience_used(put_off)
    return now() + settings.GIVE_UP_AFTER - waited
