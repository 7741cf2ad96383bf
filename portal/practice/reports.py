"""The reports that mail servers send back: delivery status (RFC 3464) and complaints (RFC 5965)."""

from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from portal.practice.answers import domain_of

REPORTING_MTA = "relay.practice.example"
HEADERS_LIMIT = 16_000  # of a returned mail, so that waiting reports stay small

# A word that does not fit on a line would be turned into an encoded word, which no report may hold.
POLICY = SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class Received:
    """A mail that the practice server has accepted for one recipient."""

    sender: str  # MAIL FROM
    recipient: str
    content: bytes
    arrived_at: datetime
    queue_id: str
    envelope_id: str = ""  # ENVID, decoded
    original_recipient: str = ""  # ORCPT, decoded: `rfc822;a@b.example`


def delivered(mail: Received, at: datetime) -> bytes:
    """The success report that NOTIFY=SUCCESS asks for."""
    text = "Your message was delivered to the mail server of the recipient."
    reply = f"250 2.0.0 OK queued as {mail.queue_id}"
    status = _status(mail, at, "delivered", "2.0.0", reply)
    return _report(mail, at, "Delivery report", text, "delivery-status", status)


def bounced(mail: Received, at: datetime, reply: str) -> bytes:
    """The report that a mail failed after it had been accepted. `reply` is the next server's."""
    text = f"Your message could not be delivered to the recipient. Their mail server said:\r\n\r\n{reply}"
    status = _status(mail, at, "failed", reply.split()[1], reply)
    return _report(mail, at, "Undeliverable message", text, "delivery-status", status)


def complained(mail: Received, at: datetime) -> bytes:
    """The feedback report after the recipient has pressed "this is spam"."""
    text = "The recipient of the message below has reported it as unwanted."
    facts = {
        "Feedback-Type": "abuse",
        "User-Agent": "PracticeMail/1.0",
        "Version": "1",
        "Original-Mail-From": f"<{mail.sender}>",
        "Original-Rcpt-To": f"<{mail.recipient}>",
        "Arrival-Date": format_datetime(mail.arrived_at),
        "Reporting-MTA": f"dns; mx.{domain_of(mail.recipient)}",
    }
    feedback = MIMEBase("message", "feedback-report", policy=POLICY)
    feedback.set_payload("".join(f"{name}: {value}\r\n" for name, value in facts.items()))
    return _report(mail, at, "Complaint about a message", text, "feedback-report", feedback)


def _status(mail: Received, at: datetime, action: str, code: str, reply: str) -> MIMEBase:
    about_mail = {
        "Original-Envelope-Id": mail.envelope_id,
        "Reporting-MTA": f"dns; {REPORTING_MTA}",
        "Arrival-Date": format_datetime(mail.arrived_at),
    }
    about_recipient = {
        "Original-Recipient": mail.original_recipient,
        "Final-Recipient": f"rfc822; {mail.recipient}",
        "Action": action,
        "Status": code,
        "Remote-MTA": f"dns; mx.{domain_of(mail.recipient)}",
        "Diagnostic-Code": f"smtp; {reply}",
        "Last-Attempt-Date": format_datetime(at),
    }
    part = MIMEBase("message", "delivery-status", policy=POLICY)
    part.set_payload([_block(about_mail), _block(about_recipient)])
    return part


def _block(fields: dict[str, str]) -> Message:
    block: Message = Message(policy=POLICY)
    for name, value in fields.items():
        if value:
            block[name] = value
    return block


def _report(mail: Received, at: datetime, subject: str, text: str, kind: str, facts: MIMEBase) -> bytes:
    report = MIMEMultipart("report", policy=POLICY)
    report.set_param("report-type", kind)
    report["From"] = f"Mail Delivery System <MAILER-DAEMON@{REPORTING_MTA}>"
    report["To"] = mail.sender
    report["Subject"] = subject
    report["Date"] = format_datetime(at)
    report["Message-ID"] = make_msgid(domain=REPORTING_MTA)
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText(f"This is the practice mail server.\r\n\r\n{text}\r\n", policy=POLICY))
    report.attach(facts)
    returned = MIMEBase("text", "rfc822-headers", policy=POLICY)
    returned.set_payload(_headers(mail.content))
    report.attach(returned)
    return report.as_bytes()


def _headers(content: bytes) -> str:
    headers = content.partition(b"\r\n\r\n")[0][:HEADERS_LIMIT]
    return headers.decode("latin-1").encode("ascii", "replace").decode() + "\r\n"
