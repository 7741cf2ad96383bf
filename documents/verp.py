"""Variable envelope return paths: every mail gets a bounce address of its own. Pure but for the key.

`bounce+<32 hex>-<16 hex>@BOUNCE_DOMAIN`: 56 octets before the @, where RFC 5321 allows 64. Hex, because mail
servers on the way do not always keep the case of that part. Notices to companies have `notice+`, so that a
report about one is never taken for one about a document, also when the notice itself is long forgotten.
"""

from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

MAIL, NOTICE = "bounce", "notice"
SALTS = {MAIL: "documents.verp", NOTICE: "documents.verp.notice"}


def bounce_address(mail_id: UUID) -> str:
    """The envelope sender (MAIL FROM) of the mail with this public id."""
    return _address(MAIL, mail_id)


def notice_address(notice_id: UUID) -> str:
    """The envelope sender of the notice with this public id."""
    return _address(NOTICE, notice_id)


def mail_id_from(address: str) -> UUID | None:
    """The mail a bounce address belongs to; None for any other address, and for a forged one.

    Signatures made with one of SECRET_KEY_FALLBACKS hold too: bounces come days later.
    """
    return _id_from(MAIL, address)


def notice_id_from(address: str) -> UUID | None:
    """The same for a notice."""
    return _id_from(NOTICE, address)


def _address(kind: str, public_id: UUID) -> str:
    signature = _signature(kind, public_id, settings.SECRET_KEY)
    return f"{kind}+{public_id.hex}-{signature}@{settings.BOUNCE_DOMAIN}"


def _id_from(kind: str, address: str) -> UUID | None:
    local, _at, domain = address.strip("<> \t").lower().rpartition("@")
    prefix, _plus, token = local.partition("+")
    id_hex, _dash, signature = token.partition("-")
    if prefix != kind or domain != settings.BOUNCE_DOMAIN.lower() or len(id_hex) != 32:
        return None
    try:
        public_id = UUID(hex=id_hex)
    except ValueError:
        return None
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    valid = [constant_time_compare(signature, _signature(kind, public_id, key)) for key in keys]
    return public_id if any(valid) else None


def _signature(kind: str, public_id: UUID, key: str) -> str:
    digest: str = salted_hmac(SALTS[kind], public_id.hex, secret=key, algorithm="sha256").hexdigest()
    return digest[:16]
