"""Variable envelope return paths: every mail gets a bounce address of its own. Pure but for the key.

`bounce+<32 hex>-<16 hex>@BOUNCE_DOMAIN`: 56 octets before the @, where RFC 5321 allows 64. Hex, because mail
servers on the way do not always keep the case of that part.
"""

from uuid import UUID

from django.conf import settings

from documents import signed_ids

PREFIX = "bounce"
PURPOSE = "documents.verp"
SIGNATURE_LENGTH = 16


def bounce_address(mail_id: UUID) -> str:
    """The envelope sender (MAIL FROM) of the mail with this public id."""
    signature = signed_ids.signature(mail_id, PURPOSE, SIGNATURE_LENGTH)
    return f"{PREFIX}+{mail_id.hex}-{signature}@{settings.BOUNCE_DOMAIN}"


def mail_id_from(address: str) -> UUID | None:
    """The mail a bounce address belongs to; None for any other address, and for a forged one.

    Signatures made with one of SECRET_KEY_FALLBACKS hold too: bounces come days later.
    """
    local, _at, domain = address.strip("<> \t").lower().rpartition("@")
    prefix, _plus, token = local.partition("+")
    id_hex, _dash, signature = token.partition("-")
    if prefix != PREFIX or domain != settings.BOUNCE_DOMAIN.lower():
        return None
    return signed_ids.id_from(id_hex, signature, PURPOSE, SIGNATURE_LENGTH)
