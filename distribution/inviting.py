"""The mail that asks somebody to join a company in the portal."""

from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from distribution.models import Invitation

# So that nobody makes us write to all the world.
MOST_AN_HOUR = 30
# Between two mails of an invitation: the second would end the link in the first.
A_MOMENT = timedelta(seconds=20)


class NotSent(Exception):
    """The text is a sentence for people that says why."""


def send(invitation):
    """Mail a fresh link; the one in an earlier mail works no more. Raises NotSent."""
    others = invitation.company.invitations.filter(sent_at__gt=now() - timedelta(hours=1))
    if others.count() >= MOST_AN_HOUR:
        raise NotSent(
            _("Your company has sent %(most)s invitations within an hour. Send this one again later.")
            % {"most": MOST_AN_HOUR}
        )
    before = invitation.sent_at
    long_ago = Invitation.objects.filter(pk=invitation.pk).exclude(sent_at__gt=now() - A_MOMENT)
    if not long_ago.update(sent_at=now()):
        raise NotSent(_("The invitation went out a moment ago. It may take a minute to arrive."))
    secret = invitation.renew()
    try:
        _mail(invitation, settings.BASE_URL + reverse("invitation", args=[secret])).send()
    except (SMTPException, OSError):
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=before)
        raise NotSent(
            _("The invitation is kept, but our mail server did not take its mail. Send it again in a while.")
        ) from None


def _mail(invitation, link):
    context = {"invitation": invitation, "company": invitation.company, "link": link}
    with override(invitation.company.language):
        subject = " ".join(render_to_string("mail/invitation-subject.txt", context).split())
        mail = EmailMultiAlternatives(
            subject,
            render_to_string("mail/invitation.txt", context),
            f"Jakelu <{settings.SENDER_ADDRESS}>",
            [invitation.email],
            headers={"Auto-Submitted": "auto-generated"},  # RFC 3834
        )
        mail.attach_alternative(render_to_string("mail/invitation.html", context), "text/html")
    return mail
