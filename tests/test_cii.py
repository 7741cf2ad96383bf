"""CII, Factur-X and ZUGFeRD: the made-up invoice, field by field, and what others do differently."""

from datetime import date
from decimal import Decimal

import pytest

from documents import formats
from documents.formats import Facts, Line, Party, Payment, Tax
from tests.invoices import ALL, invoice


def test_what_is_known_of_the_document():
    assert formats.read(ALL["cii"]) == Facts(
        number="2026-20",
        kind="invoice",
        customer_number="S-1",
        addresses="buy@baker.example",
        amount=Decimal("1000.00"),
        currency="EUR",
        issue_date=date(2026, 11, 2),
        due_date=date(2026, 11, 16),
        buyer="Baker Ltd",
        seller="Mill Ltd",
        language="fi",
    )


def test_what_a_person_reads():
    read = formats.examine(ALL["cii"]).invoice
    assert read.seller == Party("Mill Ltd", "201/113", "FI12345671", ("Mill Lane 1", "20100 Turku", "FI"))
    assert (read.net, read.tax, read.total) == (Decimal(1000), Decimal(255), Decimal(1255))
    assert (read.prepaid, read.payable) == (Decimal(255), Decimal(1000))
    assert read.taxes == (Tax(Decimal("25.5"), Decimal(1000), Decimal(255)),)
    assert read.payments == (Payment("FI9850001510000023", "OKOYFIHH", reference="2026207"),)
    assert (read.terms, read.notes) == (("14 days net",), ("Thank you", "for your order"))
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


def test_zugferd_1_has_the_same_under_other_names():
    older = invoice(
        "cii",
        ("rsm:CrossIndustryInvoice", "rsm:CrossIndustryDocument"),
        ("rsm:ExchangedDocument>", "rsm:HeaderExchangedDocument>"),
        ("rsm:SupplyChainTradeTransaction", "rsm:SpecifiedSupplyChainTradeTransaction"),
        ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
        ("SpecifiedLineTrade", "SpecifiedSupplyChainTrade"),
        ("SettlementHeaderMonetary", "SettlementMonetary"),
        ("SettlementLineMonetary", "SettlementMonetary"),
        ("RateApplicablePercent", "ApplicablePercent"),
        ("IssuerAssignedID", "ID"),
    )
    assert formats.examine(older) == formats.examine(ALL["cii"])


@pytest.mark.parametrize(("code", "kind"), [("381", "credit_note"), ("384", "invoice"), ("751", "invoice")])
def test_the_kind_of_document(code, kind):
    assert formats.read(invoice("cii", ("TypeCode>380<", f"TypeCode>{code}<"))).kind == kind


def test_a_credit_note_has_no_minus_sign():
    credit = invoice("cii", ("TypeCode>380<", "TypeCode>381<"), (">1000.00</ram:Due", ">-1000.00</ram:Due"))
    assert formats.read(credit).amount == Decimal(1000)


def test_the_total_is_to_be_paid_when_nothing_else_is_said():
    gone = ("<ram:DuePayableAmount>1000.00</ram:DuePayableAmount>", "")
    assert formats.read(invoice("cii", gone)).amount == Decimal(1255)


def test_the_network_address_counts_only_as_an_e_mail_address():
    contact = ("<ram:URIID>buy@baker.example</ram:URIID>", "")
    assert formats.read(invoice("cii", contact)).addresses == "peppol@baker.example"
    other = ('schemeID="EM">peppol@baker.example', 'schemeID="9958">04 0 11 000')
    assert formats.read(invoice("cii", contact, other)).addresses == ""


def test_a_month_is_no_day():
    month = ('format="102">20261116', 'format="610">202611')
    assert formats.read(invoice("cii", month)).due_date is None
