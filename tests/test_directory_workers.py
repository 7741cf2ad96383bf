"""Directory imports under workers that die, meet, or are disturbed; and what becomes of every customer."""

import signal
import threading
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection, connections
from django.utils.timezone import now

from distribution import importing
from distribution.importing import saving
from distribution.models import Customer, CustomerNumber, DirectoryImport, ListAddress
from distribution.models.jobs import LEASE, MOST_TRIES, LeaseLost
from tests.conftest import wait_until
from tests.directories import BAKER_THERE, HEADINGS, directory_of
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


def uploaded(world, content, mode="update"):
    job = DirectoryImport(company=world.acme, name="x.csv", mode=mode, created_by=world.alice)
    job.file.save("x.csv", ContentFile(content.encode()))
    return job


def imported(world, content, mode="update"):
    """The import of a file after its check and its run, with the counts of both the same."""
    job = uploaded(world, content, mode)
    importing.work()
    job.refresh_from_db()
    assert job.confirm(world.alice)
    importing.work()
    job.refresh_from_db()
    assert job.state == "done", job.error
    assert job.expected == job.counts
    return job


def rows(count, name="Customer {}"):
    return HEADINGS + "".join(f"C{n};a{n}@x.example;{name.format(n)};;b{n}@x.example\n" for n in range(count))


def whole(company):
    """Every customer has its name, its number and both addresses."""
    found = directory_of(company)
    return all(
        addresses == [(f"a{number[1:]}@x.example", False), (f"b{number[1:]}@x.example", True)]
        for (number,), (_name, _language, addresses) in found.items()
        if number.startswith("C")
    )


class TestWhatBecomesOfCustomers:
    def test_what_a_file_does_not_have_stays_as_it_is(self, world):
        imported(
            world, "customer_number;email;name;language;copy\n1001;a@x.example;Baker Oy;sv;c@x.example\n"
        )
        imported(world, "customer_number;email\n1001;b@x.example\n")
        assert directory_of(world.acme)["1001",] == (
            "Baker Oy",
            "sv",
            [("b@x.example", False), ("c@x.example", True)],
        )

    def test_an_empty_cell_of_a_column_that_is_there_empties_the_list(self, world):
        imported(world, "customer_number;email;language\n1001;;\n")
        assert directory_of(world.acme) == {("1001",): ("Baker Oy", "", [])}

    def test_a_copy_becomes_a_receiver(self, world):
        imported(world, HEADINGS + "1001;;;;office@baker.example\n")
        assert directory_of(world.acme)["1001",][2] == [("office@baker.example", True)]
        imported(world, HEADINGS + "1001;office@baker.example;;;\n")
        assert directory_of(world.acme) == BAKER_THERE

    def test_a_new_customer_without_a_name_is_called_by_its_number(self, world):
        imported(world, "customer_number;email\n1002;a@x.example\n")
        assert directory_of(world.acme)["1002",][0] == "1002"

    def test_of_a_wrong_row_nothing_is_taken_away(self, world):
        imported(world, HEADINGS + "1001;new@baker.example;no address;xx;bad\n")
        assert directory_of(world.acme)["1001",][2] == [
            ("new@baker.example", False),
            ("office@baker.example", False),
        ]

    def test_a_number_with_two_names_changes_nobody(self, world):
        job = imported(
            world, HEADINGS + "1001;a@x.example;Candle Oy;;\n1001;b@x.example;Dyer Ky;;\n", "replace"
        )
        assert (job.wrong, job.counts["removed"]) == (1, 0)
        assert directory_of(world.acme) == BAKER_THERE

    def test_numbers_join_and_part_customers(self, world):
        world.customer("1002", "b@x.example", name="Candle Oy")
        joined = imported(world, HEADINGS + "1001;1002;a@x.example;;;\n".replace("1001;1002", '"1001;1002"'))
        assert joined.counts == {"new": 0, "changed": 1, "unchanged": 0, "removed": 1}
        assert directory_of(world.acme) == {("1001", "1002"): ("Baker Oy", "", [("a@x.example", False)])}
        parted = imported(world, HEADINGS + "1002;b@x.example;Candle Oy;;\n1001;a@x.example;Baker Oy;;\n")
        assert parted.counts == {"new": 1, "changed": 1, "unchanged": 0, "removed": 0}
        assert set(directory_of(world.acme)) == {("1001",), ("1002",)}

    def test_a_number_that_the_file_does_not_name_stays_unless_everything_is_replaced(self, world):
        CustomerNumber.objects.create(company=world.acme, customer=world.baker, number="1009")
        imported(world, "customer_number;email\n1001;office@baker.example\n")
        assert set(directory_of(world.acme)) == {("1001", "1009")}
        job = imported(world, "customer_number;email\n1001;office@baker.example\n", "replace")
        assert job.counts["changed"] == 1
        assert set(directory_of(world.acme)) == {("1001",)}

    def test_numbers_that_change_places_in_different_chunks(self, world, monkeypatch):
        monkeypatch.setattr(saving, "CHUNK", 1)
        other = world.customer("1002", "b@x.example", name="Candle Oy")
        text = "customer_number;email;name\n1002;office@baker.example;Baker Oy\n1001;b@x.example;Candle Oy\n"
        imported(world, text)
        assert directory_of(world.acme) == {
            ("1002",): ("Baker Oy", "", [("office@baker.example", False)]),
            ("1001",): ("Candle Oy", "", [("b@x.example", False)]),
        }
        assert set(Customer.objects.values_list("pk", flat=True)) == {world.baker.pk, other.pk}


