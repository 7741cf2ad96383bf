"""Companies' own programs send documents and read what became of them."""

from base64 import b64encode, urlsafe_b64encode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.utils import translation

from distribution.models import Company
from documents.models import Document
from documents.replies import Verdict
from documents.statuses import Status
from tests.program import Program, document, fields, problem
from tests.world import World, pdf

pytestmark = pytest.mark.django_db

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def erp(world):
    return Program(world.acme, world.alice)


def file(name="F-1.pdf", content=None):
    return SimpleUploadedFile(name, content or pdf(name), "application/pdf")


class TestSending:
    def test_a_document_as_json(self, world, erp):
        facts = {"kind": "reminder", "amount": "124.5", "currency": "EUR", "due_date": "2026-12-08"}
        answer = erp.send("F-7", **facts, external_id="erp-1", language="sv", buyer="Baker Oy")
        assert answer.status_code == 201
        kept = Document.objects.get()
        assert (kept.number, kept.kind, kept.external_id) == ("F-7", "reminder", "erp-1")
        assert (kept.source, kept.received_from) == ("api", world.alice)
        assert (kept.stated_language, kept.buyer, kept.original.name) == ("sv", "Baker Oy", "F-1.pdf")
        told = answer.json()
        assert told["id"] == str(kept.public_id)
        assert (told["status"], told["amount"], told["due_date"]) == ("queued", "124.50", "2026-12-08")
        [delivery] = told["deliveries"]
        assert (delivery["address"], delivery["origin"]) == ("office@baker.example", "list")
        assert [event["status"] for event in delivery["events"]] == ["queued"]

    def test_a_document_as_a_form(self, world, erp):
        answer = erp.send_form(file(), customer_number="7", addresses=["a@x.example", "b@y.example"])
        assert answer.status_code == 201
        sent_to = [delivery["address"] for delivery in answer.json()["deliveries"]]
        assert sent_to == ["a@x.example", "b@y.example"]
        assert answer.json()["number"] == "F-1"

    def test_attachments_go_along(self, world, erp):
        picture = file("specification.pdf", pdf("specification"))
        assert erp.send_form(file(), attachments=[picture], number="1").status_code == 201
        content = b64encode(pdf("more")).decode()
        attached = [{"name": "more.pdf", "content": content}]
        assert erp.send("2", attachments=attached).status_code == 201
        names = [[f.name for f in kept.files.all()] for kept in Document.objects.order_by("pk")]
        assert names == [["F-1.pdf", "specification.pdf"], ["F-1.pdf", "more.pdf"]]

    def test_the_same_external_id_again_is_the_document_that_is_there(self, world, erp):
        first = erp.send("F-1", external_id="erp-1")
        again = erp.send("F-1", external_id="erp-1")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        assert Document.objects.count() == 1

    def test_the_same_document_again_is_held_and_said_so(self, world, erp):
        first = erp.send("F-1").json()
        again = erp.send("F-1").json()
        assert (again["status"], again["duplicate_of"], again["deliveries"]) == ("held", first["id"], [])

    def test_the_same_document_again_is_refused_where_the_company_wants_it(self, world, erp):
        Company.objects.update(duplicates="refuse")
        first = erp.send("F-1").json()
        content = problem(erp.send("F-1"), 409, "duplicate")
        assert content["document"] == {"id": first["id"], "number": "F-1", "page": first["page"]}

    def test_while_the_service_is_off_nothing_is_taken(self, world, erp):
        world.acme.deactivate()
        content = problem(erp.send(), 403, "service-off")
        assert content["detail"] == "E-mail distribution is not active for Acme Oy."
        assert not Document.objects.exists()


