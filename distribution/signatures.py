"""How a webhook is signed, so that its receiver knows that it comes from us and is fresh. Pure.

The form is that of Standard Webhooks, for which there are libraries in most languages.
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
KEY_LENGTH = 32  # bytes; the standard wants 24 to 64


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_LENGTH)).decode()


def signed_headers(keys: list[str], event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a call. `timestamp`: seconds since 1970, the time of this try.

    With two secrets there are two signatures, and one that fits is enough: so a receiver can change to a
    new secret at any time.
    """
    content = f"{event_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in keys),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
