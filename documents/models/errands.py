"""What people do with several rejected deliveries at once, row by row: who, when, and what came of it."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.models import Company, OwnedQuerySet
from documents.models.delivery import Delivery

# As long as the lists go back by themselves; the events of the deliveries stay.
KEPT = timedelta(days=90)


class ErrandQuerySet(OwnedQuerySet):
    def with_counts(self):
        """Adds how many rows were `done`, could `not_be` done, and still `wait`."""
        told = Q(lines__told_at__isnull=False)
        return self.annotate(
            done=Count("lines", told & Q(lines__is_done=True)),
            not_be=Count("lines", told & Q(lines__is_done=False)),
            wait=Count("lines", Q(lines__told_at=None)),
        )

    def begun(self):
        """Those of which something was done, or at least tried."""
        told = ErrandLine.objects.filter(errand=models.OuterRef("pk"), told_at__isnull=False)
        return self.filter(models.Exists(told))

    def expired(self):
        return self.filter(created_at__lt=now() - KEPT)


class Errand(models.Model):
    """One thing that one person wants done with several rejected deliveries."""

    class Kind(models.TextChoices):
        RESEND = "resend", _("Send again")
        CORRECT = "correct", _("Correct addresses")
        LINK = "link", _("Send as links")
        UNBLOCK = "unblock", _("Ask support to unblock")
        ASIDE = "aside", _("Put aside")

    company = models.ForeignKey(Company, models.CASCADE, related_name="errands")
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("time"), default=now)
    # What was chosen on which showing of the list: a second press of the button is the same errand.
    key = models.CharField(max_length=64)
    left_out = models.PositiveIntegerField(default=0)  # chosen, but more than is done at once
    back = models.CharField(max_length=500, blank=True)  # the list that it was chosen from
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = ErrandQuerySet.as_manager()

    class Meta:
        verbose_name = _("errand")
        verbose_name_plural = _("errands")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "created_by", "key"], name="one_errand_per_press"),
        ]
        indexes = [
            # The page of what was done lately, and the hourly look for what is old.
            models.Index(fields=["company", "-created_at"], name="errands_lately"),
        ]

    def __str__(self):
        return self.get_kind_display()


class ErrandLine(models.Model):
    """One delivery of an errand. Without `told_at` it waits; afterwards `said` tells what came of it."""

    errand = models.ForeignKey(Errand, models.CASCADE, related_name="lines")
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="+")
    told_at = models.DateTimeField(null=True, blank=True)
    is_done = models.BooleanField(default=False)
    said = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["errand", "delivery"], name="each_once_in_an_errand"),
        ]

    def __str__(self):
        return self.said
