"""Sending documents in the browser, with and without the page's script; and the practice inbox."""

from email.message import EmailMessage
from io import BytesIO
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from distribution.models import Company
from documents.models import Document
from documents.preparing import number_from
from documents.verp import bounce_address
from portal.practice.mailbox import Mailbox
from tests.archives import zipped
from tests.einvoice import finvoice
from tests.world import World, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def file(name="F-1.pdf", content=None):
    return SimpleUploadedFile(name, pdf(name) if content is None else content, "application/pdf")


def upload(client, company, *files, script=True, **typed):
    """POST files as the page does: with its script one by one, without it as a form."""
    data = {"company": company.pk, "kind": "invoice", "customer_number": "1001", "files": files} | typed
    headers = {"Accept": "application/json"} if script else {}
    return client.post(reverse("upload"), data, headers=headers)


def test_a_file_with_what_was_typed_becomes_a_document(alice, world):
    response = upload(
        alice, world.acme, file("scan.pdf"), number="F-7", kind="reminder", addresses="a@x.example"
    )
    document = Document.objects.get()
    assert response.status_code == 200
    assert response.json()["url"] == reverse("document", args=[document.public_id])
    assert response.json()["message"] == "Reminder F-7 is on its way to office@baker.example."
    assert (document.number, document.kind, document.addresses) == ("F-7", "reminder", "a@x.example")
    assert (document.source, document.received_from) == ("browser", world.alice)
    assert document.original.name == "scan.pdf"


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("20261185.pdf", "20261185"),
        ("Lasku åäö 7.PDF", "Lasku åäö 7"),
        ("../../etc/passwd.pdf", "passwd"),
        ("C:\\temp\\F-1.pdf", "F-1"),
        ("x" * 300 + ".pdf", "x" * 100),
        ("F\x001.pdf", "F 1"),
        ("no ending", "no ending"),
    ],
)
def test_a_file_name_suggests_the_number(name, number):
    assert number_from(name) == number


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello", "This is not a PDF file."),
        (b"", "The file is empty."),
        (b"%PDF-1.7\ngarbage", "damaged"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_a_sentence_and_not_kept(alice, world, content, sentence):
    response = upload(alice, world.acme, file(content=content))
    assert response.status_code == 400
    assert sentence in response.json()["message"]
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("Laskut.ZIP", zipped({"1.xml": finvoice()}), "This is a ZIP file."),
        ("list.csv", b"file;number\n", "This is a list."),
        ("laskut.xml", finvoice("1") + finvoice("2"), "There are 2 invoices in the file."),
    ],
)
def test_what_is_sent_as_a_batch_leads_to_the_page_for_it(alice, world, name, content, sentence):
    answer = upload(alice, world.acme, file(name, content)).json()
    assert answer["message"].startswith(sentence)
    assert answer["is_batch"]
    followed = upload(alice, world.acme, file(name, content), script=False)
    shown = alice.get(followed.url).content.decode()
    results = shown[shown.index("What became of the files") :].partition("</section>")[0]
    assert f'href="{reverse("batches")}"' in results
    assert "Send it as a batch" in results
    assert not Document.objects.exists()


@override_settings(MAX_UPLOAD_MB=1)
def test_a_file_over_the_limit_is_refused_in_a_sentence(alice, world):
    response = upload(alice, world.acme, file(content=b"%PDF-" + b"x" * 1024 * 1024))
    assert response.status_code == 400
    assert "more than 1 MB" in response.json()["message"]


@override_settings(MAX_UPLOAD_MB=1)
def test_a_request_that_is_far_too_large_is_not_even_read(alice, world):
    response = upload(alice, world.acme, file(content=b"x" * 12 * 1024 * 1024))
    assert response.status_code == 413
    assert "Send fewer files at once" in response.json()["message"]


def test_too_many_files_in_one_form_are_refused_in_a_sentence(alice, world):
    files = [file(f"F-{n}.pdf", b"%PDF-") for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)]
    response = upload(alice, world.acme, *files, script=False)
    assert "At most 100 files" in alice.get(response.url).content.decode()


