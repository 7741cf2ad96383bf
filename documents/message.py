"""The mail itself: headers, body, and attachments or a link in their place, built with little work.

Headers and body come from the email package. The attachment is encoded once per document, however many
recipients it has, and spliced in: letting the package do it takes nine times as long for 100 kB.
"""

import base64
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from functools import lru_cache

from django.conf import settings
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils.formats import date_format, number_format
from django.utils.timezone import now
from django.utils.translation import get_language, override

from documents import providers
from documents.wording import filled

CRLF = b"\r\n"


def build(mail):
    """The bytes of an outbound mail as they go over the wire, with CRLF and 7 bits only."""
    document, link = mail.delivery.document, mail.delivery.sent_as_link
    subject, *texts = words(document, link=link, files=document.mailed_files())
    headers, body = _headers(mail, subject), _body(*texts)
    if link:
        return headers + body
    return headers + _with_attachments(mail, [body, *map(_attachment, enclosed(mail))])


def words(document, own=None, link=None, files=()):
    """What is written about a document: (subject, plain text, HTML), in its recipient's language.

    `own` is the company's MailText; left out, it is looked up. `link` is sent in the place of the files.
    """
    with override(document.language):
        own = own or _own_words(document)
        marks = _marks(document)
        context = {
            "document": document,
            "company": document.company,
            "sender": settings.SENDER_ADDRESS,
            "own_text": filled(own.text, marks) if own else "",
            "link": link,
            "files": files,
        }
        own_subject = filled(own.subject, marks) if own else ""
        subject = one_line(own_subject or render_to_string("mail/document-subject.txt", context))
        return (
            subject,
            render_to_string("mail/document.txt", context),
            render_to_string("mail/document.html", context),
        )


def _own_words(document):
    """The company's MailText for this type and language, else the one for all types, else None."""
    own = {text.kind: text for text in document.company.mail_texts.all() if text.language == get_language()}
    return own.get(document.kind) or own.get("")


def _marks(document):
    """What the marks of a company's own words are filled with, see wording.MARKS."""
    is_known = document.amount is not None
    amount = number_format(document.amount, 2, use_l10n=True, force_grouping=True) if is_known else ""
    return {
        "kind": document.get_kind_display(),
        "number": document.number,
        "company": document.company.name,
        "customer": str(document.customer or document.buyer),
        "amount": f"{amount} {document.currency}".strip(),
        "due_date": date_format(document.due_date, "SHORT_DATE_FORMAT") if document.due_date else "",
    }


def sender(company):
    """The header From: the name that the company chose, and our address."""
    return formataddr((one_line(company.sender_name or company.name), settings.SENDER_ADDRESS))


def _with_attachments(mail, parts):
    """Spliced together here: the package would write an empty multipart behind its header."""
    boundary = f"=_{mail.public_id.hex}"
    content_type = f'Content-Type: multipart/mixed; boundary="{boundary}"'.encode() + CRLF
    opening = CRLF + b"--" + boundary.encode() + CRLF
    closing = CRLF + b"--" + boundary.encode() + b"--" + CRLF
    return b"".join([content_type, *(opening + part for part in parts), closing])


def enclosed(mail):
    """The files that it brings: none where a link stands in their place."""
    return [] if mail.delivery.sent_as_link else mail.delivery.document.mailed_files()


def _headers(mail, subject):
    delivery, company = mail.delivery, mail.delivery.document.company
    headers = EmailMessage(policy=SMTP)
    headers["From"] = sender(company)
    if delivery.copy:
        headers["To"] = ", ".join(_main_addresses(delivery)) or delivery.address
        headers["Cc"] = delivery.address
    else:
        headers["To"] = delivery.address
    if company.reply_to:
        headers["Reply-To"] = company.reply_to
    headers["Subject"] = subject
    headers["Date"] = format_datetime(now())
    headers["Message-ID"] = mail.message_id
    for provider in settings.WEBHOOK_SECRETS:  # some give our mark back, and not the Message-ID
        for name, value in providers.marks(provider, mail.public_id.hex).items():
            headers[name] = value
    headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies, please
    headers["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    headers["MIME-Version"] = "1.0"
    return headers.as_bytes().removesuffix(CRLF)


def one_line(text):
    """For a header: no line breaks, and nothing that looks like an encoded word (RFC 2047) that hides one."""
    return " ".join(text.replace("=?", "= ?").split())


def _main_addresses(delivery):
    """Whom a copy is a copy for: the document's other recipients."""
    others = delivery.document.deliveries.filter(copy=False, replaced_by=None).exclude(address="")
    return list(others.values_list("address", flat=True)[:5])


def _body(text, html):
    body = EmailMessage(policy=SMTP)
    body.set_content(text, cte="base64")
    body.add_alternative(html, subtype="html", cte="base64")
    del body["MIME-Version"]
    return body.as_bytes()


def _attachment(file):
    part = MIMEPart(policy=SMTP)
    part["Content-Type"] = file.media_type
    part.add_header("Content-Disposition", "attachment", filename=one_line(file.name))
    part["Content-Transfer-Encoding"] = "base64"
    return part.as_bytes() + _encoded(file.file.name)


@lru_cache(maxsize=4)  # a document's mails follow each other, and a file may be large
def _encoded(name):
    with default_storage.open(name) as file:
        return base64.encodebytes(file.read()).replace(b"\n", CRLF)
