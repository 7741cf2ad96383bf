"""Celery's part: it only says when. What happens stands in models/removals.py."""

from celery import shared_task
from django.db import close_old_connections

from distribution.models import ProviderRemoval


@shared_task(ignore_result=True)
def remove_at_provider():
    """Ask the mail provider once more for what support has unblocked and is still on its own list."""
    close_old_connections()
    ProviderRemoval.objects.try_due()
