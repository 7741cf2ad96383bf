"""What is known of a document, and what an electronic invoice says. Pure."""

from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal


class Unreadable(ValueError):
    """The file cannot be taken; the text is a sentence for people that says what to do."""


class SeveralInvoices(Unreadable):
    """There are several invoices in the file: `split` gives them one by one."""


@dataclass(frozen=True)
class Facts:
    """What is known of a document: what stands in its file, or what somebody said about it.

    Empty is "not known". Amounts are what is to be paid, in `currency` (ISO 4217); a credit note's is what
    is credited, without a minus sign.
    """

    number: str = ""
    kind: str = ""  # a documents.models.Kind
    customer_number: str = ""
    addresses: str = ""  # of the receiver, separated by semicolons, as they stand in the document
    amount: Decimal | None = None
    currency: str = ""
    issue_date: date | None = None
    due_date: date | None = None
    buyer: str = ""  # the buyer's name
    seller: str = ""  # the seller's name
    language: str = ""  # of the invoice: fi, sv or en; others are not known

    def over(self, other: "Facts") -> "Facts":
        """These facts, and those of `other` where these are not known: what people say wins over a file."""
        known = {
            f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) not in ("", None)
        }
        return replace(other, **known)


@dataclass(frozen=True)
class Party:
    """The seller or the buyer."""

    name: str = ""
    business_id: str = ""  # in its country's register
    vat_id: str = ""
    address: tuple[str, ...] = ()  # as the lines of a letter, the country last
    contact: tuple[str, ...] = ()  # a person, telephone, e-mail address or page, a line each


@dataclass(frozen=True)
class Line:
    """One row of an invoice."""

    text: str = ""
    details: tuple[str, ...] = ()  # further lines under the text
    article: str = ""  # the seller's number for what was sold
    quantity: Decimal | None = None
    unit: str = ""  # as people write it: "kg", "h", "pcs"
    unit_price: Decimal | None = None  # without tax
    unit_price_gross: Decimal | None = None  # with tax, where the seller gives that one
    price_unit: str = ""  # of the price, where it is not the currency for one unit: "snt/kWh", "EUR/100 kg"
    discount_percent: Decimal | None = None
    tax_percent: Decimal | None = None
    net: Decimal | None = None  # without tax
    gross: Decimal | None = None  # with tax


@dataclass(frozen=True)
class Charge:
    """What is added to the whole invoice, such as freight; a discount has a minus sign."""

    text: str = ""
    amount: Decimal | None = None  # without tax
    tax_percent: Decimal | None = None


@dataclass(frozen=True)
class Tax:
    """What is taxed at one rate."""

    percent: Decimal | None = None
    net: Decimal | None = None
    amount: Decimal | None = None
    reason: str = ""  # why there is none, such as reverse charge


@dataclass(frozen=True)
class Payment:
    """One way to pay."""

    iban: str = ""  # without spaces; or another account number
    bic: str = ""
    bank: str = ""
    reference: str = ""  # the payer gives it to the bank


@dataclass(frozen=True)
class Invoice:
    """Everything that stands on an invoice for a person to read it."""

    facts: Facts
    seller: Party = Party()
    buyer: Party = Party()
    receiver: Party = Party()  # where it goes, when it is not the buyer's own address
    lines: tuple[Line, ...] = ()
    charges: tuple[Charge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    net: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None  # with tax
    prepaid: Decimal | None = None
    rounding: Decimal | None = None
    payable: Decimal | None = None  # what is left to pay
    payments: tuple[Payment, ...] = ()
    terms: tuple[str, ...] = ()  # of payment, in words
    interest_percent: Decimal | None = None  # a year, when paid late
    notes: tuple[str, ...] = ()
    # "order", "buyer" (the buyer's own reference), "contract", "project", "delivery", "invoice" (the earlier
    # one that is credited or reminded of) → id
    references: dict[str, str] = field(default_factory=dict)
    delivery_date: date | None = None
    period_start: date | None = None
    period_end: date | None = None
