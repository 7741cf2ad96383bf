"""What comes in: taken, refused with a sentence, or held; never half."""

import io
from datetime import timedelta
from email import message_from_bytes as parsed

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils.timezone import now
from pypdf import PdfReader, PdfWriter

from distribution.models import Company
from documents import intake, message, preparing, remedying
from documents.models import Delivery, Document, DocumentFile, OutboundMail
from tests.world import World, pdf

pytestmark = pytest.mark.django_db

MB = 1024 * 1024


@pytest.fixture
def world():
    return World()


def locked_pdf(user_password):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt(user_password=user_password, owner_password="owner")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"hello", "not a PDF"),
        (b"PK\x03\x04 a zip file", "not a PDF"),
        (b"%PDF-1.7\n" + b"\x00garbage" * 500, "damaged"),
        (pdf()[:400], "damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(world, content, sentence):
    with pytest.raises(intake.Refused, match=sentence):
        intake.receive(world.acme, intake.Facts("1"), content, "x.pdf", source="browser")
    assert not Document.objects.exists()


def test_a_pdf_that_asks_for_a_password_is_refused(world):
    with pytest.raises(intake.Refused, match="password"):
        world.document(content=locked_pdf("secret"))


def test_a_pdf_that_everybody_can_open_but_not_change_is_taken(world):
    assert world.document(content=locked_pdf("")).deliveries.count() == 1


def test_a_pdf_is_known_by_its_content_not_by_its_name(world):
    document = intake.receive(world.acme, intake.Facts("1"), pdf(), "invoice.exe", source="browser")
    assert document.original.name == "invoice.exe.pdf"


def test_a_file_over_the_limit_is_refused(world):
    with override_settings(MAX_UPLOAD_MB=1), pytest.raises(intake.Refused, match="1 MB is the most"):
        world.document(content=pdf() + b" " * MB)


def test_a_company_may_have_a_lower_limit_of_its_own(world):
    world.acme.attachment_limit, world.acme.above_limit = 1, "refuse"
    with pytest.raises(intake.Refused, match="1 MB is the most"):
        world.document(content=pdf() + b" " * MB)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("lasku.pdf", "lasku.pdf"),
        ("Lasku ä ö å.PDF", "Lasku ä ö å.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Laskut\\2026\\lasku.pdf", "lasku.pdf"),
        ("a\x00b\r\nc.pdf", "a b c.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("lasku.2026.10", "lasku.2026.10.pdf"),
        ("", "document.pdf"),
        (".pdf", "document.pdf"),
        ("///", "document.pdf"),
    ],
)
def test_file_names_are_made_harmless(given, kept):
    assert preparing.clean_name(given, ".pdf") == kept


def test_nothing_from_outside_gets_into_a_path(world):
    document = intake.receive(world.acme, intake.Facts("1"), pdf(), "../../x/ä.pdf", source="browser")
    assert document.original.file.name.startswith(f"documents/{world.acme.pk}/")
    assert ".." not in document.original.file.name


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"number": "x" * 101}, "longer than 100"),
        ({"number": "1\x00"}, "cannot be shown"),
        ({"number": "lasku-\udce4"}, "cannot be shown"),
        ({"number": "1", "kind": "letter"}, "no document type"),
        ({"number": "1", "customer_number": "9" * 51}, "longer than 50"),
        ({"number": "1", "addresses": "x" * 2001}, "longer than 2000"),
    ],
)
def test_wrong_facts_are_refused_with_what_to_do(world, facts, sentence):
    with pytest.raises(intake.Refused, match=sentence):
        intake.receive(world.acme, intake.Facts(**facts), pdf(), "x.pdf", source="browser")


@pytest.mark.parametrize("number", ["", "  "])
def test_without_a_number_the_name_of_the_file_is_the_number(world, number):
    facts = intake.Facts(number)
    assert intake.receive(world.acme, facts, pdf(), "2026-17.pdf", source="browser").number == "2026-17"


