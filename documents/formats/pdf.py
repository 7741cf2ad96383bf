"""PDF: whether it can be sent to somebody who has to read it, and the e-invoice inside it. Pure."""

import io
from collections.abc import Iterator
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pypdf import Configuration, PdfReader, apply_configuration
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject, StreamObject

from documents.formats import xml
from documents.formats.invoice import Invoice, Unreadable

MEDIA_TYPE = "application/pdf"
# Readers look for the header within the first kilobyte (ISO 32000-1, annex H.3.4.1).
HEADER_WITHIN = 1024
# And for the end within the last one (annex H.3.4.4); mail systems and web servers add more behind it.
END, END_WITHIN = b"%%EOF", 64 * 1024
MOST_REVISIONS = 2_000
MOST_OBJECTS = 300_000  # 25 MB of the smallest ones
# A file of 100 kB can unpack to gigabytes: what is looked at may unpack to so many octets a stream, and the
# first page is looked for no deeper than this.
UNPACKED = 4_000_000
DEPTH = 5
LIMITS = Configuration(
    zlib_maximum_output_length=UNPACKED,
    lzw_maximum_output_length=UNPACKED,
    run_length_maximum_output_length=UNPACKED,
    brotli_maximum_output_length=UNPACKED,
    stream_decoding_work_maximum_length=2 * UNPACKED,
)


# Factur-X and ZUGFeRD have one XML file among few others; a longer list is not looked through.
MOST_ATTACHED = 100
MOST_TRIED = 5
# How an e-invoice may belong to its PDF; it is not always called XML.
RELATIONSHIPS = {"/Alternative", "/Data", "/Source"}

T = TypeVar("T", bound=PdfObject)


def check(content: bytes) -> None:
    """Raises Unreadable with a sentence for people when `content` is no PDF that everybody can open."""
    _open(content)


def read(content: bytes) -> tuple[Invoice | None, str]:
    """The e-invoice in a PDF and the name of the file inside that it is; None and "" without one.

    Raises Unreadable as `check` does, and never because of what is inside: people read the pages.
    """
    reader = _open(content)
    with apply_configuration(LIMITS):
        for name, stream in _candidates(reader):
            try:
                return xml.read(stream.get_data()), name
            except Exception:  # noqa: S112  # no e-invoice, or damaged in one of pypdf's many ways
                continue
    return None, ""


def _open(content: bytes) -> PdfReader:
    if not content:
        raise Unreadable(_("The file is empty. Save it again in the program that made it."))
    if b"%PDF-" not in content[:HEADER_WITHIN]:
        raise Unreadable(_("This is not a PDF file. Save the document as PDF and send that."))
    try:
        with apply_configuration(LIMITS):
            reader = PdfReader(io.BytesIO(_bounded(content)))
            opens = not reader.is_encrypted or bool(reader.decrypt(""))
            has_pages = not opens or _has_pages(reader)
    except Exception as problem:  # pypdf has no one class for everything that a damaged file can raise
        raise Unreadable(
            _("The PDF file is damaged and cannot be opened. Save it again in the program that made it.")
        ) from problem
    if not opens:
        raise Unreadable(_("The PDF file asks for a password. Save it without a password and send that."))
    if not has_pages:
        raise Unreadable(_("The PDF file has no pages. Save it again in the program that made it."))
    return reader


def _bounded(content: bytes) -> bytes:
    """The file up to its last end marker. Raises ValueError for what would take very long to make sense of.

    Without a marker near the end, or with more of them and of objects than a document has, the reader goes
    through the file again and again in search of a table of contents.
    """
    end = content.rfind(END, max(0, len(content) - END_WITHIN))
    if end < 0:
        raise ValueError("no end")
    most = {b"startxref": MOST_REVISIONS, b"trailer": MOST_REVISIONS, b" obj": MOST_OBJECTS}
    if any(content.count(word) > number for word, number in most.items()):
        raise ValueError("too much of it")
    return content[: end + len(END)]


def _has_pages(reader: PdfReader) -> bool:
    """Whether the page tree leads to a page; counting them all would mean unpacking everything."""
    node = reader.root_object["/Pages"].get_object()
    for _level in range(DEPTH):
        if not isinstance(node, DictionaryObject):
            return False
        if "/Kids" not in node:
            return node.get("/Type") == "/Page"
        kids = node["/Kids"].get_object()
        if not isinstance(kids, ArrayObject) or not kids:
            return False
        node = kids[0].get_object()
    return True


def _candidates(reader: PdfReader) -> list[tuple[str, StreamObject]]:
    """The files in a PDF that may be an e-invoice, as name and stream; those that say they are XML first."""
    found = []
    try:
        for specification in _attached(reader.root_object):
            name = str(specification.get("/UF") or specification.get("/F") or "")
            streams = _resolved(specification.get("/EF"), DictionaryObject)
            stream = _resolved(streams.get("/F") or streams.get("/UF"), StreamObject)
            says_xml = name.lower().endswith(".xml") or str(stream.get("/Subtype")).lower().endswith("xml")
            if says_xml or specification.get("/AFRelationship") in RELATIONSHIPS:
                found.append((not says_xml, name, stream))
    except Exception:  # as above: what is attached is damaged, and the pages are good
        return []
    return [(name, stream) for _rank, name, stream in sorted(found, key=lambda f: f[0])[:MOST_TRIED]]


def _attached(catalogue: DictionaryObject) -> Iterator[DictionaryObject]:
    """What is attached: by the tree of names (ISO 32000-1, 7.7.4), then by /AF (ISO 32000-2, 14.13)."""
    leaves: list[Any] = []
    nodes: list[Any] = [_resolved(catalogue.get("/Names"), DictionaryObject).get("/EmbeddedFiles")]
    for _step in range(MOST_ATTACHED):
        if not nodes:
            break
        node = _resolved(nodes.pop(0), DictionaryObject)
        leaves += _resolved(node.get("/Names"), ArrayObject)[1::2]  # after each name
        nodes += _resolved(node.get("/Kids"), ArrayObject)[:MOST_ATTACHED]
    leaves += _resolved(catalogue.get("/AF"), ArrayObject)
    for leaf in leaves[:MOST_ATTACHED]:
        yield _resolved(leaf, DictionaryObject)


def _resolved(value: Any, kind: type[T]) -> T:
    """The object behind a reference; an empty one in place of what is missing or something else."""
    found = value.get_object() if isinstance(value, PdfObject) else None
    return found if isinstance(found, kind) else kind()
