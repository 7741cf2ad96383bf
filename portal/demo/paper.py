"""The demo's documents: plain invoices on A4 as PDF."""

from datetime import timedelta

from fpdf import FPDF

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
    page = FPDF(format="A4")
    page.add_page()
    page.set_margins(22, 22)
    page.set_font("helvetica", "B", 20)
    page.cell(0, 14, firm.name, new_x="LMARGIN", new_y="NEXT")
    page.set_font("helvetica", size=14)
    title = TITLES[firm.language].get(kind, kind_label)
    page.cell(0, 12, f"{title} {number}", new_x="LMARGIN", new_y="NEXT")
    page.set_font("helvetica", size=11)
    page.cell(0, 16, buyer_name, new_x="LMARGIN", new_y="NEXT")
    due = day + timedelta(days=14)
    dates = [f"{d.day}.{d.month}.{d.year}" for d in (day, due)]
    values = (number, buyer_number, *dates, f"{amount:.2f} EUR".replace(".", ","))
    for label, value in zip(WORDS[firm.language], values, strict=True):
        page.cell(50, 8, label)
        page.cell(0, 8, value, new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())
