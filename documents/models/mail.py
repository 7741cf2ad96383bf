"""The queue: one row a mail, claimed by workers for a lease."""

import random
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.models import Company
from documents.models.delivery import Delivery, DeliveryEvent
from documents.statuses import Status

# A batch renews its lease as it goes. Within it one mail is handed over: what precedes its content, and then
# three steps that take EMAIL_TIMEOUT each at the most.
LEASE = timedelta(minutes=5)


class OutboundMailQuerySet(models.QuerySet):
    def open(self):
        return self.filter(finished_at=None)

    def queue_first(self, deliveries):
        """Queue the first mail of each of these new deliveries: record(QUEUED), for many at once."""
        mails = self.bulk_create(OutboundMail(delivery=d, company=d.company) for d in deliveries)
        queued = (
            DeliveryEvent(delivery=mail.delivery, mail=mail, at=mail.created_at, status=mail.delivery.status)
            for mail in mails
        )
        for event in DeliveryEvent.objects.bulk_create(queued):
            event.delivery.headline = event
        Delivery.objects.bulk_update(deliveries, ["headline"])
        return mails

    def tried(self):
        """Those that may have left: a worker has tried them, or does so now."""
        return self.filter(Q(attempts__gt=0) | ~Q(claimed_until=None))

    def due(self):
        """To be sent now: its time has come, and nobody has it or the one who had it did not come back."""
        moment = now()
        free = Q(claimed_until=None) | Q(claimed_until__lt=moment)
        return self.open().filter(free, next_attempt_at__lte=moment)

    def claim(self, limit):
        """Take up to `limit` due mails for this worker, in the order in which they are to be sent.

        Fair: every company that has something due gets its share first. Each mail returned has
        `was_claimed_until` set: not None means that another worker took it before and did not come back.
        Workers do not step on each other: rows are locked and locked ones skipped (PostgreSQL), or only one
        transaction writes at a time (SQLite).
        """
        with transaction.atomic():
            claimed = self._due_by_company(limit)
            was = {mail.pk: mail.claimed_until for mail in claimed}
            until = now() + LEASE
            self.filter(pk__in=was).update(claimed_until=until)
        for mail in claimed:
            mail.was_claimed_until, mail.claimed_until = was[mail.pk], until
        return sorted(claimed, key=lambda mail: mail.pk)

    def _due_by_company(self, limit):
        due = self.due()
        companies = list(due.order_by().values_list("company", flat=True).distinct())
        random.shuffle(companies)  # more companies than places: everybody's turn comes
        claimed = []
        for position, company in enumerate(companies[:limit]):
            share = (limit - len(claimed)) // (min(len(companies), limit) - position)
            mine = due.filter(company=company).order_by("next_attempt_at", "pk")
            claimed += mine.select_for_update(skip_locked=True)[:share]
        return claimed


class OutboundMail(models.Model):
    """One mail in the queue. A resend is a new one. Three timestamps tell its state; it has no status."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="mails")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("queued"), default=now)
    next_attempt_at = models.DateTimeField(_("next try"), default=now)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    # The keys of the DocumentFiles in it; null where that was not written down.
    enclosed = models.JSONField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = OutboundMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbound mail")
        verbose_name_plural = _("outbound mails")
        constraints = [
            # Two resends, or a resend and a release, make one mail.
            models.UniqueConstraint(
                fields=["delivery"], condition=Q(finished_at=None), name="one_open_mail_per_delivery"
            ),
        ]
        indexes = [
            # For claim(), every few seconds. Leaves out the finished ones.
            models.Index(
                fields=["company", "next_attempt_at", "id"],
                condition=Q(finished_at=None),
                name="open_outbound_mails",
            ),
        ]

    def __str__(self):
        return str(self.public_id)

    @property
    def message_id(self):
        """The Message-ID header: the same for every try of this mail."""
        return f"<{self.public_id.hex}@{settings.SENDER_ADDRESS.rpartition('@')[2]}>"

    def hurry(self):
        """Make it due now, unless a worker has it."""
        OutboundMail.objects.open().filter(pk=self.pk, claimed_until=None).update(next_attempt_at=now())

    def is_open(self, **conditions):
        """Whether it is still to be sent, as the database knows it now."""
        return OutboundMail.objects.open().filter(pk=self.pk, **conditions).exists()

    def has_come_back(self, besides=None):
        """Whether it was handed over and came back for a reason of ours, so that it is to be tried again.

        Any other report takes a mail off the queue: an open one of which a delay was reported has come back.
        `besides`: the event that is being dealt with.
        """
        told = self.events.filter(status=Status.DEFERRED).exclude(external_id=None)
        return told.exclude(pk=besides and besides.pk).exists()

    def handed_over_at(self):
        """When it was last handed over to the relay, by our own record; None where there is none."""
        sent = self.events.filter(status=Status.SENT, external_id=None).order_by("-at")
        return sent.values_list("at", flat=True).first()

    def finish(self, **conditions):
        """Take it off the queue, whoever has it: what became of it is known. Returns whether it was there."""
        mine = OutboundMail.objects.open().filter(pk=self.pk, **conditions)
        return bool(mine.update(finished_at=now(), attempts=F("attempts") + 1))

    def try_again(self, at):
        """Queue it again, with its Message-ID: it was handed over, and came back for a reason of ours."""
        OutboundMail.objects.filter(pk=self.pk).update(
            finished_at=None, claimed_until=None, next_attempt_at=at
        )

    def defer(self, until, *, tried=True):
        """Try (again) at `until`, unless another worker has taken it over meanwhile."""
        mine = OutboundMail.objects.open().filter(pk=self.pk, claimed_until=self.claimed_until)
        mine.update(next_attempt_at=until, claimed_until=None, attempts=F("attempts") + int(tried))
