"""Made-up reports for tests: what mail systems send back. All names are invented."""

BOUNDARY = "a8f3-report"
SENT_ID = "<20261123.1@portal.example>"
RETURNED = f"""Return-Path: <bounce+1@bounces.example>
From: Portal <no-reply@portal.example>
To: office@baker.example
Subject: Invoice 1001
Message-ID: {SENT_ID}
"""


def dsn(
    to="bounce+1@bounces.example",
    recipient="office@baker.example",
    status="5.1.1",
    action="failed",
    diagnostic="smtp; 550 5.1.1 User unknown",
    *,
    original="",
    host="mx.baker.example",
    envelope_id="",
    attempted="",
    message_id=SENT_ID,
    subject="Undelivered Mail Returned to Sender",
    others=(),
    words="Your message could not be delivered.",
):
    """A delivery status notification, RFC 3464. `others` are further recipients: dicts of the same fields."""
    first = {"recipient": recipient, "status": status, "action": action, "diagnostic": diagnostic}
    first |= {"original": original, "host": host, "attempted": attempted}
    groups = "\n".join(_recipient(**fields) for fields in (first, *others))
    envelope = f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else ""
    returned = RETURNED.replace(SENT_ID, message_id)
    return _crlf(f"""From: MAILER-DAEMON@mx.relay.example (Mail Delivery System)
To: {to}
Subject: {subject}
Date: Fri, 21 Aug 2026 10:00:00 +0300
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="{BOUNDARY}"

--{BOUNDARY}
Content-Type: text/plain; charset=us-ascii

{words}

--{BOUNDARY}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.relay.example
{envelope}Arrival-Date: Fri, 21 Aug 2026 09:59:58 +0300

{groups}
--{BOUNDARY}
Content-Type: text/rfc822-headers

{returned}
--{BOUNDARY}--
""")


def arf(
    to="bounce+1@bounces.example",
    recipient="office@baker.example",
    kind="abuse",
    *,
    message_id=SENT_ID,
    arrived="Thu, 20 Aug 2026 08:15:00 +0000",
):
    """A complaint, RFC 5965: the recipient pressed "this is spam". An empty recipient is not named."""
    named = f"Original-Rcpt-To: <{recipient}>\n" if recipient else ""
    returned = RETURNED.replace(SENT_ID, message_id)
    return _crlf(f"""From: <feedback@mailbox-provider.example>
To: {to}
Subject: FW: Invoice 1001
Date: Fri, 21 Aug 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="{BOUNDARY}"

--{BOUNDARY}
Content-Type: text/plain; charset=us-ascii

This is an e-mail abuse report for a message received from 192.0.2.1.

--{BOUNDARY}
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <bounce+1@bounces.example>
{named}Arrival-Date: {arrived}
Source-IP: 192.0.2.1

--{BOUNDARY}
Content-Type: message/rfc822

{returned}
Dear customer

--{BOUNDARY}--
""")


def out_of_office(to="bounce+1@bounces.example", sender="office@baker.example", **headers):
    """An automatic reply, RFC 3834. Header names are given with underscores."""
    headers = headers or {"auto_submitted": "auto-replied (vacation)"}
    extra = "".join(f"{name.replace('_', '-').title()}: {value}\n" for name, value in headers.items())
    return _crlf(f"""From: The Baker <{sender}>
To: {to}
{extra}Date: Fri, 21 Aug 2026 10:00:00 +0300

I am away until Monday, and could not reach my mail.
""")


def letter(
    text,
    to="bounce+1@bounces.example",
    subject="Mail delivery failed",
    sender="Mailer-Daemon@mx.example",
    **headers,
):
    """A bounce in words only. `headers` are added to its header; names are given with underscores."""
    extra = "".join(f"{name.replace('_', '-').title()}: {value}\n" for name, value in headers.items())
    return _crlf(f"From: {sender}\nTo: {to}\nSubject: {subject}\n{extra}\n{text}")


def _recipient(recipient, status="5.1.1", action="failed", diagnostic="", original="", host="", attempted=""):
    fields = {
        "Original-Recipient": f"rfc822;{original}" if original else "",
        "Final-Recipient": f"rfc822; {recipient}",
        "Action": action,
        "Status": status,
        "Remote-MTA": f"dns; {host}" if host else "",
        "Diagnostic-Code": diagnostic,
        "Last-Attempt-Date": attempted,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def _crlf(text):
    return text.replace("\n", "\r\n").encode()
