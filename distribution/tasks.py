"""Celery's part: it only says when. What happens stands in models/."""

from celery import shared_task
from django.db import close_old_connections

from distribution.models import KeptAnswer, ProviderRemoval


@shared_task(ignore_result=True)
def remove_at_provider():
    """Ask the mail provider once more for what support has unblocked and is still on its own list."""
    close_old_connections()
    ProviderRemoval.objects.try_due()


@shared_task(ignore_result=True)
def forget_answers():
    """Delete what was answered to calls of the API, once nobody asks for it any more."""
    close_old_connections()
    KeptAnswer.objects.forget()
