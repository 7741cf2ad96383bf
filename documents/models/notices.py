"""Notices to a company's members: who reads them, until when each was told, and every mail about it."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from distribution.addresses import MAX_LENGTH, InvalidAddress, normalise
from distribution.models import BlockedAddress, Membership
from documents.causes import Cause
from documents.models.mail import LEASE
from documents.statuses import Status

# Longer than bounces take to come, and than reminders go on.
KEPT = timedelta(days=30)
REPLY_LENGTH = 300

MANAGER, How = Membership.Role.MANAGER, Membership.Notices


class Outcome(models.TextChoices):
    """What became of a notice."""

    SENT = "sent", _("Sent")
    NOTHING = "nothing", _("Nothing was left to tell")
    STOPPED = "stopped", _("Not sent, because no notices are to go to this person")
    REFUSED = "refused", _("The receiving server refused it")
    BOUNCED = "bounced", _("It came back")
    COMPLAINED = "complained", _("It was reported as spam")
    GAVE_UP = "gave_up", _("The receiving server did not take it in time")
    UNKNOWN = "unknown", _("It may have been sent: our worker stopped in the middle of it")


class ReaderQuerySet(models.QuerySet):
    def with_mode(self):
        """Adds `mode`: which notices the member gets, by choice or as is usual for the role."""
        usual = Case(
            When(membership__role=MANAGER, then=Value(How.DAILY.value)), default=Value(How.NONE.value)
        )
        chosen = F("membership__notices")
        return self.annotate(mode=Case(When(membership__notices="", then=usual), default=chosen))

    def hearing(self):
        """Those who want to be told and can be: what stops a mail to their address is looked at later."""
        people = self.with_mode().filter(membership__user__is_active=True)
        return people.exclude(mode=How.NONE).exclude(IS_PAUSED)


class Reader(models.Model):
    """A member as a reader of notices: until when they were told, and whether mail to them arrives."""

    membership = models.OneToOneField(
        Membership, models.CASCADE, primary_key=True, related_name="reader", verbose_name=_("member")
    )
    told_until = models.DateTimeField()  # what came before was told, or was not to be
    answered_until = models.DateTimeField()  # the same for support's answers
    digest_at = models.DateTimeField()  # when the next daily notice is due
    # Changes with every notice that is written down, so of two workers one does it.
    planned_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    paused_because = models.CharField(max_length=10, choices=Outcome, blank=True)
    paused_reply = models.CharField(max_length=REPLY_LENGTH, blank=True)
    # Whoever gets another address is told there.
    paused_address = models.CharField(max_length=MAX_LENGTH, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)

    objects = ReaderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reader of notices")
        verbose_name_plural = _("readers of notices")

    def __str__(self):
        return str(self.membership)

    @property
    def user(self):
        return self.membership.user

    @property
    def company(self):
        return self.membership.company

    @property
    def address(self):
        """Where notices go; "" where the member's address is none that mail can be sent to."""
        try:
            return normalise(self.user.email)
        except InvalidAddress:
            return ""

    @property
    def is_paused(self):
        return self.paused_at is not None and self.paused_address == self.user.email

    def block(self):
        """The block that keeps notices from the member's address now, or None."""
        return BlockedAddress.objects.that_stop(self.company, self.address).first()

    def pause(self, because, reply, about):
        """No more notices to an address where one did not arrive, for all of the member's companies.

        A notice from before the last resumption pauses nothing: `about` is when it was sent.
        """
        concerned = Reader.objects.filter(membership__user=self.membership.user_id)
        concerned = concerned.exclude(resumed_at__gt=about).exclude(IS_PAUSED)
        concerned.update(
            paused_at=now(),
            paused_because=because,
            paused_reply=reply[:REPLY_LENGTH],
            paused_address=self.user.email,
        )

    def resume(self):
        """The member says that mail arrives again. Returns whether it was this call that said so."""
        paused = Reader.objects.filter(membership__user=self.membership.user_id).exclude(paused_at=None)
        return bool(paused.update(paused_at=None, resumed_at=now()))


