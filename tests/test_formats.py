"""What comes in is recognised by its content, and every field that it gives is read."""

import contextlib
import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import formats
from documents.formats import Unreadable, codes, elements, pdf, xml
from tests.invoices import ALL, invoice
from tests.world import pdf as small_pdf

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT.parent / "shared" / "samples" / "invoices"
TABLE = SAMPLES / "expected.tsv"
# The table leaves these empty, but the files give an INVOICE_DATE, and that is the invoice's date.
MORE_THAN_THE_TABLE = {
    "teapps272-D20180608.xml": {"issued": date(2018, 6, 7)},
    "teapps30-anonymised.xml": {"issued": date(2012, 5, 29)},
}


def table():
    if not TABLE.exists():
        return []
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def day(text):
    return date.fromisoformat(text) if text else None


@pytest.mark.skipif(
    not TABLE.exists(), reason="the sample invoices (../shared/samples) are not on this machine"
)
@pytest.mark.parametrize("row", table(), ids=lambda row: row["file"])
def test_a_sample_gives_every_field_of_the_table(row):
    examined = formats.examine((SAMPLES / row["file"]).read_bytes())
    facts = examined.facts
    more = MORE_THAN_THE_TABLE.get(row["file"], {})
    assert examined.media_type == (pdf.MEDIA_TYPE if row["file"].endswith(".pdf") else xml.MEDIA_TYPE)
    assert examined.embedded_as == row["embedded_as"]
    assert (facts.kind, facts.number, facts.buyer) == (row["kind"], row["number"], row["buyer"])
    assert (facts.customer_number, facts.addresses) == (row["customer_number"], row["address"])
    assert (facts.amount, facts.currency) == (Decimal(row["amount"]), row["currency"])
    assert facts.issue_date == more.get("issued", day(row["issued"]))
    assert facts.due_date == day(row["due"])
    assert facts.seller


@pytest.mark.parametrize("row", table(), ids=lambda row: row["file"])
def test_a_sample_taken_apart_says_the_same(row):
    content = (SAMPLES / row["file"]).read_bytes()
    (part,) = formats.split(content)
    assert formats.examine(part) == formats.examine(content)


def test_every_module_that_reads_a_format_is_found_by_itself():
    package = Path(formats.__file__).parent
    readers = {p.stem for p in package.glob("*.py") if "\ndef matches(" in p.read_text()}
    assert {f.__name__.rpartition(".")[2] for f in xml.formats()} == readers
    assert readers >= set(ALL)  # and the made-up invoices are of them


@pytest.mark.parametrize("name", ALL)
def test_an_invoice_is_of_one_format(name):
    root = xml._parse(ALL[name])
    assert [f.__name__.rpartition(".")[2] for f in xml.formats() if f.matches(root)] == [name]


def test_a_pdf_without_an_invoice_in_it_is_a_pdf():
    content = small_pdf()
    assert formats.examine(content) == formats.Examined(pdf.MEDIA_TYPE)
    assert formats.read(content) == formats.Facts()
    assert formats.split(content) == [content]


@pytest.mark.parametrize("content", [b"", b"   ", b"PK\x03\x04", b"number;date\n1;2", b"\x00<\x00", b"<"])
def test_what_is_neither_pdf_nor_xml_is_refused_with_a_sentence(content):
    for door in (formats.examine, formats.read):
        with pytest.raises(Unreadable, match=r"\.$"):
            door(content)


@given(st.binary(max_size=200), st.sampled_from([b"", b"<", b"<?xml", b"%PDF-1.4", b"\xff\xfe<\x00"]))
@settings(max_examples=200, deadline=None)
def test_no_bytes_do_anything_but_be_refused(tail, head):
    for door in (formats.examine, formats.split):
        with contextlib.suppress(Unreadable):
            assert door(head + tail)


@given(st.sampled_from(sorted(ALL)), st.data())
@settings(max_examples=300, deadline=None)
def test_no_damaged_invoice_does_anything_but_be_read_or_refused(name, data):
    content = ALL[name]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 60)))
    damaged = content[:start] + data.draw(st.binary(max_size=20)) + content[end:]
    try:
        facts = formats.read(damaged)
        parts = formats.split(damaged)
    except Unreadable:
        return
    assert isinstance(facts.number, str)
    assert [formats.read(part) for part in parts] == [facts]


WRITTEN = b"1255.00", b"1 255,00", b"1250.00", b"20261102", b"2026-11-02", b"@leipomo.example", b"@baker"


@given(st.sampled_from(sorted(ALL)), st.text("aA1 .,;:-+@<>&\"'()[]\u00a0Ä²€%\\/=?\t\n", max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_may_stand_where_an_invoice_has_a_number_a_date_or_an_address(name, text):
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace("€", "&#8364;").encode("latin-1")
    changed = ALL[name].replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"')
    for old in WRITTEN:
        changed = changed.replace(old, safe)
    facts = formats.read(changed)
    assert facts.amount is None or abs(facts.amount) < 10**12
    assert "\n" not in facts.addresses


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("-0,5", "-0.5"),
        ("−5", "-5"),
        ("+7", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1,2,3", None),
        ("1e9", None),
        ("NaN", None),
        ("٣", None),
        ("9" * 13, None),
        ("", None),
        ("-", None),
    ],
)
def test_numbers_as_they_are_written(written, number):
    assert elements.to_number(written) == (Decimal(number) if number else None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20261102", date(2026, 11, 2)),
        ("2026-11-02", date(2026, 11, 2)),
        ("2026-11-02+02:00", date(2026, 11, 2)),
        ("2026-11-02T23:59:59Z", date(2026, 11, 2)),
        ("202611021530", date(2026, 11, 2)),
        ("2.11.2026", date(2026, 11, 2)),
        ("202611", None),
        ("20261399", None),
        ("2026-02-30", None),
        ("00010101", None),
        ("soon", None),
        ("", None),
    ],
)
def test_days_as_they_are_written(written, expected):
    assert elements.to_day(written) == expected


@pytest.mark.parametrize(
    ("code", "language"),
    [("FI", "fi"), ("swe", "sv"), ("en-GB", "en"), ("sv_FI", "sv"), ("de", ""), ("", "")],
)
def test_languages_in_which_we_write(code, language):
    assert codes.language(code) == language


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("osto@leipomo.example", "osto@leipomo.example"),
        ("A@x.example; b@y.example", "A@x.example; b@y.example"),
        ("EMAIL", "laskut@tili.example"),
        ("[…]", "laskut@tili.example"),
        ("ei ole", "laskut@tili.example"),
        ("", "laskut@tili.example"),
        ("typo@", "laskut@tili.example"),
        ("EMAIL; a@x.example", "a@x.example"),
        ("a@x.example; b@", "a@x.example; b@"),
    ],
)
def test_addresses_stand_as_in_the_invoice_but_for_placeholders(written, kept):
    content = invoice("ubl", ("peppol@baker.example", "laskut@tili.example"), ("buy@baker.example", written))
    assert formats.read(content).addresses == kept


@pytest.mark.parametrize(("written", "kept"), [("typo@", "typo@"), ("EMAIL", ""), ("@" * 3000, "@" * 3000)])
def test_what_was_meant_to_be_an_address_is_kept_to_be_rejected(written, kept):
    content = invoice("svefaktura", ("inkop@bagare.example", written))
    assert formats.read(content).addresses == kept
