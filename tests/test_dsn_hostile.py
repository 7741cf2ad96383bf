"""Mails built to keep the receiver busy, or to make it stumble: none takes long, and none raises."""

import base64
import time

import pytest

from documents.dsn import parse
from documents.dsn.found import MAX_RECIPIENTS
from tests import reports

LETTER = "From: mailer-daemon@mx.example\nSubject: failure notice\n"


def about_many(of_the_mail, of_each, number=1000):
    """A report with these fields about the mail as a whole, and these about each of many recipients."""
    groups = "\n".join(f"Final-Recipient: rfc822;a{n}@baker.example\n{of_each}\n" for n in range(number))
    return f"Content-Type: message/delivery-status\n\n{of_the_mail}\n\n{groups}"


def by_amazon(kind, recipients, more=""):
    return f'\n{{"notificationType":"{kind.title()}","{kind}":{{{recipients}]{more}}}}}'


SENDER = f"X-Postfix-Sender: rfc822; {'a' * 2000}"
MANY = [f"a{n}@baker.example" for n in range(200)]
# At most 200,000 octets each.
REPEATED = {
    "envelope sender": about_many(SENDER, ""),
    "envelope id": about_many(f"Original-Envelope-Id: {'+2B' * 40_000}", ""),
    "in many parts": "Content-Type: multipart/report; boundary=b\n\n--b\n"
    + "\n--b\n".join([about_many(SENDER, "")] * 4),
    "digits": about_many("", f"Diagnostic-Code: smtp; 550 {'0' * 5900}", 30),
    "text": f"X-Failed-Recipients: {', '.join(MANY)}\n\n" + "host a.b.c.d.e.f <x@y http:// 192.0.2.1 " * 700,
    "Amazon's bounces": by_amazon("bounce", '"bouncedRecipients":[{"emailAddress":"a@b"}' + ",1" * 90_000),
    "Amazon's deliveries": by_amazon(
        "delivery", '"recipients":["a@b"' + ',"a"' * 20_000, f',"smtpResponse":"{"a" * 90_000}"'
    ),
}


@pytest.mark.parametrize("text", REPEATED.values(), ids=REPEATED)
def test_what_is_said_once_about_many_recipients_is_read_once(text):
    raw = (LETTER + text).encode()
    assert len(raw) <= 200_000
    started = time.process_time()
    found = parse(raw)
    assert time.process_time() - started < 2
    assert 1 <= len(found) <= MAX_RECIPIENTS


def test_a_number_that_stands_for_no_character_does_not_raise():
    text = f"<p>office@baker.example: &#{'1' * 5000}; user unknown</p>"
    [report] = parse(reports.letter(text, content_type="text/html"))
    assert report.recipient == "office@baker.example"


@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
def test_the_fallback_is_given_no_long_lines(encoding):
    said = b"This Message was undeliverable due to the following reason:\n" + b"<" * 1000
    encoded = {
        "7bit": said,
        "base64": base64.encodebytes(said),
        "quoted-printable": said.replace(b"<" * 50, b"<" * 50 + b"=\n"),
    }
    part = f"--b\nContent-Type: text/plain\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    header = f"{LETTER}Content-Type: multipart/mixed; boundary=b\n\n".encode()
    started = time.process_time()
    parse(header + part + encoded[encoding] + b"\n--b\n\nx\n--b--\n")
    assert time.process_time() - started < 1
