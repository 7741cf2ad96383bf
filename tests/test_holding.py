"""When a server refuses *us*: mail to its domain waits, one mail tries, and nobody's customer is to blame."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.utils.timezone import now

from distribution.models import BlockedAddress
from documents import holding, remedying, routing, sending, tracking
from documents import relay as our_relay
from documents.causes import Cause
from documents.models import HeldDomain, OutboundMail
from documents.replies import Verdict, judge
from documents.statuses import Status
from portal.models import User
from portal.roles import OPERATIONS
from tests.relay import relay, relay_settings
from tests.world import World

pytestmark = pytest.mark.django_db

LISTED = "554 5.7.1 Service unavailable; client host blocked using a DNS block list"
MINUTE = timedelta(minutes=1)
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


def sweep(later=timedelta(0)):
    with time_machine.travel(now() + later, tick=True):
        routing.release_unblocked()
        holding.release_quiet()
        sending.pump(seconds=30)
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
        tracking.apply(Verdict(Status.DELIVERED), second.mails.get(), external_id="2")
        assert not HeldDomain.objects.active().exists()
        sweep()
        assert outcome(first)[0] == "sent"

    @pytest.mark.parametrize("verdict", [Verdict(Status.DELIVERED), COMPLAINT])
    def test_old_news_do_not(self, world, server, verdict):
        first, second = world.delivery(), world.delivery()
        sweep()
        before = now()
        came_back(first, "1")
        tracking.apply(verdict, second.mails.get(), at=before, external_id="2")
        assert HeldDomain.objects.active().exists()

    def test_a_complaint_does_not_whenever_it_was_made(self, world, server):
        first, second = world.delivery(), world.delivery()
        sweep()
        came_back(first, "1")
        tracking.apply(COMPLAINT, second.mails.get(), external_id="2")
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

    def test_an_old_bounce_about_a_mail_that_was_delivered_since_does_not_send_it_again(self, world, server):
        delivery = world.delivery()
        sweep()
        mail = delivery.mails.get()
        at = now() + timedelta(seconds=1)
        with time_machine.travel(now() + 10 * MINUTE, tick=True):
            tracking.apply(Verdict(Status.DELIVERED), mail, at=at + 5 * MINUTE, external_id="1")
            tracking.apply(BOUNCED_FOR_US, mail, at=at, external_id="2")
        assert outcome(delivery)[0] == "delivered"
        assert not delivery.mails.open().exists()


class TestOperations:
    @pytest.fixture
    def desk(self, world, client):
        operator = User.objects.create_user("olga@jakelu.example", is_staff=True)
        operator.groups.add(Group.objects.get(name=OPERATIONS))
        client.force_login(operator)
        return client

    def test_they_see_the_domain_the_reply_and_how_many_wait(self, world, server, desk):
        server.answer(rcpt=LISTED)
        for _ in range(3):
            world.delivery()
        sweep()
        listed = desk.get("/admin/documents/helddomain/").content.decode()
        assert "baker.example" in listed
        assert "block list" in listed
        assert 'class="field-documents_waiting">3<' in listed

    def test_the_held_ones_come_first_and_say_the_whole_reply(self, world, server, desk):
        server.answer(rcpt=LISTED)
        for domain in ("b.example", "a.example"):
            world.delivery(customer_number="", addresses=f"x@{domain}")
        sweep()
        HeldDomain.objects.get(domain="a.example").release()
        answer = desk.get("/admin/documents/helddomain/")
        assert [held.domain for held in answer.context["cl"].result_list] == ["b.example", "a.example"]
        assert "554 5.7.1 Service unavailable" in answer.content.decode()
        for state, domain in (("held", "b.example"), ("released", "a.example")):
            [found] = desk.get("/admin/documents/helddomain/", {"state": state}).context["cl"].result_list
            assert found.domain == domain

    def test_what_waits_is_a_click_away(self, world, server, desk):
        server.answer(rcpt=LISTED)
        world.delivery()
        sweep()
        held = HeldDomain.objects.get()
        page = desk.get(f"/admin/documents/helddomain/{held.pk}/change/").content.decode()
        link = "/admin/documents/outboundmail/?q=%40baker.example&amp;queue=waiting"
        assert link in page
        assert len(desk.get(link.replace("&amp;", "&")).context["cl"].result_list) == 1

    def test_one_that_is_being_tried_is_not_followed_by_another(self, world, server, desk):
        server.answer(rcpt=LISTED)
        for _ in range(3):
            world.delivery()
        sweep()
        held = HeldDomain.objects.get()
        assert "within seconds" in self.press(desk, held, "try_one")
        assert "within seconds" in self.press(desk, held, "try_one")
        assert len(OutboundMail.objects.claim(50)) == 1
        assert "Look again" in self.press(desk, held, "try_one")
        assert not OutboundMail.objects.due().exists()

    def test_where_nothing_waits_the_next_mail_tries(self, world, server, desk):
        server.answer(rcpt=LISTED)
        first = world.delivery()
        sweep()
        remedying.cancel(first, world.alice)
        server.answer(rcpt="250 OK")
        held = HeldDomain.objects.get()
        assert "The next mail to it is tried at once" in self.press(desk, held, "try_one")
        second = world.delivery()
        sweep()
        assert outcome(second)[0] == "sent"

    def press(self, desk, held, button):
        answer = desk.post(f"/admin/documents/helddomain/{held.pk}/{button}/", follow=True)
        return " ".join(str(message) for message in answer.context["messages"])

    def test_try_one_now_tries_one(self, world, server, desk):
        server.answer(rcpt=LISTED)
        for _ in range(3):
            world.delivery()
        sweep()
        held = HeldDomain.objects.get()
        desk.post(f"/admin/documents/helddomain/{held.pk}/try_one/")
        sweep()
        held.refresh_from_db()
        assert held.refusals == 2

    def test_release_lets_all_go(self, world, server, desk):
        server.answer(rcpt=LISTED)
        deliveries = [world.delivery() for _ in range(3)]
        sweep()
        server.answer(rcpt="250 OK")
        held = HeldDomain.objects.get()
        desk.post(f"/admin/documents/helddomain/{held.pk}/let_go/")
        sweep()
        assert {outcome(d)[0] for d in deliveries} == {"sent"}
        held.refresh_from_db()
        assert held.released_by.email == "olga@jakelu.example"
        assert "released already" in self.press(desk, held, "let_go")
        assert "released already" in self.press(desk, held, "try_one")
        assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Released"]


class TestTryNow:
    def test_a_delayed_mail_is_tried_before_its_time_and_not_twice_in_a_row(self, world, server):
        server.answer(rcpt="451 4.3.0 Not now")
        delivery = world.delivery()
        sweep()
        delivery.refresh_from_db()
        remedying.try_now(delivery, world.alice)
        server.answer(rcpt="451 4.3.0 Still not")
        sweep()
        assert outcome(delivery)[0] == "deferred"
        assert delivery.events.filter(status="deferred").count() == 2
        with pytest.raises(remedying.NotPossible, match="moment ago"):
            remedying.try_now(delivery, world.alice)

    def test_what_we_work_on_is_not_hurried(self, world, server):
        server.answer(rcpt=LISTED)
        delivery = world.delivery()
        sweep()
        with pytest.raises(remedying.NotPossible, match="working on it"):
            remedying.try_now(delivery, world.alice)

    def test_what_is_sent_is_not_tried(self, world, server):
        delivery = world.delivery()
        sweep()
        with pytest.raises(remedying.NotPossible):
            remedying.try_now(delivery, world.alice)
