"""One spelling for one mailbox, and lists of addresses as people type them. Pure.

`"Matti" <Matti@Päivä.example>; b@y.example,` is real input: display names are dropped, every separator is
taken, each address comes once, and a bad one never spoils its neighbours.
"""

import re
from dataclasses import dataclass

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

# Separators outside "quotes" and <angle brackets>; white space separates only where it joins no name to
# its address, so it is looked at last.
_PARTS = re.compile(r'(?:"[^"\r\n]*"|<[^<>\r\n]*>|[^;,\r\n"<]|["<])+')
_BRACKETS = re.compile(r"<([^<>]*)>")

_PUBLIC_DOMAIN = re.compile(r"\.(?!\d+$)[^.]+$")  # a dot, and a last label that is not a number

# What nearly every address looks like; looking closer takes a hundred times as long and says the same.
_LABEL = "[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+"
_PLAIN = re.compile(rf"[A-Za-z0-9_+-]++(?:\.[A-Za-z0-9_+-]++)*+@(?:{_LABEL}\.)++([A-Za-z]{{2,}})")
_PLAIN_LENGTH = 64  # so short that no part of it can be too long
_RESERVED = frozenset(SPECIAL_USE_DOMAIN_NAMES)

MAX_LENGTH = 254  # RFC 5321 4.5.3.1.3, less the angle brackets


class InvalidAddress(ValueError):
    """What was typed cannot be an e-mail address; the text says why, in English."""


@dataclass(frozen=True)
class Split:
    """The addresses of a text: `good` ones normalised and each once, `bad` ones as they were typed."""

    good: list[str]
    bad: list[str]


def normalise(address: str) -> str:
    """The address as we store, compare and send it.

    Trimmed and in lower case, the domain as IDNA 2008 (RFC 5891): `Matti@Päivä.example` and
    `matti@xn--piv-qlac.example` are one mailbox. The local part's case is not kept: RFC 5321 allows servers
    to tell cases apart, none that matters does, and lists would hold one person twice.

    Raises InvalidAddress. Only ASCII local parts are taken, because not every server on the way has
    SMTPUTF8 (RFC 6531).
    """
    text = address.strip().removeprefix("mailto:").removesuffix(".")
    plain = _PLAIN.fullmatch(text) if len(text) <= _PLAIN_LENGTH else None
    if plain and plain[1].lower() not in _RESERVED:
        return text.lower()
    return _normalise_closely(text)


def _normalise_closely(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise InvalidAddress("An e-mail address has no line breaks or control characters.")
    if "=?" in text:  # RFC 2047: header writers decode it, and then it is another address, or none
        raise InvalidAddress("An e-mail address has no encoded words in it.")
    try:
        checked = validate_email(
            text,
            allow_smtputf8=False,
            check_deliverability=False,  # asking DNS is nobody's business here
            test_environment=True,  # else it refuses .test, which is for trying out
            strict=True,  # at most 64 octets before the @
        )
    except EmailNotValidError as problem:
        raise InvalidAddress(str(problem)) from None
    if not checked.ascii_email or not _PUBLIC_DOMAIN.search(checked.ascii_domain):
        raise InvalidAddress("The part after the @ is no domain name.")
    return checked.ascii_email.lower()


def split(text: str) -> Split:
    """`a@x.example; "B" <b@y.example>,` → Split(good, bad). Never raises."""
    good: dict[str, None] = {}
    bad: dict[str, None] = {}
    for part in _PARTS.findall(text):
        for candidate in _candidates(part.strip()):
            try:
                good[normalise(candidate)] = None
            except InvalidAddress:
                bad[candidate] = None
    return Split(list(good), list(bad))


def _candidates(part: str) -> list[str]:
    """One part between separators: an address, `Name <address>`, or addresses with spaces between."""
    if not part:
        return []
    bracketed = _BRACKETS.findall(part)
    if bracketed:
        rest = part.rpartition(">")[2]
        return [inner.strip() or part for inner in bracketed] + (
            _candidates(rest.strip()) if "@" in rest else []
        )
    words = part.split()
    with_at = [word for word in words if "@" in word]
    # "a@x.example b@y.example" are two addresses; "a @x.example" is a typing error and stays whole.
    return words if len(with_at) == len(words) else [part]
