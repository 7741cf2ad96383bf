"""When a receiving server refuses our mail server: further mail to its domain waits, and one mail tries.

Block lists, SPF, DKIM and DMARC, a missing PTR record or a rate are about us, not about the recipient.
Without a hold every waiting document would earn us one more refusal, and a worse name.
"""

import re
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from documents.causes import Cause
from documents.models import HeldDomain
from documents.statuses import Status

# How long after a try through the relay no bounce has to come for the hold to be over.
QUIET_FOR = timedelta(minutes=30)

REFUSALS_OF_US = (Cause.OUR_REPUTATION, Cause.OUR_AUTHENTICATION)
# Greylisting is about one mail, and its server wants to see that mail again, not fewer others.
GREYLISTING = re.compile(r"gr[ae]y.?list", re.IGNORECASE)
ABOUT_A_MAILBOX = re.compile(r"[45]\.2\.")  # RFC 3463 section 3.3


def domain_of(mail):
    return mail.delivery.address.rpartition("@")[2]


def holds_for(mails):
    """The active holds that concern these mails, by domain."""
    domains = {domain_of(mail) for mail in mails}
    return {held.domain: held for held in HeldDomain.objects.active().filter(domain__in=domains)}


def refused(mail, verdict, *, in_dialogue, since=None):
    """Hold the mail's domain when this verdict is about us. Returns the hold, or None.

    `since`: when the mail was handed over, where that was not just now.
    """
    # Trouble of our own mail server that comes back as a bounce has no other way to be tried again.
    is_cause = verdict.cause in REFUSALS_OF_US or (verdict.is_ours and not in_dialogue)
    about_us = is_cause and verdict.status in (Status.DEFERRED, Status.REJECTED)
    if about_us or _is_too_fast(verdict):
        return HeldDomain.objects.hold(domain_of(mail), verdict, in_dialogue=in_dialogue, since=since)
    return None


def _is_too_fast(verdict):
    """Whether we are asked for less mail, all of it: not for one mail later, nor for less to one mailbox."""
    if verdict.cause is not Cause.RATE_LIMITED or GREYLISTING.search(verdict.text):
        return False
    return not ABOUT_A_MAILBOX.match(verdict.enhanced_code)


@transaction.atomic
def put_off(mail, held):
    """Leave a mail that a worker has alone until the hold's next try; no longer than the hold lasts."""
    active = HeldDomain.objects.active().select_for_update().filter(pk=held.pk)
    next_try_at = active.values_list("next_try_at", flat=True).first()
    mail.defer(next_try_at or now(), tried=False)


def went_out(held):
    """A mail to a held domain was handed over. Returns whether the hold is over with that.

    A refusal that we met in the dialogue would have come there again. One that the relay met comes back as
    a bounce: the others wait a while longer. `held` is the hold as it was before the try: when the bounce was
    quicker than we are here, it has said already what follows.
    """
    unchanged = HeldDomain.objects.active().filter(pk=held.pk, refusals=held.refusals)
    if not held.in_dialogue:
        moment = now()
        unchanged.update(tried_at=moment, next_try_at=moment + QUIET_FOR)
    elif unchanged.exists():
        held.release()
    held.refresh_from_db()
    return held.released_at is not None


def arrived(mail, at):
    """A report says that a mail reached its server at that time: whatever held the domain then is over."""
    for held in HeldDomain.objects.active().filter(domain=domain_of(mail), held_at__lt=at):
        held.release()


def release_quiet():
    """Release the holds whose try was followed by no bounce. Returns how many."""
    quiet = HeldDomain.objects.active().filter(tried_at__lt=now() - QUIET_FOR)
    return sum(held.release() for held in quiet)
