"""Svefaktura 1.0, Sweden's e-invoice after UBL 1.0. Pure."""

from collections.abc import Iterator

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

NAMESPACE = "urn:sfti:documents:BasicInvoice:1:0"


def matches(root: _Element) -> bool:
    return name(root) == "Invoice" and namespace(root) == NAMESPACE


def read(root: _Element) -> Invoice:
    totals = first(root, "LegalTotal")
    return Invoice(
        _facts(root),
        seller=_party(first(root, "SellerParty")),
        buyer=_party(first(root, "BuyerParty")),
        lines=tuple(map(_line, rows(root, "InvoiceLine"))),
        charges=tuple(map(_charge, every(root, "AllowanceCharge"))),
        taxes=tuple(map(_tax, every(root, "TaxTotal/TaxSubTotal"))),
        net=number(totals, "TaxExclusiveTotalAmount"),
        tax=number(root, "TaxTotal/TotalTaxAmount"),
        total=number(totals, "TaxInclusiveTotalAmount"),
        rounding=number(totals, "RoundOffAmount"),
        payments=tuple(_payments(root)),
        terms=texts(root, "PaymentTerms/Note"),
        interest_percent=number(root, "PaymentTerms/PenaltySurchargePercent"),
        notes=texts(root, "Note"),
        references=_references(root),
        delivery_date=day(root, "Delivery/ActualDeliveryDateTime"),
        period_start=day(root, "InvoicingPeriod/StartDateTime"),
        period_end=day(root, "InvoicingPeriod/EndDateTime"),
    )


def _facts(root: _Element) -> Facts:
    kind = codes.kind(text(root, "InvoiceTypeCode"))
    return Facts(
        number=text(root, "ID"),
        kind=kind,
        customer_number=text(root, "BuyerParty/Party/PartyIdentification/ID"),
        addresses=addresses(root, "BuyerParty/Party/Contact/ElectronicMail"),
        amount=codes.to_pay(number(root, "LegalTotal/TaxInclusiveTotalAmount"), kind),
        currency=codes.currency(text(root, "InvoiceCurrencyCode")),
        issue_date=day(root, "IssueDate"),
        due_date=day(root, "PaymentMeans/DuePaymentDate"),
        buyer=text(root, "BuyerParty/Party/PartyName/Name"),
        seller=text(root, "SellerParty/Party/PartyName/Name"),
        language=codes.language(text(root, "BuyerParty/Party/Language/ID")),
    )


def _party(role: _Element | None) -> Party:
    party = first(role, "Party")
    address = first(party, "Address")
    schemes = {text(s, "TaxScheme/ID"): text(s, "CompanyID") for s in every(party, "PartyTaxScheme")}
    return Party(
        name=text(party, "PartyName/Name"),
        business_id=schemes.get("SWT", ""),
        vat_id=schemes.get("VAT", ""),
        address=lines(
            text(address, "Department"),
            text(address, "Postbox"),
            f"{text(address, 'StreetName')} {text(address, 'BuildingNumber')}".strip(),
            *texts(address, "AdditionalStreetName", "AddressLine/Line"),
            f"{text(address, 'PostalZone')} {text(address, 'CityName')}".strip(),
            text(address, "Country/Name", "Country/IdentificationCode"),
        ),
        contact=lines(
            *texts(party, "Contact/Name", "Contact/Telephone", "Contact/ElectronicMail"),
            *texts(role, "AccountsContact/Name"),
        ),
    )


def _line(line: _Element) -> Line:
    quantity = first(line, "InvoicedQuantity")
    wording = texts(line, "Item/Description", "Note")
    return Line(
        text=wording[0] if wording else "",
        details=wording[1:],
        article=text(line, "Item/SellersItemIdentification/ID"),
        quantity=number(quantity),
        unit=codes.unit(quantity.get("quantityUnitCode", "")) if quantity is not None else "",
        unit_price=number(line, "Item/BasePrice/PriceAmount"),
        tax_percent=number(line, "Item/TaxCategory/Percent"),
        net=number(line, "LineExtensionAmount"),
    )


def _charge(charge: _Element) -> Charge:
    amount = number(charge, "Amount")
    is_discount = text(charge, "ChargeIndicator") != "true"
    return Charge(
        text=text(charge, "ReasonCode", "AllowanceChargeReason"),
        amount=-amount if amount is not None and is_discount else amount,
        tax_percent=number(charge, "TaxCategory/Percent"),
    )


def _tax(subtotal: _Element) -> Tax:
    return Tax(
        percent=number(subtotal, "TaxCategory/Percent"),
        net=number(subtotal, "TaxableAmount"),
        amount=number(subtotal, "TaxAmount"),
        reason=text(subtotal, "TaxCategory/ExemptionReason"),
    )


def _payments(root: _Element) -> Iterator[Payment]:
    for means in every(root, "PaymentMeans"):
        account = first(means, "PayeeFinancialAccount")
        institution = first(account, "FinancialInstitutionBranch/FinancialInstitution")
        payment = Payment(
            iban=text(account, "ID").replace(" ", ""),
            bic=text(institution, "ID"),
            bank=text(institution, "Name"),
            reference=text(account, "PaymentInstructionID"),
        )
        if payment != Payment():
            yield payment


def _references(root: _Element) -> dict[str, str]:
    found = {
        "order": text(
            root, "InvoiceLine/OrderLineReference/OrderReference/BuyersID", "OrderReference/BuyersID"
        ),
        "buyer": ", ".join(texts(root, "RequisitionistDocumentReference/ID")),
        "invoice": text(root, "InitialInvoiceDocumentReference/ID"),
    }
    return {key: value for key, value in found.items() if value}
