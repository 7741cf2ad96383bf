"""What a receiving server's answer means: a table of made-up replies, and the open sample of real ones."""

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.causes import Cause
from documents.replies import judge
from documents.statuses import Status

C, S = Cause, Status
SAMPLE = Path(__file__).resolve().parents[2] / "shared" / "samples" / "replies" / "replies.tsv"


@pytest.mark.parametrize(
    ("reply_code", "text", "status"),
    [
        (250, "2.0.0 Ok: queued as 4Xy1", S.SENT),
        (250, "OK 4.7.0 queued", S.SENT),
        (250, "5.1.1 user unknown", S.SENT),
        (252, "", S.SENT),
        (452, "5.2.2 mailbox full", S.DEFERRED),
        (450, "4.1.1 <a@b.example>: Recipient address rejected: User unknown", S.DEFERRED),
        (550, "4.2.1 mailbox disabled", S.REJECTED),
        (550, "go away", S.REJECTED),
        (552, "5.2.2 over quota", S.REJECTED),
        (554, "5.7.606 Access denied, banned sending IP [192.0.2.7]", S.REJECTED),
        (
            550,
            "5.2.1 The user you try to reach is receiving mail at a rate that prevents delivery",
            S.DEFERRED,
        ),
        (550, "5.7.1 Greylisted, come back in 300 seconds", S.DEFERRED),
        (554, "Too many connections from your host", S.DEFERRED),
        (550, "5.4.4 unable to route", S.DEFERRED),
        (550, "5.4.4 Host or domain name not found", S.REJECTED),
        (354, "go on", S.DEFERRED),
        (-1, "250 nonsense", S.DEFERRED),
        (None, "550 5.1.1 unknown", S.REJECTED),
        (None, "smtp; 550-5.1.1 unknown", S.REJECTED),
        (None, "smtp; 451 5.1.1 unknown", S.DEFERRED),
        (None, "5.1.1 smtp; 550", S.REJECTED),
        (None, "4.2.2 mailbox full", S.DEFERRED),
        (None, "250 ok", S.SENT),
        (None, "2.1.5 delivered", S.SENT),
        (None, "Undeliverable: version 2.0.12 is released", S.DEFERRED),
        (None, "user unknown", S.DEFERRED),
        (None, "", S.DEFERRED),
    ],
)
def test_the_basic_code_decides_success_and_failure(reply_code, text, status):
    assert judge(reply_code, text).status == status


