"""What providers' events mean, read by Anymail from payloads as the providers document them; all made up."""

import json

import pytest
from anymail.signals import AnymailTrackingEvent
from django.test import RequestFactory

from documents import providers
from documents.hooks.anymail import BASIC, READERS
from documents.providers.dialects import DIALECTS

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")

USER_UNKNOWN = "550 5.1.1 <office@baker.example> User unknown"
SES_MAIL = {"messageId": "0101", "source": "bounce@example.test", "destination": ["office@baker.example"]}


def mailgun(event, **data):
    return {
        "signature": {"token": "t", "timestamp": "1", "signature": "s"},
        "event-data": {"event": event, "timestamp": 1_790_000_000.5, "recipient": "office@baker.example"}
        | data,
    }


def mailgun_failed(code, text, reason="generic", severity="permanent", **status):
    return mailgun(
        "failed",
        severity=severity,
        reason=reason,
        **{"delivery-status": {"code": code, "message": text, "description": ""} | status},
    )


def postmark(kind, details="", record="Bounce", **more):
    return {
        "RecordType": record,
        "Type": kind,
        "ID": 42,
        "Email": "office@baker.example",
        "BouncedAt": "2026-11-01T10:00:00Z",
        "Description": "",
        "Details": details,
    } | more


def ses(kind, **more):
    return {"Type": "Notification", "MessageId": "m-1", "Timestamp": "2026-11-01T10:00:00.000Z"} | {
        "Message": json.dumps({"eventType": kind, "mail": SES_MAIL} | more)
    }


def ses_bounce(kind, subtype, **recipient):
    people = [{"emailAddress": "office@baker.example"} | recipient]
    about = {"bounceType": kind, "bounceSubType": subtype, "bouncedRecipients": people}
    return ses("Bounce", bounce=about)


def sendgrid(event, **more):
    return [{"event": event, "email": "office@baker.example", "timestamp": 1_790_000_000} | more]


def brevo(event, **more):
    return {"event": event, "email": "office@baker.example", "ts_epoch": 1_790_000_000_000} | more


def sparkpost(kind, **more):
    return [{"msys": {"message_event": {"type": kind, "timestamp": "1790000000"} | more}}]


def read(provider, payload):
    """The events in a payload, as the door reads them."""
    reader, keyword = READERS[provider]
    keyword = BASIC if provider == "sendgrid" else keyword  # its keys are no plain words
    form = {"mandrill_events": json.dumps(payload)} if provider == "mandrill" else None
    request = RequestFactory().post("/", form or json.dumps(payload), **({} if form else JSON))
    return reader(**{keyword: "user:password"}).parse_events(request)


JSON = {"content_type": "application/json"}


def found(provider, payload):
    """(status, cause, listed) of the one event in a payload; None for what is of no interest."""
    [event] = read(provider, payload)
    finding = providers.find(provider, event)
    if finding is None:
        return None
    verdict = finding.verdict
    return verdict and str(verdict.status), verdict and str(verdict.cause), finding.listed


REJECTED, DEFERRED, DELIVERED = "rejected", "deferred", "delivered"
BOUNCED, UNSUBSCRIBED, COMPLAINED = (
    (REJECTED, "blocked_bounced", "bounced"),
    (REJECTED, "blocked_unsubscribed", "unsubscribed"),
    (REJECTED, "blocked_complained", "complained"),
)


