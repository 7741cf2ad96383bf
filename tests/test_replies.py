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
DEAD = {C.ADDRESS_UNKNOWN, C.DOMAIN_UNKNOWN, C.SUSPENDED}
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
    ("reply_code", "text", "cause"),
    [
        # Nobody there
        (550, "Sorry, this recipient is not in our table of mailboxes (#5.7.1)", C.ADDRESS_UNKNOWN),
        (550, "The recipient cannot be found", C.ADDRESS_UNKNOWN),
        (550, "Unroutable address", C.ADDRESS_UNKNOWN),
        (550, "The address does not appear to be valid", C.ADDRESS_UNKNOWN),
        (550, "This user is not on this server", C.ADDRESS_UNKNOWN),
        (550, "not a local user", C.ADDRESS_UNKNOWN),
        (550, "She is no longer employed here", C.ADDRESS_UNKNOWN),
        (554, "5.7.1 recipient verification via LDAP failed", C.ADDRESS_UNKNOWN),
        (550, "cannot locate recipient", C.ADDRESS_UNKNOWN),
        # No such domain
        (550, "Host unknown", C.DOMAIN_UNKNOWN),
        (550, "Domain b.example does not accept mail", C.DOMAIN_UNKNOWN),
        (550, "The domain b.example has expired", C.DOMAIN_UNKNOWN),
        (550, "Its MX records point to localhost", C.DOMAIN_UNKNOWN),
        # Closed
        (550, "5.7.1 <a@b.example>: Recipient address rejected: Inactive", C.SUSPENDED),
        (550, "Bad mailbox: a@b.example is not available, the account is suspended", C.SUSPENDED),
        (550, "User no longer receives mail here", C.SUSPENDED),
        (550, "Mailbox was blocked, nobody used it for a year", C.SUSPENDED),
        (550, "5.2.1 account cancelled", C.SUSPENDED),
        # Full
        (550, "The mailbox has reached its maximum size", C.MAILBOX_FULL),
        (550, "user has exhausted the storage given to him", C.MAILBOX_FULL),
        (550, "Space insufficient in mailbox", C.MAILBOX_FULL),
        (550, "Sorry, mailbox limits have been exceeded", C.MAILBOX_FULL),
        (550, "The recipient is over quota and can take no email from the server", C.MAILBOX_FULL),
        # Too large
        (552, "Size limit exceeded", C.TOO_LARGE),
        (552, "The mail is larger than we permit", C.TOO_LARGE),
        (550, "msg too big", C.TOO_LARGE),
        # Kind of file
        (550, "5.7.1 This mail has a banned file", C.ATTACHMENT_REFUSED),
        (550, "We do not accept .docm files", C.ATTACHMENT_REFUSED),
        (550, "password-protected archive", C.ATTACHMENT_REFUSED),
        # Their rules, or the recipient's own
        (550, "5.7.1 192.0.2.7: the recipient has refused your message", C.POLICY),
        (550, "blocked by recipient", C.POLICY),
        (550, "Users here are not accepting mail from no-reply@us.example", C.POLICY),
        (550, "5.7.1 the sender is not allowed to send to this group", C.POLICY),
        (550, "only members may write here", C.POLICY),
        (554, "You are on the recipient's deny list", C.POLICY),
        (553, "you use me as a relay, and I may not do that", C.POLICY),
        (551, "We don't handle mail for that domain", C.POLICY),
        (554, "This mail is unwanted here", C.POLICY),
        (553, "Header error", C.POLICY),
        (550, "duplicate Date header", C.POLICY),
        # Our server
        (554, "5.7.1 <mta.us.example[192.0.2.7]>: Client host rejected: go away", C.OUR_REPUTATION),
        (554, "mail refused - <192.0.2.7> - see our page", C.OUR_REPUTATION),
        (550, "No access for this IP", C.OUR_REPUTATION),
        (550, "Your host was seen sending spam", C.OUR_REPUTATION),
        (554, "Dial-up hosts may not send here", C.OUR_REPUTATION),
        (421, "RLY:B2", C.OUR_REPUTATION),
        (554, "HL:IPB us.example 192.0.2.7", C.OUR_REPUTATION),
        (550, "DNS check fails", C.OUR_REPUTATION),
        (550, "Connection denied", C.OUR_REPUTATION),
        (550, "Sender authentication failed", C.OUR_AUTHENTICATION),
        (550, "This mail is not signed", C.OUR_AUTHENTICATION),
        # Our own mail server, or the one it hands over to, does not let us in
        (535, "5.7.8 Bad credentials", C.OUR_TROUBLE),
        (530, "5.7.0 Authentication required", C.OUR_TROUBLE),
        (501, "SASL LOGIN failed", C.OUR_TROUBLE),
        (535, "5.7.139 SmtpClientAuthentication is disabled for the tenant", C.OUR_TROUBLE),
        (553, "5.7.1 <a@us.example>: Sender address rejected: not owned by user b", C.OUR_TROUBLE),
        (550, "5.7.60 Client does not have permission to send as this sender", C.OUR_TROUBLE),
        (550, "5.7.133 authentication required", C.POLICY),
        (530, "5.7.0 Issue STARTTLS first", C.SERVER_TROUBLE),
        # Later
        (451, "First time we see this triplet", C.RATE_LIMITED),
        (450, "4.7.1 too much mail from 192.0.2.7", C.RATE_LIMITED),
        (452, "Sending quota exceeded", C.RATE_LIMITED),
        (450, "MI:DMC 192.0.2.7", C.RATE_LIMITED),
        (450, "4.1.1 <a@b.example>: unverified address: verification in progress", C.SERVER_TROUBLE),
        (451, "4.1.1 Temporary user lookup failure", C.SERVER_TROUBLE),
        (None, "4.4.0 server dropped connection", C.UNREACHABLE),
        (None, "DNS query failed", C.UNREACHABLE),
    ],
)  # fmt: skip
def test_the_same_thing_is_said_in_many_words(reply_code, text, cause):
    assert judge(reply_code, text).cause == cause


