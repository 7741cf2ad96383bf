"""Many documents that came in one file: first looked through, then sent. The batch stays as a record."""

import json
import uuid
from datetime import date, timedelta
from decimal import Decimal
from pathlib import PurePath

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Count
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.models import Company, Job, JobQuerySet
from documents.formats import Facts, pdf
from documents.models.document import Document, Kind
from documents.statuses import Status

# A batch that nobody sends is in nobody's mind any more, and its file is large.
PREVIEW_KEPT = timedelta(days=7)


class BatchQuerySet(JobQuerySet):
    def discard_forgotten(self):
        """Discard what was looked through long ago and never sent, and the files of what has ended."""
        for batch in self.filter(state=Batch.State.READY, created_at__lt=now() - PREVIEW_KEPT):
            batch.discard()
        for batch in self.exclude(file="").exclude(finished_at=None):
            batch.forget_files()


def batch_path(instance, filename):
    """By our own name, so that nothing from outside gets into a path."""
    return f"batches/{instance.company_id}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:6]}"


class Batch(Job):
    """A file of documents. `processed` and `total` count its files while it is read, else its documents."""

    class State(models.TextChoices):
        READING = "reading", _("Reading the files")
        READY = "ready", _("Ready: check and send")
        SENDING = "sending", _("Sending")
        DONE = "done", _("Done")
        NOTHING = "nothing", _("Nothing to send")
        DISCARDED = "discarded", _("Cancelled")
        FAILED = "failed", _("Failed")

    WORKING = (State.READING, State.SENDING)

    company = models.ForeignKey(Company, models.PROTECT, related_name="batches")
    name = models.CharField(_("file name"), max_length=150)
    file = models.FileField(_("file"), upload_to=batch_path, max_length=200, blank=True)
    list_file = models.FileField(_("list"), upload_to=batch_path, max_length=200, blank=True)
    kind = models.CharField(_("type"), max_length=20, choices=Kind, blank=True)
    # Of the person who brought it: sentences about its documents are written by a worker.
    language = models.CharField(max_length=5, default="en")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READING)
    problem = models.TextField(_("why it cannot be read"), blank=True)
    created_at = models.DateTimeField(_("brought"), default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("brought by")
    )
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("sending began"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sent by"),
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["-created_at", "-pk"]
        indexes = [
            # The list of a company's batches.
            models.Index(fields=["company", "-created_at"], name="batches_of_a_company"),
            # due(), every few seconds.
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["reading", "sending"]),
                name="batches_to_work_on",
            ),
        ]

    def __str__(self):
        return self.name

    def counts(self):
        """How many of its documents there are in each BatchItem.State."""
        counted = self.items.order_by().values_list("state").annotate(Count("pk"))
        return dict.fromkeys(BatchItem.State.values, 0) | dict(counted)

    def has_been_read(self):
        """Returns whether it waits for somebody now: there may be nothing to send. Raises LeaseLost."""
        waits = self.items.to_send().exists()
        if waits:
            self.settle(state=self.State.READY, claimed_until=None, read_at=now())
        else:
            self.settle(state=self.State.NOTHING, claimed_until=None, read_at=now(), finished_at=now())
        return waits

    def confirm(self, by):
        """Send what was looked through. Returns whether it was this call that said so."""
        ready = Batch.objects.filter(pk=self.pk, state=self.State.READY)
        to_send = self.items.to_send().count()
        return bool(
            ready.update(
                state=self.State.SENDING,
                confirmed_at=now(),
                confirmed_by=by,
                processed=0,
                total=to_send,
                tries=0,
                claimed_until=None,
            )
        )

    def discard(self):
        """Send nothing of it. Returns whether it was this call that said so."""
        waiting = Batch.objects.filter(pk=self.pk, state=self.State.READY)
        if not waiting.update(state=self.State.DISCARDED, finished_at=now()):
            return False
        self.forget_files()
        return True

    def failed(self, problem=""):
        """What to write into the row when it cannot be read."""
        ours = _("Something went wrong on our side, and we have been told. Try it once more.")
        return {"state": self.State.FAILED, "problem": problem or str(ours), "finished_at": now()}

    def forget_files(self):
        """Its documents have files of their own."""
        for file in (self.file, self.list_file):
            if file:
                file.delete(save=False)
        Batch.objects.filter(pk=self.pk).update(file="", list_file="")


class BatchItemQuerySet(models.QuerySet):
    def to_send(self):
        return self.filter(state__in=BatchItem.TO_SEND)

    def unlisted(self):
        """Those that the list does not name, in a batch that has one."""
        return self.filter(source__unlisted=True)


class BatchItem(models.Model):
    """One document of a batch: what it would be, and what it became."""

    class State(models.TextChoices):
        READY = "ready", _("Will be sent")
        NOBODY = "nobody", _("Has no recipient yet")
        REPEATED = "repeated", _("Will be held")
        KNOWN = "known", _("Not sent again")
        REFUSED = "refused", _("Cannot be sent")
        TAKEN = "taken", _("Accepted")

    TO_SEND = (State.READY, State.NOBODY, State.REPEATED)

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    name = models.CharField(_("file"), max_length=200)
    # Where it is found in the batch's file: the member, the part of it, and the members attached to it.
    source = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, blank=True)
    external_id = models.CharField(max_length=100, blank=True)
    recipients = models.TextField(_("recipients"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State)
    note = models.TextField(_("note"), blank=True)
    document = models.ForeignKey(Document, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = BatchItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("document of a batch")
        verbose_name_plural = _("documents of batches")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="one_item_per_position"),
        ]
        indexes = [
            # What is still to be sent, the counts, and the page of one state.
            models.Index(fields=["batch", "state", "position"], name="batch_items_by_state"),
        ]

    def __str__(self):
        return self.name

    @property
    def is_pdf(self):
        return self.source.get("media_type") == pdf.MEDIA_TYPE

    @property
    def is_unlisted(self):
        """The batch has a list, and it does not name this one."""
        return self.source.get("unlisted", False)

    @property
    def kind_label(self):
        kind = self.facts.get("kind", "")
        return Kind(kind).label if kind else ""

    @property
    def status_label(self):
        """What became of its document up to now."""
        if self.document is None:
            return ""
        status, is_partly = self.document.overall()
        if status is None:
            return _("Held")
        return _("Partly rejected") if is_partly else status.label

    @property
    def css(self):
        """The status whose colour it has."""
        if self.state == self.State.TAKEN and self.document:
            return self.document.overall()[0] or Status.DEFERRED
        return CSS[self.state]

    @property
    def known_facts(self):
        """The Facts as they were kept."""
        kept = dict(self.facts)
        for name in ("issue_date", "due_date"):
            kept[name] = date.fromisoformat(kept[name]) if kept.get(name) else None
        kept["amount"] = Decimal(kept["amount"]) if kept.get("amount") else None
        return Facts(**kept)

    @staticmethod
    def keepable(facts):
        """Facts as JSON can keep them."""
        return json.loads(json.dumps(vars(facts), cls=DjangoJSONEncoder))


CSS = {
    BatchItem.State.READY: Status.SENT,
    BatchItem.State.NOBODY: Status.DEFERRED,
    BatchItem.State.REPEATED: Status.DEFERRED,
    BatchItem.State.KNOWN: Status.CANCELLED,
    BatchItem.State.REFUSED: Status.REJECTED,
    BatchItem.State.TAKEN: Status.CANCELLED,  # its document was deleted since
}
