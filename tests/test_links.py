"""Documents that are sent as a link: by themselves, by hand, and the mail that brings it."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.timezone import localtime, now

from documents import intake, remedying
from documents import relay as our_relay
from documents.causes import Cause
from documents.models import DownloadLink
from documents.replies import Verdict
from documents.statuses import Status
from tests.linked import MB, TOO_LARGE, body, large_pdf, linked, path_of, press, rejected
from tests.relay import relay, relay_settings
from tests.sweep import outcome, pump, read
from tests.world import World, pdf

pytestmark = pytest.mark.django_db


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

    def test_an_address_that_was_right_after_all_has_a_link_that_works(self, world, stranger):
        delivery = linked(world)
        delivery.record(TOO_LARGE, delivery.mails.latest("pk"))
        corrected = remedying.correct(delivery, "new@baker.example", world.alice)
        delivery.record(Verdict(Status.DELIVERED), delivery.mails.latest("pk"), external_id="late")
        corrected.mails.get().finish()
        remedying.correct(corrected, delivery.address, world.alice)
        assert delivery.mails.count() == 2  # it has the mail
        assert stranger.get(path_of(delivery)).status_code == 200
        assert stranger.get(path_of(corrected)).status_code == 410

    def test_a_link_is_not_ended_while_a_mail_with_it_waits(self, world):
        delivery = linked(world)
        with time_machine.travel(now() + timedelta(hours=1)):
            remedying.resend(delivery, world.alice)
        with pytest.raises(remedying.NotPossible, match="waits to be sent"):
            remedying.end_link(delivery, world.bob)
        assert DownloadLink.objects.get().is_open

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
        assert "It goes out as a link." in told
        assert "as a link already" in client.post(send, follow=True).content.decode()

    def test_a_link_that_is_refused_is_sent_again_and_not_made_a_link_again(self, world, client):
        delivery = linked(world)
        delivery.record(TOO_LARGE, delivery.mails.latest("pk"))
        client.force_login(world.alice)
        page = client.get(delivery.document.get_absolute_url()).content.decode()
        assert f'action="{reverse("send-as-link", args=[delivery.public_id])}"' not in page
        assert reverse("resend-delivery", args=[delivery.public_id]) in page
