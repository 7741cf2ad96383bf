"""What support has let go and the mail provider still has on its own list."""

from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from distribution import providers
from distribution.models.blocks import BlockedAddress

# How long after a try the next one comes; the last repeats, because support waits for it. The first has to
# be longer than a removal can take (TIMEOUT, a few requests): it is the claim as well.
RETRY_AFTER = [timedelta(minutes=m) for m in (2, 5, 15, 60, 360)]
AT_ONCE = 50  # removals in one run, so that it ends before the next ones pile up


class ProviderRemovalQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(removed_at=None)

    def try_due(self):
        """Try what is due, and stop early while the provider does not answer. Returns how many are done."""
        due = self.waiting().filter(next_try_at__lte=now()).order_by("next_try_at", "pk")
        done = 0
        for removal in due.select_related("blocked_address")[:AT_ONCE]:
            try:
                done += removal.attempt()
            except providers.NoAnswer:
                break
        return done


class ProviderRemoval(models.Model):
    """An address that is to come off the provider's own list, so that its block can be lifted."""

    blocked_address = models.ForeignKey(BlockedAddress, models.CASCADE, related_name="removals")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked"), default=now)
    provider = models.CharField(_("mail provider"), max_length=20)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), default=now)
    error = models.CharField(_("answer of the provider"), max_length=300, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = ProviderRemovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("removal at the provider")
        verbose_name_plural = _("removals at the provider")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["blocked_address"], condition=Q(removed_at=None), name="one_waiting_removal_per_block"
            )
        ]
        indexes = [
            # try_due(), every minute.
            models.Index(fields=["next_try_at"], condition=Q(removed_at=None), name="removals_waiting")
        ]

    def __str__(self):
        return str(self.blocked_address)

    def in_words(self):
        """A sentence for support: done, or what keeps it and when it is tried again."""
        provider = providers.label(self.provider)
        if self.removed_at:
            told = gettext("%(provider)s took the address off its own list: %(at)s.")
            return told % {"provider": provider, "at": _time(self.removed_at)}
        if not self.error:
            return gettext("Waits until %(provider)s has taken the address off its own list.") % {
                "provider": provider
            }
        told = gettext(
            "%(provider)s has not taken the address off its own list (%(error)s), so it is still blocked. "
            "It is tried again: %(at)s."
        )
        return told % {"provider": provider, "error": self.error, "at": _time(self.next_try_at)}

    def in_short(self):
        """The same in a few words: what an address still waits for, or "" when it is off the list."""
        if self.removed_at:
            return ""
        told = gettext("%(provider)s does not let it go") if self.error else gettext("waits for %(provider)s")
        return told % {"provider": providers.label(self.provider)}

    @property
    def is_put_off(self):
        """It failed, and waits for its next try."""
        return bool(self.error and not self.removed_at)

    def hurry(self):
        """Try again with the next run instead of later. Returns whether there was anything to hurry."""
        waiting = ProviderRemoval.objects.waiting().filter(pk=self.pk, next_try_at__gt=now())
        return bool(waiting.exclude(error="").update(next_try_at=now()))

    def attempt(self):
        """Ask the provider, and lift the block when the address is off its list. Returns whether it is.

        Raises NoAnswer when it cannot be reached. The claim comes first and nothing is locked meanwhile:
        two workers do not both ask, and after a dead one it is tried again.
        """
        if not self._claim():
            return False
        try:
            self._remove()
        except providers.NotRemoved as refusal:
            ProviderRemoval.objects.waiting().filter(pk=self.pk).update(error=str(refusal)[:300])
            if isinstance(refusal, providers.NoAnswer):
                raise
            return False
        self._settle()
        return True

    def _claim(self):
        wait = RETRY_AFTER[min(self.tries, len(RETRY_AFTER) - 1)]
        mine = ProviderRemoval.objects.waiting().filter(
            pk=self.pk, tries=self.tries, next_try_at=self.next_try_at
        )
        return bool(mine.update(tries=F("tries") + 1, next_try_at=now() + wait))

    def _remove(self):
        if providers.is_in_use():  # else the provider was given up meanwhile, and so was its list
            block = self.blocked_address
            providers.remove(block.address, is_wanted=block.needs_consent)

    @transaction.atomic
    def _settle(self):
        ProviderRemoval.objects.waiting().filter(pk=self.pk).update(removed_at=now(), error="")
        self.blocked_address.end(self.asked_by)


def _time(moment):
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
