"""Bounces in the manner of many mail systems. The letters are made up: only the phrases are theirs."""

import base64
import json
import quopri
from datetime import UTC, datetime
from pathlib import Path

import pytest

from documents.causes import Cause
from documents.dsn import Kind, fallback, parse
from documents.dsn.mail import read as read_mail
from tests.reports import letter

LETTERS = Path(__file__).parent / "letters"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "qmail",
            [
                ("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN),
                ("b@baker.example", "", None, Cause.MAILBOX_FULL),
            ],
        ),
        (
            "exim",
            [
                ("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN),
                ("b@cook.example", "5.2.2", 552, Cause.MAILBOX_FULL),
            ],
        ),
        ("exim-gave-up", [("a@baker.example", "", None, Cause.GAVE_UP)]),
        ("exim-local", [("a@baker.example", "", None, Cause.MAILBOX_FULL)]),
        ("sendmail", [("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("courier", [("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("postfix-delayed", [("a@baker.example", "", None, Cause.UNREACHABLE)]),
        ("exchange-2003", [("office@baker.example", "", None, Cause.ADDRESS_UNKNOWN)]),
        ("exchange-2007", [("office@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("microsoft-365", [("office@baker.example", "5.1.10", 550, Cause.ADDRESS_UNKNOWN)]),
        ("gmail-2010", [("office@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("gmail-2017", [("office@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("icloud", [("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("yahoo", [("a@baker.example", "", 554, Cause.ADDRESS_UNKNOWN)]),
        ("zoho", [("office@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("mailmarshal", [("office@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("mailfoundry", [("office@baker.example", "", 550, Cause.ADDRESS_UNKNOWN)]),
        ("mcafee", [("office@baker.example", "", None, Cause.ADDRESS_UNKNOWN)]),
        ("biglobe", [("office@baker.example", "", None, Cause.MAILBOX_FULL)]),
        ("james", [("office@baker.example", "", 550, Cause.ADDRESS_UNKNOWN)]),
        ("activehunter", [("office@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("gmx", [("office@baker.example", "5.1.1", None, Cause.ADDRESS_UNKNOWN)]),
        ("surfcontrol", [("office@baker.example", "", 550, Cause.ADDRESS_UNKNOWN)]),
        ("kddi", [("office@baker.example", "", None, Cause.MAILBOX_FULL)]),
        ("ezweb", [("office@baker.example", "", None, Cause.ADDRESS_UNKNOWN)]),
        ("domino", [("a@baker.example", "", None, Cause.UNREACHABLE)]),
        ("opensmtpd", [("a@baker.example", "5.2.2", 550, Cause.MAILBOX_FULL)]),
        ("dragonfly", [("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("barracuda", [("a@baker.example", "", None, Cause.POLICY)]),
        ("interscan", [("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("x1", [("a@baker.example", "", None, Cause.ADDRESS_UNKNOWN)]),
        ("imail", [("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("mxlogic", [("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("german", [("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
        ("finnish", [("a@baker.example", "5.1.1", 550, Cause.ADDRESS_UNKNOWN)]),
    ],
)
def test_each_manner_of_writing_is_understood(name, expected):
    reports = parse((LETTERS / f"{name}.txt").read_bytes())
    assert [(r.recipient, r.status, r.reply_code, r.cause) for r in reports] == expected


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
    assert (report.recipient, report.cause) == ("office@baker.example", Cause.ADDRESS_UNKNOWN)


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
            Cause.ADDRESS_UNKNOWN,
        ),
        (
            {
                "notificationType": "Complaint",
                "complaint": {"complainedRecipients": [{"emailAddress": "office@baker.example"}]},
            },
            Kind.COMPLAINT,
            Cause.COMPLAINED,
        ),
        (
            {"notificationType": "Delivery", "delivery": {"recipients": ["office@baker.example"]}},
            Kind.DELIVERED,
            Cause.NONE,
        ),
    ],
)
def test_amazons_notices_by_mail_are_read(notice, kind, cause):
    [report] = parse(notice_by_mail(notice))
    assert (report.recipient, report.kind, report.cause) == ("office@baker.example", kind, cause)


def notice_by_mail(notice):
    text = json.dumps(notice).replace(", ", ",\n ") + "\n--\nTo stop these notices, unsubscribe.\n"
    return letter(text, subject="AWS Notification Message", sender="no-reply@sns.example")


@pytest.mark.parametrize(
    "notice",
    [
        {"delivery": {"recipients": ["office@baker.example"]}},
        {"complaint": {"complainedRecipients": [{"emailAddress": "office@baker.example"}]}},
        {"bounce": {"bouncedRecipients": [{"emailAddress": "office@baker.example", "status": "5.1.1"}]}},
    ],
)
def test_amazons_notices_have_their_own_time(notice):
    [about] = notice.values()
    about["timestamp"] = "2026-11-01T10:00:00.000Z"
    [report] = parse(notice_by_mail({"notificationType": "Any"} | notice))
    assert report.at == datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_what_amazon_calls_a_passing_bounce_without_a_server_s_words_is_an_automatic_reply():
    told = {"bounceType": "Transient", "bounceSubType": "General"}
    someone = {"emailAddress": "office@baker.example"}
    for person, kind in (
        (someone, Kind.AUTO_REPLY),
        (someone | {"status": "4.4.7", "diagnosticCode": "smtp; 550 4.4.7 Message expired"}, Kind.BOUNCE),
    ):
        notice = {"notificationType": "Bounce", "bounce": told | {"bouncedRecipients": [person]}}
        [report] = parse(notice_by_mail(notice))
        assert report.kind is kind


@pytest.mark.parametrize(
    "text", ['{"notificationType": "Bounce", "bounce": 1}', '{"notificationType"', "{" * 9999]
)
def test_a_notice_that_cannot_be_read_reports_nothing(text):
    assert parse(letter(text, subject="AWS Notification Message", sender="no-reply@sns.example")) == []


def test_the_last_resort_reads_a_bounce_too():
    raw = (LETTERS / "qmail.txt").read_bytes()
    assert [found.recipient for found in fallback.read(read_mail(raw), raw)] == [
        "a@baker.example",
        "b@baker.example",
    ]
