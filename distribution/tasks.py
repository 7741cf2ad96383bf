"""Celery's part: it only says when. What happens stands in models/removals.py and importing."""

from celery import shared_task
from django.db import close_old_connections

from distribution import importing
from distribution.models import DirectoryImport, ProviderRemoval


@shared_task(ignore_result=True)
def remove_at_provider():
    """Ask the mail provider once more for what support has unblocked and is still on its own list."""
    close_old_connections()
    ProviderRemoval.objects.try_due()


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
