"""A directory as a file that people can change and bring back: CSV and XLSX."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import xlsxwriter

from distribution.directory.guard import guard
from distribution.directory.headings import COLUMNS

LINES_AT_ONCE = 500

# Of the spreadsheet's columns, in characters.
_WIDTHS = {"email": 40, "name": 30, "language": 10, "copy": 30}
_WIDTH = 18


def row_of(
    numbers: Iterable[str], to: Iterable[str], name: str, language: str, copies: Iterable[str]
) -> list[str]:
    """The cells of one customer, safe to open in a spreadsheet program."""
    return [_together(numbers), _together(to), guard(name), language, _together(copies)]


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A whole directory in pieces."""
    return lines_of(COLUMNS, rows)


def lines_of(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A CSV file in pieces: UTF-8 with its mark and `;`, as spreadsheet programs here expect it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    buffer.write("\ufeff")
    writer.writerow(headings)
    for count, row in enumerate(rows, 1):
        writer.writerow(row)
        if count % LINES_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def write_xlsx(rows: Iterable[Sequence[str]], file: IO[bytes], headings: Sequence[str] = COLUMNS) -> None:
    """Every cell is text, so that zeros at the beginning of a number stay."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        text = book.add_format({"num_format": "@"})
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, _WIDTHS.get(heading, _WIDTH), text)
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True, "num_format": "@"})
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if value:
                    sheet.write_string(number, column, value, text)


def template_rows() -> list[list[str]]:
    return [
        row_of(["1001"], ["office@birch.example"], "Birch Oy", "fi", []),
        row_of(
            ["1002", "1003"],
            ["anna@candle.example", "otto@candle.example"],
            "Candle Ab",
            "sv",
            ["books@candle.example"],
        ),
    ]


def _together(values: Iterable[str]) -> str:
    return ";".join(guard(value) for value in values)


def _taken(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content
