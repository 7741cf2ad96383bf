"""The page for people that is made of an invoice: what stands on it, and that nothing spoils it."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from documents.formats.invoice import Facts, Invoice, Line, Party
from documents.readable import fonts, make
from tests.paper import FACTS, INVOICE, opened, places, text, texts

WORDS_OF = {
    "fi": """Lasku|Laskun numero|Laskun päivä|5.3.2026|Eräpäivä|19.3.2026|Viitenumero|Asiakasnumero
        Tilausnumero|Maksuehdot|Määrä|Yksikköhinta|Veroton|ALV|25,5 %|ALV yhteensä|Maksettava yhteensä
        1 234,50 EUR|Tilinumero|Saaja|Y-tunnus 1234567-1|20,125|−20,13|Sähköinen alkuperäiskappale on""",
    "sv": """Faktura|Fakturanummer|Fakturadatum|2026-03-05|Förfallodatum|Referensnummer|Kundnummer
        Ordernummer|Betalningsvillkor|Antal|À-pris|Exkl. moms|Moms|25,5 %|Att betala|1 234,50 EUR
        Org.nr 1234567-1|Det elektroniska originalet är bifogat.""",
    "en": """Invoice|Invoice number|5 March 2026|19 March 2026|Reference|Customer number|Terms of payment
        Unit price|Without VAT|25.5%|Total to pay|1,234.50 EUR|Business ID 1234567-1
        The electronic original is attached.""",
}
EVERYTHING = """Havukka Oy|FI12345671|Tehtaankatu 2|talous@havukka.example|Sänkipelto Öljy Ab|Åkervägen 5
    2026-17|10101|PO-88|Hiomakone|Tuote 11|779,87|198,87|224,35|31,41|Vientikauppa|1 004,22|230,28
    FI21 1234 5600 0007 85|NDEAFIHH|Pankki|12 34561|14 päivää netto|Kiitos tilauksesta."""


def missing(wanted, page):
    return [words for words in re.split(r"\||\n\s+", wanted) if words not in page]


@pytest.mark.parametrize(("language", "words"), WORDS_OF.items())
def test_the_page_speaks_the_customers_language(language, words):
    assert missing(words, text(INVOICE, language)) == []


def test_other_languages_get_english():
    assert text(INVOICE, "de") == text(INVOICE, "en") == text(INVOICE, "")
    assert text(INVOICE, "fi-FI") == text(INVOICE, "fi")


def test_everything_that_the_invoice_says_stands_on_the_page():
    assert missing(EVERYTHING, text(INVOICE)) == []


def test_the_address_shows_in_the_window_of_an_envelope():
    lines = {words: (x, y) for _page, words, x, y in places(make(INVOICE, "fi"))}
    for line in ("Sänkipelto Öljy Ab", "Åkervägen 5", "33100 TAMPERE"):
        x, y = lines[line]
        assert 19.9 < x < 25
        assert 45 < y < 85


def test_a_receiver_elsewhere_has_the_window_and_the_buyer_is_named_below():
    elsewhere = replace(INVOICE, receiver=Party("Tilitoimisto Sarake Ky", address=("PL 1", "20100 TURKU")))
    places_of = {words: y for _page, words, _x, y in places(make(elsewhere, "fi"))}
    assert 45 < places_of["Tilitoimisto Sarake Ky"] < places_of["Ostaja"]
    assert "Sänkipelto Öljy Ab, Åkervägen 5, 33100 TAMPERE" in text(elsewhere)


@pytest.mark.parametrize(
    ("kind", "title", "amount"),
    [
        ("credit_note", "Hyvityslasku", "Hyvitetään yhteensä"),
        ("order_confirmation", "Tilausvahvistus", "Yhteensä"),
        ("reminder", "Maksumuistutus", "Maksettava yhteensä"),
    ],
)
def test_each_kind_has_its_title_and_only_what_is_to_be_paid_says_how(kind, title, amount):
    page = text(replace(INVOICE, facts=replace(FACTS, kind=kind)))
    assert title in page
    assert amount in page
    assert ("Tilinumero" in page) == (kind == "reminder")


def test_what_was_paid_in_advance_is_taken_off_where_the_format_gives_the_total():
    page = text(replace(INVOICE, prepaid=Decimal("1000")))
    assert "−1 000,00" in page
    assert page.count("234,50 EUR") == 2
    assert "1 234,50 EUR" not in page


def test_an_amount_that_already_counts_what_was_paid_in_advance_stays():
    facts = replace(FACTS, amount=Decimal("234.50"))
    assert "\n234,50 EUR" in text(replace(INVOICE, facts=facts, prepaid=Decimal("1000")))


def test_nothing_to_pay_asks_for_no_payment():
    assert "Tilinumero" not in text(
        replace(INVOICE, facts=replace(FACTS, amount=Decimal(0)), prepaid=Decimal(1))
    )


def test_an_invoice_of_which_little_is_known_has_no_empty_labels():
    page = text(
        Invoice(Facts(number="42", kind="invoice", amount=Decimal("99.9"), currency="EUR")), attached=False
    )
    assert page.split("\n")[:3] == ["Lasku", "Laskun numero 42", "Maksettava yhteensä 99,90 EUR"]
    assert not re.search("Eräpäivä|Viitenumero|Kuvaus|Veroton|ALV|Tilinumero|None|liitteenä", page)
    assert texts(make(Invoice(Facts()), "sv"))[0].startswith("Faktura")


def test_gross_amounts_show_where_there_are_no_net_ones():
    gross = replace(
        INVOICE,
        lines=(Line(text="Sähkö", gross=Decimal("125.50")), Line(text="Mittarin vaihto")),
        taxes=(),
        net=None,
    )
    page = text(gross)
    assert "Verollinen" in page
    assert "125,50" in page
    assert "Veroton" not in page


def test_many_lines_go_on_over_pages_that_are_numbered_and_have_the_head_again():
    lines = tuple(replace(INVOICE.lines[0], text=f"Rivi {n}.") for n in range(1, 121))
    pages = texts(make(replace(INVOICE, lines=lines), "fi"))
    assert len(pages) in range(4, 8)
    for number, page in enumerate(pages, 1):
        assert f"{number} ({len(pages)})" in page
        assert ("Kuvaus" in page) == ("Rivi" in page)
        assert "Lasku 2026-17" in page or number == 1
    everything = "\n".join(pages)
    assert [n for n in range(1, 121) if f"Rivi {n}." not in everything] == []


def test_payment_stays_with_the_sums_on_one_page():
    for count in range(1, 30):
        pages = texts(make(replace(INVOICE, lines=INVOICE.lines[:1] * count), "fi"))
        assert [("Maksettava yhteensä" in page) for page in pages] == [
            ("Tilinumero" in page) for page in pages
        ]


def test_the_same_invoice_makes_the_same_octets_with_its_own_date():
    pdf = make(INVOICE, "sv")
    assert pdf == make(replace(INVOICE), "sv") != make(INVOICE, "fi")
    about = opened(pdf).metadata
    assert (about.title, about.author, about.subject) == (
        "Faktura 2026-17, Havukka Oy",
        "Havukka Oy",
        "Faktura 2026-17",
    )
    assert about.creation_date.date() == date(2026, 3, 5)


def test_the_page_can_be_read_aloud():
    pdf = opened(make(replace(INVOICE, lines=INVOICE.lines * 40), "sv"))
    root = pdf.root_object
    assert root["/Lang"] == "sv"
    assert root["/MarkInfo"]["/Marked"]
    owners = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    parts = [part.get_object() for part in root["/StructTreeRoot"]["/K"]["/K"]]
    assert parts[0]["/S"] == "/H1"
    tables = [part for part in parts if part["/S"] == "/Table"]
    assert [len(table["/K"]) for table in tables] == [81, 4]
    for number, page in enumerate(pdf.pages):
        assert page["/StructParents"] == owners[2 * number] == number
        marks = [int(mark) for mark in re.findall(rb"/MCID (\d+)", page.get_contents().get_data())]
        assert marks == list(range(len(owners[2 * number + 1])))
        for owner, mark in zip(owners[2 * number + 1], marks, strict=True):
            assert mark in owner.get_object()["/K"]


def test_figures_stand_under_each_other():
    assert len({fonts.width(figure, name, 10) for figure in "0123456789" for name in [fonts.REGULAR]}) == 1
