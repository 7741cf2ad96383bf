"""Public ids that come back to us from outside with a signature of ours, so that nobody can make one up.

Pure but for the key. Nothing is stored for it: the same id has the same signature whenever it is asked for.
"""

from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac


def signature(public_id: UUID, purpose: str, length: int) -> str:
    """The first `length` hex digits of the HMAC; another `purpose` gives another signature."""
    return _signature(public_id, purpose, settings.SECRET_KEY)[:length]


def id_from(id_hex: str, signed: str, purpose: str, length: int) -> UUID | None:
    """The id, if it is one and was signed here; None for anything else.

    Signatures made with one of SECRET_KEY_FALLBACKS hold too: they come back days later.
    """
    if len(id_hex) != 32 or len(signed) != length:
        return None
    try:
        public_id = UUID(hex=id_hex)
    except ValueError:
        return None
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    valid = [constant_time_compare(signed, _signature(public_id, purpose, key)[:length]) for key in keys]
    return public_id if any(valid) else None


def _signature(public_id: UUID, purpose: str, key: str) -> str:
    digest: str = salted_hmac(purpose, public_id.hex, secret=key, algorithm="sha256").hexdigest()
    return digest