@pytest.mark.parametrize(
    ("reply_code", "text", "cause"),
    [
        # The address: Postfix, Exim, qmail, Exchange, Google, iCloud, Domino, Courier, Asian carriers.
        (550, "5.1.1 <a@b.example>: User unknown in local recipient table", C.ADDRESS_UNKNOWN),
        (550, "5.1.0 Address rejected. a@b.example", C.ADDRESS_UNKNOWN),
        (550, "Unrouteable address", C.ADDRESS_UNKNOWN),
        (550, "No Such User Here", C.ADDRESS_UNKNOWN),
        (554, "sorry, no mailbox here by that name (#5.1.1)", C.ADDRESS_UNKNOWN),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup", C.ADDRESS_UNKNOWN),
        (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)", C.ADDRESS_UNKNOWN),
        (550, "5.7.1 No such user!", C.ADDRESS_UNKNOWN),
        (554, "5.7.1 <a@b.example>: Not in recipient list", C.ADDRESS_UNKNOWN),
        (554, "delivery error: This user doesn't have a mail.example account", C.ADDRESS_UNKNOWN),
        (552, "Requested mail action aborted: mailbox not found", C.ADDRESS_UNKNOWN),
        (550, "User a.b (a@b.example) not listed in Domino Directory", C.ADDRESS_UNKNOWN),
        (550, "5.1.1 unknown or illegal alias: a@b.example", C.ADDRESS_UNKNOWN),
        (550, "Requested action not taken: mailbox unavailable", C.ADDRESS_UNKNOWN),
        (550, "5.5.0 mailbox unavailable", C.ADDRESS_UNKNOWN),
        (550, "5.1.6 recipient no longer on server", C.ADDRESS_UNKNOWN),
        (550, "This address no longer accepts mail: the person has left the company", C.ADDRESS_UNKNOWN),
        (550, "Vastaanottaja tuntematon", C.ADDRESS_UNKNOWN),
        (550, "Mottagaren finns inte", C.ADDRESS_UNKNOWN),
        (550, "Empfänger unbekannt", C.ADDRESS_UNKNOWN),
        (550, "L’adresse n’existe pas", C.ADDRESS_UNKNOWN),
        (550, "收件人不存在", C.ADDRESS_UNKNOWN),
        (551, "not here", C.ADDRESS_UNKNOWN),
        (553, "5.1.3 Bad recipient address syntax", C.ADDRESS_UNKNOWN),
        # The domain
        (550, "5.1.2 unknown destination system", C.DOMAIN_UNKNOWN),
        (556, "5.1.10 recipient domain has a null MX", C.DOMAIN_UNKNOWN),
        (556, "", C.DOMAIN_UNKNOWN),
        (None, "5.4.4 Name service error for name=nowhere.example type=MX: Host not found", C.DOMAIN_UNKNOWN),
        (550, "5.4.310 DNS domain nowhere.example does not exist", C.DOMAIN_UNKNOWN),
        (554, "Domain b.example has no MX record", C.DOMAIN_UNKNOWN),
        # Closed, but not our own account
        (550, "5.2.1 The email account that you tried to reach is disabled", C.SUSPENDED),
        (554, "This account has been disabled or discontinued [#102]", C.SUSPENDED),
        (525, "5.7.13 user account disabled", C.SUSPENDED),
        (550, "5.2.1 closed", C.SUSPENDED),
        (550, "Mailbox is inactive for more than 180 days", C.SUSPENDED),
        # Full
        (452, "4.2.2 The recipient's inbox is out of storage space", C.MAILBOX_FULL),
        (552, "5.1.1 <a@b.example>: overquota", C.MAILBOX_FULL),
        (550, "5.2.2 blocked by policy", C.MAILBOX_FULL),
        (552, "Requested mail action aborted: exceeded storage allocation", C.MAILBOX_FULL),
        (552, "5.7.1 mailbox size limit exceeded", C.MAILBOX_FULL),
        (552, "sorry", C.MAILBOX_FULL),
        (452, "Postilaatikko on täynnä", C.MAILBOX_FULL),
        (550, "Error: user's disk quota exceeded", C.MAILBOX_FULL),
        # Too large
        (552, "5.3.4 Message size exceeds fixed limit", C.TOO_LARGE),
        (552, "message exceeds fixed maximum message size", C.TOO_LARGE),
        (552, "5.2.3 too long", C.TOO_LARGE),
        (550, "5.7.1 Your attachment is too large", C.TOO_LARGE),
        (554, "Size of the message is larger than the maximum message size", C.TOO_LARGE),
        # Kind of file
        (552, "5.7.0 illegal attachment", C.ATTACHMENT_REFUSED),
        (554, "5.7.1 Virus found in message", C.ATTACHMENT_REFUSED),
        (550, "Attachments of type .zip are not accepted here", C.ATTACHMENT_REFUSED),
        # Their rules
        (550, "5.7.1 rejected as spam", C.POLICY),
        (554, "5.7.1 refused", C.POLICY),
        (550, "5.7.1 Message rejected due to content restrictions", C.POLICY),
        (554, "5.7.1 <a@b.example>: Relay access denied", C.POLICY),
        (554, "Email rejected due to security policies", C.POLICY),
        (554, "DT:SPM 163 smtp1", C.POLICY),
        (550, "5.7.133 sender not authenticated for group", C.POLICY),
        (550, "This group does not accept mail from non-members", C.POLICY),
        (554, "Blacklisted link in message", C.POLICY),
        (554, "No Resent-From field given", C.POLICY),
        (451, "relaying not allowed: your IP 192.0.2.7 is unknown", C.POLICY),
        # Ours
        (550, "5.7.1 Client host [192.0.2.7] blocked using zen.spamhaus.org", C.OUR_REPUTATION),
        (554, "https://www.spamhaus.org/query/ip/192.0.2.7", C.OUR_REPUTATION),
        (550, "5.7.606 Access denied", C.OUR_REPUTATION),
        (550, "5.7.25 no PTR record", C.OUR_REPUTATION),
        (450, "4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.7]", C.OUR_REPUTATION),
        (550, "5.1.8 <no-reply@us.example>: Sender address rejected: Domain not found", C.OUR_REPUTATION),
        (554, "Your IP 192.0.2.7 has a poor reputation", C.OUR_REPUTATION),
        (501, "5.5.4 HELO argument is invalid", C.OUR_REPUTATION),
        (550, "5.2.0 rejected because of the DMARC policy of the sender's domain", C.OUR_AUTHENTICATION),
        (550, "5.7.26 rejected", C.OUR_AUTHENTICATION),
        (550, "5.7.23 SPF check failed", C.OUR_AUTHENTICATION),
        (421, "4.7.0 rate limited because DKIM did not pass", C.OUR_AUTHENTICATION),
        (550, "Your account is suspended", C.OUR_REPUTATION),
        (421, "4.16.55 [TS01] Messages temporarily deferred", C.OUR_REPUTATION),
        (550, "Connections from your country are not allowed", C.OUR_REPUTATION),
        # Later
        (421, "", C.RATE_LIMITED),
        (451, "4.7.1 Greylisting in action, please come back later", C.RATE_LIMITED),
        (450, "4.7.0 later", C.RATE_LIMITED),
        (452, "4.5.3 Too many recipients", C.RATE_LIMITED),
        (450, "4.2.1 receiving mail too quickly", C.RATE_LIMITED),
        (550, "5.2.122 The recipient has exceeded their limit for the hour", C.RATE_LIMITED),
        (451, "4.3.0 queue file write error", C.SERVER_TROUBLE),
        (452, "4.3.1 Insufficient system storage", C.SERVER_TROUBLE),
        (451, "Temporary local problem, please try later", C.SERVER_TROUBLE),
        (451, "", C.SERVER_TROUBLE),
        (None, "4.4.1 connect to mx.b.example[192.0.2.9]:25: Connection timed out", C.UNREACHABLE),
        (554, "5.4.6 Too many hops", C.UNREACHABLE),
        (550, "Hop count exceeded, refused to take the message", C.UNREACHABLE),
        (503, "5.5.1 EHLO/HELO first", C.SERVER_TROUBLE),
        # Nothing known
        (550, "go away", C.UNKNOWN),
        (554, "", C.UNKNOWN),
        (None, "", C.UNKNOWN),
    ],
)  # fmt: skip
def test_the_whole_reply_decides_the_cause(reply_code, text, cause):
    assert judge(reply_code, text).cause == cause


