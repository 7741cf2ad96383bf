"""Hints to the workers that something is due. They may be lost without harm: the sweeps come anyway."""

import logging
import time
from types import SimpleNamespace

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# How long no hints are given after the broker did not answer, in seconds: the sweep comes anyway.
PAUSE_WITHOUT_BROKER = 10


def hint(task, queue, rest=0):
    """Ask for a sweep now. Never raises, and never waits long for a broker that is away.

    `rest`: for so many seconds after a hint this process gives no other one for the same task.
    """
    moment = time.monotonic()
    if moment < max(_hints.pause_until, _hints.not_before.get(task, 0)):
        return
    _hints.not_before[task] = moment + rest
    try:
        current_app.send_task(task, queue=queue, expires=settings.SWEEP_EVERY)
    except (OperationalError, RedisError, OSError) as trouble:
        logger.warning(
            "The broker does not answer (%s); what is due waits for the next sweep", type(trouble).__name__
        )
        _hints.pause_until = time.monotonic() + PAUSE_WITHOUT_BROKER


_hints = SimpleNamespace(pause_until=0.0, not_before={})
