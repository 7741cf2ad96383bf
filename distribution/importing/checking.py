"""The dry run: what a file says, and what importing it would change, without changing anything."""

from itertools import islice

from django.db.models import Max, Q

from distribution.directory import Problem, WrongFile, open_table, read_directory
from distribution.importing.findings import Findings
from distribution.importing.lookup import advise_on_domains
from distribution.importing.matching import Claims, change_of, known_customers
from distribution.models.blocks import BlockedAddress
from distribution.models.customers import Customer
from distribution.models.imports import DirectoryImport

CHUNK = 2_000  # customers


def check(job):
    """Look a file through and say what would become of it. Raises WrongFile and LeaseLost."""
    findings = Findings()
    directory = read(job, findings.add_problem)
    counts = _Counts(job, directory, findings)
    newest = Customer.objects.filter(company=job.company_id).aggregate(Max("pk"))["pk__max"] or 0
    counts.compare()
    counts.remove(newest)
    report = findings.save(job)
    job.has_been_checked(
        **counts.totals,
        rows=directory.rows,
        wrong=directory.wrong_rows,
        newest_customer=newest,
        report=report,
        findings=job.findings.name,
        processed=0,
    )
    advise_on_domains(job, directory, report)


def read(job, note=None):
    """The file's directory; tells how far it is, which also keeps the lease. Raises WrongFile."""
    try:
        with job.file.open("rb") as file:
            content = file.read()
    except (ValueError, FileNotFoundError):
        raise WrongFile("gone") from None
    table = open_table(content)
    is_check = job.state == DirectoryImport.State.CHECKING

    def progress(row):
        job.renew(**({"processed": row, "total": max(row, table.expected)} if is_check else {}))

    return read_directory(table, note, progress)


def chunks(directory, size, start=0):
    """The entries with their places, some at a time."""
    entries = iter(list(enumerate(directory.entries))[start:])
    while chunk := list(islice(entries, size)):
        yield chunk


class _Counts:
    """What importing would do, counted and told."""

    def __init__(self, job, directory, findings):
        self.job, self.directory, self.findings = job, directory, findings
        self.claims = Claims(job.company_id, directory)
        self.totals = dict.fromkeys(DirectoryImport.COUNTS, 0)

    def compare(self):
        for chunk in chunks(self.directory, CHUNK):
            self.job.renew()
            planned = {self.claims.planned.get(place) for place, _entry in chunk} - {None}
            customers = known_customers(self.job.company_id, planned)
            for place, entry in chunk:
                known = customers.get(self.claims.planned.get(place))
                self._count(entry, known)
            self._tell_blocked([entry for _place, entry in chunk])

    def _count(self, entry, known):
        if entry.is_refused:
            return
        change = change_of(entry, known, self.directory, self.claims.mentioned, self.job.replaces)
        if change is None:
            return
        self.totals[change.kind] += 1
        told = {"row": entry.row, "number": entry.numbers[0], "name": change.name}
        if change.kind == "new":
            self.findings.add("new", **told, changes=[("email", "", "; ".join(change.addresses))])
        elif change.kind == "changed":
            self.findings.add("changed", **told, changes=change.in_words())

    def _tell_blocked(self, entries):
        rows = {address: entry.row for entry in reversed(entries) for address in entry.addresses}
        stopping = BlockedAddress.objects.active().filter(
            Q(company=self.job.company_id) | Q(company=None), address__in=list(rows)
        )
        for address in sorted(set(stopping.values_list("address", flat=True)), key=rows.get):
            self.findings.add_problem(Problem(rows[address], "email", address, "blocked"))

    def remove(self, newest):
        """Who is not in the file when it replaces everything, and who has lost every number to others."""
        for ids in unwanted(self.job, self.directory, self.claims, newest):
            customers = known_customers(self.job.company_id, ids)
            for known in customers.values():
                self.totals["removed"] += 1
                number = next(iter(known.numbers), "")
                told = [("email", "; ".join(known.addresses), "")]
                self.findings.add("removed", row=0, number=number, name=known.name, changes=told)


def unwanted(job, directory, claims, newest):
    """Ids of the customers to remove, some at a time."""
    taken = {n for entry in directory.entries if not entry.is_refused for n in entry.numbers}
    left = {}
    for number, owner in claims.owners.items():
        left[owner] = left.get(owner, 0) + (number not in taken)
    everybody = Customer.objects.filter(company=job.company_id, pk__lte=newest).values_list("pk", flat=True)
    if job.replaces:
        gone = [pk for pk in everybody.iterator(10_000) if claims.is_free(pk) and pk not in claims.protected]
    else:
        gone = [pk for pk, numbers in left.items() if not numbers and claims.is_free(pk)]
    for start in range(0, len(gone), CHUNK):
        yield gone[start : start + CHUNK]
