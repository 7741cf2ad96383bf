"""What is known of a document, in the order in which people look for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from documents.formats.invoice import Invoice
from documents.readable import numbers, words

# What sellers call interest in their own terms, in any language of the page.
INTEREST = re.compile("korko|ränta|interest", re.IGNORECASE)
FIGURE = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


def facts(invoice: Invoice) -> Iterator[Fact]:
    """The facts that are known, from the document's own to those of what was delivered and to whom."""
    pairs = (*_document(invoice), *_bought(invoice))
    return (Fact(label, value) for label, value in pairs if value.strip())


def _document(invoice: Invoice) -> Iterator[tuple[str, str]]:
    """What is asked for and when."""
    known = invoice.facts
    first = invoice.payments[0] if invoice.payments else None
    yield words.number(known.kind), known.number
    yield words.day(known.kind), numbers.day(known.issue_date) if known.issue_date else ""
    yield words.earlier(known.kind), invoice.references.get("invoice", "")
    yield _("Due date"), numbers.day(known.due_date) if known.due_date else ""
    yield _("Reference"), numbers.reference(first.reference, first.iban) if first else ""
    terms, interest = _terms(invoice)
    yield _("Terms of payment"), "\n".join(terms)
    yield _("Late payment interest"), interest


def _bought(invoice: Invoice) -> Iterator[tuple[str, str]]:
    """Who bought what, by which names they know it."""
    references, buyer = invoice.references, invoice.buyer
    yield _("Customer number"), invoice.facts.customer_number
    yield _("Your reference"), references.get("buyer", "")
    yield _("Order number"), references.get("order", "")
    yield _("Contract number"), references.get("contract", "")
    yield _("Project"), references.get("project", "")
    yield _("Delivery date"), numbers.day(invoice.delivery_date) if invoice.delivery_date else ""
    yield _("Delivery note"), references.get("delivery", "")
    yield _("Invoicing period"), numbers.period(invoice.period_start, invoice.period_end)
    yield _("Your business ID"), "" if buyer.business_id == buyer.vat_id else buyer.business_id
    yield _("Your VAT ID"), buyer.vat_id


def _terms(invoice: Invoice) -> tuple[list[str], str]:
    """The terms in words; and the interest on what is paid late, which many sellers write there as well."""
    percent = invoice.interest_percent
    if not percent or invoice.facts.kind not in words.PAYABLE:
        return list(invoice.terms), ""
    about = [term for term in invoice.terms if INTEREST.search(term)]
    if any(percent in _figures(term) for term in about):
        return list(invoice.terms), ""
    headings = [term for term in about if " " not in term.strip()]
    return [term for term in invoice.terms if term not in headings], numbers.percent(percent)


def _figures(text: str) -> list[Decimal]:
    return [Decimal(figure.replace(",", ".")) for figure in FIGURE.findall(text)]
