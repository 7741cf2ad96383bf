"""Finvoice 1.3 to 3.0, the Finnish banks' e-invoice. Pure."""

from collections.abc import Iterator

from lxml.etree import _Element

from documents.formats import codes
from documents.formats.elements import addresses, day, every, first, lines, name, number, rows, text, texts
from documents.formats.invoice import Charge, Facts, Invoice, Line, Party, Payment, Tax

# InvoiceTypeCode: the first three letters say what it is.
KINDS = {
    "INV": "invoice",
    "REM": "reminder",
    "ORD": "order",
    "ORC": "order_confirmation",
    "DEN": "delivery_note",
    "DEV": "delivery_note",
}
# Among the invoices, these are not what their letters say.
SPECIAL_KINDS = {
    "INV02": "credit_note",
    "INV05": "reminder",  # a collection letter
    "INV08": "reminder",
}
REFERENCES = {
    "order": ("OrderIdentifier",),
    "buyer": ("BuyerReferenceIdentifier",),
    "contract": ("AgreementIdentifier",),
    "project": ("ProjectReferenceIdentifier",),
    "invoice": ("OriginalInvoiceReference/InvoiceNumber", "OriginalInvoiceNumber"),
}


def matches(root: _Element) -> bool:
    return name(root) == "Finvoice"


def read(root: _Element) -> Invoice:
    details = first(root, "InvoiceDetails")
    facts = _facts(root, details)
    return Invoice(
        facts,
        seller=_seller(root),
        buyer=_party(root, "Buyer", _contact(root, "Buyer")),
        receiver=_party(root, "InvoiceRecipient", _contact(root, "InvoiceRecipient")),
        lines=tuple(_lines(root, facts.currency)),
        charges=tuple(_charges(details)),
        taxes=tuple(_taxes(details)),
        net=number(details, "InvoiceTotalVatExcludedAmount"),
        tax=number(details, "InvoiceTotalVatAmount"),
        total=number(details, "InvoiceTotalVatIncludedAmount"),
        prepaid=number(details, "InvoicePaidAmount"),
        rounding=number(details, "InvoiceTotalRoundoffAmount"),
        payable=number(root, "EpiDetails/EpiPaymentInstructionDetails/EpiInstructedAmount"),
        payments=tuple(_payments(root)),
        terms=texts(
            details,
            "PaymentTermsDetails/PaymentTermsFreeText",
            "PaymentTermsDetails/FreeText/Value",
            "PaymentTermsDetails/PaymentOverDueFineDetails/PaymentOverDueFineFreeText",
        ),
        interest_percent=number(
            details, "PaymentTermsDetails/PaymentOverDueFineDetails/PaymentOverDueFinePercent"
        ),
        notes=texts(details, "InvoiceFreeText", "InvoiceVatFreeText")
        + texts(root, "SpecificationDetails/SpecificationFreeText"),
        references=_references(root, details),
        delivery_date=day(root, "DeliveryDetails/DeliveryDate"),
        period_start=day(details, "InvoicingPeriodStartDate"),
        period_end=day(details, "InvoicingPeriodEndDate"),
    )


def _facts(root: _Element, details: _Element | None) -> Facts:
    kind = _kind(details)
    total = first(
        root,
        "InvoiceDetails/InvoiceTotalVatIncludedAmount",
        "EpiDetails/EpiPaymentInstructionDetails/EpiInstructedAmount",
    )
    return Facts(
        number=text(details, "InvoiceNumber"),
        kind=kind,
        customer_number=text(
            root,
            "InvoiceDetails/SellersBuyerIdentifier",
            "BuyerPartyDetails/BuyerCode",
            "InvoiceRecipientPartyDetails/InvoiceRecipientCode",
        ),
        addresses=addresses(
            root,
            "InvoiceRecipientCommunicationDetails/InvoiceRecipientEmailaddressIdentifier",
            "BuyerCommunicationDetails/BuyerEmailaddressIdentifier",
        ),
        amount=codes.to_pay(number(total), kind),
        currency=codes.currency(total.get("AmountCurrencyIdentifier", "") if total is not None else ""),
        issue_date=day(details, "InvoiceDate"),
        due_date=day(
            root,
            "InvoiceDetails/PaymentTermsDetails/InvoiceDueDate",
            "EpiDetails/EpiPaymentInstructionDetails/EpiDateOptionDate",
        ),
        buyer=text(root, "BuyerPartyDetails/BuyerOrganisationName"),
        seller=text(root, "SellerPartyDetails/SellerOrganisationName"),
        language=codes.language(text(root, "InvoiceRecipientLanguageCode")),
    )


def _kind(details: _Element | None) -> str:
    code = text(details, "InvoiceTypeCode").upper()
    kind = SPECIAL_KINDS.get(code) or KINDS.get(code[:3], "other" if code else "invoice")
    if kind == "invoice":  # the older code does not say everything
        return codes.kind(text(details, "InvoiceTypeCodeUN"))
    return kind


def _seller(root: _Element) -> Party:
    information = first(root, "SellerInformationDetails")
    return _party(
        root,
        "Seller",
        lines(
            *_contact(root, "Seller"),
            text(information, "SellerPhoneNumber"),
            text(information, "SellerCommonEmailaddressIdentifier"),
            text(information, "SellerWebaddressIdentifier"),
        ),
    )


