"""Managers keep the company's webhooks, and see what was told and answered."""

import pytest
from django.test import override_settings
from django.urls import reverse

from distribution import webhooks
from distribution.models import Webhook, WebhookCall
from distribution.models.webhooks import MOST_PER_COMPANY
from distribution.webhook_views import PAGE_SIZE
from documents.replies import Verdict
from documents.statuses import Status
from tests.receiver import call, is_signed, receiver
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    """Her browser."""
    client.force_login(world.alice)
    return client


@pytest.fixture
def erp():
    with receiver() as running:
        yield running


@pytest.fixture
def webhook(world, erp):
    return Webhook.objects.create(company=world.acme, url=erp.url)


def page(browser, webhook):
    return browser.get(reverse("webhook", args=[webhook.public_id])).content.decode()


def press(browser, name, thing):
    """Press a button; the text of the page that follows."""
    key = thing.pk if name == "repeat-webhook-call" else thing.public_id
    answer = browser.post(reverse(name, args=[key]), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


class TestAdding:
    def add(self, browser, world, url, *statuses):
        sent = {"company": world.acme.pk, "url": url, "statuses": statuses or ["delivered"]}
        return browser.post(reverse("new-webhook"), sent, follow=True).content.decode()

    def test_the_secret_is_shown_once_and_signs(self, alice, world, erp):
        shown = self.add(alice, world, erp.url, "sent", "rejected")
        added = Webhook.objects.get()
        assert (added.company, added.url, added.statuses) == (world.acme, erp.url, ["sent", "rejected"])
        assert added.created_by == world.alice
        assert added.secret in shown
        assert added.secret not in page(alice, added)
        press(alice, "test-webhook", added)
        webhooks.pump(10)
        assert is_signed(erp.got[0], added.secret)

    def test_another_s_page_does_not_show_it(self, alice, world, webhook):
        press_url = reverse("new-webhook-secret", args=[webhook.public_id])
        alice.post(press_url)
        other = Webhook.objects.create(company=world.acme, url="http://127.0.0.1:9000/")
        shown = page(alice, other)
        webhook.refresh_from_db()
        assert webhook.secret not in shown
        assert other.secret not in shown
        assert webhook.secret in page(alice, webhook)

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("http://erp.acme.example/", "https://"),
            ("https://192.168.1.10/", "private network"),
            ("https://[fd00::1]/", "private network"),
            ("https://bob:pw@erp.acme.example/", "user name"),
            ("erp", "whole web address"),
            ("", "This field is required"),
            ("https://erp.acme.example/" + "x" * 500, "at most 500 characters"),
        ],
    )
    def test_a_wrong_address_is_refused_with_the_reason(self, alice, world, url, said):
        with override_settings(PRACTICE=False):
            assert said in self.add(alice, world, url)
        assert not Webhook.objects.exists()

    def test_in_practice_mode_only_this_machine_can_be_called(self, alice, world):
        assert "practice mode" in self.add(alice, world, "https://erp.acme.example/")

    def test_a_status_that_is_none_is_refused(self, alice, world, erp):
        assert "Select a valid choice" in self.add(alice, world, erp.url, "eaten")

    def test_a_company_has_a_few_at_most(self, alice, world, erp):
        for number in range(MOST_PER_COMPANY):
            self.add(alice, world, f"{erp.url}?{number}")
        assert "at most 5 webhooks" in self.add(alice, world, erp.url)
        assert Webhook.objects.count() == MOST_PER_COMPANY


