"""The people and companies that every test knows."""

import io
from dataclasses import dataclass, field

from django.utils.timezone import now
from reportlab.pdfgen.canvas import Canvas

from distribution.models import Company, Customer, CustomerNumber, ListAddress, Membership
from documents import intake
from documents.models import Document
from portal.models import User

PASSWORD = "correct horse battery staple"


def pdf(text="Invoice"):
    """A small real PDF, the bytes: the same ones for the same text."""
    paper = io.BytesIO()
    page = Canvas(paper, invariant=True)
    page.drawString(72, 720, text)
    page.save()
    return paper.getvalue()


@dataclass
class World:
    """Acme sends documents: Alice manages its distribution, Bob may look. Baker is a customer of Acme.

    Mallory manages Globex and must see nothing of Acme's. Sam is support and works in the admin.
    """

    acme: Company = field(init=False)
    globex: Company = field(init=False)
    numbers: int = 0

    def __post_init__(self):
        self.acme = Company.objects.create(
            name="Acme Oy", activated_at=now(), reply_to="billing@acme.example", language="en"
        )
        self.globex = Company.objects.create(name="Globex Ab", activated_at=now(), language="en")
        self.alice = self.person("alice", self.acme, Membership.Role.MANAGER)
        self.bob = self.person("bob", self.acme, Membership.Role.VIEWER)
        self.mallory = self.person("mallory", self.globex, Membership.Role.MANAGER)
        self.sam = User.objects.create_user("sam@jakelu.example", PASSWORD, is_staff=True)
        self.baker = self.customer("1001", "Office@baker.example")

    def person(self, name, company, role):
        user = User.objects.create_user(f"{name}@{company.name.split()[0].lower()}.example", PASSWORD)
        Membership.objects.create(user=user, company=company, role=role)
        return user

    def customer(self, number, *addresses, company=None, name="Baker Oy"):
        company = company or self.acme
        customer = Customer.objects.create(company=company, name=name)
        CustomerNumber.objects.create(company=company, customer=customer, number=number)
        for address in addresses:
            ListAddress.objects.create(customer=customer, address=address)
        return customer

    def document(self, number=None, *, company=None, content=None, external_id="", **facts):
        """A document that came in and was routed; `1001` is Baker's customer number."""
        self.numbers += 1
        facts = {"number": number or f"F-{self.numbers}", "customer_number": "1001"} | facts
        return intake.receive(
            company or self.acme,
            intake.Facts(**facts),
            content or pdf(facts["number"]),
            f"{facts['number']}.pdf",
            source=Document.Source.COMMAND,
            external_id=external_id,
        )

    def delivery(self, **facts):
        """The one delivery of a new document."""
        return self.document(**facts).deliveries.get()
