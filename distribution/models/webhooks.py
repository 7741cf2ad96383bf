"""The addresses at which a company's own programs want to be told what became of its documents."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution import signatures
from distribution.models.companies import Company, OwnedQuerySet

# With more a company could keep the workers busy with receivers that do not answer.
MOST_PER_COMPANY = 5
# For so long both secrets sign, so that the receiver can change to the new one at any time of the day.
OLD_SECRET_SIGNS = timedelta(days=1)
# A button that is pressed twice within this means it once.
A_MOMENT = timedelta(seconds=20)
# Events come at night and at weekends; whoever has taken nothing for a working week has gone away.
SWITCH_OFF_AFTER = timedelta(days=5)

# The statuses of a delivery, by documents' names for them.
STATUSES = [
    ("queued", _("In the queue again")),
    ("deferred", _("Delayed")),
    ("sent", _("Sent")),
    ("delivered", _("Delivered")),
    ("rejected", _("Rejected")),
    ("cancelled", _("Cancelled")),
]


def usual_statuses():
    return ["sent", "delivered", "rejected"]


class WebhookQuerySet(OwnedQuerySet):
    def kept(self):
        return self.filter(deleted_at=None)

    def active(self):
        return self.kept().filter(disabled_at=None)

    def that_want(self, company_id, status):
        """Those of a company to tell when a delivery gets this status. One quick query; mostly none."""
        found = self.active().filter(company=company_id).select_related("company")
        return [webhook for webhook in found if status in webhook.statuses]


class Webhook(models.Model):
    """A company's URL that gets signed calls. Never deleted while somebody may be writing a call to it."""

    class Off(models.TextChoices):
        BY_HAND = "by_hand", _("switched off by hand")
        GONE = "gone", _("switched off because it answered 410 Gone")
        FAILING = "failing", _("switched off by itself because it had taken nothing for five days")

    company = models.ForeignKey(Company, models.CASCADE, related_name="webhooks")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    url = models.CharField(_("web address"), max_length=500)
    statuses = models.JSONField(_("statuses"), default=usual_statuses)
    secret = models.CharField(max_length=100, default=signatures.new_secret, editable=False)
    old_secret = models.CharField(max_length=100, blank=True, editable=False)
    secret_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    disabled_at = models.DateTimeField(_("switched off"), null=True, blank=True)
    disabled_because = models.CharField(max_length=10, choices=Off, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["pk"]

    def __str__(self):
        return self.url

    @property
    def is_active(self):
        return self.disabled_at is None

    def statuses_in_words(self):
        return [label for status, label in STATUSES if status in self.statuses]

    def signing_secrets(self):
        """The secrets that sign at the moment, the newest first."""
        is_changing = self.secret_changed_at and now() < self.secret_changed_at + OLD_SECRET_SIGNS
        return [self.secret, self.old_secret] if is_changing and self.old_secret else [self.secret]

    def renew_secret(self):
        """Returns whether it was this call: one right after another would end the secret in use at once."""
        long_ago = Webhook.objects.filter(pk=self.pk).exclude(secret_changed_at__gt=now() - A_MOMENT)
        is_renewed = long_ago.update(
            old_secret=F("secret"), secret=signatures.new_secret(), secret_changed_at=now()
        )
        self.refresh_from_db(fields=["old_secret", "secret", "secret_changed_at"])
        return bool(is_renewed)

    def switch_off(self, why=Off.BY_HAND):
        """Nothing is kept for it meanwhile; what waits already goes out when it is switched on again."""
        Webhook.objects.active().filter(pk=self.pk).update(disabled_at=now(), disabled_because=why)

    def switch_on(self):
        Webhook.objects.filter(pk=self.pk).update(disabled_at=None, disabled_because="", failing_since=None)

    def retire(self):
        """Delete it for people. The row goes later: a status may be recorded for it at this moment."""
        Webhook.objects.kept().filter(pk=self.pk).update(deleted_at=now())

    def note_success(self):
        """It takes calls again: what waits for a later try is due now."""
        recovered = Webhook.objects.filter(pk=self.pk, failing_since__isnull=False).update(failing_since=None)
        if recovered:
            self.calls.open().filter(claimed_until=None).update(next_attempt_at=now())

    def note_failure(self):
        if self.failing_since is None:
            Webhook.objects.filter(pk=self.pk, failing_since=None).update(failing_since=now())
        elif self.failing_since + SWITCH_OFF_AFTER < now():
            self.switch_off(self.Off.FAILING)
