"""Addresses that get no mail, and the requests to let them have it again."""

import uuid

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from distribution import providers
from distribution.addresses import MAX_LENGTH, normalise
from distribution.models.companies import Company, OwnedQuerySet
from distribution.models.customers import ListAddress


class ConsentMissing(Exception):
    """An address whose owner did not want our mail is asked about without the owner's consent."""


class BlockedAddressQuerySet(OwnedQuerySet):
    def active(self):
        return self.filter(lifted_at=None)

    def concerning(self, company):
        """What is shown to a company: its own blocks, and those for all companies that stop its mail.

        The latter are those of addresses on its e-mail lists, and those that it has asked about.
        """
        if company is None:
            return self.none()
        listed = ListAddress.objects.filter(customer__company=company, address=OuterRef("address"))
        asked = UnblockRequest.objects.filter(company=company, blocked_address=OuterRef("pk"))
        return self.filter(Q(company=company) | Q(Exists(listed) | Exists(asked), company=None))

    def that_stop(self, company, address):
        """Active blocks for mail of this company to this address, platform-wide ones included."""
        return self.active().filter(Q(company=company) | Q(company=None), address=address)

    def decide_in_turn(self, company_id, address):
        """Wait for whoever decides about this address now, until the end of that transaction.

        So of two failures that come at the same moment the later one knows of the other. SQLite lets only one
        transaction write anyway.
        """
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                name = f"block {company_id} {address}"
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])

    def block(self, company, address, reason, evidence=()):
        """Block an address for a company (None: for all). Blocked already: nothing changes.

        `evidence` is a list of dicts with `at` (ISO 8601), `document` and `reply`, newest first; it is shown
        to support. Returns (block, is_new).
        """
        return self.get_or_create(
            company=company,
            address=normalise(address),
            lifted_at=None,
            defaults={"reason": reason, "evidence": list(evidence)},
        )


