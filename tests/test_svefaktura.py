"""Svefaktura: the made-up invoice, field by field."""

from datetime import date
from decimal import Decimal

from documents import formats
from documents.formats import Facts, Line, Party, Payment, Tax
from tests.invoices import ALL, invoice


def test_what_is_known_of_the_document():
    assert formats.read(ALL["svefaktura"]) == Facts(
        number="2026-21",
        kind="invoice",
        customer_number="S-1",
        addresses="inkop@bagare.example",
        amount=Decimal("1250.00"),
        currency="SEK",
        issue_date=date(2026, 11, 2),
        due_date=date(2026, 11, 16),
        buyer="Bagare AB",
        seller="Kvarn AB",
    )


def test_what_a_person_reads():
    read = formats.examine(ALL["svefaktura"]).invoice
    assert read.seller == Party("Kvarn AB", "5560000000", "SE556000000001", ("Kvarnvägen 1", "90101 Umeå"))
    assert (read.net, read.tax, read.total) == (Decimal(1000), Decimal(250), Decimal(1250))
    assert read.taxes == (Tax(Decimal(25), Decimal(1000), Decimal(250)),)
    assert read.payments == (Payment("12345678", "BGABSESS", reference="202621"),)
    assert (read.terms, read.interest_percent) == (("14 dagar netto",), Decimal(8))
    assert (read.notes, read.references) == (("Tack",), {"buyer": "Pelle"})
    assert read.lines == (
        Line(
            "Mjöl",
            details=("Parti 12",),
            article="A1",
            quantity=Decimal(500),
            unit="kg",
            unit_price=Decimal(2),
            tax_percent=Decimal(25),
            net=Decimal(1000),
        ),
    )


def test_a_credit_note_has_no_minus_sign():
    credit = formats.read(invoice("svefaktura", (">380<", ">381<"), (">1250.00<", ">-1250.00<")))
    assert (credit.kind, credit.amount) == ("credit_note", Decimal(1250))


def test_without_the_buyers_particulars_it_is_read_all_the_same():
    facts = formats.read(invoice("svefaktura", ("cac:BuyerParty", "cac:Nobody")))
    assert (facts.number, facts.customer_number, facts.addresses, facts.buyer) == ("2026-21", "", "", "")
