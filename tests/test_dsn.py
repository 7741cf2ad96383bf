"""Reports that came back, each read as what it says: the rules of RFC 3464, ARF, and bad input."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.causes import Cause
from documents.dsn import Kind, parse, verdict
from documents.statuses import Status
from tests import reports

ROOT = Path(__file__).resolve().parent.parent


def only(raw):
    [report] = parse(raw)
    return report


class TestDeliveryStatus:
    def test_a_report_says_who_why_where_and_when(self):
        report = only(
            reports.dsn(
                diagnostic="smtp; 550 5.1.1 <office@baker.example>:\n    User unknown",
                attempted="Fri, 21 Aug 2026 10:30:00 +0300",
                envelope_id="QQ1001",
            )
        )
        assert report.kind is Kind.BOUNCE
        assert report.recipient == "office@baker.example"
        assert (report.status, report.reply_code, report.permanent) == ("5.1.1", 550, True)
        assert (report.cause, report.dead) == (Cause.ADDRESS_UNKNOWN, True)
        assert report.text == "550 5.1.1 <office@baker.example>: User unknown"
        assert (report.host, report.envelope_id) == ("mx.baker.example", "QQ1001")
        assert report.message_id == reports.SENT_ID
        assert report.at == datetime(2026, 8, 21, 7, 30, tzinfo=UTC)

    def test_our_bounce_address_is_found_where_it_was_sent_to_and_inside(self):
        report = only(reports.dsn(to="postmaster@portal.example"))
        assert report.addresses[0] == "postmaster@portal.example"
        assert "bounce+1@bounces.example" in report.addresses

    def test_each_recipient_has_a_report_of_its_own(self):
        raw = reports.dsn(
            others=[
                {
                    "recipient": "full@cook.example",
                    "status": "5.2.2",
                    "diagnostic": "smtp; 552 5.2.2 Over quota",
                },
                {"recipient": "fine@cook.example", "status": "2.0.0", "action": "relayed"},
            ]
        )
        found = {report.recipient: report for report in parse(raw)}
        assert found["office@baker.example"].cause is Cause.ADDRESS_UNKNOWN
        assert found["full@cook.example"].cause is Cause.MAILBOX_FULL
        assert found["full@cook.example"].reply_code == 552
        assert found["fine@cook.example"].kind is Kind.DELIVERED

    def test_a_recipient_named_twice_counts_once(self):
        assert len(parse(reports.dsn(others=[{"recipient": "Office@Baker.example"}]))) == 1

    def test_no_empty_line_between_two_recipients_is_needed(self):
        raw = reports.dsn(others=[{"recipient": "other@baker.example", "diagnostic": "smtp; 550 5.7.1 no"}])
        raw = raw.replace(b"unknown\r\n\r\nFinal", b"unknown\r\nFinal")
        assert [report.recipient for report in parse(raw)] == ["office@baker.example", "other@baker.example"]

    def test_the_original_recipient_is_trusted_before_the_final_one(self):
        report = only(reports.dsn(recipient="staff@farm.example", original="office@baker.example"))
        assert report.recipient == "office@baker.example"
        assert report.final_recipient == "staff@farm.example"

    def test_a_final_recipient_that_is_no_address_is_passed_over(self):
        report = only(reports.dsn(recipient="/S=office/O=baker/", original="office@baker.example"))
        assert report.recipient == "office@baker.example"

    def test_xtext_of_the_original_recipient_is_decoded(self):
        assert only(reports.dsn(original="a+2Bb@baker.example")).recipient == "a+b@baker.example"

    @pytest.mark.parametrize(
        ("action", "status", "expected"),
        [
            ("failed", "5.1.1", (Status.REJECTED, Cause.ADDRESS_UNKNOWN)),
            ("delayed", "4.4.1", (Status.DEFERRED, Cause.UNREACHABLE)),
            ("relayed", "2.0.0", (Status.DELIVERED, Cause.NONE)),
            ("delivered", "2.0.0", (Status.DELIVERED, Cause.NONE)),
            ("expanded", "2.0.0", (Status.SENT, Cause.NONE)),
            ("Failure (permanent)", "5.2.2", (Status.REJECTED, Cause.MAILBOX_FULL)),
        ],
    )
    def test_the_action_decides_what_became_of_the_mail(self, action, status, expected):
        found = verdict(only(reports.dsn(action=action, status=status, diagnostic="")))
        assert (found.status, found.cause) == expected

    @pytest.mark.parametrize(
        ("status", "diagnostic", "cause"),
        [
            ("4.4.7", "smtp; 451 4.4.7 Try again later", Cause.GAVE_UP),
            ("4.4.1", "X-Relay; connect to mx.baker.example: Connection timed out", Cause.GAVE_UP),
            ("4.2.2", "smtp; 452 4.2.2 Mailbox full", Cause.MAILBOX_FULL),
            ("4.1.1", "smtp; 450 4.1.1 User unknown", Cause.ADDRESS_UNKNOWN),
        ],
    )
    def test_failed_is_final_even_with_a_passing_code_but_the_address_is_not_dead(
        self, status, diagnostic, cause
    ):
        report = only(reports.dsn(status=status, diagnostic=diagnostic))
        found = verdict(report)
        assert (found.status, found.cause) == (Status.REJECTED, cause)
        assert (report.permanent, report.dead) == (False, False)

    @pytest.mark.parametrize(
        ("status", "diagnostic", "found"),
        [
            ("5.0.0", "smtp; 550 5.1.1 unknown user", "5.1.1"),
            ("5.1.1", "smtp; 550 5.7.1 blocked by policy", "5.7.1"),
            ("5.2.2 (mailbox full)", "", "5.2.2"),
            ("5.0.0", "smtp; 550 client 192.5.1.1 is not welcome", "5.0.0"),
        ],
    )
    def test_the_servers_own_code_is_better_than_the_reporting_ones(self, status, diagnostic, found):
        assert only(reports.dsn(status=status, diagnostic=diagnostic)).status == found

    def test_the_words_for_people_help_where_the_fields_say_nothing(self):
        report = only(reports.dsn(status="5.0.0", diagnostic="", words="552 5.2.2 Mailbox is full"))
        assert (report.cause, report.reply_code) == (Cause.MAILBOX_FULL, 552)

    def test_a_refusal_of_the_sender_is_never_about_the_recipient(self):
        report = only(
            reports.dsn(diagnostic="smtp; 550 5.1.0 does not exist (in reply to MAIL FROM command)")
        )
        assert (report.cause, report.dead) == (Cause.OUR_REPUTATION, False)


class TestComplaint:
    def test_a_complaint_is_about_a_mail_that_arrived(self):
        report = only(reports.arf())
        assert (report.kind, report.recipient) == (Kind.COMPLAINT, "office@baker.example")
        assert report.message_id == reports.SENT_ID
        assert report.at == datetime(2026, 8, 20, 8, 15, tzinfo=UTC)
        found = verdict(report)
        assert (found.status, found.cause) == (Status.DELIVERED, Cause.COMPLAINED)

    def test_the_envelope_sender_it_names_is_a_place_to_look_for_our_token(self):
        raw = reports.arf(to="abuse@portal.example").replace(b"Return-Path", b"X-Was")
        assert "bounce+1@bounces.example" in only(raw).addresses

    def test_a_recipient_that_was_struck_out_is_read_from_the_returned_mail(self):
        assert only(reports.arf(recipient="")).recipient == "office@baker.example"

    @pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
    def test_other_feedback_is_no_complaint(self, kind):
        assert parse(reports.arf(kind=kind)) == []

    def test_hotmails_complaints_are_understood_though_they_are_no_arf(self):
        mail = EmailMessage()
        mail["From"], mail["To"] = "staff@hotmail.com", "bounce+1@bounces.example"
        mail["Subject"] = "complaint about message from 192.0.2.1"
        returned = EmailMessage()
        returned["X-HmXmrOriginalRecipient"] = "office@baker.example"
        returned["Message-ID"] = reports.SENT_ID
        returned.set_content("Dear customer")
        mail.add_attachment(returned)
        report = only(mail.as_bytes())
        assert (report.kind, report.recipient) == (Kind.COMPLAINT, "office@baker.example")


class TestAutomaticReply:
    @pytest.mark.parametrize(
        "headers",
        [
            {"auto_submitted": "auto-replied"},
            {"subject": "Automatic reply: Invoice 1001"},
            {"subject": "=?utf-8?q?Automaattinen_vastaus=3A_Lasku?="},
            {"precedence": "auto_reply", "subject": "Hello"},
        ],
    )
    def test_an_out_of_office_reply_says_nothing_about_the_delivery(self, headers):
        report = only(reports.out_of_office(**headers))
        assert report.kind is Kind.AUTO_REPLY
        assert verdict(report) is None

    @pytest.mark.parametrize("subject", ["Re: Invoice 1001", "Re: Undeliverable: Invoice 1001"])
    def test_an_answer_of_a_person_is_no_report(self, subject):
        assert parse(reports.out_of_office(subject=subject, in_reply_to=reports.SENT_ID)) == []


class TestBadInput:
    @pytest.mark.parametrize(
        "change",
        [
            lambda raw: raw.replace(b"\r\n", b"\n"),
            lambda raw: raw.replace(b"\r\n", b"\r"),
            lambda raw: raw.replace(b"\r\n", b"\r\r\n"),
            lambda raw: b"From mx Fri Aug 21 10:00:00 2026\r\n" + raw,
            lambda raw: raw[: raw.index(b"Content-Type: text/rfc822-headers")],
            lambda raw: raw[: raw.index(b"User unknown") + 12],
            lambda raw: raw.replace(b"boundary=", b"border="),
            lambda raw: raw.replace(b"message/delivery-status", b"text/plain"),
            lambda raw: b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" + raw,
        ],
        ids=["LF", "CR", "CRCRLF", "mbox", "cut", "cut short", "no boundary", "mislabelled", "forwarded"],
    )
    def test_a_damaged_report_is_read_all_the_same(self, change):
        report = only(change(reports.dsn()))
        assert (report.recipient, report.status) == ("office@baker.example", "5.1.1")
        assert report.cause is Cause.ADDRESS_UNKNOWN

    def test_a_report_about_a_thousand_recipients(self):
        others = [{"recipient": f"{n}@baker.example"} for n in range(999)]
        assert len(parse(reports.dsn(others=others))) == 1000

    @pytest.mark.parametrize(
        "raw",
        [
            reports.dsn() + b"QUJD\r\n" * 8_000_000,
            b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)
            ),
            b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nhi\n" * 100_000,
            b"Content-Type: message/rfc822\n\n" * 20_000,
            b"X-Padding: x\n" * 200_000,
            b"From: mailer-daemon@mx.example\nSubject: failure notice\n\n" + b"\n" * 500_000 + b"x",
            b"From: mailer-daemon@mx.example\nSubject: failure notice\n\n" + b"following recipient " * 50_000,
        ],
        ids=["48 MB", "nested", "parts", "forwards", "headers", "empty lines", "one line"],
    )
    def test_a_mail_made_to_hurt_costs_little(self, raw):
        started = time.process_time()
        parse(raw)
        assert time.process_time() - started < 2

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=2000))
    def test_no_bytes_raise(self, raw):
        parse(raw)

    @settings(max_examples=150, deadline=None)
    @given(
        st.sampled_from(
            [reports.dsn(), reports.arf(), reports.out_of_office(), reports.letter("<a@b.example>:\n550 no")]
        ),
        st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 40), st.binary(max_size=30)), max_size=6),
    )
    def test_no_damaged_report_raises(self, raw, damages):
        for at, length, instead in damages:
            raw = raw[:at] + instead + raw[at + length :]
        for report in parse(raw):
            verdict(report)


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    """What the samples' own scorer says about tests.score_adapter."""
    script = ROOT.parent / "shared" / "samples" / "bounces" / "score.py"
    if not script.exists():
        pytest.skip("the sample of real bounces (../shared/samples/bounces) is not on this machine")
    result = tmp_path_factory.mktemp("scores") / "scores.json"
    command = [sys.executable, script, "tests.score_adapter:parse", "--quiet", "--json", result]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return json.loads(result.read_text())


class TestSamples:
    @pytest.mark.parametrize(
        ("field", "goal"),
        [
            ("rcpt", 98),
            ("perm", 98),
            ("status", 98),
            ("reply", 98),
            ("reason_coarse", 93),
            ("hard", 95),
            ("complaint", 100),
            ("clean", 100),
        ],
    )
    def test_real_bounces_are_understood(self, scores, field, goal):
        right, of = scores["ALL"][field]
        assert 100 * right / of >= goal, f"{field}: {right} of {of}"

    def test_no_real_bounce_raises(self, scores):
        assert scores["speed"]["exceptions"] == 0
