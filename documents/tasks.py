"""Celery's part: it only says when. What happens stands in routing.py and sending.py."""

from celery import shared_task
from django.db import close_old_connections

from documents import batching, holding, notices, routing, sending, tracking
from documents.doors.imap import read_mailbox
from documents.models import Batch, Errand, Notice, UnreadReport

# A sweep ends after this many seconds and hints at the next, so that a worker that is asked to stop does so
# before anybody loses patience and kills it.
SECONDS = 10


@shared_task(ignore_result=True)
def sweep():
    """Release what is free to go, then send what is due.

    The database is the queue and a Celery message is a hint that expires with the next sweep, so nothing
    can be lost, nothing piles up, and a hint too many does no harm.
    """
    close_old_connections()  # Celery keeps them open between tasks; the database may have been restarted
    routing.route_addressed()
    routing.release_unblocked()
    holding.release_quiet()
    if sending.pump(seconds=SECONDS):
        routing.hint()


@shared_task(ignore_result=True)
def read_bounce_mailbox():
    """Take in the reports that came to a mailbox."""
    close_old_connections()
    read_mailbox()


@shared_task(ignore_result=True)
def end_old_delays():
    """What the relay has told nothing more of is not in progress for ever."""
    close_old_connections()
    tracking.end_old_delays()


@shared_task(ignore_result=True)
def forget_unread_reports():
    """Delete what was kept of unread reports for long enough; how many there were stays known."""
    close_old_connections()
    UnreadReport.objects.expired().delete()


@shared_task(ignore_result=True)
def work_on_batches():
    """Look through the batches that came, and take in those that are to be sent."""
    close_old_connections()
    if batching.work(seconds=SECONDS):
        batching.hint()


@shared_task(ignore_result=True)
def forget_batches():
    """Discard the batches that nobody sent for long enough; that they were there stays known."""
    close_old_connections()
    Batch.objects.discard_forgotten()


@shared_task(ignore_result=True)
def send_notices():
    """Tell the companies' members what waits for them."""
    close_old_connections()
    notices.plan()
    if notices.send(seconds=SECONDS):
        notices.hint()


@shared_task(ignore_result=True)
def forget_notices():
    """Delete what was told long ago."""
    close_old_connections()
    Notice.objects.forget_old()


@shared_task(ignore_result=True)
def forget_errands():
    """Delete what was kept of errands for long enough; what was done stays in the deliveries' stories."""
    close_old_connections()
    Errand.objects.expired().delete()
