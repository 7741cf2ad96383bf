"""An invoice to make a page of, and what stands on the page."""

import io
from datetime import date
from decimal import Decimal

from pypdf import PdfReader

from documents.formats.invoice import Facts, Invoice, Line, Party, Payment, Tax
from documents.readable import make
from documents.readable.page import HEIGHT

MM = 72 / 25.4

FACTS = Facts(
    number="2026-17",
    kind="invoice",
    customer_number="10101",
    amount=Decimal("1234.50"),
    currency="EUR",
    issue_date=date(2026, 3, 5),
    due_date=date(2026, 3, 19),
)
INVOICE = Invoice(
    facts=FACTS,
    seller=Party(
        "Havukka Oy",
        "1234567-1",
        "FI12345671",
        ("Tehtaankatu 2", "00150 HELSINKI"),
        ("talous@havukka.example",),
    ),
    buyer=Party("Sänkipelto Öljy Ab", "", "", ("Åkervägen 5", "33100 TAMPERE")),
    lines=(
        Line(
            text="Hiomakone",
            details=("Tuote 11",),
            quantity=Decimal(2),
            unit="kpl",
            unit_price=Decimal("400"),
            tax_percent=Decimal("25.5"),
            net=Decimal("800"),
        ),
        Line(
            text="Hyvitys",
            quantity=Decimal(-1),
            unit="pcs",
            unit_price=Decimal("20.125"),
            tax_percent=Decimal("25.5"),
            net=Decimal("-20.13"),
        ),
    ),
    taxes=(
        Tax(Decimal("25.5"), Decimal("779.87"), Decimal("198.87")),
        Tax(Decimal("14"), Decimal("224.35"), Decimal("31.41")),
        Tax(Decimal("0"), Decimal("0"), Decimal("0"), "Vientikauppa"),
    ),
    net=Decimal("1004.22"),
    tax=Decimal("230.28"),
    total=Decimal("1234.50"),
    payments=(Payment("FI2112345600000785", "NDEAFIHH", "Pankki", "00000000000001234561"),),
    terms=("14 päivää netto",),
    notes=("Kiitos tilauksesta.",),
    references={"order": "PO-88"},
)


def opened(pdf):
    return PdfReader(io.BytesIO(pdf))


def texts(pdf):
    """The text of each page, with plain spaces."""
    return [page.extract_text().replace("\u202f", " ") for page in opened(pdf).pages]


def text(invoice, language="fi", **options):
    return "\n".join(texts(make(invoice, language, **options)))


def places(pdf):
    """(page, text, millimetres from the left, millimetres from the top) of each piece of text."""
    found = []
    for number, page in enumerate(opened(pdf).pages):

        def visit(words, _cm, matrix, _font, _size, number=number):
            if words.strip():
                found.append((number, words.strip(), matrix[4] / MM, (HEIGHT - matrix[5]) / MM))

        page.extract_text(visitor_text=visit)
    return found
