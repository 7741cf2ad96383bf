"""What was answered to calls that carried an Idempotency-Key, so that the same call twice does its work once.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from datetime import timedelta

from django.db import IntegrityError, models, transaction
from django.utils.timezone import now

from distribution.models.companies import Company

KEPT_FOR = timedelta(hours=24)
# Longer than any call takes.
LEASE = timedelta(minutes=3)
DELETED_AT_ONCE = 1000
LONGEST_KEY = 255


class KeyReused(Exception):
    """The same key came with another request."""


class InProgress(Exception):
    """The same request is being worked on; `wait` says when to come again."""

    def __init__(self, wait):
        self.wait = wait
        super().__init__(wait)


class KeptAnswerQuerySet(models.QuerySet):
    def begin(self, company, key, fingerprint):
        """Take up a call: returns its KeptAnswer, which is ready when the call was answered before.

        The row is written before any work, and whoever has it has it for a lease: the call of a process that
        died is taken up again after that. Raises KeyReused and InProgress.
        """
        until = now() + LEASE
        mine = {"fingerprint": fingerprint, "claimed_until": until}
        try:
            answer, is_new = self.get_or_create(company=company, key=key, defaults=mine)
        except IntegrityError:  # the same call was let go at this very moment
            raise InProgress(timedelta(seconds=1)) from None
        if is_new:
            return answer
        if answer.fingerprint != fingerprint:
            raise KeyReused
        if answer.is_ready:
            return answer
        left = self.filter(pk=answer.pk, code=None, claimed_until=answer.claimed_until)
        if answer.claimed_until > now() or not left.update(claimed_until=until):
            raise InProgress(max(answer.claimed_until - now(), timedelta(seconds=1)))
        answer.claimed_until = until
        return answer

    def forget(self):
        """Delete what nobody asks for any more; little at a time, so that nothing waits for it."""
        old = self.filter(created_at__lt=now() - KEPT_FOR).order_by("pk").values_list("pk", flat=True)
        while keys := list(old[:DELETED_AT_ONCE]):
            with transaction.atomic():
                self.filter(pk__in=keys).delete()


class KeptAnswer(models.Model):
    """A call's key and what it was answered; no code while it is worked on."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    key = models.CharField(max_length=LONGEST_KEY)
    fingerprint = models.CharField(max_length=64)
    code = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    claimed_until = models.DateTimeField()
    created_at = models.DateTimeField(default=now, db_index=True)  # for forget()

    objects = KeptAnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="one_answer_per_key")]

    def __str__(self):
        return f"{self.pk}: {self.code or '…'}"

    @property
    def is_ready(self):
        return self.code is not None

    def settle(self, code, body):
        """Keep what was answered. Returns False when another process has taken the call up meanwhile."""
        return bool(self._mine().update(code=code, body=body))

    def let_go(self):
        """Nothing was done: the same key may come again, at once and with another request."""
        self._mine().delete()

    def _mine(self):
        return KeptAnswer.objects.filter(pk=self.pk, code=None, claimed_until=self.claimed_until)
