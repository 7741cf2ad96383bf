"""The mail itself: headers, body, attachment, built with little work.

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
from django.utils.timezone import now
from django.utils.translation import override

from documents import providers

CRLF = b"\r\n"


def build(mail):
    """The bytes of an outbound mail as they go over the wire, with CRLF and 7 bits only."""
    document = mail.delivery.document
    boundary = f"=_{mail.public_id.hex}"
    with override(document.language):
        context = {"document": document, "company": document.company, "sender": settings.SENDER_ADDRESS}
        subject = one_line(render_to_string("mail/document-subject.txt", context))
        body = _body(context)
    parts = [body, *(_attachment(file) for file in document.mailed_files())]
    opening = CRLF + b"--" + boundary.encode() + CRLF
    closing = CRLF + b"--" + boundary.encode() + b"--" + CRLF
    return b"".join([_headers(mail, subject, boundary), *(opening + part for part in parts), closing])


def _headers(mail, subject, boundary):
    delivery, company = mail.delivery, mail.delivery.document.company
    headers = EmailMessage(policy=SMTP)
    headers["From"] = formataddr((one_line(company.sender_name or company.name), settings.SENDER_ADDRESS))
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
    # Not by the package, which would write an empty multipart behind it.
    content_type = f'Content-Type: multipart/mixed; boundary="{boundary}"'.encode()
    return headers.as_bytes().removesuffix(CRLF) + content_type + CRLF


def one_line(text):
    """For a header: no line breaks, and nothing that looks like an encoded word (RFC 2047) that hides one."""
    return " ".join(text.replace("=?", "= ?").split())


def _main_addresses(delivery):
    """Whom a copy is a copy for: the document's other recipients."""
    others = delivery.document.deliveries.filter(copy=False, replaced_by=None).exclude(address="")
    return list(others.values_list("address", flat=True)[:5])


def _body(context):
    body = EmailMessage(policy=SMTP)
    body.set_content(render_to_string("mail/document.txt", context), cte="base64")
    body.add_alternative(render_to_string("mail/document.html", context), subtype="html", cte="base64")
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
