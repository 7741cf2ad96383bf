"""The practice mail server, over real SMTP."""

import contextlib
import email
import smtplib
import socket
import time
from email import policy

import pytest

from portal import practice
from portal.practice import PracticeServer
from portal.practice.answers import RULES, Act, rule_for
from portal.practice.esmtp import from_xtext, take_parameters
from portal.practice.server import SIZE_LIMIT
from tests.relay import relay

SENDER = "bounce+0A1b-ff@bounces.jakelu.example"
WITH_A_FILE = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHello\r\n--b\r\n'
    b"Content-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n1;2\r\n--b--\r\n"
)
CONTENT = (
    b"From: Kivi ja Poika <no-reply@jakelu.example>\r\nTo: office@puuseppa.example\r\n"
    b"Subject: Invoice 1007\r\nMessage-ID: <1007@jakelu.example>\r\n\r\nYour invoice.\r\n"
)


@contextlib.contextmanager
def world(folder, **options):
    """A practice server and the bounce receiver it reports to."""
    with relay() as receiver:
        options = {"success_delay": 0, "failure_delay": 0, "retry_every": 0.1} | options
        ports = {"port": 0, "bounce_host": receiver.host, "bounce_port": receiver.port}
        with PracticeServer("127.0.0.1", folder=folder, **(ports | options)) as server:
            yield server, receiver


@pytest.fixture
def server(tmp_path):
    with world(tmp_path) as (server, _receiver):
        yield server


@contextlib.contextmanager
def dialogue(server):
    with smtplib.SMTP(server.host, server.port, "client.example", timeout=5) as client:
        client.ehlo()
        yield client


def send(server, to, *, content=CONTENT, mail_options=(), rcpt_options=(), sender=SENDER):
    """What the server says to this mail: its last reply."""
    with dialogue(server) as client:
        try:
            client.sendmail(sender, [to], content, mail_options, rcpt_options)
        except smtplib.SMTPRecipientsRefused as refused:
            [(code, text)] = refused.recipients.values()
        except smtplib.SMTPResponseException as refused:
            code, text = refused.smtp_code, refused.smtp_error
        else:
            return "250"
    return f"{code} {text.decode()}"


def wait_for(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.01)


def report(receiver):
    """The one report that came, and the envelope it came in."""
    wait_for(lambda: receiver.mails)
    [mail] = receiver.mails
    return email.message_from_bytes(mail.content, policy=policy.default), mail


def recipient_fields(message):
    _about_mail, about_recipient = message.get_payload(1).get_payload()
    return dict(about_recipient.items())


@pytest.mark.parametrize(
    ("local_part", "reply"),
    [
        ("unknown", "550 5.1.1 "),
        ("full", "552 5.2.2 "),
        ("policy", "554 5.7.1 "),
        ("slow", "451 4.7.1 "),
        ("down", "421 4.3.2 "),
        ("late", "250"),
        ("spam", "250"),
        ("office", "250"),
        ("ostolaskut+full", "552 5.2.2 "),
        ("full+ostolaskut", "250"),
        ("UNKNOWN", "550 5.1.1 "),
        ("unknown.person", "250"),
        ("fullmoon", "250"),
    ],
)
def test_the_address_chooses_the_answer(server, local_part, reply):
    assert send(server, f"{local_part}@puuseppa.example").startswith(reply)


def test_what_is_refused_for_its_size_is_what_is_attached(server):
    assert send(server, "large@puuseppa.example", content=WITH_A_FILE).startswith("552 5.3.4 ")
    assert send(server, "large@puuseppa.example") == "250"


def test_unknown3_accepts_the_fourth_mail(server):
    replies = [send(server, "Unknown3@puuseppa.example")[:3] for _ in range(4)]
    assert replies == ["550", "550", "550", "250"]


def test_each_address_is_counted_by_itself(server):
    assert send(server, "slow@puuseppa.example").startswith("451")
    assert send(server, "slow@leipomo.example").startswith("451")
    assert send(server, "slow@puuseppa.example") == "250"


def test_late1_bounces_once_and_is_delivered_then(tmp_path):
    with world(tmp_path) as (server, receiver):
        send(server, "late1@puuseppa.example")
        report(receiver)
        assert practice.inbox(folder=tmp_path) == []
        send(server, "late1@puuseppa.example")
        assert len(practice.inbox(folder=tmp_path)) == 1


def test_the_count_survives_a_restart(tmp_path):
    with world(tmp_path) as (server, _receiver):
        send(server, "full2@puuseppa.example")
        send(server, "full2@puuseppa.example")
    with world(tmp_path) as (server, _receiver):
        assert send(server, "full2@puuseppa.example") == "250"


def test_a_damaged_count_begins_anew(tmp_path):
    (tmp_path / "counts.json").write_text("{")
    with world(tmp_path) as (server, _receiver):
        assert send(server, "unknown1@puuseppa.example").startswith("550")


def test_421_closes_the_connection(server):
    with dialogue(server) as client:
        client.mail(SENDER)
        assert client.rcpt("down@puuseppa.example")[0] == 421
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()


