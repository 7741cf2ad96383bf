"""Each provider's own way of putting things: where in its payload which fact stands, and what it means.

THE table to edit when a provider says something new. A path is a row of keys, `*` for the first of a list or
of an object; the words found there are compared in lower case.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from documents.causes import Cause

C = Cause

# Our mark on a mail, as a provider takes it along and gives it back; %s is the mail's public id.
IN_JSON = json.dumps({"mail": "%s"})


@dataclass(frozen=True)
class Dialect:
    means: Mapping[str, Mapping[str, Cause]] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # where Anymail takes it for another
    codes: tuple[str, ...] = ()  # reply codes and enhanced status codes
    texts: tuple[str, ...] = ()  # the receiving server's words, where Anymail does not look for them
    hosts: tuple[str, ...] = ()  # the receiving server
    names: tuple[str, ...] = ()  # our Message-ID or our bounce address
    header: tuple[str, str] = ("", IN_JSON)  # of our mails: takes our mark along


# No SMTP: Mailgun coined them.
MAILGUN_CODES = {
    "498": C.DOMAIN_UNKNOWN,
    "499": C.UNREACHABLE,
    "602": C.GAVE_UP,
    "605": C.BLOCKED_BOUNCED,
    "606": C.BLOCKED_UNSUBSCRIBED,
    "607": C.BLOCKED_COMPLAINED,
}
MANDRILL_REASONS = {
    "hard-bounce": C.BLOCKED_BOUNCED,
    "soft-bounce": C.BLOCKED_BOUNCED,
    "custom": C.BLOCKED_BOUNCED,
    "unsub": C.BLOCKED_UNSUBSCRIBED,
    "spam": C.BLOCKED_COMPLAINED,
    "invalid": C.ADDRESS_INVALID,
}
SES_LISTED = {"suppressed": C.BLOCKED_BOUNCED, "onaccountsuppressionlist": C.BLOCKED_BOUNCED}

DIALECTS: dict[str, Dialect] = {
    "amazon_ses": Dialect(
        means={
            "bounce.bounceSubType": SES_LISTED
            | {
                "unsubscribedrecipient": C.BLOCKED_UNSUBSCRIBED,
                "noemail": C.ADDRESS_UNKNOWN,
                "mailboxfull": C.MAILBOX_FULL,
                "messagetoolarge": C.TOO_LARGE,
                "contentrejected": C.POLICY,
                "attachmentrejected": C.ATTACHMENT_REFUSED,
            },
            "complaint.complaintSubType": {"onaccountsuppressionlist": C.BLOCKED_COMPLAINED},
            "reject.reason": {"bad content": C.ATTACHMENT_REFUSED},  # a virus
        },
        kinds={
            "eventType": {"deliverydelay": "deferred"},
            "complaint.complaintSubType": {"onaccountsuppressionlist": "rejected"},  # nobody complained anew
        },
        codes=("bounce.bouncedRecipients.*.status", "deliveryDelay.delayedRecipients.*.status"),
        texts=("deliveryDelay.delayedRecipients.*.diagnosticCode",),
        hosts=("bounce.remoteMtaIp", "delivery.remoteMtaIp"),
        names=("mail.source", "mail.commonHeaders.messageId"),
    ),
    "brevo": Dialect(
        means={"event": {"blocked": C.BLOCKED_BOUNCED, "soft_bounce": C.SERVER_TROUBLE}},
        header=("X-Mailin-custom", IN_JSON),
    ),
    "mailersend": Dialect(),
    "mailgun": Dialect(
        means={
            "event-data.reason": {
                "suppress-bounce": C.BLOCKED_BOUNCED,
                "suppress-unsubscribe": C.BLOCKED_UNSUBSCRIBED,
                "suppress-complaint": C.BLOCKED_COMPLAINED,
                "old": C.GAVE_UP,
                "espblock": C.OUR_REPUTATION,
            },
            "event-data.delivery-status.code": MAILGUN_CODES,
            "code": MAILGUN_CODES,  # before 2018
        },
        codes=("event-data.delivery-status.code", "event-data.delivery-status.enhanced-code", "code"),
        hosts=("event-data.delivery-status.mx-host",),
        names=("event-data.envelope.sender",),
    ),
    "mailjet": Dialect(
        means={
            "error": {
                "user unknown": C.ADDRESS_UNKNOWN,
                "mailbox inactive": C.SUSPENDED,
                "quota exceeded": C.MAILBOX_FULL,
                "invalid domain": C.DOMAIN_UNKNOWN,
                "no mail host": C.DOMAIN_UNKNOWN,
                "typofix": C.ADDRESS_INVALID,
                "greylisted": C.RATE_LIMITED,
                "sender blocked": C.OUR_REPUTATION,
                "content blocked": C.POLICY,
                "policy issue": C.POLICY,
                "relay/access denied": C.POLICY,
                "preblocked": C.BLOCKED_BOUNCED,
                "blacklisted": C.BLOCKED_BOUNCED,
                "spam reporter": C.BLOCKED_COMPLAINED,
            }
        },
        header=("X-MJ-EventPayload", IN_JSON),
    ),
    "mailtrap": Dialect(
        codes=("response_code",), texts=("reason",), header=("X-MT-Custom-Variables", IN_JSON)
    ),
    "mandrill": Dialect(
        means={
            "reject.reason": MANDRILL_REASONS,
            "msg.reject.reason": MANDRILL_REASONS,
            "msg.bounce_description": {
                "bad_mailbox": C.ADDRESS_UNKNOWN,
                "invalid_domain": C.DOMAIN_UNKNOWN,
                "mailbox_full": C.MAILBOX_FULL,
                "message_too_large": C.TOO_LARGE,
            },
        },
        header=("X-MC-Metadata", IN_JSON),
    ),
    "postal": Dialect(
        texts=("payload.output", "payload.details"),
        names=("payload.message.message_id", "payload.original_message.message_id"),
    ),
    "postmark": Dialect(
        means={
            "Type": {
                "hardbounce": C.ADDRESS_UNKNOWN,
                "softbounce": C.SERVER_TROUBLE,
                "dnserror": C.UNREACHABLE,
                "spamnotification": C.POLICY,
                "blocked": C.OUR_REPUTATION,
                "dmarcpolicy": C.OUR_AUTHENTICATION,
                "virusnotification": C.ATTACHMENT_REFUSED,
                "bademailaddress": C.ADDRESS_INVALID,
                "manuallydeactivated": C.BLOCKED_BOUNCED,
                "inactiverecipient": C.BLOCKED_BOUNCED,
            },
            "ErrorCode": {"406": C.BLOCKED_BOUNCED},
            "SuppressionReason": {
                "hardbounce": C.BLOCKED_BOUNCED,
                "manualsuppression": C.BLOCKED_UNSUBSCRIBED,
                "spamcomplaint": C.BLOCKED_COMPLAINED,
            },
        },
        kinds={
            # A server took it for spam: no person complained.
            "Type": {"spamnotification": "bounced", "unknown": "bounced", "inactiverecipient": "rejected"},
            "SuppressionReason": dict.fromkeys(
                ("hardbounce", "manualsuppression", "spamcomplaint"), "listed"
            ),
        },
        header=("X-PM-Metadata-mail", "%s"),
    ),
    "resend": Dialect(means={"data.bounce.subType": SES_LISTED}, header=("X-Metadata", IN_JSON)),
    "sendgrid": Dialect(
        means={
            "reason": {
                "bounced address": C.BLOCKED_BOUNCED,
                "unsubscribed address": C.BLOCKED_UNSUBSCRIBED,
                "spam reporting address": C.BLOCKED_COMPLAINED,
                "invalid": C.ADDRESS_INVALID,
            },
            "bounce_classification": {
                "invalid address": C.ADDRESS_UNKNOWN,
                "mailbox unavailable": C.SUSPENDED,
                "content": C.POLICY,
                "reputation": C.OUR_REPUTATION,
                "frequency or volume too high": C.RATE_LIMITED,
                "technical failure": C.SERVER_TROUBLE,
            },
        },
        codes=("status",),
        names=("smtp-id",),
    ),
    "sparkpost": Dialect(
        means={
            "msys.*.bounce_class": {
                "10": C.ADDRESS_UNKNOWN,
                "30": C.ADDRESS_UNKNOWN,
                "21": C.DOMAIN_UNKNOWN,
                "22": C.MAILBOX_FULL,
                "23": C.TOO_LARGE,
                "24": C.UNREACHABLE,
                "50": C.OUR_REPUTATION,
                "51": C.OUR_REPUTATION,
                "52": C.POLICY,
                "53": C.ATTACHMENT_REFUSED,
                "54": C.POLICY,
                "70": C.SERVER_TROUBLE,
            }
        },
        codes=("msys.*.error_code",),
        hosts=("msys.*.ip_address",),
        names=("msys.*.msg_from",),
        header=("X-MSYS-API", json.dumps({"metadata": {"mail": "%s"}})),
    ),
    "unisender_go": Dialect(
        means={
            "delivery_info.delivery_status": {
                "err_user_unknown": C.ADDRESS_UNKNOWN,
                "err_user_inactive": C.SUSPENDED,
                "err_mailbox_discarded": C.SUSPENDED,
                "err_mailbox_full": C.MAILBOX_FULL,
                "err_domain_inactive": C.DOMAIN_UNKNOWN,
                "err_too_large": C.TOO_LARGE,
                "err_spam_rejected": C.POLICY,
                "err_spam_skipped": C.POLICY,
                "err_blacklisted": C.OUR_REPUTATION,
                "err_unreachable": C.UNREACHABLE,
                "err_will_retry": C.SERVER_TROUBLE,
                "err_unsubscribed": C.BLOCKED_UNSUBSCRIBED,
                "err_skip_letter": C.BLOCKED_BOUNCED,
            }
        },
    ),
}
