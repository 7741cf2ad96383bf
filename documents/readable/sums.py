"""What it comes to, and how it is paid."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from documents.formats.invoice import Invoice, Payment, Tax
from documents.readable import fonts, numbers, words
from documents.readable.head import Fact
from documents.readable.page import (
    ACCENT,
    BODY,
    HAIRLINE,
    LABEL,
    LEFT,
    MIDDLE,
    MM,
    PANEL,
    RIGHT,
    SMALL,
    Block,
    Sheets,
    Style,
    wrapped,
)

DUE_LABEL = Style(10, 20, font=fonts.SEMIBOLD)
DUE = Style(16, 20, font=fonts.SEMIBOLD)
VALUE = Style(10, 13, font=fonts.SEMIBOLD)
NOTE = Style(8.5, 12)

# The columns of the taxes end here: rate, base, tax.
TAX_ENDS = (LEFT + 22 * MM, LEFT + 52 * MM, LEFT + 80 * MM)
# Taxes stand beside the totals unless there are more of them.
BESIDE = 6
# The panel's columns begin here: account, reference, due date; the amount ends at its right edge.
PANEL_INSET = 5 * MM
REFERENCE, DUE_DATE = LEFT + 73 * MM, LEFT + 113 * MM
# A note with more lines may be parted by the end of a page.
TOGETHER = 14


def sums(sheets: Sheets, invoice: Invoice) -> None:
    """Taxes on the left, totals on the right, what is to be paid under them."""
    totals = _totals(invoice)
    rows = list(_tax_rows(invoice.taxes))
    if len(rows) > BESIDE:
        for number, row in enumerate(rows):
            sheets.place(row, 0 if number else 8 * MM, head=rows[0])
        sheets.place(totals, 6 * MM)
        return
    y = 0.0
    beside = []
    for row in rows:
        beside.append((y, row))
        y += row.height
    height = max(y, totals.height)
    sheets.place(Block("", height=height), 8 * MM)
    top = sheets.y - height
    for y, row in beside:
        sheets.put(top + y, row)
    sheets.put(top, totals)


def payment(sheets: Sheets, invoice: Invoice) -> None:
    """The panel with all that a payer types into the bank; not for what is not to be paid."""
    facts = invoice.facts
    if facts.kind not in words.PAYABLE or (facts.amount is not None and facts.amount <= 0):
        return
    for number, way in enumerate(invoice.payments):
        is_first, is_last = number == 0, number == len(invoice.payments) - 1
        block = _way(invoice, way, is_first, is_last)
        sheets.place(block, 9 * MM if is_first else 0)


def notes(sheets: Sheets, invoice: Invoice, long: list[Fact]) -> None:
    """Everything that people have to read in sentences."""
    texts = [f"{fact.label}: {fact.value}" for fact in long] + list(invoice.notes)
    gap = 8 * MM
    for text in texts:
        lines = wrapped(text, NOTE, 130 * MM)
        for start in range(0, len(lines), TOGETHER):
            block = Block()
            block.write_lines(LEFT, 0, lines[start : start + TOGETHER], NOTE)
            sheets.place(block, gap)
            gap = 0
        gap = 2 * MM


def _tax_rows(taxes: tuple[Tax, ...]) -> Iterator[Block]:
    """The head and a row for each rate, with the reason where there is no tax."""
    if not taxes:
        return
    head = Block("TH")
    for cell, (title, end) in enumerate(zip((_("VAT %"), _("Without VAT"), _("VAT")), TAX_ENDS, strict=True)):
        head.write(end, 0, title, LABEL, cell=cell, to=end - 26 * MM if cell else LEFT)
    head.height = LABEL.leading + 3
    head.fill(LEFT, head.height - 0.4, TAX_ENDS[-1] - LEFT, 0.4, HAIRLINE)
    yield head
    for tax in taxes:
        yield _tax_row(tax)


def _tax_row(tax: Tax) -> Block:
    row = Block("TD")
    figures = (
        "" if tax.percent is None else numbers.percent(tax.percent),
        _money(tax.net),
        _money(tax.amount),
    )
    for cell, (figure, end) in enumerate(zip(figures, TAX_ENDS, strict=True)):
        row.write(end, 2, figure, BODY, cell=cell, to=end - 26 * MM if cell else LEFT)
    row.height = BODY.leading + 3
    reason = wrapped(tax.reason, SMALL, TAX_ENDS[-1] - LEFT, most=4)
    row.write_lines(LEFT, row.height, reason, SMALL, cell=3)
    return row


def _totals(invoice: Invoice) -> Block:
    facts = invoice.facts
    block = Block("P")
    y = 0.0
    for cell, (label, value) in enumerate(_parts(invoice)):
        block.write(MIDDLE, y, label, BODY, cell=cell, to=RIGHT - 30 * MM)
        block.write(RIGHT, y, numbers.money(value), BODY, cell=cell, to=RIGHT - 32 * MM)
        y += BODY.leading + 2
    amount = invoice.total if facts.amount is None else facts.amount
    if amount is None:
        return block
    if y:
        y += 4
    block.fill(MIDDLE, y, RIGHT - MIDDLE, 0.9, ACCENT)
    text = f"{numbers.money(amount)} {facts.currency}".strip()
    y += 7
    block.write(MIDDLE, y, words.amount(facts.kind), DUE_LABEL, cell=99, to=MIDDLE + 36 * MM)
    block.write(RIGHT, y, text, DUE, cell=99, to=MIDDLE + 36 * MM)
    return block


def _parts(invoice: Invoice) -> Iterator[tuple[str, Decimal]]:
    """What leads to the amount to be paid, as far as it is known and says more than the amount."""
    if invoice.net is not None:
        yield _("Total without VAT"), invoice.net
    if invoice.tax is not None:
        yield _("VAT total"), invoice.tax
    changes = [value for value in (invoice.prepaid, invoice.rounding) if value]
    amount = invoice.facts.amount
    if invoice.total is not None and (changes or (amount is not None and amount != invoice.total)):
        yield _("Total with VAT"), invoice.total
    if invoice.prepaid:
        yield _("Paid in advance"), -abs(invoice.prepaid)
    if invoice.rounding:
        yield _("Rounding"), invoice.rounding


def _way(invoice: Invoice, way: Payment, is_first: bool, is_last: bool) -> Block:
    """One way to pay; the first row of the panel has the labels, the date and the amount."""
    block = Block()
    x, edge = LEFT + PANEL_INSET, RIGHT - PANEL_INSET
    y = PANEL_INSET if is_first else 0.0
    facts, first = invoice.facts, invoice.payments[0]
    reference = numbers.reference(way.reference, way.iban)
    if is_first:
        block.write(x, y, _("Account"), LABEL)
        if reference:
            block.write(REFERENCE, y, _("Reference"), LABEL, cell=1)
        if facts.due_date:
            block.write(DUE_DATE, y, _("Due date"), LABEL, cell=2)
            block.write(DUE_DATE, y + 11, numbers.day(facts.due_date), VALUE, cell=2, to=edge - 30 * MM)
        if facts.amount is not None:
            amount = f"{numbers.money(facts.amount)} {facts.currency}".strip()
            block.write(edge, y, _("Amount"), LABEL, cell=3, to=edge - 30 * MM)
            block.write(edge, y + 11, amount, VALUE, cell=3, to=edge - 32 * MM)
        y += 11
    if is_first or way.reference != first.reference:
        block.write(REFERENCE, y, reference, VALUE, cell=1, to=DUE_DATE - 3 * MM)
    block.write(x, y, numbers.account(way.iban), VALUE, to=REFERENCE - 3 * MM)
    bank = " · ".join(part for part in (way.bic and f"BIC {way.bic}", way.bank) if part)
    block.write_lines(x, y + VALUE.leading, wrapped(bank, SMALL, REFERENCE - x - 3 * MM, most=2), SMALL)
    block.height += PANEL_INSET if is_last else 2 * MM
    block.fill(LEFT, 0, RIGHT - LEFT, block.height + (0 if is_last else 0.5), PANEL)
    return block


def _money(value: Decimal | None) -> str:
    return "" if value is None else numbers.money(value)
