"""Reading a mail that came from anywhere: broken, cut off, nested, encoded, or built to hurt. Never raises.

The standard library's parser recurses into whatever it is given; this one looks at a bounded part of a mail
only, so that its cost does not depend on what a stranger sends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from documents.dsn.words import decode_body, decode_header, plain

# Reports stand at the beginning; what follows is the returned mail, with its attachments.
LOOKED_AT = 1_000_000  # octets: a report about 1,000 recipients is some 300,000
MAX_DEPTH = 8
MAX_PARTS = 64
MAXFIELDS = 400
MAX_TEXT = 200_000
MAX_VALUE = 10_000  # of one header field, when it is folded

FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:(.*)")
_BOUNDARY = re.compile(r'\bboundary(?:\*0?)?[ \t]*=[ \t]*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.I)
_GUESSED_BOUNDARY = re.compile(r"\n--([^\n]{1,200})\nContent-", re.I)
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global")


class Headers:
    """The header fields of a mail or of a part, by their names in lower case; values are unfolded."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields
        self._values: dict[str, list[str]] = {}
        for name, value in fields:
            if value:
                self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, [""])[0]

    def all(self, *names: str) -> list[str]:
        """The values of all fields of these names, in the order of the names."""
        return [value for name in names for value in self._values.get(name, [])]


@dataclass(frozen=True)
class Part:
    """A part of a mail that holds no further parts."""

    headers: Headers
    raw: str = field(repr=False)  # one character for each octet (latin-1), line ends are \n
    default_type: str = "text/plain"

    @cached_property
    def content_type(self) -> str:
        given = self.headers["content-type"].partition(";")[0].strip().lower()
        return given if "/" in given else self.default_type

    @property
    def is_attachment(self) -> bool:
        return self.headers["content-disposition"].lower().startswith("attachment")

    @property
    def is_returned(self) -> bool:
        return self.content_type in _RETURNED

    @cached_property
    def text(self) -> str:
        """The part as people read it: decoded, and without mark-up."""
        decoded = decode_body(
            self.raw[:MAX_TEXT], self.headers["content-transfer-encoding"], self.headers["content-type"]
        )
        return plain(decoded) if self.content_type == "text/html" else decoded


@dataclass(frozen=True)
class Mail:
    """A mail: its header, and its parts from top to bottom, whatever they were nested in."""

    headers: Headers
    parts: list[Part]

    def of_type(self, *content_types: str) -> Iterator[Part]:
        return (part for part in self.parts if part.content_type in content_types)

    @cached_property
    def sender(self) -> str:
        return decode_header(self.headers["from"])

    @cached_property
    def subject(self) -> str:
        return decode_header(self.headers["subject"])

    @cached_property
    def returned(self) -> "Mail | None":
        """The mail that came back inside this one, as far as it did."""
        part = next((part for part in self.parts if part.is_returned), None)
        return read_text(part.text if _is_encoded(part) else part.raw) if part else None


def read(raw: bytes) -> Mail:
    """Take a mail apart, as far as it is worth looking at."""
    return read_text(raw[:LOOKED_AT].decode("latin-1"))


def read_text(text: str) -> Mail:
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    headers, body = split_header(text.lstrip("\n"))
    parts: list[Part] = []
    _collect(Part(headers, body), parts, depth=0)
    return Mail(headers, parts)


def split_header(text: str) -> tuple[Headers, str]:
    """The header fields at the start of a text, and what follows them.

    A line that cannot be in a header ends it, as the empty line does; an mbox's `From ` line is passed over.
    """
    fields: list[tuple[str, str]] = []
    at = 0
    while at < len(text) and len(fields) < MAXFIELDS:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if not line.strip():
            return Headers(fields), text[end + 1 :]
        if line[0] in " \t" and fields:
            name, value = fields[-1]
            if len(value) < MAX_VALUE:
                fields[-1] = name, f"{value} {line.strip()}"
        elif match := FIELD.match(line):
            fields.append((match[1].lower(), match[2].strip()))
        elif fields or not line.lstrip(">").startswith("From "):
            break
        at = end + 1
    return Headers(fields), text[at:]


def _collect(part: Part, parts: list[Part], depth: int) -> None:
    if len(parts) >= MAX_PARTS:
        return
    if part.content_type.startswith("multipart/") and depth < MAX_DEPTH:
        default_type = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        inner = _split(part)
        for text in inner:
            headers, body = split_header(text)
            _collect(Part(headers, body, default_type), parts, depth + 1)
        if inner:
            return
    parts.append(part)


def _split(part: Part) -> list[str]:
    """The texts between the boundaries of a multipart; none when there is no boundary to be found."""
    match = _BOUNDARY.search(part.headers["content-type"]) or _GUESSED_BOUNDARY.search("\n" + part.raw[:5000])
    if not match:
        return []
    boundary = re.escape(next(filter(None, match.groups())).strip())
    pieces = re.split(rf"^--{boundary}(?:--)?[ \t]*$", part.raw, maxsplit=MAX_PARTS, flags=re.M)
    return [piece.removeprefix("\n") for piece in pieces[1:] if piece.strip()]


def _is_encoded(part: Part) -> bool:
    return part.headers["content-transfer-encoding"].strip().lower() in ("base64", "quoted-printable")
