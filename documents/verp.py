"""Variable envelope return paths: every mail gets a bounce address of its own. Pure but for the key.

`bounce+<32 hex>-<16 hex>@BOUNCE_DOMAIN`: 56 octets before the @, where RFC 5321 allows 64. Hex, because mail
servers on the way do not always keep the case of that part.
"""

from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

PREFIX = "bounce"


def bounce_address(mail_id: UUID) -> str:
    """The envelope sender (MAIL FROM) of the mail with this public id."""
    return f"{PREFIX}+{mail_id.hex}-{_signature(mail_id, settings.SECRET_KEY)}@{settings.BOUNCE_DOMAIN}"


def mail_id_from(address: str) -> UUID | None:
    """The mail a bounce address belongs to; None for any other address, and for a forged one.

    Signatures made with one of SECRET_KEY_FALLBACKS hold too: bounces come days later.
    """
    local, _at, domain = address.strip("<> \t").lower().rpartition("@")
    prefix, _plus, token = local.partition("+")
    id_hex, _dash, signature = token.partition("-")
    if prefix != PREFIX or domain != settings.BOUNCE_DOMAIN.lower() or len(id_hex) != 32:
        return None
    try:
        mail_id = UUID(hex=id_hex)
    except ValueError:
        return None
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    valid = [constant_time_compare(signature, _signature(mail_id, key)) for key in keys]
    return mail_id if any(valid) else None


def _signature(mail_id: UUID, key: str) -> str:
    digest: str = salted_hmac("documents.verp", mail_id.hex, secret=key, algorithm="sha256").hexdigest()
    return digest[:16]