class TestDeadWorkers:
    def begun(self, world, monkeypatch, chunks=2):
        """An import whose worker died after some chunks of ten."""
        monkeypatch.setattr(saving, "CHUNK", 10)
        job = uploaded(world, rows(50), "replace")
        importing.work()
        job.refresh_from_db()
        job.confirm(world.alice)
        save_chunk, left = saving._save_chunk, iter(range(chunks))

        def die_after_some(*arguments):
            if next(left, None) is None:
                raise KeyboardInterrupt
            save_chunk(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(saving, "_save_chunk", die_after_some)
            with pytest.raises(KeyboardInterrupt):
                importing.work()
        job.refresh_from_db()
        return job

    def test_what_a_dead_worker_left_is_taken_up_and_counted_right(self, world, monkeypatch):
        job = self.begun(world, monkeypatch)
        assert (job.state, job.processed, job.new) == ("importing", 20, 20)
        assert whole(world.acme)
        assert importing.work() == 0, "it is still claimed"
        DirectoryImport.objects.update(claimed_until=now() - timedelta(seconds=1))
        assert importing.work() == 1
        job.refresh_from_db()
        assert (job.state, job.counts) == (
            "done",
            {"new": 50, "changed": 0, "unchanged": 0, "removed": 1},
        )
        assert len(directory_of(world.acme)) == 50
        assert whole(world.acme)

    def test_a_worker_that_comes_back_too_late_writes_nothing(self, world, monkeypatch):
        job = self.begun(world, monkeypatch)
        DirectoryImport.objects.update(claimed_until=now() - timedelta(seconds=1))
        other = DirectoryImport.objects.get()
        assert other.claim()
        with pytest.raises(LeaseLost):
            saving.save(job)
        assert len(directory_of(world.acme)) == 21

    def test_only_one_worker_gets_it(self, world):
        uploaded(world, rows(3))
        one, other = DirectoryImport.objects.get(), DirectoryImport.objects.get()
        assert (one.claim(), other.claim()) == (True, False)

    def test_a_file_that_kills_its_workers_is_given_up(self, world):
        job = uploaded(world, rows(3))
        for _try in range(MOST_TRIES):
            DirectoryImport.objects.get().claim()
            DirectoryImport.objects.update(claimed_until=now() - timedelta(seconds=1))
        assert importing.work() == 0
        job.refresh_from_db()
        assert job.state == "failed"
        assert "our side" in job.trouble

    def test_a_fault_of_ours_is_said_and_not_hidden(self, world, monkeypatch):
        job = uploaded(world, rows(3))
        monkeypatch.setattr(importing, "check", lambda job: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            importing.work()
        job.refresh_from_db()
        assert job.state == "failed"

    def test_a_file_that_is_gone(self, world):
        job = uploaded(world, rows(3))
        job.file.storage.delete(job.file.name)
        importing.work()
        job.refresh_from_db()
        assert "not kept any more" in job.trouble


class TestDisturbed:
    @pytest.mark.django_db(transaction=True)
    def test_people_who_save_customers_meanwhile_lose_nothing_and_stop_nothing(self, world, monkeypatch):
        monkeypatch.setattr(saving, "CHUNK", 20)
        job = uploaded(world, rows(400))
        importing.work()
        job.refresh_from_db()
        job.confirm(world.alice)
        is_over = threading.Event()
        added, trouble = [], []

        def somebody():
            number = 0
            while not is_over.is_set():
                number += 1
                try:
                    world.customer(f"V{number}", f"v{number}@y.example")
                    world.customer(f"C{number * 7}", name=f"Mine {number}")
                    added.append(number)
                except Exception as problem:
                    trouble.append(problem)
            connections.close_all()

        thread = threading.Thread(target=somebody)
        thread.start()
        try:
            importing.work()
        finally:
            is_over.set()
            thread.join()
        job.refresh_from_db()
        assert job.state == "done", job.error
        assert added or trouble
        found = directory_of(world.acme)
        assert {(f"C{n}",) for n in range(400)} <= set(found)
        assert {(f"V{n}",) for n in added} <= set(found)
        assert sum(job.counts.values()) == 400
        assert not [p for p in trouble if "unique" not in str(p).lower()]

    @pytest.mark.django_db(transaction=True)
    def test_a_number_that_moves_just_then_is_looked_at_again(self, world, monkeypatch):
        job = uploaded(world, HEADINGS + "1001;a@x.example;;;\n")
        importing.work()
        job.refresh_from_db()
        job.confirm(world.alice)
        owners, calls = saving._owners, []

        def stolen_between(company, numbers):
            calls.append(numbers)
            found = owners(company, numbers)
            return found | ({"1001": 0} if len(calls) == 2 else {})

        monkeypatch.setattr(saving, "_owners", stolen_between)
        importing.work()
        assert len(calls) == 4
        assert directory_of(world.acme) == {("1001",): ("Baker Oy", "", [("a@x.example", False)])}

    @pytest.mark.django_db(transaction=True)
    def test_a_number_that_somebody_adds_just_then_is_found_at_the_next_try(self, world, monkeypatch):
        job = uploaded(world, HEADINGS + "1001;a@x.example;;;\n")
        importing.work()
        job.refresh_from_db()
        job.confirm(world.alice)
        owners, calls = saving._owners, []

        def not_there_yet(company, numbers):
            calls.append(numbers)
            return owners(company, numbers) if len(calls) > 1 else {}

        monkeypatch.setattr(saving, "_owners", not_there_yet)
        importing.work()
        assert len(calls) == 3
        assert directory_of(world.acme) == {("1001",): ("Baker Oy", "", [("a@x.example", False)])}


class TestRealWorkers:
    @pytest.mark.django_db(transaction=True)
    def test_a_killed_worker_s_import_is_ended_by_another(self, worker, settings):
        world = World()
        job = uploaded(world, rows(6_000))
        first = worker(MEDIA_ROOT=settings.MEDIA_ROOT)
        importing.hint()
        wait_until(lambda: DirectoryImport.objects.filter(state="checked").exists(), seconds=60)
        job.refresh_from_db()
        assert job.confirm(world.alice)
        importing.hint()
        wait_until(lambda: DirectoryImport.objects.filter(processed__gte=1_000).exists(), seconds=60)
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert whole(world.acme)
        worker(MEDIA_ROOT=settings.MEDIA_ROOT)
        wait_until(lambda: not DirectoryImport.objects.filter(claimed_until__gt=now() + LEASE).exists())
        DirectoryImport.objects.filter(state="importing").update(claimed_until=now())
        importing.hint()
        wait_until(lambda: DirectoryImport.objects.filter(state="done").exists(), seconds=60)
        job.refresh_from_db()
        assert job.counts == {"new": 6_000, "changed": 0, "unchanged": 0, "removed": 0}
        assert Customer.objects.filter(company=world.acme).count() == 6_001
        assert ListAddress.objects.filter(customer__company=world.acme).count() == 12_001
        assert whole(world.acme)


def test_files_are_forgotten_after_a_month_and_never_under_a_worker_s_hands(world):
    done, working = imported(world, rows(2)), uploaded(world, rows(2))
    path = done.file.path
    DirectoryImport.objects.update(created_at=now() - timedelta(days=31))
    DirectoryImport.objects.forget_files()
    done.refresh_from_db()
    working.refresh_from_db()
    assert (done.file.name, done.findings.name, done.counts["new"]) == ("", "", 2)
    assert working.file.storage.exists(working.file.name)
    assert not done.file.storage.exists(path)


def test_the_check_takes_few_statements(world, django_assert_max_num_queries):
    uploaded(world, rows(3_000))
    with django_assert_max_num_queries(40):
        importing.work()
    assert connection.vendor in ("sqlite", "postgresql")