def test_too_much_text_is_refused_in_a_sentence(alice, world):
    response = upload(alice, world.acme, file(), addresses="x" * 3_000_000)
    assert response.status_code == 413
    assert "Make it shorter" in response.json()["message"]


def test_a_body_that_is_cut_off_is_refused_in_a_sentence(alice, world):
    response = alice.post(
        reverse("upload"),
        b"nonsense",
        "multipart/form-data; boundary=",
        headers={"Accept": "application/json"},
    )
    assert response.status_code == 400
    assert "did not arrive whole" in response.json()["message"]


def test_nothing_is_taken_of_a_form_that_ends_before_its_attachments(alice, world):
    """The connection breaks: Django's parser says nothing, and gives the files that came before."""
    terms = file("terms.pdf", b"%PDF-" + b"x" * 100_000)
    form = encode_multipart(BOUNDARY, {"company": world.acme.pk, "files": file(), "attachments": terms})
    came = {"wsgi.input": BytesIO(form[:-50_000])}
    answer = alice.generic(
        "POST", reverse("upload"), form, MULTIPART_CONTENT, headers={"Accept": "application/json"}, **came
    )
    assert answer.status_code == 400
    assert "did not arrive whole" in answer.json()["message"]
    assert not Document.objects.exists()


def test_a_form_is_in_utf_8_whatever_it_says(alice):
    body = b'--x\r\nContent-Disposition: form-data; name="company"\r\n\r\n0\r\n--x--\r\n'
    media_type = "multipart/form-data; boundary=x; charset=base64"
    assert alice.generic("POST", reverse("upload"), body, media_type).status_code == 404


@pytest.mark.parametrize("typed", [{"number": "x" * 101}, {"kind": "rocket"}, {"external_id": "nonsense"}])
def test_nonsense_in_a_field_is_refused(alice, world, typed):
    response = upload(alice, world.acme, file(), **typed)
    assert response.status_code == 400
    assert response.json()["message"]


def test_the_same_request_twice_makes_one_document(alice, world):
    once = {"external_id": str(uuid4()), "number": "F-1"}
    content = pdf("once")
    first = upload(alice, world.acme, file(content=content), **once).json()
    second = upload(alice, world.acme, file(content=content), **once).json()
    assert first["url"] == second["url"]
    assert Document.objects.count() == 1


def test_the_same_number_again_is_held_and_said_so(alice, world):
    upload(alice, world.acme, file())
    answer = upload(alice, world.acme, file()).json()
    assert answer["status"] == "held"
    assert answer["message"].startswith("Held: the same Invoice F-1 was received before (today")


def test_a_document_for_nobody_is_taken_and_says_what_to_do(alice, world):
    answer = upload(alice, world.acme, file(), customer_number="404").json()
    assert answer["status"] == "rejected"
    assert "No address to send to" in answer["message"]
    assert answer["url"]


def test_without_the_script_all_files_go_in_one_form(alice, world):
    files = file("F-1.pdf"), file("broken.pdf", b"hello"), file("F-2.pdf")
    response = upload(alice, world.acme, *files, script=False, external_id=str(uuid4()), number="ignored")
    assert response.status_code == 302
    page = alice.get(response.url)
    assert {d.number for d in Document.objects.all()} == {"F-1", "F-2"}
    assert [result["status"] for result in page.context["results"]] == ["queued", "refused", "queued"]
    assert "This is not a PDF file." in page.content.decode()
    assert page.context["form"]["customer_number"].value() == "1001"


def test_a_form_without_files_says_so(alice, world):
    response = upload(alice, world.acme, script=False)
    assert "Choose at least one file." in alice.get(response.url).content.decode()


def test_a_company_whose_service_is_off_is_told_whom_to_ask(alice, world):
    Company.objects.update(activated_at=None)
    response = upload(alice, world.acme, file())
    assert response.status_code == 400
    assert "not active" in response.json()["message"]
    page = alice.get(reverse("send-documents")).content.decode()
    assert "Ask support to switch it on" in page
    assert reverse("ask-for-activation") in page
    world.acme.ask_for_activation(world.alice)
    page = alice.get(reverse("send-documents")).content.decode()
    assert "Support was asked to switch it on" in page


