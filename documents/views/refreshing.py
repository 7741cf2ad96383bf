"""What the list and the document page show that may change by itself, and how often to look for it."""

import re
from datetime import timedelta
from uuid import UUID

from django.db.models import Max, OuterRef, Subquery
from django.utils.timezone import now

from documents.models import Delivery, OutboundMail
from documents.statuses import Status
from documents.views.blocks import active_blocks
from documents.views.offers import HELD_FOR_A_BLOCK
from documents.views.search import as_rows, with_state_of_mail
from portal.live import LATER, SOON, Live, is_refresh, known, mark_of, pace_of, stop, unchanged

# A mail that was handed over so lately may still be reported on at any moment.
FRESH = timedelta(minutes=10)
# A try that is so near is waited for.
NEAR = timedelta(minutes=1)
UUID_HEX = re.compile("[0-9a-f]{32}")


def answer_for_rows(request):
    """The empty answer to a list that refreshes itself and shows how things are; else None."""
    if not is_refresh(request):
        return None
    company, ids = _known_rows(request)
    if company != str(request.company.pk):
        return stop()
    rows = with_state_of_mail(Delivery.objects.filter(company=request.company, public_id__in=ids))
    return unchanged(request, _mark_of_rows(rows.with_open_request()))


def rows_to_show(request, shown):
    """Of a list that refreshes itself: the rows that it has, whatever list they belong to by now."""
    if not is_refresh(request):
        return shown
    _company, ids = _known_rows(request)
    found = as_rows(Delivery.objects.filter(company=request.company, public_id__in=ids))
    return sorted(found, key=lambda row: ids.index(row.public_id))


def live_rows(request, rows, shown):
    """How the list refreshes itself that has these rows. `shown`: those that it would have, opened now."""
    ids = [row.public_id for row in rows]
    return Live(
        _mark_of_rows(rows),
        pace_of(_pace(row, row.next_attempt_at) for row in rows),
        " ".join([str(request.company.pk), *(public_id.hex for public_id in ids)]),
        is_outdated=ids != [row.public_id for row in shown],
    )


def _known_rows(request):
    """(company, ids of the rows) that the list shows."""
    company, *ids = known(request).split() or [""]
    return company, [UUID(text) for text in ids if UUID_HEX.fullmatch(text)]


def _mark_of_rows(rows):
    return mark_of(
        sorted(
            (
                row.pk,
                row.status,
                row.cause,
                row.at,
                row.headline_id,
                row.handled_at,
                row.replaced_by_id,
                row.asked_at,
                row.next_attempt_at,
            )
            for row in rows
        )
    )


def document_mark(document):
    """A mark of all that a document's page shows of its deliveries, in few and small queries."""
    open_mail = OutboundMail.objects.open().filter(delivery=OuterRef("pk"))
    deliveries = with_state_of_mail(Delivery.objects.filter(document=document)).with_open_request()
    claimed_until = Subquery(open_mail.values("claimed_until")[:1])
    found = deliveries.annotate(last_event=Max("events__pk"), claimed_until=claimed_until)
    found = list(found.select_related("link").order_by("pk"))
    return mark_of((document.routed_at, [_facts(row) for row in found], _blocks(document, found)))


def _facts(row):
    link = row.sent_as_link
    return (
        row.pk,
        row.last_event,
        row.handled_at,
        row.replaced_by_id,
        row.asked_at,
        row.claimed_until,
        row.next_attempt_at,
        row.next_attempt_at is not None and row.next_attempt_at <= now(),
        link and (link.expires_at, link.ended_at, link.fetched_at),
    )


def _blocks(document, deliveries):
    held = {row.address for row in deliveries if row.address and row.cause}
    blocks = active_blocks(document.company, held) if held else {}
    return [
        (block.pk, block.is_being_lifted, block.asked and (block.asked.pk, block.asked.state))
        for block in blocks.values()
    ]


def live_document(mark, stories):
    """How the page of a document with these stories refreshes itself."""
    return Live(mark, pace_of(_pace_of_story(story) for story in stories))


def _pace_of_story(story):
    if story.is_open_work and story.is_free_again:
        return SOON  # it is sent by itself within a minute
    if story.is_in_hand:
        return LATER
    return _pace(story.delivery, story.waiting and story.waiting.next_at)


def _pace(delivery, next_attempt_at):
    if delivery.is_in_progress:
        is_near = next_attempt_at is not None and next_attempt_at < now() + NEAR
        return SOON if is_near else LATER
    if delivery.status == Status.SENT and delivery.at > now() - FRESH:
        return SOON
    waits = delivery.status == Status.REJECTED and delivery.cause in HELD_FOR_A_BLOCK and delivery.asked_at
    return LATER if waits else 0