class TestChanging:
    def test_address_and_statuses(self, alice, webhook, erp):
        secret = webhook.secret
        sent = {"url": f"{erp.url}/new", "statuses": ["rejected"]}
        answer = alice.post(reverse("edit-webhook", args=[webhook.public_id]), sent, follow=True)
        assert "Saved." in answer.content.decode()
        webhook.refresh_from_db()
        assert (webhook.url, webhook.statuses, webhook.secret) == (f"{erp.url}/new", ["rejected"], secret)

    def test_without_a_status_it_stays_as_it_was(self, alice, webhook, erp):
        answer = alice.post(reverse("edit-webhook", args=[webhook.public_id]), {"url": f"{erp.url}/new"})
        assert "Choose at least one" in answer.content.decode()
        webhook.refresh_from_db()
        assert webhook.url == erp.url

    def test_a_new_secret_is_shown_once(self, alice, webhook):
        old = webhook.secret
        shown = press(alice, "new-webhook-secret", webhook)
        webhook.refresh_from_db()
        assert webhook.secret != old
        assert webhook.secret in shown
        assert webhook.secret not in page(alice, webhook)

    def test_off_and_on_again(self, alice, webhook):
        assert "switched off by hand" in press(alice, "webhook-off", webhook)
        webhook.refresh_from_db()
        assert not webhook.is_active
        press(alice, "webhook-on", webhook)
        webhook.refresh_from_db()
        assert webhook.is_active

    def test_why_it_was_switched_off_is_said(self, alice, webhook, erp):
        erp.code = 410
        call(webhook)
        webhooks.pump(10)
        assert "it answered 410 Gone" in page(alice, webhook)
        assert "it answered 410 Gone" in alice.get(reverse("webhooks")).content.decode()

    def test_deleting_asks_first(self, alice, webhook):
        url = reverse("delete-webhook", args=[webhook.public_id])
        assert "Delete this webhook?" in alice.get(url).content.decode()
        assert alice.get(reverse("webhook", args=[webhook.public_id])).status_code == 200
        assert "was deleted" in alice.post(url, follow=True).content.decode()
        assert alice.get(reverse("webhook", args=[webhook.public_id])).status_code == 404
        assert webhook.url not in alice.get(reverse("webhooks")).content.decode()


class TestTheLog:
    def test_it_tells_of_the_document_the_answer_and_the_next_try(self, alice, world, webhook, erp):
        erp.code, erp.body = 500, b"<b>no disk</b>"
        delivery = world.delivery(number="F-42")
        delivery.record(Verdict(Status.SENT), delivery.mails.get())
        webhooks.pump(10)
        shown = page(alice, webhook)
        assert reverse("document", args=[delivery.document.public_id]) in shown
        for words in ("F-42", "Is tried again", "500", "&lt;b&gt;no disk&lt;/b&gt;", "1 try", "next try"):
            assert words in shown
        assert "Send again" not in shown

    def test_a_test_shows_its_result(self, alice, webhook, erp):
        assert "On its way" in press(alice, "test-webhook", webhook)
        assert "already" in press(alice, "test-webhook", webhook)
        webhooks.pump(10)
        assert len(erp.got) == 1
        shown = page(alice, webhook)
        assert "Taken" in shown
        assert "200" in shown

    def test_a_test_of_one_that_is_off_is_not_sent(self, alice, webhook):
        webhook.switch_off()
        assert "Switch it on first" in press(alice, "test-webhook", webhook)
        assert not WebhookCall.objects.exists()

    def test_send_again_sends_the_same_event_once_more(self, alice, webhook, erp):
        told = call(webhook)
        webhooks.pump(10)
        assert "on its way again." in press(alice, "repeat-webhook-call", told)
        assert "on its way again already" in press(alice, "repeat-webhook-call", told)
        webhooks.pump(10)
        first, second = erp.got
        assert first.body == second.body
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert webhook.calls.filter(succeeded_at__isnull=False).count() == 2

    def test_one_that_is_tried_anyway_is_not_sent_again(self, alice, webhook, erp):
        told, erp.code = call(webhook), 500
        webhooks.pump(10)
        assert "tried again by itself" in press(alice, "repeat-webhook-call", told)
        assert webhook.calls.count() == 1

    def test_older_calls_are_on_the_next_pages(self, alice, webhook):
        calls = [call(webhook) for _number in range(PAGE_SIZE + 1)]
        first = alice.get(reverse("webhook", args=[webhook.public_id]))
        assert [shown.pk for shown in first.context["calls"]] == [told.pk for told in calls[:0:-1]]
        second = alice.get(reverse("webhook", args=[webhook.public_id]), {"before": first.context["older"]})
        assert [shown.pk for shown in second.context["calls"]] == [calls[0].pk]
        assert second.context["older"] is None

    @pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "²"])
    def test_a_page_that_cannot_be_is_the_first(self, alice, webhook, before):
        call(webhook)
        answer = alice.get(reverse("webhook", args=[webhook.public_id]), {"before": before})
        assert len(answer.context["calls"]) == 1


def test_only_managers_are_shown_the_way(client, world):
    for person, is_shown in [(world.alice, True), (world.bob, False)]:
        client.force_login(person)
        menu = client.get(reverse("documents")).content.decode()
        assert (f'href="{reverse("company-settings")}"' in menu) == is_shown
    client.force_login(world.alice)
    assert reverse("webhooks") in client.get(reverse("company-settings")).content.decode()
