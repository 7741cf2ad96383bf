"""PDF: whether it can be sent to somebody who has to read it, and the e-invoice inside it. Pure."""

import io
from collections.abc import Iterator

from django.utils.translation import gettext as _
from pypdf import Configuration, PdfReader, apply_configuration
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from documents.formats import xml
from documents.formats.invoice import Invoice, Unreadable

MEDIA_TYPE = "application/pdf"
# Readers look for the header within the first kilobyte (ISO 32000-1, annex H.3.4.1).
HEADER_WITHIN = 1024
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
MOST_XML = 5


def check(content: bytes) -> None:
    """Raises Unreadable with a sentence for people when `content` is no PDF that everybody can open."""
    _open(content)


def read(content: bytes) -> tuple[Invoice | None, str]:
    """The e-invoice in a PDF and the name of the file inside that it is; None and "" without one.

    Raises Unreadable as `check` does, and never because of what is inside: people read the pages.
    """
    reader = _open(content)
    try:
        with apply_configuration(LIMITS):
            candidates = list(_xml_files(reader))
    except Exception:  # as above; the pages are good
        return None, ""
    for name, data in candidates:
        try:
            return xml.read(data), name
        except Unreadable:
            continue
    return None, ""


def _open(content: bytes) -> PdfReader:
    if not content:
        raise Unreadable(_("The file is empty. Save it again in the program that made it."))
    if b"%PDF-" not in content[:HEADER_WITHIN]:
        raise Unreadable(_("This is not a PDF file. Save the document as PDF and send that."))
    try:
        with apply_configuration(LIMITS):
            reader = PdfReader(io.BytesIO(content))
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


def _xml_files(reader: PdfReader) -> Iterator[tuple[str, bytes]]:
    """The XML files in a PDF, whatever their names, as name and content."""
    found = 0
    for specification in _file_specifications(reader.root_object):
        name = str(specification.get("/UF") or specification.get("/F") or "")
        streams = specification.get("/EF", DictionaryObject()).get_object()
        stream = streams.get("/F") or streams.get("/UF")
        data = stream.get_object() if stream is not None else None
        if not isinstance(data, StreamObject) or not _may_be_xml(name, data):
            continue
        yield name, data.get_data()
        found += 1
        if found == MOST_XML:
            return


def _may_be_xml(name: str, stream: StreamObject) -> bool:
    return name.lower().endswith(".xml") or str(stream.get("/Subtype", "")).lower().endswith("xml")


def _file_specifications(catalogue: DictionaryObject) -> Iterator[DictionaryObject]:
    """What is attached: by the tree of names (ISO 32000-1, 7.7.4), then by /AF (ISO 32000-2, 14.13)."""
    names = catalogue.get("/Names", DictionaryObject()).get_object()
    nodes = [names.get("/EmbeddedFiles")]
    associated = catalogue.get("/AF", ArrayObject()).get_object()
    leaves = list(associated[:MOST_ATTACHED]) if isinstance(associated, ArrayObject) else [associated]
    for _step in range(MOST_ATTACHED):
        node = nodes.pop().get_object() if nodes and nodes[-1] is not None else None
        if not isinstance(node, DictionaryObject):
            break
        leaves[:0] = node.get("/Names", ArrayObject()).get_object()[1 : 2 * MOST_ATTACHED : 2]
        nodes += node.get("/Kids", ArrayObject()).get_object()[:MOST_ATTACHED]
    for leaf in leaves[:MOST_ATTACHED]:
        specification = leaf.get_object()
        if isinstance(specification, DictionaryObject):
            yield specification
