"""The queue of calls to companies' webhooks, and the log of what was answered."""

import json
import uuid
from datetime import timedelta

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from distribution import hinting
from distribution.models.webhooks import STATUSES, Webhook

# A call takes ten seconds at the most, and its outcome is recorded at once.
LEASE = timedelta(minutes=1)
# The last one repeats until the call is given up: a receiver that broke on a Friday evening is still called
# on Monday.
RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 30, 120, 300, 600, 1440)]
GIVE_UP_AFTER = timedelta(days=3)
# For how long the log tells of a call, and can send it again.
KEPT = timedelta(days=30)
ANSWER_LENGTH = 500
GONE = 410
TEST = "test"
# Seconds between two hints of one process: a busy one records hundreds of outcomes a second.
REST_BETWEEN_HINTS = 1


class WebhookCallQuerySet(models.QuerySet):
    def managed_by(self, user):
        return self.filter(webhook__in=Webhook.objects.managed_by(user).kept())

    def open(self):
        return self.filter(finished_at=None)

    def due(self):
        """To be made now: its time has come, and nobody has it or the one who had it did not come back."""
        moment = now()
        free = Q(claimed_until=None) | Q(claimed_until__lt=moment)
        return self.open().filter(free, next_attempt_at__lte=moment)

    def receivers(self):
        """The active webhooks that have something due."""
        return Webhook.objects.active().filter(Exists(self.due().filter(webhook=OuterRef("pk"))))

    def claim(self, webhook_id, limit):
        """Take up to `limit` due calls of an active webhook for this worker, the longest due first.

        Workers do not step on each other: rows are locked and locked ones skipped (PostgreSQL), or only one
        transaction writes at a time (SQLite).
        """
        with transaction.atomic():
            due = self.due().filter(webhook__in=Webhook.objects.active(), webhook=webhook_id)
            due = due.select_related("webhook").order_by("next_attempt_at", "pk")
            claimed = list(due.select_for_update(of=("self",), skip_locked=True)[:limit])
            until = now() + LEASE
            self.filter(pk__in=[call.pk for call in claimed]).update(claimed_until=until)
        for call in claimed:
            call.claimed_until = until
        return claimed

    def put(self, webhooks, kind, *, first=False, **facts):
        """Queue one event for these webhooks of one company, inside the caller's transaction.

        The body is {"id", "type", "at", "company", …facts}. `id` is the same for all of them and at every
        try; `at` is our clock when it happened, so of two events of a delivery the later one holds.
        """
        event_id, moment = uuid.uuid4(), now()
        company = webhooks[0].company
        event = {
            "id": str(event_id),
            "type": kind,
            "at": moment.isoformat(timespec="microseconds"),
            "company": {"name": company.name, "business_id": company.business_id},
            **facts,
        }
        body = json.dumps(event, ensure_ascii=False)
        due_at = _before_all_others(moment) if first else moment
        calls = [
            WebhookCall(
                webhook=webhook,
                event_id=event_id,
                kind=kind,
                body=body,
                created_at=moment,
                next_attempt_at=due_at,
            )
            for webhook in webhooks
        ]
        self.bulk_create(calls)
        transaction.on_commit(hint)

    def forget_old(self, limit):
        """Delete up to `limit` calls that are too old, or whose webhook is deleted. Returns how many."""
        settled = now() - timedelta(days=1)  # whoever was writing to the webhook when it was deleted is done
        old = self.filter(created_at__lt=now() - KEPT)
        orphaned = self.filter(webhook__in=Webhook.objects.filter(deleted_at__lt=settled))
        gone = 0
        for unwanted in (old, orphaned):
            keys = list(unwanted.order_by("pk").values_list("pk", flat=True)[: limit - gone])
            gone += self.filter(pk__in=keys).delete()[0]
        if gone < limit:
            Webhook.objects.filter(deleted_at__lt=settled).delete()
        return gone


