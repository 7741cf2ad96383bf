"""Blocks of text on sheets of A4: what is measured and placed before anything is drawn.

Lengths are points. y goes down, from the top of a block or of a page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from documents.readable import fonts

MM = 72 / 25.4
WIDTH, HEIGHT = 210 * MM, 297 * MM
LEFT, RIGHT = 20 * MM, 190 * MM
# Where the right half begins: facts, totals.
MIDDLE = 114 * MM
TOP, BOTTOM = 27 * MM, 277 * MM

INK, QUIET, HAIRLINE, PANEL, ACCENT = "#1b2127", "#5d6771", "#d8dde2", "#f3f6f7", "#1d6f78"
# A text that is too wide for its place is set smaller, down to this part of its size.
SMALLEST = 0.55
# A gap gives way down to this part of itself where that saves a page.
SMALLEST_GAP = 0.4
# Sums of lengths are off by less than this.
ALMOST = 1e-6


@dataclass(frozen=True)
class Style:
    size: float
    leading: float
    colour: str = INK
    font: str = fonts.REGULAR


BODY = Style(9, 12.5)
SMALL = Style(8, 11, QUIET)
LABEL = Style(7.5, 10.5, QUIET)
FINE = Style(6.5, 8.5, QUIET)


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float  # of the baseline
    words: str
    style: Style
    size: float
    cell: int  # texts of one block with the same number belong together when read aloud


@dataclass(frozen=True, slots=True)
class Area:
    """A filled rectangle; a thin one is a rule."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass
class Block:
    """Something that is not parted by the end of a page.

    `role` is what it is to somebody who has it read aloud: "H1", "P", "TH" or "TD" for a row of a table,
    "" for what is only to be seen.
    """

    role: str = "P"
    height: float = 0
    texts: list[Text] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)

    def write(
        self, x: float, y: float, text: str, style: Style, *, cell: int = 0, to: float | None = None
    ) -> None:
        """A line of text whose top is at y: from x, or ending at x where `to` is left of it.

        It is set smaller when it would go beyond `to`. Words are cut where that is not enough, figures
        (which end at x) never: they would say something else.
        """
        words = fonts.known(text)
        if not words.strip():
            return
        size, wide = style.size, fonts.width(words, style.font, style.size)
        is_figure = to is not None and to < x
        if to is not None and wide > abs(to - x):
            scale = abs(to - x) / wide
            size *= scale if is_figure else max(scale, SMALLEST)
            if scale < SMALLEST and not is_figure:
                words = _cut(words, replace(style, size=size), to - x)
            wide = fonts.width(words, style.font, size)
        start = x - wide if is_figure else x
        baseline = y + (style.leading + style.size * 0.7) / 2
        self.texts.append(Text(start, baseline, words, style, size, cell))
        self.height = max(self.height, y + style.leading)

    def write_lines(
        self, x: float, y: float, lines: list[str], style: Style, *, cell: int = 0, to: float | None = None
    ) -> float:
        """Lines under each other; returns where the next would begin."""
        for line in lines:
            self.write(x, y, line, style, cell=cell, to=to)
            y += style.leading
        self.height = max(self.height, y)
        return y

    def fill(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self.areas.append(Area(x, y, width, height, colour))


@dataclass(frozen=True)
class Placed:
    y: float
    block: Block


@dataclass
class Sheets:
    """The pages, filled from the top. Blocks that do not fit begin the next page."""

    bottom: float  # of the first page; the others end at BOTTOM
    pages: list[list[Placed]] = field(default_factory=lambda: [[]])
    y: float = TOP

    def put(self, y: float, block: Block) -> None:
        """A block at a place of its own on the page."""
        self.pages[-1].append(Placed(y, block))

    def keep(self, height: float, gap: float, gaps: int) -> float:
        """What comes next stays on one page, if a page is enough; returns how large its gaps may be."""
        room = self.bottom - self.y - height
        if room >= gaps * gap * SMALLEST_GAP:
            return min(gap, room / gaps)
        if TOP + height + gaps * gap <= BOTTOM and self.y > TOP:
            self.turn()
        return gap

    def place(self, block: Block, gap: float = 0, head: Block | None = None) -> None:
        """A block under what stands there, after a gap; at the top of a new page `head` goes before it.

        The gap gives way a little before a page is turned.
        """
        left = self.bottom - self.y - block.height
        if left < gap * SMALLEST_GAP - ALMOST and self.y > TOP:
            self.turn()
            if head:
                self.place(head)
            gap = left = 0
        elif self.y == TOP:
            gap = 0
        gap = max(min(gap, left), 0)
        self.put(self.y + gap, block)
        self.y += gap + block.height

    def turn(self) -> None:
        self.pages.append([])
        self.y, self.bottom = TOP, BOTTOM


def wrapped(text: str, style: Style, width: float, most: int = 0) -> list[str]:
    """The lines of a text that is no wider than `width`; with `most`, so many, the last with an ellipsis."""
    lines = [line for part in text.splitlines() for line in _lines(fonts.known(part), style, width)]
    if most and len(lines) > most:
        lines = [*lines[: most - 1], _cut(lines[most - 1], style, width)]
    return lines


def _lines(text: str, style: Style, width: float) -> Iterator[str]:
    line: list[str] = []
    reach, space = 0.0, fonts.width(" ", style.font, style.size)
    for word in filter(None, text.split(" ")):
        wide = fonts.width(word, style.font, style.size)
        if line and reach + space + wide > width:
            yield " ".join(line)
            line, reach = [], 0.0
        *full, rest = _pieces(word, style, width) if wide > width else [word]
        yield from full
        reach += fonts.width(rest, style.font, style.size) + (space if line else 0)
        line.append(rest)
    if line:
        yield " ".join(line)


def _pieces(word: str, style: Style, width: float) -> list[str]:
    """A very long word in parts that are no wider than `width`, parted at hyphens where it has some."""
    pieces, start, reach = [], 0, 0.0
    for end, letter in enumerate(word):
        reach += fonts.width(letter, style.font, style.size)
        if reach > width and end > start:
            cut = word.rfind("-", start, end) + 1 or end
            pieces.append(word[start:cut])
            start, reach = cut, fonts.width(word[cut : end + 1], style.font, style.size)
    return [*pieces, word[start:]]


def _cut(line: str, style: Style, width: float) -> str:
    room = width - fonts.width("…", style.font, style.size)
    first = next(_lines(line, style, room), "")
    return f"{first}…"