class TestWrongInput:
    @pytest.mark.parametrize(
        ("facts", "field"),
        [
            ({"number": "x" * 101}, "number"),
            ({"number": "a\0b"}, "number"),
            ({"kind": "rocket"}, "kind"),
            ({"customer_number": 7}, "customer_number"),
            ({"addresses": "a@x.example"}, "addresses"),
            ({"addresses": ["a@x.example", ""]}, "addresses.1"),
            ({"addresses": ["a" * 499] * 5}, "addresses"),
            ({"external_id": "x" * 101}, "external_id"),
            ({"amount": 12.5}, "amount"),
            ({"amount": "1e9"}, "amount"),
            ({"currency": "euro"}, "currency"),
            ({"due_date": "2026-02-30"}, "due_date"),
            ({"due_date": "1.2.2026"}, "due_date"),
            ({"language": "de"}, "language"),
            ({"content": "***"}, "content"),
            ({"content": ""}, "content"),
            ({"filename": None}, "filename"),
            ({"custmer_number": "1001"}, "custmer_number"),
            ({"attachments": [{"name": "a.pdf"}]}, "attachments.0.content"),
            ({"attachments": [{"name": "a.pdf", "content": "*"}]}, "attachments.0.content"),
        ],
    )
    def test_is_told_by_its_field(self, world, erp, facts, field):
        content = problem(erp.send(**facts), 422, "invalid")
        assert fields(content) == [field]
        assert not Document.objects.exists()

    @pytest.mark.parametrize(
        "form",
        [
            {"number": ["1", "2"]},
            {"kind": "rocket"},
            {"rocket": "1"},
            {"rocket": SimpleUploadedFile("a.pdf", b"%PDF-")},
            {"file": []},
            {"file": "text"},
        ],
    )
    def test_in_a_form_is_told_by_its_field(self, world, erp, form):
        content = problem(erp.send_form(file(), **form), 422, "invalid")
        assert fields(content)[-1] in form

    def test_what_is_no_document_is_refused_with_the_sentence(self, world, erp):
        content = problem(erp.send(content=b"nonsense"), 422, "refused")
        assert fields(content) == ["file"]
        assert content["errors"][0]["message"] == content["detail"]

    def test_an_attachment_of_no_known_kind_is_named(self, world, erp):
        attached = [{"name": "virus.exe", "content": b64encode(b"MZ").decode()}]
        assert fields(problem(erp.send(attachments=attached), 422, "refused")) == ["attachments"]

    def test_a_file_with_several_invoices_is_refused(self, world, erp, two_invoices):
        content = problem(erp.send(content=two_invoices), 422, "refused")
        assert "batch" in content["detail"]

    def test_what_is_too_large_is_413(self, world, erp):
        Company.objects.update(attachment_limit=1, above_limit="refuse")
        large = pdf() + b" " * 1024 * 1024
        assert fields(problem(erp.send(content=large), 413, "too-large")) == ["file"]
        with override_settings(MAX_UPLOAD_MB=1):
            problem(erp.send(content=large * 2), 413, "too-large")

    def test_another_content_type_is_415(self, world, erp):
        answer = erp.post("/documents/", "a=b", media_type="application/x-www-form-urlencoded")
        problem(answer, 415, "unsupported-media-type")
        assert answer["Accept"] == "application/json, multipart/form-data"


@pytest.fixture
def two_invoices():
    number = b"<InvoiceDetails><InvoiceNumber>%d</InvoiceNumber></InvoiceDetails>"
    invoice = b"<?xml version='1.0'?><Finvoice Version='3.0'>" + number + b"</Finvoice>"
    return invoice % 1 + invoice % 2


