"""A mail as customers get it, made of an example: for a company that chooses its words."""

from datetime import timedelta
from decimal import Decimal

from django.core.mail import EmailMultiAlternatives
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import override

from distribution.models import Customer
from documents import message
from documents.models import Document, Kind


def mail(text):
    """(subject, plain text, HTML) of a mail with these words, as if it brought an example."""
    return message.words(_example(text), own=text)


def send(text, address):
    """Mail the example. Raises SMTPException and OSError."""
    subject, plain, html = mail(text)
    with override(text.language):
        subject = _("Test: %(subject)s") % {"subject": subject}
    tried = EmailMultiAlternatives(
        subject,
        plain,
        message.sender(text.company),
        [address],
        reply_to=[text.company.reply_to] if text.company.reply_to else None,
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834
    )
    tried.attach_alternative(html, "text/html")
    tried.send()


def _example(text):
    with override(text.language):
        customer = Customer(company=text.company, name=_("Customer Ltd"), language=text.language)
    return Document(
        company=text.company,
        customer=customer,
        kind=text.kind or Kind.INVOICE,
        number="2026-1001",
        amount=Decimal("1240.00"),
        currency="EUR",
        due_date=localdate() + timedelta(days=14),
    )
