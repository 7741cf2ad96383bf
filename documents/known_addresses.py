"""Where else a customer can be reached: what a person who corrects an address is offered."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.utils.timezone import now

from distribution import typos
from distribution.addresses import InvalidAddress, normalise
from distribution.models import BlockedAddress, ListAddress
from documents import routing
from documents.models import Delivery
from documents.statuses import Status

# What was delivered longer ago says little about an address.
LOOKED_BACK = timedelta(days=400)
# More would be a list to read, and not an offer.
MOST_OFFERED = 5


@dataclass(frozen=True)
class Known:
    """An address that the document could go to instead, and how we know it."""

    address: str
    is_likely: bool = False  # what was probably meant
    is_listed: bool = False  # on the customer's e-mail list
    delivered_at: datetime | None = None  # the last time that something reached it


def likely(address):
    """What was probably meant by the address of a delivery, or None where nothing looks wrong."""
    try:
        return typos.meant(normalise(address)) if address else None
    except InvalidAddress:
        return typos.repaired(address)


def known_addresses(company, deliveries):
    """{delivery's key: [Known, the best first]}, without blocked addresses, in four queries.

    A document without a customer gets the one that has its number now.
    """
    documents = [delivery.document for delivery in deliveries]
    _find_customers(company, documents)
    listed, delivered = _listed(documents), _delivered(company, documents)
    found = {}
    for delivery in deliveries:
        by, meant = _customer_key(delivery.document), likely(delivery.address)
        times, on_list = delivered.get(by, {}), listed.get(by, [])
        latest = sorted(times, key=times.get, reverse=True)
        addresses = dict.fromkeys([*([meant] if meant else []), *on_list, *latest])
        found[delivery.pk] = [
            Known(address, address == meant, address in on_list, times.get(address))
            for address in addresses
            if address != delivery.address
        ]
    return _without_blocked(company, found)


def _find_customers(company, documents):
    unknown = [document for document in documents if document.customer is None]
    customers = routing.customers_with(company, {document.customer_number for document in unknown})
    for document in unknown:
        document.customer = customers.get(document.customer_number)


def _customer_key(document):
    """Whose document it is: a customer, or else a number that nobody has yet."""
    return document.customer_id or document.customer_number or None


def _listed(documents):
    found = defaultdict(list)
    for entry in ListAddress.objects.filter(customer__in={d.customer_id for d in documents} - {None}):
        found[entry.customer_id].append(entry.address)
    return found


def _delivered(company, documents):
    """{customer: {address: when something last reached it}}"""
    customers = {document.customer_id for document in documents} - {None}
    numbers = {document.customer_number for document in documents if not document.customer_id} - {""}
    theirs = Q(document__customer__in=customers) | Q(
        document__customer=None, document__customer_number__in=numbers
    )
    arrived = Delivery.objects.filter(
        theirs, company=company, status=Status.DELIVERED, at__gt=now() - LOOKED_BACK
    )
    columns = "document__customer", "document__customer_number", "address"
    found = defaultdict(dict)
    for customer, number, address, at in (
        arrived.order_by().values_list(*columns).annotate(last=Max("at")).iterator()
    ):
        times = found[customer or number]
        times[address] = max(at, times.get(address, at))
    return found


def _without_blocked(company, found):
    addresses = {known.address for offered in found.values() for known in offered}
    blocked = set(
        BlockedAddress.objects.active()
        .filter(Q(company=company) | Q(company=None), address__in=addresses)
        .values_list("address", flat=True)
    )
    return {
        pk: [known for known in offered if known.address not in blocked][:MOST_OFFERED]
        for pk, offered in found.items()
    }