class TestReading:
    def test_what_became_of_it_delivery_by_delivery(self, world, erp):
        delivery = world.delivery()
        verdict = Verdict(
            Status.REJECTED, "address_unknown", 550, "5.1.1", "User unknown", "mx.baker.example"
        )
        delivery.record(verdict, delivery.mails.get())
        told = erp.get(f"/documents/{delivery.document.public_id}/").json()
        assert (told["status"], told["is_partly"]) == ("rejected", False)
        [said] = told["deliveries"]
        assert (said["status"], said["cause"], said["code"]) == ("rejected", "address_unknown", "550")
        assert said["title"] == "Address does not exist"
        assert said["remedy"]
        event = said["events"][-1]
        assert (event["reply_code"], event["enhanced_code"], event["text"]) == (550, "5.1.1", "User unknown")

    @pytest.mark.parametrize("language", ["fi", "sv", "en"])
    def test_the_words_are_in_the_language_that_is_asked_for(self, world, erp, language):
        delivery = world.delivery()
        delivery.record(Verdict(Status.REJECTED, "address_unknown"), delivery.mails.get())
        path = f"/documents/{delivery.document.public_id}/"
        answer = erp.call("GET", path, **{"Accept-Language": language})
        assert answer["Content-Language"] == language
        with translation.override(language):
            assert answer.json()["deliveries"][0]["title"] == str(delivery.remedy.title)
        assert answer.json()["deliveries"][0]["cause"] == "address_unknown"

    def test_events_come_in_stretches(self, world, erp):
        delivery = world.delivery()
        delivery.record(Verdict(Status.SENT), delivery.mails.get())
        delivery.record(Verdict(Status.DELIVERED), delivery.mails.get())
        path = f"/documents/{delivery.document.public_id}/events/"
        first = erp.get(path, limit=2).json()
        rest = erp.get(path, limit=2, cursor=first["next_cursor"]).json()
        assert [event["status"] for event in first["items"] + rest["items"]] == [
            "queued",
            "sent",
            "delivered",
        ]
        assert rest["next_cursor"] is None
        assert first["items"][0]["delivery"] == str(delivery.public_id)

    def test_the_list_is_newest_first_and_comes_in_stretches(self, world, erp):
        numbers = [world.document().number for _count in range(5)]
        seen, cursor = [], ""
        while cursor is not None:
            shown = erp.get("/documents/", limit=2, cursor=cursor).json()
            seen += [item["number"] for item in shown["items"]]
            cursor = shown["next_cursor"]
        assert seen == numbers[::-1]

    def test_documents_are_found_by_what_they_are(self, world, erp):
        first = world.document("A", external_id="erp-1")
        second = world.document("B")
        world.document("A")
        for query, found in [
            ({"number": "B"}, ["B"]),
            ({"external_id": "erp-1"}, ["A"]),
            ({"status": "held"}, ["A"]),
            ({"status": "queued"}, ["B", "A"]),
            ({"status": "sent"}, []),
            ({"since": second.received_at.isoformat()}, ["A", "B"]),
            ({"since": second.received_at.isoformat().replace("+", " ")}, ["A", "B"]),
            ({"since": "2999-01-01T00:00:00Z"}, []),
            # Of a program that has forgotten what it looks for.
            ({"number": ""}, []),
            ({"external_id": ""}, []),
        ]:
            shown = erp.get("/documents/", **query)
            assert shown.status_code == 200, shown.content
            assert [item["number"] for item in shown.json()["items"]] == found, query
        assert erp.get("/documents/", external_id="erp-1").json()["items"][0]["id"] == str(first.public_id)

    @pytest.mark.parametrize("statuses", [["queued"], ["sent", "rejected"], ["cancelled", "delivered"]])
    def test_the_status_that_is_listed_is_the_one_that_is_shown(self, world, erp, statuses):
        addresses = "; ".join(f"a{n}@x.example" for n in range(len(statuses)))
        made = world.document(customer_number="7", addresses=addresses)
        for delivery, status in zip(made.deliveries.order_by("pk"), statuses, strict=True):
            if status != "queued":
                delivery.record(Verdict(Status(status)), delivery.mails.get())
        shown = erp.get(f"/documents/{made.public_id}/").json()["status"]
        found = [s for s in Status.values if erp.get("/documents/", status=s).json()["items"]]
        assert found == [shown]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"limit": 0}, "limit"),
            ({"limit": 201}, "limit"),
            ({"limit": "many"}, "limit"),
            ({"status": "eaten"}, "status"),
            ({"since": "yesterday"}, "since"),
            ({"since": "2026-11-24"}, "since"),
            ({"since": "2026-11-24T00:00:00"}, "since"),
            ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
            ({"since": "9999-12-31T23:59:59-14:00"}, "since"),
            ({"number": "a\0b"}, "number"),
            ({"cursor": "nonsense"}, "cursor"),
            ({"cursor": "MjAyNi0xMS0yNF85"}, "cursor"),
            ({"cursor": "é"}, "cursor"),
        ],
    )
    def test_a_wrong_question_is_told_by_its_field(self, world, erp, query, field):
        assert fields(problem(erp.get("/documents/", **query), 422, "invalid")) == [field]

    def test_a_cursor_may_come_from_anywhere_on_earth_and_beyond(self, world, erp):
        world.document("A")
        cursor = urlsafe_b64encode(b"2999-11-24T09:14:02+23:59:59_1").decode().rstrip("=")
        assert len(erp.get("/documents/", cursor=cursor).json()["items"]) == 1

    @pytest.mark.parametrize("name", [NOBODY, "nonsense", "%00", "é"])
    def test_what_is_not_there_is_not_found(self, world, erp, name):
        for path in (f"/documents/{name}/", f"/documents/{name}/events/"):
            problem(erp.get(path), 404, "not-found")


def test_the_number_of_queries_does_not_grow_with_the_list(world, erp, django_assert_max_num_queries):
    for _count in range(10):
        world.document()
    with django_assert_max_num_queries(6):
        assert len(erp.get("/documents/").json()["items"]) == 10


def test_the_fields_of_a_document_are_those_that_webhooks_have(world, erp):
    told = erp.post("/documents/", document()).json()
    assert {"id", "number", "kind", "external_id", "customer_number"} <= set(told)
    delivery = {"id", "address", "status", "at", "cause", "code", "title", "remedy"}
    assert delivery <= set(told["deliveries"][0])
