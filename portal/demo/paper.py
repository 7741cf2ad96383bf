"""The demo's documents: plain invoices on A4 as PDF."""

import io
from datetime import timedelta

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

TITLES = {
    "fi": {"invoice": "Lasku", "credit_note": "Hyvityslasku", "reminder": "Maksumuistutus"},
    "sv": {"invoice": "Faktura", "credit_note": "Kreditfaktura", "reminder": "Betalningspåminnelse"},
}
WORDS = {
    "fi": ("Numero", "Asiakasnumero", "Päiväys", "Eräpäivä", "Maksettava"),
    "sv": ("Nummer", "Kundnummer", "Datum", "Förfallodag", "Att betala"),
}


def paper(firm, buyer_name, buyer_number, number, kind, kind_label, day, amount):
    """The bytes of a PDF for one document of the demo."""
    paper = io.BytesIO()
    page = Canvas(paper, pagesize=A4)
    text = page.beginText(22 * mm, A4[1] - 30 * mm)
    text.setFont("Helvetica-Bold", 20, leading=36)
    text.textLine(firm.name)
    text.setFont("Helvetica", 14, leading=32)
    text.textLine(f"{TITLES[firm.language].get(kind, kind_label)} {number}")
    text.setFont("Helvetica", 11, leading=40)
    text.textLine(buyer_name)
    page.drawText(text)
    due = day + timedelta(days=14)
    dates = [f"{d.day}.{d.month}.{d.year}" for d in (day, due)]
    values = (number, buyer_number, *dates, f"{amount:.2f} EUR".replace(".", ","))
    for row, (label, value) in enumerate(zip(WORDS[firm.language], values, strict=True)):
        page.drawString(22 * mm, text.getY() - row * 8 * mm, label)
        page.drawString(72 * mm, text.getY() - row * 8 * mm, value)
    page.save()
    return paper.getvalue()
