"""What the page for people tells of prices, charges, terms and deliveries, and how much it asks for."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from documents import formats
from documents.formats.invoice import Charge, Line, Party, Payment
from documents.readable import make
from documents.readable.columns import NARROWEST, choose
from documents.readable.page import LABEL, wrapped
from documents.readable.table import _title
from tests.paper import FACTS, INVOICE, places, text

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples" / "invoices"

LINE = Line(text="Sähkö", quantity=Decimal("2516.64"), unit="kWh", tax_percent=Decimal(24))
EVERYTHING = replace(
    INVOICE,
    lines=(
        replace(
            INVOICE.lines[0],
            article="HK-2000",
            unit="pcs",
            unit_price=Decimal("450"),
            price_unit="EUR/100 pcs",
            discount_percent=Decimal("12.5"),
        ),
        replace(LINE, unit_price_gross=Decimal("3.08"), price_unit="snt/kWh", net=Decimal("62.51")),
    ),
    charges=(
        Charge("Rahti", Decimal("25"), Decimal("14")),
        Charge("", Decimal("-30")),
        Charge("", Decimal("5")),
    ),
    interest_percent=Decimal("8.5"),
    references={"project": "Satama 4", "invoice": "2026-9"},
    delivery_date=date(2026, 3, 2),
    period_start=date(2026, 2, 1),
    period_end=date(2026, 2, 28),
)
WORDS_OF = {
    "fi": """Viivästyskorko 8,5 %|Toimituspäivä 2.3.2026|Laskutuskausi 1.2.2026–28.2.2026|Projekti Satama 4
        Aiempi lasku 2026-9|Alennus|12,5 %|2 kpl|450,00 EUR/100 kpl|Rahti 14 % 25,00|Alennus −30,00
        Lisäveloitus 5,00|Verollinen yksikköhinta: 3,08 snt/kWh""",
    "sv": """Dröjsmålsränta 8,5 %|Leveransdatum 2026-03-02|Fakturaperiod 2026-02-01 – 2026-02-28
        Projekt Satama 4|Tidigare faktura 2026-9|Rabatt|2 st|450,00 EUR/100 st|Rabatt −30,00|Avgift 5,00
        À-pris inkl. moms: 3,08 snt/kWh""",
    "en": """Late payment interest 8.5%|Delivery date 2 March 2026|Invoicing period 1 Feb 2026 – 28 Feb 2026
        Project Satama 4|Earlier invoice 2026-9|Discount|2 pcs|450.00 EUR/100 pcs|Discount −30.00
        Charge 5.00|Unit price with VAT: 3.08 snt/kWh""",
}


def flat(invoice, language="fi"):
    """The text of the page with its lines joined."""
    return " ".join(text(invoice, language).split())


def makes(invoice):
    """What stands on the page, and how far from the left."""
    return {words: round(x, 1) for _page, words, x, _y in places(make(invoice, "fi"))}


def pieces(words):
    return [piece.strip() for line in words.splitlines() for piece in line.split("|")]


@pytest.mark.parametrize("language", WORDS_OF)
def test_the_page_tells_of_prices_terms_and_deliveries(language):
    page = flat(EVERYTHING, language)
    assert [words for words in pieces(WORDS_OF[language]) if words not in page] == []
    assert "HK-2000" in page


def test_what_is_not_known_leaves_no_word():
    page = text(replace(INVOICE, charges=(Charge(), Charge("", Decimal(0))), interest_percent=Decimal(0)))
    unknown = (
        "korko|Toimitus|Laskutuskausi|Projekti|Aiempi|Alennus|Lisäveloitus|Tuotenro|Verollinen|EUR/|None"
    )
    assert re.findall(unknown, page) == []


def test_what_the_invoice_says_is_to_be_paid_is_asked_for():
    page = text(replace(INVOICE, prepaid=Decimal("1000"), payable=Decimal("300")))
    assert page.count("300,00 EUR") == 2
    assert page.count(" EUR") == 2
    assert "Verollinen yhteensä 1 234,50" in page
    assert "Tilinumero" not in text(replace(INVOICE, payable=Decimal(0)))


@pytest.mark.parametrize("payable", ["0", "-1234.50", "1234.50", None])
def test_a_credit_note_names_what_it_credits_and_asks_for_nothing(payable):
    credit = replace(
        EVERYTHING,
        facts=replace(FACTS, kind="credit_note"),
        payable=payable and Decimal(payable),
        total=Decimal("-1234.50"),
    )
    page = text(credit)
    assert "Hyvitettävä lasku 2026-9" in page
    assert "Hyvitetään yhteensä 1 234,50 EUR" in page
    assert "Verollinen yhteensä" not in page
    assert "Viivästyskorko" not in page


@pytest.mark.parametrize(
    ("terms", "shown"),
    [
        (("14 päivää netto", "Viivästyskorko"), "Maksuehdot 14 päivää netto Viivästyskorko 8,5 %"),
        (("14 päivää netto", "Korko 8,50 %"), "Maksuehdot 14 päivää netto Korko 8,50 %"),
        (("Korko peritään",), "Maksuehdot Korko peritään Viivästyskorko 8,5 %"),
        ((), "Viivästyskorko 8,5 %"),
    ],
)
def test_interest_is_told_once(terms, shown):
    page = flat(replace(INVOICE, terms=terms, interest_percent=Decimal("8.5")))
    assert shown in page
    assert len(re.findall("8,50? %", page)) == 1


def test_numbers_of_articles_have_a_column_or_a_line_under_the_text():
    short = makes(replace(INVOICE, lines=(replace(LINE, article="S-1"),)))
    assert short["Tuotenro"] == short["S-1"] < short["Kuvaus"] == short["Sähkö"]
    long = makes(replace(INVOICE, lines=(replace(LINE, article="9" * 40), replace(LINE, article="Sähkö"))))
    assert long["Kuvaus"] == long["Sähkö"] == long[f"Tuotenro {'9' * 40}"] == short["Tuotenro"]
    assert "Tuotenro Sähkö" not in long


def test_prices_with_tax_are_called_so_where_there_are_no_others():
    page = flat(
        replace(INVOICE, lines=(replace(LINE, unit_price_gross=Decimal("3.08"), gross=Decimal("77.51")),))
    )
    assert "Verollinen yksikköhinta" in page
    assert "Verollinen yksikköhinta:" not in page
    assert page.count("3,08") == 1


def test_units_of_prices_show_where_they_say_more_than_the_currency():
    line = replace(LINE, unit_price=Decimal("0.0308"), price_unit="EUR/kWh")
    assert "EUR/kWh" not in text(replace(INVOICE, lines=(line,)))
    both = flat(replace(INVOICE, lines=(line, replace(line, price_unit="snt/kWh"))))
    assert "0,0308 EUR/kWh" in both
    assert "0,0308 snt/kWh" in both


def test_lines_of_words_alone_have_no_amount():
    words = Line(text="Erä 920625", net=Decimal(0), gross=Decimal(0))
    assert "0,00" not in text(replace(INVOICE, taxes=(), lines=(INVOICE.lines[0], words))).replace(
        "00,00", ""
    )


def test_the_text_keeps_its_room_beside_all_columns():
    wide = tuple(
        replace(line, article="A" * n, net=None, gross=Decimal("12345.60"), unit_price=Decimal("1234.5"))
        for n, line in zip((1, 18), EVERYTHING.lines, strict=True)
    )
    columns = choose((*EVERYTHING.lines, *wide), "EUR")
    assert len(columns.figures) == 6
    assert columns.text_width > NARROWEST * 0.8
    assert columns.article_width == 0
    assert choose(EVERYTHING.lines, "EUR").article_width > 0


def test_titles_of_columns_part_evenly():
    column = replace(
        choose(INVOICE.lines, "EUR").figures[0], title="À-pris inkl. moms", unit_width=0, width=58
    )
    assert _title(column) == ["À-pris", "inkl. moms"]
    assert _title(replace(column, width=200)) == ["À-pris inkl. moms"]


def test_the_same_account_stands_once_and_none_leaves_no_word():
    assert text(replace(INVOICE, payments=INVOICE.payments * 2)).count("FI21 1234 5600 0007 85") == 1
    page = text(replace(INVOICE, payments=(Payment(reference="1234561"),)))
    assert "Saaja" in page
    assert "Tilinumero" not in page


def test_one_id_is_not_told_twice():
    same = Party("Sarake Oy", "DE136695976", "DE136695976", ("Katu 1", "00100 HELSINKI"))
    page = text(replace(INVOICE, seller=same, buyer=same))
    assert page.count("DE136695976") == 2
    assert "Y-tunnus" not in page


def test_long_names_of_payees_are_not_cut():
    name = "Pohjoisen Suomen Maa- ja metsätaloustarvikkeiden Hankintaosuuskunta-Lantbruksandelslaget r.l."
    page = flat(replace(INVOICE, seller=replace(INVOICE.seller, name=name)))
    assert page.replace("- L", "-L").count(name) == 3
    assert wrapped("osuuskunta-andelslaget", LABEL, 60) == ["osuuskunta-", "andelslaget"]


@pytest.mark.skipif(
    not SAMPLES.exists(), reason="the sample invoices (../shared/samples) are not on this machine"
)
def test_real_invoices_have_a_page_with_their_number_and_amount():
    for path in sorted(SAMPLES.glob("*.xml")):
        for content in formats.split(path.read_bytes()):
            invoice = formats.examine(content).invoice
            page = text(invoice, "en")
            due = invoice.facts.amount if invoice.payable is None else invoice.payable
            assert f"{due:,.2f} {invoice.facts.currency}" in page, path.name
            assert invoice.facts.number in page, path.name
            assert all(y > 10 for _page, _words, _x, y in places(make(invoice, "en")))
