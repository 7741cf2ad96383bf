"""The pages of batches: bring one, see what it would do, send or discard it, and read the report."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse

from distribution.models import Company
from documents import batching, manifest
from documents.models import Batch, Document
from tests.archives import zipped
from tests.einvoice import finvoice
from tests.world import World, pdf

pytestmark = pytest.mark.django_db

LIST = b"file;number;customer_number\na.pdf;77;1001\n"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def bring(client, content=None, name="batch.zip", **others):
    files = {"1.xml": finvoice("1"), "bad.pdf": b"no"}
    file = SimpleUploadedFile(name, zipped(files) if content is None else content)
    company = Company.objects.get(name="Acme Oy").pk
    return client.post(reverse("new-batch"), {"file": file, "company": company} | others)


def looked_through(client, *arguments, **others):
    bring(client, *arguments, **others)
    batching.work(seconds=60)
    return Batch.objects.get()


def page(client, name="batch", batch=None, query=""):
    url = reverse(name, args=[batch.public_id] if batch else [])
    return client.get(url + query).content.decode().replace("<wbr>", "")


def test_the_first_visit_teaches_what_a_batch_is(alice):
    shown = page(alice, "batches")
    assert "There are no batches yet" in shown
    assert "What may be in a batch" in shown


def test_a_batch_is_kept_and_looked_through_in_the_background(alice, world):
    response = bring(alice)
    batch = Batch.objects.get()
    assert response.url == reverse("batch", args=[batch.public_id])
    assert (batch.state, batch.company, batch.created_by) == ("reading", world.acme, world.alice)
    shown = page(alice, batch=batch)
    assert "The files are being read" in shown
    assert '<meta http-equiv="refresh"' in shown


def test_the_progress_is_a_part_of_the_page_until_it_is_ready(alice):
    bring(alice)
    batch = Batch.objects.get()
    url, htmx = reverse("batch", args=[batch.public_id]), {"HX-Request": "true"}
    assert "<html" not in alice.get(url, headers=htmx).content.decode()
    batching.work(seconds=60)
    assert alice.get(url, headers=htmx)["HX-Refresh"] == "true"


def test_before_it_is_sent_everything_is_told(alice):
    shown = page(alice, batch=looked_through(alice))
    assert "1 document can be sent" in shown
    assert "office@baker.example" in shown
    assert "This is not a PDF file" in shown
    assert "Send 1 document" in shown


def test_only_what_has_a_recipient_is_promised_to_be_sent(alice):
    files = {"1.xml": finvoice("1"), "2.xml": finvoice("2", customer_number="404")}
    shown = page(alice, batch=looked_through(alice, zipped(files)))
    assert "1 document can be sent" in shown
    assert "Send 1 document\n" in shown


def test_without_any_recipient_nothing_is_promised(alice):
    files = {"2.xml": finvoice("2", customer_number="404")}
    shown = page(alice, batch=looked_through(alice, zipped(files)))
    assert "No document of this batch can be sent yet" in shown
    assert "Accept them" in shown


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "There is no document in the file. Put PDF files or e-invoices"),
        ({"bad.pdf": b"no"}, "Below you see why for each file."),
    ],
)
def test_a_batch_with_nothing_to_send_says_so_and_waits_for_nobody(alice, files, sentence):
    shown = page(alice, batch=looked_through(alice, zipped(files)))
    assert sentence in shown
    assert "Cancel the batch" not in shown
    assert "Nothing to send" in page(alice, "batches")


def test_a_batch_that_was_sent_before_says_that(alice):
    first = looked_through(alice, zipped({"1.xml": finvoice()}))
    first.confirm(first.created_by)
    batching.work(seconds=60)
    bring(alice, zipped({"1.xml": finvoice()}))
    batching.work(seconds=60)
    again = Batch.objects.exclude(pk=first.pk).get()
    assert "All of its documents were received before" in page(alice, batch=again)


def test_what_the_list_does_not_name_is_counted_and_shown(alice):
    files = {"a.pdf": pdf(), "1.xml": finvoice("1"), "list.csv": LIST}
    batch = looked_through(alice, zipped(files))
    assert "Not in the list: 1" in " ".join(page(alice, batch=batch).replace("</a>", "").split())
    shown = page(alice, batch=batch, query="?show=unlisted")
    assert "1.xml" in shown
    assert "a.pdf" not in shown


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_there_is_a_list_to_fill_in(alice, ending):
    url = reverse("batch-list-template", args=[ending])
    assert url in page(alice, "batches")
    rows = manifest.read(alice.get(url).getvalue())
    assert [(row.file, row.facts.customer_number, row.facts.kind, row.problem) for row in rows] == [
        ("scan-17.pdf", "1001", "invoice", ""),
        ("scan-18.pdf", "", "reminder", ""),
    ]
    assert rows[1].facts.addresses == "a@candle.example;b@candle.example"
    assert alice.get(reverse("batch-list-template", args=["exe"])).status_code == 404


def test_a_discarded_batch_does_not_say_that_it_will_be_sent(alice):
    batch = looked_through(alice)
    alice.post(reverse("discard-batch", args=[batch.public_id]))
    shown = page(alice, batch=batch)
    assert "This batch was cancelled" in shown
    assert "Will be sent" not in shown


def test_the_tabs_show_one_kind_of_result(alice):
    batch = looked_through(alice)
    assert "1.xml" not in page(alice, batch=batch, query="?show=refused")
    assert "bad.pdf" in page(alice, batch=batch, query="?show=refused")
    assert "1.xml" in page(alice, batch=batch, query="?show=nonsense")


def test_it_is_sent_once_however_often_the_button_is_pressed(alice):
    batch = looked_through(alice)
    url = reverse("send-batch", args=[batch.public_id])
    alice.post(url)
    batching.work(seconds=60)
    again = alice.post(url, follow=True).content.decode()
    assert "decided about already" in again
    assert Document.objects.count() == 1
    assert "Queued" in page(alice, batch=batch)


def test_it_can_be_discarded(alice):
    batch = looked_through(alice)
    shown = alice.post(reverse("discard-batch", args=[batch.public_id]), follow=True).content.decode()
    assert "Nothing of it was sent" in shown
    assert alice.post(reverse("send-batch", args=[batch.public_id])).status_code == 302
    batching.work(seconds=60)
    assert not Document.objects.exists()


def test_a_service_that_was_switched_off_meanwhile_sends_nothing(alice, world):
    batch = looked_through(alice)
    world.acme.deactivate()
    shown = alice.post(reverse("send-batch", args=[batch.public_id]), follow=True).content.decode()
    assert "switched off" in shown
    assert Batch.objects.get().state == "ready"


def test_a_list_may_come_beside_it(alice):
    list_file = SimpleUploadedFile("list.csv", LIST)
    batch = looked_through(alice, zipped({"a.pdf": pdf()}), list_file=list_file)
    assert batch.items.get().facts["number"] == "77"


def test_the_report_tells_what_became_of_each(alice):
    batch = looked_through(alice)
    alice.post(reverse("send-batch", args=[batch.public_id]))
    batching.work(seconds=60)
    response = alice.get(reverse("batch-report", args=[batch.public_id]))
    assert "attachment" in response["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert [(row[0], row[1], row[6]) for row in rows[1:]] == [
        ("1.xml", "Accepted", "Queued"),
        ("bad.pdf", "Cannot be sent", ""),
    ]
    assert rows[1][8].endswith(reverse("document", args=[Document.objects.get().public_id]))


def test_formulas_do_not_run_in_the_report(alice):
    batch = looked_through(alice, zipped({"=cmd.pdf": pdf()}))
    assert "'=cmd.pdf" in alice.get(reverse("batch-report", args=[batch.public_id])).getvalue().decode()


@pytest.mark.parametrize(("content", "sentence"), [(None, "Choose the file"), (b"", "The file is empty")])
def test_a_wrong_form_says_what_to_do(alice, world, content, sentence):
    data = {} if content is None else {"file": SimpleUploadedFile("batch.zip", content)}
    response = alice.post(reverse("new-batch"), data | {"company": world.acme.pk})
    assert response.status_code == 400
    assert sentence in response.content.decode()


@override_settings(MAX_BATCH_MB=1)
def test_a_batch_that_is_too_large_is_not_even_read(alice):
    response = bring(alice, b"x" * 3 * 1024 * 1024)
    assert response.status_code == 413
    assert "more than 1 MB" in response.content.decode()
    assert not Batch.objects.exists()


def test_a_viewer_sees_batches_and_sends_none(alice, client, world):
    batch = looked_through(alice)
    client.force_login(world.bob)
    assert "Send 1 document" not in page(client, batch=batch)
    assert bring(client).status_code == 404
    for name in ("send-batch", "discard-batch"):
        assert client.post(reverse(name, args=[batch.public_id])).status_code == 404


def test_others_see_nothing_of_it(alice, client, world):
    batch = looked_through(alice)
    client.force_login(world.mallory)
    assert "batch.zip" not in page(client, "batches")
    for name in ("batch", "batch-report"):
        assert client.get(reverse(name, args=[batch.public_id])).status_code == 404


def test_thousands_of_documents_are_paged_and_cost_a_few_queries(alice, django_assert_max_num_queries):
    files = {f"{n}.xml": finvoice(str(n)) for n in range(60)}
    batch = looked_through(alice, zipped(files))
    with django_assert_max_num_queries(12):
        assert "1–50 of 60" in page(alice, batch=batch)
