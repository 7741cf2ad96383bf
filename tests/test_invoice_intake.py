"""E-invoices come in: what they say is used, and a person gets a page to read."""

import io
from datetime import date
from decimal import Decimal
from email import message_from_bytes, policy

import pytest
from pypdf import PdfReader

from distribution.models import Company
from documents import intake, message
from documents.models import Delivery, Document, OutboundMail
from tests.einvoice import finvoice
from tests.world import World, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def receive(world, content=None, name="invoice.xml", **facts):
    return intake.receive(world.acme, intake.Facts(**facts), content or finvoice(), name, source="browser")


def mailed(document):
    """The names and contents of what a recipient of the document gets."""
    document = Document.objects.get(pk=document.pk)
    raw = message.build(OutboundMail(delivery=Delivery(document=document, address="a@b.example")))
    parts = message_from_bytes(raw, policy=policy.default).iter_attachments()
    return {part.get_filename(): part.get_payload(decode=True) for part in parts}


def test_what_the_invoice_says_is_known_of_the_document(world):
    document = receive(world, finvoice("2026-77", address="office@dyer.example", customer_number="7"))
    assert (document.number, document.kind, document.customer_number) == ("2026-77", "invoice", "7")
    assert (document.amount, document.currency) == (Decimal("124.00"), "EUR")
    assert (document.issue_date, document.due_date) == (date(2026, 11, 24), date(2026, 12, 8))
    assert document.buyer == "Leipomo Käpälä Oy"
    assert document.deliveries.get().address == "office@dyer.example"


def test_what_is_left_to_pay_is_the_amount(world):
    assert receive(world, finvoice(amount="221,08", to_pay="31,62")).amount == Decimal("31.62")


def test_the_customers_e_mail_list_comes_first(world):
    document = receive(world, finvoice(address="somebody@else.example"))
    assert [delivery.address for delivery in document.deliveries.all()] == ["office@baker.example"]


def test_what_people_say_wins_over_what_the_file_says(world):
    document = receive(world, number="77", kind="reminder", addresses="b@c.example", customer_number="9")
    assert (document.number, document.kind, document.customer_number) == ("77", "reminder", "9")
    assert document.deliveries.get().address == "b@c.example"
    assert document.amount == Decimal("124.00")


def test_the_recipient_gets_a_page_to_read_and_the_invoice(world):
    files = mailed(receive(world))
    assert list(files) == ["invoice.pdf", "invoice.xml"]
    assert files["invoice.xml"] == finvoice()
    page = PdfReader(io.BytesIO(files["invoice.pdf"])).pages[0].extract_text()
    assert "2026-1" in page
    assert "Leivänpaahdin" in page


@pytest.mark.parametrize(("form", "names"), [("pdf", ["invoice.pdf"]), ("xml", ["invoice.xml"])])
def test_a_company_may_have_only_one_of_them_mailed(world, form, names):
    Company.objects.update(xml_invoices_as=form)
    assert list(mailed(receive(world))) == names


@pytest.mark.parametrize("form", ["both", "pdf", "xml"])
def test_a_pdf_is_mailed_as_it_is_whatever_the_form(world, form):
    Company.objects.update(xml_invoices_as=form)
    assert list(mailed(receive(world, pdf(), "x.pdf"))) == ["x.pdf"]


@pytest.mark.parametrize(
    ("of_customer", "of_company", "word"),
    [("sv", "fi", "Faktura"), ("", "fi", "Lasku"), ("", "en", "Invoice")],
)
def test_the_page_is_in_the_language_of_the_mail(world, of_customer, of_company, word):
    Company.objects.update(language=of_company)
    world.acme.refresh_from_db()
    world.baker.language = of_customer
    world.baker.save()
    page = PdfReader(io.BytesIO(mailed(receive(world))["invoice.pdf"])).pages[0].extract_text()
    assert word in page


def test_an_invoice_that_was_received_before_is_held(world):
    first = receive(world)
    assert receive(world, name="again.xml").duplicate_of == first


@pytest.mark.parametrize("content", [b"<html></html>", b"<Finvoice>", b"<?xml version='1.0'?>"])
def test_other_xml_is_refused_with_what_to_do(world, content):
    with pytest.raises(intake.Refused):
        receive(world, content)
    assert not Document.objects.exists()
