"""Proof of delivery, or a record of sending: what is known of one document to one address, as a PDF. Pure.

It says what was reported and by whom, and nothing more: that a mail server accepted a mail does not mean that
somebody has read it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from documents.readable import fonts, numbers, words
from documents.readable.page import (
    ACCENT,
    BODY,
    BOTTOM,
    FINE,
    HAIRLINE,
    LABEL,
    LEFT,
    MM,
    PANEL,
    RIGHT,
    SMALL,
    Block,
    Placed,
    Sheets,
    Style,
    wrapped,
)
from documents.readable.paint import About, paint

TITLE = Style(20, 26, font=fonts.SEMIBOLD)
HEADING = Style(11, 15, font=fonts.SEMIBOLD)
STRONG = Style(9, 12.5, font=fonts.SEMIBOLD)
# Where what is said begins, beside its label.
VALUES = LEFT + 54 * MM
FOOT = 284 * MM
# Longer texts are parted by the end of a page.
TOGETHER = 14


@dataclass(frozen=True)
class Row:
    """A label, and beside it what is said."""

    label: str
    text: str
    style: Style = BODY
    gap: float = 0  # above it


@dataclass(frozen=True)
class File:
    name: str
    size: int  # octets
    sha256: str


@dataclass(frozen=True)
class Mail:
    """One mail of the delivery. `files`: what it brought; None where that was not written down."""

    message_id: str
    tries: int
    is_taken: bool  # by a mail server, as far as we know
    files: tuple[File, ...] | None


@dataclass(frozen=True)
class Event:
    """Something that was reported. Times are in the reader's zone."""

    at: datetime
    received_at: datetime | None  # where it was told later
    label: str
    sentence: str
    host: str
    words: str  # the server's own
    message_id: str


@dataclass(frozen=True)
class Facts:
    """What is known; empty where it is not."""

    is_delivered: bool  # the receiving server accepted it, and that is the last word
    answer: str
    status: str
    company: str
    business_id: str
    sender: str
    customer: str
    customer_number: str
    kind: str
    number: str
    issue_date: date | None
    amount: Decimal | None
    currency: str
    address: str
    is_copy: bool
    mails: tuple[Mail, ...]
    files: tuple[File, ...]  # of the document
    events: tuple[Event, ...]  # the oldest first
    zone: str  # such as Europe/Helsinki
    made_at: datetime


def title(facts: Facts) -> str:
    """In the active language. A proof only where the receiving server accepted it."""
    return _("Proof of delivery") if facts.is_delivered else _("Record of sending")


def moment_in_words(at: datetime) -> str:
    """Day, time with seconds, and the distance from UTC: 3.5.2026 10.12.05 UTC+03:00."""
    clock = date_format(at, "G.i.s" if get_language() == "fi" else "H:i:s")
    offset = at.strftime("%z")
    return f"{numbers.day(at.date())} {clock} UTC{offset[:3]}:{offset[3:5]}"


def make(facts: Facts, language: str) -> bytes:
    """A PDF of A4 in fi, sv or en, and in English for others."""
    with override(words.language(language)):
        sheets = Sheets(BOTTOM)
        _head(sheets, facts)
        _section(sheets, _("Document"), _document(facts))
        _section(sheets, _("Recipient"), _recipient(facts))
        for mail in facts.mails:
            _section(sheets, _("Mail"), _mail(mail, facts.files))
        if not any(mail.is_taken for mail in facts.mails):
            _section(sheets, _("Files of the document"), _files(facts.files))
        _section(sheets, _("What was reported"), _events(facts))
        _meaning(sheets, facts)
        _every_page(sheets, facts)
        about = About(
            title=fonts.known(f"{title(facts)}: {_name(facts)}"),
            author=fonts.known(facts.company),
            subject=fonts.known(_name(facts)),
            language=words.language(language),
            day=facts.made_at.date(),
        )
        return paint(sheets, about)


def _name(facts: Facts) -> str:
    return f"{facts.kind} {facts.number}"


def _head(sheets: Sheets, facts: Facts) -> None:
    block = Block("H1")
    y = block.write_lines(LEFT, 0, wrapped(title(facts), TITLE, RIGHT - LEFT), TITLE)
    block.fill(LEFT, y + 2, RIGHT - LEFT, 0.9, ACCENT)
    block.height = y + 4
    sheets.place(block)
    answer = Block("P")
    lines = wrapped(_legible(facts.answer), BODY, RIGHT - LEFT - 8 * MM)
    y = answer.write_lines(LEFT + 4 * MM, 6, lines, BODY)
    answer.height = y + 6
    answer.fill(LEFT, 0, RIGHT - LEFT, answer.height, PANEL)
    sheets.place(answer, 8)


def _section(sheets: Sheets, heading: str, rows: Iterator[Row]) -> None:
    """A heading, which stays with what comes first, and under it labels with what is said."""
    blocks = [(block, row.gap) for row in rows if row.text.strip() for block in _blocks(row)]
    if not blocks:
        return
    head = Block("H2")
    head.write(LEFT, 0, heading, HEADING, to=RIGHT)
    head.height += 3
    head.fill(LEFT, head.height, RIGHT - LEFT, 0.6, HAIRLINE)
    head.height += 3
    if sheets.y + 14 + head.height + blocks[0][0].height > sheets.bottom:
        sheets.turn()
    sheets.place(head, 14)
    for block, gap in blocks:
        sheets.place(block, gap)


