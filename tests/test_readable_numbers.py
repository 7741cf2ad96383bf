"""Amounts, days, references and units on the page for people."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from documents.readable import numbers, words


@pytest.mark.parametrize(
    ("number", "account", "written"),
    [
        ("00000000000001234561", "FI2112345600000785", "12 34561"),
        ("1234561", "SE4550000000058398257466", "1234561"),
        ("1234567", "FI2112345600000785", "1234567"),
        ("rf181234561", "", "RF18 1234 561"),
        (" Lasku 17 ", "FI2112345600000785", "Lasku 17"),
        ("0000", "FI2112345600000785", "0000"),
        ("", "", ""),
    ],
)
def test_references_are_grouped_as_their_country_does(number, account, written):
    assert numbers.reference(number, account) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("FI2112345600000785", "FI21 1234 5600 0007 85"),
        ("fi21 12345600000785", "FI21 1234 5600 0007 85"),
        ("123-4567", "123-4567"),
        ("9551548524585", "9551548524585"),
    ],
)
def test_only_an_iban_is_set_in_groups_of_four(number, written):
    assert numbers.account(number) == written


@pytest.mark.parametrize(
    ("function", "value", "fi", "en"),
    [
        (numbers.money, "1234567.5", "1 234 567,50", "1,234,567.50"),
        (numbers.money, "-0.005", "−0,01", "−0.01"),
        (numbers.money, "2.675", "2,68", "2.68"),
        (numbers.money, "1E+400", "1E+400", "1E+400"),
        (numbers.price, "0.0432", "0,0432", "0.0432"),
        (numbers.price, "5", "5,00", "5.00"),
        (numbers.quantity, "1000.500", "1 000,5", "1,000.5"),
        (numbers.quantity, "1E+2", "100", "100"),
        (numbers.percent, "25.50", "25,5 %", "25.5%"),
        (numbers.percent, "0", "0 %", "0%"),
    ],
)
def test_numbers_are_written_as_the_language_does(function, value, fi, en):
    with override("fi"):
        assert function(Decimal(value)).replace("\u202f", " ") == fi
    with override("en"):
        assert function(Decimal(value)) == en


@pytest.mark.parametrize(
    ("start", "end", "fi", "sv", "en"),
    [
        (
            "2026-02-01",
            "2026-02-28",
            "1.2.2026–28.2.2026",
            "2026-02-01 – 2026-02-28",
            "1 Feb 2026 – 28 Feb 2026",
        ),
        ("2026-02-01", "2026-02-01", "1.2.2026", "2026-02-01", "1 February 2026"),
        ("2026-02-01", None, "1.2.2026–", "2026-02-01 –", "1 Feb 2026 –"),
        (None, "2026-02-28", "–28.2.2026", "– 2026-02-28", "– 28 Feb 2026"),
        (None, None, "", "", ""),
    ],
)
def test_periods_are_written_as_the_language_does(start, end, fi, sv, en):
    days = [day and date.fromisoformat(day) for day in (start, end)]
    for language, written in (("fi", fi), ("sv", sv), ("en", en)):
        with override(language):
            assert numbers.period(*days) == written


@pytest.mark.parametrize(
    ("unit", "fi", "sv", "en"),
    [
        ("pcs", "kpl", "st", "pcs"),
        ("KPL", "kpl", "st", "pcs"),
        ("d", "pv", "dag", "d"),
        ("mo", "kk", "mån", "mo"),
        ("kk", "kk", "mån", "mo"),
        ("liter", "l", "l", "l"),
        ("KG", "kg", "kg", "kg"),
        ("m2", "m²", "m²", "m²"),
        ("MWh", "MWh", "MWh", "MWh"),
        ("käynti", "käynti", "käynti", "käynti"),
        ("", "", "", ""),
    ],
)
def test_units_are_called_as_the_language_does(unit, fi, sv, en):
    for language, written in (("fi", fi), ("sv", sv), ("en", en)):
        with override(language):
            assert words.unit(unit) == written
            assert words.price_unit(f"EUR/100 {unit}") == f"EUR/100 {written}"
    assert words.price_unit("alv") == "alv"
