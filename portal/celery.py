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
        # Often and little at a time: a busy day has to go within a day as well.
        "kept-answers": {
            "task": "distribution.tasks.forget_answers",
            "schedule": 600,
            "options": {"expires": 600},
        },
        "batches": {"task": "documents.tasks.work_on_batches", "schedule": 5, "options": {"expires": 5}},
        "forgotten-batches": {
            "task": "documents.tasks.forget_batches",
            "schedule": 3600,
            "options": {"expires": 3600},
        },
        "bounce-mailbox": {
            "task": "documents.tasks.read_bounce_mailbox",
            "schedule": 60,
            "options": {"expires": 60},
        },
        "unread-reports": {
            "task": "documents.tasks.forget_unread_reports",
            "schedule": 3600,
            "options": {"expires": 3600},
        },
    }
