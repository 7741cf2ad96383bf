"""One document to one address: the headline, and the story of events behind it."""

import re
import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import OuterRef, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.addresses import MAX_LENGTH
from distribution.models import BlockedAddress, Company, OwnedQuerySet, UnblockRequest
from documents.announcing import announce
from documents.causes import BLOCKED, REMEDIES, Cause, shown_code
from documents.models.document import Document
from documents.replies import with_code
from documents.statuses import IN_PROGRESS, Status, fold

# A delivery that somebody has to deal with. Conditions on the row itself, so that they hold for a row that
# was locked by somebody else a moment ago.
OPEN_WORK = Q(status=Status.REJECTED, handled_at=None, replaced_by=None)
HELD_FOR_A_BLOCK = OPEN_WORK & Q(cause__in=set(BLOCKED.values()))

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class DeliveryQuerySet(OwnedQuerySet):
    def in_progress(self):
        return self.filter(status__in=IN_PROGRESS)

    def rejected(self):
        """The work list: rejected, not put aside, not replaced by a corrected address."""
        return self.filter(OPEN_WORK)

    def chosen(self, public_ids):
        """Those with these public ids, as a form sent them; what is no such id is nobody's."""
        return self.filter(public_id__in=[text for text in public_ids if _UUID.fullmatch(text)])

    def held_for_a_block(self):
        return self.filter(HELD_FOR_A_BLOCK)

    def without_recipient(self):
        return self.rejected().filter(cause=Cause.NO_RECIPIENT)

    def with_open_request(self):
        """Adds `asked_at`: when support was asked to unblock the address, null where it was not."""
        requests = UnblockRequest.objects.filter(
            company=OuterRef("company"),
            blocked_address__address=OuterRef("address"),
            blocked_address__lifted_at=None,
            state=UnblockRequest.State.OPEN,
        )
        return self.annotate(asked_at=models.Subquery(requests.values("requested_at")[:1]))


