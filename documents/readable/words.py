"""What the page calls things. The language is the active one."""

from django.utils.translation import gettext as _

# Kinds of documents (documents.models.Kind) that ask for money, and those that are invoices at all.
PAYABLE = ("invoice", "reminder", "")
INVOICES = (*PAYABLE, "credit_note")

LANGUAGES = ("fi", "sv", "en")


def language(wanted: str) -> str:
    """The language of the page: the customer's, else English."""
    short = wanted[:2].lower()
    return short if short in LANGUAGES else "en"


def title(kind: str) -> str:
    titles = {
        "credit_note": _("Credit note"),
        "reminder": _("Reminder"),
        "order": _("Order"),
        "order_confirmation": _("Order confirmation"),
        "delivery_note": _("Delivery note"),
        "other": _("Document"),
    }
    return titles.get(kind) or _("Invoice")


def number(kind: str) -> str:
    return _("Invoice number") if kind in PAYABLE else _("Number")


def day(kind: str) -> str:
    return _("Invoice date") if kind in PAYABLE else _("Date")


def amount(kind: str) -> str:
    """What the large amount is called."""
    if kind == "credit_note":
        return _("Total credited")
    return _("Total to pay") if kind in PAYABLE else _("Total")


def origin(kind: str, attached: bool) -> list[str]:
    """Where the page comes from, and what holds if it should be wrong: sentences."""
    if kind in INVOICES:
        made = _("This page was made from the electronic invoice, which prevails if the two differ.")
    else:
        made = _("This page was made from the electronic document, which prevails if the two differ.")
    return [made, _("The electronic original is attached.")] if attached else [made]
