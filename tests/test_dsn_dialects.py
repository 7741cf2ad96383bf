"""Bounces in the manner of many mail systems. All are made up: only the phrases are theirs."""

import base64
import json
import quopri

import pytest

from documents.causes import Cause as C
from documents.dsn import Kind, parse
from tests.reports import letter

LETTERS = [
    pytest.param(
        """\
Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<a@baker.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 unknown user
Giving up on 192.0.2.1.

<b@baker.example>:
User is over the quota. You can try again later.

--- Below this line is a copy of the message.

Return-Path: <bounce+1@bounces.example>
To: x@y.example
Message-ID: <1@p.example>

hi
""",
        {"subject": "failure notice"},
        [("a@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN), ("b@baker.example", "", None, C.MAILBOX_FULL)],
        id="qmail",
    ),
    pytest.param(
        """\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  a@baker.example
    SMTP error from remote mail server after RCPT TO:<a@baker.example>:
    host mx.baker.example [192.0.2.1]: 550 5.1.1 <a@baker.example>:
    Recipient address rejected: User unknown
  b@cook.example
    SMTP error from remote mail server after end of data:
    host mx.cook.example [192.0.2.2]: 552 5.2.2 Mailbox full

------ This is a copy of the message, including all the headers. ------

Return-path: <bounce+1@bounces.example>
To: a@baker.example
Message-ID: <2@p.example>
""",
        {"x_failed_recipients": "a@baker.example, b@cook.example", "auto_submitted": "auto-replied"},
        [
            ("a@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN),
            ("b@cook.example", "5.2.2", 552, C.MAILBOX_FULL),
        ],
        id="Exim",
    ),
    pytest.param(
        """\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  a@baker.example
    host mx.baker.example [192.0.2.1]
    retry timeout exceeded

------ This is a copy of the message, including all the headers. ------
""",
        {},
        [("a@baker.example", "", None, C.GAVE_UP)],
        id="Exim, gave up",
    ),
    pytest.param(
        """\
A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  /var/mail/someone
    (generated from a@baker.example)
    mailbox is full
""",
        {},
        [("a@baker.example", "", None, C.MAILBOX_FULL)],
        id="Exim, local",
    ),
    pytest.param(
        """\
The original message was received at Thu, 29 Apr 2010 23:34:45 +0900
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<a@baker.example>
    (reason: 550 5.1.1 <a@baker.example>... User Unknown)

   ----- Transcript of session follows -----
... while talking to mx.baker.example.:
>>> DATA
<<< 550 5.1.1 <a@baker.example>... User Unknown
550 5.1.1 <a@baker.example>... User unknown
<<< 503 5.0.0 Need RCPT (recipient)

   ----- Original message follows -----

Return-Path: <x@y.example>
""",
        {"subject": "Returned mail: see transcript for details"},
        [("a@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN)],
        id="Sendmail",
    ),
    pytest.param(
        """\
This is a delivery status notification from mx.example,
running the Courier mail server, version 0.65.2.

The original message was received on Sat, 11 Dec 2010 12:19:57 +0900
from [127.0.0.1] (localhost [127.0.0.1])

---------------------------------------------------------------------------

                           UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<a@baker.example>:
    mx.baker.example [192.0.2.1]:
>>> RCPT TO:<a@baker.example>
<<< 550 5.1.1 <a@baker.example>... User Unknown

---------------------------------------------------------------------------

If your message was also sent to additional recipients, their delivery
status is not included in this report.
""",
        {"subject": "NOTICE: mail delivery status.", "sender": "Courier mail server at mx.example <@>"},
        [("a@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN)],
        id="Courier",
    ),
    pytest.param(
        """\
This is the mail system at host mx.example.

####################################################################
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
####################################################################

Your message could not be delivered for more than 4 hour(s).
It will be retried until it is 5 day(s) old.

<a@baker.example>: connect to mx.baker.example[192.0.2.1]:25: Connection timed out
""",
        {"subject": "Delayed Mail (still being retried)"},
        [("a@baker.example", "", None, C.UNREACHABLE)],
        id="Postfix, delayed",
    ),
    pytest.param(
        """\
Your message

  To:      office@baker.example
  Subject: Invoice
  Sent:    Thu, 29 Apr 2010 18:14:35 +0900

did not reach the following recipient(s):

office@baker.example on Thu, 29 Apr 2010 18:14:35 +0900
    The recipient name is not recognized
	The MTS-ID of the original message is: c=us;a= ;p=neko
    MSEXCH:IMS:NEKO:EXAMPLE:EXCHANGE 0 (000C05A6) Unknown Recipient
""",
        {"subject": "Undeliverable: Invoice", "sender": "System Administrator <postmaster@mx.example>"},
        [("office@baker.example", "", None, C.ADDRESS_UNKNOWN)],
        id="Exchange 2003",
    ),
    pytest.param(
        """\
Delivery has failed to these recipients or distribution lists:

office@baker.example
The recipient's e-mail address was not found in the recipient's e-mail system. Microsoft Exchange will not try to redeliver this message for you.

________________________________

Diagnostic information for administrators:

Generating server: mail.example

office@baker.example
#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##

Original message headers:

Received: from a.example
Message-ID: <2@p.example>
""",
        {
            "subject": "Undeliverable: Invoice",
            "sender": "Microsoft Exchange <MicrosoftExchange329@mail.example>",
        },
        [("office@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN)],
        id="Exchange 2007",
    ),
    pytest.param(
        """\
<html><body><table><tr><td>Your message to office@baker.example couldn't be delivered.</td></tr></table><p><b>office</b> wasn't found at baker.example.</p><p>Reported error: <i>550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient office@baker.example not found by SMTP address lookup</i></p></body></html>
""",
        {
            "subject": "Undeliverable: Invoice",
            "sender": "postmaster@outlook.example",
            "content_type": "text/html",
        },
        [("office@baker.example", "5.1.10", 550, C.ADDRESS_UNKNOWN)],
        id="Microsoft 365",
    ),
    pytest.param(
        """\
** Address not found **

Your message wasn't delivered to office@baker.example because the address couldn't be found, or is unable to receive mail.

The response from the remote server was:
550 5.1.1 no such user
""",
        {
            "subject": "Delivery Status Notification (Failure)",
            "sender": "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        },
        [("office@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN)],
        id="Gmail 2017",
    ),
    pytest.param(
        """\
This report relates to a message you sent with the following header fields:

  Message-id: <5@p.example>
  Date: Fri, 21 Nov 2014 23:34:45 +0900
  From: Portal <bounce+1@bounces.example>
  To: a@baker.example
  Subject: Invoice

Your message cannot be delivered to the following recipients:

  Recipient address: a@baker.example
  Reason: Remote SMTP server has rejected address
  Diagnostic code: smtp;550 5.1.1 <a@baker.example>... User Unknown
  Remote system: dns;mx.baker.example (TCP|17.1.1.1|47323|192.0.2.1|25) (mx.baker.example ESMTP)
""",
        {
            "subject": "Delivery Notification: Delivery has failed",
            "sender": "Internet Mail Delivery <postmaster@me.example>",
        },
        [("a@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN)],
        id="iCloud",
    ),
    pytest.param(
        """\
Sorry, we were unable to deliver your message to the following address.

<a@baker.example>:
554: delivery error: dd This user doesn't have a yahoo.com account (a@baker.example) [0] - mta1.mail.example

--- Below this line is a copy of the message.
""",
        {"subject": "Failure Notice", "sender": "MAILER-DAEMON@yahoo.com"},
        [("a@baker.example", "", 554, C.ADDRESS_UNKNOWN)],
        id="Yahoo",
    ),
    pytest.param(
        """\
This message was created automatically by mail delivery software.
 A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.

office@baker.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <office@baker.example>... User Unknown

Received:from mail.zoho.example by mx.zoho.example
	with SMTP id 1
""",
        {"subject": "Undelivered Mail Returned to Sender", "sender": "mailer-daemon@mail.zoho.example"},
        [("office@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN)],
        id="Zoho",
    ),
    pytest.param(
        """\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error. The following address
failed:

"office@baker.example":
SMTP error from remote server after RCPT command:
host: mx.baker.example
5.1.1 <office@baker.example>... User Unknown

--- The header of the original message is following. ---

Received: from x
To: office@baker.example
""",
        {"sender": "GMX Mailer Daemon <mailer-daemon@gmx.example>"},
        [("office@baker.example", "5.1.1", None, C.ADDRESS_UNKNOWN)],
        id="GMX",
    ),
    pytest.param(
        """\
Unknown user: a@baker.example

RCPT TO generated following response:
550 5.1.1 <a@baker.example>... User unknown

Original message follows.

Received: from x
""",
        {
            "subject": "Undeliverable Mail ",
            "sender": '"Postmaster" <postmaster@mx.example>',
            "x_mailer": "<SMTP32 v8.22>",
        },
        [("a@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN)],
        id="IMail",
    ),
    pytest.param(
        """\
This is the DragonFly Mail Agent v0.13 at df.example.

There was an error delivering your mail to <a@baker.example>.

mx.baker.example [192.0.2.1] did not like our RCPT TO:
550 5.1.1 <a@baker.example>: Recipient address rejected: User unknown

Original message follows.
""",
        {"sender": "MAILER-DAEMON <>"},
        [("a@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN)],
        id="DragonFly",
    ),
    pytest.param(
        """\
    Hi!

    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.

    An error has occurred while attempting to deliver a message for
    the following list of recipients:

a@baker.example: 550 5.2.2 <a@baker.example>... Mailbox Full

    Below is a copy of the original message:

Received: from x
""",
        {
            "subject": "Delivery status notification: error",
            "sender": "Mailer Daemon <MAILER-DAEMON@mx.example>",
        },
        [("a@baker.example", "5.2.2", 550, C.MAILBOX_FULL)],
        id="OpenSMTPD",
    ),
    pytest.param(
        """\
Viestiä ei voitu toimittaa seuraavalle vastaanottajalle:

  a@baker.example

550 5.1.1 User unknown
""",
        {"subject": "Toimittaminen epäonnistui: Lasku", "sender": "postmaster@mx.example"},
        [("a@baker.example", "5.1.1", 550, C.ADDRESS_UNKNOWN)],
        id="Finnish",
    ),
]


@pytest.mark.parametrize(("text", "header", "expected"), LETTERS)
def test_each_manner_of_writing_is_understood(text, header, expected):
    found = [(r.recipient, r.status, r.reply_code, r.cause) for r in parse(letter(text, **header))]
    assert found == expected


def test_a_warning_in_words_is_a_delay():
    text = "This is a warning only.\n\n<a@baker.example>: connect to mx.baker.example: timed out\n"
    [report] = parse(letter(text, subject="Delayed Mail (still being retried)"))
    assert (report.kind, report.permanent) == (Kind.DELAY, False)


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("iso-2022-jp", "以下のメールアドレスへの送信に失敗しました。"),
        ("koi8-r", "Невозможно доставить сообщение"),
        ("gb2312", "邮件无法发送到您指定的地址"),
        ("unknown-8bit", "Viestiä ei voitu toimittaa"),
    ],
)
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_any_character_set_and_encoding_is_read(charset, words, encoding):
    body = f"{words}\n\n<office@baker.example>:\n550 5.1.1 no such user\n"
    octets = body.encode("latin-1" if charset == "unknown-8bit" else charset)
    encode = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)
    header = {"content_type": f"text/plain; charset={charset}", "content_transfer_encoding": encoding}
    [report] = parse(letter("", subject="failure", **header) + encode(octets))
    assert (report.recipient, report.cause) == ("office@baker.example", C.ADDRESS_UNKNOWN)


@pytest.mark.parametrize(
    ("notice", "kind", "cause"),
    [
        (
            {
                "notificationType": "Bounce",
                "bounce": {
                    "bounceType": "Permanent",
                    "bouncedRecipients": [
                        {
                            "emailAddress": "Office@baker.example",
                            "status": "5.1.1",
                            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                        }
                    ],
                },
            },
            Kind.BOUNCE,
            C.ADDRESS_UNKNOWN,
        ),
        (
            {
                "notificationType": "Complaint",
                "complaint": {"complainedRecipients": [{"emailAddress": "office@baker.example"}]},
            },
            Kind.COMPLAINT,
            C.COMPLAINED,
        ),
        (
            {"notificationType": "Delivery", "delivery": {"recipients": ["office@baker.example"]}},
            Kind.DELIVERED,
            C.NONE,
        ),
    ],
)
def test_amazons_notices_by_mail_are_read(notice, kind, cause):
    text = json.dumps(notice).replace(", ", ",\n ") + "\n--\nTo stop these notices, unsubscribe.\n"
    [report] = parse(letter(text, subject="AWS Notification Message", sender="no-reply@sns.example"))
    assert (report.recipient, report.kind, report.cause) == ("office@baker.example", kind, cause)


@pytest.mark.parametrize(
    "text", ['{"notificationType": "Bounce", "bounce": 1}', '{"notificationType"', "{" * 9999]
)
def test_a_notice_that_cannot_be_read_reports_nothing(text):
    assert parse(letter(text, subject="AWS Notification Message", sender="no-reply@sns.example")) == []