def test_a_refused_recipient_leaves_the_dialogue_usable(server):
    with dialogue(server) as client:
        for address, code in [("unknown@x.example", 550), ("large@x.example", 250), ("a@x.example", 250)]:
            client.rset()
            client.mail(SENDER)
            assert client.rcpt(address)[0] == code
        assert client.data(CONTENT)[0] == 250


def test_every_rule_has_a_reply_that_says_its_code():
    for rule in RULES.values():
        reply = rule.reply_for("a@b.example")
        assert rule.act in (Act.COMPLAIN, Act.KEEP_QUIET) or reply.split()[1].startswith(reply[0] + ".")
        assert "{" not in reply


def test_a_number_alone_or_a_strange_address_is_no_rule():
    assert [rule_for(address) for address in ("3@x.example", "@x.example", "", "a+@x.example")] == [None] * 4


def test_it_offers_what_it_does(server):
    with dialogue(server) as client:
        offered = {"dsn", "size", "8bitmime", "pipelining", "enhancedstatuscodes"}
        assert offered <= client.esmtp_features.keys()
        assert client.esmtp_features["size"] == str(SIZE_LIMIT) == str(50 * 1024 * 1024)


def test_commands_may_come_all_at_once(server):
    with socket.create_connection((server.host, server.port), timeout=5) as connection:
        connection.sendall(
            b"EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
            b"Subject: x\r\n\r\n.\r\nQUIT\r\n"
        )
        replies = connection.makefile("rb").read().splitlines()
        codes = [line[:3] for line in replies if line[3:4] == b" "]
    assert codes == [b"220", b"250", b"250", b"250", b"354", b"250", b"221"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("RCPT TO:<a@b.example> NOTIFY=NEVER", 250),
        ("RCPT TO:<a@b.example> notify=success,delay ORCPT=rfc822;a+2Bb@b.example", 250),
        ("RCPT TO:<a@b.example> NOTIFY=NEVER,SUCCESS", 501),
        ("RCPT TO:<a@b.example> NOTIFY=", 501),
        ("RCPT TO:<a@b.example> NOTIFY", 501),
        ("RCPT TO:<a@b.example> NOTIFY=DELAY NOTIFY=DELAY", 501),
        ("RCPT TO:<a@b.example> ORCPT=a@b.example", 501),
        ("RCPT TO:<a@b.example> ORCPT=rfc822;a+0d", 501),
        ("RCPT TO:<a@b.example> RET=HDRS", 555),
        ("RCPT TO:<a@b.example> XYZ=1", 555),
        ("RCPT TO:<>", 553),
    ],
)
def test_rcpt_parameters(server, command, code):
    with dialogue(server) as client:
        client.mail(SENDER, ["RET=HDRS", "ENVID=a1", "SIZE=20", "BODY=8BITMIME"])
        assert client.docmd(command)[0] == code


@pytest.mark.parametrize("option", ["RET=ALL", "ENVID=a=b", "ENVID=", "ENVID=" + "x" * 101, "NOTIFY=NEVER"])
def test_bad_mail_parameters_are_refused(server, option):
    with dialogue(server) as client:
        assert client.mail(SENDER, [option])[0] in {501, 555}


def test_parameters_keep_their_case_and_the_others_stay():
    taken = take_parameters('TO:<"a >b"@x.example> ORCPT=rfc822;Ab@X.example XYZ=1', {"NOTIFY", "ORCPT"})
    assert taken == ('TO:<"a >b"@x.example> XYZ=1', {"ORCPT": "rfc822;Ab@X.example"})


def test_xtext_cannot_smuggle_a_line_into_a_report():
    assert from_xtext("a+2Bb+0D+0AAction:+20delivered") == "a+b??Action: delivered"


def test_a_mail_over_50_mb_is_refused_by_its_size(server):
    with dialogue(server) as client:
        code, text = client.mail(SENDER, [f"SIZE={SIZE_LIMIT + 1}"])
        assert (code, text[:6]) == (552, b"5.3.4 ")
        assert client.mail(SENDER, [f"SIZE={SIZE_LIMIT}"])[0] == 250


def test_a_mail_over_50_mb_is_refused_although_it_kept_its_size_secret(tmp_path):
    line = b"x" * 998 + b"\r\n"
    with world(tmp_path) as (server, _receiver), dialogue(server) as client:
        client.mail(SENDER)
        client.rcpt("office@puuseppa.example")
        client.docmd("DATA")
        client.sock.sendall(line * (SIZE_LIMIT // len(line) + 1))
        assert client.docmd(".") == (552, b"5.3.4 Error: Too much mail data")
        assert client.mail(SENDER)[0] == 250
    assert practice.inbox(folder=tmp_path) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "mail.jakelu.example"])
def test_only_loopback_is_served_and_reported_to(tmp_path, host):
    with pytest.raises(ValueError, match="loopback"):
        PracticeServer(host or "*", 0, bounce_port=1, folder=tmp_path)
    with pytest.raises(ValueError, match="loopback"):
        PracticeServer("127.0.0.1", 0, bounce_host=host or "*", bounce_port=1, folder=tmp_path)


