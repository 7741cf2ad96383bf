"""Hand mails over to the relay, one recipient a transaction, and settle what came of each."""

import logging
import math
import time
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from django.conf import settings
from django.db import transaction
from django.db.models import Q, prefetch_related_objects
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from distribution.models import BlockedAddress
from documents import holding, message, relay, tracking
from documents.causes import BLOCKED, REMEDIES, Cause, given_up
from documents.models import LEASE, Delivery, OutboundMail
from documents.replies import Verdict
from documents.statuses import Status
from documents.verp import bounce_address

logger = logging.getLogger(__name__)

BATCH = 50
# The lease of a batch is renewed when this much of it is gone.
RENEW_AFTER = LEASE / 20
# What is read of all mails of a batch at once.
NEEDED = [
    "delivery__document__company__mail_texts",
    "delivery__document__customer",
    "delivery__document__files",
    "delivery__link",
]
# The longest steps once the content is begun: its announcement, itself, and the answer to it.
LAST_STEPS = 3

# Kept as it is in the event, and translated where it is shown.
IN_DOUBT = gettext_noop("Tried again: the outcome of the try before is unknown")
# How the text of an event begins that tells of a wait behind a hold.
NOT_TRIED = "Not tried, because others were refused"
# Trouble that passes, and is waited for; a server that refuses for good because of it has its own reason.
PASSING = (Cause.RATE_LIMITED, Cause.UNREACHABLE, Cause.SERVER_TROUBLE)
OURS = [cause for cause in Cause if REMEDIES[cause].is_ours]


def pump(seconds):
    """Send what is due, for at most so many seconds. Returns whether something may be left."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        mails = OutboundMail.objects.claim(BATCH)
        if not mails or not send(mails, deadline):
            return False
    return True


def send(mails, deadline=math.inf):
    """Send a claimed batch in its order. Returns False when the relay is away and the rest was given back.

    After the `deadline` (time.monotonic()) no other mail is begun, and the rest is given back too.

    Each outcome is recorded before the next mail is handed over, so a worker that is killed leaves at most
    one mail in doubt; the rest of its batch is sent by others when the lease is over.
    """
    prefetch_related_objects(mails, *NEEDED)
    blocks, holds = _blocks_for(mails), holding.holds_for(mails)
    _note_doubts(mails)
    _note_enclosed(mails)
    for number, mail in enumerate(mails):
        if time.monotonic() > deadline:
            _give_back(mails[number:])
            return True
        if not _hold(mails[number:]):
            return True  # we were too slow: others have taken the rest over
        if (mail.was_claimed_until or mail.attempts) and not mail.is_open(claimed_until=mail.claimed_until):
            continue  # a report about an earlier try has come since the claim
        held = holds.get(holding.domain_of(mail))
        try:
            if verdict := _blocked(mail, blocks):
                settle(mail, verdict)
            elif held and held.next_try_at > now():
                _wait(mail, held)
            else:
                verdict = _hand_over(mail)
                settle(mail, verdict)
                _note_hold(mail, verdict, holds)
        except relay.NoRelay as trouble:
            logger.error("No relay, so mail %s and all others wait: %s", mail.public_id, trouble)
            settle(mail, relay.our_trouble(f"Our mail server cannot be reached: {trouble}"))
            _give_back(mails[number + 1 :])
            return False
    return True


def _blocks_for(mails):
    """Active blocks that may concern these mails, by (company id or None, address)."""
    addresses = {mail.delivery.address for mail in mails}
    concerned = Q(company__in={mail.company_id for mail in mails}) | Q(company=None)
    found = BlockedAddress.objects.active().filter(concerned, address__in=addresses)
    return {(block.company_id, block.address): block for block in found}


def _note_doubts(mails):
    """Say in the story of a mail that a worker had it and died: its first try may have gone out.

    Outcomes are recorded in the order of sending, so of all that one dead worker had claimed only the
    first unrecorded mail can be in doubt.
    """
    first_of_claim = {}
    for mail in mails:
        if mail.was_claimed_until:
            first_of_claim.setdefault(mail.was_claimed_until, mail)
    for mail in first_of_claim.values():
        logger.warning("Mail %s is tried again, the outcome of its last try is unknown", mail.public_id)
        mail.delivery.record(Verdict(Status.QUEUED, text=IN_DOUBT), mail)


def _note_enclosed(mails):
    """Write down which files are in each mail: what is mailed of a document may be set otherwise one day."""
    changed = []
    for mail in mails:
        files = [file.pk for file in message.enclosed(mail)]
        if mail.enclosed != files:
            mail.enclosed = files
            changed.append(mail)
    if changed:
        OutboundMail.objects.bulk_update(changed, ["enclosed"])


def _hold(mails):
    """Keep the lease of the rest of a batch. False when it ran out and others may have the rest."""
    until, moment = mails[0].claimed_until, now()
    if until - moment > LEASE - RENEW_AFTER:
        return True
    renewed = moment + LEASE
    mine = OutboundMail.objects.open().filter(pk__in=[mail.pk for mail in mails], claimed_until=until)
    if until <= moment or not mine.update(claimed_until=renewed):
        return False
    for mail in mails:
        mail.claimed_until = renewed
    return True


def _give_back(mails):
    if mails:
        mine = OutboundMail.objects.open().filter(pk__in=[mail.pk for mail in mails])
        mine.filter(claimed_until=mails[0].claimed_until).update(claimed_until=None)


def _blocked(mail, blocks):
    address = mail.delivery.address
    block = blocks.get((mail.company_id, address)) or blocks.get((None, address))
    return block and Verdict(Status.REJECTED, BLOCKED[block.reason])


def _hand_over(mail):
    try:
        if link := mail.delivery.sent_as_link:
            link.prolong()  # however long the mail has waited, the day that it names is true
        return relay.hand_over(
            bounce_address(mail.public_id),
            mail.delivery.address,
            message.build(mail),
            envelope_id=mail.public_id.hex,
            start_within=(LEASE - RENEW_AFTER).total_seconds() - LAST_STEPS * settings.EMAIL_TIMEOUT,
        )
    except relay.NoRelay:
        raise
    except Exception:
        # A fault of ours, or a file that is gone: people see "we are working on it", the others go on.
        logger.exception("Mail %s cannot be put together or handed over", mail.public_id)
        relay.disconnect()
        return relay.our_trouble("The mail could not be put together")


def _note_hold(mail, verdict, holds):
    """What a try means for the mails to the same domain behind it."""
    domain = holding.domain_of(mail)
    if held := holding.refused(mail, verdict, in_dialogue=True):
        logger.error("Mail to a receiving domain is held (hold %s): %s", held.pk, held.cause)
        holds[domain] = held
    elif verdict.status == Status.SENT and domain in holds and holding.went_out(holds[domain]):
        del holds[domain]


@transaction.atomic
def _wait(mail, held):
    """Leave a mail for a held domain alone until the hold's next try, and say so once."""
    if mail.delivery.cause != held.cause:
        text = f"{NOT_TRIED}: {held.reply}"
        tracking.apply(Verdict(Status.DEFERRED, Cause(held.cause), text=text, host=held.host), mail)
    holding.put_off(mail, held)


