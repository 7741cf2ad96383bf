"""PDF: whether it can be sent to somebody who has to read it. Pure."""

import io

from django.utils.translation import gettext as _
from pypdf import Configuration, PdfReader, apply_configuration
from pypdf.generic import ArrayObject, DictionaryObject

from documents.formats.invoice import Unreadable

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


def check(content: bytes) -> None:
    """Raises Unreadable with a sentence for people when `content` is no PDF that everybody can open."""
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