@pytest.mark.parametrize(
    ("provider", "payload", "expected"),
    [
        ("mailgun", mailgun("accepted"), ("sent", "", "")),
        ("mailgun", mailgun("delivered"), (DELIVERED, "", "")),
        ("mailgun", mailgun("complained"), (DELIVERED, "complained", "")),
        ("mailgun", mailgun("unsubscribed"), (None, None, "unsubscribed")),
        ("mailgun", mailgun("opened"), None),
        ("mailgun", mailgun("clicked"), None),
        ("mailgun", mailgun("something new"), None),
        ("mailgun", mailgun_failed(550, USER_UNKNOWN), (REJECTED, "address_unknown", "")),
        ("mailgun", mailgun_failed(552, "552 5.2.2 Over quota"), (REJECTED, "mailbox_full", "")),
        ("mailgun", mailgun_failed(550, "5.7.1 DMARC check failed"), (REJECTED, "our_authentication", "")),
        (
            "mailgun",
            mailgun_failed(451, "4.7.1 Greylisted", severity="temporary"),
            (DEFERRED, "rate_limited", ""),
        ),
        ("mailgun", mailgun_failed(452, "4.2.2 Full", severity="temporary"), (DEFERRED, "mailbox_full", "")),
        ("mailgun", mailgun_failed(602, "Too old", "old"), (REJECTED, "gave_up", "")),
        ("mailgun", mailgun_failed(498, "No MX for baker.example"), (REJECTED, "domain_unknown", "")),
        ("mailgun", mailgun_failed(499, "", severity="temporary"), (DEFERRED, "unreachable", "")),
        ("mailgun", mailgun_failed(499, ""), (REJECTED, "gave_up", "")),
        ("mailgun", mailgun_failed(605, "", "suppress-bounce"), BOUNCED),
        ("mailgun", mailgun_failed(605, "Not delivering to previously bounced address"), BOUNCED),
        ("mailgun", mailgun_failed(606, "", "suppress-unsubscribe"), UNSUBSCRIBED),
        ("mailgun", mailgun_failed(607, "", "suppress-complaint"), COMPLAINED),
        ("mailgun", mailgun_failed(607, "550 5.1.1 User unknown"), COMPLAINED),
        ("mailgun", mailgun_failed(550, "No"), (REJECTED, "unknown", "")),
        ("postmark", postmark("", record="Delivery", Details="250 2.0.0 OK"), (DELIVERED, "", "")),
        (
            "postmark",
            postmark("HardBounce", "smtp;550 5.1.1 User unknown"),
            (REJECTED, "address_unknown", ""),
        ),
        ("postmark", postmark("HardBounce", "smtp;550 5.7.1 Spam"), (REJECTED, "policy", "")),
        ("postmark", postmark("HardBounce"), (REJECTED, "address_unknown", "")),
        ("postmark", postmark("SoftBounce"), (REJECTED, "gave_up", "")),
        ("postmark", postmark("Transient", "smtp;451 4.4.1 No answer"), (DEFERRED, "unreachable", "")),
        ("postmark", postmark("DnsError"), (DEFERRED, "unreachable", "")),
        ("postmark", postmark("AutoResponder"), None),
        ("postmark", postmark("Unknown", "smtp;550 5.1.1 User unknown"), (REJECTED, "address_unknown", "")),
        ("postmark", postmark("SpamNotification"), (REJECTED, "policy", "")),
        ("postmark", postmark("SpamComplaint", record="SpamComplaint"), (DELIVERED, "complained", "")),
        ("postmark", postmark("DMARCPolicy"), (REJECTED, "our_authentication", "")),
        ("postmark", postmark("VirusNotification"), (REJECTED, "attachment_refused", "")),
        ("postmark", postmark("BadEmailAddress"), (REJECTED, "address_invalid", "")),
        ("postmark", postmark("ManuallyDeactivated"), BOUNCED),
        ("postmark", postmark("InactiveRecipient"), BOUNCED),
        ("postmark", postmark("SMTPApiError", "406 … has been marked as inactive."), BOUNCED),
        ("postmark", postmark("SMTPApiError", ErrorCode=406), BOUNCED),
        (
            "postmark",
            postmark("", record="SubscriptionChange", SuppressSending=True, SuppressionReason="HardBounce"),
            (None, None, "bounced"),
        ),
        (
            "postmark",
            postmark(
                "", record="SubscriptionChange", SuppressSending=True, SuppressionReason="SpamComplaint"
            ),
            (None, None, "complained"),
        ),
        ("postmark", postmark("", record="SubscriptionChange", SuppressSending=False), None),
        ("amazon_ses", ses("Send"), ("sent", "", "")),
        (
            "amazon_ses",
            ses("Delivery", delivery={"recipients": ["office@baker.example"]}),
            (DELIVERED, "", ""),
        ),
        (
            "amazon_ses",
            ses_bounce("Permanent", "General", diagnosticCode=f"smtp; {USER_UNKNOWN}"),
            (REJECTED, "address_unknown", ""),
        ),
        ("amazon_ses", ses_bounce("Permanent", "NoEmail"), (REJECTED, "address_unknown", "")),
        ("amazon_ses", ses_bounce("Transient", "MailboxFull"), (REJECTED, "mailbox_full", "")),
        ("amazon_ses", ses_bounce("Transient", "General"), None),
        (
            "amazon_ses",
            ses_bounce("Transient", "General", status="4.4.7", diagnosticCode="Expired"),
            (REJECTED, "gave_up", ""),
        ),
        ("amazon_ses", ses_bounce("Permanent", "Suppressed"), BOUNCED),
        ("amazon_ses", ses_bounce("Permanent", "OnAccountSuppressionList"), BOUNCED),
        ("amazon_ses", ses_bounce("Permanent", "UnsubscribedRecipient"), UNSUBSCRIBED),
        (
            "amazon_ses",
            ses("Complaint", complaint={"complainedRecipients": [{"emailAddress": "office@baker.example"}]}),
            (DELIVERED, "complained", ""),
        ),
        (
            "amazon_ses",
            ses(
                "Complaint",
                complaint={
                    "complaintSubType": "OnAccountSuppressionList",
                    "complainedRecipients": [{"emailAddress": "office@baker.example"}],
                },
            ),
            COMPLAINED,
        ),
        (
            "amazon_ses",
            ses(
                "DeliveryDelay",
                deliveryDelay={"delayedRecipients": [{"diagnosticCode": "smtp; 451 4.4.1 No answer"}]},
            ),
            (DEFERRED, "unreachable", ""),
        ),
        ("amazon_ses", ses("Reject", reject={"reason": "Bad content"}), (REJECTED, "attachment_refused", "")),
        ("sendgrid", sendgrid("processed"), ("sent", "", "")),
        ("sendgrid", sendgrid("delivered", response="250 OK"), (DELIVERED, "", "")),
        ("sendgrid", sendgrid("deferred", response="451 4.7.1 Try later"), (DEFERRED, "rate_limited", "")),
        (
            "sendgrid",
            sendgrid("bounce", status="5.1.1", reason="User unknown"),
            (REJECTED, "address_unknown", ""),
        ),
        (
            "sendgrid",
            sendgrid("bounce", reason="refused", bounce_classification="Reputation"),
            (REJECTED, "our_reputation", ""),
        ),
        ("sendgrid", sendgrid("dropped", reason="Bounced Address"), BOUNCED),
        ("sendgrid", sendgrid("dropped", reason="Unsubscribed Address"), UNSUBSCRIBED),
        ("sendgrid", sendgrid("dropped", reason="Spam Reporting Address"), COMPLAINED),
        ("sendgrid", sendgrid("dropped", reason="Invalid"), (REJECTED, "address_invalid", "")),
        ("sendgrid", sendgrid("spamreport"), (DELIVERED, "complained", "")),
        ("sendgrid", sendgrid("open"), None),
        ("brevo", brevo("request"), ("sent", "", "")),
        ("brevo", brevo("delivered"), (DELIVERED, "", "")),
        ("brevo", brevo("hard_bounce", reason=USER_UNKNOWN), (REJECTED, "address_unknown", "")),
        ("brevo", brevo("soft_bounce"), (REJECTED, "gave_up", "")),
        ("brevo", brevo("soft_bounce", reason="452 4.2.2 Full"), (REJECTED, "mailbox_full", "")),
        ("brevo", brevo("deferred", reason="451 4.4.1 No answer"), (DEFERRED, "unreachable", "")),
        ("brevo", brevo("deferred"), (DEFERRED, "server_trouble", "")),
        ("brevo", brevo("blocked", reason="blocked : due to blacklist user"), BOUNCED),
        ("brevo", brevo("invalid_email"), (REJECTED, "address_invalid", "")),
        ("brevo", brevo("spam"), (DELIVERED, "complained", "")),
        ("brevo", brevo("unique_opened"), None),
        ("sparkpost", sparkpost("delivery"), (DELIVERED, "", "")),
        (
            "sparkpost",
            sparkpost("bounce", bounce_class="22", raw_reason="452 later"),
            (REJECTED, "mailbox_full", ""),
        ),
        (
            "sparkpost",
            sparkpost(
                "bounce",
                bounce_class="25",
                raw_reason="554 5.7.1 [internal] recipient address suppressed due to customer policy",
            ),
            BOUNCED,
        ),
        ("sparkpost", sparkpost("bounce", bounce_class="60"), None),
        ("mailjet", [{"event": "sent", "time": 1, "email": "office@baker.example"}], (DELIVERED, "", "")),
        (
            "mailjet",
            {"event": "bounce", "time": 1, "error": "user unknown"},
            (REJECTED, "address_unknown", ""),
        ),
        ("mailjet", {"event": "blocked", "time": 1, "error": "preblocked"}, BOUNCED),
        ("mailjet", {"event": "blocked", "time": 1, "error": "content blocked"}, (REJECTED, "policy", "")),
        (
            "mandrill",
            [{"event": "deferral", "ts": 1, "msg": {"diag": "451 4.4.1 No"}}],
            (DEFERRED, "unreachable", ""),
        ),
        (
            "mandrill",
            [{"event": "hard_bounce", "ts": 1, "msg": {"bounce_description": "bad_mailbox"}}],
            (REJECTED, "address_unknown", ""),
        ),
        ("mandrill", [{"event": "reject", "ts": 1, "msg": {"reject": {"reason": "unsub"}}}], UNSUBSCRIBED),
        (
            "postal",
            {
                "event": "MessageDeliveryFailed",
                "timestamp": 1,
                "payload": {"status": "HardFail", "output": USER_UNKNOWN},
            },
            (REJECTED, "address_unknown", ""),
        ),
        (
            "resend",
            {
                "type": "email.bounced",
                "data": {"bounce": {"message": "Resend has suppressed sending to this address"}},
            },
            BOUNCED,
        ),
        (
            "resend",
            {"type": "email.bounced", "data": {"bounce": {"message": "A general bounce"}}},
            (REJECTED, "unknown", ""),
        ),
        ("mailersend", {"data": {"type": "delivered"}}, (DELIVERED, "", "")),
        (
            "mailtrap",
            {
                "events": [
                    {
                        "event": "bounce",
                        "timestamp": 1,
                        "message_id": "x",
                        "response_code": 550,
                        "response": "5.1.1 No such user",
                    }
                ]
            },
            (REJECTED, "address_unknown", ""),
        ),
        (
            "unisender_go",
            {
                "event_name": "transactional_email_status",
                "status": "hard_bounced",
                "event_time": "2026-11-01 10:00:00",
                "email": "office@baker.example",
                "delivery_info": {"delivery_status": "err_mailbox_full"},
            },
            (REJECTED, "mailbox_full", ""),
        ),
    ],
)
def test_what_an_event_means(provider, payload, expected):
    assert found(provider, payload) == expected


