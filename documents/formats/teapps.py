"""TEAPPSXML 2.7.2 and 3.0, the Finnish operators' e-invoice. Pure.

A file is a batch: one frame with any number of invoices in it. Amounts have their sign and whether tax is
included as attributes.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lxml.etree import _Element

from documents.formats import codes
from documents.formats.elements import (
    addresses,
    every,
    first,
    lines,
    name,
    number,
    rows,
    text,
    texts,
    to_day,
    to_number,
)
from documents.formats.invoice import Charge, Facts, Invoice, Line, Party, Payment, Tax

EACH = "CONTENT_FRAME/INVOICES/INVOICE"  # the element that stands once for every invoice in a file

# INVOICE_TYPE; every other one is an invoice to people.
KINDS = {
    "01": "credit_note",
    "04": "credit_note",
    "05": "credit_note",
    "07": "credit_note",
    "08": "other",  # notice of an invoice to come
    "09": "reminder",
    "31": "credit_note",
    "50": "order",
    "51": "order_confirmation",
    "60": "credit_note",
    "90": "other",  # travel plan
}
# Costs of the whole invoice that have no name but their element's.
COSTS = ("CARGO", "DELIVERY_EXTRA", "POSTAGE_COSTS", "PROCESSING_COSTS", "INSURANCE_TOTAL")


def matches(root: _Element) -> bool:
    return name(root) == "INVOICE_CENTER" and bool(every(root, EACH))


def read(root: _Element) -> Invoice:
    """The first invoice of a file."""
    invoice = first(root, EACH)
    header, summary = first(invoice, "HEADER"), first(invoice, "SUMMARY")
    facts = _facts(invoice)
    return Invoice(
        facts,
        seller=_party(first(invoice, "PAYEE/CUSTOMER_INFORMATION")),
        buyer=_party(first(invoice, "RECEIVER/CUSTOMER_INFORMATION")),
        receiver=_party(first(invoice, "INVOICE_RECIPIENT/CUSTOMER_INFORMATION")),
        lines=tuple(_line(row, facts.currency) for row in rows(invoice, "ROWS/ROW")),
        charges=tuple(_charges(summary)),
        taxes=tuple(map(_tax, every(summary, "VAT_SUMMARY"))),
        net=_amount(summary, "INVOICE_TOTAL", "EXCLUDED"),
        tax=_amount(summary, "VAT_TOTAL"),
        total=_amount(summary, "INVOICE_TOTAL_WITHOUT_ADVANCE_PAYMENT", "INCLUDED")
        or _amount(summary, "INVOICE_TOTAL", "INCLUDED"),
        prepaid=_amount(summary, "ADVANCE_PAYMENT"),
        rounding=number(summary, "ROUNDINGS"),
        payable=_amount(summary, "INVOICE_TOTAL", "INCLUDED"),
        payments=tuple(_payments(first(invoice, "PAYEE"))),
        terms=texts(
            header,
            "TERMS_OF_PAYMENT",
            "DUE_DATE/VERBOSE_DATE",
            "CASH_DISCOUNT/FREE_TEXT",
            "PAYMENT_OVERDUE_FINE/FREE_TEXT",
        ),
        interest_percent=number(header, "PAYMENT_OVERDUE_FINE/INTEREST_RATE"),
        notes=texts(header, "SUBJECT", "VAT_TEXT", "HEADER_INFO/CONTENT", "FREE_TEXT")
        + texts(summary, "FREE_TEXT"),
        references=_references(header, summary),
        delivery_date=_day(header, "DELIVERY_DATE"),
        period_start=_day(header, "START_PERIOD"),
        period_end=_day(header, "END_PERIOD"),
    )


def _facts(invoice: _Element | None) -> Facts:
    header, summary = first(invoice, "HEADER"), first(invoice, "SUMMARY")
    kind = _kind(first(header, "INVOICE_TYPE"))
    total = _amount(summary, "INVOICE_TOTAL", "INCLUDED")
    if total is None:
        total = _amount(summary, "INVOICE_TOTAL")
    buyer = "RECEIVER/CUSTOMER_INFORMATION"
    return Facts(
        number=text(header, "INVOICE_ID"),
        kind=kind,
        # With SCHEME_ID it is an official id, such as a GLN.
        customer_number=next(
            (text(i) for i in every(invoice, f"{buyer}/CUSTOMER_ID") if not i.get("SCHEME_ID")), ""
        ),
        addresses=addresses(
            invoice,
            f"{buyer}/CONTACT_INFORMATION/E-MAIL_ADDRESS",
            f"{buyer}/E-MAIL_ADDRESS",
        ),
        amount=codes.to_pay(total, kind),
        currency=codes.currency(text(header, "CURRENCY/CODE")),
        issue_date=_day(header, "INVOICE_DATE"),
        due_date=_day(header, "DUE_DATE"),
        buyer=text(invoice, f"{buyer}/CUSTOMER_NAME"),
        seller=text(invoice, "PAYEE/CUSTOMER_INFORMATION/CUSTOMER_NAME"),
        language=codes.language(
            text(invoice, f"{buyer}/LANGUAGE_CODE", "INVOICE_RECIPIENT/CUSTOMER_INFORMATION/LANGUAGE_CODE")
        ),
    )


def _kind(code: _Element | None) -> str:
    kind = KINDS.get(text(code), "invoice")
    return codes.kind(code.get("UNTDID_CODE", "")) if code is not None and kind == "invoice" else kind


def _party(information: _Element | None) -> Party:
    address = first(information, "ADDRESS")
    contact = first(information, "CONTACT_INFORMATION")
    return Party(
        name=text(information, "CUSTOMER_NAME"),
        business_id=text(information, "ORGANIZATION_NUMBER"),
        vat_id=text(information, "VAT_NUMBER"),
        address=lines(
            *texts(information, "ORGANIZATION_DEPARTMENT"),
            *texts(address, *(f"STREET_ADDRESS{line}" for line in (1, 2, 3, 4))),
            f"{text(address, 'POSTAL_CODE')} {text(address, 'POST_OFFICE')}".strip(),
            text(address, "SUBDIVISION"),
            text(address, "COUNTRY", "COUNTRY_CODE"),
        ),
        contact=lines(
            *texts(contact, "CONTACT_PERSON", "TELEPHONE_NUMBER", "E-MAIL_ADDRESS"),
            *texts(information, "E-MAIL_ADDRESS"),
        ),
    )


def _line(row: _Element, currency: str) -> Line:
    quantity = first(row, "QUANTITY/CHARGED", "QUANTITY/DELIVERED")
    price = first(row, "PRICE_PER_UNIT")
    unit = _unit(quantity)
    wording = texts(row, "ARTICLE/ARTICLE_NAME", "ARTICLE/ARTICLE_DESCRIPTION", "FREE_TEXT")
    return Line(
        text=wording[0] if wording else "",
        details=wording[1:],
        article=text(row, "ARTICLE/ARTICLE_ID"),
        quantity=_signed(quantity),
        unit=unit,
        unit_price=_amount(row, "PRICE_PER_UNIT", "EXCLUDED"),
        unit_price_gross=_amount(row, "PRICE_PER_UNIT", "INCLUDED"),
        price_unit=_price_unit(price, currency, unit),
        discount_percent=number(row, "DISCOUNT/PER_CENT"),
        tax_percent=number(row, "VAT/RATE"),
        net=_amount(row, "ROW_TOTAL", "EXCLUDED"),
        gross=_amount(row, "ROW_TOTAL", "INCLUDED"),
    )


def _unit(quantity: _Element | None) -> str:
    if quantity is None:
        return ""
    return quantity.get("Q_UNIT", "") or codes.unit(quantity.get("Q_UNIT_UNECE_CODE", ""))


def _price_unit(price: _Element | None, currency: str, unit: str) -> str:
    if price is None:
        return ""
    return codes.price_unit(currency, to_number(price.get("PR_QTY", "")), price.get("PR_UNIT", "") or unit)


def _charges(summary: _Element | None) -> Iterator[Charge]:
    for path, part, sign in (("DISCOUNT", "DISCOUNT", -1), ("CHARGES", "CHARGE", 1)):
        for charge in every(summary, path):
            amount = _amount(charge, f"{part}_AMOUNT")
            yield Charge(
                text=text(charge, f"{part}_NAME"),
                amount=None if amount is None else sign * abs(amount),
                tax_percent=number(charge, "VAT/RATE"),
            )
    for cost in COSTS:
        if amount := _amount(summary, cost, "EXCLUDED"):
            yield Charge(amount=amount)


def _tax(summary: _Element) -> Tax:
    return Tax(
        percent=number(summary, "RATE"),
        net=_amount(summary, "ACCORDING"),
        amount=_amount(summary, "VAT_RATE_TOTAL"),
        reason=text(summary, "VAT_DESCRIPTION"),
    )


def _payments(payee: _Element | None) -> Iterator[Payment]:
    reference = text(
        payee,
        "DETAILS_OF_PAYMENT/FI_PAYMENT_REFERENCE",
        "DETAILS_OF_PAYMENT/IPI_REFERENCE",
    )
    for bank in every(payee, "BANKS"):
        yield Payment(
            iban=text(bank, "IBAN_ACCOUNT_NUMBER", "BANK_ACCOUNT_NUMBER").replace(" ", ""),
            bic=text(bank, "SWIFT_CODE"),
            bank=text(bank, "BANK_NAME"),
            reference=reference,
        )
    if reference and not every(payee, "BANKS"):
        yield Payment(reference=reference)


def _references(header: _Element | None, summary: _Element | None) -> dict[str, str]:
    found = {
        "order": text(header, "ORDER_INFORMATION/ORDER_NUMBER", "INVOICE_ORDER_NUMBER", "ORDER_REFERENCE"),
        "buyer": text(header, "BUYER_REFERENCE", "ORDER_INFORMATION/ORDER_REFERENCE"),
        "contract": text(header, "CONTRACT_INFORMATION/CONTRACT_NUMBER"),
        "project": text(header, "PROJECT_INFORMATION/PROJECT_NUMBER"),
        "delivery": text(header, "NOTE_NUMBER", "TRANSPORT_INFORMATION/TRANSPORT_NOTE"),
        "invoice": text(header, "CREDIT_INVOICE_NUMBER")
        or text(summary, "PRECEDING_INVOICE_INFORMATION/PRECEDING_INVOICE_ID"),
    }
    return {key: value for key, value in found.items() if value}


def _amount(element: _Element | None, path: str, tax: str = "") -> Decimal | None:
    """The amount with tax (INCLUDED) or without (EXCLUDED); without `tax`, the first there is."""
    found = every(element, f"{path}/AMOUNT")
    return next((_signed(amount) for amount in found if not tax or amount.get("VAT") == tax), None)


def _signed(element: _Element | None) -> Decimal | None:
    value = number(element)
    return -value if value is not None and element is not None and element.get("SIGN") == "-" else value


def _day(element: _Element | None, path: str) -> date | None:
    found = first(element, f"{path}/DATE")
    year = text(found, "CENTURY") + text(found, "DECADE_AND_YEAR")
    return to_day(f"{year}-{text(found, 'MONTH').zfill(2)}-{text(found, 'DAY').zfill(2)}")
