"""A watched folder: complete files only, each once, and never without a word."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from distribution.models import Company
from documents import intake, watching
from documents.models import Document
from portal import processes
from tests.conftest import wait_until, worker_environment
from tests.einvoice import finvoice
from tests.world import World, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def put(folder, name, content, *, age=100):
    """A file that was last changed `age` seconds ago."""
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)
    return path


def look(folder, world, names=None):
    return dict(watching.look(folder, world.acme, names))


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_is_taken_in_and_moved(folder, world):
    put(folder, "lasku.xml", finvoice("2026-1"))
    assert look(folder, world) == {"lasku.xml": "Invoice 2026-1 was taken in."}
    assert files_in(folder) == ["done/lasku.xml"]
    document = Document.objects.get()
    assert (document.number, document.source) == ("2026-1", "folder")
    assert document.deliveries.get().address == "office@baker.example"


def test_what_is_refused_has_the_reason_beside_it(folder, world):
    put(folder, "notes.pdf", b"hello")
    assert "not a PDF" in look(folder, world)["notes.pdf"]
    assert files_in(folder) == ["refused/notes.pdf", "refused/notes.pdf.txt"]
    assert "not a PDF" in (folder / "refused/notes.pdf.txt").read_text()


def test_of_several_invoices_in_a_file_the_good_ones_are_sent(folder, world):
    put(folder, "laskut.xml", finvoice("1") + finvoice("x" * 101) + finvoice("3"))
    told = look(folder, world)["laskut.xml"]
    assert "Invoice 1 was taken in" in told
    assert "laskut-2.xml: The number is longer" in told
    assert files_in(folder) == ["done/laskut.xml", "refused/laskut-2.xml", "refused/laskut-2.xml.txt"]
    assert Document.objects.count() == 2


def test_a_file_that_still_changes_is_left_alone(folder, world):
    put(folder, "lasku.xml", finvoice(), age=0)
    assert look(folder, world) == {}
    os.utime(folder / "lasku.xml", (time.time() - watching.SETTLED_AFTER - 1,) * 2)
    assert "taken in" in look(folder, world)["lasku.xml"]


def test_half_a_file_is_waited_for_and_then_refused(folder, world):
    path = put(folder, "lasku.xml", finvoice()[:300], age=10)
    assert look(folder, world) == {}
    put(folder, "lasku.xml", finvoice(), age=10)
    assert "taken in" in look(folder, world)["lasku.xml"]
    put(folder, "other.xml", finvoice()[:300], age=watching.PATIENCE + 1)
    assert look(folder, world)["other.xml"]
    assert not path.exists()


@pytest.mark.parametrize("name", ["a.xml.tmp", "a.pdf.part", "a.filepart", ".a.xml", "~a.xml", "a.xml~"])
def test_unfinished_files_are_left_alone(folder, world, name):
    put(folder, name, finvoice())
    assert look(folder, world) == {}


def test_links_and_folders_are_left_alone(folder, world, tmp_path):
    secret = put(tmp_path, "secret.xml", finvoice())
    (folder / "link.xml").symlink_to(secret)
    (folder / "sub").mkdir()
    assert look(folder, world) == {}


def test_a_file_that_another_watcher_has_is_left_alone(folder, world):
    path = put(folder, "lasku.xml", finvoice())
    with watching._locked(path):
        assert look(folder, world) == {}
    assert "taken in" in look(folder, world)["lasku.xml"]


def test_earlier_files_of_the_same_name_are_kept(folder, world):
    for number in "12":
        put(folder, "lasku.xml", finvoice(number))
        look(folder, world)
    assert files_in(folder) == ["done/lasku (2).xml", "done/lasku.xml"]


def test_the_same_invoice_in_another_file_is_held(folder, world):
    put(folder, "1.xml", finvoice("1"))
    put(folder, "again.xml", finvoice("1"), age=50)
    assert "held, because it was received before" in look(folder, world)["again.xml"]
    assert Document.objects.held().count() == 1


def test_while_the_service_is_off_nothing_is_taken_and_nothing_lost(folder, world):
    put(folder, "lasku.xml", finvoice())
    Company.objects.update(activated_at=None)
    world.acme.refresh_from_db()
    with pytest.raises(intake.ServiceOff):
        look(folder, world)
    assert files_in(folder) == ["lasku.xml"]


def test_a_service_that_is_switched_off_during_a_look_leaves_the_rest_where_it_is(folder, world):
    put(folder, "1.xml", finvoice("1"), age=200)
    put(folder, "2.xml", finvoice("2"))
    looking = watching.look(folder, world.acme)
    next(looking)
    Company.objects.update(activated_at=None)
    with pytest.raises(intake.ServiceOff):
        list(looking)
    assert files_in(folder) == ["2.xml", "done/1.xml"]
    assert Document.objects.count() == 1


def test_one_that_was_killed_before_it_moved_the_file_leaves_no_second_mail(folder, world, monkeypatch):
    put(folder, "lasku.xml", finvoice())
    with monkeypatch.context() as dying:
        dying.setattr(watching, "_move", die)
        with pytest.raises(Killed):
            look(folder, world)
    look(folder, world)
    assert Document.objects.count() == 1
    assert files_in(folder) == ["done/lasku.xml"]


def die(*_arguments):
    raise Killed


class Killed(BaseException):
    """As a kill is: nothing catches it."""


def test_a_file_that_is_put_back_is_not_swallowed(folder, world):
    put(folder, "lasku.xml", finvoice())
    look(folder, world)
    (folder / "done/lasku.xml").rename(folder / "lasku.xml")
    assert "is held" in look(folder, world)["lasku.xml"]


def test_a_name_as_long_as_they_may_be_stops_nothing(folder, world):
    put(folder, "ä" * 125 + ".xml", b"<no/>")
    put(folder, "lasku.xml", finvoice(), age=50)
    look(folder, world)
    assert Document.objects.count() == 1
    assert [name for name in files_in(folder) if name.endswith(".txt")]


def test_a_file_that_is_too_large_is_not_even_read(folder, world):
    path = folder / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(10**12)
    os.utime(path, (time.time() - 100,) * 2)
    assert "more than 25 MB" in look(folder, world)["huge.pdf"]


@pytest.mark.parametrize(
    ("pattern", "name", "known"),
    [
        ("{customer_number}_{number}", "1001_2026-17.pdf", ("1001", "2026-17")),
        ("{number} {customer_number}", "2026-17 1001.pdf", ("1001", "2026-17")),
        ("lasku-{number}", "lasku-2026-17.pdf", ("", "2026-17")),
        ("{customer_number}_{number}", "nothing of the kind.pdf", ("", "nothing of the kind")),
    ],
)
def test_file_names_may_say_something(folder, world, pattern, name, known):
    put(folder, name, pdf())
    look(folder, world, watching.pattern_of(pattern))
    document = Document.objects.get()
    assert (document.customer_number, document.number) == known


class TestTheCommand:
    @pytest.mark.django_db(transaction=True)  # it opens connections of its own
    def test_it_tells_what_became_of_each_file(self, folder, world, capsys):
        put(folder, "lasku.xml", finvoice())
        call_command("watch", str(folder), company="Acme Oy", once=True)
        assert "lasku.xml: Invoice 2026-1 was taken in." in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"company": "Nobody"}, "There is no company"),
            ({"company": "Acme Oy", "names": "{color}"}, "takes a pattern"),
            ({"company": "Acme Oy", "names": "lasku"}, "takes a pattern"),
        ],
    )
    def test_wrong_arguments_say_what_to_do(self, folder, world, arguments, sentence):
        with pytest.raises(CommandError, match=sentence):
            call_command("watch", str(folder), once=True, **arguments)

    def test_a_folder_that_is_not_there_is_told(self, tmp_path, world):
        with pytest.raises(CommandError, match="There is no folder"):
            call_command("watch", str(tmp_path / "none"), company="Acme Oy", once=True)


@pytest.mark.django_db(transaction=True)
def test_two_watchers_one_of_them_killed_take_every_file_once(folder, world, tmp_path):
    for number in range(30):
        put(folder, f"{number}.xml", finvoice(f"F-{number}"))
    with (tmp_path / "log").open("wb") as log:
        first, second = (start_watcher(folder, log) for _watcher in range(2))
        try:
            wait_until(lambda: Document.objects.count() >= 3, seconds=60)
            processes.kill(first)
            wait_until(lambda: len(list((folder / "done").glob("*.xml"))) == 30, seconds=60)
        finally:
            for watcher in (first, second):
                processes.stop(watcher, patience=5)
    assert sorted(Document.objects.values_list("number", flat=True)) == sorted(f"F-{n}" for n in range(30))
    assert files_in(folder) == sorted(f"done/{number}.xml" for number in range(30))


def start_watcher(folder: Path, log):
    command = [sys.executable, "manage.py", "watch", str(folder), "--company=Acme Oy"]
    return processes.start(
        command,
        cwd=settings.BASE_DIR,
        env=worker_environment({}),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )


def test_a_reason_is_not_written_through_a_link(folder, world, tmp_path):
    (folder / "refused").mkdir()
    (folder / "refused" / "a.pdf.txt").symlink_to(tmp_path / "elsewhere")
    put(folder, "a.pdf", b"nothing")
    look(folder, world)
    assert not (tmp_path / "elsewhere").exists()
    assert (folder / "refused" / "a (2).pdf.txt").read_text().strip()


@pytest.mark.parametrize("sub", ["done", "refused"])
def test_nothing_is_moved_through_a_link_to_another_companys_folder(folder, world, tmp_path, sub):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (folder / sub).symlink_to(theirs)
    put(folder, "a.xml", finvoice("2026-1"))
    put(folder, "b.pdf", b"nothing")
    with pytest.raises(NotADirectoryError):
        look(folder, world)
    assert not files_in(theirs)
    assert not Document.objects.exists()