IS_PAUSED = Q(paused_at__isnull=False, paused_address=F("membership__user__email"))


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Everybody's own, of companies that they belong to: who leaves takes no notices along."""
        return self.filter(reader__membership__user=user)

    def open(self):
        return self.filter(finished_at=None)

    def due(self):
        """To be sent now. One that was begun by a worker that did not come back is none of them."""
        moment = now()
        free = Q(claimed_until=None) | Q(claimed_until__lt=moment)
        return self.open().filter(free, begun_at=None, next_attempt_at__lte=moment)

    def claim(self):
        """Take the one that is due longest for this worker; None when there is none."""
        for pk in self.due().order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:50]:
            until = now() + LEASE
            if self.due().filter(pk=pk).update(claimed_until=until):
                return self.with_people().filter(pk=pk, claimed_until=until).first()
        return None

    def with_people(self):
        return self.select_related("reader__membership__user", "reader__membership__company")

    def give_up_doubtful(self):
        """End those in the middle of which a worker died: they may have been sent, so they are not again.

        A mail twice is worse here than one that is missed: what it told stands on the work list, and in the
        reminder.
        """
        doubtful = self.open().filter(begun_at__isnull=False, claimed_until__lt=now())
        return doubtful.update(finished_at=now(), outcome=Outcome.UNKNOWN)

    def note(self, public_id, verdict):
        """What was reported about a notice. Of one that is forgotten, or whose reader has left, nothing."""
        notice = self.with_people().filter(public_id=public_id).first()
        if notice:
            notice.note(verdict)

    def forget_old(self):
        self.filter(created_at__lt=now() - KEPT).delete()


class Notice(models.Model):
    """One mail to one reader. What it tells is looked up when it is sent: who was quicker is not told.

    `…_since` and `…_until` say what it is about: whatever came after the one and not after the other.
    """

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="notices")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("due"), default=now)
    news_since = models.DateTimeField(null=True)
    news_until = models.DateTimeField(null=True)
    answers_since = models.DateTimeField(null=True)
    answers_until = models.DateTimeField(null=True)
    # The reminders of what this one told, and the notice that is the latest of them.
    remind_at = models.DateTimeField(null=True)
    repeated_in = models.ForeignKey("self", models.SET_NULL, null=True, related_name="repeats")
    is_example = models.BooleanField(default=False)

    next_attempt_at = models.DateTimeField(default=now)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)  # written before the network is touched
    finished_at = models.DateTimeField(_("finished"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    reply = models.CharField(_("the server's answer"), max_length=REPLY_LENGTH, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            # While one waits for the relay, what comes is told by the next.
            models.UniqueConstraint(
                fields=["reader", "is_example"], condition=Q(finished_at=None), name="one_open_notice"
            ),
        ]
        indexes = [
            # For claim(), every minute. Leaves out the finished ones.
            models.Index(fields=["next_attempt_at"], condition=Q(finished_at=None), name="open_notices"),
            # Whom to remind now.
            models.Index(
                fields=["reader", "remind_at"], condition=Q(remind_at__isnull=False), name="notices_to_repeat"
            ),
            # forget_old()
            models.Index(fields=["created_at"], name="notices_by_age"),
        ]

    def __str__(self):
        return str(self.public_id)

    @property
    def message_id(self):
        return f"<{self.public_id.hex}@{settings.SENDER_ADDRESS.rpartition('@')[2]}>"

    def begin(self):
        """Write down that it is being handed over. False when another worker has it meanwhile."""
        return bool(self._mine().update(begun_at=now()))

    def put_off(self, until, reply):
        """Try it again later: the receiving server or our relay did not take it, so it cannot come twice."""
        self._mine().update(
            next_attempt_at=until,
            claimed_until=None,
            begun_at=None,
            attempts=F("attempts") + 1,
            reply=reply[:REPLY_LENGTH],
        )

    def end(self, outcome, reply=""):
        """Take it off the queue, unless somebody else has."""
        self._mine().update(finished_at=now(), outcome=outcome, reply=reply[:REPLY_LENGTH])

    def _mine(self):
        return Notice.objects.open().filter(pk=self.pk, claimed_until=self.claimed_until)

    def note(self, verdict):
        """Take in what was reported later. It makes no event, no block and no other notice."""
        if verdict.cause == Cause.COMPLAINED:
            outcome = Outcome.COMPLAINED
        elif verdict.status == Status.REJECTED:
            outcome = Outcome.BOUNCED
        else:
            return
        ended = {"outcome": outcome, "reply": verdict.reply[:REPLY_LENGTH], "finished_at": now()}
        Notice.objects.filter(pk=self.pk).update(**ended)
        if not verdict.is_ours:
            self.reader.pause(outcome, verdict.reply, about=self.created_at)


def open_notice():
    """Of a reader, to be asked in a query for readers."""
    return Exists(Notice.objects.open().filter(reader=OuterRef("pk"), is_example=False))
