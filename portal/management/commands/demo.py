"""`manage.py demo`: two companies with a month of life, really sent through the practice server."""

import secrets
import time
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import F, Q
from django.utils.timezone import localdate, now

from distribution.addresses import split
from distribution.models import BlockedAddress, Company, Customer, Membership
from documents import errands, intake, links, remedying, routing
from documents.causes import Cause
from documents.models import Delivery, DeliveryEvent, Document, Errand, Kind, OutboundMail
from documents.statuses import Status
from portal.demo.paper import paper
from portal.demo.story import BUYERS, EARLIER, FIRMS, HAVUKKA, LATER, VIRKE
from portal.models import User
from portal.roles import SUPPORT

PATIENCE = 120  # seconds for the workers to send a chapter


class Command(BaseCommand):
    help = "Fills an empty database with two companies and a month of documents, in practice mode only."

    def add_arguments(self, parser):
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is data already")

    def handle(self, *, if_empty, **options):
        if not settings.PRACTICE:
            raise CommandError("The demo is for practice mode: set PRACTICE=on.")
        if Company.objects.exists():
            if not if_empty:
                raise CommandError("The database is not empty. Set DATA_DIR to a new folder for a demo.")
            self.tell()
            return
        self.stdout.write("Making the demo: some 60 documents go through the practice mail server …")
        make_companies()
        for chapter in (EARLIER, LATER):
            tell_the_past(send(chapter))
        finish_the_story()
        self.tell()

    def tell(self):
        if logins().exists():
            self.stdout.write(logins().read_text())


def logins():
    """Where the demo's passwords are kept, so that a restart can tell them again."""
    return settings.DATA_DIR / "demo-logins.txt"


@transaction.atomic
def make_companies():
    companies = {firm.name: make_company(firm) for firm in FIRMS}
    for buyer in BUYERS:
        make_customer(companies[buyer.firm], buyer)
    lines = [f"{settings.BASE_URL}/"]
    for name, roles in {
        "manager": {HAVUKKA: Membership.Role.MANAGER, VIRKE: Membership.Role.MANAGER},
        "viewer": {HAVUKKA: Membership.Role.VIEWER},
        "support": {},
    }.items():
        email = f"{name}@jakelu.example" if name == "support" else f"{name}@havukka.example"
        password = secrets.token_urlsafe(9)
        user = User.objects.create_user(email, password, is_staff=name == "support")
        for company, role in roles.items():
            Membership.objects.create(user=user, company=companies[company], role=role)
        if name == "support":
            user.groups.add(Group.objects.get(name=SUPPORT))
        where = "admin/" if name == "support" else ""
        lines.append(f"{name:<8} {email:<24} {password}   {settings.BASE_URL}/{where}")
    logins().touch(mode=0o600)
    logins().write_text("\n".join(lines) + "\n")


def make_company(firm):
    return Company.objects.create(
        name=firm.name,
        business_id=firm.business_id,
        language=firm.language,
        reply_to=firm.reply_to,
        activated_at=now() - timedelta(days=90),
    )


def make_customer(company, buyer):
    customer = Customer.objects.create(company=company, name=buyer.name, language=buyer.language)
    customer.numbers.create(company=company, number=buyer.number)
    for text, copy in ((buyer.to, False), (buyer.copy, True)):
        for address in split(text).good:
            customer.addresses.create(address=address, copy=copy)


