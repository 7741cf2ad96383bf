"""A company's whole directory as rows, a few thousand customers at a time."""

from django.db.models import Q

from distribution.directory.writing import row_of
from distribution.importing.matching import known_customers
from distribution.models import Customer

CHUNK = 2_000


def directory_rows(company):
    """The cells of each customer in the order of names. Takes the same memory however many there are."""
    last = ("", 0)
    while ids := _next(company, last):
        customers = known_customers(company.pk, [pk for pk, _name in ids])
        for pk, name in ids:
            if pk in customers:  # else it was deleted just now
                yield _row(customers[pk])
            last = (name, pk)


def _next(company, last):
    name, pk = last
    after = Q(name__gte=name) & (Q(name__gt=name) | Q(pk__gt=pk))
    customers = Customer.objects.filter(after, company=company).order_by("name", "pk")
    return list(customers.values_list("pk", "name")[:CHUNK])


def _row(known):
    to = [address for address, (_pk, copy) in known.addresses.items() if not copy]
    copies = [address for address, (_pk, copy) in known.addresses.items() if copy]
    return row_of(known.numbers, to, known.name, known.language, copies)
