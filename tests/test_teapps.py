"""TEAPPSXML: the made-up invoice, field by field, and what others do differently."""

from datetime import date
from decimal import Decimal

import pytest

from documents import formats
from documents.formats import Charge, Facts, Line, Payment, Tax
from tests.invoices import ALL, invoice


def test_what_is_known_of_the_document():
    assert formats.read(ALL["teapps"]) == Facts(
        number="2026-18",
        kind="invoice",
        customer_number="S-1",
        addresses="osto@leipomo.example",
        amount=Decimal("1255.00"),
        currency="EUR",
        issue_date=date(2026, 11, 2),
        due_date=date(2026, 11, 16),
        buyer="Leipomo Ääri Oy",
        seller="Mylly Oy",
        language="fi",
    )


def test_what_a_person_reads():
    read = formats.examine(ALL["teapps"]).invoice
    assert read.seller.address == ("Myllytie 1", "13100 Hämeenlinna")
    assert (read.seller.business_id, read.seller.vat_id) == ("1234567-1", "FI12345671")
    assert (read.net, read.tax, read.total) == (Decimal(1000), Decimal(255), Decimal(1255))
    assert read.taxes == (Tax(Decimal("25.5"), Decimal(1000), Decimal(255)),)
    assert read.charges == (Charge(amount=Decimal(5)),)
    assert read.payments == (Payment("FI9850001510000023", "OKOYFIHH", reference="2026185"),)
    assert (read.terms, read.notes) == (("14 pv netto",), ("Kiitos",))
    assert read.references == {"order": "PO 9"}
    assert read.lines == (
        Line(
            "Vehnäjauho",
            details=("Erä 12",),
            article="A1",
            quantity=Decimal(500),
            unit="kg",
            unit_price=Decimal(200),
            price_unit="EUR/100 kg",
            tax_percent=Decimal("25.5"),
            net=Decimal(1000),
            gross=Decimal(1255),
        ),
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("01", "credit_note"),
        ("09", "reminder"),
        ("50", "order"),
        ("51", "order_confirmation"),
        ("06", "invoice"),
    ],
)
def test_the_kind_of_document(code, kind):
    content = invoice("teapps", ("<INVOICE_TYPE>00<", f"<INVOICE_TYPE>{code}<"))
    assert formats.read(content).kind == kind


def test_the_european_code_tells_a_credit_note_too():
    content = invoice("teapps", ("<INVOICE_TYPE>00", '<INVOICE_TYPE UNTDID_CODE="381">00'))
    assert formats.read(content).kind == "credit_note"


def test_the_sign_is_an_attribute_and_a_credit_note_has_none():
    minus = ('SIGN="+"', 'SIGN="-"')
    assert formats.read(invoice("teapps", minus)).amount == Decimal(-1255)
    credit = invoice("teapps", minus, ("<INVOICE_TYPE>00<", "<INVOICE_TYPE>01<"))
    assert formats.read(credit).amount == Decimal(1255)
    assert formats.examine(credit).invoice.lines[0].quantity == Decimal(-500)


def test_an_official_id_is_no_customer_number():
    assert formats.read(invoice("teapps", ("<CUSTOMER_ID>S-1</CUSTOMER_ID>", ""))).customer_number == ""


def test_the_address_stands_in_two_places():
    content = invoice("teapps", ("osto@leipomo.example", "[email]"))
    assert formats.read(content).addresses == "toinen@leipomo.example"


@pytest.mark.parametrize("day", ["31", "", "x", "9" * 40])
def test_a_date_that_is_none_is_not_known(day):
    assert formats.read(invoice("teapps", ("<DAY>16<", f"<DAY>{day}<"))).due_date is None
