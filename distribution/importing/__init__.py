"""Directory imports: from a file to customers. The database row is the queue; Celery says only when.

A file is checked first (`checking`), which changes nothing; when somebody has confirmed it, it is imported
(`saving`) in chunks, each with what it says about itself in one transaction. So a worker may die at any
moment: the next one goes on with the first chunk that is missing.
"""

import logging

from django.db import InterfaceError, OperationalError

from distribution import hinting
from distribution.directory import WrongFile
from distribution.importing.checking import check
from distribution.importing.saving import save
from distribution.models.imports import DirectoryImport
from distribution.models.jobs import LeaseLost

logger = logging.getLogger(__name__)


def work():
    """Do what waits, the oldest first. Returns how many were taken up."""
    taken = 0
    for job in DirectoryImport.objects.due().order_by("pk"):
        if job.claim():
            taken += 1
            _do(job)
    return taken


def _do(job):
    step = check if job.state == DirectoryImport.State.CHECKING else save
    try:
        step(job)
    except WrongFile as wrong:
        job.has_failed(wrong.code, wrong.params)
    except LeaseLost:
        logger.warning("Directory import %s went on in another worker", job.pk)
    except (OperationalError, InterfaceError):
        raise  # the database is away: it is taken up again when the lease ends
    except Exception:
        job.has_failed("ours")
        raise


def hint():
    """Tell a worker that an import waits."""
    hinting.hint("distribution.tasks.import_directories", queue="other")