def test_a_taken_port_is_an_error(server, tmp_path):
    with pytest.raises(OSError, match="in use"):
        PracticeServer("127.0.0.1", server.port, bounce_port=1, folder=tmp_path).start()


def test_a_success_report_comes_when_asked_for(tmp_path):
    with world(tmp_path) as (server, receiver):
        options = ["NOTIFY=SUCCESS,FAILURE,DELAY", "ORCPT=rfc822;Office@puuseppa.example"]
        send(server, "office@puuseppa.example", mail_options=["RET=HDRS", "ENVID=AbC1"], rcpt_options=options)
        message, envelope = report(receiver)
    assert (envelope.mail_from, envelope.rcpt_to) == ("", [SENDER])
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    about_mail, _about_recipient = message.get_payload(1).get_payload()
    assert about_mail["Original-Envelope-Id"] == "AbC1"
    fields = recipient_fields(message)
    assert fields["Original-Recipient"] == "rfc822;Office@puuseppa.example"
    assert fields["Final-Recipient"] == "rfc822; office@puuseppa.example"
    assert (fields["Action"], fields["Status"]) == ("delivered", "2.0.0")
    assert fields["Remote-MTA"] == "dns; mx.puuseppa.example"
    assert fields["Diagnostic-Code"].startswith("smtp; 250 2.0.0 OK queued as ")
    returned = message.get_payload(2).get_payload()
    assert "Message-ID: <1007@jakelu.example>" in returned
    assert "Your invoice" not in returned


def test_a_late_bounce_comes_without_being_asked_for(tmp_path):
    with world(tmp_path) as (server, receiver):
        send(server, "late@puuseppa.example")
        message, envelope = report(receiver)
    fields = recipient_fields(message)
    assert (envelope.mail_from, envelope.rcpt_to) == ("", [SENDER])
    assert (fields["Action"], fields["Status"]) == ("failed", "5.1.1")
    assert fields["Diagnostic-Code"].startswith("smtp; 550 5.1.1 <late@puuseppa.example>")
    assert "Original-Recipient" not in fields
    assert message["Auto-Submitted"] == "auto-replied"


def test_a_long_address_stays_in_one_piece(tmp_path):
    address = f"{'a' * 57}+late@{'b' * 60}.{'c' * 60}.example"
    with world(tmp_path) as (server, receiver):
        send(server, address, rcpt_options=[f"ORCPT=rfc822;{address.replace('+', '+2B')}"])
        message, _envelope = report(receiver)
    fields = recipient_fields(message)
    assert fields["Final-Recipient"] == f"rfc822; {address}"
    assert fields["Original-Recipient"] == f"rfc822;{address}"


def test_a_complaint_comes_after_the_delivery(tmp_path):
    with world(tmp_path) as (server, receiver):
        send(server, "spam@puuseppa.example")
        message, envelope = report(receiver)
        assert len(practice.inbox(folder=tmp_path)) == 1
    assert (envelope.mail_from, envelope.rcpt_to) == ("", [SENDER])
    assert message.get_param("report-type") == "feedback-report"
    feedback = message.get_payload(1)
    assert feedback.get_content_type() == "message/feedback-report"
    text = feedback.as_string()
    assert "Feedback-Type: abuse\n" in text
    assert "Version: 1\n" in text
    assert "Original-Rcpt-To: <spam@puuseppa.example>\n" in text
    assert "<1007@jakelu.example>" in message.get_payload(2).get_payload()


def test_nothing_comes_where_nothing_was_asked_for(tmp_path):
    with world(tmp_path) as (server, receiver):
        send(server, "office@puuseppa.example")
        send(server, "office@puuseppa.example", rcpt_options=["NOTIFY=FAILURE"])
        send(server, "late@puuseppa.example", rcpt_options=["NOTIFY=NEVER"])
        send(server, "late@puuseppa.example", sender="")
        send(server, "spam@leipomo.example")
        message, _envelope = report(receiver)
    assert message.get_param("report-type") == "feedback-report"


def test_reports_wait_until_the_receiver_is_back(tmp_path):
    with world(tmp_path) as (server, receiver):
        receiver.stop()
        send(server, "late@puuseppa.example")
        time.sleep(0.15)
        receiver.start()
        wait_for(lambda: receiver.mails)
        receiver.answer(rcpt="451 4.3.0 later")
        send(server, "late@leipomo.example")
        time.sleep(0.15)
        assert len(receiver.mails) == 1
        receiver.answer(rcpt="250 OK")
        wait_for(lambda: len(receiver.mails) == 2)


def test_a_refused_report_is_not_sent_again_and_holds_up_nothing(tmp_path):
    with world(tmp_path) as (server, receiver):
        receiver.answer_to("old@bounces.jakelu.example", "550 5.1.1 no such mail")
        send(server, "late@puuseppa.example", sender="old@bounces.jakelu.example")
        send(server, "late@puuseppa.example")
        _message, envelope = report(receiver)
    assert envelope.rcpt_to == [SENDER]
