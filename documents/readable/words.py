"""What the page calls things. The language is the active one."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

# Kinds of documents (documents.models.Kind) that ask for money, and those that are invoices at all.
PAYABLE = ("invoice", "reminder", "")
INVOICES = (*PAYABLE, "credit_note")

LANGUAGES = ("fi", "sv", "en")

# Units by their names in documents.formats.codes → in Finnish, Swedish and English.
UNITS = {
    "pcs": ("kpl", "st", "pcs"),
    "d": ("pv", "dag", "d"),
    "wk": ("vko", "vecka", "wk"),
    "mo": ("kk", "mån", "mo"),
    "yr": ("vuosi", "år", "yr"),
    "pr": ("pari", "par", "pr"),
    "set": ("sarja", "sats", "set"),
    "box": ("ltk", "låda", "box"),
    "ctn": ("ltk", "kartong", "ctn"),
    "pkg": ("pkt", "förp", "pkg"),
    "plt": ("lava", "pall", "plt"),
    "sack": ("säkki", "säck", "sack"),
    "roll": ("rulla", "rulle", "roll"),
    "service": ("palvelu", "tjänst", "service"),
    "lump sum": ("erä", "post", "lump sum"),
}
# As sellers write them, in small letters → their names above, or a symbol that is the same everywhere.
OTHER_NAMES = {
    **dict.fromkeys(("kpl", "st", "styck", "stk", "ea", "each", "pce", "pc"), "pcs"),
    **dict.fromkeys(("pv", "päivä", "dag", "day"), "d"),
    **dict.fromkeys(("kk", "kuukausi", "mån", "månad", "month"), "mo"),
    **dict.fromkeys(("vko", "vecka", "week"), "wk"),
    **dict.fromkeys(("tunti", "tim", "timme", "hour", "hours"), "h"),
    **dict.fromkeys(("litra", "liter", "ltr"), "l"),
    "m2": "m²",
    "m3": "m³",
    **{symbol.lower(): symbol for symbol in ("h", "min", "kg", "l", "km", "kWh", *UNITS)},
}


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


def earlier(kind: str) -> str:
    """The earlier invoice that the document is about."""
    return _("Credited invoice") if kind == "credit_note" else _("Earlier invoice")


def unit(name: str) -> str:
    """A unit as people of the language write it; one that is not known stays as it is."""
    known = OTHER_NAMES.get(name.strip().lower(), name)
    names = UNITS.get(known)
    return names[LANGUAGES.index(language(get_language() or ""))] if names else known


def price_unit(name: str) -> str:
    """`EUR/100 pcs` with the unit as people of the language write it."""
    money, slash, rest = name.rpartition("/")
    many, space, what = rest.rpartition(" ")
    return f"{money}{slash}{many}{space}{unit(what)}" if slash else name


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
