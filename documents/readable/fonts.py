"""The letters of the page: Fira Sans with figures of one width, and only characters that it has."""

import struct
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_fira_sans
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "FiraSans-Regular"
SEMIBOLD = "FiraSans-SemiBold"

NARROW_SPACE = 0x202F
# Of an em. Fira Sans has no narrow no-break space, so its ordinary one is set narrower.
NARROW_WIDTH = 0.2

FIGURES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# The names that "post" does not spell out (OpenType specification, "post", version 2.0).
STANDARD_NAMES = 258
# Stands where the font has no letter.
UNKNOWN = "?"


@cache
def font(name: str) -> TTFont:
    """The font, registered with reportlab at its first use."""
    made = TTFont(name, str(Path(fontpkg_fira_sans.ROOT, "files", f"{name}.ttf")), asciiReadable=False)
    _set_figures(made.face)
    pdfmetrics.registerFont(made)
    return made


def width(text: str, name: str, size: float) -> float:
    """In points."""
    widths = font(name).face.charWidths
    return float(sum([widths[ord(c)] for c in text]) * size / 1000)


def known(text: str) -> str:
    """The text in one line, without control characters and with letters that the font has."""
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", text).translate(_spellings())


class Spellings(dict[int, str]):
    """How each character is written: as itself, as a space, not at all, in its plain form, or as unknown."""

    def __missing__(self, code: int) -> str:
        self[code] = spelling = self._spelling(chr(code))
        return spelling

    def _spelling(self, character: str) -> str:
        if self._has(character) or ord(character) == NARROW_SPACE:
            return character
        category = unicodedata.category(character)
        if character in "\t\n\r" or category.startswith("Z"):
            return " "
        if category in ("Cc", "Cf", "Cs", "Mn", "Me"):
            return ""
        plain = unicodedata.normalize("NFKC", character)
        return plain if all(self._has(c) for c in plain) else UNKNOWN

    def _has(self, character: str) -> bool:
        return character.isprintable() and ord(character) in font(REGULAR).face.charToGlyph


@cache
def _spellings() -> Spellings:
    return Spellings()


def _set_figures(face: Any) -> None:
    """Figures of one width stand under each other; the font keeps them beside its ordinary ones."""
    glyphs = _glyph_names(face.get_table("post"))
    for value, name in enumerate(FIGURES):
        code, glyph = ord("0") + value, glyphs.index(f"{name}.tf")
        face.charToGlyph[code] = glyph
        face.charWidths[code] = face.hmetrics[glyph][0] * 1000 / face.unitsPerEm
    face.charToGlyph[NARROW_SPACE] = face.charToGlyph[ord(" ")]
    face.charWidths[NARROW_SPACE] = NARROW_WIDTH * 1000


def _glyph_names(post: bytes) -> list[str]:
    """The name of each glyph, empty for standard ones (OpenType specification, "post", version 2.0)."""
    count = struct.unpack_from(">H", post, 32)[0]
    indexes = struct.unpack_from(f">{count}H", post, 34)
    names, position = [], 34 + 2 * count
    while position < len(post):
        length = post[position]
        names.append(post[position + 1 : position + 1 + length].decode("ascii"))
        position += 1 + length
    return ["" if i < STANDARD_NAMES else names[i - STANDARD_NAMES] for i in indexes]
