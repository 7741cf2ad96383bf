"""Work on a whole file, done by a worker in steps while people watch: the row is the queue.

A step and what it says about how far the work is are one transaction. So a worker may die at any moment, and
the next one goes on with the first step that is missing.
"""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from distribution.models.companies import OwnedQuerySet

# Renewed with every step; so long after a worker's death another one goes on.
LEASE = timedelta(minutes=2)
MOST_TRIES = 3  # a file that kills its workers must not do so for ever


class LeaseLost(Exception):
    """Another worker has taken this job up, so this one stops."""


class JobQuerySet(OwnedQuerySet):
    def due(self):
        """What waits for a worker, or was left by a dead one; the oldest first."""
        free = Q(claimed_until=None) | Q(claimed_until__lt=now())
        return self.filter(free, state__in=self.model.WORKING).order_by("pk")


class Job(models.Model):
    """The subclass has a `state`, the states in which a worker is wanted (`WORKING`), and `failed()`."""

    WORKING = ()

    claimed_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    processed = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def is_working(self):
        return self.state in self.WORKING

    @property
    def percent(self):
        """How far it is; never quite done before it is."""
        return min(99, 100 * self.processed // self.total) if self.total else 0

    @property
    def progress_mark(self):
        """Another one whenever a page would tell something else about how far it is."""
        return f"{self.state}-{self.processed}-{self.total}-{bool(self.claimed_until)}"

    def claim(self):
        """Returns whether this worker has it now. After too many tries it has failed instead."""
        mine = type(self).objects.due().filter(pk=self.pk, tries=self.tries)
        if self.tries >= MOST_TRIES:
            mine.update(claimed_until=None, **self.failed())
            return False
        if not mine.update(claimed_until=now() + LEASE, tries=F("tries") + 1):
            return False
        self.refresh_from_db()
        return True

    def renew(self, **changes):
        """Write down how far it is, and keep it for some more time. Raises LeaseLost."""
        until = now() + LEASE
        self.settle(claimed_until=until, **changes)
        self.claimed_until = until

    def settle(self, **changes):
        """Change the row, if this worker still has it. Raises LeaseLost."""
        mine = type(self).objects.filter(pk=self.pk, claimed_until=self.claimed_until)
        if not mine.filter(state__in=self.WORKING).update(**changes):
            raise LeaseLost
