"""The Celery app and the whole timetable."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def timetable(sender, **kwargs):
    """Every entry expires before its next turn, so that nothing piles up while no worker runs."""
    from django.conf import settings

    every = settings.SWEEP_EVERY
    sender.conf.beat_schedule = {
        "sweep": {"task": "documents.tasks.sweep", "schedule": every, "options": {"expires": every}},
        "removals": {
            "task": "distribution.tasks.remove_at_provider",
            "schedule": 60,
            "options": {"expires": 60},
        },
        "bounce-mailbox": {
            "task": "documents.tasks.read_bounce_mailbox",
            "schedule": 60,
            "options": {"expires": 60},
        },
        "old-delays": {
            "task": "documents.tasks.end_old_delays",
            "schedule": 3600,
            "options": {"expires": 3600},
        },
        "unread-reports": {
            "task": "documents.tasks.forget_unread_reports",
            "schedule": 3600,
            "options": {"expires": 3600},
        },
    }
