"""From the bytes of a file to rows of text: CSV in any of its habits, and spreadsheets."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from distribution.directory.headings import recognise
from distribution.directory.problems import WrongFile
from distribution.directory.spreadsheet import is_spreadsheet, spreadsheet_rows

MAX_MB = 30
MAX_ROWS = 200_000
MAX_COLUMNS = 100
# Characters of a row. Less than what the csv module takes for a cell (131,072), so that it never complains.
MAX_ROW_LENGTH = 130_000

DELIMITERS = ";,\t"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SLICE = 1024 * 1024  # bytes

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """`rows` are (number as a spreadsheet counts, cells); reading them raises WrongFile.

    `expected` is about how many there will be.
    """

    rows: Iterator[Row] = field(repr=False)
    expected: int


def open_table(content: bytes) -> Table:
    """Raises WrongFile when this is no table, or one that is too large."""
    if not content.strip(b"\0 \r\n\t") or content in _MARKS:
        raise WrongFile("empty")
    if len(content) > MAX_MB * 1024 * 1024:
        raise WrongFile("too_large", most=MAX_MB)
    if is_spreadsheet(content):
        rows, expected = spreadsheet_rows(content, MAX_ROWS + 1, MAX_COLUMNS + 1)
    else:
        rows, expected = _text_rows(content), content.count(b"\n")
    return Table(_bounded(rows), expected)


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    for number, cells in rows:
        if number > MAX_ROWS + 1:  # the headings
            raise WrongFile("too_many_rows", most=MAX_ROWS)
        if len(cells) > MAX_COLUMNS:
            raise WrongFile("too_many_columns", row=number, most=MAX_COLUMNS)
        yield number, cells


def _text_rows(content: bytes) -> Iterator[Row]:
    """Raises WrongFile with the line where a quotation mark is not closed, or a row has no end."""
    encoding = _encoding(content)

    def text() -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")

    delimiter, hints = _delimiter(text)
    lines = _Lines(text())
    for _hint in range(hints):
        next(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    lines.begin_row()
    try:
        for number, cells in enumerate(reader, 1 + hints):
            yield number, cells
            lines.begin_row()
    except csv.Error:
        raise WrongFile("open_quote", row=lines.begins) from None


class _Lines:
    """The lines of a text, of which no row takes more than MAX_ROW_LENGTH characters, nor of the memory.

    A row may have several lines: `begins` is the first of them, counted from 1.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._line = 0
        self.begin_row()

    def begin_row(self) -> None:
        self._room = MAX_ROW_LENGTH
        self.begins = self._line + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._room + 1)
        if not line:
            raise StopIteration
        self._line += 1
        self._room -= len(line)
        if self._room >= 0:
            return line
        if self._line > self.begins:  # only quotation marks make a row of several lines
            raise WrongFile("open_quote", row=self.begins)
        raise WrongFile("long_row", row=self.begins, most=MAX_ROW_LENGTH)


def _encoding(content: bytes) -> str:
    """What the file's mark says, else UTF-8, else what spreadsheets here write. Raises WrongFile."""
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            has_nothing = any("\0" in part for part in _decoded(content, encoding))
        except UnicodeDecodeError:
            continue
        if has_nothing:
            raise WrongFile("not_text")
        return encoding
    raise WrongFile("encoding")


def _decoded(content: bytes, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), _SLICE):
        yield decoder.decode(content[start : start + _SLICE])
    yield decoder.decode(b"", final=True)


def _delimiter(text: Callable[[], io.TextIOWrapper]) -> tuple[str, int]:
    """The sign that makes headings of the first line, and how many lines stand before that.

    Excel writes `sep=;` there.
    """
    lines = text()
    first, hints = lines.readline(MAX_ROW_LENGTH), 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) <= len("sep=;"):
        first, hints = lines.readline(MAX_ROW_LENGTH), 1

    def fitness(delimiter: str) -> tuple[int, int]:
        cells = first.split(delimiter)
        return sum(recognise(cell) is not None for cell in cells), len(cells)

    return max(DELIMITERS, key=fitness), hints
