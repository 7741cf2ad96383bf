"""Customer numbers as people type them. Pure."""

import re
from collections.abc import Iterator


def numbers_in(text: str) -> Iterator[str]:
    """`1001; 1002` and `1001 1002` are two numbers; `FI 1001` may well be one."""
    for part in re.split(r"[,;\n]", text):
        words = part.split()
        yield from words if all(word.isdecimal() for word in words) else [" ".join(words)]
