"""What a reader found in a mail about one recipient, before it is judged."""

import re
from dataclasses import dataclass

from documents.dsn.report import Kind

# Further ones are left out: no report of a mail of ours has so many, and each costs time.
MAX_RECIPIENTS = 1000

# Deliberately wide: what mail systems print is what people typed. Bounded, so that it stays linear.
ADDRESS = r"[^\s\x00-\x1f\x7f-\x9f<>()\[\],;:\"'|@=\\]{1,200}@[A-Za-z0-9](?:[\w-]|\.(?=\w)){0,250}"
_ADDRESS = re.compile(ADDRESS)
_QUOTED = re.compile(r'"[^"@\n]{1,64}"@[A-Za-z0-9](?:[\w-]|\.(?=\w)){0,250}')
# RFC 3461 section 4: in ORCPT `+` and `=` are written as xtext.
_XTEXT = re.compile(r"\+(2B|3D|20)", re.I)


@dataclass(frozen=True)
class Found:
    kind: Kind
    recipient: str = ""
    final_recipient: str = ""
    action: str = ""
    status: str = ""  # the text of a Status field
    diagnostic: str = ""  # what was said about this recipient
    context: str = ""  # what was said besides, to people
    host: str = ""
    date: str = ""
    envelope_id: str = ""
    sender: str = ""  # the envelope sender of the mail that was sent, where the report names it


def address_in(text: str) -> str:
    """The first address in a text, in lower case; "" when there is none."""
    match = _QUOTED.search(text[:2000]) or _ADDRESS.search(text[:2000])
    return match[0].strip(".").lower() if match else ""


def addresses_in(text: str) -> list[str]:
    """All addresses in a text, each once, in their order."""
    return list(dict.fromkeys(match[0].strip(".").lower() for match in _ADDRESS.finditer(text)))


def from_xtext(text: str) -> str:
    return _XTEXT.sub(lambda match: chr(int(match[1], 16)), text)
