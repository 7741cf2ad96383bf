"""The sending companies, and who may see and do what in them."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.addresses import MAX_LENGTH


class Membership(models.Model):
    """A person's place in a company."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("Viewer")
        MANAGER = "manager", _("Manager")

    class Notices(models.TextChoices):
        AT_ONCE = "at_once", _("Soon after it happens")
        DAILY = "daily", _("Once a day")
        NONE = "none", _("Never")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    company = models.ForeignKey("Company", models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.VIEWER)
    notices = models.CharField(
        _("notices by e-mail"),
        max_length=10,
        choices=Notices,
        blank=True,
        help_text=_("Empty: managers once a day, viewers never."),
    )
    notice_hour = models.PositiveSmallIntegerField(
        _("hour"), default=8, choices=[(hour, f"{hour}:00") for hour in range(24)]
    )
    notice_reminders = models.BooleanField(_("reminders of what is still open"), default=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="one_membership")]

    def __str__(self):
        return f"{self.user} · {self.company}"

    @property
    def told(self):
        """Which notices the member gets: as chosen, else as is usual for the role."""
        usual = self.Notices.DAILY if self.role == self.Role.MANAGER else self.Notices.NONE
        return self.Notices(self.notices or usual)


class CompanyQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(memberships__user=user)

    def managed_by(self, user):
        return self.filter(memberships__user=user, memberships__role=Membership.Role.MANAGER)


class Company(models.Model):
    """A sending company: the tenant. Everything else belongs to exactly one."""

    class Duplicates(models.TextChoices):
        HOLD = "hold", _("Hold it until somebody says “send anyway”")
        REFUSE = "refuse", _("Do not take it in")
        ALLOW = "allow", _("Send it")

    class XmlInvoicesAs(models.TextChoices):
        BOTH = "both", _("As a PDF made of it, with the XML attached too")
        PDF = "pdf", _("As a PDF made of it")
        XML = "xml", _("As the XML file")

    class AboveLimit(models.TextChoices):
        LINK = "link", _("Send a link in the place of the files")
        REFUSE = "refuse", _("Do not take the document in")

    name = models.CharField(_("name"), max_length=200)
    business_id = models.CharField(_("business ID"), max_length=30, blank=True)
    activated_at = models.DateTimeField(
        _("service active since"), null=True, blank=True, help_text=_("Empty: the service is off.")
    )
    activation_requested_at = models.DateTimeField(_("activation asked for"), null=True, blank=True)
    activation_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("activation asked for by"),
    )
    uses_list = models.BooleanField(_("send to the customer's e-mail list"), default=True)
    uses_document_addresses = models.BooleanField(_("send to the addresses in the document"), default=True)
    sender_name = models.CharField(
        _("sender name"), max_length=100, blank=True, help_text=_("Empty: the company's name.")
    )
    reply_to = models.CharField(
        _("replies go to"), max_length=MAX_LENGTH, blank=True, help_text=_("Empty: nobody reads replies.")
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="fi")
    attachment_limit = models.PositiveIntegerField(
        _("largest attachment, MB"), null=True, blank=True, help_text=_("Empty: the portal's own limit.")
    )
    above_limit = models.CharField(
        _("when the files are larger"), max_length=10, choices=AboveLimit, default=AboveLimit.LINK
    )
    duplicates = models.CharField(
        _("when the same document comes again"), max_length=10, choices=Duplicates, default=Duplicates.HOLD
    )
    xml_invoices_as = models.CharField(
        _("e-invoices are mailed"), max_length=10, choices=XmlInvoicesAs, default=XmlInvoicesAs.BOTH
    )
    fiscal_year_starts = models.PositiveSmallIntegerField(
        _("first month of the fiscal year"), default=1, choices=[(month, month) for month in range(1, 13)]
    )

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def is_active(self):
        return self.activated_at is not None

    def is_managed_by(self, user):
        return self.memberships.filter(user=user, role=Membership.Role.MANAGER).exists()

    def ask_for_activation(self, by):
        """Put the company on support's list; asking again changes nothing."""
        waiting = Company.objects.filter(pk=self.pk, activated_at=None, activation_requested_at=None)
        waiting.update(activation_requested_at=now(), activation_requested_by=by)
        self.refresh_from_db()

    def activate(self):
        """Switch the service on. A second time changes nothing."""
        Company.objects.filter(pk=self.pk, activated_at=None).update(activated_at=now())
        self.refresh_from_db()

    def deactivate(self):
        """Switch the service off: documents are refused from now on, what was taken in still goes out."""
        Company.objects.filter(pk=self.pk).update(
            activated_at=None, activation_requested_at=None, activation_requested_by=None
        )
        self.refresh_from_db()


class OwnedQuerySet(models.QuerySet):
    """For everything that has a `company`: the one place that knows who may see what."""

    def visible_to(self, user):
        return self.filter(company__memberships__user=user)

    def managed_by(self, user):
        return self.filter(
            company__memberships__user=user, company__memberships__role=Membership.Role.MANAGER
        )
