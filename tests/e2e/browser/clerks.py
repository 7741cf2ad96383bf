"""The companies of the story: one for each way to play it, so that no play disturbs another."""

from itertools import product

from django.utils.timezone import now

from distribution.models import Company, Customer, Membership
from documents import intake, routing
from documents.models import Delivery, Document
from documents.statuses import Status
from portal.models import User
from tests.e2e.browser.people import WIDTHS
from tests.e2e.browser.waiting import wait_for
from tests.world import PASSWORD, pdf

LANGUAGES = ("fi", "en")
SCRIPTS = ("with", "without")
ARRIVED, REJECTED = "5001", "5002"  # numbers of invoices that were sent before the story begins


def everybody():
    """{play: {"email", "domain"}}: a manager, with one invoice that arrived and one that was rejected."""
    clerks = {play_name(*play): make_clerk(*play) for play in product(LANGUAGES, WIDTHS, SCRIPTS)}
    routing.hint()
    sent = Delivery.objects.filter(document__number__in=[ARRIVED, REJECTED])
    settled = sent.filter(status__in=[Status.DELIVERED, Status.REJECTED])
    wait_for(lambda: settled.count() == 2 * len(clerks))
    return clerks


def play_name(language, width, scripts):
    return f"{language}-{width}-{scripts}"


def make_clerk(language, width, scripts):
    name = play_name(language, width, scripts)
    domain = f"{name}.example"
    company = Company.objects.create(name=f"Laine {name} Oy", language=language, activated_at=now())
    user = User.objects.create_user(f"clerk@{domain}", PASSWORD)
    Membership.objects.create(user=user, company=company, role=Membership.Role.MANAGER)
    for customer, address, number in (
        ("Kaisla Oy", f"laskut@kaisla-{domain}", ARRIVED),
        ("Vuokko Tmi", f"laskut+unknown@vuokko-{domain}", REJECTED),
    ):
        entry = Customer.objects.create(company=company, name=customer)
        entry.numbers.create(company=company, number=f"1{number}")
        entry.addresses.create(address=address)
        facts = intake.Facts(number=number, customer_number=f"1{number}")
        intake.receive(company, facts, pdf(number), f"{number}.pdf", source=Document.Source.COMMAND)
    return {"email": user.email, "domain": domain}
