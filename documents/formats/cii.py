"""UN/CEFACT's Cross Industry Invoice: Factur-X, XRechnung, ZUGFeRD 1 and 2. Pure.

ZUGFeRD 1 has an older draft of it: the same elements under parts with other names.
"""

import re
from collections.abc import Iterator
from datetime import date

from lxml.etree import _Element

from documents.formats import codes
from documents.formats.elements import addresses, day, every, first, lines, name, number, rows, text, texts
from documents.formats.invoice import Charge, Facts, Invoice, Line, Party, Payment, Tax

ROOTS = {"CrossIndustryInvoice", "CrossIndustryDocument"}
DOCUMENT = ("ExchangedDocument", "HeaderExchangedDocument")
TRADE = ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
AGREEMENT = ("ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
DELIVERY = ("ApplicableHeaderTradeDelivery", "ApplicableSupplyChainTradeDelivery")
SETTLEMENT = ("ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
TOTALS = (
    "SpecifiedTradeSettlementHeaderMonetarySummation",
    "SpecifiedTradeSettlementMonetarySummation",
)
LINE_AGREEMENT = ("SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement")
LINE_DELIVERY = ("SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery")
LINE_SETTLEMENT = ("SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")
LINE_TOTALS = (
    "SpecifiedTradeSettlementLineMonetarySummation",
    "SpecifiedTradeSettlementMonetarySummation",
)
PERCENT = ("RateApplicablePercent", "ApplicablePercent")
ID = ("IssuerAssignedID", "ID")


def matches(root: _Element) -> bool:
    return name(root) in ROOTS


def read(root: _Element) -> Invoice:
    trade = first(root, *TRADE)
    agreement, settlement = first(trade, *AGREEMENT), first(trade, *SETTLEMENT)
    totals = first(settlement, *TOTALS)
    period = first(settlement, "BillingSpecifiedPeriod")
    facts = _facts(root, agreement, settlement)
    return Invoice(
        facts,
        seller=_party(first(agreement, "SellerTradeParty")),
        buyer=_party(first(agreement, "BuyerTradeParty")),
        receiver=_party(first(settlement, "InvoiceeTradeParty")),
        lines=tuple(_line(item, facts.currency) for item in rows(trade, "IncludedSupplyChainTradeLineItem")),
        charges=tuple(_charges(settlement)),
        taxes=tuple(map(_tax, every(settlement, "ApplicableTradeTax"))),
        net=number(totals, "TaxBasisTotalAmount"),
        # The tax may stand in the seller's own currency as well.
        tax=number(totals, f"TaxTotalAmount[@currencyID={facts.currency}]", "TaxTotalAmount"),
        total=number(totals, "GrandTotalAmount"),
        prepaid=number(totals, "TotalPrepaidAmount"),
        rounding=number(totals, "RoundingAmount"),
        payable=number(totals, "DuePayableAmount"),
        payments=tuple(_payments(settlement)),
        terms=texts(settlement, "SpecifiedTradePaymentTerms/Description"),
        notes=texts(first(root, *DOCUMENT), "IncludedNote/Content"),
        references=_references(trade, agreement, settlement),
        delivery_date=_day(first(trade, *DELIVERY), "ActualDeliverySupplyChainEvent/OccurrenceDateTime"),
        period_start=_day(period, "StartDateTime"),
        period_end=_day(period, "EndDateTime"),
    )


def _facts(root: _Element, agreement: _Element | None, settlement: _Element | None) -> Facts:
    document = first(root, *DOCUMENT)
    kind = codes.kind(text(document, "TypeCode"))
    totals = first(settlement, *TOTALS)
    buyer = first(agreement, "BuyerTradeParty")
    return Facts(
        number=text(document, "ID"),
        kind=kind,
        customer_number=text(buyer, "ID"),
        addresses=addresses(
            buyer,
            "DefinedTradeContact/EmailURIUniversalCommunication/URIID",
            "DefinedTradeContact/EmailURIUniversalCommunication/CompleteNumber",
            "URIUniversalCommunication/URIID[@schemeID=EM]",
        ),
        amount=codes.to_pay(number(totals, "DuePayableAmount", "GrandTotalAmount"), kind),
        currency=codes.currency(text(settlement, "InvoiceCurrencyCode")),
        issue_date=_day(document, "IssueDateTime"),
        due_date=_day(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime"),
        buyer=text(buyer, "Name"),
        seller=text(agreement, "SellerTradeParty/Name"),
        language=codes.language(text(document, "LanguageID")),
    )


def _party(party: _Element | None) -> Party:
    address = first(party, "PostalTradeAddress")
    contact = first(party, "DefinedTradeContact")
    taxes = every(party, "SpecifiedTaxRegistration/ID")
    return Party(
        name=text(party, "Name"),
        business_id=text(party, "SpecifiedLegalOrganization/ID")
        or next((text(tax) for tax in taxes if tax.get("schemeID") == "FC"), ""),
        vat_id=next((text(tax) for tax in taxes if tax.get("schemeID") == "VA"), ""),
        address=lines(
            *texts(address, "LineOne", "LineTwo", "LineThree"),
            f"{text(address, 'PostcodeCode')} {text(address, 'CityName')}".strip(),
            text(address, "CountrySubDivisionName"),
            text(address, "CountryID"),
        ),
        contact=lines(
            *texts(
                contact,
                "PersonName",
                "DepartmentName",
                "TelephoneUniversalCommunication/CompleteNumber",
                "EmailURIUniversalCommunication/URIID",
                "EmailURIUniversalCommunication/CompleteNumber",
            )
        ),
    )


def _line(item: _Element, currency: str) -> Line:
    agreement = first(item, *LINE_AGREEMENT)
    settlement = first(item, *LINE_SETTLEMENT)
    quantity = first(first(item, *LINE_DELIVERY), "BilledQuantity")
    price = first(agreement, "NetPriceProductTradePrice", "GrossPriceProductTradePrice")
    unit = _unit(quantity)
    base = first(price, "BasisQuantity")
    product = first(item, "SpecifiedTradeProduct")
    wording = lines(
        *texts(product, "Name", "Description"),
        *texts(item, "AssociatedDocumentLineDocument/IncludedNote/Content"),
    )
    return Line(
        text=wording[0] if wording else "",
        details=wording[1:] + tuple(_characteristics(product)),
        article=text(product, "SellerAssignedID"),
        quantity=number(quantity),
        unit=unit,
        unit_price=number(price, "ChargeAmount"),
        price_unit=codes.price_unit(currency, number(base), _unit(base) or unit),
        tax_percent=number(first(settlement, "ApplicableTradeTax"), *PERCENT),
        net=number(first(settlement, *LINE_TOTALS), "LineTotalAmount"),
    )


def _unit(quantity: _Element | None) -> str:
    return codes.unit(quantity.get("unitCode", "")) if quantity is not None else ""


def _characteristics(product: _Element | None) -> Iterator[str]:
    for characteristic in every(product, "ApplicableProductCharacteristic"):
        yield ": ".join(filter(None, (text(characteristic, "Description"), text(characteristic, "Value"))))


def _charges(settlement: _Element | None) -> Iterator[Charge]:
    for charge in every(settlement, "SpecifiedTradeAllowanceCharge"):
        amount = number(charge, "ActualAmount")
        is_discount = text(charge, "ChargeIndicator/Indicator", "ChargeIndicator") != "true"
        yield Charge(
            text=text(charge, "Reason"),
            amount=-amount if amount is not None and is_discount else amount,
            tax_percent=number(first(charge, "CategoryTradeTax"), *PERCENT),
        )
    for freight in every(settlement, "SpecifiedLogisticsServiceCharge"):
        yield Charge(
            text=text(freight, "Description"),
            amount=number(freight, "AppliedAmount"),
            tax_percent=number(first(freight, "AppliedTradeTax"), *PERCENT),
        )


def _tax(tax: _Element) -> Tax:
    return Tax(
        percent=number(tax, *PERCENT),
        net=number(tax, "BasisAmount"),
        amount=number(tax, "CalculatedAmount"),
        reason=text(tax, "ExemptionReason"),
    )


def _payments(settlement: _Element | None) -> Iterator[Payment]:
    reference = text(settlement, "PaymentReference")
    for means in every(settlement, "SpecifiedTradeSettlementPaymentMeans"):
        account = text(
            means,
            "PayeePartyCreditorFinancialAccount/IBANID",
            "PayeePartyCreditorFinancialAccount/ProprietaryID",
        )
        if account:
            yield Payment(
                iban=re.sub(r"\s", "", account),
                bic=text(means, "PayeeSpecifiedCreditorFinancialInstitution/BICID"),
                bank=text(means, "PayeeSpecifiedCreditorFinancialInstitution/Name"),
                reference=reference,
            )


def _references(
    trade: _Element | None, agreement: _Element | None, settlement: _Element | None
) -> dict[str, str]:
    delivery = first(trade, *DELIVERY)
    found = {
        "order": text(first(agreement, "BuyerOrderReferencedDocument"), *ID),
        "buyer": text(agreement, "BuyerReference"),
        "contract": text(first(agreement, "ContractReferencedDocument"), *ID),
        "project": text(agreement, "SpecifiedProcuringProject/ID"),
        "delivery": text(
            first(delivery, "DespatchAdviceReferencedDocument", "DeliveryNoteReferencedDocument"), *ID
        ),
        "invoice": text(first(settlement, "InvoiceReferencedDocument"), *ID),
    }
    return {key: value for key, value in found.items() if value}


def _day(element: _Element | None, path: str) -> date | None:
    return day(element, f"{path}/DateTimeString", f"{path}/DateString", path)
