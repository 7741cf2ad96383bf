"""What somebody could try who means harm, or what a slip could do: nothing is told, taken or filled up."""

import time
import zlib

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from distribution.models import BlockedAddress, Customer
from documents import tracking
from documents.formats import Unreadable, examine, pdf
from documents.models import DeliveryEvent
from documents.verp import bounce_address
from portal.models import User
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def test_who_has_no_company_sees_no_blocked_address(world, client):
    block, _is_new = BlockedAddress.objects.block(None, "trap@baker.example", "by_hand")
    block.ask_to_unblock(world.acme, world.alice, "Please")
    client.force_login(User.objects.create_user("former@acme.example", PASSWORD))
    page = client.get(reverse("blocked-addresses")).content.decode()
    assert "trap@baker.example" not in page
    assert "alice@acme.example" not in page


def test_a_new_customer_belongs_to_the_company_its_form_was_opened_for(world, client):
    world.alice.memberships.create(company=world.globex, role="manager")
    client.force_login(world.alice)
    form = client.get(reverse("new-customer"))
    assert f'name="company" value="{world.acme.pk}"' in form.content.decode()
    client.post(reverse("switch-company"), {"company": world.globex.pk})  # in another tab
    typed = {"company": world.acme.pk, "name": "Dyer Ky", "numbers": "7", "to": "", "copies": ""}
    client.post(reverse("new-customer"), typed)
    assert Customer.objects.get(name="Dyer Ky").company == world.acme


def test_nobody_changes_the_address_that_says_who_he_is(world, client):
    client.force_login(world.bob)
    for action in ("action_add", "action_primary"):
        typed = {action: "", "email": "director@acme.example"}
        assert client.post("/accounts/email/", typed).status_code == 404


@pytest.mark.parametrize("path", ["/accounts/login/", "/customers/new/", "/admin/"])
def test_a_large_body_is_refused_before_it_is_read(client, path):
    large = SimpleUploadedFile("x", b"\0" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    assert client.post(path, {"file": large}).status_code == 413


def test_of_a_mail_only_so_many_events_are_kept(world):
    delivery = world.delivery()
    address = bounce_address(delivery.mails.get().public_id)
    for salt in range(20):
        groups = (
            f"Final-Recipient: rfc822; a{n}@else.example\nAction: failed\nStatus: 5.1.1" for n in range(10)
        )
        kind = "multipart/report; report-type=delivery-status; boundary=b"
        status = "\n\n".join([f"Reporting-MTA: dns; {salt}", *groups])
        text = f"Content-Type: {kind}\n\n--b\nContent-Type: message/delivery-status\n\n{status}\n\n--b--\n"
        tracking.receive(text.encode(), address)
    assert DeliveryEvent.objects.count() <= tracking.EVENTS_OF_A_MAIL + 10


def test_a_small_pdf_that_unpacks_to_much_is_refused():
    packed = zlib.compress(b"2 0 " + b" " * 70_000_000 + b"<</Type/Pages/Kids[]>>", 9)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        3: b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
        % (len(packed), packed),
    }
    content = b"%PDF-1.7\n"
    entries = {0: (0, 0), 2: (2, 3)}
    for number, text in objects.items():
        entries[number] = (1, len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(content)
    entries[4] = (1, start)
    table = b"".join(
        bytes([kind]) + at.to_bytes(4, "big") + b"\0" for _, (kind, at) in sorted(entries.items())
    )
    content += b"4 0 obj\n<</Type/XRef/Size 5/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    content += table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % start
    with pytest.raises(Unreadable, match="damaged"):
        pdf.check(content)


def test_a_text_that_is_too_long_is_refused_before_it_is_taken_apart(world, client):
    client.force_login(world.alice)
    typed = {"name": "Dyer Ky", "numbers": "7", "to": "a," * 800_000, "copies": "", "language": ""}
    page = client.post(reverse("new-customer"), typed)
    assert "too long" in page.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "until=9999-12-31",
        "since=0001-01-01",
        "older=0001-01-01T00:00:00%2B14:00_5",
        "newer=9999-12-31T23:59:59-14:00_5",
    ],
)
def test_no_date_breaks_the_list(world, client, query):
    client.force_login(world.alice)
    assert client.get(f"{reverse('documents')}?{query}").status_code == 200


@pytest.mark.parametrize(
    "place", ["nonsense", "//else.example", "https://else.example/", "javascript:alert(1)"]
)
def test_a_button_leads_nowhere_else(world, client, place):
    client.force_login(world.alice)
    delivery = world.delivery()
    answer = client.post(reverse("take-back", args=[delivery.public_id]), {"next": place})
    assert answer.url == reverse("document", args=[delivery.document.public_id])


@pytest.mark.parametrize("login", ["alice@acme.example", "nobody@acme.example"])
def test_a_stranger_makes_us_write_to_nobody_unknown(world, login, mailoutbox):
    answer = Client().post(reverse("account_reset_password"), {"email": login})
    assert answer.url == reverse("account_reset_password_done")
    assert [mail.to for mail in mailoutbox] == ([[login]] if login.startswith("alice") else [])


@pytest.mark.parametrize(
    "flood", [b"startxref\n" * 1_000_000, b"trailer<</Root 1 0 R>>\n" * 500_000, b"1 0 obj\n" * 1_000_000]
)
@pytest.mark.parametrize("end", [b"", b"%%EOF\n"])
def test_a_pdf_without_an_order_costs_little(flood, end):
    began = time.process_time()
    with pytest.raises(Unreadable, match="damaged"):
        examine(b"%PDF-1.7\n" + flood + end)
    assert time.process_time() - began < 3
