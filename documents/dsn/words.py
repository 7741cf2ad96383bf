"""Octets into readable text: transfer encodings, character sets, mark-up, dates. Never raises."""

import binascii
import codecs
import quopri
import re
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header as decode_words
from email.utils import parsedate_to_datetime
from html import unescape

_CHARSET = re.compile(r'charset[ \t]*=[ \t]*"?([\w.:-]{1,40})', re.I)
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
_HIDDEN = re.compile(r"<(?:style|script|title)\b[^<]*", re.I)
_BREAK = re.compile(r"<(?:/?(?:p|div|tr|h[1-6]|li|ul|table|pre|blockquote)|br)\b[^<>]*>", re.I)
_TAG = re.compile(r"<!--[^<>]*>|<[!/]?[a-z][a-z0-9:]*(?:[\s/][^<>]*)?>", re.I)  # not <name@example.com>
_ENDLESS_REFERENCE = re.compile(r"&#\d{8,}")  # stands for no character, and Python converts no such number
_COMMENT = re.compile(r"\([^()]*\)\s*$")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# Python knows these as character sets; they are notations, and some are slow to undo.
_NOTATIONS = ("idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "undefined")
_STEPS_ASIDE = re.compile(r"\x1b[$(][@-J]")  # ISO 2022: the text leaves ASCII, or returns to it


def fold(text: str, limit: int = 1000) -> str:
    """One line of at most `limit` characters, with nothing in it that a database does not take."""
    return " ".join(_UNPRINTABLE.sub(" ", text[: limit * 4]).split())[:limit].rstrip()


def decode_body(raw: str, encoding: str, content_type: str) -> str:
    """The text of a body, of which each character stands for one octet."""
    octets = _undo(raw, encoding.strip().lower())
    declared = _CHARSET.search(content_type)
    return decode(octets, declared[1] if declared else "")


def decode(octets: bytes, charset: str) -> str:
    if _STEPS_ASIDE.search(octets[:2000].decode("latin-1")):
        charset = "iso-2022-jp"
    charset = _known(charset)
    for name in (charset, "utf-8"):
        try:
            return octets.decode(name, errors="replace" if name == "iso2022_jp" else "strict")
        except (LookupError, ValueError):
            continue
    return octets.decode("latin-1")


def decode_header(value: str) -> str:
    """A header's text, RFC 2047."""
    try:
        words = decode_words(value[:2000])
    except (ValueError, LookupError, MessageError):
        words = [(value[:2000], None)]
    return "".join(
        decode(word if isinstance(word, bytes) else word.encode("latin-1", "replace"), charset or "")
        for word, charset in words
    )


def plain(html: str) -> str:
    """HTML as text: what breaks the line in a browser does so here."""
    text = html.replace("\n", " ")
    for pattern, instead in ((_HIDDEN, ""), (_BREAK, "\n"), (_TAG, "")):
        text = pattern.sub(instead, text)
    text = unescape(_ENDLESS_REFERENCE.sub("&#", text)).replace("\xa0", " ")
    return "\n".join(line.strip() for line in text.split("\n"))


def moment(value: str) -> datetime | None:
    """A date of RFC 5322 or ISO 8601, in UTC; None when it is none."""
    value = _COMMENT.sub("", value[:100]).strip()
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _undo(raw: str, encoding: str) -> bytes:
    octets = raw.encode("latin-1", errors="replace")
    if encoding == "quoted-printable":
        return quopri.decodestring(octets)
    if encoding == "base64":
        digits = _NO_BASE64.sub("", raw)
        return binascii.a2b_base64(digits[: len(digits) // 4 * 4])  # a cut-off end is left out
    return octets


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset or "utf-8").name
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if name in _NOTATIONS else name
