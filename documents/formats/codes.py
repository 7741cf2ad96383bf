"""The codes that the e-invoice formats share: kinds of documents, units, languages. Pure."""

import re
from decimal import Decimal

# UNTDID 1001, as EN 16931 uses it; every other one is an invoice to people.
CREDIT_NOTES = {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
# Codes of UNTDID 1001 that are no invoice at all.
OTHER_KINDS = {
    "220": "order",
    "231": "order_confirmation",
    "270": "delivery_note",
    "351": "delivery_note",
}

# ISO 639-1 and 639-2.
LANGUAGES = {"fi": "fi", "fin": "fi", "sv": "sv", "swe": "sv", "en": "en", "eng": "en"}

# UN/ECE Recommendation 20 and 21 → what people write.
UNITS = {
    "C62": "pcs",
    "H87": "pcs",
    "EA": "pcs",
    "NAR": "pcs",
    "PCE": "pcs",
    "XPP": "pcs",
    "ONE": "pcs",
    "ZZ": "",
    "SEC": "s",
    "MIN": "min",
    "HUR": "h",
    "DAY": "d",
    "WEE": "wk",
    "MON": "mo",
    "ANN": "yr",
    "GRM": "g",
    "KGM": "kg",
    "TNE": "t",
    "MGM": "mg",
    "LTR": "l",
    "MLT": "ml",
    "CLT": "cl",
    "DLT": "dl",
    "MTQ": "m³",
    "MTK": "m²",
    "MMT": "mm",
    "CMT": "cm",
    "MTR": "m",
    "LM": "m",
    "KMT": "km",
    "KTM": "km",
    "WTT": "W",
    "KWT": "kW",
    "WHR": "Wh",
    "KWH": "kWh",
    "MWH": "MWh",
    "P1": "%",
    "PR": "pr",
    "SET": "set",
    "BX": "box",
    "XBX": "box",
    "XPK": "pkg",
    "XCT": "ctn",
    "XPX": "plt",
    "XSA": "sack",
    "XRO": "roll",
    "E48": "service",
    "LS": "lump sum",
}


def kind(code: str) -> str:
    """The kind of document that a code of UNTDID 1001 means."""
    return "credit_note" if code in CREDIT_NOTES else OTHER_KINDS.get(code, "invoice")


def language(code: str) -> str:
    """`FI`, `swe` and `en-GB`; languages in which we do not write are not known."""
    return LANGUAGES.get(re.split(r"[-_]", code.strip().lower())[0], "")


def unit(code: str) -> str:
    return UNITS.get(code.upper(), code)


def price_unit(currency: str, quantity: Decimal | None, unit: str) -> str:
    """`EUR/100 kg` for the price of several; nothing for the price of one."""
    if not quantity or quantity == 1:
        return ""
    return f"{currency}/{quantity.normalize():f} {unit}".strip()


def currency(code: str) -> str:
    """An ISO 4217 code, or nothing."""
    return code.upper() if re.fullmatch(r"[A-Za-z]{3}", code) else ""


def to_pay(amount: Decimal | None, kind: str) -> Decimal | None:
    """The amount of a document, in hundredths: a credit note's has no minus sign."""
    if amount is None:
        return None
    return abs(round(amount, 2)) if kind == "credit_note" else round(amount, 2)
