"""The tokens with which a company's own programs come in."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.models.companies import Company, Membership, OwnedQuerySet

PREFIX = "jkl_"  # so that people, and programs that look for leaked secrets, know what they have found
RANDOM_BYTES = 32
SHOWN = len(PREFIX) + 6  # so much of a token is kept to tell it from others
VALID_FOR = timedelta(days=365)
# More would be nobody's to remember, and each is a door.
MOST_PER_COMPANY = 50

MINUTE = timedelta(minutes=1)


class Scope(models.TextChoices):
    READ = "read", _("Read: documents, deliveries, customers and blocked addresses")
    SEND = "send", _("Send: send documents, send again, correct an address, cancel")
    MANAGE = "manage", _("Manage: change customers, release held documents, ask to unblock an address")


@dataclass(frozen=True)
class Spent:
    """What a call with a token came to: the token, or how long its program has to wait; neither: no token."""

    token: "ApiToken | None" = None
    wait: timedelta | None = None


class ApiTokenQuerySet(OwnedQuerySet):
    def usable(self):
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now()), revoked_at=None)

    def with_makers(self):
        """Adds `maker_has_left`: whoever made it has seen it, and does not manage the company any more."""
        managers = Membership.objects.filter(
            company=OuterRef("company"), user=OuterRef("created_by"), role=Membership.Role.MANAGER
        )
        return self.annotate(maker_has_left=~Exists(managers))

    def issue(self, company, by, name, scopes, expires_at):
        """Make a token. Returns (ApiToken, the secret): this is the only time that the secret is known."""
        secret = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
        token = self.create(
            company=company,
            created_by=by,
            name=name,
            scopes=scopes,
            expires_at=expires_at,
            hashed=hashed(secret),
            beginning=secret[:SHOWN],
        )
        return token, secret

    def spend(self, secret):
        """Let a program in with its token, API_CALLS_A_MINUTE times a minute. Returns Spent.

        A token bucket as one time: `full_at` is when all calls of a minute are there again. A call moves it
        on by its share of the minute, and it may be a minute ahead at the most. One conditional UPDATE, so
        that all web processes count together.
        """
        moment, share = now(), MINUTE / settings.API_CALLS_A_MINUTE
        known = self.usable().filter(hashed=hashed(secret))
        was_full = When(full_at__lt=moment, then=Value(moment + share))
        taken = known.filter(full_at__lte=moment + MINUTE - share).update(
            full_at=Case(was_full, default=F("full_at") + share), last_used_at=moment
        )
        token = known.select_related("company", "created_by").first()
        if token and not taken:
            return Spent(wait=max(token.full_at + share - MINUTE - moment, timedelta(0)))
        return Spent(token)


class ApiToken(models.Model):
    """A program's key to one company's data. It has scopes, where people have roles.

    What is done with it counts as done by who made it, and goes on when that person leaves the company:
    invoicing must not stop with a holiday. It ends by its date, or when a manager revokes it.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="tokens")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    scopes = models.JSONField(_("allowed to"), default=list)
    hashed = models.CharField(max_length=64, unique=True, editable=False)
    beginning = models.CharField(_("begins with"), max_length=20, editable=False)
    created_at = models.DateTimeField(_("created"), default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    full_at = models.DateTimeField(default=now, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["pk"]

    def __str__(self):
        return self.name

    @property
    def is_expired(self):
        return self.expires_at is not None and self.expires_at <= now()

    @property
    def is_usable(self):
        return self.revoked_at is None and not self.is_expired

    def may(self, scope):
        return scope in self.scopes

    def scopes_in_words(self):
        return [label.partition(":")[0] for scope, label in Scope.choices if scope in self.scopes]

    def revoke(self, by):
        """End it now. A second time changes nothing."""
        self.__class__.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=now(), revoked_by=by)


def hashed(secret):
    """Random enough that a quick hash is a safe one: there is nothing to guess."""
    return sha256(secret.encode()).hexdigest()
