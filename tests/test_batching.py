"""Batches: nothing is sent before somebody has seen it, and nothing is sent twice."""

import tracemalloc
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.utils.timezone import now

from distribution.models import BlockedAddress, Company, LeaseLost
from documents import batching, contents, intake, preparing, previewing
from documents.models import Batch, BatchItem, Delivery, Document, OutboundMail
from tests.archives import zipped
from tests.einvoice import finvoice
from tests.world import World, pdf

pytestmark = pytest.mark.django_db

MB = 1024 * 1024
LIST = b"file;number;customer_number;email;kind;attachments\n"


@pytest.fixture
def world():
    return World()


def brought(world, files, *, name="batch.zip", list_file=b"", **facts):
    """A batch that was brought and looked through; `files` as for a ZIP, or the bytes of another file."""
    content = files if isinstance(files, bytes) else zipped(files)
    batch = Batch.objects.create(
        company=world.acme,
        name=name,
        file=ContentFile(content, name),
        list_file=ContentFile(list_file, "list.csv") if list_file else "",
        created_by=world.alice,
        **facts,
    )
    batching.work(seconds=60)
    batch.refresh_from_db()
    return batch


def sent(world, files, **facts):
    """A batch that was looked through and sent."""
    batch = brought(world, files, **facts)
    assert batch.confirm(world.alice)
    batching.work(seconds=60)
    batch.refresh_from_db()
    return batch


def states(batch):
    return {item.name: item.state for item in batch.items.all()}


def notes(batch):
    return " ".join(item.note for item in batch.items.all())


class TestPreview:
    def test_it_says_what_would_be_sent_to_whom_and_sends_nothing(self, world):
        batch = brought(
            world,
            {"1.xml": finvoice("1"), "2.xml": finvoice("2", customer_number="9", address="a@b.example")},
        )
        assert batch.state == Batch.State.READY
        told = [(item.name, item.facts["number"], item.recipients, item.state) for item in batch.items.all()]
        assert told == [
            ("1.xml", "1", "office@baker.example", "ready"),
            ("2.xml", "2", "a@b.example", "ready"),
        ]
        assert not Document.objects.exists()

    def test_what_is_missing_and_what_is_refused_is_told_beside_the_good_ones(self, world):
        batch = brought(
            world, {"good.xml": finvoice(), "who.pdf": pdf("x"), "bad.pdf": b"no", "old.zip": zipped({})}
        )
        assert states(batch) == {
            "good.xml": "ready",
            "who.pdf": "nobody",
            "bad.pdf": "refused",
            "old.zip": "refused",
        }
        assert "There is no e-mail address" in notes(batch)
        assert "not a PDF" in notes(batch)
        assert "ZIP file inside the ZIP file" in notes(batch)

    def test_an_unknown_customer_number_is_named(self, world):
        batch = brought(world, {"1.xml": finvoice(customer_number="404")})
        assert "No customer has the number 404" in batch.items.get().note

    def test_bad_and_blocked_addresses_are_named(self, world):
        BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        batch = brought(
            world, {"1.xml": finvoice(), "2.xml": finvoice("2", customer_number="", address="a@b")}
        )
        assert "office@baker.example is blocked" in notes(batch)
        assert "“a@b” is no e-mail address" in notes(batch)

    def test_one_xml_file_may_hold_many_invoices(self, world):
        batch = brought(world, finvoice("1") + finvoice("2"), name="laskut.xml")
        assert [(i.name, i.facts["number"]) for i in batch.items.all()] == [
            ("laskut.xml · 1", "1"),
            ("laskut.xml · 2", "2"),
        ]

    def test_litter_and_folders_are_passed_over(self, world):
        files = {"a/1.xml": finvoice(), "__MACOSX/a/._1.xml": b"x", ".DS_Store": b"x", "a/Thumbs.db": b"x"}
        assert states(brought(world, files)) == {"1.xml": "ready"}

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"hello", "is neither"),
            (pdf(), "is neither"),
            (zipped({"1.xml": finvoice()})[:-30], "damaged"),
            (b"PK\x03\x04 and nothing more", "damaged"),
            (zipped({"list.csv": b"name;x\n1;2\n"}), "has no heading “file”. It says: name, x."),
            (zipped({"list.csv": b"name;x\n1;2\n"}), "file, number, customer_number, email, kind, attach"),
            (zipped({"list.csv": b"file;" + b"x;" * 10**6}), "Line 1 has more than 130000 characters"),
        ],
    )
    def test_what_is_no_batch_is_told_so_and_not_kept(self, world, content, sentence):
        batch = brought(world, content)
        assert batch.state == Batch.State.FAILED
        assert sentence in batch.problem
        assert not batch.file

    def test_large_files_are_looked_at_one_by_one(self, world):
        padding = b"%" * MB + b"\nstartxref"
        files = {f"{n}.pdf": pdf(str(n)).replace(b"startxref", padding) for n in range(40)}
        brought(world, {})  # what is loaded once
        packed = zipped(files, compression=zipfile.ZIP_DEFLATED)
        tracemalloc.start()
        batch = brought(world, packed)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert batch.counts()["nobody"] == 40
        assert most < 25 * MB

    @pytest.mark.parametrize("files", [{}, {"list.csv": LIST}, {"bad.pdf": b"no"}])
    def test_where_there_is_nothing_to_send_nobody_is_waited_for(self, world, files):
        batch = brought(world, files)
        assert batch.state == Batch.State.NOTHING
        assert batch.finished_at
        assert not batch.file
        assert not batch.confirm(world.alice)