@pytest.mark.parametrize(
    "text",
    [
        "5.7.1 <user.unknown@b.example>: Recipient address rejected: policy",
        "5.7.1 rejected by policy, see https://help.b.example/mailbox-full/user-unknown",
        "5.7.1 host mailbox-full.quota.example[192.0.2.1] said: refused for policy reasons",
        "5.7.1 <quota@b.example> may not be written to by you: local policy",
    ],
)
def test_addresses_links_and_host_names_are_no_evidence(text):
    assert judge(550, text).cause == C.POLICY


@pytest.mark.parametrize(
    ("reply_code", "text", "enhanced_code"),
    [
        (550, "5.1.1 unknown", "5.1.1"),
        (554, "rejected (#5.7.1)", "5.7.1"),
        (554, "5.7.606 Access denied", "5.7.606"),
        (554, "192.5.1.1 is listed", ""),
        (554, "[192.5.1.1]:25 is listed", ""),
        (554, "5.1.1.10 is listed", ""),
        (550, "see https://b.example/5.1.1", ""),
        (550, "mailer 4.9.1 says 5.1.1 unknown", "5.1.1"),
        (550, "550-5.7.1 not wanted 550 5.7.1 here", "5.7.1"),
        (552, "4.2.2 full", "4.2.2"),
        (550, "3.1.1 and 5.1.1000", ""),
        (None, "Undeliverable: version 2.0.12 is released", ""),
        (550, "no code", ""),
    ],
)
def test_an_enhanced_code_is_told_from_other_numbers(reply_code, text, enhanced_code):
    assert judge(reply_code, text).enhanced_code == enhanced_code