def test_the_receiving_server_s_words_codes_and_name_are_passed_on():
    payload = mailgun_failed(550, "User unknown", **{"enhanced-code": "5.1.1", "mx-host": "mx.baker.example"})
    [event] = read("mailgun", payload)
    verdict = providers.find("mailgun", event).verdict
    assert (verdict.reply_code, verdict.enhanced_code, verdict.host) == (550, "5.1.1", "mx.baker.example")
    assert verdict.text == "5.1.1 User unknown"


def test_a_code_that_is_no_smtp_is_not_kept_as_a_reply_code():
    [event] = read("mailgun", mailgun_failed(605, "", "suppress-bounce"))
    assert providers.find("mailgun", event).verdict.reply_code is None


@pytest.mark.parametrize("provider", DIALECTS)
@pytest.mark.parametrize(
    "kind", ["bounced", "deferred", "rejected", "complained", "delivered", None, 5, ["x"]]
)
@pytest.mark.parametrize("odd", [None, 7, "text", [], [[]], {"msys": 3}, {"event-data": [1]}, {"mail": None}])
def test_no_payload_however_odd_breaks_it(provider, kind, odd):
    event = AnymailTrackingEvent(
        event_type=kind, esp_event=odd, mta_response=odd, description=odd, reject_reason=odd, metadata=odd
    )
    providers.find(provider, event)
    assert all(isinstance(name, str) for name in providers.names(provider, event))


def test_every_provider_that_is_read_has_a_dialect():
    assert set(DIALECTS) == set(READERS)


@pytest.mark.parametrize("provider", DIALECTS)
def test_our_mark_goes_along_in_a_header(provider):
    for name, value in providers.marks(provider, "0" * 32).items():
        assert name.startswith("X-")
        assert "0" * 32 in value