class TestTheList:
    def test_it_says_what_is_known_of_each_file(self, world):
        rows = LIST + b"a.pdf;77;1001;;reminder;\nb.pdf;78;;b@c.example; d@e.example;;\n"
        rows = LIST + b'a.pdf;77;1001;;reminder;\nb.pdf;78;;"b@c.example; d@e.example";;\n'
        batch = brought(world, {"a.pdf": pdf("a"), "b.pdf": pdf("b"), "list.csv": rows})
        told = [(i.facts["number"], i.facts["kind"], i.recipients) for i in batch.items.all()]
        assert told == [
            ("77", "reminder", "office@baker.example"),
            ("78", "invoice", "b@c.example; d@e.example"),
        ]

    def test_it_may_lie_beside_the_archive(self, world):
        batch = brought(world, {"a.pdf": pdf()}, list_file=LIST + b"A.PDF;77;1001;;;\n")
        assert batch.items.get().facts["number"] == "77"

    def test_it_attaches_files_to_documents(self, world):
        rows = LIST + b"a.pdf;77;1001;;;hours.txt\n"
        batch = sent(world, {"a.pdf": pdf(), "hours.txt": b"7,5 h", "list.csv": rows})
        assert [file.name for file in Document.objects.get().files.all()] == ["a.pdf", "hours.txt"]
        assert batch.items.count() == 1

    @pytest.mark.parametrize(
        ("rows", "sentence"),
        [
            (b"a.pdf;1;1001;;;\ngone.pdf;2;;;;\n", "on row 3, but it is not in the batch"),
            (b"a.pdf;1;1001;;;\na.pdf;2;;;;\n", "on several rows"),
            (b"other.pdf;1;1001;;;\n", "does not name this file, nor does it say itself"),
            (b"a.pdf;1;1001;;letter;\n", "no document type"),
            (b"a.pdf;1;1001;;;gone.txt\n", "“gone.txt” is not in the batch"),
            (b";1;1001;;;\n", "names no file here"),
        ],
    )
    def test_where_it_and_the_files_do_not_agree_that_is_told(self, world, rows, sentence):
        batch = brought(world, {"a.pdf": pdf(), "list.csv": LIST + rows})
        assert sentence in notes(batch)
        assert batch.counts()["refused"] >= 1

    def test_an_attachment_that_has_a_row_of_its_own_is_a_document_too(self, world):
        rows = LIST + b"a.pdf;77;1001;;;b.pdf\nb.pdf;78;1001;;;\n"
        sent(world, {"a.pdf": pdf("a"), "b.pdf": pdf("b"), "list.csv": rows})
        told = {d.number: [file.name for file in d.files.all()] for d in Document.objects.all()}
        assert told == {"77": ["a.pdf", "b.pdf"], "78": ["b.pdf"]}

    def test_a_single_xml_file_has_nothing_to_attach(self, world):
        rows = LIST + b"lasku.xml;;;;;lasku.xml\n"
        batch = brought(world, finvoice("1"), name="lasku.xml", list_file=rows)
        assert states(batch) == {"lasku.xml": "refused"}
        assert "cannot be attached" in notes(batch)

    def test_more_attachments_than_a_document_may_have_are_not_even_read(self, world):
        names = [f"{n}.txt" for n in range(21)]
        rows = LIST + f'a.pdf;77;1001;;;"{";".join(names)}"\n'.encode()
        files = {"a.pdf": pdf(), "list.csv": rows} | dict.fromkeys(names, b"x" * MB)
        packed = zipped(files, compression=zipfile.ZIP_DEFLATED)
        tracemalloc.start()
        batch = brought(world, packed)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert "at most 20 attachments" in notes(batch)
        assert most < 15 * MB

    def test_what_it_does_not_name_goes_as_it_says_itself_and_that_is_told(self, world):
        rows = LIST + b"a.pdf;77;1001;;;\nhad.xml;;;else@where.example;reminder;\n"
        files = {
            "a.pdf": pdf("a"),
            "had.xml": finvoice("1", customer_number="404"),
            "not.xml": finvoice("2"),
            "nobody.xml": finvoice("3", customer_number=""),
            "nothing.pdf": pdf("b"),
            "list.csv": rows,
        }
        batch = brought(world, files)
        assert states(batch) == {
            "a.pdf": "ready",
            "had.xml": "ready",
            "not.xml": "ready",
            "nobody.xml": "refused",
            "nothing.pdf": "refused",
        }
        [unlisted] = batch.items.to_send().unlisted()
        assert (unlisted.name, unlisted.facts["number"]) == ("not.xml", "2")
        assert unlisted.recipients == "office@baker.example"
        assert "It is not in the list, so it goes as it says itself." in unlisted.note
        assert not [item for item in batch.items.exclude(pk=unlisted.pk) if "goes as it says" in item.note]
        assert batch.items.get(name="had.xml").recipients == "else@where.example"
        batch.confirm(world.alice)
        batching.work(seconds=60)
        assert sorted(Document.objects.values_list("number", flat=True)) == ["1", "2", "77"]

    def test_two_files_of_one_name_are_not_guessed_about(self, world):
        files = {"x/a.pdf": pdf("1"), "y/a.pdf": pdf("2"), "list.csv": LIST + b"a.pdf;1;1001;;;\n"}
        assert "Two files in the batch are called “a.pdf”" in notes(brought(world, files))


