"""The mail that tells a member of a company what waits, in the member's own language and time."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import override

from documents import providers
from documents.message import one_line

# What recipients see as the sender's name.
PORTAL = "Jakelu"


def build(notice, told):
    """The bytes of a notice as they go over the wire: text and the same as HTML, without attachments."""
    reader = notice.reader
    with override(reader.user.language or reader.company.language), timezone.override(reader.user.zone):
        context = _context(notice, told)
        mail = _headers(notice, one_line(render_to_string("mail/notice-subject.txt", context)), context)
        mail.set_content(render_to_string("mail/notice.txt", context), cte="base64")
        mail.add_alternative(render_to_string("mail/notice.html", context), subtype="html", cte="base64")
    return mail.as_bytes()


def _context(notice, told):
    company = notice.reader.company
    settings_page = f"{settings.BASE_URL}{reverse('notice-settings')}?company={company.pk}"
    return {
        "told": told,
        "notice": notice,
        "company": company,
        "member": notice.reader.membership,
        "base_url": settings.BASE_URL,
        "work_list": f"{settings.BASE_URL}{reverse('notice', args=[notice.public_id])}",
        "settings_page": settings_page,
    }


def _headers(notice, subject, context):
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((PORTAL, settings.SENDER_ADDRESS))
    mail["To"] = notice.reader.address
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = notice.message_id
    mail["List-Unsubscribe"] = f"<{context['settings_page']}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies, please
    mail["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    for provider in settings.WEBHOOK_SECRETS:  # some give our mark back, and not the Message-ID
        for name, value in providers.marks(provider, notice.public_id.hex).items():
            mail[name] = value
    return mail
