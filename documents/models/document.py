"""What came in: documents and their files."""

import uuid
from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.models import Company, Customer, OwnedQuerySet
from documents.statuses import overall


class Kind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    REMINDER = "reminder", _("Reminder")
    ORDER = "order", _("Order")
    ORDER_CONFIRMATION = "order_confirmation", _("Order confirmation")
    DELIVERY_NOTE = "delivery_note", _("Delivery note")
    OTHER = "other", _("Document")


class DocumentQuerySet(OwnedQuerySet):
    def held(self):
        """Documents that wait for a person, because the same one was received before."""
        return self.filter(routed_at=None, duplicate_of__isnull=False)


class Document(models.Model):
    """One document of a company for one of its customers."""

    class Source(models.TextChoices):
        BROWSER = "browser", _("in the browser")
        BATCH = "batch", _("in a batch")
        API = "api", _("from your own system")
        FOLDER = "folder", _("from a folder")
        COMMAND = "command", _("by command")

    company = models.ForeignKey(Company, models.PROTECT, related_name="documents")
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001  null is never a duplicate
    number = models.CharField(_("number"), max_length=100)
    kind = models.CharField(_("type"), max_length=20, choices=Kind, default=Kind.INVOICE)
    customer_number = models.CharField(_("customer number"), max_length=50, blank=True)
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, blank=True, related_name="documents", verbose_name=_("customer")
    )
    addresses = models.TextField(_("addresses in the document"), max_length=2000, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    issue_date = models.DateField(_("date"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    buyer = models.CharField(_("buyer in the document"), max_length=200, blank=True)
    stated_language = models.CharField(_("language of the document"), max_length=5, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    received_at = models.DateTimeField(_("received"), default=now)
    received_from = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    duplicate_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="duplicates"
    )
    # Of the original file: the same content for the same customer may be the same document.
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    routed_at = models.DateTimeField(null=True, blank=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    is_new = False  # True in the hands of the one who took it in just now

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "external_id"], name="received_once"),
        ]
        indexes = [
            # "Was this number received before?", and the search for a number.
            models.Index(fields=["company", "number", "kind"], name="documents_by_number"),
            # "Was this very file received before?"
            models.Index(fields=["company", "content_hash"], name="documents_by_content"),
            # The API's list of documents, newest first.
            models.Index(fields=["company", "-received_at", "-id"], name="documents_by_arrival"),
            # The documents that are held, above the list of those in progress.
            models.Index(fields=["company"], condition=Q(routed_at=None), name="documents_held"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.number}"

    def get_absolute_url(self):
        return reverse("document", args=[self.public_id])

    @property
    def is_held(self):
        return self.routed_at is None and self.duplicate_of_id is not None

    @property
    def original(self):
        return self._file(DocumentFile.Role.ORIGINAL)

    @property
    def readable(self):
        """What a person can read: our page where the original is XML."""
        return self._file(DocumentFile.Role.READABLE) or self.original

    def _file(self, role):
        return next((file for file in self.files.all() if file.role == role), None)

    def mailed_files(self):
        """What recipients get: first what they can read, then XML where the company wants it, the rest."""
        form, mailed = self.company.xml_invoices_as, []
        if form != Company.XmlInvoicesAs.XML:
            mailed.append(self.readable)
        if form != Company.XmlInvoicesAs.PDF:
            mailed.append(self.original)
        attachments = (file for file in self.files.all() if file.role == DocumentFile.Role.ATTACHMENT)
        return [file for file in dict.fromkeys([*mailed, *attachments]) if file]

    @property
    def is_too_large_to_attach(self):
        """Whether its files are more than the company wants in a mail, so that they go out as a link."""
        limit = self.company.attachment_limit
        if not limit or self.company.above_limit != Company.AboveLimit.LINK:
            return False
        return sum(file.size for file in self.mailed_files()) > limit * 1024 * 1024

    @property
    def language(self):
        """The language of the mails about this document."""
        return (self.customer and self.customer.language) or self.stated_language or self.company.language

    def overall(self):
        """(status, whether only a part of the deliveries has it); replaced deliveries do not count."""
        return overall(d.status for d in self.deliveries.all() if d.replaced_by_id is None)


def file_path(instance, filename):
    """Where a file is kept: by our own name, so that nothing from outside gets into a path."""
    document = instance.document
    ending = PurePath(filename).suffix.lower()[:10]
    return f"documents/{document.company_id}/{document.received_at:%Y/%m}/{uuid.uuid4().hex}{ending}"


class DocumentFile(models.Model):
    class Role(models.TextChoices):
        ORIGINAL = "original", _("Original")
        READABLE = "readable", _("Readable version")
        ATTACHMENT = "attachment", _("Attachment")

    document = models.ForeignKey(Document, models.CASCADE, related_name="files")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.ORIGINAL)
    file = models.FileField(_("file"), upload_to=file_path, max_length=200)
    name = models.CharField(_("file name"), max_length=150)
    media_type = models.CharField(_("media type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["pk"]

    def __str__(self):
        return self.name
