"""What was bought: a row for each line, on as many pages as it takes."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from documents.formats.invoice import Charge, Invoice, Line
from documents.readable.columns import GAP, UNIT_GAP, Column, Columns, choose
from documents.readable.page import (
    ACCENT,
    BODY,
    HAIRLINE,
    LABEL,
    LEFT,
    RIGHT,
    SMALL,
    Block,
    Sheets,
    Style,
    wrapped,
)

PADDING = 3.5
# A row with more lines than this may be parted by the end of a page.
TOGETHER = 14
# The words over a column need no more lines than this.
TITLE_LINES = 2


def lines(sheets: Sheets, invoice: Invoice) -> None:
    """Puts the table on the sheets, charges and discounts last; nothing where there are no lines."""
    bought = (*invoice.lines, *(_as_line(c) for c in invoice.charges if c.text or c.amount))
    if not bought:
        return
    columns = choose(bought, invoice.facts.currency)
    head = _head(columns)
    rows = iter(bought)
    first, *more = _row(columns, next(rows))
    if sheets.y + head.height + first.height > sheets.bottom:
        sheets.turn()
    sheets.place(head)
    for block in (first, *more):
        sheets.place(block, head=head)
    for line in rows:
        for block in _row(columns, line):
            sheets.place(block, head=head)


def _as_line(charge: Charge) -> Line:
    word = _("Discount") if charge.amount and charge.amount < 0 else _("Charge")
    return Line(text=charge.text or word, tax_percent=charge.tax_percent, net=charge.amount)


def _head(columns: Columns) -> Block:
    block = Block("TH")
    titles = [(number, _title(column), column, end) for number, column, end in columns.ends()]
    deepest = max([1, *(len(title) for _number, title, _column, _end in titles)])
    bottom = (deepest - 1) * LABEL.leading
    if columns.article_width:
        block.write(LEFT, bottom, _("Item no."), LABEL, cell=0, to=columns.text_left - GAP)
    block.write(columns.text_left, bottom, _("Description"), LABEL, cell=1)
    for number, title, column, end in titles:
        y = (deepest - len(title)) * LABEL.leading
        block.write_lines(end, y, title, LABEL, cell=number, to=end - column.room)
    block.height = deepest * LABEL.leading + 3
    block.fill(LEFT, block.height - 0.6, RIGHT - LEFT, 0.6, ACCENT)
    return block


def _title(column: Column) -> list[str]:
    """In one line, or in two that are as even as its words allow."""
    lines = wrapped(column.title, LABEL, column.room, most=TITLE_LINES)
    if len(lines) < TITLE_LINES:
        return lines
    words = column.title.split()
    pairs = ([" ".join(words[:i]), " ".join(words[i:])] for i in range(1, len(words)))
    return min(pairs, key=lambda pair: max(map(len, pair)), default=lines)


def _row(columns: Columns, line: Line) -> Iterator[Block]:
    """One block, or several for a line with very long texts; the first has the figures."""
    wide = columns.text_width - GAP
    texts = [(text, BODY) for text in wrapped(line.text, BODY, wide)]
    texts += [(text, SMALL) for detail in columns.details(line) for text in wrapped(detail, SMALL, wide)]
    parts = [texts[i : i + TOGETHER] for i in range(0, len(texts), TOGETHER)] or [[]]
    for number, part in enumerate(parts):
        block, y = Block("TD"), PADDING if number == 0 else 0
        if number == 0 and columns.article_width:
            block.write(LEFT, y, line.article, BODY, cell=0, to=columns.text_left - GAP)
        _texts(block, columns.text_left, y, part)
        if number == 0:
            for cell, column, end in columns.ends():
                _figures(block, line, cell, column, end)
        if number == len(parts) - 1:
            block.height += PADDING
            block.fill(LEFT, block.height - 0.4, RIGHT - LEFT, 0.4, HAIRLINE)
        yield block


def _texts(block: Block, x: float, y: float, part: list[tuple[str, Style]]) -> None:
    for text, style in part:
        block.write(x, y, text, style, cell=1)
        y += style.leading
    block.height = max(block.height, y)


def _figures(block: Block, line: Line, cell: int, column: Column, end: float) -> None:
    block.write(end, PADDING, column.cell(line), BODY, cell=cell, to=end - column.room)
    if column.unit:
        unit = column.unit(line)
        block.write(end + UNIT_GAP, PADDING, unit, BODY, cell=cell, to=end + column.unit_width)