@pytest.mark.parametrize("who", ["bob", "mallory", "sam"])
def test_only_managers_of_the_company_send(client, world, who):
    client.force_login(getattr(world, who))
    assert upload(client, world.acme, file()).status_code == 404
    assert not Document.objects.exists()
    page = client.get(reverse("send-documents"))
    assert page.status_code == (200 if who == "mallory" else 404)


def test_documents_go_in_the_name_of_the_company_that_the_page_was_opened_for(alice, world):
    other = Company.objects.create(name="Aamu Oy", activated_at=world.acme.activated_at)
    other.memberships.create(user=world.alice, role="manager")
    upload(alice, world.acme, file())
    assert Document.objects.get().company == world.acme


@pytest.mark.parametrize("company", ["", "x", "99999", "9" * 30, "-1"])
def test_an_unknown_company_is_not_found(alice, world, company):
    assert alice.post(reverse("upload"), {"company": company, "files": file()}).status_code == 404


def test_uploads_are_only_posted(alice):
    assert alice.get(reverse("upload")).status_code == 405


def test_uploads_need_the_pages_token(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.alice)
    assert upload(client, world.acme, file()).status_code == 403
    page = client.get(reverse("send-documents"))
    token = str(page.context["csrf_token"])
    assert upload(client, world.acme, file(), csrfmiddlewaretoken=token).status_code == 200


def test_who_is_not_logged_in_is_asked_to(client, world):
    assert upload(client, world.acme, file()).url.startswith(reverse("account_login"))


def test_the_page_can_be_opened_for_a_known_document(alice, world):
    page = alice.get(reverse("send-documents") + "?number=F-9&customer_number=1001&kind=reminder")
    assert page.context["form"]["number"].value() == "F-9"


@pytest.fixture
def received(world, tmp_path):
    """A mail that the practice server delivered for Acme, and one that is nobody's: their names."""
    with override_settings(DATA_DIR=tmp_path):
        mail = world.delivery().mails.get()
        message = EmailMessage()
        message["Subject"] = "Invoice F-1"
        message["From"] = "no-reply@jakelu.example"
        message.set_content("Here is your invoice.\n")
        message.add_attachment(pdf(), maintype="application", subtype="pdf", filename="F-1.pdf")
        box = Mailbox(tmp_path / "practice")
        ours = box.put(bounce_address(mail.public_id), "office@baker.example", "0000000A", bytes(message))
        other = box.put("somebody@else.example", "office@baker.example", "0000000B", bytes(message))
        yield ours, other


def test_in_practice_mode_people_see_what_their_customers_received(alice, world, received):
    ours, other = received
    inbox = alice.get(reverse("practice-inbox"))
    assert [mail.name for mail, _document in inbox.context["mails"]] == [ours]
    assert "unknown@…" in inbox.content.decode()
    page = alice.get(reverse("practice-mail", args=[ours])).content.decode()
    assert "Here is your invoice." in page
    assert "F-1.pdf" in page
    for name in (other, "nonsense", "..%2F..%2Fetc"):
        assert alice.get(f"/practice/{name}/").status_code == 404


def test_mails_of_other_companies_are_not_there(client, world, received):
    client.force_login(world.mallory)
    assert client.get(reverse("practice-inbox")).context["mails"] == []
    assert client.get(reverse("practice-mail", args=[received[0]])).status_code == 404


def test_without_practice_mode_there_is_no_inbox(alice, received):
    with override_settings(PRACTICE=False):
        assert alice.get(reverse("practice-inbox")).status_code == 404
        assert alice.get(reverse("practice-mail", args=[received[0]])).status_code == 404
        assert "Practice mode" not in alice.get(reverse("documents")).content.decode()


def test_in_practice_mode_every_page_says_so(alice):
    assert (
        "Practice mode: mail goes to the practice server" in alice.get(reverse("documents")).content.decode()
    )
