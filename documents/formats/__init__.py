"""What comes in: one pure file per format, recognised by content, not by name."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from documents.formats import pdf, xml
from documents.formats.invoice import (
    Charge,
    Facts,
    Invoice,
    Line,
    Party,
    Payment,
    SeveralInvoices,
    Tax,
    Unreadable,
)

__all__ = [
    "Charge",
    "Examined",
    "Facts",
    "Invoice",
    "Line",
    "Party",
    "Payment",
    "SeveralInvoices",
    "Tax",
    "Unreadable",
    "examine",
    "read",
    "split",
]


@dataclass(frozen=True)
class Examined:
    """A file that can be sent: a PDF, or an e-invoice that we can read."""

    media_type: str
    invoice: Invoice | None = None  # None: a PDF without an e-invoice in it
    embedded_as: str = ""  # the name of the e-invoice's file inside a PDF

    @property
    def facts(self) -> Facts:
        return self.invoice.facts if self.invoice else Facts()


def examine(content: bytes) -> Examined:
    """What a file is and what it says. Raises Unreadable with a sentence for people."""
    if not content:
        raise Unreadable(_("The file is empty. Save it again in the program that made it."))
    if xml.looks_like(content):
        return Examined(xml.MEDIA_TYPE, xml.read(content))
    invoice, name = pdf.read(content)
    return Examined(pdf.MEDIA_TYPE, invoice, name)


def read(content: bytes) -> Facts:
    """What a file says: nothing, for a PDF without an e-invoice in it. Raises Unreadable."""
    return examine(content).facts


def split(content: bytes) -> list[bytes]:
    """The documents in one file, each a file of its own: XML may hold several. Raises Unreadable.

    One that holds a single document comes back as it is; envelopes between documents are left out.
    """
    return xml.split(content) if xml.looks_like(content) else [content]
