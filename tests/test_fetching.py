"""What a press on the button of a link means, and what the company sees and does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from documents import relay as our_relay
from documents import remedying
from documents.causes import Cause
from documents.links import FETCHED
from documents.models import Delivery, DeliveryEvent, DownloadLink, DownloadPress
from documents.models.links import PRESSES_KEPT
from documents.replies import Verdict, judge
from documents.representing import whole_delivery_as_json
from documents.statuses import Status
from tests.conftest import wait_until
from tests.linked import linked, path_of, press, rejected
from tests.relay import relay, relay_settings
from tests.sweep import outcome, pump, story
from tests.world import World

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


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("mail_servers")
def test_in_practice_mode_the_inbox_leads_to_the_document(world, client, stranger):
    delivery = world.delivery(customer_number="", addresses="large@baker.example")
    pump()
    assert outcome(delivery) == ("rejected", "too_large", "552")
    remedying.send_as_link(delivery, world.alice)
    pump()
    wait_until(lambda: outcome(delivery)[0] == "delivered")
    client.force_login(world.alice)
    inbox = client.get(reverse("practice-inbox"))
    [(mail, _document)] = inbox.context["mails"]
    shown = client.get(reverse("practice-mail", args=[mail.name])).content.decode()
    assert f'<a href="{delivery.link.url}"' in shown
    press(stranger, delivery)
    assert [event.text for event in delivery.events.all()][-1] == FETCHED


def test_support_sees_it_in_the_admin(world, client, stranger):
    delivery = linked(world)
    world.sam.is_superuser = True
    world.sam.save()
    client.force_login(world.sam)
    address = reverse("admin:documents_delivery_change", args=[delivery.pk])
    assert "first fetched: –" in client.get(address).content.decode()
    press(stranger, delivery)
    page = client.get(address).content.decode()
    assert "first fetched: –" not in page
    assert "works until" in page
    assert delivery.link.url not in page


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


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_managers_send_one_link(self, world):
        delivery = rejected(world)

        def send(by):
            told = "sent"
            try:
                remedying.send_as_link(Delivery.objects.get(pk=delivery.pk), by)
            except remedying.NotPossible as problem:
                told = str(problem)
            connection.close()
            return told

        with ThreadPoolExecutor(4) as together:
            told = list(together.map(send, [world.alice] * 4))
        assert told.count("sent") == 1
        assert sum("as a link already" in sentence for sentence in told) == 3
        assert (DownloadLink.objects.count(), delivery.mails.count()) == (1, 2)

    def test_presses_and_a_resend_do_not_wait_for_each_other(self, world):
        delivery = linked(world)
        DeliveryEvent.objects.update(received_at=now() - timedelta(minutes=1))
        file = delivery.document.original.pk

        def act(turn):
            if turn == 3:
                remedying.resend(Delivery.objects.get(pk=delivery.pk), world.alice)
            else:
                Client().post(path_of(delivery), {"file": file})
            connection.close()

        with ThreadPoolExecutor(8) as together:
            list(together.map(act, range(8)))
        assert DownloadPress.objects.count() == 7
        assert delivery.mails.count() == 3
        assert outcome(delivery)[0] == "queued"
        assert story(delivery).count("delivered") == 1


def test_the_programs_of_the_company_are_told(world, stranger):
    delivery = rejected(world)
    assert whole_delivery_as_json(delivery)["as_link"] is False
    remedying.send_as_link(delivery, world.alice)
    delivery.mails.open().get().finish()
    press(stranger, delivery)
    told = whole_delivery_as_json(DownloadLink.objects.get().delivery)
    assert told["as_link"] is True
    assert told["fetched_at"] == DownloadLink.objects.get().fetched_at.isoformat(timespec="microseconds")