class TestSending:
    def test_everything_good_is_taken_in_and_goes_out(self, world):
        batch = sent(world, {"1.xml": finvoice("1"), "bad.pdf": b"no", "who.pdf": pdf()})
        assert (batch.state, states(batch)) == (
            "done",
            {"1.xml": "taken", "bad.pdf": "refused", "who.pdf": "taken"},
        )
        assert OutboundMail.objects.open().count() == 1
        assert Delivery.objects.rejected().get().cause == "no_recipient"
        assert {document.source for document in Document.objects.all()} == {"batch"}
        assert {document.received_from for document in Document.objects.all()} == {world.alice}
        assert not batch.file

    def test_the_same_batch_again_sends_nothing_twice(self, world):
        files = {"1.xml": finvoice("1"), "2.pdf": pdf("2")}
        sent(world, files)
        again = brought(world, files)
        assert set(states(again).values()) == {"known"}
        assert "received before" in notes(again)
        again.confirm(world.alice)
        batching.work(seconds=60)
        assert Document.objects.count() == 2

    def test_the_same_document_twice_in_a_batch_is_sent_once(self, world):
        batch = sent(world, [("1.xml", finvoice("1")), ("copy.xml", finvoice("1"))])
        assert states(batch) == {"1.xml": "taken", "copy.xml": "known"}
        assert OutboundMail.objects.count() == 1

    @pytest.mark.parametrize(
        ("mode", "preview", "result", "held"),
        [
            ("hold", "repeated", "taken", True),
            ("refuse", "refused", "refused", None),
            ("allow", "ready", "taken", False),
        ],
    )
    def test_what_was_received_before_is_done_with_as_the_company_wants(
        self, world, mode, preview, result, held
    ):
        world.document("1", kind="invoice")
        Company.objects.update(duplicates=mode)
        world.acme.refresh_from_db()
        batch = brought(world, {"1.xml": finvoice("1")})
        assert states(batch) == {"1.xml": preview}
        assert "received before" in notes(batch)
        batch.confirm(world.alice)
        batching.work(seconds=60)
        item = batch.items.get()
        assert item.state == result
        assert (item.document and item.document.is_held) is held

    def test_a_service_that_is_switched_off_meanwhile_sends_nothing_more(self, world, monkeypatch):
        monkeypatch.setattr(batching, "CHUNK", 1)
        batch = brought(world, {f"{n}.xml": finvoice(str(n)) for n in range(3)})
        batch.confirm(world.alice)
        monkeypatch.setattr(contents.Contents, "load", switched_off_at(2, contents.Contents.load))
        batching.work(seconds=60)
        assert states(batch) == {"0.xml": "taken", "1.xml": "refused", "2.xml": "refused"}
        assert "is not active for Acme Oy" in notes(batch)
        assert Document.objects.count() == 1

    def test_what_another_batch_took_in_just_before_is_not_said_to_be_new(self, world):
        files = {"1.xml": finvoice("1"), "2.xml": finvoice("2")}
        late = brought(world, files)
        late.confirm(world.alice)
        with contents.Contents(Batch.objects.get(), preparing.upload_limit(world.acme) * MB) as opened:
            Batch.objects.get().claim()
            late.refresh_from_db()
            chunk = batching._next_chunk(late, opened)
        documents = intake.take_in_all(
            world.acme, [(prepared, item.external_id) for item, prepared in chunk[:1]], source="batch"
        )
        batching._take_in(late, chunk)
        assert states(late) == {"1.xml": "known", "2.xml": "taken"}
        assert late.items.first().document == documents[0]
        assert "received before" in late.items.first().note

    def test_a_second_press_changes_nothing(self, world):
        batch = sent(world, {"1.xml": finvoice()})
        assert not batch.confirm(world.alice)
        assert not batch.discard()

    def test_a_discarded_one_is_not_sent(self, world):
        batch = brought(world, {"1.xml": finvoice()})
        assert batch.discard()
        assert not batch.confirm(world.alice)
        batching.work(seconds=60)
        assert not Document.objects.exists()


