"""People who were asked to work in the portal for a company, and have not come yet."""

import secrets
import uuid
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.models.companies import Company, Membership, OwnedQuerySet

RANDOM_BYTES = 32
VALID_FOR = timedelta(days=14)
# Of two mails the link of the first is dead, whichever is opened: a double click makes one.
A_MOMENT = timedelta(seconds=20)


class InvitationQuerySet(OwnedQuerySet):
    def open(self):
        return self.filter(accepted_at=None)

    def find(self, secret):
        """The invitation that this secret opens and that can still be accepted, or None."""
        hashed = sha256(secret.encode()).hexdigest()
        return self.open().filter(hashed=hashed, expires_at__gt=now()).select_related("company").first()


class Invitation(models.Model):
    """A place in a company, kept for whoever reads mail at this address. Its secret is only in that mail."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="invitations")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=10, choices=Membership.Role, default=Membership.Role.VIEWER)
    hashed = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001  none yet
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited"), default=now)
    sent_at = models.DateTimeField(_("mail sent"), null=True, blank=True)
    expires_at = models.DateTimeField(_("valid until"), default=now)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "email"], condition=Q(accepted_at=None), name="one_open_invitation"
            )
        ]

    def __str__(self):
        return self.email

    @property
    def is_expired(self):
        return self.expires_at <= now()

    def renew(self):
        """Returns a new secret; links with an earlier one work no more. None when that was a moment ago."""
        secret, until = secrets.token_urlsafe(RANDOM_BYTES), now() + VALID_FOR
        mine = Invitation.objects.open().filter(pk=self.pk, expires_at__lt=until - A_MOMENT)
        if not mine.update(hashed=sha256(secret.encode()).hexdigest(), expires_at=until):
            return None
        self.refresh_from_db(fields=["hashed", "expires_at"])
        return secret

    @transaction.atomic
    def accept(self, user):
        """Give the person the place; a member keeps the old role. Returns whether it was this call."""
        taken = Invitation.objects.open().filter(pk=self.pk, expires_at__gt=now())
        if not taken.update(accepted_at=now(), hashed=None):
            return False
        Membership.objects.get_or_create(user=user, company_id=self.company_id, defaults={"role": self.role})
        return True