def _blocks(row: Row) -> Iterator[Block]:
    lines = wrapped(_legible(row.text), row.style, RIGHT - VALUES)
    labels = wrapped(_legible(row.label), LABEL, VALUES - LEFT - 4 * MM)
    for start in range(0, len(lines), TOGETHER):
        block = Block("P")
        if start == 0:
            block.write_lines(LEFT, 1, labels, LABEL)
        block.write_lines(VALUES, 0, lines[start : start + TOGETHER], row.style, cell=1)
        block.height += 2
        yield block


def _document(facts: Facts) -> Iterator[Row]:
    yield Row(_("Sending company"), facts.company, STRONG)
    yield Row(_("Business ID"), facts.business_id)
    yield Row(_("Customer"), facts.customer, STRONG)
    yield Row(_("Customer number"), facts.customer_number)
    yield Row(_("Document"), _name(facts), STRONG)
    yield Row(_("Date"), numbers.day(facts.issue_date) if facts.issue_date else "")
    if facts.amount is not None:
        yield Row(_("Amount"), f"{numbers.money(facts.amount)} {facts.currency}")


def _recipient(facts: Facts) -> Iterator[Row]:
    copy = f" ({_('copy')})" if facts.is_copy else ""
    yield Row(_("E-mail address"), f"{facts.address or '–'}{copy}", STRONG)
    yield Row(_("Sent from"), facts.sender)
    yield Row(_("Status"), facts.status, STRONG)


def _mail(mail: Mail, files: tuple[File, ...]) -> Iterator[Row]:
    yield Row(_("Message-ID"), mail.message_id)
    yield Row(_("Tries"), str(mail.tries))
    if not mail.is_taken:
        yield Row(_("Handed over"), _("No mail server is known to have taken it."))
        return
    if mail.files is None:
        yield Row(_("Files"), _("Which files were in it was not written down; the document has these:"))
    elif not mail.files:
        yield Row(_("Files"), _("No file was attached."))
    yield from _files(files if mail.files is None else mail.files)


def _files(files: tuple[File, ...]) -> Iterator[Row]:
    for file in files:
        size = numbers.quantity(Decimal(file.size))
        yield Row(_("File"), file.name, STRONG)
        yield Row(_("Size"), _("%(size)s bytes") % {"size": size})
        yield Row("SHA-256", file.sha256, SMALL)


def _events(facts: Facts) -> Iterator[Row]:
    for event in facts.events:
        yield Row(moment_in_words(event.at), event.label, STRONG, gap=5)
        yield Row("", event.sentence)
        if event.host:
            yield Row(_("Server"), event.host)
        yield Row(_("Its own words"), event.words)
        if event.received_at:
            yield Row(_("Reported to us"), moment_in_words(event.received_at))
        if len(facts.mails) > 1:
            yield Row(_("Message-ID"), event.message_id, SMALL)


def _meaning(sheets: Sheets, facts: Facts) -> None:
    """What this paper says and what it does not."""
    texts = [
        _("The times and words are those that mail servers reported to this service, as it kept them."),
        _("Times are those of %(zone)s, each with its distance from UTC.") % {"zone": facts.zone},
    ]
    if facts.is_delivered:
        texts.append(
            _(
                "That the receiving mail server accepted the mail means that it is in charge of it since "
                "then. It does not say that somebody has read it."
            )
        )
    else:
        texts.append(_("This record does not say that the document was delivered."))
    texts.append(
        _("SHA-256 is a fingerprint of a file: only the same file, octet by octet, has the same one.")
    )
    texts.append(_("This record was made %(moment)s.") % {"moment": moment_in_words(facts.made_at)})
    block = Block("P")
    block.write_lines(LEFT, 0, wrapped("\n".join(_legible(t) for t in texts), SMALL, RIGHT - LEFT), SMALL)
    sheets.place(block, 16)


def _every_page(sheets: Sheets, facts: Facts) -> None:
    count = len(sheets.pages)
    for index, page in enumerate(sheets.pages):
        foot = Block("")
        foot.write(LEFT, 0, f"{title(facts)}: {_name(facts)}", FINE, to=RIGHT - 30 * MM)
        foot.write(RIGHT, 0, f"{index + 1} ({count})", LABEL, to=RIGHT - 25 * MM)
        page.append(Placed(FOOT, foot))


def _legible(text: str) -> str:
    """Letters that the font lacks are written as their numbers, so that nothing of what was said is lost."""
    if text.isascii():
        return text
    return "".join(_spelled(letter) for letter in text)


def _spelled(letter: str) -> str:
    return (
        letter if letter == fonts.UNKNOWN or fonts.known(letter) != fonts.UNKNOWN else f"\\u{ord(letter):04x}"
    )
