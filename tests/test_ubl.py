"""UBL and Peppol: the made-up invoice, field by field, and what others do differently."""

from datetime import date
from decimal import Decimal

import pytest

from documents import formats
from documents.formats import Charge, Facts, Line, Party, Payment, Tax
from tests.invoices import ALL, invoice


def test_what_is_known_of_the_document():
    assert formats.read(ALL["ubl"]) == Facts(
        number="2026-19",
        kind="invoice",
        customer_number="S-1",
        addresses="buy@baker.example",
        amount=Decimal("1000.00"),
        currency="EUR",
        issue_date=date(2026, 11, 2),
        due_date=date(2026, 11, 16),
        buyer="Baker Ltd",
        seller="Mill Ltd",
    )


def test_what_a_person_reads():
    read = formats.examine(ALL["ubl"]).invoice
    assert read.seller == Party("Mill Ltd", "1234567-1", "FI12345671", ("Mill Lane 1", "20100 Turku", "FI"))
    assert (read.net, read.tax, read.total) == (Decimal(1000), Decimal(255), Decimal(1255))
    assert (read.prepaid, read.payable) == (Decimal(255), Decimal(1000))
    assert read.taxes == (Tax(Decimal("25.5"), Decimal(1000), Decimal(255)),)
    assert read.charges == (Charge("Discount", Decimal(-10)),)
    assert read.payments == (Payment("FI9850001510000023", "OKOYFIHH", reference="2026197"),)
    assert (read.terms, read.notes) == (("14 days net",), ("Thank you",))
    assert read.references == {"order": "PO 9"}
    assert read.lines == (
        Line(
            "Flour",
            details=("Lot 12",),
            article="A1",
            quantity=Decimal(500),
            unit="kg",
            unit_price=Decimal(200),
            price_unit="EUR/100 kg",
            tax_percent=Decimal("25.5"),
            net=Decimal(1000),
        ),
    )


def credit_note(*changes):
    """As a CreditNote: the root, its type and its lines have other names, and it has no DueDate."""
    return invoice(
        "ubl",
        ("xsd:Invoice-2", "xsd:CreditNote-2"),
        ("<Invoice ", "<CreditNote "),
        ("</Invoice>", "</CreditNote>"),
        ("InvoiceTypeCode>380", "CreditNoteTypeCode>381"),
        ("InvoiceTypeCode", "CreditNoteTypeCode"),
        ("InvoiceLine", "CreditNoteLine"),
        ("InvoicedQuantity", "CreditedQuantity"),
        *changes,
    )


def test_a_credit_note():
    read = formats.examine(credit_note((">1000.00</cbc:Payable", ">-1000.00</cbc:Payable"))).invoice
    assert (read.facts.kind, read.facts.amount) == ("credit_note", Decimal(1000))
    assert read.lines == formats.examine(ALL["ubl"]).invoice.lines


@pytest.mark.parametrize(
    ("code", "kind"), [("381", "credit_note"), ("384", "invoice"), ("389", "invoice"), ("", "invoice")]
)
def test_the_kind_of_document(code, kind):
    assert formats.read(invoice("ubl", ("TypeCode>380<", f"TypeCode>{code}<"))).kind == kind


def test_a_due_date_may_stand_with_the_payment():
    moved = ("<cac:PaymentMeans>", "<cac:PaymentMeans><cbc:PaymentDueDate>2026-12-01</cbc:PaymentDueDate>")
    gone = ("<cbc:DueDate>2026-11-16</cbc:DueDate>", "")
    assert formats.read(invoice("ubl", moved, gone)).due_date == date(2026, 12, 1)
    assert formats.read(invoice("ubl", gone)).due_date is None


def test_the_customer_number_stands_in_two_places():
    assert formats.read(invoice("ubl", ("S-1", ""))).customer_number == "ACC-2"


def test_the_network_address_counts_only_as_an_e_mail_address():
    contact = ("<cbc:ElectronicMail>buy@baker.example</cbc:ElectronicMail>", "")
    assert formats.read(invoice("ubl", contact)).addresses == "peppol@baker.example"
    other = ('schemeID="EM">peppol@baker.example', 'schemeID="0088">7300010000001')
    assert formats.read(invoice("ubl", contact, other)).addresses == ""


def test_prefixes_are_free():
    content = invoice(
        "ubl", ("cbc:", "x:"), ("xmlns:cbc", "xmlns:x"), ("cac:", "y:"), ("xmlns:cac", "xmlns:y")
    )
    assert formats.examine(content) == formats.examine(ALL["ubl"])


def test_an_almost_empty_invoice_is_read():
    assert formats.read(
        b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'
    ) == Facts(kind="invoice")
