"""The import itself: chunk by chunk, each whole or not at all, and each compared anew with what is there."""

import time
from collections import Counter

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from distribution.importing.checking import chunks, read, unwanted
from distribution.importing.matching import Claims, change_of, known_customers
from distribution.models.customers import Customer, CustomerNumber, ListAddress
from distribution.models.imports import DirectoryImport

CHUNK = 2_000  # customers in one transaction
# SQLite has a single writer, and who waits for it looks every 0.1 s: a shorter pause lets nobody in.
PAUSE_ON_SQLITE = 0.12  # seconds
TRIES = 5


class _Meanwhile(Exception):
    """Somebody has moved a number of this chunk to another customer just now."""


def save(job):
    """Import what was confirmed, from where an earlier worker stopped. Raises WrongFile and LeaseLost."""
    directory = read(job)
    claims = Claims(job.company_id, directory)
    for chunk in chunks(directory, CHUNK, start=job.processed):
        _again_if_disturbed(_save_chunk, job, directory, claims, chunk)
    if job.replaces:
        for ids in unwanted(job, directory, claims, job.newest_customer):
            _again_if_disturbed(_remove, job, ids)
    job.has_been_done()


def _again_if_disturbed(step, job, *arguments):
    """Others change customers, too: then the whole step is done again with what is there now."""
    lease = job.claimed_until
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                step(job, *arguments)
            break
        except (_Meanwhile, IntegrityError, OperationalError):
            job.claimed_until = lease  # its renewal was rolled back with all the rest
            if not left:
                raise
    if connection.vendor == "sqlite":
        time.sleep(PAUSE_ON_SQLITE)


def _save_chunk(job, directory, claims, chunk):
    good = [(place, entry) for place, entry in chunk if not entry.is_refused]
    numbers = [number for _place, entry in good for number in entry.numbers]
    owners = _owners(job.company_id, numbers)
    customers = known_customers(job.company_id, set(owners.values()), lock=True)
    # Where there are none yet, a number that somebody adds just now breaks the constraint.
    if customers and _owners(job.company_id, numbers) != owners:
        raise _Meanwhile
    changes = []
    for place, entry in good:
        known = customers.get(claims.customer_of(place, entry, owners))
        changes.append(change_of(entry, known, directory, claims.mentioned, job.replaces))
    changes = [change for change in changes if change]
    counts = Counter(change.kind for change in changes)
    counts["removed"] = _write(
        job.company_id, [c for c in changes if c.kind != "unchanged"], customers, claims
    )
    counted = {name: F(name) + counts[name] for name in DirectoryImport.COUNTS}
    job.renew(processed=F("processed") + len(chunk), **counted)


def _owners(company_id, numbers):
    found = CustomerNumber.objects.filter(company=company_id, number__in=numbers)
    return dict(found.values_list("number", "customer_id"))


def _write(company_id, changes, customers, claims):
    """Returns how many customers had to go, because others have all of their numbers now."""
    _save_customers(company_id, changes)
    emptied = _save_numbers(company_id, changes, customers)
    _save_addresses(changes)
    gone = [pk for pk in emptied if claims.is_free(pk)]
    _delete(company_id, gone)
    return len(gone)


def _save_customers(company_id, changes):
    new = [change for change in changes if change.known is None]
    rows = Customer.objects.bulk_create(_customer(company_id, change) for change in new)
    for change, row in zip(new, rows, strict=True):
        change.pk = row.pk
    for change in changes:
        if change.known:
            change.pk = change.known.pk
    renamed = [c for c in changes if c.known and (c.name, c.language) != (c.known.name, c.known.language)]
    Customer.objects.bulk_create(
        [_customer(company_id, change, pk=change.pk) for change in renamed],
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=["name", "language"],
    )


def _customer(company_id, change, **pk):
    return Customer(company_id=company_id, name=change.name, language=change.language, **pk)


def _save_numbers(company_id, changes, customers):
    """Returns the ids of the customers that have no number left."""
    added = {number: change.pk for change in changes for number in change.added_numbers}
    dropped = []
    for change in changes:
        dropped += [change.known.numbers[number] for number in change.dropped_numbers]
    losers = {}
    for known in customers.values():
        lost = [number for number in known.numbers if number in added]
        if lost:
            dropped += [known.numbers[number] for number in lost]
            losers[known.pk] = len(known.numbers) - len(lost)
    CustomerNumber.objects.filter(pk__in=dropped).delete()
    rows = [(company_id, pk, number) for number, pk in added.items()]
    _insert(CustomerNumber, ("company_id", "customer_id", "number"), rows)
    return [pk for pk, left in losers.items() if not left]


def _save_addresses(changes):
    dropped, flipped, added = [], {True: [], False: []}, []
    for change in changes:
        known = change.known.addresses if change.known else {}
        dropped += [pk for address, (pk, _copy) in known.items() if address not in change.addresses]
        for address, copy in change.addresses.items():
            if address not in known:
                added.append((change.pk, address, copy))
            elif known[address][1] != copy:
                flipped[copy].append(known[address][0])
    ListAddress.objects.filter(pk__in=dropped).delete()
    for copy, ids in flipped.items():
        if ids:
            ListAddress.objects.filter(pk__in=ids).update(copy=copy)
    _insert(ListAddress, ("customer_id", "address", "copy"), added)


def _insert(model, columns, rows):
    """Many rows at once: bulk_create takes three times as long, for it makes an object of each."""
    table, names = model._meta.db_table, ", ".join(columns)
    # Django leaves the errors of copy as the driver raises them, unless it is told.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608  ours


def _remove(job, ids):
    job.renew(removed=F("removed") + _delete(job.company_id, ids))


def _delete(company_id, ids):
    return Customer.objects.filter(company=company_id, pk__in=ids).remove() if ids else 0
