"""Directories as files, for tests: what is read from one, and what is told about it."""

import io

import pytest
import xlsxwriter

from distribution import directory


def read(content):
    """(directory, problems) of a file's text or bytes."""
    problems = []
    raw = content.encode() if isinstance(content, str) else content
    return directory.read_directory(directory.open_table(raw), problems.append), problems


def customers(content):
    """Each customer as (numbers, addresses, copies, name, language)."""
    found, _problems = read(content)
    return [
        (
            entry.numbers,
            sorted(address for address, copy in entry.addresses.items() if not copy),
            sorted(address for address, copy in entry.addresses.items() if copy),
            entry.name,
            entry.language,
        )
        for entry in found.entries
    ]


def told(content):
    return [(p.row, p.column, p.value, p.code) for p in read(content)[1]]


def refusal(content):
    with pytest.raises(directory.WrongFile) as refused:
        read(content)
    assert str(refused.value)
    return refused.value


def xlsx(*rows):
    """The bytes of a spreadsheet with these cells, each of its own type."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()
