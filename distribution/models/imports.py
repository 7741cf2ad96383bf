"""Directories that people bring as files: first looked through, then imported. Each stays as a record."""

import uuid
from datetime import timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.directory import WrongFile
from distribution.models.companies import Company
from distribution.models.jobs import Job, JobQuerySet

# They hold a whole customer list, and nobody needs them longer.
FILES_KEPT = timedelta(days=30)


class DirectoryImportQuerySet(JobQuerySet):
    def forget_files(self):
        """Delete files that were kept for long enough; what was done with them stays known."""
        old = self.exclude(file="").filter(created_at__lt=now() - FILES_KEPT)
        for one in old.exclude(state__in=DirectoryImport.WORKING).defer("report"):
            one.file.delete(save=False)
            one.findings.delete(save=False)
            DirectoryImport.objects.filter(pk=one.pk).update(file="", findings="")


def import_path(instance, filename):
    """By our own name, so that nothing from outside gets into a path."""
    return f"directories/{instance.company_id}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:6]}"


class DirectoryImport(Job):
    """One file of a company's directory, what is in it, and what became of it.

    `processed` and `total` count its rows while it is checked, else its customers.
    """

    class Mode(models.TextChoices):
        UPDATE = "update", _("Add and change")
        REPLACE = "replace", _("Replace everything")

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked, not imported")
        IMPORTING = "importing", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed")

    class Busy(Exception):
        """Another file is being imported for the same company."""

    WORKING = (State.CHECKING, State.IMPORTING)
    COUNTS = ("new", "changed", "unchanged", "removed")

    company = models.ForeignKey(Company, models.CASCADE, related_name="imports")
    name = models.CharField(_("file name"), max_length=150)
    file = models.FileField(_("file"), upload_to=import_path, max_length=200, blank=True)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, default=Mode.UPDATE)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHECKING)
    created_at = models.DateTimeField(_("uploaded"), default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    # What would be done, and once confirmed what has been done.
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    removed = models.PositiveIntegerField(_("removed"), default=0)
    wrong = models.PositiveIntegerField(_("wrong rows"), default=0)
    expected = models.JSONField(default=dict, blank=True, help_text=_("The counts that were confirmed."))
    # Only customers that were there when the file was checked are removed: the others nobody agreed to.
    newest_customer = models.BigIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True, help_text=_("The first of what was found."))
    findings = models.FileField(_("all that was found"), upload_to=import_path, max_length=200, blank=True)
    error = models.JSONField(default=dict, blank=True)

    objects = DirectoryImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("directory import")
        verbose_name_plural = _("directory imports")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=Q(state="importing"), name="one_import_at_a_time"
            )
        ]
        indexes = [
            # due(), every few seconds.
            models.Index(
                fields=["state"], condition=Q(state__in=["checking", "importing"]), name="imports_waiting"
            )
        ]

    def __str__(self):
        return self.name

    @property
    def replaces(self):
        return self.mode == self.Mode.REPLACE

    @property
    def in_file(self):
        """How many customers the file has, as far as they are right."""
        return self.new + self.changed + self.unchanged

    @property
    def counts(self):
        return {name: getattr(self, name) for name in self.COUNTS}

    @property
    def trouble(self):
        """The sentence that says why it failed, in the reader's language."""
        return str(WrongFile(self.error["code"], **self.error["params"])) if self.error else ""

    def confirm(self, by):
        """Import what was checked. Returns whether it was this call that said so.

        Raises Busy. When another import has been done since the check, the file is checked again instead,
        because what people saw is no longer what would happen.
        """
        if self.checked_at is None:
            return False
        mine = DirectoryImport.objects.filter(pk=self.pk, state=self.State.CHECKED).exclude(file="")
        others = DirectoryImport.objects.filter(company=self.company_id, finished_at__gt=self.checked_at)
        try:
            with transaction.atomic():
                if others.exclude(confirmed_at=None).exists():
                    mine.update(**self._fresh_check())
                    return False
                counts = dict.fromkeys(self.COUNTS, 0)
                done = mine.update(
                    state=self.State.IMPORTING,
                    confirmed_by=by,
                    confirmed_at=now(),
                    expected=self.counts,
                    total=self.in_file,
                    processed=0,
                    tries=0,
                    **counts,
                )
        except IntegrityError:
            raise self.Busy from None
        return bool(done)

    def check_again(self):
        """Look at what it would do now. Returns whether it can: its file is kept, and nobody is at it."""
        mine = DirectoryImport.objects.filter(pk=self.pk, state__in=[self.State.CHECKED, self.State.FAILED])
        return bool(mine.exclude(file="").update(**self._fresh_check()))

    @classmethod
    def _fresh_check(cls):
        fresh = {"processed": 0, "total": 0, "tries": 0, "claimed_until": None, "finished_at": None}
        return {"state": cls.State.CHECKING, "error": {}, "expected": {}, "confirmed_at": None, **fresh}

    def has_been_checked(self, **found):
        self.settle(state=self.State.CHECKED, claimed_until=None, checked_at=now(), **found)

    def has_been_done(self):
        self.settle(state=self.State.DONE, claimed_until=None, finished_at=now())

    def has_failed(self, code, params=None):
        self.settle(claimed_until=None, **self.failed(code, params))

    def failed(self, code="ours", params=None):
        """What to write into the row when it has failed."""
        error = {"code": code, "params": params or {}}
        return {
            "state": self.State.FAILED,
            "error": error,
            "finished_at": now(),
        }