def test_a_company_whose_service_is_off_is_told_so(world):
    world.acme.deactivate()
    with pytest.raises(intake.ServiceOff, match="not active"):
        world.document()
    assert not DocumentFile.objects.exists()


def test_a_service_that_was_switched_off_since_it_was_asked_about_takes_nothing(world):
    Company.objects.get(pk=world.acme.pk).deactivate()
    assert world.acme.is_active, "as whoever read it before knows it"
    with pytest.raises(intake.ServiceOff, match="not active"):
        world.document()
    assert not Document.objects.exists()


def test_the_same_external_id_is_received_once(world):
    first = world.document(external_id="A")
    assert world.document(external_id="A") == first
    assert world.document(external_id="B") != first
    world.customer("1001", company=world.globex)
    assert world.document(external_id="A", company=world.globex) != first


class TestDuplicates:
    def test_the_same_number_and_type_is_held_and_not_sent(self, world):
        first = world.document("77")
        again = world.document("77")
        assert again.is_held
        assert again.duplicate_of == first
        assert OutboundMail.objects.count() == 1

    def test_another_type_or_company_is_another_document(self, world):
        world.document("77")
        assert not world.document("77", kind="reminder", content=pdf("Reminder 77")).is_held
        assert not world.document("77", company=world.globex).is_held

    @pytest.mark.parametrize(
        ("starts", "first", "second", "held"),
        [
            (1, "2026-02-01", "2026-12-31", True),
            (1, "2026-12-31", "2027-01-02", False),
            (5, "2026-12-31", "2027-01-02", True),
            (5, "2026-04-29", "2026-05-02", False),
        ],
    )
    def test_only_within_a_fiscal_year(self, world, starts, first, second, held):
        world.acme.fiscal_year_starts = starts
        world.acme.save()
        with time_machine.travel(f"{first}T12:00Z", tick=False):
            world.document("77")
        with time_machine.travel(f"{second}T12:00Z", tick=False):
            assert world.document("77").is_held is held

    def test_the_same_file_for_the_same_customer_is_held_whatever_its_number(self, world):
        first = world.document("77", content=pdf("x"))
        assert world.document("78", content=pdf("x")).duplicate_of == first

    @pytest.mark.parametrize("other", [{"customer_number": "1002"}, {"addresses": "a@x.example"}])
    def test_the_same_file_for_somebody_else_is_another_document(self, world, other):
        world.document("77", content=pdf("x"))
        assert not world.document("78", content=pdf("x"), **other).is_held

    def test_a_company_may_have_duplicates_refused(self, world):
        Company.objects.update(duplicates="refuse")
        first = world.document("77")
        with pytest.raises(intake.Duplicate, match="received before, as Invoice 77 on") as refusal:
            world.document("77")
        assert refusal.value.document == first
        assert Document.objects.count() == DocumentFile.objects.count() == 1

    def test_a_company_may_have_duplicates_sent_and_sees_it_all_the_same(self, world):
        Company.objects.update(duplicates="allow")
        first, again = world.document("77"), world.document("77")
        assert (again.is_held, again.duplicate_of) == (False, first)
        assert OutboundMail.objects.count() == 2

    def test_a_resend_is_no_duplicate(self, world):
        Company.objects.update(duplicates="refuse")
        delivery = world.delivery()
        OutboundMail.objects.update(finished_at=now())
        delivery.events.update(received_at=now() - timedelta(minutes=1))
        remedying.resend(delivery, world.alice)
        assert OutboundMail.objects.count() == 2

    def test_send_anyway_sends_it_once(self, world):
        world.document("77")
        again = world.document("77")
        remedying.release(again)
        with pytest.raises(remedying.NotPossible):
            remedying.release(again)
        assert OutboundMail.objects.filter(delivery__document=again).count() == 1

    def test_a_held_one_can_be_dropped(self, world):
        world.document("77")
        again = world.document("77")
        remedying.cancel_held(again, world.alice)
        assert [d.status for d in again.deliveries.all()] == ["cancelled"]
        assert not OutboundMail.objects.open().filter(delivery__document=again).exists()


