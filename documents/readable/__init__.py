"""A clean page for people, made from an electronic invoice. Pure.

What is said (head and its facts, table and its columns, sums) is put on sheets of blocks (page) and then
drawn (paint, tags) in letters (fonts), in a language (words, numbers). The same invoice makes the same
octets.
"""

from django.utils.translation import override

from documents.formats.invoice import Invoice
from documents.readable import fonts, head, sums, table, words
from documents.readable.page import BOTTOM, Sheets
from documents.readable.paint import About, paint

__all__ = ["make"]


def make(invoice: Invoice, language: str, *, attached: bool = True) -> bytes:
    """A PDF of A4 in the customer's language: fi, sv or en, and English for others.

    `attached` says whether the electronic invoice goes with it: the page then tells so.
    """
    with override(words.language(language)):
        sheets = Sheets(BOTTOM)
        long = head.head(sheets, invoice)
        head.details(sheets, invoice.seller)
        table.lines(sheets, invoice)
        sums.sums(sheets, invoice)
        sums.notes(sheets, invoice, long)
        head.every_page(sheets, invoice, attached)
        about = _about(invoice, words.language(language))
    return paint(sheets, about)


def _about(invoice: Invoice, language: str) -> About:
    facts = invoice.facts
    seller = fonts.known(invoice.seller.name or facts.seller)
    title = fonts.known(f"{words.title(facts.kind)} {facts.number}").strip()
    return About(
        title=f"{title}, {seller}" if seller else title,
        author=seller,
        subject=title,
        language=language,
        day=facts.issue_date,
    )