class TestWorkersThatDie:
    def test_the_next_one_goes_on_where_it_was_looked_through(self, world, monkeypatch):
        monkeypatch.setattr(previewing, "CHUNK", 1)
        dying = Dying(2)
        monkeypatch.setattr(contents.Contents, "documents_in", dying(contents.Contents.documents_in))
        files = {f"{n}.xml": finvoice(str(n)) for n in range(4)}
        with pytest.raises(Killed):
            brought(world, files)
        Batch.objects.update(claimed_until=None)
        batching.work(seconds=60)
        batch = Batch.objects.get()
        assert batch.state == "ready"
        assert [item.name for item in batch.items.all()] == list(files)

    def test_the_next_one_goes_on_where_it_was_sent(self, world, monkeypatch):
        monkeypatch.setattr(batching, "CHUNK", 1)
        files = {f"{n}.xml": finvoice(str(n)) for n in range(4)}
        batch = brought(world, files)
        batch.confirm(world.alice)
        dying = Dying(2)
        monkeypatch.setattr(contents.Contents, "load", dying(contents.Contents.load))
        with pytest.raises(Killed):
            batching.work(seconds=60)
        assert Document.objects.count() == 2
        Batch.objects.update(claimed_until=None)
        batching.work(seconds=60)
        assert set(states(batch).values()) == {"taken"}
        assert sorted(Document.objects.values_list("number", flat=True)) == ["0", "1", "2", "3"]

    def test_a_large_batch_is_done_in_turns(self, world, monkeypatch):
        monkeypatch.setattr(previewing, "CHUNK", 1)
        brought(world, {})
        Batch.objects.create(
            company=world.acme,
            name="b.zip",
            file=ContentFile(zipped({f"{n}.xml": finvoice(str(n)) for n in range(3)}), "b.zip"),
        )
        assert [batching.work(seconds=-1) for _turn in range(4)] == [True, True, True, False]
        assert Batch.objects.get(name="b.zip").counts()["ready"] == 3

    def test_who_was_too_slow_stops(self, world):
        batch = brought(world, {"1.xml": finvoice()})
        batch.confirm(world.alice)
        slow = Batch.objects.get()
        assert slow.claim()
        Batch.objects.update(claimed_until=now())  # another worker has it now
        with pytest.raises(LeaseLost):
            batching.send(slow)
        assert not Document.objects.exists()

    def test_a_file_that_kills_its_workers_does_not_do_so_for_ever(self, world):
        batch = brought(world, {"1.xml": finvoice()})
        batch.confirm(world.alice)
        Batch.objects.update(tries=3)
        batching.work(seconds=60)
        batch.refresh_from_db()
        assert batch.state == Batch.State.FAILED
        assert "on our side" in batch.problem


class Killed(BaseException):
    """As a kill is: nothing catches it."""


def switched_off_at(number, function):
    """The function, and at its so-manieth call somebody switches every service off."""
    calls = []

    def counted(*args):
        calls.append(args)
        if len(calls) == number:
            Company.objects.update(activated_at=None)
        return function(*args)

    return counted


class Dying:
    """Lets a function be called so often, and then never more."""

    def __init__(self, times):
        self.left = times

    def __call__(self, function):
        def counted(*args):
            if self.left == 0:
                self.left = -1
                raise Killed
            self.left -= 1
            return function(*args)

        return counted


def test_items_count_what_there_is(world):
    batch = brought(world, {"1.xml": finvoice(), "x.pdf": b"no"})
    assert {state: n for state, n in batch.counts().items() if n} == {"ready": 1, "refused": 1}
    assert BatchItem.objects.count() == 2


@pytest.mark.parametrize(
    ("times", "sentence"), [(3, "more than 25 MB together"), (21, "at most 20 attachments")]
)
def test_a_list_that_attaches_a_large_file_many_times_is_refused_before_it_is_read(world, times, sentence):
    row = b"a.pdf;1;1001;;;" + b'"' + b"b.txt;" * times + b'"' + b"\n"
    files = {"list.csv": LIST + row, "a.pdf": pdf("1"), "b.txt": b"x" * 10_000_000}
    batch = brought(world, files)
    assert sentence in notes(batch)
    assert set(states(batch).values()) == {"refused"}
