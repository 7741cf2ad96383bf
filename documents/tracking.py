"""What mail systems tell us about a mail, and what follows from it."""

import logging
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from distribution.blocking import RULES, Failure, Outcome, failures_that_block
from distribution.models import BlockedAddress, Company
from documents import dsn, holding, matching
from documents.causes import Cause
from documents.dsn.mail import LOOKED_AT
from documents.models import Delivery, Notice, OnlyCounted, OutboundMail, UnreadCount, UnreadReport
from documents.replies import Verdict
from documents.statuses import Status

logger = logging.getLogger(__name__)

Reason = BlockedAddress.Reason
Door = UnreadReport.Door

# As long as RFC 5321 (4.5.4.1) lets a relay try: a mail that was handed over and of which nothing was heard
# for so long counts as arrived.
BOUNCES_ARRIVE_WITHIN = timedelta(days=5)
# How far back failures count; also keeps the history that is asked short.
HISTORY = timedelta(days=90)
HISTORY_LENGTH = 50

# Whoever received a mail knows its bounce address, and may send as many reports there as he likes.
EVENTS_OF_A_MAIL = 100

FINAL = (Status.SENT, Status.DELIVERED, Status.REJECTED)
ENDS = (Status.DELIVERED, Status.REJECTED)
# Kept as it is in the event, and translated where it is shown.
NOTHING_HEARD = gettext_noop("Nothing more was heard of the delay, so it counts as passed on")


def receive(raw, envelope_to="", *, door=Door.HTTP, size=None):
    """Take a mail that came to one of the doors for reports; `size` where `raw` is only its beginning.

    Returns the number of new events, 0 for what is known already or says nothing about a delivery (automatic
    replies, and reports about our notices), and None for what could not be read or matched: that is kept for
    operations and changes nothing.
    """
    size = len(raw) if size is None else size
    raw = raw[:LOOKED_AT]
    reports = dsn.parse(raw)
    if reports and all(report.kind is dsn.Kind.AUTO_REPLY for report in reports):
        return 0
    found = matching.match(raw, reports, envelope_to)
    if found.notice_id:
        _note(found)
        return 0
    if found.why:
        logger.info("A report could not be read: %s", found.why)
        UnreadReport.objects.keep(
            raw, why=found.why, door=door, recipient=envelope_to, mail=found.mail, size=size
        )
        return None
    if found.mail.events.exclude(external_id=None).count() >= EVENTS_OF_A_MAIL:
        logger.warning("Mail %s has too many reports; one more was ignored", found.mail.public_id)
        UnreadCount.objects.add(OnlyCounted.TOO_MANY)
        return 0
    report_id = sha256(raw).hexdigest()
    events = [
        apply(verdict, found.mail, at=report.at, external_id=f"{report_id}#{number}")
        for number, report in enumerate(found.reports)
        if (verdict := dsn.verdict(report))
    ]
    new = [event for event in events if event]
    logger.info("Report about mail %s: %s new of %s", found.mail.public_id, len(new), len(events))
    return len(new)


def _note(found):
    """A notice did not arrive: it is not sent again, and nothing else comes of it, so that nothing loops."""
    logger.info("%s reports about notice %s", len(found.reports), found.notice_id)
    for verdict in filter(None, map(dsn.verdict, found.reports)):
        Notice.objects.note(found.notice_id, verdict)


@transaction.atomic(savepoint=False)
def apply(verdict, mail, *, at=None, external_id=""):
    """Record a verdict about a mail, and do what follows from it: block the address, hold the domain.

    A mail that came back because its receiver refuses us is not rejected: it is queued again behind the
    hold. Returns the event, or None for a report that is known already.
    """
    came_back = external_id and verdict.status == Status.REJECTED and verdict.is_ours
    if came_back:
        verdict = replace(verdict, status=Status.DEFERRED)
    event = mail.delivery.record(verdict, mail, at=at, external_id=external_id)
    if event is None:
        UnreadCount.objects.add(OnlyCounted.KNOWN)
        return None
    # The hold before the mail, as everywhere: else two reports would wait for each other.
    if came_back:
        _try_again_behind_the_hold(event, mail, verdict)
    elif external_id:
        _take_off_the_queue(event, mail)
    _block_if_due(event, mail)
    return event


def end_old_delays():
    """Count as sent what the relay has put off and told nothing of for as long as it tries. Returns how many.

    Not every relay tells of deliveries, and none is in progress for ever.
    """
    # With the companies named, the index of their lists is used.
    delayed = Delivery.objects.filter(company__in=Company.objects.all(), status=Status.DEFERRED)
    is_with_the_relay = ~Exists(OutboundMail.objects.open().filter(delivery=OuterRef("pk")))
    silent = list(delayed.filter(is_with_the_relay, at__lt=now() - BOUNCES_ARRIVE_WITHIN))
    for delivery in silent:
        delivery.record(Verdict(Status.SENT, text=NOTHING_HEARD), delivery.headline.mail)
    return len(silent)


