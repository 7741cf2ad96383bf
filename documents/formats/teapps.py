"""TEAPPSXML 2.7.2 and 3.0, the Finnish operators' e-invoice. Pure.

A file is a batch: one frame with any number of invoices in it. Amounts have their sign and whether tax is
included as attributes.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lxml.etree import _Element

from documents.formats import codes
from documents.formats.elements import addresses, every, first, lines, name, number, text, texts, to_day
from documents.formats.invoice import Charge, Facts, Invoice, Line, Party, Payment, Tax

EACH = "CONTENT_FRAME/INVOICES/INVOICE"  # the element that stands once for every invoice in a file

KINDS = {"00": "invoice", "01": "credit_note"}  # INVOICE_TYPE


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
        lines=tuple(map(_line, every(invoice, "ROWS/ROW"))),
        charges=tuple(_charges(summary)),
        taxes=tuple(map(_tax, every(summary, "VAT_SUMMARY"))),
        net=_amount(summary, "INVOICE_TOTAL", "EXCLUDED"),
        tax=_amount(summary, "VAT_TOTAL"),
        total=_amount(summary, "INVOICE_TOTAL", "INCLUDED"),
        prepaid=_amount(summary, "PAID_AMOUNT"),
        rounding=number(summary, "ROUNDINGS") or _amount(summary, "ROUNDINGS"),
        payable=_amount(summary, "PAYABLE_AMOUNT"),
        payments=tuple(_payments(first(invoice, "PAYEE"))),
        terms=texts(header, "TERMS_OF_PAYMENT", "PAYMENT_OVERDUE_FINE/FREE_TEXT"),
        interest_percent=number(header, "PAYMENT_OVERDUE_FINE/INTEREST_RATE"),
        notes=texts(header, "SUBJECT", "FREE_TEXT") + texts(summary, "FREE_TEXT"),
        references=_references(header),
        delivery_date=_day(header, "DELIVERY_DATE"),
    )


def _facts(invoice: _Element | None) -> Facts:
    header, summary = first(invoice, "HEADER"), first(invoice, "SUMMARY")
    kind = KINDS.get(text(header, "INVOICE_TYPE"), "invoice")
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


def _party(information: _Element | None) -> Party:
    address = first(information, "ADDRESS")
    contact = first(information, "CONTACT_INFORMATION")
    return Party(
        name=text(information, "CUSTOMER_NAME"),
        business_id=text(information, "ORGANIZATION_NUMBER"),
        vat_id=text(information, "VAT_NUMBER"),
        address=lines(
            *texts(information, "ORGANIZATION_DEPARTMENT"),
            *texts(address, "STREET_ADDRESS1", "STREET_ADDRESS2", "STREET_ADDRESS3"),
            f"{text(address, 'POSTAL_CODE')} {text(address, 'POST_OFFICE')}".strip(),
            text(address, "SUBDIVISION"),
            text(address, "COUNTRY", "COUNTRY_CODE"),
        ),
        contact=lines(
            *texts(contact, "CONTACT_PERSON", "TELEPHONE_NUMBER", "E-MAIL_ADDRESS"),
            *texts(information, "E-MAIL_ADDRESS"),
        ),
    )


def _line(row: _Element) -> Line:
    quantity = first(row, "QUANTITY/CHARGED", "QUANTITY/DELIVERED")
    wording = texts(row, "ARTICLE/ARTICLE_NAME", "ARTICLE/ARTICLE_DESCRIPTION", "FREE_TEXT")
    return Line(
        text=wording[0] if wording else "",
        details=wording[1:],
        article=text(row, "ARTICLE/ARTICLE_ID"),
        quantity=_signed(quantity),
        unit=_unit(quantity),
        unit_price=_amount(row, "PRICE_PER_UNIT", "EXCLUDED"),
        unit_price_gross=_amount(row, "PRICE_PER_UNIT", "INCLUDED"),
        discount_percent=number(row, "DISCOUNT/RATE", "DISCOUNT/DISCOUNT_PERCENT"),
        tax_percent=number(row, "VAT/RATE"),
        net=_amount(row, "ROW_TOTAL", "EXCLUDED"),
        gross=_amount(row, "ROW_TOTAL", "INCLUDED"),
    )


def _unit(quantity: _Element | None) -> str:
    if quantity is None:
        return ""
    return quantity.get("Q_UNIT", "") or codes.unit(quantity.get("Q_UNIT_UNECE_CODE", ""))


def _charges(summary: _Element | None) -> Iterator[Charge]:
    for path, part, sign in (("DISCOUNT", "DISCOUNT", -1), ("CHARGES", "CHARGE", 1)):
        for charge in every(summary, path):
            amount = _amount(charge, f"{part}_AMOUNT")
            yield Charge(
                text=text(charge, f"{part}_NAME"),
                amount=None if amount is None else sign * abs(amount),
                tax_percent=number(charge, "VAT/RATE"),
            )


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
        "DETAILS_OF_PAYMENT/RF_PAYMENT_REFERENCE",
        "DETAILS_OF_PAYMENT/OTHER_PAYMENT_REFERENCE",
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


def _references(header: _Element | None) -> dict[str, str]:
    found = {
        "order": text(header, "ORDER_INFORMATION/ORDER_NUMBER", "ORDER_REFERENCE"),
        "buyer": text(header, "BUYER_REFERENCE", "ORDER_REFERENCE"),
        "contract": text(header, "CONTRACT_INFORMATION/CONTRACT_NUMBER"),
        "project": text(header, "PROJECT_INFORMATION/PROJECT_NUMBER"),
        "delivery": text(header, "DELIVERY_NUMBER"),
        "invoice": text(header, "ORIGINAL_INVOICE_NUMBER", "CREDIT_INVOICE_NUMBER"),
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
