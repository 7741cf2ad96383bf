"""`manage.py send FILE… --company …`: take in documents from the command line."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from distribution.models import Company
from documents import formats, intake
from documents.models import Document, Kind


class Command(BaseCommand):
    help = "Sends PDF files and e-invoices to a company's customers, as if uploaded in the browser."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--company", required=True, help="its name, business ID or number in the admin")
        parser.add_argument("--customer", default="", metavar="NUMBER", help="the customer number")
        parser.add_argument("--to", default="", metavar="ADDRESSES", help='"a@x.example; b@y.example"')
        parser.add_argument(
            "--number", help="the document's number; left out, what the file says, else its name"
        )
        parser.add_argument("--kind", default="", choices=Kind.values, help="left out, what the file says")

    def handle(self, *, files, number, **options):
        if number and len(files) > 1:
            raise CommandError("--number is for one file. Leave it out, and each file's name is its number.")
        company = find_company(options["company"])
        facts = intake.Facts(number or "", options["kind"], options["customer"], options["to"])
        refused = 0
        for file in files:
            try:
                for content in formats.split(file.read_bytes()):
                    self._send(company, file, content, facts)
            except (OSError, formats.Unreadable, intake.Refused) as problem:
                refused += 1
                self.stderr.write(self.style.ERROR(f"{printable(file)}: {problem}"))
        if refused:
            raise CommandError(f"{refused} of {len(files)} files were not taken in.")

    def _send(self, company, file, content, facts):
        document = intake.receive(company, facts, content, file.name, source=Document.Source.COMMAND)
        if document.is_held:
            before = document.duplicate_of.received_at
            self.stdout.write(
                f"{printable(file)}: held, because {document} was received before, on {before:%Y-%m-%d}"
            )
        else:
            to = ", ".join(delivery.address or "nobody" for delivery in document.deliveries.all())
            self.stdout.write(f"{printable(file)}: {document} ({document.public_id}) to {to}")


def printable(path):
    """The path for people, whatever bytes its name is made of."""
    return str(path).encode(errors="replace").decode()


def find_company(text):
    """The company of this name, business ID or id. Raises CommandError with the ones there are."""
    wanted = Company.objects.filter(name__iexact=text) | Company.objects.filter(business_id=text)
    if text.isdecimal():
        wanted |= Company.objects.filter(pk=text)
    companies = list(wanted[:2])
    if len(companies) == 1:
        return companies[0]
    if companies:
        raise CommandError(f"Several companies are called “{text}”. Give the business ID.")
    names = ", ".join(Company.objects.values_list("name", flat=True)[:20])
    raise CommandError(f"There is no company “{text}”. There are: {names or 'none yet'}.")