def test_the_reply_code_is_the_given_one_or_found_at_the_beginning():
    assert judge(554, "550 5.1.1 unknown").reply_code == 554
    assert judge(None, "smtp; 550 5.1.1 unknown").reply_code == 550
    assert judge(None, "said 550 unknown").reply_code is None


def test_the_text_is_kept_as_given_but_for_white_space_and_length():
    verdict = judge(550, "  Don’t\r\n\tsend \x00 THIS " + "x" * 2000, host="mx.b.example\n")
    assert verdict.text.startswith("Don’t send THIS xxx")
    assert len(verdict.text) == 1000
    assert verdict.host.strip() == "mx.b.example"


def test_our_own_trouble_is_said_to_be_ours():
    assert judge(550, "5.7.1 Client host blocked using a DNSBL").is_ours
    assert judge(550, "5.7.26 DMARC").is_ours
    assert not judge(550, "5.1.1 unknown").is_ours


@pytest.mark.parametrize("text", ["", "5.7.1 ", "x" * 20, "rejected"])
def test_an_unclear_reply_never_says_that_an_address_is_dead(text):
    assert judge(550, text).cause in (C.UNKNOWN, C.POLICY)


@given(st.none() | st.integers(), st.text(), st.text(max_size=20))
def test_any_text_gets_a_verdict(reply_code, text, host):
    verdict = judge(reply_code, text, host)
    assert verdict.status in (S.SENT, S.DEFERRED, S.REJECTED)
    assert len(verdict.text) <= 1000


@given(st.integers(200, 299), st.text())
def test_success_is_sent_whatever_the_text_says(reply_code, text):
    verdict = judge(reply_code, text)
    assert (verdict.status, verdict.cause) == (S.SENT, C.NONE)


@pytest.mark.parametrize(
    "part", ["a", "a@", "<", "5.1.", "1.1.1.", "user ", "mail ", "message size ", "a.", " ", "不", "http://"]
)
def test_a_huge_reply_is_judged_quickly(part):
    started = time.perf_counter()
    judge(550, part * (200_000 // len(part)))
    assert time.perf_counter() - started < 1


# What the sample's words for a cause (its README) are called here; several mean: any of them.
SAMPLE_CAUSES = {
    "user_unknown": {C.ADDRESS_UNKNOWN},
    "host_unknown": {C.DOMAIN_UNKNOWN},
    "suspended": {C.SUSPENDED},
    "mailbox_full": {C.MAILBOX_FULL},
    "too_big": {C.TOO_LARGE},
    "spam": {C.POLICY},
    "policy": {C.POLICY, C.ATTACHMENT_REFUSED},
    "blocked": {C.OUR_REPUTATION},
    "auth": {C.OUR_AUTHENTICATION},
    "rate": {C.RATE_LIMITED},
    "unreachable": {C.UNREACHABLE},
    "system": {C.SERVER_TROUBLE},
}
DEAD = {C.ADDRESS_UNKNOWN, C.DOMAIN_UNKNOWN, C.SUSPENDED}


@pytest.fixture(scope="module")
def judged():
    """Every real reply of the open sample as (the causes it may mean, our verdict)."""
    if not SAMPLE.exists():
        pytest.skip("the sample of real replies (../shared/samples/replies) is not on this machine")
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (
            set().union(*(SAMPLE_CAUSES[word] for word in row["coarse"].split("|"))),
            judge(int(row["code"]) if row["code"] else None, row["reply"]),
        )
        for row in rows
    ]


def test_real_replies_are_given_their_true_cause(judged):
    right = sum(verdict.cause in causes for causes, verdict in judged)
    assert right / len(judged) >= 0.94


def test_real_replies_hardly_ever_block_a_good_address(judged):
    wrong = sum(verdict.cause in DEAD and not causes & DEAD for causes, verdict in judged)
    assert wrong / len(judged) <= 0.02
