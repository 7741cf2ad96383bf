"""Who is to be told something now: one notice for each reader, written down before anything is sent."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import now

from distribution import hinting
from distribution.models import BlockedAddress, Membership, UnblockRequest
from documents.models import Batch, Delivery, Document, Notice, Reader
from documents.models.notices import open_notice
from documents.notices.hours import next_digest, next_reminder

# After the first rejection of a burst, such as a batch's, the others are waited for.
WAIT = timedelta(minutes=2)
# Between two mails to one reader, but for the one at a set hour.
REST = timedelta(minutes=15)
# So long a transaction may take that has written down its time and is not seen yet.
SETTLED = timedelta(minutes=1)
# What has been open for longer is no news, also to a new reader.
HORIZON = timedelta(days=7)
# Whoever brought a batch is looking through it.
IN_HAND = timedelta(hours=1)
EXAMPLE_EVERY = timedelta(minutes=5)

How = Membership.Notices


def plan():
    """Write down a notice for everybody who is to be told something now. Returns how many.

    Several workers may do it at the same time: a reader gets one.
    """
    make_readers()
    readers = list(_due(now()).select_related("membership__user", "membership__company"))
    blocked = _blocked(readers)
    free = (reader for reader in readers if (reader.company.pk, reader.address) not in blocked)
    return len([notice for reader in free if (notice := _write(reader))])


def make_readers(**which):
    """Every member is a reader; what came before is told to new ones as far as it is news."""
    moment = now()
    new = Membership.objects.filter(reader=None, **which).select_related("user")
    Reader.objects.bulk_create(
        [
            Reader(
                membership=member,
                told_until=moment - HORIZON,
                answered_until=moment,
                digest_at=_next_digest(member, moment),
            )
            for member in new
        ],
        ignore_conflicts=True,
    )


def reader_of(membership):
    """A member as a reader, with membership, user and company."""
    make_readers(pk=membership.pk)
    known = Reader.objects.select_related("membership__user", "membership__company")
    return known.get(pk=membership.pk)


def change_hour(membership):
    """What was chosen holds from now on."""
    Reader.objects.filter(pk=reader_of(membership).pk).update(digest_at=_next_digest(membership, now()))


def ask_for_example(reader):
    """Queue the notice as it would look now, once in a while. Returns it, or None when it is too soon."""
    moment = now()
    with transaction.atomic():
        Reader.objects.select_for_update().get(pk=reader.pk)
        examples = reader.notices.filter(is_example=True)
        if examples.filter(Q(created_at__gt=moment - EXAMPLE_EVERY) | Q(finished_at=None)).exists():
            return None
        example = Notice.objects.create(
            reader=reader, is_example=True, news_since=moment - HORIZON, news_until=moment
        )
        transaction.on_commit(hint)
    return example


def hint():
    """Tell the workers that a notice is due. It may be lost without harm: the sweep comes anyway."""
    hinting.hint("documents.tasks.send_notices", queue="other")


def _due(moment):
    """Readers to whom something is to be told, each with `has_news`, `has_answers` and `has_repeats`."""
    repeats = Notice.objects.filter(reader=OuterRef("pk"), remind_at__lte=moment)
    readers = Reader.objects.hearing().annotate(
        has_news=_has_news(moment), has_answers=_has_answers(moment), has_repeats=Exists(repeats)
    )
    is_rested = Q(planned_at=None) | Q(planned_at__lte=moment - REST)
    at_once = is_rested & (Q(has_answers=True) | Q(mode=How.AT_ONCE, has_news=True))
    at_its_hour = Q(mode=How.DAILY, digest_at__lte=moment)
    again = Q(membership__notice_reminders=True, has_repeats=True)
    return readers.filter(~open_notice()).filter(at_once | at_its_hour | again)


def _has_news(moment):
    """Whether anything waits for the reader's company that was not told, after waiting for more of it."""

    def untold(column, grace=timedelta(0)):
        until = moment - WAIT - grace
        return {
            f"{column}__gt": OuterRef("told_until") - grace if grace else OuterRef("told_until"),
            f"{column}__range": (moment - HORIZON - grace, until),
            "company": OuterRef("membership__company"),
        }

    return (
        Exists(Delivery.objects.rejected().filter(**untold("rejected_at")))
        | Exists(Document.objects.held().filter(**untold("received_at")))
        | Exists(Batch.objects.filter(state=Batch.State.READY, **untold("read_at", IN_HAND)))
    )


def _has_answers(moment):
    answered = UnblockRequest.objects.exclude(state=UnblockRequest.State.OPEN).filter(
        company=OuterRef("membership__company"),
        requested_by=OuterRef("membership__user"),
        decided_at__gt=OuterRef("answered_until"),
        decided_at__range=(moment - HORIZON, moment - SETTLED),
    )
    return Exists(answered)


def _blocked(readers):
    """(company id, address) of those to whom no mail may go."""
    addresses = {reader.address for reader in readers}
    active = BlockedAddress.objects.active().filter(address__in=addresses)
    blocks = set(active.values_list("company", "address"))
    return {
        (reader.company.pk, reader.address)
        for reader in readers
        if {(None, reader.address), (reader.company.pk, reader.address)} & blocks
    }


@transaction.atomic
def _write(reader):
    """The notice for a reader that is due, with all that is due; None where another worker was quicker."""
    moment = now()
    notice, changes = Notice(reader=reader, created_at=moment), {"planned_at": moment}
    is_digest = reader.mode == How.DAILY and reader.digest_at <= moment
    if is_digest:
        changes["digest_at"] = _next_digest(reader.membership, moment)
    if reader.has_news and (is_digest or reader.mode == How.AT_ONCE):
        notice.news_since = max(reader.told_until, moment - HORIZON)
        notice.news_until = changes["told_until"] = moment - SETTLED
        notice.remind_at = _next_reminder(notice, moment)
    if reader.has_answers:
        notice.answers_since = max(reader.answered_until, moment - HORIZON)
        notice.answers_until = changes["answered_until"] = moment - SETTLED
    if not Reader.objects.filter(pk=reader.pk, planned_at=reader.planned_at).update(**changes):
        return None
    repeats = list(reader.notices.filter(remind_at__lte=moment))
    is_to_repeat = bool(repeats) and reader.membership.notice_reminders
    if not (notice.news_until or notice.answers_until or is_to_repeat):
        return None
    notice.save()
    for told in repeats:
        told.remind_at = _next_reminder(told, moment)
        told.repeated_in = notice if is_to_repeat else told.repeated_in
    Notice.objects.bulk_update(repeats, ["remind_at", "repeated_in"])
    return notice


def _next_digest(membership, after):
    return next_digest(after, membership.notice_hour, membership.user.zone)


def _next_reminder(notice, after):
    membership = notice.reader.membership
    return next_reminder(notice.created_at, after, membership.notice_hour, membership.user.zone)
