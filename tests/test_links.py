"""Documents that are sent as a link: the mail, the page it leads to, and what a press on its button means."""

import re
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.timezone import localtime, now

from documents import intake, links, remedying
from documents import relay as our_relay
from documents.causes import Cause
from documents.models import DownloadLink, DownloadPress
from documents.models.links import PRESSES_KEPT
from documents.replies import Verdict, judge
from documents.representing import whole_delivery_as_json
from documents.statuses import Status
from portal.logs import LineFormatter
from tests.relay import relay, relay_settings
from tests.sweep import outcome, pump, read, story
from tests.world import World, pdf

pytestmark = pytest.mark.django_db

MB = 1024 * 1024
TOO_LARGE = judge(552, "5.3.4 Message too big")


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.fixture
def server():
    with relay() as running, relay_settings(running):
        yield running
    our_relay.disconnect()


@pytest.fixture
def stranger():
    """Whoever opens a link: not logged in, and with the check of CSRF that the tests' client leaves out."""
    return Client(enforce_csrf_checks=True)


def large_pdf(megabytes=1):
    """One that can be opened, with so much of a comment before its end."""
    beginning, startxref, end = pdf().rpartition(b"startxref")
    return beginning + b"%" + b"x" * megabytes * MB + b"\n" + startxref + end


def rejected(world, verdict=TOO_LARGE, **facts):
    delivery = world.delivery(**facts)
    mail = delivery.mails.get()
    delivery.record(verdict, mail)
    mail.finish()
    return delivery


def linked(world, **facts):
    """A delivery that was refused for its size, and sent as a link then."""
    delivery = rejected(world, **facts)
    remedying.send_as_link(delivery, world.alice)
    mail = delivery.mails.latest("pk")
    delivery.record(Verdict(Status.SENT), mail)
    mail.finish()
    return delivery


def path_of(delivery):
    return urlsplit(delivery.link.url).path


def press(client, delivery, file=None):
    file = file or delivery.document.original
    return client.post(path_of(delivery), {"file": file.pk}, follow=True)


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


class TestTheMail:
    def test_it_brings_a_link_that_leads_to_the_file(self, world, server, stranger):
        delivery = rejected(world, number="A-7")
        remedying.send_as_link(delivery, world.alice)
        pump()
        message = read(server.mails[-1])
        text = message.get_body(("plain",)).get_content()
        html = message.get_body(("html",)).get_content()
        [url] = re.findall(r"http\S+", text)
        assert f'href="{url}"' in html
        assert "attached" not in text + html
        assert "A-7.pdf" in text
        assert not list(message.iter_attachments())
        assert message.get_content_type() == "multipart/alternative"
        assert not message.defects
        assert outcome(delivery) == ("sent", "", "")
        page = stranger.get(urlsplit(url).path)
        assert "Invoice A-7" in page.content.decode()
        answer = press(stranger, delivery)
        assert body(answer) == pdf("A-7")
        assert outcome(delivery) == ("delivered", "", "")

    def test_it_names_the_day_until_which_the_link_works(self, world, server, stranger):
        delivery = rejected(world)
        remedying.send_as_link(delivery, world.alice)
        with time_machine.travel(now() + timedelta(days=10), tick=True):  # our own relay was away
            pump()
            last = localtime() + timedelta(days=30)
        text = read(server.mails[-1]).get_body(("plain",)).get_content()
        assert f"The link works until {last.day} {last:%b}" in text
        assert f"{last.year}." in text
        with time_machine.travel(last.replace(hour=23, minute=58)):
            assert stranger.get(path_of(delivery)).status_code == 200
        with time_machine.travel(last + timedelta(days=1)):
            assert stranger.get(path_of(delivery)).status_code == 410

    def test_the_same_mail_tried_again_bears_the_same_link(self, world, server):
        delivery = rejected(world)
        remedying.send_as_link(delivery, world.alice)
        server.answer(data="451 4.3.0 try later")
        pump()
        server.answer(data="250 2.0.0 OK")
        with time_machine.travel(now() + timedelta(hours=1), tick=True):
            pump()
        first, second = [read(mail).get_body(("plain",)).get_content() for mail in server.mails[-2:]]
        assert re.findall(r"http\S+", first) == re.findall(r"http\S+", second) == [delivery.link.url]

    def test_a_later_resend_is_a_link_too_and_the_same_one(self, world, server):
        delivery = linked(world)
        with time_machine.travel(now() + timedelta(days=40), tick=True):
            remedying.resend(delivery, world.alice)
            pump()
            assert delivery.link.url in read(server.mails[-1]).get_body(("plain",)).get_content()
            assert DownloadLink.objects.get().is_open

    def test_it_is_small_enough_where_the_file_is_not(self, world, server):
        server.answer(mail="552 5.3.4 Message size exceeds fixed limit")
        delivery = world.delivery(content=large_pdf())
        pump()
        assert outcome(delivery) == ("rejected", "too_large", "552")
        server.answer(mail="250 2.1.0 OK")
        remedying.send_as_link(delivery, world.alice)
        pump()
        assert outcome(delivery) == ("sent", "", "")
        assert len(server.mails[-1].content) < 10_000

    def test_it_is_written_in_the_customers_language(self, world, server):
        world.baker.language = "sv"
        world.baker.save()
        delivery = linked(world)
        response = Client().get(path_of(delivery), headers={"Accept-Language": "fi"})
        assert '<html lang="sv">' in response.content.decode()
        assert response["Content-Language"] == "sv"


