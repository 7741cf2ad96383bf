"""Receiving domains that refuse our mail server, and what waits for them."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from documents.causes import REMEDIES, Cause
from documents.models.mail import OutboundMail


class HeldDomainQuerySet(models.QuerySet):
    def active(self):
        return self.filter(released_at=None)

    def hold(self, domain, verdict, *, in_dialogue, since=None):
        """Hold further mail to this domain: its server refuses us, not the recipient. Returns the hold.

        `in_dialogue` tells a refusal that we met ourselves from one that our relay met and reported later;
        `since` is when that mail was handed over. Each refusal puts the next try further off, up to the last
        interval of RETRY_AFTER. What was under way before the hold tells nothing new.
        """
        with transaction.atomic():
            active = self.active().filter(domain=domain).select_for_update()
            while not (held := active.first()):  # released by others, perhaps more than once
                self.bulk_create([self.model(domain=domain)], ignore_conflicts=True)
            if held.refusals and since and since < held.held_at:
                return held
            intervals = settings.RETRY_AFTER
            held.next_try_at = now() + intervals[min(held.refusals, len(intervals) - 1)]
            held.refusals += 1
            held.in_dialogue, held.tried_at = in_dialogue, None
            held.cause, held.reply, held.host = verdict.cause, verdict.reply[:1000], verdict.host[:255]
            held.save()
        return held


class HeldDomain(models.Model):
    """A receiving domain that our mail waits for, because its server does not trust ours."""

    domain = models.CharField(_("receiving domain"), max_length=255)
    cause = models.CharField(_("cause"), max_length=20)
    reply = models.CharField(_("reply"), max_length=1000, blank=True)
    host = models.CharField(_("server"), max_length=255, blank=True)
    held_at = models.DateTimeField(_("held since"), default=now)
    refusals = models.PositiveIntegerField(_("refusals"), default=0)
    in_dialogue = models.BooleanField(default=True)
    next_try_at = models.DateTimeField(_("next try"), default=now)
    tried_at = models.DateTimeField(
        _("tried"), null=True, blank=True, help_text=_("A mail went out for a try; its report is awaited.")
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released by"),
    )

    objects = HeldDomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("held domain")
        verbose_name_plural = _("held domains")
        ordering = ["-held_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["domain"], condition=Q(released_at=None), name="one_active_hold_per_domain"
            )
        ]

    def __str__(self):
        return self.domain

    @property
    def remedy(self):
        return REMEDIES[Cause(self.cause)]

    def waiting(self):
        """The open mails to this domain."""
        return OutboundMail.objects.open().filter(delivery__address__endswith=f"@{self.domain}")

    def try_one(self):
        """Let the oldest waiting mail try at once, or the next one that comes; the others wait for it.

        Returns whether one goes now: not where none waits, nor while a worker has one already.
        """
        if self.waiting().filter(claimed_until__gt=now()).exists():
            return False
        is_held = HeldDomain.objects.active().filter(pk=self.pk).update(next_try_at=now())
        oldest = self.waiting().order_by("pk").first()
        if is_held and oldest:
            oldest.hurry()
        return bool(is_held and oldest)

    def release(self, by=None):
        """Let mail go there again, and what waited at once. `by` is None when a mail got through.

        Returns whether it was this call that released it.
        """
        with transaction.atomic():
            active = HeldDomain.objects.active().filter(pk=self.pk)
            released = active.update(released_at=now(), released_by=by)
            if released:
                self.waiting().filter(claimed_until=None).update(next_attempt_at=now())
        self.refresh_from_db()
        return bool(released)
