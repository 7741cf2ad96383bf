"""The mail that asks somebody to join a company in the portal."""

from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from distribution.models import Company

# So that nobody makes us write to all the world, or again and again to one person.
MOST_AN_HOUR = 30
MOST_TO_ONE_A_DAY = 5
# Between two mails to one person: the second would end the link in the first.
A_MOMENT = timedelta(seconds=20)


class NotSent(Exception):
    """The text is a sentence for people that says why."""


def send(invitation):
    """Mail a fresh link; the one in an earlier mail works no more. Raises NotSent."""
    counted = _counted(invitation)
    secret = invitation.renew()
    try:
        _mail(invitation, settings.BASE_URL + reverse("invitation", args=[secret])).send()
    except (SMTPException, OSError):
        counted.delete()
        raise NotSent(
            _("The invitation is kept, but our mail server did not take its mail. Send it again in a while.")
        ) from None
    invitation.sent_at = counted.sent_at
    invitation.save(update_fields=["sent_at"])


@transaction.atomic
def _counted(invitation):
    """The mail as it is counted, before it is sent. Raises NotSent where there were too many.

    One at a time for a company, so that many at once are counted, too.
    """
    company = Company.objects.select_for_update(no_key=True).get(pk=invitation.company_id)
    company.invitation_mails.filter(sent_at__lt=now() - timedelta(days=1)).delete()
    if company.invitation_mails.filter(email=invitation.email, sent_at__gt=now() - A_MOMENT).exists():
        raise NotSent(_("The invitation went out a moment ago. It may take a minute to arrive."))
    if company.invitation_mails.filter(sent_at__gt=now() - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        raise NotSent(
            _("Your company has sent %(most)s invitations within an hour. Send this one again later.")
            % {"most": MOST_AN_HOUR}
        )
    if company.invitation_mails.filter(email=invitation.email).count() >= MOST_TO_ONE_A_DAY:
        raise NotSent(
            _("%(email)s got %(most)s invitations within a day. Ask the person to look for the last one.")
            % {"email": invitation.email, "most": MOST_TO_ONE_A_DAY}
        )
    return company.invitation_mails.create(email=invitation.email)


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