def send(chapter):
    """Take a chapter's documents in, and wait until the workers have sent them and the reports are back.

    Returns {document: how long ago it is to have happened}.
    """
    firms = {firm.name: firm for firm in FIRMS}
    buyers = {buyer.number: buyer for buyer in BUYERS}
    sent = {}
    for position, item in enumerate(chapter):
        buyer = buyers.get(item.buyer)
        firm = firms[buyer.firm if buyer else HAVUKKA]
        company = Company.objects.get(name=firm.name)
        number = item.number or f"{now().year}{1100 + Document.objects.filter(company=company).count()}"
        day = localdate() - timedelta(days=item.days)
        amount = Decimal(7790 + 3137 * (position + len(chapter)) % 240_000) / 100
        label = str(Kind(item.kind).label)
        content = paper(firm, buyer.name if buyer else "", item.buyer, number, item.kind, label, day, amount)
        facts = intake.Facts(
            number=number,
            kind=item.kind,
            customer_number=item.buyer,
            addresses=item.to,
            amount=amount,
            currency="EUR",
            due_date=day + timedelta(days=14),
        )
        document = intake.receive(company, facts, content, f"{number}.pdf", source=Document.Source.BROWSER)
        sent[document] = timedelta(days=item.days, minutes=(position * 37 % 240) if item.days else 0)
    routing.hint()
    wait_until_settled()
    return sent


def wait_until_settled():
    """Until nothing is queued, and of what was sent everything that will be reported is reported."""
    reported = Delivery.objects.exclude(address__contains="+quiet@")
    deadline = time.monotonic() + PATIENCE
    while Delivery.objects.filter(status=Status.QUEUED).exists() or has_reports_to_come(reported):
        if time.monotonic() > deadline:
            raise CommandError("The workers did not send the demo in time. Are all programs running?")
        time.sleep(0.3)


def has_reports_to_come(reported):
    complaints = DeliveryEvent.objects.filter(cause="complained").exists()
    spam = Delivery.objects.filter(address__contains="+spam@", status=Status.DELIVERED).exists()
    return reported.filter(status=Status.SENT).exists() or (spam and not complaints)


def tell_the_past(sent):
    """Move what was just sent to the days on which it is to have happened."""
    for document, ago in sent.items():
        if not ago:
            continue
        rows = {
            Document.objects.filter(pk=document.pk): ("received_at", "routed_at"),
            Delivery.objects.filter(document=document): ("at", "created_at", "rejected_at"),
            OutboundMail.objects.filter(delivery__document=document): (
                "created_at",
                "next_attempt_at",
                "finished_at",
            ),
            DeliveryEvent.objects.filter(delivery__document=document): ("at", "received_at"),
        }
        for found, columns in rows.items():
            found.update(**{column: F(column) - ago for column in columns})
    for block in BlockedAddress.objects.active():
        date_block(block)


def date_block(block):
    """A block is as old as the last of the failures that it comes from."""
    failures = Delivery.objects.filter(company=block.company, address=block.address).exclude(
        headline=None, cause__startswith="blocked"
    )
    times = {str(d.document): d.at for d in failures.select_related("document")}
    for entry in block.evidence:
        entry["at"] = times.get(entry["document"], datetime.fromisoformat(entry["at"])).isoformat()
    if block.evidence:
        block.blocked_at = datetime.fromisoformat(max(entry["at"] for entry in block.evidence))
    block.save()


def finish_the_story():
    """What people did: asked support, put aside, sent as a link, cancelled."""
    manager = User.objects.get(email="manager@havukka.example")
    havukka = Company.objects.get(name=HAVUKKA)
    block = BlockedAddress.objects.active().get(company=havukka, address__contains="muurari")
    block.ask_to_unblock(
        havukka, manager, "Muurari Tmi says that the mailbox works again since they changed their provider."
    )
    unknown = Delivery.objects.rejected().filter(company=havukka, cause=Cause.ADDRESS_UNKNOWN)
    dealt_with = unknown.filter(Q(address__contains="+late@") | Q(address__contains="+unknown3@"))
    errands.carry_out(errands.begin(havukka, manager, Errand.Kind.ASIDE, dealt_with, "demo"), manager)
    fetch_by_link(Delivery.objects.rejected().filter(cause=Cause.TOO_LARGE).earliest("at"), manager)
    reminder = Delivery.objects.get(address__contains="+down@", document__number="8822")
    remedying.cancel(reminder, manager)


def fetch_by_link(delivery, manager):
    """The customer's server refused the file; the customer fetches it."""
    remedying.send_as_link(delivery, manager)
    wait_until_settled()
    links.press(delivery.link, delivery.document.original)
