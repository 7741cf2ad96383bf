"""How the tables of words are written, and how a reply is folded so that they match it.

A table has rows of (cause, patterns). Patterns stand on lines of their own or between " | "; {names} are
those of the table's parts. Gaps are bounded, which keeps every pattern linear.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from documents.causes import Cause

Rules = list[tuple[re.Pattern[str], Cause]]

ACCENTS = re.compile("[\u0300-\u036f]")
UNDIVIDED = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "ß": "ss"})  # no accent to Unicode


def folded(text: str) -> str:
    """The text without accents: half of the servers that write them leave them out."""
    return (
        text if text.isascii() else ACCENTS.sub("", unicodedata.normalize("NFD", text)).translate(UNDIVIDED)
    )


def compiled(text: str, parts: Mapping[str, str]) -> re.Pattern[str]:
    alternatives = re.split(r"\s*\n\s*|\s+\|\s+", folded(text).strip())
    return re.compile(
        "|".join(re.sub(r"\{([a-z]+)\}", lambda name: folded(parts[name[1]]), one) for one in alternatives)
    )


def rules(rows: Sequence[tuple[Cause, str]], parts: Mapping[str, str]) -> Rules:
    return [(compiled(text, parts), cause) for cause, text in rows]
