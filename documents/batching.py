"""Batches: many documents come in one file, are looked through, and sent when somebody says so.

The database row is the queue and Celery says only when (see distribution.models.Job). What is taken in is
written down with its item in one transaction, so nothing is sent twice, whenever a worker dies.
"""

import logging
import math
import time

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from distribution import hinting
from distribution.models import LeaseLost
from documents import intake, preparing
from documents.contents import MB, Contents
from documents.formats import Examined, Unreadable, pdf
from documents.models import Batch, BatchItem, Document
from documents.previewing import CHUNK_SECONDS, look_through, told_of_known

logger = logging.getLogger(__name__)

State = BatchItem.State

# Taken in at once: other writers wait for it on SQLite.
CHUNK = 50
CHUNK_MB = 40


def work(seconds):
    """Work on what waits, the oldest first, for about so long. Returns whether something may be left."""
    deadline = time.monotonic() + seconds
    for batch in Batch.objects.due().select_related("company", "confirmed_by"):
        if batch.claim() and not _is_done_with(batch, deadline):
            return True
    return False


def _is_done_with(batch, deadline):
    step = look_through if batch.state == Batch.State.READING else send
    try:
        with override(batch.language):
            is_done = step(batch, deadline)
        if not is_done:
            batch.settle(claimed_until=None)  # others have their turn
        return is_done
    except Unreadable as problem:
        batch.settle(claimed_until=None, **batch.failed(str(problem)))
        batch.forget_files()
    except LeaseLost:
        logger.warning("Batch %s went on in another worker", batch.public_id)
    return True


def send(batch, deadline=math.inf):
    """Take in what was looked through and not taken in yet, until `deadline` (time.monotonic()).

    Returns whether it is done. Raises Unreadable and LeaseLost.
    """
    with Contents(batch, preparing.upload_limit(batch.company) * MB) as contents:
        while chunk := _next_chunk(batch, contents):
            _take_in(batch, chunk)
            if time.monotonic() > deadline:
                return False
    batch.settle(state=Batch.State.DONE, claimed_until=None, finished_at=now())
    batch.forget_files()
    logger.info("Batch %s is done", batch.public_id)
    return True


def _next_chunk(batch, contents):
    """[(item, what is prepared, or the Refused that says why it cannot be)], in bounds of memory and time."""
    chunk, size, until = [], 0, time.monotonic() + CHUNK_SECONDS
    for item in batch.items.to_send()[:CHUNK]:
        prepared = _prepared(batch, item, contents)
        chunk.append((item, prepared))
        if not isinstance(prepared, preparing.Refused):
            size += sum(len(file.content) for file in prepared.files)
        if size > CHUNK_MB * MB or time.monotonic() > until:
            break
    return chunk


def _prepared(batch, item, contents):
    # It was opened and found good when the batch was looked through, and opening takes most of the time.
    known = Examined(pdf.MEDIA_TYPE) if item.is_pdf else None
    try:
        content, attachments = contents.load(item.source)
        return preparing.prepare(
            batch.company, item.known_facts, content, item.name, attachments, examined=known
        )
    except Unreadable as problem:
        return preparing.Refused(str(problem))
    except preparing.Refused as refusal:
        return refusal
    except Exception:
        logger.exception("Batch %s: a document cannot be taken in", batch.public_id)
        return preparing.Refused(_("We could not take this file in, and have been told. Send it by itself."))


@transaction.atomic
def _take_in(batch, chunk):
    batch.renew(
        processed=batch.processed + len(chunk), tries=0
    )  # the row is locked: nobody else takes the same in
    batch.processed += len(chunk)
    good = [(item, prepared) for item, prepared in chunk if not isinstance(prepared, preparing.Refused)]
    for (item, _prepared), outcome in zip(good, _outcomes(batch, good), strict=True):
        if isinstance(outcome, preparing.Refused):
            item.state, item.note = State.REFUSED, str(outcome)
        else:
            item.document = outcome
            item.state = State.TAKEN
            if not outcome.is_new:
                item.state, item.note = State.KNOWN, f"{told_of_known(outcome)} {item.note}".strip()
    for item, refusal in chunk:
        if isinstance(refusal, preparing.Refused):
            item.state, item.note = State.REFUSED, str(refusal)
    BatchItem.objects.bulk_update([item for item, _prepared in chunk], ["state", "note", "document"])


def _outcomes(batch, good):
    """The Document that each of these became, or the Refused that says why it became none."""
    wanted = [(prepared, item.external_id) for item, prepared in good]
    try:
        return intake.take_in_all(batch.company, wanted, source=Document.Source.BATCH, by=batch.confirmed_by)
    except preparing.ServiceOff as off:
        return [off] * len(good)


def hint():
    """Tell a worker that a batch waits."""
    hinting.hint("documents.tasks.work_on_batches", queue="other")