@transaction.atomic
def settle(mail, verdict):
    """Record the outcome of a try, and take the mail off the queue or set the time of the next one."""
    retry_at = None
    if verdict.status == Status.REJECTED and verdict.cause in PASSING:
        verdict = replace(verdict, cause=Cause.UNKNOWN)  # nobody waits for it to pass
    if verdict.status == Status.DEFERRED or verdict.is_ours:
        # Locked first, as record() does it: a report or another worker may be settling it at this moment.
        Delivery.objects.select_for_update().get(pk=mail.delivery_id)
        if not mail.is_open(claimed_until=mail.claimed_until):
            logger.warning(
                "Mail %s was taken over by others meanwhile; they tell what became of it", mail.public_id
            )
            return
        verdict, retry_at = _retry(mail, verdict)
    tracking.apply(verdict, mail)
    if retry_at:
        mail.defer(retry_at)
    elif not mail.finish(claimed_until=mail.claimed_until) and not _came_back_meanwhile(mail, verdict):
        mail.finish()


def _came_back_meanwhile(mail, verdict):
    """Whether a report was quicker than our own record, and has queued the mail again behind a hold."""
    return verdict.status == Status.SENT and mail.is_open(claimed_until=None) and mail.has_come_back()


def _retry(mail, verdict):
    """(the verdict, when to try again), or (rejected, None) when the receiving side had its time.

    Our own trouble never gives up and never rejects: its last interval repeats, and the time it took is
    not counted against the receiving side.
    """
    if verdict.is_ours:
        logger.error("Mail %s waits for our own trouble: %s", mail.public_id, verdict.cause)
        # A mail whose content was under way may have arrived each time, so it is not tried in a hurry.
        own_trouble = verdict.cause == Cause.OUR_TROUBLE and not verdict.text.startswith(relay.UNDER_WAY)
        intervals = settings.OUR_RETRY_AFTER if own_trouble else settings.RETRY_AFTER
        wait = intervals[min(mail.attempts, len(intervals) - 1)]
        return replace(verdict, status=Status.DEFERRED), now() + wait
    tried = mail.events.filter(status=Status.DEFERRED).exclude(text__startswith=NOT_TRIED)
    times_put_off, waited = patience_used(tried.order_by("at", "pk").values_list("at", "cause"))
    if waited >= settings.GIVE_UP_AFTER:
        return replace(verdict, status=Status.REJECTED, cause=given_up(verdict.cause)), None
    wait = settings.RETRY_AFTER[min(times_put_off, len(settings.RETRY_AFTER) - 1)]
    return verdict, now() + min(wait, settings.GIVE_UP_AFTER - waited)


def patience_used(put_off):
    """How often the receiving side has put a mail off, and for how long in all: (times, duration).

    `put_off`: (when, cause) of each try that did not succeed, the oldest first. What followed trouble of our
    own is not counted, until the receiving side has been asked again.
    """
    times, waited = 0, timedelta(0)
    for (at, cause), (until, _next_cause) in pairwise([*put_off, (now(), "")]):
        if cause not in OURS:
            times += 1
            waited += until - at
    return times, waited
