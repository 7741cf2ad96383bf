"""Keeping spreadsheets from running what stands in a cell: `=cmd…` goes out as `'=cmd…` and comes back.

A text that begins with = + - or @ is a formula to a spreadsheet program, and one opened with another
separator than it was written with has such beginnings in the middle of a cell, too.
"""

import re

_RISKY = re.compile(r"(^|[,;\t\r\n])('*[=+\-@])")
_GUARDED = re.compile(r"(^|[,;\t\r\n])'('*[=+\-@])")


def guard(text: str) -> str:
    return _RISKY.sub(r"\1'\2", text)


def unguard(text: str) -> str:
    """The opposite of `guard`, for every text."""
    return _GUARDED.sub(r"\1\2", text) if "'" in text else text


def is_guarded(text: str) -> bool:
    """Whether the text is one that no spreadsheet would run."""
    return not text.startswith(("=", "+", "-", "@"))
