"""UBL 2.1, and with it Peppol BIS 3 and XRechnung: invoices and credit notes. Pure."""

import re
from collections.abc import Iterator
from decimal import Decimal

from lxml.etree import _Element

from documents.formats import codes
from documents.formats.elements import (
    addresses,
    day,
    every,
    first,
    lines,
    name,
    namespace,
    number,
    rows,
    text,
    texts,
)
from documents.formats.invoice import Charge, Facts, Invoice, Line, Party, Payment, Tax

NAMESPACES = {
    "Invoice": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "CreditNote": "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
}
REFERENCES = {
    "order": ("OrderReference/ID",),
    "buyer": ("BuyerReference",),
    "contract": ("ContractDocumentReference/ID",),
    "project": ("ProjectReference/ID",),
    "delivery": ("DespatchDocumentReference/ID",),
    "invoice": ("BillingReference/InvoiceDocumentReference/ID",),
}
# XRechnung writes what a note is about before it: #ADU#.
_SUBJECT = re.compile(r"^#[A-Z]{3}#\s*")


def matches(root: _Element) -> bool:
    return NAMESPACES.get(name(root)) == namespace(root)


def read(root: _Element) -> Invoice:
    totals = first(root, "LegalMonetaryTotal")
    facts = _facts(root)
    return Invoice(
        facts,
        seller=_party(first(root, "AccountingSupplierParty/Party")),
        buyer=_party(first(root, "AccountingCustomerParty/Party")),
        lines=tuple(map(_line, rows(root, "InvoiceLine", "CreditNoteLine"))),
        charges=tuple(map(_charge, every(root, "AllowanceCharge"))),
        taxes=tuple(map(_tax, every(root, "TaxTotal/TaxSubtotal"))),
        net=number(totals, "TaxExclusiveAmount"),
        # The tax may stand in the seller's own currency as well.
        tax=number(root, f"TaxTotal/TaxAmount[@currencyID={facts.currency}]", "TaxTotal/TaxAmount"),
        total=number(totals, "TaxInclusiveAmount"),
        prepaid=number(totals, "PrepaidAmount"),
        rounding=number(totals, "PayableRoundingAmount"),
        payable=number(totals, "PayableAmount"),
        payments=tuple(_payments(root)),
        terms=texts(root, "PaymentTerms/Note"),
        interest_percent=number(root, "PaymentTerms/PenaltySurchargePercent"),
        notes=tuple(_SUBJECT.sub("", note) for note in texts(root, "Note")),
        references={key: found for key, paths in REFERENCES.items() if (found := text(root, *paths))},
        delivery_date=day(root, "Delivery/ActualDeliveryDate"),
        period_start=day(root, "InvoicePeriod/StartDate"),
        period_end=day(root, "InvoicePeriod/EndDate"),
    )


def _facts(root: _Element) -> Facts:
    kind = _kind(root)
    customer = "AccountingCustomerParty"
    return Facts(
        number=text(root, "ID"),
        kind=kind,
        customer_number=text(
            root, f"{customer}/Party/PartyIdentification/ID", f"{customer}/SupplierAssignedAccountID"
        ),
        addresses=addresses(
            root,
            f"{customer}/Party/Contact/ElectronicMail",
            f"{customer}/Party/EndpointID[@schemeID=EM]",
        ),
        amount=codes.to_pay(
            number(root, "LegalMonetaryTotal/PayableAmount", "LegalMonetaryTotal/TaxInclusiveAmount"), kind
        ),
        currency=codes.currency(text(root, "DocumentCurrencyCode")),
        issue_date=day(root, "IssueDate"),
        due_date=day(root, "DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate"),
        buyer=_name(first(root, f"{customer}/Party")),
        seller=_name(first(root, "AccountingSupplierParty/Party")),
        language=codes.language(text(root, f"{customer}/Party/Language/ID")),
    )


def _kind(root: _Element) -> str:
    kind = codes.kind(text(root, "InvoiceTypeCode", "CreditNoteTypeCode"))
    return "credit_note" if name(root) == "CreditNote" and kind == "invoice" else kind


