"""What the search box finds: customers, documents and addresses, the one that was meant, or what is near."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, Q

from distribution import typos
from distribution.models import BlockedAddress, Customer, CustomerNumber, ListAddress
from distribution.searching import contains
from documents.models import Delivery, Document, Kind, OutboundMail

# Of each section of the page; the list has the rest.
SHOWN = 20
# A shorter text is in everything, so it has to be a whole number.
LEAST = 3
# What is tried where nothing was found; each costs a look.
MOST_NEAR = 8
DASHES = re.compile(r"[\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]")
MESSAGE_ID = re.compile(r"<?([0-9a-f]{32})(?:@[\w.-]{1,255})?>?", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """An address that documents went to, or that is blocked."""

    address: str
    documents: int
    last_at: object  # of its last delivery, or None
    block: object = None  # what stops mail to it now, or None


@dataclass(frozen=True)
class Section:
    """The first of what was found, and whether there is more."""

    rows: list
    is_cut: bool

    @classmethod
    def of(cls, found):
        rows = list(found[: SHOWN + 1])
        return cls(rows[:SHOWN], len(rows) > SHOWN)


class Found:
    """All of a company that has a text in it, a section of each kind."""

    def __init__(self, company, text):
        self.company, self.text = company, text
        self.customers = Section.of(_customers(company, text).order_by("name", "pk"))
        documents = _documents(company, text).select_related("customer").prefetch_related("deliveries")
        self.documents = Section.of(documents.order_by("-received_at", "-pk"))
        self.addresses = _addresses(company, text)

    def __bool__(self):
        return any(section.rows for section in (self.customers, self.documents, self.addresses))


def meant(company, text):
    """The one document or customer that was meant, or None: then all that was found has to be shown.

    A whole number, name or address comes before a part of one.
    """
    for documents, customers in (_exactly(company, text), _partly(company, text)):
        found = [*documents.order_by("-pk")[:2], *customers.order_by("pk")[:2]]
        if found:
            return found[0] if len(found) == 1 else None
    sent = Document.objects.filter(pk__in=_sent_to(company, text).values("document"))[:2]
    return sent[0] if len(sent) == 1 else None


def near(company, text):
    """Other spellings of the text that do find something, the likeliest first."""
    for spelling in list(_spellings(text))[:MOST_NEAR]:
        looked_for = (_customers, _documents, _sent_to)
        if any(found(company, spelling).exists() for found in looked_for):
            yield spelling


def _exactly(company, text):
    spellings = {text, text.upper(), text.lower(), _without_kind(text)}
    documents = Q(number__in=spellings)
    if found := MESSAGE_ID.fullmatch(text):
        mails = OutboundMail.objects.filter(public_id=UUID(found[1]))
        documents |= Q(pk__in=mails.values("delivery__document"))
    numbers = CustomerNumber.objects.filter(company=company, number__in=spellings)
    listed = ListAddress.objects.filter(customer__company=company, address=text.lower())
    customers = Q(name__in=spellings) | Q(pk__in=numbers.values("customer"))
    return (
        Document.objects.filter(documents, company=company),
        Customer.objects.filter(customers | Q(pk__in=listed.values("customer")), company=company),
    )


def _partly(company, text):
    if len(text) < LEAST:
        return Document.objects.none(), Customer.objects.none()
    return (
        Document.objects.filter(contains("number", text), company=company),
        Customer.objects.filter(company=company).found_by(text),
    )


def _customers(company, text):
    exactly, partly = _exactly(company, text)[1], _partly(company, text)[1]
    return (partly if len(text) >= LEAST else exactly).prefetch_related("numbers", "addresses")


def _documents(company, text):
    found = Document.objects.filter(company=company)
    if len(text) < LEAST:
        return found.filter(Q(number__iexact=text) | Q(customer_number__iexact=text))
    by_customer = contains("customer_number", text) | contains("customer__name", text)
    own = contains("number", text) | Q(number=_without_kind(text)) | contains("buyer", text)
    return found.filter(own | by_customer)


def _sent_to(company, text):
    if len(text) < LEAST:
        return Delivery.objects.none()
    return Delivery.objects.filter(contains("address", text), company=company)


def _addresses(company, text):
    """Those that documents went to, the latest first, then those that are only blocked."""
    by_address = _sent_to(company, text).order_by().values("address")
    sent = by_address.annotate(documents=Count("pk"), last_at=Max("at")).order_by("-last_at", "address")
    section = Section.of(sent)
    blocks = _blocks(company, text, [row["address"] for row in section.rows])
    rows = [Address(**row, block=blocks.pop(row["address"], None)) for row in section.rows]
    rows += [Address(address, 0, None, block) for address, block in blocks.items()]
    return Section(rows[:SHOWN], section.is_cut or len(rows) > SHOWN)


def _blocks(company, text, addresses):
    """By address: what stops mail to these now, and the other blocked ones that have the text in them."""
    if len(text) < LEAST:
        return {}
    active = BlockedAddress.objects.active()
    shown = active.filter(Q(company=company) | Q(company=None), address__in=addresses)
    others = active.concerning(company).filter(contains("address", text)).exclude(address__in=addresses)
    return {block.address: block for block in [*shown, *others.order_by("-pk")[: SHOWN + 1]]}


def _without_kind(text):
    """`Invoice 2026-17`, as it stands at the head of a document's page, is the number 2026-17."""
    for kind in Kind:
        name = f"{kind.label} ".lower()
        if text.lower().startswith(name):
            return text[len(name) :]
    return text.removeprefix("#")


def _spellings(text):
    """With other dashes, spaces and zeros; what stands behind an @; each word alone."""
    plain = DASHES.sub("-", text)
    likely = typos.meant(text.lower()) if "@" in text else ""
    tried = [plain, likely, *(plain.replace("-", dash) for dash in ("–", " ", "")), plain.replace(" ", "-")]
    tried += [plain.replace(" ", ""), re.sub(r"[\s-]", "", plain), text.lstrip("0")]
    if "@" in text:
        tried += [text.partition("@")[0], text.rpartition("@")[2]]
    words = text.split()
    tried += sorted(words, key=len, reverse=True) if len(words) > 1 else []
    return (one for one in dict.fromkeys(tried) if one and one != text and len(one) >= LEAST)
