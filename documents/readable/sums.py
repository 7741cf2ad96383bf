"""What it comes to, and how it is paid."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from documents.formats.invoice import Invoice, Payment, Tax
from documents.readable import fonts, numbers, words
from documents.readable.facts import Fact
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
TAX_ENDS = (LEFT, LEFT + 52 * MM, LEFT + 80 * MM)
# Taxes stand beside the totals unless there are more of them.
BESIDE = 6
# The panel's columns: payee and accounts, reference, due date, and the amount, which ends on the right.
PANEL_INSET = 5 * MM
PANEL_LEFT, PANEL_RIGHT = LEFT + PANEL_INSET, RIGHT - PANEL_INSET
REFERENCE, DUE_DATE, AMOUNT = LEFT + 61 * MM, LEFT + 108 * MM, LEFT + 138 * MM
BETWEEN = 2 * MM
# Banks compare the payee's name, which therefore stands there in full.
PAYEE_LINES = 5
# Between the lines, the sums and the panel.
GAP = 9 * MM
NOTE_WIDTH = 130 * MM
PARAGRAPH = 2 * MM
# A note with more lines may be parted by the end of a page.
TOGETHER = 14


def sums(sheets: Sheets, invoice: Invoice) -> None:
    """Taxes on the left, totals on the right; under them how to pay, on the same page."""
    totals, rows = _totals(invoice), list(_tax_rows(invoice.taxes))
    panel = list(_panel(invoice)) if _asks_for_money(invoice) else []
    beside = rows if len(rows) <= BESIDE else []
    if not beside:
        for number, row in enumerate(rows):
            sheets.place(row, 0 if number else GAP, head=rows[0])
    height = max(sum(row.height for row in beside), totals.height)
    gap = sheets.keep(height + sum(block.height for block in panel), GAP, 2 if panel else 1)
    sheets.place(Block("", height=height), gap)
    y = sheets.y - height
    sheets.put(y, totals)
    for row in beside:
        sheets.put(y, row)
        y += row.height
    for number, block in enumerate(panel):
        sheets.place(block, 0 if number else gap)


def to_pay(invoice: Invoice) -> Decimal | None:
    """What is still to be paid; or what is credited, without a minus sign."""
    if invoice.facts.kind == "credit_note":
        # Nothing is paid for a credit note: some sellers (Finvoice) say so with a 0.
        credited = invoice.payable or _left(invoice)
        return None if credited is None else abs(credited)
    return _left(invoice) if invoice.payable is None else invoice.payable


def _left(invoice: Invoice) -> Decimal | None:
    """What is left of the amount where the invoice does not say it, and the amount may be the total."""
    amount = invoice.total if invoice.facts.amount is None else invoice.facts.amount
    if amount is None or amount != invoice.total or not invoice.prepaid:
        return amount
    return amount - invoice.prepaid + (invoice.rounding or 0)


def notes(sheets: Sheets, invoice: Invoice, long: list[Fact]) -> None:
    """Everything that people have to read in sentences."""
    texts = [f"{fact.label}: {fact.value}" for fact in long] + list(invoice.notes)
    gap = GAP
    for text in texts:
        lines = wrapped(text, NOTE, NOTE_WIDTH)
        is_long = len(lines) > 1
        if is_long and gap == 0:
            gap = PARAGRAPH
        for start in range(0, len(lines), TOGETHER):
            block = Block()
            block.write_lines(LEFT, 0, lines[start : start + TOGETHER], NOTE)
            sheets.place(block, gap)
            gap = 0
        gap = PARAGRAPH if is_long else 0


def _tax_rows(taxes: tuple[Tax, ...]) -> Iterator[Block]:
    """The head and a row for each rate, with the reason where there is no tax."""
    if not taxes:
        return
    head = Block("TH")
    for cell, (title, end) in enumerate(
        zip((_("VAT rate"), _("Without VAT"), _("VAT")), TAX_ENDS, strict=True)
    ):
        head.write(end, 0, title, LABEL, cell=cell, to=end - 26 * MM if cell else end + 20 * MM)
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
        row.write(end, 2, figure, BODY, cell=cell, to=end - 26 * MM if cell else end + 20 * MM)
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
    amount = to_pay(invoice)
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
    amount = to_pay(invoice)
    changes = invoice.prepaid or invoice.rounding or amount is None
    if invoice.total is not None and (changes or abs(invoice.total) != abs(amount or 0)):
        yield _("Total with VAT"), invoice.total
    if invoice.prepaid:
        yield _("Paid in advance"), -abs(invoice.prepaid)
    if invoice.rounding:
        yield _("Rounding"), invoice.rounding


def _asks_for_money(invoice: Invoice) -> bool:
    amount = to_pay(invoice)
    is_due = amount is None or amount > 0
    return invoice.facts.kind in words.PAYABLE and is_due and bool(invoice.payments)


def _panel(invoice: Invoice) -> Iterator[Block]:
    """All that a payer types into the bank: to whom, how much and when, then the accounts."""
    ways = tuple(dict.fromkeys(invoice.payments))
    shared = len({way.reference for way in ways}) == 1
    head = _asked(invoice, numbers.reference(ways[0].reference, ways[0].iban) if shared else "")
    blocks = [head, *(_account(way, number, shared) for number, way in enumerate(ways))]
    blocks[-1].height += PANEL_INSET - BETWEEN
    for block in blocks:
        # Each reaches into the next, so that no gap shows between them.
        overlap = 0 if block is blocks[-1] else 0.5
        block.fill(LEFT, 0, RIGHT - LEFT, block.height + overlap, PANEL)
        yield block


def _asked(invoice: Invoice, reference: str) -> Block:
    facts, due = invoice.facts, to_pay(invoice)
    amount = "" if due is None else f"{numbers.money(due)} {facts.currency}"
    day = numbers.day(facts.due_date) if facts.due_date else ""
    columns = (
        (_("Payee"), invoice.seller.name or facts.seller, PANEL_LEFT, REFERENCE - 3 * MM),
        (_("Reference"), reference, REFERENCE, DUE_DATE - 3 * MM),
        (_("Due date"), day, DUE_DATE, AMOUNT),
        (_("Amount"), amount.strip(), PANEL_RIGHT, AMOUNT + 2 * MM),
    )
    block = Block()
    for cell, (label, value, x, to) in enumerate(columns):
        if value:
            block.write(x, PANEL_INSET, label, LABEL, cell=cell, to=to)
            lines = wrapped(value, VALUE, to - x, most=PAYEE_LINES) if cell == 0 else [value]
            block.write_lines(x, PANEL_INSET + LABEL.leading, lines, VALUE, cell=cell, to=to)
    block.height = max(block.height, PANEL_INSET - BETWEEN) + BETWEEN
    return block


def _account(way: Payment, number: int, shared: bool) -> Block:
    block, y = Block(), 0.0
    if way.iban.strip():
        if number == 0:
            block.write(PANEL_LEFT, y, _("Account"), LABEL)
            y = LABEL.leading
        block.write(PANEL_LEFT, y, numbers.account(way.iban), VALUE, to=REFERENCE - 3 * MM)
        y += VALUE.leading
    bank = " · ".join(part for part in (way.bic and f"BIC {way.bic}", way.bank) if part)
    lines = wrapped(bank, SMALL, REFERENCE - 3 * MM - PANEL_LEFT, most=2)
    if lines:
        block.write_lines(PANEL_LEFT, y, lines, SMALL)
    if way.reference and not shared:
        block.write(REFERENCE, 0, _("Reference"), LABEL, cell=1)
        text = numbers.reference(way.reference, way.iban)
        block.write(REFERENCE, LABEL.leading, text, VALUE, cell=1, to=DUE_DATE - 3 * MM)
    if block.height:
        block.height += BETWEEN
    return block


def _money(value: Decimal | None) -> str:
    return "" if value is None else numbers.money(value)
