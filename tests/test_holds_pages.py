"""The pages about holds: what operations see and do, and what a manager can try before its time."""

import pytest
from django.contrib.auth.models import Group

from documents import relay as our_relay
from documents import remedying
from documents.models import HeldDomain
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
