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

# So that nobody makes us write to all the world.
MOST_AN_HOUR = 30


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
    secret = invitation.renew()
    if secret is None:
        told = _("%(email)s was invited a moment ago. Wait half a minute before you send another mail.")
        raise NotSent(told % {"email": invitation})
    try:
        _mail(invitation, settings.BASE_URL + reverse("invitation", args=[secret])).send()
    except (SMTPException, OSError):
        raise NotSent(
            _("The invitation is kept, but our mail server did not take its mail. Send it again in a while.")
        ) from None
    invitation.sent_at = now()
    invitation.save(update_fields=["sent_at"])


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
