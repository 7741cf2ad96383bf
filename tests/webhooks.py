"""Mail providers that call back: payloads about a mail as each of them writes and signs them."""

import base64
import hmac
import json
from hashlib import md5, sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.conf import settings

from documents.verp import bounce_address

PASSWORD = "provider:a secret of the provider"
KEY = "the key a provider signs with"
ELLIPTIC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)

ADDRESS = "office@baker.example"
WORDS = "550 5.1.1 User unknown"


def public(key):
    """A public key as a provider shows it: PEM without its first and last line."""
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "".join(pem.decode().splitlines()[1:-1])


SECRETS = {
    "amazon_ses": PASSWORD,
    "brevo": PASSWORD,
    "mailersend": KEY,
    "mailgun": KEY,
    "mailjet": PASSWORD,
    "mailtrap": KEY,
    "mandrill": KEY,
    "postal": public(RSA),
    "postmark": PASSWORD,
    "resend": PASSWORD,
    "sendgrid": public(ELLIPTIC),
    "sparkpost": PASSWORD,
    "unisender_go": KEY,
}


def mailgun(mail, event="failed", number=1, at=1_790_000_000, **data):
    """An event of Mailgun; `number` makes it another one."""
    token = f"{number:050}"
    signature = hmac.new(KEY.encode(), f"{at}{token}".encode(), sha256).hexdigest()
    status = {"code": 550, "message": WORDS, "mx-host": "mx.baker.example"}
    about = {
        "event": event,
        "timestamp": at,
        "recipient": ADDRESS,
        "severity": "permanent",
        "delivery-status": status,
        "message": {"headers": {"message-id": mail.message_id.strip("<>")}},
    }
    return {
        "signature": {"token": token, "timestamp": str(at), "signature": signature},
        "event-data": about | data,
    }


def bounce(provider, mail):
    """A mailbox that does not exist, told by this provider about this mail."""
    mark = mail.public_id.hex
    ses = {
        "eventType": "Bounce",
        "mail": {"messageId": "0101", "source": bounce_address(mail.public_id), "destination": [ADDRESS]},
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": ADDRESS, "diagnosticCode": f"smtp; {WORDS}"}],
        },
    }
    sns = {"Type": "Notification", "MessageId": "22b80b92", "Timestamp": "2026-11-01T10:00:00.000Z"}
    return {
        "amazon_ses": sns | {"Message": json.dumps(ses)},
        "brevo": {
            "event": "hard_bounce",
            "message-id": mail.message_id,
            "reason": WORDS,
            "ts_epoch": 1.79e12,
        },
        "mailersend": {
            "type": "activity.hard_bounced",
            "data": {
                "id": "62f1",
                "type": "hard_bounced",
                "email": {"message": {"id": mail.message_id}},
                "morph": {"object": "recipient_bounce", "reason": WORDS},
            },
        },
        "mailgun": mailgun(mail),
        "mailjet": [
            {
                "event": "bounce",
                "time": 1_790_000_000,
                "Payload": json.dumps({"mail": mark}),
                "smtp_reply": WORDS,
            }
        ],
        "mailtrap": {
            "events": [
                {
                    "event": "bounce",
                    "timestamp": 1_790_000_000,
                    "message_id": "x",
                    "custom_variables": {"mail": mark},
                    "response": WORDS,
                }
            ]
        },
        "mandrill": [
            {"event": "hard_bounce", "ts": 1_790_000_000, "msg": {"metadata": {"mail": mark}, "diag": WORDS}}
        ],
        "postal": {
            "event": "MessageDeliveryFailed",
            "uuid": "3d9c",
            "timestamp": 1_790_000_000,
            "payload": {
                "status": "HardFail",
                "output": WORDS,
                "message": {"id": 1, "message_id": mail.message_id, "direction": "outgoing"},
            },
        },
        "postmark": {
            "RecordType": "Bounce",
            "Type": "HardBounce",
            "ID": 42,
            "MessageID": "883953f4",
            "Metadata": {"mail": mark},
            "Details": f"smtp;{WORDS}",
            "BouncedAt": "2026-11-01T10:00:00Z",
        },
        "resend": {
            "type": "email.bounced",
            "created_at": "2026-11-01T10:00:00Z",
            "data": {
                "headers": [{"name": "X-Metadata", "value": json.dumps({"mail": mark})}],
                "bounce": {"message": WORDS},
            },
        },
        "sendgrid": [
            {
                "event": "bounce",
                "sg_event_id": "e-1",
                "smtp-id": mail.message_id,
                "timestamp": 1_790_000_000,
                "status": "5.1.1",
                "reason": WORDS,
            }
        ],
        "sparkpost": [
            {
                "msys": {
                    "message_event": {
                        "type": "bounce",
                        "event_id": "92356",
                        "timestamp": "1790000000",
                        "rcpt_meta": {"mail": mark},
                        "raw_reason": WORDS,
                    }
                }
            }
        ],
        "unisender_go": {
            "auth": KEY,
            "event_name": "transactional_email_status",
            "status": "hard_bounced",
            "event_time": "2026-11-01 10:00:00",
            "email": ADDRESS,
            "metadata": {"mail": mark},
            "delivery_info": {"delivery_status": "err_user_unknown", "destination_response": WORDS},
        },
    }[provider]


def signed(provider, payload, secret=None):
    """What to post: body, content type and headers. A text as payload is posted as it stands."""
    secret = SECRETS[provider] if secret is None else secret
    body = payload if isinstance(payload, str) else json.dumps(payload)
    if provider == "mandrill":
        return _as_form(body, secret)
    if provider == "unisender_go":
        body = body.replace(KEY, md5(body.replace(KEY, secret).encode()).hexdigest())
    headers = _headers(provider, body.encode(), secret)
    if provider == "amazon_ses" and isinstance(payload, dict):
        headers |= {"x-amz-sns-message-type": payload["Type"], "x-amz-sns-message-id": payload["MessageId"]}
    return {"data": body, "content_type": "application/json", "headers": headers}


def _headers(provider, body, secret):
    match provider:
        case "mailgun" | "unisender_go":
            return {}  # signed inside
        case "mailersend":
            return {"signature": hmac.new(secret.encode(), body, sha256).hexdigest()}
        case "mailtrap":
            return {"mailtrap-signature": hmac.new(secret.encode(), body, sha256).hexdigest()}
        case "postal":
            return {"x-postal-signature": _rsa(body, secret)}
        case "sendgrid":
            name = "x-twilio-email-event-webhook"
            return {
                f"{name}-timestamp": "1790000000",
                f"{name}-signature": _elliptic(b"1790000000" + body, secret),
            }
    return {"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def _rsa(body, secret):
    key = RSA if secret == SECRETS["postal"] else rsa.generate_private_key(65537, 2048)
    return base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA1())).decode()


def _elliptic(body, secret):
    key = ELLIPTIC if secret == SECRETS["sendgrid"] else ec.generate_private_key(ec.SECP256R1())
    return base64.b64encode(key.sign(body, ec.ECDSA(hashes.SHA256()))).decode()


def _as_form(body, secret):
    signed_text = f"{settings.BASE_URL}/hooks/anymail/mandrill/mandrill_events{body}"
    signature = base64.b64encode(hmac.new(secret.encode(), signed_text.encode(), "sha1").digest())
    return {"data": {"mandrill_events": body}, "headers": {"x-mandrill-signature": signature.decode()}}
