"""Celery's part: it only says when. What happens stands in the modules that are called."""

from celery import shared_task
from django.db import close_old_connections

from distribution import importing, webhooks
from distribution.models import DirectoryImport, KeptAnswer, ProviderRemoval, WebhookCall
from distribution.models.webhook_calls import hint

# A sweep ends soon after so many seconds, because other work shares its queue.
SECONDS = 5
# Rows that are deleted at a time, so that nobody waits for it.
FORGOTTEN_AT_ONCE = 2000


@shared_task(ignore_result=True)
def remove_at_provider():
    """Ask the mail provider once more for what support has unblocked and is still on its own list."""
    close_old_connections()
    ProviderRemoval.objects.try_due()


@shared_task(ignore_result=True)
def call_webhooks():
    """Tell the companies' programs what became of their documents."""
    close_old_connections()
    if webhooks.pump(seconds=SECONDS):
        hint()


@shared_task(ignore_result=True)
def forget_webhook_calls():
    """Delete the oldest entries of the log."""
    close_old_connections()
    WebhookCall.objects.forget_old(FORGOTTEN_AT_ONCE)


@shared_task(ignore_result=True)
def import_directories():
    """Check and import the directories that wait, and those that a dead worker left."""
    close_old_connections()
    importing.work()


@shared_task(ignore_result=True)
def forget_directory_files():
    """Delete the files of imports that were kept for long enough."""
    close_old_connections()
    DirectoryImport.objects.forget_files()


@shared_task(ignore_result=True)
def forget_answers():
    """Delete what was answered to calls of the API, once nobody asks for it any more."""
    close_old_connections()
    KeptAnswer.objects.forget()