class TestAttachments:
    def receive(self, world, *files, content=None):
        attachments = [intake.Attachment(name, data) for name, data in files]
        return intake.receive(
            world.acme,
            intake.Facts("1"),
            content or pdf(),
            "x.pdf",
            source="browser",
            attachments=attachments,
        )

    def test_they_are_kept_behind_the_original_and_mailed(self, world):
        photo = b"\xff\xd8\xff photograph"
        document = self.receive(world, ("hours.csv", b"day;h\n1;7,5\n"), ("photo.JPG", photo))
        roles = [(file.role, file.name, file.media_type) for file in document.files.all()]
        assert roles == [
            ("original", "x.pdf", "application/pdf"),
            ("attachment", "hours.csv", "text/csv; charset=utf-8"),
            ("attachment", "photo.jpg", "image/jpeg"),
        ]
        mailed = parsed(
            message.build(OutboundMail(delivery=Delivery(document=document, address="a@b.example")))
        )
        parts = [part for part in mailed.walk() if part.get_filename()]
        assert [part.get_filename() for part in parts] == ["x.pdf", "hours.csv", "photo.jpg"]
        assert parts[2].get_payload(decode=True) == photo

    @pytest.mark.parametrize(
        ("name", "data", "sentence"),
        [
            ("run.exe", b"MZ", "mail systems refuse"),
            ("photo.jpg.exe", b"MZ", "mail systems refuse"),
            ("photo.jpg", b"MZ", "not what its name says"),
            ("notes.txt", b"a\0b", "not what its name says"),
            ("noending", b"x", "mail systems refuse"),
            ("empty.png", b"", "is empty"),
        ],
    )
    def test_what_mail_systems_refuse_is_refused_at_once(self, world, name, data, sentence):
        with pytest.raises(intake.Refused, match=sentence):
            self.receive(world, (name, data))
        assert not Document.objects.exists()

    def test_the_limit_is_for_all_files_together(self, world):
        world.acme.attachment_limit, world.acme.above_limit = 1, "refuse"
        with pytest.raises(intake.Refused, match="1 MB is the most"):
            self.receive(world, ("a.txt", b"x" * MB))

    def test_there_is_an_end_to_their_number(self, world):
        with pytest.raises(intake.Refused, match="at most 20"):
            self.receive(world, *[(f"{n}.txt", b"x") for n in range(21)])


class TestTheCommand:
    def test_it_sends_files_to_a_customer(self, world, tmp_path):
        file = tmp_path / "2026-1.pdf"
        file.write_bytes(pdf())
        call_command("send", str(file), company="acme oy", customer="1001")
        document = Document.objects.get()
        assert (document.number, document.source) == ("2026-1", "command")
        assert document.deliveries.get().address == "office@baker.example"

    def test_and_to_addresses(self, world, tmp_path):
        file = tmp_path / "x.pdf"
        file.write_bytes(pdf())
        call_command("send", str(file), company=str(world.acme.pk), to="a@x.example; b@x.example", number="9")
        assert Document.objects.get().deliveries.count() == 2

    def test_one_bad_file_leaves_the_others_alone(self, world, tmp_path, capsys):
        good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
        good.write_bytes(pdf())
        bad.write_text("no")
        with pytest.raises(CommandError, match="1 of 3"):
            call_command("send", str(bad), str(good), str(good), company="Acme Oy")
        assert Document.objects.count() == 2
        assert Document.objects.held().count() == 1

    def test_an_unknown_company_is_told_which_there_are(self, world, tmp_path):
        with pytest.raises(CommandError, match="Acme Oy"):
            call_command("send", "x.pdf", company="Akme")
