"""The queue: what blocks hold back, and what is left when workers die or come too late."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from distribution.models import BlockedAddress
from documents import relay as our_relay
from documents import routing, sending, tracking
from documents.models import LEASE, Delivery, OutboundMail
from documents.replies import Verdict
from documents.statuses import Status
from tests.relay import relay, relay_settings
from tests.sweep import outcome, pump, sent, story
from tests.world import World

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def server():
    """A relay that takes everything until it is told otherwise."""
    with relay() as running, relay_settings(running):
        yield running
    our_relay.disconnect()


class TestBlocks:
    def test_a_blocked_address_gets_no_smtp_at_all(self, world, server):
        BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        assert outcome(sent(world)) == ("rejected", "blocked_bounced", "605")
        assert server.connections == 0

    @pytest.mark.parametrize(
        ("reason", "code"),
        [("bounced", "605"), ("by_hand", "605"), ("unsubscribed", "606"), ("complained", "607")],
    )
    def test_each_reason_has_its_code(self, world, server, reason, code):
        BlockedAddress.objects.block(world.acme, "office@baker.example", reason)
        assert outcome(sent(world))[2] == code

    def test_another_company_s_block_is_its_own(self, world, server):
        BlockedAddress.objects.block(world.globex, "office@baker.example", "bounced")
        assert outcome(sent(world))[0] == "sent"

    def test_a_platform_wide_block_holds_for_all(self, world, server):
        BlockedAddress.objects.block(None, "office@baker.example", "by_hand")
        assert outcome(sent(world))[2] == "605"

    def test_lifting_sends_what_was_held_by_itself_and_once(self, world, server):
        block, _ = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        delivery = sent(world)
        assert routing.release_unblocked() == 0
        block.lift(world.sam)
        assert routing.release_unblocked() == 1
        assert routing.release_unblocked() == 0
        pump()
        assert story(delivery) == ["queued", "rejected", "queued", "sent"]
        assert len(server.mails) == 1

    @pytest.mark.parametrize("change", ["handled", "left the list", "older than a month"])
    def test_what_nobody_wants_any_more_stays(self, world, server, change):
        block, _ = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        delivery = sent(world)
        if change == "handled":
            Delivery.objects.update(handled_at=now())
        elif change == "left the list":
            world.baker.addresses.all().delete()
        else:
            Delivery.objects.update(at=now() - timedelta(days=31))
        block.lift(world.sam)
        assert routing.release_unblocked() == 0
        assert outcome(delivery)[0] == "rejected"


class TestWorkersThatDie:
    def test_a_claimed_mail_is_nobody_else_s(self, world):
        world.delivery()
        assert len(OutboundMail.objects.claim(50)) == 1
        assert OutboundMail.objects.claim(50) == []

    def test_when_the_lease_is_over_the_mail_is_sent_and_the_doubt_is_told(self, world, server):
        first, second = world.delivery(), world.delivery()
        OutboundMail.objects.claim(50)  # by a worker that dies now
        pump()
        assert not server.mails
        with time_machine.travel(now() + LEASE + timedelta(seconds=1), tick=True):
            pump()
        assert story(first) == ["queued", "queued", "sent"]
        assert "unknown" in first.events.order_by("pk")[1].text
        assert story(second) == ["queued", "sent"]  # only the first one can be in doubt

    def test_a_report_that_came_meanwhile_settles_it(self, world, server):
        delivery = world.delivery()
        [mail] = OutboundMail.objects.claim(50)
        tracking.apply(Verdict(Status.DELIVERED), mail, external_id="report")
        with time_machine.travel(now() + LEASE + timedelta(seconds=1), tick=True):
            pump()
        assert not server.mails
        assert outcome(delivery)[0] == "delivered"

    def test_the_one_who_was_too_slow_does_not_make_a_sent_mail_delayed(self, world, server):
        delivery = world.delivery()
        [slow] = OutboundMail.objects.claim(50)
        with time_machine.travel(now() + LEASE + timedelta(seconds=1), tick=True):
            pump()
            sending.settle(slow, our_relay.our_trouble("timeout"))
        assert outcome(delivery)[0] == "sent"

    def test_a_report_that_comes_after_the_second_claim_settles_it_too(self, world, server):
        world.delivery()
        OutboundMail.objects.claim(50)
        with time_machine.travel(now() + LEASE + timedelta(seconds=1), tick=True):
            mails = OutboundMail.objects.claim(50)
            tracking.apply(Verdict(Status.DELIVERED), mails[0], external_id="report")
            sending.send(mails)
        assert not server.mails

    def test_a_batch_whose_lease_ran_out_stops_before_its_next_mail(self, world, server):
        world.delivery()
        mails = OutboundMail.objects.claim(50)
        with time_machine.travel(now() + LEASE + timedelta(seconds=1), tick=True):
            sending.send(mails)
        assert not server.mails

    def test_the_lease_is_renewed_on_the_way(self, world, server):
        world.delivery()
        mails = OutboundMail.objects.claim(50)
        with time_machine.travel(now() + LEASE / 2, tick=True):
            assert sending._hold(mails)
            assert OutboundMail.objects.get().claimed_until > now() + LEASE / 2

    def test_every_company_gets_its_share(self, world):
        for _ in range(8):
            world.delivery()
        other = world.customer("1", "x@y.example", company=world.globex)
        for number in range(2):
            world.document(f"G-{number}", company=world.globex, customer_number="1")
        claimed = OutboundMail.objects.claim(4)
        assert sorted(mail.company.name for mail in claimed) == ["Acme Oy"] * 2 + ["Globex Ab"] * 2
        assert other.company == world.globex