@pytest.mark.parametrize(
    ("reply_code", "text", "cause"),
    [
        (550, "Der Empfänger ist hier nicht bekannt", C.ADDRESS_UNKNOWN),
        (550, "Ungueltige Empfaengeradresse", C.ADDRESS_UNKNOWN),
        (550, "Destinataire introuvable", C.ADDRESS_UNKNOWN),
        (550, "La dirección no es válida", C.ADDRESS_UNKNOWN),
        (550, "La direccion no es valida", C.ADDRESS_UNKNOWN),
        (550, "Indirizzo errato", C.ADDRESS_UNKNOWN),
        (550, "Brak takiego adresata", C.ADDRESS_UNKNOWN),
        (550, "Gebruiker onbekend", C.ADDRESS_UNKNOWN),
        (550, "Osoitetta ei löytynyt", C.ADDRESS_UNKNOWN),
        (550, "Нет такого адреса", C.ADDRESS_UNKNOWN),
        (550, "查无此人", C.ADDRESS_UNKNOWN),
        (550, "Domain nicht gefunden", C.DOMAIN_UNKNOWN),
        (550, "Das Konto wurde gesperrt", C.SUSPENDED),
        (550, "Ce compte a été désactivé", C.SUSPENDED),
        (550, "La cuenta está suspendida", C.SUSPENDED),
        (550, "Skrzynka jest nieaktywna", C.SUSPENDED),
        (550, "Ящик получателя закрыт", C.SUSPENDED),
        (550, "Ihr Server (IP 192.0.2.7) ist gesperrt", C.OUR_REPUTATION),
        (550, "Twoje IP jest na czarnej liście", C.OUR_REPUTATION),
        (550, "Ваш IP заблокирован", C.OUR_REPUTATION),
        (550, "Das Postfach ist leider voll", C.MAILBOX_FULL),
        (550, "Boite aux lettres pleine", C.MAILBOX_FULL),
        (550, "El buzón está lleno", C.MAILBOX_FULL),
        (550, "Skrzynka odbiorcy jest pełna", C.MAILBOX_FULL),
        (550, "Brevlådan är full", C.MAILBOX_FULL),
        (552, "Die Nachricht ist zu groß", C.TOO_LARGE),
        (552, "El mensaje es demasiado grande", C.TOO_LARGE),
        (552, "Wiadomość jest za duża", C.TOO_LARGE),
        (550, "Dieser Anhang ist nicht erlaubt", C.ATTACHMENT_REFUSED),
        (550, "Nachricht abgelehnt", C.POLICY),
    ],
)
def test_other_languages_are_known_by_their_key_words(reply_code, text, cause):
    assert judge(reply_code, text).cause == cause


@pytest.mark.parametrize(
    "text",
    [
        "Sender unknown",
        "no such sender",
        "The sender's domain was not found",
        "Your domain could not be found",
        "your address is unknown to us",
        "The domain in your From address does not exist",
        "Return address does not exist",
        "Bounce address not verified: user does not exist",
        "Could not verify sender: mailbox not found",
        "Callback says: user unknown",
        "Unknown client",
        "Invalid HELO: host not found",
        "Sender verify failed: mailbox is disabled",
        "Your mailbox is disabled",
        "Unknown content type",
        "Unknown SMTP code",
        "Mail from unknown users is not taken",
    ],
)
def test_what_is_said_of_the_sender_never_counts_against_the_recipient(text):
    assert judge(550, text).cause not in DEAD


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