class Delivery(models.Model):
    """One document to one address: what the company sees.

    A document that nobody could be found for has one delivery with an empty address.
    """

    class Origin(models.TextChoices):
        LIST = "list", _("address from the e-mail list")
        DOCUMENT = "document", _("address from the document")
        CORRECTED = "corrected", _("corrected address")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.CASCADE, related_name="deliveries")
    address = models.CharField(_("recipient"), max_length=MAX_LENGTH, blank=True)
    copy = models.BooleanField(_("copy (Cc)"), default=False)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    cause = models.CharField(_("cause"), max_length=20, blank=True)
    at = models.DateTimeField(_("since"), default=now)
    # When we learnt of it, by our own clock; `at` is the report's time, which may be long before that.
    rejected_at = models.DateTimeField(null=True, blank=True, editable=False)
    headline = models.ForeignKey(
        "DeliveryEvent", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created"), default=now)
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaces")
    # Who replaced it, and when; empty where the address came from the list by itself.
    corrected_at = models.DateTimeField(_("corrected"), null=True, blank=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    handled_at = models.DateTimeField(_("put aside"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["document", "address"], name="one_delivery_per_address"),
        ]
        indexes = [
            # The tabs of the document list, newest first.
            models.Index(fields=["company", "status", "-at", "-id"], name="deliveries_by_status"),
            # The overview's weeks, from the index alone.
            models.Index(
                fields=["company", "created_at", "status"],
                condition=Q(replaced_by=None),
                name="deliveries_by_day",
            ),
            # What the sweep looks through: held for a block, without recipient. Also the work list's groups.
            models.Index(
                fields=["cause", "company"],
                condition=Q(status="rejected", handled_at=None, replaced_by=None),
                name="deliveries_to_remedy",
            ),
            # What a company's members have not been told yet.
            models.Index(
                fields=["company", "rejected_at"],
                condition=Q(status="rejected", handled_at=None, replaced_by=None),
                name="deliveries_to_tell",
            ),
            # The history of an address, for blocking and for support.
            models.Index(fields=["company", "address", "-at"], name="deliveries_to_an_address"),
        ]

    def __str__(self):
        return f"{self.document} → {self.address or '–'}"

    @property
    def remedy(self):
        return REMEDIES[Cause(self.cause)]

    @property
    def code(self):
        """The code that people know, such as 550."""
        if self.status == Status.REJECTED:
            return shown_code(self.cause, self.headline and self.headline.reply_code)
        return ""

    @property
    def is_in_progress(self):
        return self.status in IN_PROGRESS

    @property
    def is_open_work(self):
        return self.status == Status.REJECTED and not self.handled_at and not self.replaced_by_id

    @property
    def sent_as_link(self):
        """The link that is mailed in the place of its files, or None."""
        return getattr(self, "link", None)

    def active_block(self):
        """The block that holds it back now, or None."""
        return BlockedAddress.objects.that_stop(self.company, self.address).first()

    def record(self, verdict, mail=None, *, at=None, external_id="", actor=None):
        """Append an event and let the events of the current mail decide the status.

        The **only** place that sets a status. `at` is the report's own time; other people's clocks are
        wrong, so it is kept between the hand-over and the receipt, and left out it is the receipt. News
        about an earlier mail of this delivery are kept, but do not touch the outcome of the current one.

        Returns the event, or None when this mail's report with the same `external_id` is known already.
        """
        received_at = now()
        with transaction.atomic(savepoint=False):
            delivery = Delivery.objects.select_for_update().get(pk=self.pk)
            known = list(delivery.events.filter(mail=mail))
            if external_id and external_id in [event.external_id for event in known]:
                return None
            event = DeliveryEvent.objects.create(
                delivery=delivery,
                mail=mail,
                at=_between(at, known, received_at),
                received_at=received_at,
                status=verdict.status,
                cause=verdict.cause,
                reply_code=verdict.reply_code,
                enhanced_code=verdict.enhanced_code[:15],
                text=verdict.text[:1000],
                host=verdict.host[:255],
                external_id=external_id or None,
                actor=actor,
            )
            if not delivery._has_newer_mail(mail) and delivery._decide([*known, event]):
                announce(delivery)
        self.status, self.cause, self.at = delivery.status, delivery.cause, delivery.at
        self.headline_id = delivery.headline_id
        return event

    def _has_newer_mail(self, mail):
        return (self.mails.filter(pk__gt=mail.pk) if mail else self.mails).exists()

    def _decide(self, events):
        """Returns whether the status has changed."""
        before = self.status
        deciding = fold(events)
        if deciding and deciding.pk != self.headline_id:
            self.status, self.cause, self.at = deciding.status, deciding.cause, deciding.at
            self.headline = deciding
            if before != self.status == Status.REJECTED:
                self.rejected_at = now()
            self.save(update_fields=["status", "cause", "at", "headline", "rejected_at"])
        return self.status != before


def _between(at, known, received_at):
    """The report's own time, but not before its mail was handed over nor after it was received.

    `known` are the events of its mail. While ours of the hand-over is not among them, it is not before the
    first of all, which is there from the beginning: so that this does not depend on what came first.
    """
    if at is None or not known:
        return received_at
    handed_over = [event.at for event in known if event.status == Status.SENT and not event.external_id]
    return min(max(at, min(handed_over or [known[0].at])), received_at)


class DeliveryEvent(models.Model):
    """Something that was reported about a delivery. Never changed, never deleted by hand."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="events")
    mail = models.ForeignKey("OutboundMail", models.CASCADE, null=True, blank=True, related_name="events")
    at = models.DateTimeField(_("time"))
    received_at = models.DateTimeField(_("received"), default=now)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    cause = models.CharField(_("cause"), max_length=20, blank=True)
    reply_code = models.PositiveSmallIntegerField(_("reply code"), null=True, blank=True)
    enhanced_code = models.CharField(_("enhanced status code"), max_length=15, blank=True)
    text = models.CharField(_("text"), max_length=1000, blank=True)
    host = models.CharField(_("server"), max_length=255, blank=True)
    external_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  most have none
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["at", "pk"]
        constraints = [
            # By mail, because a Message-ID is chosen by its sender, who may have sent others the same one.
            models.UniqueConstraint(fields=["mail", "external_id"], name="reported_once"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.status}"

    @property
    def remedy(self):
        return REMEDIES[Cause(self.cause)]

    @property
    def reply(self):
        return with_code(self.reply_code, self.text)
