"""Finvoice: the made-up invoice, field by field, and what others do differently."""

from datetime import date
from decimal import Decimal

import pytest

from documents import formats
from documents.formats import Charge, Facts, Line, Party, Payment, Tax
from tests.invoices import ALL, invoice


def test_what_is_known_of_the_document():
    assert formats.read(ALL["finvoice"]) == Facts(
        number="2026-17",
        kind="invoice",
        customer_number="S-1",
        addresses="laskut@tili.example",
        amount=Decimal("1255.00"),
        currency="EUR",
        issue_date=date(2026, 11, 2),
        due_date=date(2026, 11, 16),
        buyer="Leipomo Ääri € Oy",
        seller="Mylly Oy",
        language="sv",
    )


def test_what_a_person_reads():
    read = formats.examine(ALL["finvoice"]).invoice
    address = ("Myllytie 1", "13100 Hämeenlinna", "FI")
    assert read.seller == Party("Mylly Oy", "1234567-1", "FI12345671", address, ("03 123",))
    assert read.buyer == Party("Leipomo Ääri € Oy", "7654321-4", contact=("osto@leipomo.example",))
    assert read.receiver == Party("Tilitoimisto Ky", contact=("laskut@tili.example",))
    assert (read.net, read.tax, read.total) == (Decimal(1000), Decimal(255), Decimal(1255))
    assert (read.prepaid, read.payable) == (Decimal(255), Decimal(1000))
    assert read.taxes == (Tax(Decimal("25.5"), Decimal(1000), Decimal(255)),)
    assert read.charges == (Charge("Alennus", Decimal(-10)),)
    assert read.payments == (
        Payment("FI9850001510000023", "OKOYFIHH", reference="2026 178"),
        Payment("FI2112345600000785", "NDEAFIHH", reference="2026 178"),
    )
    assert (read.terms, read.interest_percent) == (("14 pv netto",), Decimal("9.5"))
    assert (read.notes, read.references) == (("Kiitos tilauksesta",), {"order": "PO 9"})


def test_the_lines_and_the_lines_under_them():
    flour, transport = formats.examine(ALL["finvoice"]).invoice.lines  # an empty row is none
    assert flour == Line(
        "Vehnäjauho",
        details=("Erä 12",),
        article="A1",
        quantity=Decimal(500),
        unit="kg",
        unit_price=Decimal(200),
        price_unit="EUR/100 kg",
        tax_percent=Decimal("25.5"),
        net=Decimal(1000),
    )
    assert transport == Line("Kuljetus", unit_price_gross=Decimal(50), price_unit="snt/km", gross=Decimal(5))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("INV02", "credit_note"),
        ("INV08", "reminder"),
        ("INV05", "reminder"),
        ("INV03", "invoice"),
        ("REM01", "reminder"),
        ("ORD01", "order"),
        ("ORC01", "order_confirmation"),
        ("DEN01", "delivery_note"),
        ("PRI01", "other"),
        ("", "invoice"),
    ],
)
def test_the_kind_of_document(code, kind):
    assert formats.read(invoice("finvoice", ("INV01", code))).kind == kind


def test_the_second_code_tells_a_credit_note_too():
    second = ("<InvoiceNumber>", "<InvoiceTypeCodeUN>381</InvoiceTypeCodeUN><InvoiceNumber>")
    assert formats.read(invoice("finvoice", second)).kind == "credit_note"


def test_a_credit_note_has_no_minus_sign():
    credit = invoice("finvoice", ("INV01", "INV02"), (">1 255,00<", ">-1 255,00<"))
    assert formats.read(credit).amount == Decimal(1255)
    assert formats.read(invoice("finvoice", (">1 255,00<", ">-1 255,00<"))).amount == Decimal(-1255)


@pytest.mark.parametrize(
    ("gone", "number"),
    [
        ((), "S-1"),
        (("<SellersBuyerIdentifier>S-1</SellersBuyerIdentifier>",), "B-2"),
        (("S-1", "<BuyerCode>B-2</BuyerCode>"), "R-3"),
        (("S-1", "B-2", "R-3"), ""),
    ],
)
def test_the_customer_number_stands_in_three_places(gone, number):
    assert formats.read(invoice("finvoice", *[(text, "") for text in gone])).customer_number == number


def test_the_buyers_address_is_taken_when_the_recipients_is_none():
    content = invoice("finvoice", ("laskut@tili.example", "EMAIL"))
    assert formats.read(content).addresses == "osto@leipomo.example"


def test_several_address_elements_are_joined():
    one = "<InvoiceRecipientEmailaddressIdentifier>{}</InvoiceRecipientEmailaddressIdentifier>"
    first, second = one.format("laskut@tili.example"), one.format("b@tili.example")
    assert formats.read(invoice("finvoice", (first, first + second))).addresses == (
        "laskut@tili.example;b@tili.example"
    )


def test_a_namespace_changes_nothing():
    content = invoice(
        "finvoice", ("<Finvoice ", '<f:Finvoice xmlns:f="urn:x" '), ("</Finvoice>", "</f:Finvoice>")
    )
    assert formats.read(content) == formats.read(ALL["finvoice"])
    content = invoice("finvoice", ("<Finvoice ", '<Finvoice xmlns="urn:x" '))
    assert formats.examine(content) == formats.examine(ALL["finvoice"])


def test_an_almost_empty_invoice_is_read():
    assert formats.read(b"<Finvoice/>") == Facts(kind="invoice")
