"""The pages about holds: what operations see and do, and what a manager can try before its time."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group

from documents import relay as our_relay
from documents import remedying
from documents.models import HeldDomain, OutboundMail
from portal.models import User
from portal.roles import OPERATIONS
from tests.relay import relay, relay_settings
from tests.sweep import outcome, sweep
from tests.world import World

pytestmark = pytest.mark.django_db

LISTED = "554 5.7.1 Service unavailable; client host blocked using a DNS block list"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def server():
    with relay() as running, relay_settings(running):
        yield running
    our_relay.disconnect()


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
