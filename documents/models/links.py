"""Links that are mailed in the place of files: how long they work, and who has fetched what."""

import uuid
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.timezone import get_default_timezone, localtime, now
from django.utils.translation import gettext_lazy as _

from documents import signed_ids
from documents.models.delivery import Delivery
from documents.models.document import DocumentFile

PURPOSE = "documents.links"
# With the id's own 122 random bits nobody guesses one, so guesses need not be counted.
SIGNATURE_LENGTH = 32
# Whoever has the link may press as often as he likes; this is enough to tell what happened.
PRESSES_KEPT = 200


def last_moment():
    """Until when a link works that is made now: the end of a day, so that a mail can name the day."""
    zone = get_default_timezone()
    day = localtime(timezone=zone).date() + timedelta(days=settings.LINK_DAYS)
    return datetime.combine(day, time.max, zone)


def id_from(token):
    """The public id of the link with this token; None for one that was never ours."""
    return signed_ids.id_from(token[:32], token[32:], PURPOSE, SIGNATURE_LENGTH)


class DownloadLinkQuerySet(models.QuerySet):
    def give(self, delivery, by=None):
        """See to it that this delivery is sent as a link that works. `delivery` is locked.

        It keeps the link it has, so that all its mails lead to the same page. `by`: who chose a link; None
        where it was chosen because of the size.
        """
        link, is_new = self.get_or_create(delivery=delivery, defaults={"created_by": by})
        if not is_new:
            link.revive()
        return link

    def give_first(self, deliveries):
        """The same for many new deliveries at once."""
        self.bulk_create(DownloadLink(delivery=delivery) for delivery in deliveries)

    def end(self, by):
        """Let them lead to nothing any more. Returns how many did until now."""
        return self.filter(ended_at=None).update(ended_at=now(), ended_by=by)


class DownloadLink(models.Model):
    """A delivery that is mailed as a link: whoever has the link fetches the document's files from us.

    A delivery has at most one, and is sent as a link from then on. The address is made of the id and a
    signature, so that no secret is stored and the same mail tried again bears the same link.
    """

    delivery = models.OneToOneField(Delivery, models.CASCADE, related_name="link")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField(_("works until"), default=last_moment)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    fetched_at = models.DateTimeField(_("first fetched"), null=True, blank=True)

    objects = DownloadLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self):
        return str(self.public_id)

    @property
    def url(self):
        """What stands in the mail. Never logged: it is all that is asked of who opens it."""
        token = self.public_id.hex + signed_ids.signature(self.public_id, PURPOSE, SIGNATURE_LENGTH)
        return settings.BASE_URL + reverse("link", args=[token])

    @property
    def is_expired(self):
        return self.expires_at <= now()

    @property
    def is_open(self):
        return not self.ended_at and not self.is_expired

    def prolong(self):
        """Count its days from now on, but for one that was ended."""
        self.expires_at = last_moment()
        DownloadLink.objects.filter(pk=self.pk, ended_at=None).update(expires_at=self.expires_at)

    def revive(self):
        """Make it work, from now on for all its days, also where it was ended."""
        self.ended_at, self.ended_by, self.expires_at = None, None, last_moment()
        self.save(update_fields=["ended_at", "ended_by", "expires_at"])

    def note_press(self, file):
        """Write down that the button of a file was pressed. Its delivery is locked."""
        DownloadLink.objects.filter(pk=self.pk, fetched_at=None).update(fetched_at=now())
        if self.presses.count() < PRESSES_KEPT:
            DownloadPress.objects.create(link=self, file=file)


class DownloadPress(models.Model):
    """A press on the button of a file. Never changed. Nothing is kept of who pressed, on purpose.

    Only the button counts: mail scanners open every link, and press none.
    """

    link = models.ForeignKey(DownloadLink, models.CASCADE, related_name="presses")
    file = models.ForeignKey(DocumentFile, models.CASCADE, related_name="+", verbose_name=_("file"))
    at = models.DateTimeField(_("time"), default=now)

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.file}"
