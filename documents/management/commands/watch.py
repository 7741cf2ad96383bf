"""`manage.py watch FOLDER --company …`: take in what other programs put into a folder."""

import signal
import threading
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, close_old_connections

from documents import watching
from documents.intake import ServiceOff
from documents.management.commands.send import find_company, printable

LOOK_EVERY = 2  # seconds
# While nothing can be taken in: the service is off, or the database or the folder is away.
WAIT_IN_TROUBLE = 30  # seconds


class Command(BaseCommand):
    help = (
        "Watches a folder: PDF files and e-invoices that are put into it are sent, and moved to its folders "
        "done or refused; what is refused has a text file beside it that says why. Ctrl-C stops it."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument("--company", required=True, help="its name, business ID or number in the admin")
        parser.add_argument(
            "--names",
            metavar="PATTERN",
            help='what file names say, such as "{customer_number}_{number}"; it wins over what a file says',
        )
        parser.add_argument("--once", action="store_true", help="take what is there and complete, then end")

    def handle(self, *, folder, company, names, once, **options):
        if not folder.is_dir():
            raise CommandError(f"There is no folder {printable(folder)}.")
        try:
            pattern = names and watching.pattern_of(names)
        except ValueError:
            raise CommandError('--names takes a pattern such as "{customer_number}_{number}".') from None
        company = find_company(company)
        stopped, self.told = threading.Event(), {}
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_received: stopped.set())
        while not stopped.is_set():
            pause = self._look(folder, company, pattern, stopped)
            if once:
                break
            stopped.wait(pause)

    def _look(self, folder, company, pattern, stopped):
        """Returns how long to wait until the next look."""
        close_old_connections()
        try:
            company.refresh_from_db()
            for name, told in watching.look(folder, company, pattern):
                if self.told.get(name) != told:  # what stays where it is, is told once
                    self.stdout.write(f"{printable(name)}: {told}")
                    self.told[name] = told
                if stopped.is_set():
                    break
        except (ServiceOff, OSError) as trouble:
            self.stderr.write(self.style.ERROR(f"Nothing can be taken in now: {trouble}"))
            return WAIT_IN_TROUBLE
        except (OperationalError, InterfaceError) as trouble:
            self.stderr.write(self.style.ERROR(f"The database does not answer: {type(trouble).__name__}"))
            return WAIT_IN_TROUBLE
        return LOOK_EVERY
