"""When a receiving server refuses our mail server: further mail to its domain waits, and one mail tries.

Block lists, SPF, DKIM and DMARC, a missing PTR record or a rate are about us, not about the recipient.
Without a hold every waiting document would earn us one more refusal, and a worse name.
"""

import re
from datetime import timedelta

from django.utils.timezone import now

from documents.causes import Cause
from documents.models import HeldDomain
from documents.statuses import Status

# How long after a try through the relay no bounce has to come for the hold to be over.
QUIET_FOR = timedelta(minutes=30)

REFUSALS_OF_US = (Cause.OUR_REPUTATION, Cause.OUR_AUTHENTICATION)
# Greylisting is about one mail, and its server wants to see that mail again, not fewer others.
GREYLISTING = re.compile(r"gr[ae]y.?list", re.IGNORECASE)


def domain_of(mail):
    return mail.delivery.address.rpartition("@")[2]


def holds_for(mails):
    """The active holds that concern these mails, by domain."""
    domains = {domain_of(mail) for mail in mails}
    return {held.domain: held for held in HeldDomain.objects.active().filter(domain__in=domains)}


def refused(mail, verdict, *, in_dialogue):
    """Hold the mail's domain when this verdict is about us. Returns the hold, or None."""
    about_us = verdict.cause in REFUSALS_OF_US and verdict.status in (Status.DEFERRED, Status.REJECTED)
    too_fast = verdict.cause is Cause.RATE_LIMITED and not GREYLISTING.search(verdict.text)
    if about_us or too_fast:
        return HeldDomain.objects.hold(domain_of(mail), verdict, in_dialogue=in_dialogue)
    return None


def went_out(held):
    """A mail to a held domain was handed over. Returns whether the hold is over with that.

    A refusal that we met in the dialogue would have come there again. One that the relay met comes back as
    a bounce: the others wait a while longer.
    """
    if held.in_dialogue:
        return held.release()
    moment = now()
    HeldDomain.objects.active().filter(pk=held.pk).update(tried_at=moment, next_try_at=moment + QUIET_FOR)
    held.refresh_from_db()
    return False


def arrived(mail):
    """A report says that a mail reached its server: whatever held the domain is over."""
    for held in HeldDomain.objects.active().filter(domain=domain_of(mail)):
        held.release()


def release_quiet():
    """Release the holds whose try was followed by no bounce. Returns how many."""
    quiet = HeldDomain.objects.active().filter(tried_at__lt=now() - QUIET_FOR)
    return sum(held.release() for held in quiet)
