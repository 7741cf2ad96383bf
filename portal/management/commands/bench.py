"""`manage.py bench directory`: how quick this machine and this database are. For practice mode only."""

import io
import multiprocessing
import os
import resource
import tempfile
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.test import Client

from distribution import directory, importing
from distribution.directory.writing import row_of
from distribution.exporting import directory_rows
from distribution.models import Company, Customer, DirectoryImport, Membership
from portal.models import User

# Its children have everything loaded, as workers have; no threads may run meanwhile.
FORK = multiprocessing.get_context("fork")


class Command(BaseCommand):
    help = "Measures the import and export of a large directory, and how quick pages are meanwhile."

    def add_arguments(self, parser):
        parser.add_argument("what", choices=["directory"])
        parser.add_argument("--rows", type=int, default=100_000)

    def handle(self, *, rows, **options):
        if not settings.PRACTICE:
            raise CommandError("This is for practice mode: set PRACTICE=on.")
        call_command("collectstatic", interactive=False, verbosity=0)
        company = Company.objects.create(name="Bench Oy", language="en")
        manager = User.objects.create_user(f"bench-{company.pk}@bench.example", None)
        Membership.objects.create(user=manager, company=company, role=Membership.Role.MANAGER)
        try:
            self.measure(company, manager, rows)
        finally:
            company.imports.all().delete()
            Customer.objects.filter(company=company).delete()
            manager.delete()
            company.delete()

    def measure(self, company, manager, rows):
        self.stdout.write(f"{connection.vendor}, {rows} rows")
        self.import_(company, manager, "first import, CSV", csv_of(made_up(rows)))
        self.import_(company, manager, "the same again, XLSX", xlsx_of(made_up(rows)))
        self.import_(company, manager, "every address changed", csv_of(made_up(rows, "2")))
        self.import_(company, manager, "half of it replaces all", csv_of(made_up(rows // 2, "2")), "replace")
        self.export(company)

    def import_(self, company, manager, name, content, mode="update"):
        job = DirectoryImport(company=company, name=name, mode=mode)
        job.file.save("bench.csv", ContentFile(content))
        with Pages(company, manager) as pages:
            checked = in_a_worker(importing.work)
            job.refresh_from_db()
            job.confirm(manager)
            saved = in_a_worker(importing.work)
        job.refresh_from_db()
        self.stdout.write(f"{name:<24} {job.state} {job.counts}")
        self.stdout.write(f"    dry run {checked}, import {saved}")
        self.stdout.write(f"    {pages}")
        job.file.delete(save=False)
        job.findings.delete(save=False)

    def export(self, company):
        for name, write in (("CSV", export_csv), ("XLSX", export_xlsx)):
            self.stdout.write(f"export as {name}: {in_a_worker(write, company)}")


def made_up(rows, suffix=""):
    for n in range(rows):
        address = f"invoices{suffix}.{n}@customer-{n % 20_000}.example"
        copies = [f"books{n}@accountants.example"] if n % 5 == 0 else []
        yield row_of([str(100_000 + n)], [address], f"Customer {n} Oy", ("fi", "sv", "")[n % 3], copies)


def csv_of(rows):
    return b"".join(directory.csv_lines(rows))


def xlsx_of(rows):
    file = io.BytesIO()
    directory.write_xlsx(rows, file)
    return file.getvalue()


def export_csv(company):
    for _lines in directory.csv_lines(directory_rows(company)):
        pass


def export_xlsx(company):
    with tempfile.TemporaryFile() as file:
        directory.write_xlsx(directory_rows(company), file)


def in_a_worker(step, *arguments):
    """What is spent for a step in a process of its own, as a worker is one."""
    answers = FORK.Queue()

    def run():
        started, processor = time.monotonic(), sum(os.times()[:4])
        step(*arguments)
        seconds, processor = time.monotonic() - started, sum(os.times()[:4]) - processor
        peaks = peak_mb(resource.RUSAGE_SELF), peak_mb(resource.RUSAGE_CHILDREN)
        answers.put(Spent(seconds, processor, *peaks))

    process = started_process(run)
    process.join()
    if process.exitcode:
        raise CommandError("The measured step failed; its error is above.")
    return answers.get()


def started_process(run):
    connections.close_all()  # no two processes may use one connection
    process = FORK.Process(target=run)
    process.start()
    return process


def peak_mb(who):
    return resource.getrusage(who).ru_maxrss / 1024


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock and of the processor (a shared machine's clock says little), and memory in MB."""

    seconds: float
    processor: float
    peak: float  # of the worker
    peak_of_reader: float  # of the program that reads a spreadsheet for it

    def __str__(self):
        memory = f"{self.peak:.0f} MB" + (f" + {self.peak_of_reader:.0f} MB" if self.peak_of_reader else "")
        return f"{self.seconds:5.1f} s ({self.processor:4.1f} s of the processor, {memory})"


class Pages:
    """Somebody who looks at the customers and adds one, again and again, while others work."""

    def __init__(self, company, manager):
        self.company = company
        self.client = Client(headers={"host": "127.0.0.1"})
        self.client.force_login(manager)
        self.client.get("/customers/")  # the first one of a process loads everything
        self.is_over, self.answers = FORK.Event(), FORK.Queue()
        self.seconds, self.refused = [], 0

    def __enter__(self):
        self.process = started_process(self.look)
        return self

    def __exit__(self, *trouble):
        self.is_over.set()
        self.seconds, self.refused = self.answers.get()
        self.process.join()

    def look(self):
        while not self.is_over.wait(0.1):
            started = time.monotonic()
            self.client.get("/customers/")
            number = f"V{time.time_ns()}"
            new = {"name": f"Visitor {number}", "numbers": number, "company": self.company.pk}
            answer = self.client.post("/customers/new/", new)
            self.seconds.append(time.monotonic() - started)
            self.refused += answer.status_code != 302
        self.answers.put((self.seconds, self.refused))

    def __str__(self):
        ordered = sorted(self.seconds) or [0.0]
        return (
            f"{len(ordered)} customers looked up and added meanwhile, {self.refused} of them refused: "
            f"median {ordered[len(ordered) // 2]:.2f} s, slowest {ordered[-1]:.2f} s"
        )