class TestAboveTheLimit:
    @pytest.fixture(autouse=True)
    def limit(self, world):
        world.acme.attachment_limit = 1
        world.acme.save()

    def test_what_is_larger_goes_out_as_a_link_by_itself(self, world, server):
        delivery = world.delivery(content=large_pdf())
        assert delivery.link.created_by is None
        pump()
        assert delivery.link.url in read(server.mails[0]).get_body(("plain",)).get_content()

    def test_what_is_not_larger_is_attached(self, world, server):
        delivery = world.delivery()
        pump()
        assert delivery.sent_as_link is None
        assert list(read(server.mails[0]).iter_attachments())

    def test_all_files_count_together_and_each_has_its_button(self, world, stranger):
        half = b"1;2\n" * (MB // 4 // 2 + 1)
        document = intake.receive(
            world.acme,
            intake.Facts("A-9", customer_number="1001"),
            pdf(),
            "a.pdf",
            source="browser",
            attachments=[intake.Attachment("b.csv", half), intake.Attachment("c.csv", half)],
        )
        delivery = document.deliveries.get()
        mail = delivery.mails.get()
        delivery.record(Verdict(Status.SENT), mail)
        mail.finish()
        page = stranger.get(path_of(delivery)).content.decode()
        assert [page.count(f'value="{file.pk}"') for file in document.mailed_files()] == [1, 1, 1]
        assert body(press(stranger, delivery, document.files.get(name="b.csv"))) == half

    def test_a_company_may_rather_have_it_refused(self, world):
        world.acme.above_limit = "refuse"
        with pytest.raises(intake.Refused, match="1 MB is the most"):
            world.document(content=large_pdf())

    def test_the_limit_of_the_portal_holds_for_links_too(self, world):
        with override_settings(MAX_UPLOAD_MB=2), pytest.raises(intake.Refused, match="2 MB is the most"):
            world.document(content=large_pdf(2))

    def test_a_limit_that_was_set_since_holds_when_it_is_sent_again(self, world):
        world.acme.attachment_limit = None
        world.acme.save()
        delivery = rejected(world, content=large_pdf())
        world.acme.attachment_limit = 1
        world.acme.save()
        delivery.document.company.refresh_from_db()
        remedying.resend(delivery, world.alice)
        assert DownloadLink.objects.get().delivery == delivery


class TestByHand:
    def test_twice_makes_one_mail(self, world):
        delivery = rejected(world)
        remedying.send_as_link(delivery, world.alice)
        with pytest.raises(remedying.NotPossible, match="as a link already"):
            remedying.send_as_link(delivery, world.bob)
        assert delivery.mails.count() == 2
        assert DownloadLink.objects.get().created_by == world.alice

    def test_not_while_another_mail_waits(self, world):
        with pytest.raises(remedying.NotPossible, match="already waiting"):
            remedying.send_as_link(world.delivery(), world.alice)
        assert not DownloadLink.objects.exists()

    def test_not_to_nobody(self, world):
        with pytest.raises(remedying.NotPossible):
            remedying.send_as_link(world.delivery(customer_number="9"), world.alice)

    def test_a_corrected_address_gets_a_link_too_and_the_wrong_one_keeps_nothing(self, world, stranger):
        delivery = linked(world)
        corrected = remedying.correct(delivery, "new@baker.example", world.alice)
        assert corrected.link.is_open
        assert corrected.link.url != delivery.link.url
        assert stranger.get(path_of(delivery)).status_code == 410
        assert stranger.get(path_of(corrected)).status_code == 200

    @pytest.mark.parametrize("cause", [Cause.TOO_LARGE, Cause.ATTACHMENT_REFUSED])
    def test_the_page_and_the_work_list_offer_it(self, world, client, cause):
        delivery = rejected(world, Verdict(Status.REJECTED, cause, 552))
        client.force_login(world.alice)
        send = reverse("send-as-link", args=[delivery.public_id])
        assert f'action="{send}"' in client.get(reverse("documents")).content.decode()
        page = client.get(delivery.document.get_absolute_url()).content.decode()
        assert page.index(send) < page.index("Send a smaller file")
        told = client.post(send, follow=True).content.decode()
        assert "on its way to office@baker.example as a link" in told
        assert "To be sent as a link." in told
        assert "Not fetched yet." in told
        assert "as a link already" in client.post(send, follow=True).content.decode()

    def test_a_link_that_is_refused_is_sent_again_and_not_made_a_link_again(self, world, client):
        delivery = linked(world)
        delivery.record(TOO_LARGE, delivery.mails.latest("pk"))
        client.force_login(world.alice)
        page = client.get(delivery.document.get_absolute_url()).content.decode()
        assert f'action="{reverse("send-as-link", args=[delivery.public_id])}"' not in page
        assert reverse("resend-delivery", args=[delivery.public_id]) in page


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


class TestAPress:
    def test_two_are_counted_and_reported_once(self, world, stranger, client):
        delivery = linked(world)
        press(stranger, delivery)
        press(stranger, delivery)
        assert DownloadPress.objects.count() == 2
        assert story(delivery)[-2:] == ["sent", "delivered"]
        client.force_login(world.bob)
        page = client.get(delivery.document.get_absolute_url()).content.decode()
        assert "It was fetched by the link." in page
        assert page.count("Fetched <time") == 2
        assert "Your customer does not see it?" not in page
        assert "<pre>It was fetched" not in page.partition("Technical details")[0]

    def test_it_proves_more_than_a_bounce_before_it(self, world, stranger):
        delivery = linked(world)
        delivery.record(judge(550, "5.1.1 no such user"), delivery.mails.latest("pk"), external_id="dsn")
        assert outcome(delivery)[0] == "rejected"
        press(stranger, delivery)
        assert outcome(delivery) == ("delivered", "", "")

    def test_what_is_reported_after_it_is_not_hidden(self, world, stranger, client):
        delivery = linked(world)
        press(stranger, delivery)
        delivery.record(judge(550, "5.1.1 no such user"), delivery.mails.latest("pk"), external_id="dsn")
        assert outcome(delivery)[0] == "rejected"
        client.force_login(world.alice)
        page = client.get(delivery.document.get_absolute_url()).content.decode()
        assert "was fetched by the link all the same" in page

    def test_a_complaint_stays_one(self, world, stranger):
        delivery = linked(world)
        complaint = Verdict(Status.DELIVERED, Cause.COMPLAINED)
        delivery.record(complaint, delivery.mails.latest("pk"), external_id="arf")
        press(stranger, delivery)
        assert outcome(delivery)[:2] == ("delivered", "complained")

    def test_a_mail_whose_outcome_nobody_saw_is_not_sent_again(self, world, server, stranger):
        delivery = rejected(world)
        remedying.send_as_link(delivery, world.alice)
        server.answer(hang_up_at="data")
        pump()
        assert outcome(delivery)[0] == "deferred"
        press(stranger, delivery)
        assert outcome(delivery)[0] == "delivered"
        assert not delivery.mails.open().exists()

    def test_of_a_mail_that_is_still_in_the_queue_it_says_nothing(self, world, stranger):
        delivery = linked(world)
        with time_machine.travel(now() + timedelta(minutes=1), tick=True):
            remedying.resend(delivery, world.alice)
        press(stranger, delivery)
        assert outcome(delivery)[0] == "queued"
        assert delivery.mails.open().exists()

    def test_there_is_an_end_to_what_is_written_down(self, world, stranger):
        delivery = linked(world)
        file = delivery.document.original
        DownloadPress.objects.bulk_create(
            DownloadPress(link=delivery.link, file=file) for _press in range(PRESSES_KEPT)
        )
        assert press(stranger, delivery).status_code == 200
        assert DownloadPress.objects.count() == PRESSES_KEPT


class TestTheCompany:
    def test_a_manager_ends_the_link_and_makes_it_work_again(self, world, client, stranger):
        delivery = linked(world)
        client.force_login(world.alice)
        told = client.post(reverse("end-link", args=[delivery.public_id]), follow=True).content.decode()
        assert "The link was ended" in told
        assert "alice@acme.example" in told
        ended = stranger.get(path_of(delivery))
        assert ended.status_code == 410
        assert "has ended it" in ended.content.decode()
        twice = client.post(reverse("end-link", args=[delivery.public_id]), follow=True).content.decode()
        assert "ended already" in twice
        with time_machine.travel(now() + timedelta(days=40), tick=True):
            client.force_login(world.alice)
            client.post(reverse("renew-link", args=[delivery.public_id]))
            assert stranger.get(path_of(delivery)).status_code == 200

    def test_a_link_to_a_wrong_address_is_not_made_to_work_again(self, world, client, stranger):
        delivery = linked(world)
        remedying.correct(delivery, "new@baker.example", world.alice)
        client.force_login(world.alice)
        client.post(reverse("renew-link", args=[delivery.public_id]))
        assert stranger.get(path_of(delivery)).status_code == 410

    def test_what_was_attached_has_no_link_to_end(self, world, client):
        delivery = rejected(world)
        client.force_login(world.alice)
        for name in ("end-link", "renew-link"):
            assert client.post(reverse(name, args=[delivery.public_id])).status_code == 302
        assert not DownloadLink.objects.exists()

    @pytest.mark.parametrize("name", ["end-link", "renew-link", "send-as-link"])
    @pytest.mark.parametrize("who", ["bob", "mallory", "sam"])
    def test_nobody_else_may(self, world, client, name, who):
        delivery = linked(world)
        client.force_login(getattr(world, who))
        assert client.post(reverse(name, args=[delivery.public_id])).status_code == 404
        assert DownloadLink.objects.get().is_open
        assert delivery.mails.count() == 2

    def test_a_viewer_sees_what_was_fetched_and_no_buttons(self, world, client):
        delivery = linked(world)
        client.force_login(world.bob)
        page = client.get(delivery.document.get_absolute_url()).content.decode()
        assert "Not fetched yet." in page
        assert "End the link" not in page
        assert delivery.link.url not in page


def test_the_programs_of_the_company_are_told(world, stranger):
    delivery = rejected(world)
    assert whole_delivery_as_json(delivery)["as_link"] is False
    remedying.send_as_link(delivery, world.alice)
    delivery.mails.open().get().finish()
    press(stranger, delivery)
    told = whole_delivery_as_json(DownloadLink.objects.get().delivery)
    assert told["as_link"] is True
    assert told["fetched_at"] == DownloadLink.objects.get().fetched_at.isoformat(timespec="microseconds")
