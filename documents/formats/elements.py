"""What stands in the elements of an e-invoice: texts, numbers, days, addresses. Pure.

Elements are found by local name whatever their namespace, by paths such as `Party/EndpointID[@schemeID=EM]`.
Of several paths the first wins that gives something. A missing element gives nothing, and so does one with
nonsense in it: an invoice with a bad date is still an invoice.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache

from django.utils.translation import gettext as _
from lxml.etree import QName, _Element

from distribution import addresses as mail
from documents.formats.invoice import Unreadable

# No amount on an invoice has more digits before the point; a document keeps as many.
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})")
# ISO 8601 and CCYYMMDD, a time may follow; or as people write it: 31.12.2026.
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?![0-9]{1,3}$)")
_WRITTEN_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
EARLIEST_YEAR = 1900
MOST_LINES = 5_000  # on some 150 pages
# As many as a document keeps; judging addresses takes time, and nobody has more of them.
LONGEST_ADDRESSES = 2000


def name(element: _Element) -> str:
    """The element's name without its namespace."""
    return QName(element).localname


def namespace(element: _Element) -> str:
    return QName(element).namespace or ""


def every(element: _Element | None, *paths: str) -> list[_Element]:
    """The elements at the first path that leads to any."""
    if element is None or not len(element):
        return []
    return next((found for path in paths if (found := _at(element, path))), [])


def rows(element: _Element | None, *paths: str) -> list[_Element]:
    """The lines of an invoice. Raises Unreadable when nobody would read them."""
    found = every(element, *paths)
    if len(found) > MOST_LINES:
        raise Unreadable(
            _("The invoice has more than %(count)s lines. Save it as PDF and send that.")
            % {"count": MOST_LINES}
        )
    return found


def first(element: _Element | None, *paths: str) -> _Element | None:
    return next(iter(every(element, *paths)), None)


def text(element: _Element | None, *paths: str) -> str:
    """The first text, on one line; without paths the element's own."""
    return next(_texts(element, paths), "")


def texts(element: _Element | None, *paths: str) -> tuple[str, ...]:
    """All the lines of text at all the paths."""
    written = (line for path in paths for e in every(element, path) for line in (e.text or "").splitlines())
    return tuple(filter(None, map(_on_one_line, written)))


def lines(*values: str) -> tuple[str, ...]:
    """The values that are there, each once."""
    return tuple(dict.fromkeys(filter(None, values)))


def number(element: _Element | None, *paths: str) -> Decimal | None:
    """`1234.56`, `1 234,56`, `1.234,56` and `-0,5`; anything else is no number."""
    return next((n for t in _texts(element, paths) if (n := to_number(t)) is not None), None)


def to_number(value: str) -> Decimal | None:
    plain = re.sub(r"[\s'’]", "", value).replace("−", "-")
    if "," in plain and "." in plain:
        plain = plain.replace(min(",.", key=plain.rindex), "")
    plain = plain.replace(",", ".")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def day(element: _Element | None, *paths: str) -> date | None:
    return next((d for t in _texts(element, paths) if (d := to_day(t))), None)


def to_day(value: str) -> date | None:
    if found := _DAY.match(value):
        year, month, day_of_month = map(int, found.groups())
    elif found := _WRITTEN_DAY.match(value):
        day_of_month, month, year = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day_of_month) if year >= EARLIEST_YEAR else None
    except ValueError:
        return None


def addresses(element: _Element | None, *paths: str) -> str:
    """The receiver's addresses as they stand at the first path with a valid one, separated by semicolons.

    Else those that were meant to be addresses, so that people see them rejected. What has no @ is a
    placeholder and left out.
    """
    meant = ""
    for path in paths:
        written = ";".join(filter(None, (_on_one_line(e.text or "") for e in every(element, path))))
        kept, valid = _judge(written)
        if valid:
            return kept
        meant = meant or kept
    return meant


def _judge(written: str) -> tuple[str, bool]:
    """What is kept of the addresses as they were written, and whether any is valid."""
    if len(written) > LONGEST_ADDRESSES:
        return (written if "@" in written else ""), False
    split = mail.split(written)
    meant = [address for address in split.bad if "@" in address]
    if len(meant) == len(split.bad):
        return written, bool(split.good)
    return ";".join(split.good + meant), bool(split.good)


def _texts(element: _Element | None, paths: tuple[str, ...]) -> Iterator[str]:
    found = (e for path in paths for e in every(element, path)) if paths else iter([element])
    return filter(None, (_on_one_line(e.text or "") for e in found if e is not None))


def _on_one_line(value: str) -> str:
    return " ".join(value.split())


def _at(element: _Element, path: str) -> list[_Element]:
    found = [element]
    for tag, attribute, value in _steps(path):
        found = [
            child
            for parent in found
            for child in parent.iterchildren(tag)
            if not attribute or child.get(attribute) == value
        ]
    return found


@cache
def _steps(path: str) -> list[tuple[str, str, str]]:
    """`Party/EndpointID[@schemeID=EM]` → [("{*}Party", "", ""), ("{*}EndpointID", "schemeID", "EM")]."""
    steps = []
    for step in path.split("/"):
        tag, _at_sign, condition = step.partition("[@")
        attribute, _equals, value = condition.rstrip("]").partition("=")
        steps.append(("{*}" + tag, attribute, value))
    return steps
