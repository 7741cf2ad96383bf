"""What was bought: a row for each line, on as many pages as it takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from documents.formats.invoice import Line
from documents.readable import fonts, numbers
from documents.readable.page import (
    ACCENT,
    BODY,
    HAIRLINE,
    LABEL,
    LEFT,
    MM,
    RIGHT,
    SMALL,
    Block,
    Sheets,
    Style,
    wrapped,
)

PADDING = 3.5
GAP = 3 * MM
UNIT_GAP, UNIT_WIDTH = 1.2 * MM, 13 * MM
# A row with more lines than this may be parted by the end of a page.
TOGETHER = 14


@dataclass(frozen=True)
class Column:
    """One of the columns of figures, which stand right of the text."""

    title: str
    width: float
    cell: Callable[[Line], str]
    unit: Callable[[Line], str] | None = None
    unit_width: float = 0


@dataclass(frozen=True)
class Table:
    columns: tuple[Column, ...]
    text_width: float

    def ends(self) -> Iterator[tuple[int, Column, float]]:
        """Number, column, and where its figures end on the right; the text is number 0."""
        x = LEFT + self.text_width
        for number, column in enumerate(self.columns, 1):
            x += column.width
            yield number, column, x - column.unit_width


def lines(sheets: Sheets, bought: tuple[Line, ...]) -> None:
    """Puts the table on the sheets; nothing where there are no lines."""
    if not bought:
        return
    columns = _columns(bought)
    table = Table(columns, RIGHT - LEFT - sum(column.width for column in columns))
    head = _head(table)
    rows = iter(bought)
    first, *more = _row(table, next(rows))
    if sheets.y + head.height + first.height > sheets.bottom:
        sheets.turn()
    sheets.place(head)
    for block in (first, *more):
        sheets.place(block, head=head)
    for line in rows:
        for block in _row(table, line):
            sheets.place(block, head=head)


def _columns(bought: tuple[Line, ...]) -> tuple[Column, ...]:
    """The columns that have something in them. Net amounts if every line has one, else gross, else both."""
    priced = [line for line in bought if line.net is not None or line.gross is not None]
    net = [line.net is not None for line in priced]
    gross = [line.gross is not None for line in priced]
    mixed = any(gross) and not all(net)
    shown = (
        (any(line.quantity is not None for line in bought), _quantities(bought)),
        (any(line.unit_price is not None for line in bought), Column(_("Unit price"), 23 * MM, _price)),
        (any(line.tax_percent is not None for line in bought), Column(_("VAT"), 16 * MM, _percent)),
        (any(net) and not (mixed and all(gross)), Column(_("Without VAT"), 26 * MM, _net)),
        (mixed, Column(_("With VAT"), 26 * MM, _gross)),
    )
    return tuple(column for is_shown, column in shown if is_shown)


def _quantities(bought: tuple[Line, ...]) -> Column:
    """With the units beside them, as wide as they are within reason."""
    widest = max(fonts.width(fonts.known(line.unit), BODY.font, BODY.size) for line in bought)
    room = min(widest, UNIT_WIDTH) + UNIT_GAP if widest else 0
    return Column(_("Quantity"), 19 * MM + room, _quantity, lambda line: line.unit, room)


def _head(table: Table) -> Block:
    block = Block("TH")
    block.write(LEFT, 0, _("Description"), LABEL, to=LEFT + table.text_width)
    for number, column, end in table.ends():
        room = column.width - column.unit_width - GAP
        block.write(end, 0, column.title, LABEL, cell=number, to=end - room)
    block.height = LABEL.leading + 3
    block.fill(LEFT, block.height - 0.6, RIGHT - LEFT, 0.6, ACCENT)
    return block


def _row(table: Table, line: Line) -> Iterator[Block]:
    """One block, or several for a line with very long texts; the first has the figures."""
    wide = table.text_width - GAP
    texts = [(text, BODY) for text in wrapped(line.text, BODY, wide)]
    texts += [(text, SMALL) for detail in line.details for text in wrapped(detail, SMALL, wide)]
    parts = [texts[i : i + TOGETHER] for i in range(0, len(texts), TOGETHER)] or [[]]
    for number, part in enumerate(parts):
        block = _texts(part, PADDING if number == 0 else 0)
        if number == 0:
            for cell, column, end in table.ends():
                _figures(block, line, cell, column, end)
        if number == len(parts) - 1:
            block.height += PADDING
            block.fill(LEFT, block.height - 0.4, RIGHT - LEFT, 0.4, HAIRLINE)
        yield block


def _figures(block: Block, line: Line, cell: int, column: Column, end: float) -> None:
    room = column.width - column.unit_width - GAP
    block.write(end, PADDING, column.cell(line), BODY, cell=cell, to=end - room)
    if column.unit:
        unit = column.unit(line)
        block.write(end + UNIT_GAP, PADDING, unit, BODY, cell=cell, to=end + column.unit_width)


def _texts(part: list[tuple[str, Style]], y: float) -> Block:
    block = Block("TD")
    for text, style in part:
        block.write(LEFT, y, text, style)
        y += style.leading
    block.height = max(block.height, y)
    return block


def _quantity(line: Line) -> str:
    return "" if line.quantity is None else numbers.quantity(line.quantity)


def _price(line: Line) -> str:
    return "" if line.unit_price is None else numbers.price(line.unit_price)


def _percent(line: Line) -> str:
    return "" if line.tax_percent is None else numbers.percent(line.tax_percent)


def _net(line: Line) -> str:
    return "" if line.net is None else numbers.money(line.net)


def _gross(line: Line) -> str:
    return "" if line.gross is None else numbers.money(line.gross)
