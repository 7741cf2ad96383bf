"""The page that a link leads to, and what is there when it leads nowhere."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client, override_settings
from django.utils.timezone import now

from documents import links, remedying
from documents.models import DownloadPress
from portal.logs import LineFormatter
from tests.linked import body, linked, path_of, press
from tests.sweep import outcome
from tests.world import World, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.fixture
def stranger():
    """Whoever opens a link: not logged in, and with the check of CSRF that the tests' client leaves out."""
    return Client(enforce_csrf_checks=True)


class TestThePage:
    def test_it_shows_who_sends_what(self, world, stranger):
        page = stranger.get(path_of(linked(world, number="A-7"))).content.decode()
        for shown in ("Acme Oy", "Invoice A-7", "A-7.pdf", "billing@acme.example", "Download"):
            assert shown in page
        assert "office@baker.example" not in page
        assert "<script" not in page
        assert " style=" not in page

    def test_it_is_kept_by_nobody_listed_nowhere_and_told_to_no_other_site(self, world, stranger):
        delivery = linked(world)
        answers = [stranger.get(path_of(delivery)), press(stranger, delivery), stranger.get("/d/guessed/")]
        for answer in answers:
            assert answer["X-Robots-Tag"].startswith("noindex, nofollow")
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["Cache-Control"] == "private, no-store"
            assert not answer.cookies
        page = answers[0].content.decode()
        assert '<meta name="robots" content="noindex, nofollow' in page
        others = re.findall(r'(?:href|src|action)="(?!/static/|mailto:)([^"]+)"', page)
        assert not others

    def test_scanners_that_open_it_fetch_nothing(self, world, stranger):
        delivery = linked(world)
        for _visit in range(3):
            assert stranger.get(path_of(delivery)).status_code == 200
            assert stranger.head(path_of(delivery)).status_code == 200
        assert not DownloadPress.objects.exists()
        assert outcome(delivery) == ("sent", "", "")

    @pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
    def test_nothing_else_can_be_done_there(self, world, stranger, method):
        assert getattr(stranger, method)(path_of(linked(world))).status_code == 405

    def test_the_file_is_a_download_and_never_a_page(self, world, stranger):
        answer = press(stranger, linked(world, number="Lasku ä"))
        assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Lasku")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Type"] == "application/pdf"
        assert answer.redirect_chain[0][1] == 303

    def test_the_address_of_the_file_holds_for_some_minutes_and_counts_nothing(self, world, stranger):
        delivery = linked(world)
        [(address, _code)] = press(stranger, delivery).redirect_chain
        assert body(stranger.get(address)) == pdf(delivery.document.number)
        with time_machine.travel(now() + timedelta(seconds=links.TICKET_HOLDS + 5)):
            assert stranger.get(address).url == path_of(delivery)
        other = linked(world)
        assert stranger.get(path_of(other) + address.split("/")[3] + "/").url == path_of(other)
        assert DownloadPress.objects.count() == 1

    @pytest.mark.parametrize("wanted", ["", "x", "0", "999999999999999999999", "\0", "-1"])
    def test_a_file_that_is_none_of_it_is_not_there(self, world, stranger, wanted):
        delivery = linked(world)
        answer = stranger.post(path_of(delivery), {"file": wanted})
        assert answer.status_code == 410
        assert "cannot be fetched any more" in answer.content.decode()
        assert not DownloadPress.objects.exists()

    def test_a_file_of_another_document_is_not_there(self, world, stranger):
        other = world.document(company=world.globex, customer_number="", addresses="a@x.example")
        assert press(stranger, linked(world), other.original).status_code == 410

    def test_a_file_that_is_lost_counts_as_nothing(self, world, stranger):
        delivery = linked(world)
        stored = delivery.document.original.file
        stored.storage.delete(stored.name)
        assert press(stranger, delivery).status_code == 410
        assert outcome(delivery) == ("sent", "", "")

    def test_no_line_of_the_log_tells_the_address(self, world, stranger, caplog):
        delivery = linked(world)
        [(ticket, _code)] = press(stranger, delivery).redirect_chain
        remedying.end_link(delivery, world.alice)
        for address in (path_of(delivery), ticket):
            caplog.clear()
            stranger.get(address)
            [line] = [LineFormatter().format(record) for record in caplog.records]
            assert line == "Gone: /d/…"


class TestWhatLeadsNowhere:
    def test_expired_is_told_with_the_sender(self, world, stranger):
        delivery = linked(world)
        with time_machine.travel(now() + timedelta(days=32)):
            for answer in (stranger.get(path_of(delivery)), press(stranger, delivery)):
                assert answer.status_code == 410
                assert "Ask Acme Oy" in " ".join(answer.content.decode().split())
                assert "billing@acme.example" in answer.content.decode()
        assert not DownloadPress.objects.exists()

    @override_settings(LINK_DAYS=3)
    def test_how_long_it_works_is_a_setting(self, world, stranger):
        delivery = linked(world)
        with time_machine.travel(now() + timedelta(days=5)):
            assert stranger.get(path_of(delivery)).status_code == 410

    def test_a_file_that_was_pressed_for_is_gone_with_its_link(self, world, stranger):
        delivery = linked(world)
        [(address, _code)] = press(stranger, delivery).redirect_chain
        remedying.end_link(delivery, world.alice)
        assert stranger.get(address).status_code == 410

    def test_a_guessed_one_tells_nothing(self, world, stranger):
        delivery = linked(world)
        token = path_of(delivery).split("/")[2]
        forged = [
            token[:32] + "0" * 32,
            uuid4().hex + token[32:],
            uuid4().hex + uuid4().hex,
            token[:-1],
            token + "0",
            token[:32] + "é" * 32,
            "x",
        ]
        for guess in forged:
            answers = [stranger.get(f"/d/{guess}/"), stranger.post(f"/d/{guess}/", {"file": "1"})]
            answers.append(stranger.get(f"/d/{guess}/ticket/"))
            for answer in answers:
                assert answer.status_code == 404
                assert "Acme" not in answer.content.decode()

    def test_a_deleted_document_leaves_a_page_that_says_so(self, world, stranger):
        delivery = linked(world)
        path = path_of(delivery)
        press(stranger, delivery)
        delivery.document.delete()
        answer = stranger.get(path)
        assert answer.status_code == 410
        assert "not kept here any more" in answer.content.decode()
        assert not DownloadPress.objects.exists()

    def test_a_document_that_is_deleted_during_the_press_is_no_fault(self, world):
        delivery = linked(world)
        link, file = delivery.link, delivery.document.original
        delivery.document.delete()
        assert links.press(link, file) is None

    def test_a_changed_key_keeps_old_links_where_it_is_named(self, world, stranger):
        with override_settings(SECRET_KEY="old"):
            path = path_of(linked(world))
        with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
            assert stranger.get(path).status_code == 200
        with override_settings(SECRET_KEY="new"):
            assert stranger.get(path).status_code == 404
