"""PDF: whether it can be sent to somebody who has to read it. Pure."""

import io

from django.utils.translation import gettext as _
from pypdf import PdfReader

from documents.formats import Unreadable

MEDIA_TYPE = "application/pdf"
# Readers look for the header within the first kilobyte (ISO 32000-1, annex H.3.4.1).
HEADER_WITHIN = 1024


def check(content: bytes) -> None:
    """Raises Unreadable with a sentence for people when `content` is no PDF that everybody can open."""
    if not content:
        raise Unreadable(_("The file is empty. Save it again in the program that made it."))
    if b"%PDF-" not in content[:HEADER_WITHIN]:
        raise Unreadable(_("This is not a PDF file. Save the document as PDF and send that."))
    try:
        reader = PdfReader(io.BytesIO(content))
        opens = not reader.is_encrypted or bool(reader.decrypt(""))
        pages = len(reader.pages) if opens else 1
    except Exception as problem:  # pypdf has no one class for everything that a damaged file can raise
        raise Unreadable(
            _("The PDF file is damaged and cannot be opened. Save it again in the program that made it.")
        ) from problem
    if not opens:
        raise Unreadable(_("The PDF file asks for a password. Save it without a password and send that."))
    if not pages:
        raise Unreadable(_("The PDF file has no pages. Save it again in the program that made it."))
