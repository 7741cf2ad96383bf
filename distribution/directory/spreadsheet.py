"""Rows of an XLSX, XLS or ODS file, read by another process that may not take more than its share.

A file of a few kilobytes can name a cell in the last row of the last column, or unpack to gigabytes; the
reader's memory would run out, and with it the process that reads.
"""

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from distribution.directory.problems import WrongFile
from distribution.directory.sheet_reader import LOCKED
from distribution.zips import TooManyMembers, open_zip

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

UNPACKED_MB = 400  # 200,000 rows of five cells are some 60
MEMBERS = 1_000
SECONDS = 100  # less than an import's lease

_READER = Path(__file__).with_name("sheet_reader.py")


def is_spreadsheet(content: bytes) -> bool:
    return content.startswith((_ZIP, _OLE))


def spreadsheet_rows(
    content: bytes, most_rows: int, most_columns: int
) -> tuple[Iterator[tuple[int, list[str]]], int]:
    """(row number, cells) of the first visible sheet, and how many rows it has. Raises WrongFile."""
    if content.startswith(_ZIP):
        _check_unpacked(content)
    output = tempfile.TemporaryFile()  # noqa: SIM115  closed when the last row has been read
    command = [sys.executable, "-I", str(_READER), str(most_rows), str(most_columns)]
    try:
        subprocess.run(
            command, input=content, stdout=output, stderr=subprocess.DEVNULL, check=True, timeout=SECONDS
        )
    except subprocess.CalledProcessError as ended:
        output.close()
        raise WrongFile("locked" if ended.returncode == LOCKED else "unreadable") from None
    except subprocess.TimeoutExpired:
        output.close()
        raise WrongFile("unreadable") from None
    output.seek(0)
    return _rows(output), int(output.readline())


def _check_unpacked(content: bytes) -> None:
    try:
        members = open_zip(io.BytesIO(content), MEMBERS).infolist()
    except TooManyMembers:
        raise WrongFile("too_large_inside") from None
    except zipfile.BadZipFile:
        raise WrongFile("unreadable") from None
    unpacked = sum(member.file_size for member in members)
    if unpacked > UNPACKED_MB * 1024 * 1024:
        raise WrongFile("too_large_inside")


def _rows(output: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    with output:
        for number, line in enumerate(output, 1):
            yield number, [_text(value) for value in json.loads(line)]


def _text(value: object) -> str:
    """1001.0 → 1001: spreadsheets know only one kind of number."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value if isinstance(value, str) else str(value)
