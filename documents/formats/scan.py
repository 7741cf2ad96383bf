"""Where each XML document in a file ends, and whether it may be read at all. Pure.

Some programs write several XML documents one after the other into one file, often with an envelope before
each. Expat says where one ends; on the same way through the file everything is refused that an invoice never
has and an attack may have.
"""

import codecs
import re
from collections.abc import Iterator
from xml.parsers import expat

from django.utils.translation import gettext as _

from documents.formats.invoice import Unreadable

LARGEST = 20_000_000  # octets: 2,000 invoices of 10 kB
DEEPEST = 50  # elements within each other; invoices have about 10
MOST_ELEMENTS = 600_000  # in a file: 20 MB of invoices have about 500,000
MOST_DOCUMENTS = 10_000
# As Python names them; others are used to hide something (UTF-7) or never.
ENCODINGS = {"ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "cp1252", "cp1257"}
ENCODINGS |= {f"iso8859-{part}" for part in (1, 2, 4, 9, 10, 13, 15)}
_UTF8 = re.compile(
    rb"<\?xml[^>]{0,60}encoding\s*=\s*[\"']utf8[\"']", re.IGNORECASE
)  # no name of it, but in use
_DTD_FILE = re.compile(r"[\w.-]{1,60}\.dtd", re.ASCII | re.IGNORECASE)
MOST_ATTRIBUTES = 200  # of an element; invoices have about 10 with their namespaces
# Expat gets a document in growing bites: large ones at once would read far into the next document for every
# one, and small ones would read one long tag again and again.
BITE = 65_536
LONGEST_TAG = 1_000_000  # octets, or comment; texts may be longer


def documents(content: bytes) -> Iterator[bytes]:
    """The XML documents in a file, each as it stands. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable(
            _("The XML file is larger than %(size)s MB. Divide it into smaller files.")
            % {"size": LARGEST // 1_000_000}
        )
    scan = _Scan(content)
    for _number in range(MOST_DOCUMENTS):
        yield scan.next_document()
        if scan.at_end:
            return
    raise Unreadable(
        _("There are more than %(count)s documents in the XML file. Divide it into smaller files.")
        % {"count": MOST_DOCUMENTS}
    )


class _Scan:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = len(content) - len(content.lstrip())  # some programs begin with an empty line
        self.elements = 0
        self.depth = 0
        self.closed = False

    @property
    def at_end(self) -> bool:
        return self.position == len(self.content)

    def next_document(self) -> bytes:
        start = self.position
        self.depth, self.closed = 0, False
        self.position = self._end(self._parser(start), start)
        return self.content[start : self.position]

    def _parser(self, start: int) -> expat.XMLParserType:
        parser = expat.ParserCreate("UTF-8" if _UTF8.match(self.content, start) else None)
        parser.XmlDeclHandler = _check_encoding
        parser.StartDoctypeDeclHandler = _check_doctype
        parser.SkippedEntityHandler = _refuse_entity
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        return parser

    def _end(self, parser: expat.XMLParserType, start: int) -> int:
        """Where the document ends that starts at `start`: what expat cannot take after it begins the next."""
        view = memoryview(self.content)
        at, bite = start, BITE
        try:
            while at < len(view):
                parser.Parse(view[at : at + bite], False)
                at, bite = at + bite, min(2 * bite, LONGEST_TAG)
                if at - start - parser.CurrentByteIndex > 2 * LONGEST_TAG:
                    raise _too_much()
            parser.Parse(b"", True)
        except expat.ExpatError as problem:
            if self.closed and parser.ErrorByteIndex > 0:
                return start + parser.ErrorByteIndex
            raise _broken(self.content[:start].count(b"\n") + parser.ErrorLineNumber) from problem
        except Unreadable:
            raise
        except (LookupError, ValueError) as problem:
            raise _unknown_encoding() from problem
        return len(view)

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST:
            raise Unreadable(
                _("The elements of the XML file lie too deep within each other. Save the invoice again.")
            )
        if self.elements > MOST_ELEMENTS or len(attributes) > MOST_ATTRIBUTES:
            raise _too_much()

    def _close(self, name: str) -> None:
        self.depth -= 1
        self.closed = self.depth == 0


def _check_encoding(version: str, encoding: str | None, standalone: int) -> None:
    if encoding and codecs.lookup(encoding).name not in ENCODINGS:
        raise _unknown_encoding()


def _check_doctype(name: str, system: str | None, public: str | None, has_declarations: int) -> None:
    """Finvoice before 2.0 names its DTD's file, which is never opened; anything more can do harm."""
    if public or has_declarations or not _DTD_FILE.fullmatch(system or ""):
        raise Unreadable(
            _("The XML file has a document type declaration (DOCTYPE). Save it without one and send that.")
        )


def _refuse_entity(name: str, _is_parameter: int) -> None:
    raise Unreadable(
        _("The XML file refers to a text (&%(name)s;) that is not in it. Save it again with all texts in it.")
        % {"name": name[:60]}
    )


def _too_much() -> Unreadable:
    return Unreadable(_("There is too much in the XML file. Divide it into smaller files."))


def _unknown_encoding() -> Unreadable:
    return Unreadable(_("The XML file's character encoding is not one that we read. Save it as UTF-8."))


def _broken(line: int) -> Unreadable:
    return Unreadable(
        _("The XML file is broken at line %(line)s. Save it again in the program that made it.")
        % {"line": line}
    )
