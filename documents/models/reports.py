"""Reports that changed nothing, for operations: all are counted, and of those that could not be understood or
belong to no mail of ours the first of each day are kept.
"""

from datetime import timedelta
from functools import cached_property
from hashlib import sha256

from django.conf import settings
from django.db import models, transaction
from django.db.models import BinaryField, F
from django.db.models.functions import Substr
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext_lazy as _

from distribution.addresses import MAX_LENGTH
from documents.dsn.mail import read
from documents.models.mail import OutboundMail

# What a report says stands at its beginning; the rest is the mail that it returns.
KEPT_OCTETS = 200_000
# Whoever got a mail of ours knows its bounce address, which is genuine whatever he sends there.
KEPT_OF_A_MAIL = 5
# A day and a reason: whoever floods the bounce domain can neither fill the disk nor crowd out the others.
KEPT_A_DAY = 100
# Of each in a list: its header, mostly.
LISTED_OCTETS = 4_000
# Of what its author wrote, apart from the mail as it came.
SHOWN_CHARACTERS = 5_000
# Long enough to learn a new dialect from it; somebody's mail is no longer kept than that.
KEPT_FOR = timedelta(days=30)


class UnreadReportQuerySet(models.QuerySet):
    def open(self):
        return self.filter(handled_at=None)

    def expired(self):
        return self.filter(received_at__lt=now() - KEPT_FOR)

    def as_listed(self):
        """With the beginnings of the mails in the place of the whole."""
        beginning = Substr("raw", 1, LISTED_OCTETS, output_field=BinaryField())
        return self.defer("raw").annotate(beginning=beginning)

    def keep(self, raw, *, why, door, recipient="", mail=None, size=None):
        """Keep a mail that nobody could read, and count it.

        `size` is that of the whole mail where `raw` is only its beginning. Returns None when the same mail is
        kept already, or when so many were kept today that this one is only counted.
        """
        digest = sha256(raw).hexdigest()
        with transaction.atomic():
            if self.filter(sha256=digest).exists():
                UnreadCount.objects.add(OnlyCounted.KNOWN)
                return None
            UnreadCount.objects.add(why)  # which lets those of the same kind pass one by one
            if self._is_flooded(why, mail):
                return None
            kept, is_new = self.get_or_create(
                sha256=digest,
                defaults={
                    "why": why,
                    "door": door,
                    "recipient": _printable(recipient)[:MAX_LENGTH],
                    "mail": mail,
                    "raw": raw[:KEPT_OCTETS],
                    "size": len(raw) if size is None else size,
                },
            )
        return kept if is_new else None

    def _is_flooded(self, why, mail):
        alike = self.filter(why=why, received_at__gt=now() - timedelta(days=1))
        of_the_mail = alike.filter(mail=mail).count() if mail else 0
        return of_the_mail >= KEPT_OF_A_MAIL or alike.count() >= KEPT_A_DAY


class UnreadReport(models.Model):
    """A mail that came to one of the doors for reports and told us nothing."""

    class Door(models.TextChoices):
        SMTP = "smtp", _("by SMTP")
        LMTP = "lmtp", _("by LMTP")
        PIPE = "pipe", _("from the mail server's pipe")
        IMAP = "imap", _("from the bounce mailbox")
        HTTP = "http", _("by HTTP")

    class Why(models.TextChoices):
        NO_REPORT = "no_report", _("It is no report that we can read")
        NO_TOKEN = "no_token", _("It names no mail of ours, or its token is forged")
        NO_MAIL = "no_mail", _("The mail that it is about does not exist any more")
        OTHER_ADDRESS = "other_address", _("It is about other addresses than our mail's")

    received_at = models.DateTimeField(_("received"), default=now)
    door = models.CharField(_("came"), max_length=10, choices=Door)
    recipient = models.CharField(_("sent to"), max_length=MAX_LENGTH, blank=True)
    why = models.CharField(_("why"), max_length=20, choices=Why)
    mail = models.ForeignKey(OutboundMail, models.SET_NULL, null=True, blank=True, related_name="+")
    raw = models.BinaryField(_("mail"))
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64, unique=True)
    handled_at = models.DateTimeField(_("put aside"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("put aside by"),
    )

    objects = UnreadReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("unread report")
        verbose_name_plural = _("unread reports")
        ordering = ["-received_at", "-pk"]
        indexes = [
            # For the deletion of old ones, and for the list.
            models.Index(fields=["received_at"], name="unread_reports_by_age"),
        ]

    def __str__(self):
        return f"{localtime(self.received_at):%Y-%m-%d %H:%M} {self.get_why_display()}"

    @cached_property
    def _mail(self):
        return read(bytes(self.beginning if hasattr(self, "beginning") else self.raw))

    @property
    def sender(self):
        return _printable(self._mail.sender)

    @property
    def subject(self):
        return _printable(self._mail.subject)

    @property
    def message(self):
        """What its author wrote: decoded, without mark-up, and not what came back with it."""
        parts = self._mail.of_type("text/plain", "text/html")
        return _printable("\n\n".join(part.text for part in parts)[:SHOWN_CHARACTERS], "\n\t").strip()

    @property
    def text(self):
        """What is kept of the mail, as plain text: what is no UTF-8 and control characters are replaced."""
        decoded = bytes(self.raw).decode("utf-8", "replace").replace("\r\n", "\n")
        return _printable(decoded, "\n\t")

    def put_aside(self, by=None):
        """Take it off the list of what is to be looked at. Returns whether it was this call that did so."""
        is_ours = UnreadReport.objects.open().filter(pk=self.pk).update(handled_at=now(), handled_by=by)
        self.refresh_from_db(fields=["handled_at", "handled_by"])
        return bool(is_ours)


class OnlyCounted(models.TextChoices):
    """Why a report changed nothing that there is no use to keep."""

    KNOWN = "known", _("It had come before")
    TOO_MANY = "too_many", _("Its mail has had too many reports")
    NOT_GENUINE = "not_genuine", _("The secret or signature of the call was missing or wrong")
    NO_DOOR = "no_door", _("It was a call for a door that is closed, or for no provider that is known")


class UnreadCountQuerySet(models.QuerySet):
    def add(self, why):
        """Count one more of today's."""
        counter, _is_new = self.get_or_create(day=localdate(), why=why)
        self.filter(pk=counter.pk).update(number=F("number") + 1)


class UnreadCount(models.Model):
    """How many reports changed nothing on a day, those included that were not kept."""

    day = models.DateField(_("day"))
    why = models.CharField(_("why"), max_length=20, choices=[*UnreadReport.Why.choices, *OnlyCounted.choices])
    number = models.PositiveIntegerField(_("how many"), default=0)

    objects = UnreadCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("number of reports without effect")
        verbose_name_plural = _("numbers of reports without effect")
        ordering = ["-day", "why"]
        constraints = [models.UniqueConstraint(fields=["day", "why"], name="one_unread_count_per_day")]

    def __str__(self):
        return f"{self.day} {self.get_why_display()}: {self.number}"


def _printable(text, allowed=""):
    """A text from outside as a database can keep it and a page can show it."""
    return "".join(
        sign if sign.isprintable() or sign in allowed else "\N{REPLACEMENT CHARACTER}" for sign in text
    )
