"""Replacing a whole directory, and what happens when others change it between the check and the import."""

import pytest
from django.urls import reverse

from distribution import importing
from distribution.models import DirectoryImport
from tests.directories import (
    BAKER,
    BAKER_THERE,
    CANDLE,
    CANDLE_THERE,
    HEADINGS,
    checked,
    directory_of,
    page,
    run,
    said,
)
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.fixture
def alice(world, client):
    client.force_login(world.alice)
    return client


class TestReplace:
    def test_is_asked_twice_with_the_number_typed(self, alice, world):
        job = checked(alice, world, HEADINGS + CANDLE, mode="replace")
        assert (job.new, job.removed) == (1, 1)
        asked = run(alice, job)
        assert (asked.status_code, job.state) == (200, "checked")
        assert "Remove one customer?" in asked.content.decode()
        wrong = run(alice, job, removed="2")
        assert "That is not the number" in wrong.content.decode()
        assert directory_of(world.acme) == BAKER_THERE
        assert run(alice, job, removed=" 1 ").status_code == 302
        assert (job.state, job.removed) == ("done", 1)
        assert directory_of(world.acme) == CANDLE_THERE

    def test_where_nobody_is_removed_it_is_asked_once(self, alice, world):
        job = checked(alice, world, HEADINGS + BAKER + CANDLE, mode="replace")
        assert run(alice, job).status_code == 302
        assert job.state == "done"

    def test_customers_of_wrong_rows_stay(self, alice, world):
        job = checked(alice, world, HEADINGS + "1001;wrong;Baker Oy;;\n" + CANDLE, mode="replace")
        assert job.removed == 0
        run(alice, job)
        assert directory_of(world.acme) == BAKER_THERE | CANDLE_THERE

    def test_other_companies_keep_theirs(self, alice, world):
        world.customer("77", "x@dyer.example", company=world.globex, name="Dyer Ky")
        job = checked(alice, world, HEADINGS + CANDLE, mode="replace")
        run(alice, job, removed="1")
        assert set(directory_of(world.globex)) == {("77",)}

    def test_documents_stay_and_only_lose_their_customer(self, alice, world):
        document = world.document()
        run(alice, checked(alice, world, HEADINGS + CANDLE, mode="replace"), removed="1")
        document.refresh_from_db()
        assert (document.customer, document.customer_number) == (None, "1001")


class TestMeanwhile:
    def test_another_import_is_waited_for(self, alice, world):
        first = checked(alice, world, HEADINGS + CANDLE)
        second = checked(alice, world, HEADINGS + "1003;x@dyer.example;Dyer Ky;;\n")
        first.confirm(world.alice)
        answer = alice.post(reverse("run-directory-import", args=[second.pk]), follow=True)
        assert "Another file is being imported just now" in said(answer)
        second.refresh_from_db()
        assert second.state == "checked"

    def test_a_file_that_was_checked_before_another_import_is_checked_again(self, alice, world):
        first = checked(alice, world, HEADINGS + CANDLE)
        second = checked(alice, world, HEADINGS + CANDLE)
        run(alice, first)
        answer = alice.post(reverse("run-directory-import", args=[second.pk]), follow=True)
        assert "checked again" in said(answer)
        importing.work()
        second.refresh_from_db()
        assert (second.state, second.unchanged, second.new) == ("checked", 1, 0)

    def test_what_was_changed_since_the_check_is_compared_anew_and_told(self, alice, world):
        job = checked(alice, world, HEADINGS + CANDLE)
        world.customer("1002", "office@candle.example", name="Candle Oy")
        run(alice, job)
        assert job.counts == {"new": 0, "changed": 1, "unchanged": 0, "removed": 0}
        assert "changed by others meanwhile" in page(alice, job)

    def test_a_customer_that_came_after_the_check_is_not_removed(self, alice, world):
        job = checked(alice, world, HEADINGS + BAKER, mode="replace")
        world.customer("4711", "x@dyer.example", name="Dyer Ky")
        run(alice, job)
        assert set(directory_of(world.acme)) == {("1001",), ("4711",)}

    def test_after_a_change_of_company_the_file_still_goes_to_its_own(self, alice, world):
        world.alice.memberships.create(company=world.globex, role="manager")
        alice.post(reverse("switch-company"), {"company": world.globex.pk})
        job = checked(alice, world, HEADINGS + CANDLE)
        assert job.company == world.acme
        alice.post(reverse("switch-company"), {"company": world.globex.pk})
        run(alice, job)
        assert directory_of(world.globex) == {}
        assert ("1002",) in directory_of(world.acme)

    def test_check_again(self, alice, world):
        job = checked(alice, world, HEADINGS + CANDLE)
        world.customer("1002", name="Candle Oy")
        alice.post(reverse("check-directory-import", args=[job.pk]))
        importing.work()
        job.refresh_from_db()
        assert (job.state, job.new, job.changed) == ("checked", 0, 1)

    def test_a_file_that_is_kept_no_longer_is_not_offered(self, alice, world):
        job = checked(alice, world, HEADINGS + CANDLE)
        DirectoryImport.objects.update(created_at="2020-01-01T00:00Z")
        DirectoryImport.objects.forget_files()
        assert "not kept any more" in page(alice, job)
        run(alice, job)
        assert job.state == "checked"
        assert (job.file.name, job.findings.name) == ("", "")
        again = alice.post(reverse("check-directory-import", args=[job.pk]), follow=True)
        assert "cannot be checked again" in said(again)
