"""Draws what was placed: sheets of blocks become a PDF."""

import io
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from threading import Lock
from typing import Any

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from documents.readable import fonts
from documents.readable.page import HEIGHT, WIDTH, Block, Placed, Sheets, Text
from documents.readable.tags import Tags

# reportlab's fonts cannot be written into two files at the same time.
one_at_a_time = Lock()
# When nothing says when the document was made.
NO_DAY = date(2000, 1, 1)
ARTIFACT = "/Artifact BMC"
END = "EMC"
# reportlab would write streams as text, which is slow and a quarter larger.
rl_config.useA85 = 0


@dataclass(frozen=True)
class About:
    """What a PDF says about itself."""

    title: str
    author: str
    subject: str
    language: str
    day: date | None


def paint(sheets: Sheets, about: About) -> bytes:
    """The same sheets make the same octets."""
    out = io.BytesIO()
    with one_at_a_time:
        canvas = Canvas(
            out,
            pagesize=(WIDTH, HEIGHT),
            pageCompression=1,
            invariant=1,
            lang=about.language,
            initialFontName=fonts.font(fonts.REGULAR).fontName,
        )
        _describe(canvas, about)
        tags = Tags(canvas._doc)
        for page in sheets.pages:
            tags.begin_page()
            _draw(canvas, page, tags)
            canvas.showPage()
            tags.end_page()
        canvas.save()
    return out.getvalue()


def _describe(canvas: Any, about: About) -> None:
    day = about.day or NO_DAY
    canvas.setTitle(about.title)
    canvas.setAuthor(about.author)
    canvas.setSubject(about.subject)
    canvas.setCreator("Jakelu")
    canvas.setDateFormatter(lambda *_made: f"D:{day:%Y%m%d}000000Z")
    canvas.setViewerPreference("DisplayDocTitle", "true")


def _draw(canvas: Any, page: list[Placed], tags: Tags) -> None:
    """Areas first, so that no text is covered."""
    canvas._code.append(ARTIFACT)
    for placed in page:
        for area in placed.block.areas:
            y = HEIGHT - placed.y - area.y - area.height
            place = f"{area.x:.2f} {y:.2f} {area.width:.2f} {area.height:.2f} re f"
            canvas._code.append(f"{_colour(area.colour)} {place}")
    canvas._code.append(END)
    canvas._code.append("BT")
    for placed in page:
        _write(canvas, placed.y, placed.block, tags)
    canvas._code.append("ET")


def _write(canvas: Any, y: float, block: Block, tags: Tags) -> None:
    pieces = tags.pieces(block) if block.texts else None
    for cell, texts in groupby(block.texts, lambda text: text.cell):
        canvas._code.append(pieces.begin(cell) if pieces else ARTIFACT)
        for text in texts:
            _letters(canvas, text, HEIGHT - y - text.y)
        canvas._code.append(END)


def _letters(canvas: Any, text: Text, y: float) -> None:
    """The operators that write a text (ISO 32000-1, 9.4): reportlab's own way takes three times as long."""
    font, pdf, code = fonts.font(text.style.font), canvas._doc, canvas._code
    code.append(f"{_colour(text.style.colour)} 1 0 0 1 {text.x:.2f} {y:.2f} Tm")
    for subset, letters in font.splitString(text.words, pdf):
        name = font.getSubsetInternalName(subset, pdf)
        code.append(f"{name} {text.size:.4g} Tf ({canvas._escape(letters)}) Tj")


@cache
def _colour(name: str) -> str:
    """The operator that chooses a colour."""
    colour = HexColor(name)
    return f"{colour.red:.3g} {colour.green:.3g} {colour.blue:.3g} rg"