def _name(party: _Element | None) -> str:
    person = " ".join(texts(party, "Person/FirstName", "Person/FamilyName"))
    return text(party, "PartyName/Name", "PartyLegalEntity/RegistrationName") or person


def _party(party: _Element | None) -> Party:
    address = first(party, "PostalAddress")
    contact = first(party, "Contact")
    schemes = every(party, "PartyTaxScheme")
    return Party(
        name=_name(party),
        business_id=text(party, "PartyLegalEntity/CompanyID"),
        vat_id=next((text(s, "CompanyID") for s in schemes if text(s, "TaxScheme/ID") == "VAT"), ""),
        address=lines(
            text(address, "Postbox"),
            f"{text(address, 'StreetName')} {text(address, 'BuildingNumber')}".strip(),
            *texts(address, "AdditionalStreetName", "AddressLine/Line"),
            f"{text(address, 'PostalZone')} {text(address, 'CityName')}".strip(),
            text(address, "CountrySubentity"),
            text(address, "Country/Name", "Country/IdentificationCode"),
        ),
        contact=lines(*texts(contact, "Name", "Telephone", "ElectronicMail")),
    )


def _line(line: _Element) -> Line:
    quantity = first(line, "InvoicedQuantity", "CreditedQuantity")
    base = first(line, "Price/BaseQuantity")
    unit = _unit(quantity)
    wording = lines(*texts(line, "Item/Name", "Item/Description", "Note"))
    return Line(
        text=wording[0] if wording else "",
        details=wording[1:] + tuple(_properties(line)),
        article=text(line, "Item/SellersItemIdentification/ID"),
        quantity=number(quantity),
        unit=unit,
        unit_price=number(line, "Price/PriceAmount"),
        price_unit=codes.price_unit(_currency(line), number(base), _unit(base) or unit),
        discount_percent=_discount(line),
        tax_percent=number(line, "Item/ClassifiedTaxCategory/Percent"),
        net=number(line, "LineExtensionAmount"),
    )


def _unit(quantity: _Element | None) -> str:
    return codes.unit(quantity.get("unitCode", "")) if quantity is not None else ""


def _currency(line: _Element) -> str:
    price = first(line, "Price/PriceAmount")
    return price.get("currencyID", "") if price is not None else ""


def _properties(line: _Element) -> Iterator[str]:
    for item_property in every(line, "Item/AdditionalItemProperty"):
        yield ": ".join(filter(None, (text(item_property, "Name"), text(item_property, "Value"))))


def _discount(line: _Element) -> Decimal | None:
    for charge in every(line, "AllowanceCharge"):
        if text(charge, "ChargeIndicator") != "true":
            return number(charge, "MultiplierFactorNumeric")
    return None


def _charge(charge: _Element) -> Charge:
    amount = number(charge, "Amount")
    is_discount = text(charge, "ChargeIndicator") != "true"
    return Charge(
        text=text(charge, "AllowanceChargeReason"),
        amount=-amount if amount is not None and is_discount else amount,
        tax_percent=number(charge, "TaxCategory/Percent"),
    )


def _tax(subtotal: _Element) -> Tax:
    return Tax(
        percent=number(subtotal, "TaxCategory/Percent", "Percent"),
        net=number(subtotal, "TaxableAmount"),
        amount=number(subtotal, "TaxAmount"),
        reason=" ".join(texts(subtotal, "TaxCategory/TaxExemptionReason")),
    )


def _payments(root: _Element) -> Iterator[Payment]:
    for means in every(root, "PaymentMeans"):
        account = first(means, "PayeeFinancialAccount")
        branch = first(account, "FinancialInstitutionBranch")
        payment = Payment(
            iban=text(account, "ID").replace(" ", ""),
            bic=text(branch, "FinancialInstitution/ID", "ID"),
            bank=text(branch, "FinancialInstitution/Name", "Name"),
            reference=text(means, "PaymentID"),
        )
        if payment != Payment():
            yield payment
