"""Looking for a part of a text, whatever its case, in the same way on every database."""

import re
import unicodedata

from django.db import connection
from django.db.models import Q

# What anybody types; more is pasted by mistake.
LONGEST = 200
ZERO_WIDTH_JOINER = "\u200d"


def searched_text(typed, most=LONGEST):
    """What was typed into a search field as it can be looked for: in one line, its letters composed."""
    shown = "".join(_shown(character) for character in typed[: 4 * most])
    return " ".join(unicodedata.normalize("NFC", shown).split())[:most]


def contains(field, text):
    """The condition that a field has this text in it; %, _ and other signs stand for themselves.

    SQLite's LIKE knows the case of ASCII letters only, so there å, ä and ö need a regular expression.
    """
    if connection.vendor == "sqlite" and not text.isascii():
        return Q(**{f"{field}__iregex": re.escape(text)})
    return Q(**{f"{field}__icontains": text})


def _shown(character):
    """As it is; what nobody sees is dropped, but for what joins emoji."""
    category = unicodedata.category(character)
    if category in ("Cc", "Cs"):
        return " "
    return "" if category == "Cf" and character != ZERO_WIDTH_JOINER else character
