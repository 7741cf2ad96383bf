"""When a server refuses *us*: mail to its domain waits, one mail tries, and nobody's customer is to blame."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils.timezone import now

from distribution.models import BlockedAddress
from documents import holding, sending, tracking
from documents import relay as our_relay
from documents.causes import Cause
from documents.models import HeldDomain, OutboundMail
from documents.replies import Verdict, judge
from documents.statuses import Status
from tests.relay import relay, relay_settings
from tests.sweep import sweep
from tests.world import World

pytestmark = pytest.mark.django_db

LISTED = "554 5.7.1 Service unavailable; client host blocked using a DNS block list"
MINUTE = timedelta(minutes=1)
DELIVERED = Verdict(Status.DELIVERED)
COMPLAINT = Verdict(Status.DELIVERED, Cause.COMPLAINED)
BOUNCED_FOR_US = Verdict(Status.REJECTED, Cause.OUR_REPUTATION, 554, "5.7.1", LISTED, "mx.baker.example")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def server():
    with relay() as running, relay_settings(running):
        yield running
    our_relay.disconnect()


def outcome(delivery):
    delivery.refresh_from_db()
    return delivery.status, delivery.cause


def came_back(delivery, name):
    tracking.apply(BOUNCED_FOR_US, delivery.mails.get(), external_id=name)


class TestRefusedInTheDialogue:
    def test_the_others_to_that_domain_are_not_even_tried(self, world, server):
        server.answer(rcpt=LISTED)
        deliveries = [world.delivery() for _ in range(5)]
        sweep()
        assert len({outcome(d) for d in deliveries}) == 1
        assert outcome(deliveries[4]) == ("deferred", "our_reputation")
        assert "Not tried" in deliveries[4].headline.text
        held = HeldDomain.objects.active().get()
        assert (held.domain, held.refusals) == ("baker.example", 1)
        assert "block list" in held.reply
        assert held.waiting().count() == 5

    def test_other_domains_go_on(self, world, server):
        server.answer_to("office@baker.example", LISTED)
        world.delivery()
        other = world.delivery(customer_number="", addresses="a@other.example")
        sweep()
        assert outcome(other)[0] == "sent"

    def test_one_mail_tries_each_time_and_each_refusal_waits_longer(self, world, server):
        server.answer(rcpt=LISTED)
        for _ in range(3):
            world.delivery()
        waits = []
        start = now()
        with time_machine.travel(start, tick=False) as clock:
            for _ in range(4):
                sending.pump(seconds=30)
                our_relay.disconnect()
                held = HeldDomain.objects.get()
                waits.append(round((held.next_try_at - now()) / MINUTE))
                clock.move_to(held.next_try_at)
        assert waits == [5, 15, 30, 60]
        assert HeldDomain.objects.get().refusals == 4
        assert BlockedAddress.objects.count() == 0

    def test_when_one_gets_through_the_rest_follows_by_itself(self, world, server):
        server.answer(rcpt=LISTED)
        deliveries = [world.delivery() for _ in range(5)]
        sweep()
        server.answer(rcpt="250 OK")
        sweep(6 * MINUTE)
        assert {outcome(d)[0] for d in deliveries} == {"sent"}
        assert not HeldDomain.objects.active().exists()

    def test_it_never_gives_up(self, world, server):
        server.answer(rcpt=LISTED)
        delivery = world.delivery()
        for day in range(4):
            sweep(timedelta(days=day))
        assert outcome(delivery) == ("deferred", "our_reputation")

    def test_released_by_hand_sends_what_waited_at_once(self, world, server):
        server.answer(rcpt=LISTED)
        deliveries = [world.delivery() for _ in range(3)]
        sweep()
        server.answer(rcpt="250 OK")
        assert HeldDomain.objects.get().release(world.sam)
        assert not HeldDomain.objects.get().release(world.sam)
        sweep()
        assert {outcome(d)[0] for d in deliveries} == {"sent"}

    def test_our_own_mail_server_asking_for_a_log_in_is_no_trouble_of_the_domain(self, world, server):
        server.answer(rcpt="530 5.7.0 Authentication required")
        delivery = world.delivery()
        sweep()
        assert outcome(delivery) == ("deferred", "our_trouble")
        assert not HeldDomain.objects.exists()

    def test_what_a_worker_has_when_the_hold_ends_is_not_left_behind(self, world, server):
        server.answer(rcpt=LISTED)
        world.delivery()
        sweep()
        world.delivery()
        [mail] = OutboundMail.objects.claim(50)
        as_the_worker_saw_it = HeldDomain.objects.get()
        HeldDomain.objects.get().release(world.sam)
        holding.put_off(mail, as_the_worker_saw_it)
        assert mail in OutboundMail.objects.due()

    def test_a_rate_limit_holds_too(self, world, server):
        server.answer(rcpt="421 4.7.0 Too many connections, slow down")
        world.delivery()
        sweep()
        assert HeldDomain.objects.active().get().cause == "rate_limited"

    @pytest.mark.parametrize("code", ["450 4.2.1", "451 4.2.122"])
    def test_the_limit_of_one_mailbox_holds_up_no_other(self, world, server, code):
        server.answer_to(
            "office@baker.example", f"{code} The user is receiving mail at a rate that is too high"
        )
        world.customer("1002", "other@baker.example")
        world.delivery()
        other = world.delivery(customer_number="1002")
        sweep()
        assert outcome(other)[0] == "sent"
        assert not HeldDomain.objects.exists()

    def test_greylisting_does_not_since_it_wants_the_same_mail_again(self, world, server):
        server.answer(rcpt="451 4.7.1 Greylisted, try again later")
        world.delivery()
        sweep()
        assert not HeldDomain.objects.exists()

    def test_a_story_tells_of_the_hold_once(self, world, server):
        server.answer(rcpt=LISTED)
        world.delivery()
        waiting = world.delivery()
        for minutes in (0, 6, 25):
            sweep(minutes * MINUTE)
        assert waiting.events.filter(text__startswith="Not tried").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_report_and_a_release_do_not_wait_for_each_other(world, server):
    first, second = world.delivery(), world.delivery()
    sweep()
    for number, delivery in enumerate((first, second)):
        came_back(delivery, str(number))
    with ThreadPoolExecutor(1) as elsewhere:
        with transaction.atomic():
            held = HeldDomain.objects.select_for_update().get()
            told = elsewhere.submit(_tell_elsewhere, second.mails.get())
            wait([told], timeout=1)
            held.release(world.sam)
        told.result(timeout=20)
    assert outcome(second)[0] == "delivered"


def _tell_elsewhere(mail):
    try:
        tracking.apply(DELIVERED, mail, external_id="elsewhere")
    finally:
        connection.close()


class TestRefusedBehindTheRelay:
    def test_a_bounce_because_of_us_is_no_rejection_but_waits(self, world, server):
        delivery = world.delivery()
        sweep()
        came_back(delivery, "1")
        assert outcome(delivery) == ("deferred", "our_reputation")
        assert delivery.mails.open().count() == 1
        assert HeldDomain.objects.active().get().domain == "baker.example"

    def test_a_bounce_because_our_log_in_was_refused_waits_too(self, world, server):
        delivery = world.delivery()
        sweep()
        refusal = judge(535, "5.7.8 Authentication credentials invalid")
        tracking.apply(refusal, delivery.mails.get(), external_id="1")
        assert outcome(delivery) == ("deferred", "our_trouble")
        assert delivery.mails.open().count() == 1
        sweep(HeldDomain.objects.active().get().next_try_at - now() + MINUTE)
        assert outcome(delivery)[0] == "sent"

    def test_the_same_bounce_again_changes_nothing(self, world, server):
        delivery = world.delivery()
        sweep()
        came_back(delivery, "1")
        came_back(delivery, "1")
        assert HeldDomain.objects.get().refusals == 1

    def test_one_mail_tries_and_the_rest_follows_when_no_bounce_came(self, world, server):
        deliveries = [world.delivery() for _ in range(3)]
        sweep()
        for number, delivery in enumerate(deliveries):
            came_back(delivery, str(number))
        assert len(server.mails) == 3
        wait = HeldDomain.objects.get().next_try_at - now()
        sweep(wait + MINUTE)
        assert len(server.mails) == 4
        sweep(wait + 40 * MINUTE)
        assert len(server.mails) == 6
        assert {outcome(d)[0] for d in deliveries} == {"sent"}
        assert not HeldDomain.objects.active().exists()

    def test_a_delivery_report_ends_it_at_once(self, world, server):
        first, second = world.delivery(), world.delivery()
        sweep()
        came_back(first, "1")
        tracking.apply(DELIVERED, second.mails.get(), external_id="2")
        assert not HeldDomain.objects.active().exists()
        sweep()
        assert outcome(first)[0] == "sent"

    @pytest.mark.parametrize(("verdict", "is_old"), [(DELIVERED, True), (COMPLAINT, False)])
    def test_neither_old_news_nor_a_complaint_do(self, world, server, verdict, is_old):
        first, second = world.delivery(), world.delivery()
        sweep()
        before = now()
        came_back(first, "1")
        tracking.apply(verdict, second.mails.get(), at=before if is_old else None, external_id="2")
        assert HeldDomain.objects.active().exists()

    def test_bounces_of_what_was_under_way_already_do_not_put_the_next_try_off(self, world, server):
        deliveries = [world.delivery() for _ in range(7)]
        sweep()
        for number, delivery in enumerate(deliveries):
            came_back(delivery, str(number))
        held = HeldDomain.objects.get()
        assert held.refusals == 1
        assert held.next_try_at < now() + 6 * MINUTE
        assert held.waiting().count() == 7

    def test_nor_do_they_undo_a_try_that_is_out(self, world, server):
        first, second = world.delivery(), world.delivery()
        sweep()
        came_back(first, "1")
        sweep(6 * MINUTE)
        came_back(second, "2")
        assert HeldDomain.objects.get().tried_at

    def test_the_bounce_of_the_try_itself_does_both(self, world, server):
        delivery = world.delivery()
        sweep()
        came_back(delivery, "1")
        sweep(6 * MINUTE)
        with time_machine.travel(now() + 7 * MINUTE, tick=True):
            came_back(delivery, "2")
            held = HeldDomain.objects.get()
            assert (held.refusals, held.tried_at) == (2, None)
            assert held.next_try_at > now() + 14 * MINUTE

    def test_a_bounce_that_is_quicker_than_our_record_of_the_try_is_not_forgotten(self, world, server):
        delivery = world.delivery()
        sweep()
        came_back(delivery, "1")
        as_the_worker_saw_it = HeldDomain.objects.get()
        tracking.apply(BOUNCED_FOR_US, world.delivery().mails.get(), external_id="2")
        assert not holding.went_out(as_the_worker_saw_it)
        held = HeldDomain.objects.get()
        assert (held.tried_at, held.refusals) == (None, 2)

    def test_the_try_again_has_the_same_message_id(self, world, server):
        delivery = world.delivery()
        sweep()
        came_back(delivery, "1")
        HeldDomain.objects.get().release(world.sam)
        sweep()
        assert delivery.mails.count() == 1
        assert len(server.mails) == 2

    @pytest.mark.parametrize("minutes", [1, 9])
    def test_who_got_the_mail_cannot_hold_up_the_others_with_a_forged_bounce(self, world, server, minutes):
        delivery = world.delivery()
        sweep()
        start = now()
        with time_machine.travel(start + 10 * MINUTE, tick=True):
            tracking.apply(
                Verdict(Status.DELIVERED), delivery.mails.get(), at=start + 5 * MINUTE, external_id="1"
            )
            at = start + minutes * MINUTE
            tracking.apply(BOUNCED_FOR_US, delivery.mails.get(), at=at, external_id="2")
        assert outcome(delivery)[0] == "delivered"
        assert not HeldDomain.objects.exists()

    def test_an_old_bounce_about_a_mail_that_was_delivered_since_does_not_send_it_again(self, world, server):
        delivery = world.delivery()
        sweep()
        mail = delivery.mails.get()
        at = now() + timedelta(seconds=1)
        with time_machine.travel(now() + 10 * MINUTE, tick=True):
            tracking.apply(DELIVERED, mail, at=at + 5 * MINUTE, external_id="1")
            tracking.apply(BOUNCED_FOR_US, mail, at=at, external_id="2")
        assert outcome(delivery)[0] == "delivered"
        assert not delivery.mails.open().exists()
