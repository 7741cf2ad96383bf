"""Variable envelope return paths: every mail gets a bounce address of its own. Pure but for the key.

`bounce+<32 hex>-<16 hex>@BOUNCE_DOMAIN`: 56 octets before the @, where RFC 5321 allows 64. Hex, because mail
servers on the way do not always keep the case of that part. Notices to companies have `notice+`, so that a
report about one is never taken for one about a document, also when the notice itself is long forgotten.
"""

from uuid import UUID

from django.conf import settings

from documents import signed_ids

MAIL, NOTICE = "bounce", "notice"
PURPOSES = {MAIL: "documents.verp", NOTICE: "documents.verp.notice"}
SIGNATURE_LENGTH = 16


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
    signature = signed_ids.signature(public_id, PURPOSES[kind], SIGNATURE_LENGTH)
    return f"{kind}+{public_id.hex}-{signature}@{settings.BOUNCE_DOMAIN}"


def _id_from(kind: str, address: str) -> UUID | None:
    local, _at, domain = address.strip("<> \t").lower().rpartition("@")
    prefix, _plus, token = local.partition("+")
    id_hex, _dash, signature = token.partition("-")
    if prefix != kind or domain != settings.BOUNCE_DOMAIN.lower():
        return None
    return signed_ids.id_from(id_hex, signature, PURPOSES[kind], SIGNATURE_LENGTH)