def _try_again_behind_the_hold(event, mail, verdict):
    latest = mail.delivery.headline
    is_current = latest.mail_id == mail.pk
    if is_current and latest.status in ENDS:
        return  # somebody else knows better, or forges: who got a mail knows its bounce address
    handed_over_at = mail.handed_over_at()
    held = holding.refused(mail, verdict, in_dialogue=False, since=handed_over_at)
    is_out_again = handed_over_at and handed_over_at > event.at
    if is_current and latest.status == Status.DEFERRED and not is_out_again:
        mail.try_again(held.next_try_at)


def _take_off_the_queue(event, mail):
    """Somebody has it: what a dead worker left open need not be tried again.

    But what came back for a reason of ours waits for its next try. Of all that is told late about the try
    before, only how that ended is news.
    """
    if event.status == Status.DELIVERED and not event.cause:  # complaints are about old mail
        holding.arrived(mail, event.at)
    is_the_end = event.status in ENDS and mail.delivery.headline_id == event.pk
    if is_the_end or not mail.has_come_back(besides=event):
        mail.finish()


def _block_if_due(event, mail):
    """Block the address for a complaint at once, and for failures by number and duration."""
    if event.cause == Cause.COMPLAINED:
        block(mail, Reason.COMPLAINED, [_as_evidence(event, mail.delivery)])
    elif _outcome(event) in RULES:
        BlockedAddress.objects.decide_in_turn(mail.company_id, mail.delivery.address)
        if evidence := _evidence_for_a_block(mail.delivery):
            block(mail, Reason.BOUNCED, evidence)


def block(mail, reason, evidence):
    """Block a mail's address for its company. Returns whether it was not blocked before.

    News about a mail from before the last unblocking block nothing.
    """
    lifted_at = _last_lifted(mail.delivery)
    if lifted_at and lifted_at > mail.created_at:
        return False
    address = mail.delivery.address
    _block, is_new = BlockedAddress.objects.block(mail.delivery.company, address, reason, evidence)
    if is_new:
        logger.info("Delivery %s: its address is blocked from now on", mail.delivery.public_id)
    return is_new


def _outcome(event):
    """What an event says about its address. A code of class 4 is never a hard bounce, though it is final."""
    if event.status != Status.REJECTED:
        return Outcome.ARRIVED
    code = event.enhanced_code or str(event.reply_code or "")
    passing = code.startswith("4") and event.remedy.outcome is not Outcome.FULL
    return Outcome.NEUTRAL if passing else event.remedy.outcome


def _evidence_for_a_block(delivery):
    """The failures for which the address is to be blocked, as they are shown to support."""
    others = _to_the_same_address(delivery).exclude(pk=delivery.pk)
    if not others.filter(status=Status.REJECTED).exists():
        return []  # mostly it is the first one
    history = list(_history(delivery))
    by_document = {failure.document: dlv for failure, dlv in history}
    failures = failures_that_block(
        (failure for failure, _delivery in history), timedelta(hours=settings.BLOCK_SPAN_HOURS)
    )
    deliveries = [by_document[failure.document] for failure in failures]
    return [_as_evidence(found.headline, found) for found in deliveries]


def _history(delivery):
    """What became of the company's mails to this address, newest first, since it was last unblocked."""
    known = _to_the_same_address(delivery)
    lifted_at = _last_lifted(delivery)
    if lifted_at:
        known = known.filter(headline__mail__created_at__gt=lifted_at)
    settled = known.filter(status__in=FINAL, at__gt=now() - HISTORY).exclude(
        status=Status.SENT, at__gt=now() - BOUNCES_ARRIVE_WITHIN
    )
    newest = settled.select_related("headline", "document").order_by("-at", "-pk")[:HISTORY_LENGTH]
    for found in newest:
        yield Failure(found.at, found.document_id, _outcome(found.headline)), found


def _to_the_same_address(delivery):
    return Delivery.objects.filter(company=delivery.company_id, address=delivery.address)


def _last_lifted(delivery):
    concerned = Q(company=delivery.company_id) | Q(company=None)
    blocks = BlockedAddress.objects.filter(concerned, address=delivery.address)
    lifted = blocks.exclude(lifted_at=None).order_by("-lifted_at")
    return lifted.values_list("lifted_at", flat=True).first()


def _as_evidence(event, delivery):
    return {"at": event.at.isoformat(), "document": str(delivery.document), "reply": event.reply}