class WebhookCall(models.Model):
    """One event for one webhook. Three timestamps tell its state, as for a mail; it has no status."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="calls")
    event_id = models.UUIDField(editable=False)
    kind = models.CharField(max_length=30)
    body = models.TextField()
    created_at = models.DateTimeField(_("created"), default=now)
    next_attempt_at = models.DateTimeField(_("next try"), default=now)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    succeeded_at = models.DateTimeField(_("taken"), null=True, blank=True)
    last_code = models.PositiveSmallIntegerField(_("answer code"), null=True, blank=True)
    last_answer = models.CharField(_("answer"), max_length=ANSWER_LENGTH, blank=True)

    objects = WebhookCallQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook call")
        verbose_name_plural = _("webhook calls")
        constraints = [
            # Two presses of "Send again" make one call.
            models.UniqueConstraint(
                fields=["webhook", "event_id"], condition=Q(finished_at=None), name="one_open_call_per_event"
            ),
        ]
        indexes = [
            # For claim() and receivers(), every few seconds. Leaves out the finished ones.
            models.Index(
                fields=["webhook", "next_attempt_at", "id"],
                condition=Q(finished_at=None),
                name="open_webhook_calls",
            ),
            # The log of a webhook, newest first.
            models.Index(fields=["webhook", "-id"], name="webhook_log"),
            # forget_old(), every minute.
            models.Index(fields=["created_at"], name="webhook_calls_by_age"),
        ]

    def __str__(self):
        return str(self.event_id)

    @property
    def facts(self):
        """What was told, as the receiver reads it."""
        return json.loads(self.body)

    @property
    def is_open(self):
        return self.finished_at is None

    @property
    def is_test(self):
        return self.kind == TEST

    @property
    def answer(self):
        """The receiver's own words, or ours where there was no answer."""
        return self.last_answer if self.last_code or not self.last_answer else gettext(self.last_answer)

    @property
    def status_in_words(self):
        """What the delivery has become, where the event tells of one."""
        return dict(STATUSES).get(self.facts.get("delivery", {}).get("status"), "")

    @property
    def is_redirect(self):
        return self.last_code is not None and 300 <= self.last_code < 400

    def settle(self, code, answer):
        """Record the outcome of a try: the code of the answer (None: no answer) and its text.

        Takes the call off the queue or sets the time of the next try, unless another worker has taken it
        over meanwhile.
        """
        moment, is_taken = now(), code is not None and 200 <= code < 300
        retry_at = None if is_taken else self._retry_at(code, moment)
        changes = {"last_code": code, "last_answer": answer[:ANSWER_LENGTH], "attempts": F("attempts") + 1}
        if retry_at:
            changes |= {"next_attempt_at": retry_at, "claimed_until": None}
        else:
            changes |= {"finished_at": moment, "succeeded_at": moment if is_taken else None}
        mine = WebhookCall.objects.open().filter(pk=self.pk, claimed_until=self.claimed_until)
        with transaction.atomic():
            if mine.update(**changes):
                self._tell_webhook(code, is_taken)
        return is_taken

    def _retry_at(self, code, moment):
        """When to try again; None when it is given up. Somebody sits and waits for a test."""
        end = self.created_at + GIVE_UP_AFTER
        if code == GONE or self.is_test or moment >= end:
            return None
        return min(moment + RETRY_AFTER[min(self.attempts, len(RETRY_AFTER) - 1)], end)

    def _tell_webhook(self, code, is_taken):
        if is_taken:
            self.webhook.note_success()
        elif code == GONE:
            self.webhook.switch_off(Webhook.Off.GONE)
        elif not self.is_test:
            self.webhook.note_failure()

    def repeat(self):
        """Queue the same event again, with the same id, so that its receiver can tell. Returns whether."""
        moment = now()
        _call, is_new = WebhookCall.objects.get_or_create(
            webhook=self.webhook,
            event_id=self.event_id,
            finished_at=None,
            defaults={
                "kind": self.kind,
                "body": self.body,
                "created_at": moment,
                "next_attempt_at": _before_all_others(moment),
            },
        )
        transaction.on_commit(hint)
        return is_new


def hint():
    """Tell the workers that a call is due. It may be lost without harm: the sweep comes anyway."""
    hinting.hint("distribution.tasks.call_webhooks", queue="other", rest=REST_BETWEEN_HINTS)


def _before_all_others(moment):
    """Somebody has pressed a button and waits, so it goes before whatever else may be due."""
    return moment - GIVE_UP_AFTER
