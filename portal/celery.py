"""The Celery app and the whole timetable."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

MINUTE, HOUR = 60, 3600  # seconds

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def timetable(sender, **kwargs):
    """Every entry expires before its next turn, so that nothing piles up while no worker runs."""
    from django.conf import settings

    sweep = settings.SWEEP_EVERY
    turns = {
        "documents.tasks.sweep": sweep,
        "documents.tasks.work_on_batches": sweep,
        "documents.tasks.forget_batches": HOUR,
        "documents.tasks.forget_errands": HOUR,
        "documents.tasks.end_old_delays": HOUR,
        "documents.tasks.read_bounce_mailbox": MINUTE,
        "documents.tasks.forget_unread_reports": HOUR,
        "documents.tasks.send_notices": MINUTE,
        "documents.tasks.forget_notices": HOUR,
        "distribution.tasks.remove_at_provider": MINUTE,
        # What a lost hint or a dead worker left: people wait in front of it.
        "distribution.tasks.import_directories": 15,
        "distribution.tasks.forget_directory_files": HOUR,
        "distribution.tasks.forget_answers": 10 * MINUTE,
        "distribution.tasks.call_webhooks": sweep,
        # Often and little at a time: a day with much traffic has to go within a day as well.
        "distribution.tasks.forget_webhook_calls": MINUTE,
    }
    sender.conf.beat_schedule = {
        task: {"task": task, "schedule": every, "options": {"expires": every}}
        for task, every in turns.items()
    }