class BlockedAddress(models.Model):
    """An address that we do not send to: for one company, or platform-wide."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("Deliveries failed")
        UNSUBSCRIBED = "unsubscribed", _("The recipient unsubscribed")
        COMPLAINED = "complained", _("The recipient reported our mail as spam")
        BY_HAND = "by_hand", _("Blocked by hand")

    company = models.ForeignKey(
        Company,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="blocked_addresses",
        verbose_name=_("company"),
        help_text=_("Empty: for all companies."),
    )
    address = models.CharField(_("e-mail address"), max_length=MAX_LENGTH)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    evidence = models.JSONField(_("evidence"), default=list, blank=True)
    blocked_at = models.DateTimeField(_("blocked"), default=now)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = BlockedAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("blocked address")
        verbose_name_plural = _("blocked addresses")
        ordering = ["-blocked_at", "-pk"]
        permissions = [("platform_blockedaddress", "Can block addresses for all companies")]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "address"], condition=Q(lifted_at=None), name="one_active_block"
            ),
            # Null is never equal to null, so blocks for all companies need a constraint of their own.
            models.UniqueConstraint(
                fields=["address"],
                condition=Q(lifted_at=None, company=None),
                name="one_active_platform_wide_block",
            ),
        ]
        indexes = [
            # "Was it lifted since …?", asked for each failure that could block.
            models.Index(fields=["address", "lifted_at"], name="blocks_of_an_address"),
        ]

    def __str__(self):
        return self.address

    def save(self, **kwargs):
        self.address = normalise(self.address)
        super().save(**kwargs)

    @property
    def is_active(self):
        return self.lifted_at is None

    @property
    def removal(self):
        """The latest removal of the address at the mail provider, or None where none was needed."""
        return next(iter(self.removals.all()), None)

    @property
    def needs_consent(self):
        """606 and 607: the recipient did not want our mail, so only the recipient can allow it again."""
        return self.reason in (self.Reason.UNSUBSCRIBED, self.Reason.COMPLAINED)

    def ask_to_unblock(self, company, by, note, consent=False):
        """Ask our support to lift it, in the name of a company. Asked already: that request is returned.

        Raises ConsentMissing when only the recipient's consent can open the address again.
        """
        if self.needs_consent and not consent:
            raise ConsentMissing
        request, _is_new = self.requests.get_or_create(
            company=company,
            state=UnblockRequest.State.OPEN,
            defaults={"requested_by": by, "note": note, "consent": consent},
        )
        return request

    def why_not_ask(self, company):
        """The sentence that tells a company why it need not ask about it now, or "" where it may."""
        if not self.is_active:
            return gettext("The address is not blocked any more. What was held is sent by itself.")
        if self.is_being_lifted:
            return gettext(
                "Support has unblocked it already. It takes effect when our mail provider has taken "
                "the address off its own list."
            )
        if self.requests.filter(company=company, state=UnblockRequest.State.OPEN).exists():
            return gettext("Support has been asked already, and the answer will be seen here.")
        return ""

    @property
    def is_being_lifted(self):
        """Support has let it go, but the mail provider still has it on its own list."""
        return self.is_active and any(removal.removed_at is None for removal in self.removals.all())

    def lift(self, by):
        """Let mail go there again. Returns whether it was this call that did so.

        Open requests are answered with it. A mail provider that keeps a list of its own comes first: then
        the block ends when the address is off that list, and until then nothing is sent.
        """
        with transaction.atomic():
            is_ours = self._ask_provider(by) if providers.is_in_use() else self.end(by)
        self.refresh_from_db()
        return is_ours

    @transaction.atomic
    def end(self, by):
        """Stop blocking now, whatever a mail provider does. Returns whether it was this call that did so.

        What was held is sent by the next sweep.
        """
        ended = BlockedAddress.objects.active().filter(pk=self.pk).update(lifted_at=now(), lifted_by=by)
        if ended:
            self._approve_requests(by)
        return bool(ended)

    def _ask_provider(self, by):
        if not BlockedAddress.objects.active().select_for_update().filter(pk=self.pk).exists():
            return False
        asked = {"asked_by": by, "provider": settings.PROVIDER}
        _removal, is_new = self.removals.get_or_create(removed_at=None, defaults=asked)
        if is_new:
            self._approve_requests(by)
        return is_new

    def _approve_requests(self, by):
        open_requests = self.requests.filter(state=UnblockRequest.State.OPEN)
        open_requests.update(state=UnblockRequest.State.APPROVED, decided_by=by, decided_at=now())


class UnblockRequest(models.Model):
    """A company asks our support to unblock an address."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")

    class AlreadyDecided(Exception):
        """Somebody else was first."""

    blocked_address = models.ForeignKey(BlockedAddress, models.CASCADE, related_name="requests")
    company = models.ForeignKey(
        Company,
        models.CASCADE,
        related_name="unblock_requests",
        help_text=_("Who asks: a platform-wide block is asked about by one company."),
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )
    requested_at = models.DateTimeField(_("asked"), default=now)
    note = models.TextField(_("note"), max_length=2000)
    consent = models.BooleanField(_("the recipient has agreed"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("unblock request")
        verbose_name_plural = _("unblock requests")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["blocked_address", "company"],
                condition=Q(state="open"),
                name="one_open_request_per_block",
            )
        ]

    def __str__(self):
        return f"{self.blocked_address} · {self.get_state_display()}"

    @property
    def removal(self):
        return self.blocked_address.removal

    @transaction.atomic
    def approve(self, by, answer=""):
        """Unblock the address. Raises AlreadyDecided when somebody else was first."""
        # The block first, as in lift(): the two would wait for each other.
        BlockedAddress.objects.select_for_update().get(pk=self.blocked_address_id)
        self._decide(self.State.APPROVED, by, answer)
        self.blocked_address.lift(by)

    def decline(self, by, answer):
        """Keep the block and say why. Raises AlreadyDecided when somebody else was first."""
        self._decide(self.State.DECLINED, by, answer)

    def _decide(self, state, by, answer):
        open_one = UnblockRequest.objects.filter(pk=self.pk, state=self.State.OPEN)
        if not open_one.update(state=state, decided_by=by, decided_at=now(), answer=answer):
            raise self.AlreadyDecided
        self.refresh_from_db()
