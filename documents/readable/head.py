"""The first page's head and foot: who sends, where it goes, what it is; and what every page carries."""

from django.utils.translation import gettext as _

from documents.formats.invoice import Invoice, Party
from documents.readable import fonts, words
from documents.readable.facts import Fact, facts
from documents.readable.page import (
    ACCENT,
    BOTTOM,
    FINE,
    HAIRLINE,
    INK,
    LABEL,
    LEFT,
    MIDDLE,
    MM,
    QUIET,
    RIGHT,
    SMALL,
    Block,
    Placed,
    Sheets,
    Style,
    wrapped,
)

NAME = Style(13, 16, font=fonts.SEMIBOLD)
LONG_NAME, NAME_LINES = Style(10, 13, font=fonts.SEMIBOLD), 3
TITLE = Style(24, 28, font=fonts.SEMIBOLD)
ADDRESSEE = Style(10, 14)
BESIDE = Style(8, 12, QUIET)
VALUE = Style(9, 12)
NUMBER = Style(9, 12, INK, fonts.SEMIBOLD)

# A window envelope shows what is 20 to 105 mm from the left and 45 to 85 mm from the top (C5, C65).
WINDOW, WINDOW_WIDTH, WINDOW_LINES = 45 * MM, 84 * MM, 8
# Where lines begin when the head is small.
HEAD_END = 96 * MM
VALUES = MIDDLE + 31 * MM
# A fact that needs more lines is told below, among the notes.
FACT_LINES = 2
# The seller's details at the foot: three columns, so many lines of each.
DETAIL_LINES = 9
FOOT = 284 * MM


def head(sheets: Sheets, invoice: Invoice) -> list[Fact]:
    """Puts the head on the first page; returns the facts that were too long for it."""
    sheets.put(18 * MM, _title(invoice))
    sheets.put(18 * MM, _sender(invoice.seller, invoice.facts.seller))
    sheets.put(WINDOW - 10, _return_address(invoice.seller))
    address = _addressee(invoice)
    sheets.put(WINDOW, address)
    known = list(facts(invoice))
    long = [fact for fact in known if len(_lines(fact)) > FACT_LINES]
    box = _box([fact for fact in known if fact not in long])
    sheets.put(WINDOW + 1 * MM, box)
    end = WINDOW + max(box.height, address.height) + 11 * MM
    sheets.y = max(end, HEAD_END) if address.texts or invoice.lines else end
    return long


def details(sheets: Sheets, seller: Party) -> None:
    """The seller's address, contacts and identifiers at the foot of the first page, which ends above them."""
    business_id = "" if seller.business_id == seller.vat_id else seller.business_id
    pairs = ((_("Business ID"), business_id), (_("VAT ID"), seller.vat_id))
    ids = [f"{label} {value}" for label, value in pairs if value]
    columns = [column for column in ([seller.name, *seller.address], [*seller.contact], ids) if any(column)]
    if not columns:
        return
    block = Block()
    step = (RIGHT - LEFT) / 3
    for place, column in enumerate(columns):
        lines = [line for text in column for line in wrapped(text, LABEL, step - 6 * MM, most=4)]
        block.write_lines(LEFT + place * step, 3 * MM, lines[:DETAIL_LINES], LABEL, cell=place)
    block.fill(LEFT, 0, RIGHT - LEFT, 0.4, HAIRLINE)
    top = BOTTOM + 3 * MM - block.height
    sheets.put(top, block)
    sheets.bottom = top - 5 * MM


def every_page(sheets: Sheets, invoice: Invoice, attached: bool) -> None:
    """Where the page comes from and its number; from the second on also what document it belongs to."""
    kind, count = invoice.facts.kind, len(sheets.pages)
    lines = wrapped("\n".join(words.origin(kind, attached)), FINE, RIGHT - LEFT - 25 * MM)
    name = f"{words.title(kind)} {invoice.facts.number}".strip()
    for index, page in enumerate(sheets.pages):
        foot = Block("")
        foot.write_lines(LEFT, 0, lines, FINE)
        foot.write(RIGHT, 0, f"{index + 1} ({count})", LABEL, to=RIGHT - 20 * MM)
        page.append(Placed(FOOT, foot))
        if index:
            top = Block("")
            top.write(LEFT, 0, _seller_name(invoice), LABEL, to=MIDDLE)
            top.write(RIGHT, 0, name, LABEL, to=MIDDLE + 5 * MM)
            page.append(Placed(14 * MM, top))


def _title(invoice: Invoice) -> Block:
    block = Block("H1")
    block.write(MIDDLE, -5, words.title(invoice.facts.kind), TITLE, to=RIGHT)
    block.fill(MIDDLE, 33, RIGHT - MIDDLE, 0.9, ACCENT)
    return block


def _seller_name(invoice: Invoice) -> str:
    return invoice.seller.name or invoice.facts.seller


def _sender(seller: Party, name: str) -> Block:
    block = Block()
    name = seller.name or name
    style = NAME if len(wrapped(name, NAME, WINDOW_WIDTH)) <= NAME_LINES else LONG_NAME
    block.write_lines(LEFT, 4, wrapped(name, style, WINDOW_WIDTH, most=NAME_LINES + 1), style)
    return block


def _return_address(seller: Party) -> Block:
    """In small letters over the receiver's, where a window shows it."""
    block = Block("")
    line = ", ".join(part for part in (seller.name, *seller.address) if part)
    block.write_lines(LEFT, 0, wrapped(line, FINE, WINDOW_WIDTH, most=1), FINE)
    return block if seller.address else Block("")


def _addressee(invoice: Invoice) -> Block:
    """Where it goes; and the buyer, when that is somebody else."""
    buyer, receiver = invoice.buyer, invoice.receiver
    name = buyer.name or invoice.facts.buyer
    elsewhere = bool(receiver.name or receiver.address)
    shown = (receiver.name or name, *receiver.address) if elsewhere else (name, *buyer.address)
    block = Block()
    block.write_lines(LEFT, 2, _in_window(shown), ADDRESSEE)
    if elsewhere and (name, buyer.address) != (receiver.name, receiver.address):
        below = max(block.height + 4 * MM, 30 * MM)
        block.write(LEFT, below, _("Buyer"), LABEL, cell=1)
        line = ", ".join(part for part in (name, *buyer.address) if part)
        lines = wrapped(line, SMALL, WINDOW_WIDTH, most=3)
        block.write_lines(LEFT, below + LABEL.leading, lines, SMALL, cell=1)
    return block


def _in_window(texts: tuple[str, ...]) -> list[str]:
    """The lines of an address, each in full where the window has room for it."""
    for most in (0, 3, 2):
        lines = [line for text in texts for line in wrapped(text, ADDRESSEE, WINDOW_WIDTH, most=most)]
        if len(lines) <= WINDOW_LINES:
            break
    return lines[:WINDOW_LINES]


def _box(facts: list[Fact]) -> Block:
    block = Block()
    y = 0.0
    for number, fact in enumerate(facts):
        block.write(MIDDLE, y, fact.label, BESIDE, cell=number, to=VALUES - 2 * MM)
        style = VALUE if number else NUMBER
        y = block.write_lines(VALUES, y, _lines(fact), style, cell=number, to=RIGHT) + 1.2
    return block


def _lines(fact: Fact) -> list[str]:
    return wrapped(fact.value, VALUE, RIGHT - VALUES)
