"""A button that is pressed twice, by a quick hand or a slow page: what it does is done once."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from distribution.models import Invitation, InvitationMail, Membership
from documents.models import Delivery
from documents.replies import Verdict
from documents.statuses import Status
from tests.test_document_page import UNKNOWN, play
from tests.world import World

pytestmark = pytest.mark.django_db

URL = "http://127.0.0.1:9999/jakelu"  # nowhere else in practice mode


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def press_twice(client, name, *arguments, **fields):
    """The second answer, which is the one that the browser shows."""
    for _ in range(2):
        answer = client.post(reverse(name, args=arguments), fields)
        assert answer.status_code == 302
    return client.get(answer.url).content.decode()


class TestRemedies:
    @pytest.mark.parametrize("name", ["resend-delivery", "send-as-link"])
    def test_one_more_mail(self, alice, world, name):
        delivery = play(world.delivery(), UNKNOWN)
        press_twice(alice, name, delivery.public_id)
        assert delivery.mails.count() == 2

    @pytest.mark.parametrize(
        ("name", "handled"), [("put-aside", True), ("take-back", False), ("cancel-delivery", False)]
    )
    def test_the_same_afterwards(self, alice, world, name, handled):
        delivery = play(world.delivery(), UNKNOWN)
        press_twice(alice, name, delivery.public_id)
        delivery.refresh_from_db()
        assert bool(delivery.handled_at) == handled

    def test_one_corrected_address(self, alice, world):
        delivery = play(world.delivery(), UNKNOWN)
        press_twice(alice, "correct-delivery", delivery.public_id, address="new@baker.example")
        assert Delivery.objects.filter(address="new@baker.example").count() == 1

    def test_one_mail_that_is_cancelled_stays_so(self, alice, world):
        delivery = world.delivery()
        press_twice(alice, "cancel-delivery", delivery.public_id)
        delivery.refresh_from_db()
        assert delivery.status == Status.CANCELLED
        assert delivery.events.filter(status=Status.CANCELLED).count() == 1

    def test_a_link_that_is_ended_stays_so(self, alice, world):
        delivery = play(world.delivery(), UNKNOWN)
        alice.post(reverse("send-as-link", args=[delivery.public_id]))
        play(delivery, Verdict(Status.SENT))
        press_twice(alice, "end-link", delivery.public_id)
        assert "works again" in press_twice(alice, "renew-link", delivery.public_id)


class TestInvitations:
    def invite(self, client, world):
        return press_twice(client, "invite", company=world.acme.pk, email="new@acme.example", role="viewer")

    def test_one_mail_goes_out_and_its_link_works(self, alice, world):
        shown = self.invite(alice, world)
        assert "went out a moment ago" in shown
        assert len(mail.outbox) == 1
        secret = re.search(r"/invitations/([\w-]+)/", mail.outbox[0].body)[1]
        assert Invitation.objects.find(secret)

    def test_later_another_one_can_be_sent(self, alice, world):
        self.invite(alice, world)
        invited = Invitation.objects.get()
        InvitationMail.objects.update(sent_at=invited.sent_at - timedelta(seconds=21))
        press_twice(alice, "invite-again", invited.public_id)
        assert len(mail.outbox) == 2

    def test_a_role_is_changed_once(self, alice, world):
        bob = world.acme.memberships.get(user=world.bob)
        press_twice(alice, "change-role", bob.pk, role="manager")
        bob.refresh_from_db()
        assert bob.role == Membership.Role.MANAGER


class TestWebhooks:
    def add(self, client, world):
        return press_twice(client, "new-webhook", company=world.acme.pk, url=URL, statuses=["rejected"])

    def test_one_is_added_and_its_secret_is_shown(self, alice, world):
        shown = self.add(alice, world)
        assert world.acme.webhooks.get().secret in shown

    def test_another_one_with_the_same_address_can_be_added_later(self, alice, world):
        self.add(alice, world)
        world.acme.webhooks.update(created_at=world.acme.webhooks.get().created_at - timedelta(seconds=21))
        self.add(alice, world)
        assert world.acme.webhooks.count() == 2

    def test_the_secret_in_use_goes_on_for_its_day(self, alice, world):
        self.add(alice, world)
        webhook = world.acme.webhooks.get()
        shown = press_twice(alice, "new-webhook-secret", webhook.public_id)
        changed = world.acme.webhooks.get()
        assert changed.signing_secrets() == [changed.secret, webhook.secret]
        assert changed.secret in shown
        assert changed.secret != webhook.secret

    def test_one_test_is_made(self, alice, world):
        self.add(alice, world)
        webhook = world.acme.webhooks.get()
        press_twice(alice, "test-webhook", webhook.public_id)
        assert webhook.calls.count() == 1
