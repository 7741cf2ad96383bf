"""The pages where a company's directory comes in as a file and goes out as one."""

import csv
import io

import pytest
from django.urls import reverse

from distribution import importing
from distribution.models import BlockedAddress, Customer, DirectoryImport
from tests.directories import (
    BAKER,
    BAKER_THERE,
    CANDLE,
    CANDLE_THERE,
    HEADINGS,
    IMPORTS,
    checked,
    customers,
    directory_of,
    page,
    run,
    said,
    upload,
    xlsx,
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


class TestImport:
    def test_nothing_changes_before_somebody_says_so(self, alice, world):
        job = checked(alice, world, HEADINGS + BAKER + CANDLE)
        assert (job.state, job.counts) == (
            "checked",
            {"new": 1, "changed": 0, "unchanged": 1, "removed": 0},
        )
        assert directory_of(world.acme) == BAKER_THERE
        shown = page(alice, job)
        assert "Nothing has been changed yet" in shown
        assert "Import 2 customers" in shown
        assert "office@candle.example" in shown

    def test_the_button_imports_what_was_shown(self, alice, world):
        job = checked(alice, world, HEADINGS + BAKER + CANDLE)
        assert run(alice, job).status_code == 302
        assert (job.state, job.confirmed_by) == ("done", world.alice)
        assert directory_of(world.acme) == BAKER_THERE | CANDLE_THERE
        assert "Imported" in page(alice, job)

    def test_a_spreadsheet_does_as_well(self, alice, world):
        rows = ["Kundnummer", "E-post", "Namn"], [1002, "office@candle.example", "Candle Ab"]
        job = checked(alice, world, xlsx(*rows), name="kunder.xlsx")
        run(alice, job)
        assert ("1002",) in directory_of(world.acme)

    def test_a_second_click_imports_nothing_twice(self, alice, world):
        job = checked(alice, world, HEADINGS + CANDLE)
        run(alice, job)
        again = alice.post(reverse("run-directory-import", args=[job.pk]), follow=True)
        assert "not begun again" in said(again)
        assert importing.work() == 0
        assert Customer.objects.filter(name="Candle Oy").count() == 1

    def test_what_changes_is_shown_with_what_was_there(self, alice, world):
        job = checked(alice, world, HEADINGS + "1001;new@baker.example;Baker Oy;fi;\n")
        shown = page(alice, job)
        assert "<del>office@baker.example</del>" in shown
        assert "<ins>new@baker.example</ins>" in shown
        run(alice, job)
        assert directory_of(world.acme) == {("1001",): ("Baker Oy", "fi", [("new@baker.example", False)])}

    def test_wrong_cells_are_listed_by_row_and_column_and_the_rest_is_imported(self, alice, world):
        job = checked(alice, world, HEADINGS + CANDLE + "1003;no address;<script>;;\n")
        shown = page(alice, job)
        assert "no address" in shown
        assert "This is not an e-mail address" in shown
        assert "<script>;" not in shown
        assert (job.wrong, job.new) == (1, 1)
        run(alice, job)
        assert set(directory_of(world.acme)) == {("1001",), ("1002",)}

    def test_typing_errors_and_blocked_addresses_are_pointed_out_and_imported(self, alice, world):
        BlockedAddress.objects.block(world.acme, "office@candle.example", "bounced")
        BlockedAddress.objects.block(world.globex, "x@gmial.com", "bounced")
        job = checked(alice, world, HEADINGS + CANDLE + "1003;x@gmial.com;;;\n")
        shown = page(alice, job)
        assert "Did you mean x@gmail.com?" in shown
        assert shown.count("This address is blocked") == 1
        assert (job.wrong, job.new) == (0, 2)

    def test_a_file_that_cannot_be_used_says_why(self, alice, world):
        job = checked(alice, world, "number;phone\n1;2\n")
        assert job.state == "failed"
        shown = page(alice, job)
        assert "has no heading “customer_number”" in shown
        assert "number, phone" in shown
        assert run(alice, job).status_code == 302
        assert job.state == "failed"

    def test_a_file_with_nothing_new_has_no_button(self, alice, world):
        job = checked(alice, world, HEADINGS + BAKER)
        shown = page(alice, job)
        assert "There is nothing to import" in shown
        assert reverse("run-directory-import", args=[job.pk]) not in shown

    @pytest.mark.parametrize(
        "sent", [{}, {"mode": "update"}, {"mode": "everything", "file": "x"}, {"file": "not a file"}]
    )
    def test_wrong_input_brings_the_form_back(self, alice, world, sent):
        answer = alice.post(IMPORTS, sent | {"company": world.acme.pk})
        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert not DirectoryImport.objects.exists()

    def test_too_large_a_file_is_refused_before_it_is_read(self, alice, world, monkeypatch):
        monkeypatch.setattr("distribution.directory_views.MAX_MB", -1)
        answer = upload(alice, world, HEADINGS + CANDLE)
        assert (answer.status_code, answer.url) == (302, IMPORTS)
        assert not DirectoryImport.objects.exists()
        assert "more than -1 MB" in said(alice.get(IMPORTS))

    def test_a_body_that_was_cut_off_is_said_to_be_so(self, alice, world):
        body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nabc'
        answer = alice.generic("POST", IMPORTS, body, content_type="multipart/form-data; boundary=")
        assert answer.status_code == 302
        assert "did not arrive whole" in said(alice.get(IMPORTS))

    def test_the_name_of_the_file_is_harmless(self, alice, world):
        job = checked(alice, world, HEADINGS + CANDLE, name="..\\..\\<b>asiakkaat</b>\t.csv")
        assert "\t" not in job.name
        assert "<b>asiakkaat" not in page(alice, job)
        assert job.file.name.startswith(f"directories/{world.acme.pk}/")


class TestProgress:
    def test_the_page_moves_with_htmx_and_without_javascript(self, alice, world):
        answer = upload(alice, world, HEADINGS + CANDLE)
        job = DirectoryImport.objects.get()
        job.claim()
        DirectoryImport.objects.update(processed=500, total=2000)
        shown = alice.get(answer.url)
        assert 'hx-trigger="every 1s"' in shown.content.decode()
        assert 'http-equiv="refresh"' in shown.content.decode()
        assert "25 %: row 500 of 2000" in shown.content.decode()
        part = alice.get(answer.url, headers={"HX-Request": "true"})
        assert "<html" not in part.content.decode()
        assert "HX-Refresh" not in part.headers

    def test_once_done_the_whole_page_is_loaded(self, alice, world):
        job = checked(alice, world, HEADINGS + CANDLE)
        url = reverse("directory-import", args=[job.pk])
        assert alice.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
        assert "htmx" not in alice.get(url).content.decode()


class TestExport:
    def exported(self, client, ending="csv"):
        return b"".join(client.get(reverse("export-directory", args=[ending])).streaming_content)

    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_goes_out_and_comes_back_unchanged(self, alice, world, ending):
        run(alice, checked(alice, world, HEADINGS + "1002;a@x.example;'=1+1;;b@x.example\n007;;;sv;\n"))
        world.customer("+44", "'+x@y.example", "+x@y.example", name="@Home, =Oy;-x")
        content = self.exported(alice, ending)
        assert (["1001"], ["office@baker.example"], [], "Baker Oy", "") in customers(content)
        job = checked(alice, world, content, mode="replace", name=f"x.{ending}")
        assert job.counts == {"new": 0, "changed": 0, "unchanged": 4, "removed": 0}
        assert job.wrong == 0

    def test_is_ordered_by_name_and_whole_over_several_chunks(self, alice, world, monkeypatch):
        monkeypatch.setattr("distribution.exporting.CHUNK", 2)
        for number, name in enumerate(["Zeta", "Alpha", "Baker Oy", "Baker Oy", "Baker Oy"]):
            world.customer(str(number), name=name)
        names = [row[3] for row in customers(self.exported(alice))]
        assert names == ["Alpha", *["Baker Oy"] * 4, "Zeta"]

    def test_a_viewer_exports_and_cannot_import(self, world, client):
        client.force_login(world.bob)
        assert b"office@baker.example" in self.exported(client)
        shown = client.get(IMPORTS).content.decode()
        assert 'type="file"' not in shown
        assert upload(client, world, HEADINGS).status_code == 404

    @pytest.mark.parametrize("name", ["export-directory", "directory-template"])
    def test_another_ending_does_not_exist(self, alice, name):
        assert alice.get(reverse(name, args=["pdf"])).status_code == 404

    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_the_template_can_be_imported(self, alice, world, ending):
        content = b"".join(alice.get(reverse("directory-template", args=[ending])).streaming_content)
        job = checked(alice, world, content, name=f"template.{ending}")
        assert (job.state, job.wrong) == ("checked", 0)

    def test_without_a_company_there_is_nothing_to_export(self, world, client):
        client.force_login(world.sam)
        assert client.get(reverse("export-directory", args=["csv"])).status_code == 404


class TestWhoMay:
    def test_a_viewer_sees_and_cannot_press(self, alice, world, client):
        job = checked(alice, world, HEADINGS + CANDLE)
        client.force_login(world.bob)
        assert "Import one customer" not in page(client, job)
        assert run(client, job).status_code == 404
        assert job.state == "checked"

    def test_a_stranger_finds_nothing(self, alice, world, client):
        job = checked(alice, world, HEADINGS + CANDLE)
        client.force_login(world.mallory)
        for name in ("directory-import", "directory-findings", "run-directory-import"):
            assert client.get(reverse(name, args=[job.pk])).status_code == 404
        assert client.post(reverse("check-directory-import", args=[job.pk])).status_code == 404
        assert "customers.csv" not in client.get(IMPORTS).content.decode()

    @pytest.mark.parametrize(
        ("name", "method"),
        [
            ("directory-import", "post"),
            ("directory-findings", "post"),
            ("check-directory-import", "get"),
            ("run-directory-import", "put"),
        ],
    )
    def test_the_wrong_method(self, alice, world, name, method):
        job = checked(alice, world, HEADINGS + CANDLE)
        assert getattr(alice, method)(reverse(name, args=[job.pk])).status_code == 405


def test_everything_that_was_found_can_be_downloaded_and_opened_safely(alice, world):
    rows = "".join(f"{n};=cmd{n};Customer {n};;\n" for n in range(2000, 3200))
    job = checked(alice, world, HEADINGS + BAKER.replace("office", "new") + rows)
    assert len(job.report["wrong"]) == 1_000
    assert "1100 more are in the file to download" in page(alice, job)
    answer = alice.get(reverse("directory-findings", args=[job.pk]))
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    found = list(csv.reader(io.StringIO(content), delimiter=";"))
    assert len(found) == 1 + 1 + 1_200
    assert found[1][5:] == ["'=cmd2000", "", found[1][7]]
    assert found[-1][:7] == [
        "Changed",
        "2",
        "Send to",
        "1001",
        "Baker Oy",
        "office@baker.example",
        "new@baker.example",
    ]
