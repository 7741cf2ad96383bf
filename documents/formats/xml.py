"""E-invoices as XML: parsed safely, told apart by their root element. Pure."""

from django.utils.translation import gettext as _

from documents.formats.invoice import Invoice, Unreadable

MEDIA_TYPE = "application/xml"


def looks_like(content: bytes) -> bool:
    """Whether a file means to be XML."""
    start = content.removeprefix(b"\xef\xbb\xbf")[:1024].lstrip()
    return start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<"))


def read(content: bytes) -> Invoice:
    """The invoice in an XML file. Raises Unreadable."""
    raise Unreadable(_("This XML file is no e-invoice that we know."))


def split(content: bytes) -> list[bytes]:
    return [content]
