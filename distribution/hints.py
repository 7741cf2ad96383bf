"""Hints to the workers that something waits. They may be lost without harm: the timetable comes anyway."""

import logging
import time
from types import SimpleNamespace

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# How long no hints are given after the broker did not answer, in seconds: nobody's page is to wait for it.
PAUSE_WITHOUT_BROKER = 10


def hint(task, *, queue="other", expires):
    """Ask for a task by its name, such as `documents.tasks.sweep`, within `expires` seconds or not at all."""
    if time.monotonic() < _hints.pause_until:
        return
    try:
        current_app.send_task(task, queue=queue, expires=expires)
    except (OperationalError, RedisError, OSError) as trouble:
        logger.warning(
            "The broker does not answer (%s); what waits is found by the timetable", type(trouble).__name__
        )
        _hints.pause_until = time.monotonic() + PAUSE_WITHOUT_BROKER


_hints = SimpleNamespace(pause_until=0.0)
