"""Which customer each entry of a file is, and what would change about it."""

from dataclasses import dataclass, field

from distribution.models.customers import Customer, CustomerNumber, ListAddress


class Claims:
    """Whose each entry is: of the customers that have one of its numbers the first that is still free.

    Every entry gets its customer before anything is written, so that it does not depend on the chunk.
    """

    def __init__(self, company_id, directory):
        self.mentioned = {number for entry in directory.entries for number in entry.numbers}
        known = CustomerNumber.objects.filter(company=company_id).values_list("number", "customer_id")
        self.owners = dict(known.iterator(10_000))
        self.entry_of, self.planned, self.protected = {}, {}, set()
        for place, entry in enumerate(directory.entries):
            if entry.is_refused:
                self.protected.update(self.owners[n] for n in entry.numbers if n in self.owners)
            else:
                self.planned[place] = self._first_free(place, entry, self.owners)

    def customer_of(self, place, entry, owners):
        """The id of the entry's customer, or None for a new one; `owners` tells whose the numbers are now."""
        planned = self.planned[place]
        if planned is not None and any(owners.get(number) == planned for number in entry.numbers):
            return planned
        return self._first_free(place, entry, owners)

    def is_free(self, customer_id):
        return customer_id not in self.entry_of

    def _first_free(self, place, entry, owners):
        for number in entry.numbers:
            owner = owners.get(number)
            if owner is not None and self.entry_of.setdefault(owner, place) == place:
                return owner
        return None


@dataclass
class Known:
    """A customer as the database has it."""

    pk: int
    name: str
    language: str
    numbers: dict[str, int] = field(default_factory=dict)  # → id of the row
    addresses: dict[str, tuple[int, bool]] = field(default_factory=dict)  # → (id of the row, copy)


def known_customers(company_id, ids, lock=False):
    """{id: Known}. With `lock` nobody else changes them before the transaction ends."""
    found = Customer.objects.filter(company=company_id, pk__in=ids).order_by("pk")
    if lock:
        found = found.select_for_update()
    customers = {row[0]: Known(*row) for row in found.values_list("pk", "name", "language")}
    numbers = CustomerNumber.objects.filter(customer__in=list(customers)).order_by("number")
    for pk, customer, number in numbers.values_list("pk", "customer_id", "number"):
        customers[customer].numbers[number] = pk
    addresses = ListAddress.objects.filter(customer__in=list(customers)).order_by("pk")
    for pk, customer, address, copy in addresses.values_list("pk", "customer_id", "address", "copy"):
        customers[customer].addresses[address] = (pk, copy)
    return customers


@dataclass
class Change:
    """What one entry makes of its customer; `known` is None for a new one."""

    entry: object
    known: Known | None
    name: str
    language: str
    added_numbers: list[str]
    dropped_numbers: list[str]
    addresses: dict[str, bool]

    @property
    def kind(self):
        if self.known is None:
            return "new"
        is_same = (
            (self.name, self.language) == (self.known.name, self.known.language)
            and not self.added_numbers
            and not self.dropped_numbers
            and self.addresses == {address: copy for address, (_pk, copy) in self.known.addresses.items()}
        )
        return "unchanged" if is_same else "changed"

    def in_words(self):
        """[(column, old, new)] of what changes."""
        old = self.known
        before = {address: copy for address, (_pk, copy) in old.addresses.items()}
        numbers = [n for n in [*old.numbers, *self.added_numbers] if n not in self.dropped_numbers]
        pairs = [
            ("customer_number", "; ".join(old.numbers), "; ".join(numbers)),
            ("name", old.name, self.name),
            ("language", old.language, self.language),
            ("email", _listed(before, False), _listed(self.addresses, False)),
            ("copy", _listed(before, True), _listed(self.addresses, True)),
        ]
        return [pair for pair in pairs if pair[1] != pair[2]]


def change_of(entry, known, directory, mentioned, replaces):
    """The Change that this entry is, or None where nothing of it is good enough for a new customer.

    What a file does not say is left as it is: columns that it does not have, and of a customer with a wrong
    row everything that the row might have said.
    """
    if known is None:
        if entry.is_partial and not entry.addresses:
            return None
        return Change(
            entry, None, entry.name or entry.numbers[0], entry.language, entry.numbers, [], entry.addresses
        )
    says_language = entry.language or ("language" in directory.columns and not entry.is_partial)
    return Change(
        entry,
        known,
        entry.name or known.name,
        entry.language if says_language else known.language,
        [number for number in entry.numbers if number not in known.numbers],
        [n for n in known.numbers if n not in mentioned] if replaces and not entry.is_partial else [],
        _addresses(entry, known, "copy" in directory.columns),
    )


def _addresses(entry, known, says_copies):
    kept = {
        address: copy
        for address, (_pk, copy) in known.addresses.items()
        if entry.is_partial or (copy and not says_copies)
    }
    return kept | entry.addresses


def _listed(addresses, copies):
    return "; ".join(sorted(address for address, copy in addresses.items() if copy == copies))
