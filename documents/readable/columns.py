"""Which columns the lines need, and what stands in them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from documents.formats.invoice import Line
from documents.readable import fonts, numbers, words
from documents.readable.page import ALMOST, BODY, LABEL, LEFT, MM, RIGHT

GAP = 3 * MM
UNIT_GAP, UNIT_WIDTH, PRICE_UNIT_WIDTH = 1.2 * MM, 13 * MM, 22 * MM
# A longer number of an article stands under the text, as do all where the text would become narrower.
ARTICLE_WIDTH, NARROWEST = 30 * MM, 52 * MM


@dataclass(frozen=True)
class Column:
    """One of the columns of figures, which stand right of the text."""

    title: str
    width: float
    cell: Callable[[Line], str]
    unit: Callable[[Line], str] | None = None
    unit_width: float = 0

    @property
    def room(self) -> float:
        """For the figures and for the title over them."""
        return self.width - self.unit_width - GAP


@dataclass(frozen=True)
class Columns:
    figures: tuple[Column, ...]
    article_width: float  # 0: numbers of articles stand under the texts

    @property
    def text_left(self) -> float:
        return LEFT + self.article_width

    @property
    def text_width(self) -> float:
        return RIGHT - self.text_left - sum(column.width for column in self.figures)

    def ends(self) -> Iterator[tuple[int, Column, float]]:
        """Number, column, and where its figures end on the right; the article is number 0, the text 1."""
        x = self.text_left + self.text_width
        for number, column in enumerate(self.figures, 2):
            x += column.width
            yield number, column, x - column.unit_width

    def details(self, line: Line) -> Iterator[str]:
        """What stands in small letters under the text of a line."""
        if line.article and not self.article_width and line.article != line.text:
            yield f"{_('Item no.')} {line.article}"
        if line.unit_price is None and line.unit_price_gross is not None and not self._has_gross_prices:
            price = f"{numbers.price(line.unit_price_gross)} {words.price_unit(line.price_unit)}"
            yield f"{_('Unit price with VAT')}: {price.strip()}"
        yield from line.details

    @property
    def _has_gross_prices(self) -> bool:
        return any(column.cell is _price_gross for column in self.figures)


def choose(bought: Sequence[Line], currency: str) -> Columns:
    """The columns that have something in them, narrower where the text needs their room."""
    figures, article = tuple(_figures(bought, currency)), _article_width(bought)
    chosen = _narrowed(Columns(figures, article), bought)
    return chosen if chosen.text_width >= NARROWEST - ALMOST else _narrowed(Columns(figures, 0), bought)


def _narrowed(columns: Columns, bought: Sequence[Line]) -> Columns:
    """Every column gives the text some of the room that its figures and words leave."""
    needed = NARROWEST - columns.text_width
    if needed <= 0:
        return columns
    least = [_least_width(column, bought) for column in columns.figures]
    spare = sum(column.width for column in columns.figures) - sum(least)
    share = min(needed / spare, 1) if spare else 0
    figures = (
        replace(column, width=column.width - share * (column.width - width))
        for column, width in zip(columns.figures, least, strict=True)
    )
    return replace(columns, figures=tuple(figures))


def _article_width(bought: Sequence[Line]) -> float:
    widest = max(_width(line.article) for line in bought)
    if not widest or widest > ARTICLE_WIDTH:
        return 0
    return max(widest, _width(_("Item no."), LABEL.size)) + GAP


def _figures(bought: Sequence[Line], currency: str) -> Iterator[Column]:
    """Net amounts if every line has one, else gross, else both."""
    priced = [line for line in bought if line.net is not None or line.gross is not None]
    net = [line.net is not None for line in priced]
    gross = [line.gross is not None for line in priced]
    mixed = any(gross) and not all(net)
    if any(line.quantity is not None for line in bought):
        yield _with_units(Column(_("Quantity"), 19 * MM, _quantity), bought, _unit, UNIT_WIDTH)
    if price := _price_column(bought):
        told = _says_more(bought, currency)
        yield _with_units(price, bought, _price_unit, PRICE_UNIT_WIDTH) if told else price
    if any(line.discount_percent for line in bought):
        yield Column(_("Discount"), 17 * MM, _discount)
    if any(line.tax_percent is not None for line in bought):
        yield Column(_("VAT"), 16 * MM, _percent)
    if any(net) and not (mixed and all(gross)):
        yield Column(_("Without VAT"), 26 * MM, _net)
    if mixed:
        yield Column(_("With VAT"), 26 * MM, _gross)


def _price_column(bought: Sequence[Line]) -> Column | None:
    """Prices without tax; with tax where there are no others."""
    if any(line.unit_price is not None for line in bought):
        return Column(_("Unit price"), 23 * MM, _price)
    if any(line.unit_price_gross is not None for line in bought):
        return Column(_("Unit price with VAT"), 26 * MM, _price_gross)
    return None


def _says_more(bought: Sequence[Line], currency: str) -> bool:
    """Whether some price is not simply the currency for one of its unit."""
    return any(
        line.price_unit and line.price_unit.casefold() != f"{currency}/{line.unit}".casefold()
        for line in bought
    )


def _with_units(column: Column, bought: Sequence[Line], unit: Callable[[Line], str], most: float) -> Column:
    """With the units beside the figures, as wide as they are within reason."""
    widest = max(_width(unit(line)) for line in bought)
    room = min(widest, most) + UNIT_GAP if widest else 0
    return replace(column, width=column.width + room, unit=unit, unit_width=room)


def _least_width(column: Column, bought: Sequence[Line]) -> float:
    """What the figures and the words over them need, within the width that the column has."""
    figures = max(_width(column.cell(line)) for line in bought)
    title = max(_width(word, LABEL.size) for word in column.title.split())
    return min(column.width, max(figures, title) + column.unit_width + GAP)


def _width(text: str, size: float = BODY.size) -> float:
    return fonts.width(fonts.known(text), BODY.font, size)


def _unit(line: Line) -> str:
    return "" if line.quantity is None else words.unit(line.unit)


def _price_unit(line: Line) -> str:
    return words.price_unit(line.price_unit)


def _quantity(line: Line) -> str:
    return "" if line.quantity is None else numbers.quantity(line.quantity)


def _price(line: Line) -> str:
    return "" if line.unit_price is None else numbers.price(line.unit_price)


def _price_gross(line: Line) -> str:
    return "" if line.unit_price_gross is None else numbers.price(line.unit_price_gross)


def _discount(line: Line) -> str:
    return numbers.percent(line.discount_percent) if line.discount_percent else ""


def _percent(line: Line) -> str:
    return "" if line.tax_percent is None else numbers.percent(line.tax_percent)


def _net(line: Line) -> str:
    return _amount(line, line.net)


def _gross(line: Line) -> str:
    return _amount(line, line.gross)


def _amount(line: Line, value: Decimal | None) -> str:
    """Nothing for lines of words alone, to which some programs give an amount of 0."""
    if value is None or (not value and line.quantity is None and line.unit_price is None):
        return ""
    return numbers.money(value)
