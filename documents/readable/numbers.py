"""Amounts, days and references as people of a language write them. The language is the active one."""

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
# More digits than any sum of money; a number beyond is shown as it came.
MOST_DIGITS = 30
WEIGHTS = (7, 3, 1)


def money(value: Decimal) -> str:
    """With two decimals: 1 234,50."""
    return _written(value, 2)


def price(value: Decimal) -> str:
    """With two decimals, or up to six where it has them."""
    return _written(value, _decimals(value, 2, 6))


def quantity(value: Decimal) -> str:
    """With as many decimals as it has, six at most."""
    return _written(value, _decimals(value, 0, 6))


def percent(value: Decimal) -> str:
    """25,5 % in Finnish and Swedish, 25.5% in English."""
    gap = "" if get_language() == "en" else NARROW_SPACE
    return f"{_written(value, _decimals(value, 0, 3))}{gap}%"


def day(value: date) -> str:
    """5.3.2026 in Finnish, 2026-03-05 in Swedish, 5 March 2026 in English."""
    return date_format(value, "j F Y" if get_language() == "en" else "SHORT_DATE_FORMAT")


def period(start: date | None, end: date | None) -> str:
    """1.9.2018–30.9.2018 in Finnish; with spaces where the days have some, or hyphens."""
    if start == end:
        return day(start) if start else ""
    style = "j M Y" if get_language() == "en" else "SHORT_DATE_FORMAT"
    first, last = (date_format(value, style) if value else "" for value in (start, end))
    return f"{first}–{last}" if get_language() == "fi" else f"{first} – {last}".strip()


def account(number: str) -> str:
    """An IBAN in groups of four (ISO 13616); another account number as it is."""
    plain = "".join(number.split()).upper()
    return _grouped(plain) if _is_iban(plain) else number.strip()


def reference(number: str, account: str = "") -> str:
    """A creditor's reference as its payer types it, for a payment to `account`.

    ISO 11649 (RF) in groups of four; a Finnish reference in groups of five from the right, without leading
    zeros (Finance Finland, "Structure of the reference number"); others as they are.
    """
    plain = "".join(number.split()).upper()
    if plain.startswith("RF") and plain.isascii() and plain.isalnum():
        return _grouped(plain)
    if account.strip().upper().startswith("FI") and _is_finnish_reference(plain):
        return _grouped(plain.lstrip("0")[::-1], 5)[::-1]
    return number.strip()


def _written(value: Decimal, decimals: int) -> str:
    if not value.is_finite() or value.adjusted() > MOST_DIGITS:
        return str(value)
    context = Context(prec=MOST_DIGITS + 10)
    rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, context)
    text = number_format(rounded, decimals, force_grouping=True)
    return text.replace("\xa0", NARROW_SPACE).replace("-", MINUS)


def _decimals(value: Decimal, least: int, most: int) -> int:
    if not value.is_finite():
        return least
    exponent = value.normalize().as_tuple().exponent
    return min(max(-int(exponent), least), most)


def _is_iban(number: str) -> bool:
    return (
        15 <= len(number) <= 34
        and number.isascii()
        and number.isalnum()
        and number[:2].isalpha()
        and number[2:4].isdigit()
    )


def _is_finnish_reference(number: str) -> bool:
    """Four to twenty digits, the last of which checks the others by weights 7, 3, 1 from the right."""
    digits = number.lstrip("0")
    if not (4 <= len(digits) <= 20 and digits.isascii() and digits.isdigit()):
        return False
    total = sum(int(d) * WEIGHTS[i % 3] for i, d in enumerate(reversed(digits[:-1])))
    return int(digits[-1]) == -total % 10


def _grouped(text: str, size: int = 4) -> str:
    return " ".join(text[i : i + size] for i in range(0, len(text), size))