def _party(root: _Element, role: str, contact: tuple[str, ...]) -> Party:
    details = first(root, f"{role}PartyDetails")
    address = first(details, f"{role}PostalAddressDetails")
    return Party(
        name=text(details, f"{role}OrganisationName"),
        business_id=text(details, f"{role}PartyIdentifier"),
        vat_id=text(details, f"{role}OrganisationTaxCode"),
        address=lines(
            *texts(details, f"{role}OrganisationDepartment", f"{role}Department"),
            *texts(address, f"{role}StreetName", f"{role}PostOfficeBoxIdentifier"),
            f"{text(address, f'{role}PostCodeIdentifier')} {text(address, f'{role}TownName')}".strip(),
            text(address, f"{role}CountrySubdivision"),
            text(address, "CountryName", "CountryCode"),
        ),
        contact=contact,
    )


def _contact(root: _Element, role: str) -> tuple[str, ...]:
    communication = first(root, f"{role}CommunicationDetails")
    return lines(
        text(root, f"{role}ContactPersonName"),
        text(communication, f"{role}PhoneNumberIdentifier"),
        text(communication, f"{role}EmailaddressIdentifier"),
    )


def _lines(root: _Element, currency: str) -> Iterator[Line]:
    """The rows, each with the rows under it, whose elements have the same names with Sub before them."""
    rows(root, "InvoiceRow/SubInvoiceRow")
    for row in rows(root, "InvoiceRow"):
        for element, sub in [(row, ""), *((sub, "Sub") for sub in every(row, "SubInvoiceRow"))]:
            line = _line(element, sub, currency)
            if line != Line():
                yield line


def _line(row: _Element, sub: str, currency: str) -> Line:
    quantity = first(row, f"{sub}InvoicedQuantity", f"{sub}DeliveredQuantity")
    price = first(
        row, f"{sub}UnitPriceAmount", f"{sub}UnitPriceNetAmount", f"{sub}UnitPriceVatIncludedAmount"
    )
    with_tax = price is not None and name(price).endswith("VatIncludedAmount")
    unit = _unit(quantity)
    wording = texts(row, f"{sub}ArticleName", f"{sub}ArticleDescription", f"{sub}RowFreeText")
    return Line(
        text=wording[0] if wording else "",
        details=wording[1:] + _definitions(row, sub),
        article=text(row, f"{sub}ArticleIdentifier"),
        quantity=number(quantity),
        unit=unit,
        unit_price=None if with_tax else number(price),
        unit_price_gross=number(price) if with_tax else None,
        price_unit=_price_unit(row, sub, price, currency, unit),
        discount_percent=number(row, f"{sub}RowDiscountPercent"),
        tax_percent=number(row, f"{sub}RowVatRatePercent"),
        net=number(row, f"{sub}RowVatExcludedAmount"),
        gross=number(row, f"{sub}RowAmount"),
    )


def _unit(quantity: _Element | None) -> str:
    if quantity is None:
        return ""
    return quantity.get("QuantityUnitCode", "") or codes.unit(quantity.get("QuantityUnitCodeUN", ""))


def _price_unit(row: _Element, sub: str, price: _Element | None, currency: str, unit: str) -> str:
    written = price.get("UnitPriceUnitCode", "") if price is not None else ""
    if "/" in written:
        return written
    base = first(row, f"{sub}UnitPriceBaseQuantity")
    return codes.price_unit(currency, number(base), _unit(base) or unit)


def _definitions(row: _Element, sub: str) -> tuple[str, ...]:
    return tuple(
        f"{heading}: {value}" if heading else value
        for definition in every(row, f"{sub}RowDefinitionDetails")
        if (value := text(definition, f"{sub}RowDefinitionValue"))
        for heading in [text(definition, f"{sub}RowDefinitionHeaderText")]
    )


def _charges(details: _Element | None) -> Iterator[Charge]:
    for path, sign in (("DiscountDetails", -1), ("ChargeDetails", 1)):
        for charge in every(details, path):
            amount = number(charge, "Amount")
            yield Charge(
                text=text(charge, "FreeText", "ReasonText"),
                amount=None if amount is None else sign * abs(amount),
                tax_percent=number(charge, "VatRatePercent"),
            )


def _taxes(details: _Element | None) -> Iterator[Tax]:
    for tax in every(details, "VatSpecificationDetails"):
        yield Tax(
            percent=number(tax, "VatRatePercent"),
            net=number(tax, "VatBaseAmount"),
            amount=number(tax, "VatRateAmount"),
            reason=" ".join(texts(tax, "VatFreeText")),
        )


def _payments(root: _Element) -> Iterator[Payment]:
    """The account of the payment instruction first, then the seller's others."""
    reference = text(root, "EpiDetails/EpiPaymentInstructionDetails/EpiRemittanceInfoIdentifier")
    epi = first(root, "EpiDetails/EpiPartyDetails")
    instructed = Payment(
        iban=_account(epi, "EpiBeneficiaryPartyDetails/EpiAccountID"),
        bic=text(epi, "EpiBfiPartyDetails/EpiBfiIdentifier"),
        bank=text(epi, "EpiBfiPartyDetails/EpiBfiName"),
        reference=reference,
    )
    if instructed.iban or reference:
        yield instructed
    for account in every(root, "SellerInformationDetails/SellerAccountDetails"):
        iban = _account(account, "SellerAccountID")
        if iban and iban != instructed.iban:
            yield Payment(iban, text(account, "SellerBic"), text(account, "SellerAccountName"), reference)


def _account(element: _Element | None, path: str) -> str:
    return text(element, path).replace(" ", "")


def _references(root: _Element, details: _Element | None) -> dict[str, str]:
    found = {key: text(details, *paths) for key, paths in REFERENCES.items()}
    found["delivery"] = text(
        root, "DeliveryDetails/DeliveryNoteIdentifier", "DeliveryDetails/WaybillIdentifier"
    )
    return {key: value for key, value in found.items() if value}
