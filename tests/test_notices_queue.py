"""Whom a notice does not reach any more, how the mail looks, and what dead and quick workers leave."""

import threading

import pytest
import time_machine
from django.db import connections
from django.utils.timezone import now

from distribution.models import BlockedAddress, Membership
from documents import notices
from documents import relay as our_relay
from documents.models import LEASE, Notice, Reader
from documents.notices.mailing import send_one
from documents.verp import notice_address
from tests.relay import relay, relay_settings
from tests.sweep import read
from tests.tellings import (
    DAY,
    EIGHT,
    HOUR,
    MINUTE,
    NOON,
    at,
    member,
    plan_for_the_morning,
    reject,
    sweep,
    told,
)
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = World()
    notices.plan()  # workers have been running since they became members
    return made


@pytest.fixture
def server():
    with relay() as running, relay_settings(running):
        yield running
    our_relay.disconnect()


class TestWhoIsNotTold:
    @pytest.fixture
    def waiting(self, world, clock):
        """A notice to Alice that is written down and not sent yet."""
        plan_for_the_morning(clock, world)
        return Notice.objects.get()

    def outcome(self, server):
        notices.send(10)
        assert server.mails == []
        return Notice.objects.get().outcome

    def test_who_left_the_company(self, world, waiting, server):
        world.alice.memberships.get().delete()
        notices.send(10)
        assert server.mails == []
        assert not Notice.objects.exists()

    def test_who_is_switched_off(self, world, waiting, server):
        world.alice.is_active = False
        world.alice.save()
        assert self.outcome(server) == "stopped"

    def test_who_wants_none_any_more(self, world, waiting, server):
        member(world.alice, notices="none")
        assert self.outcome(server) == "stopped"

    @pytest.mark.parametrize("everywhere", [False, True])
    def test_whose_address_is_blocked(self, world, waiting, server, clock, everywhere):
        company = None if everywhere else world.acme
        block, _is_new = BlockedAddress.objects.block(company, "Alice@acme.example", "by_hand")
        assert self.outcome(server) == "stopped"
        clock.shift(DAY)
        reject(world.delivery())
        clock.shift(DAY)
        sweep()
        assert Notice.objects.count() == 1
        block.lift(world.sam)
        sweep()
        assert len(told(server)) == 1

    def test_another_company_s_block_does_not_matter(self, world, waiting, server):
        BlockedAddress.objects.block(world.globex, "alice@acme.example", "by_hand")
        notices.send(10)
        assert len(told(server)) == 1

    def test_of_another_company_nothing_is_told(self, world, server, clock):
        reject(world.delivery())
        at(clock, EIGHT + MINUTE)
        assert [to for to, _subject, _text in told(server)] == ["alice@acme.example"]


class TestTheMail:
    def test_envelope_and_headers(self, world, server, clock):
        plan_for_the_morning(clock, world)
        notices.send(10)
        [mail] = server.mails
        notice = Notice.objects.get()
        assert mail.mail_from == notice_address(notice.public_id)
        message = read(mail)
        assert message["From"] == "Jakelu <no-reply@jakelu.example>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["X-Auto-Response-Suppress"] == "All"
        assert message["Message-ID"] == notice.message_id
        assert message["List-Unsubscribe"].endswith(f"/settings/notices/?company={world.acme.pk}>")
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]

    def test_a_company_s_name_stays_in_one_header(self, world, server, clock):
        world.acme.name = "Acme\r\nBcc: eve@evil.example\r\n =?utf-8?q?x?="
        world.acme.save()
        plan_for_the_morning(clock, world)
        notices.send(10)
        [mail] = server.accepted
        assert mail.rcpt_to == ["alice@acme.example"]
        assert read(mail)["Bcc"] is None


class TestWorkers:
    @pytest.fixture
    def waiting(self, world, clock):
        plan_for_the_morning(clock, world)
        return Notice.objects.get()

    def test_killed_before_it_began_another_one_sends_it(self, waiting, server, clock):
        assert Notice.objects.claim() == waiting
        assert Notice.objects.claim() is None
        notices.send(10)
        assert server.mails == []
        clock.shift(LEASE + MINUTE)
        notices.send(10)
        assert len(told(server)) == 1

    def test_killed_in_the_middle_nobody_sends_it_again(self, waiting, server, clock):
        claimed = Notice.objects.claim()
        assert claimed.begin()
        notices.send(10)
        waiting.refresh_from_db()
        assert waiting.finished_at is None
        clock.shift(LEASE + MINUTE)
        notices.send(10)
        waiting.refresh_from_db()
        assert (server.mails, waiting.outcome) == ([], "unknown")

    def test_who_was_too_slow_does_not_begin(self, waiting, clock):
        slow = Notice.objects.claim()
        clock.shift(LEASE + MINUTE)
        assert Notice.objects.claim() == waiting
        assert not slow.begin()
        slow.end("sent")
        waiting.refresh_from_db()
        assert waiting.finished_at is None

    def test_without_a_relay_it_waits(self, waiting, clock):
        with relay() as server, relay_settings(server):
            server.stop()
            notices.send(10)
            server.start()
            notices.send(10)
            assert server.mails == []
            clock.shift(2 * MINUTE)
            notices.send(10)
            our_relay.disconnect()
            assert len(told(server)) == 1

    def test_put_off_by_its_server_it_is_tried_for_a_day(self, waiting, server, clock):
        server.answer(rcpt="451 4.7.1 Later")
        for _hour in range(30):
            notices.send(10)
            clock.shift(HOUR)
        waiting.refresh_from_db()
        assert (waiting.outcome, Reader.objects.filter(paused_at__isnull=False).exists()) == (
            "gave_up",
            False,
        )

    def test_lost_in_the_middle_of_its_content_it_is_not_sent_twice(self, waiting, server, clock):
        server.answer(hang_up_after_data=True)
        notices.send(10)
        server.answer(hang_up_after_data=False)
        clock.shift(HOUR)
        notices.send(10)
        waiting.refresh_from_db()
        assert (len(server.mails), waiting.outcome) == (1, "unknown")

    def test_a_fault_of_ours_does_not_stop_the_others(self, world, waiting, server, settings):
        member(world.bob, notices="at_once")
        notices.plan()
        Notice.objects.filter(pk=waiting.pk).update(next_attempt_at=now() - HOUR)
        settings.LANGUAGES = [("en", "English")]
        world.alice.language = "\N{SNOWMAN}"
        world.alice.save()
        notices.send(10)
        assert "bob@acme.example" in [to for to, _subject, _text in told(server)]


class TestRaces:
    """On SQLite one waits for the other; on PostgreSQL both are in it at the same time."""

    def at_once(self, work, workers=3):
        """Whatever so many workers give back that do this at the same time."""
        given, start = [], threading.Barrier(workers)

        def run():
            try:
                start.wait()
                given.append(work())
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run) for _number in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(given) == workers
        return given

    @pytest.mark.django_db(transaction=True)
    def test_workers_at_the_same_time_tell_everybody_once(self, server, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        world = World()
        for number in range(10):
            world.person(f"manager{number}", world.acme, "manager")
        Membership.objects.update(notices="at_once")
        reject(world.delivery())
        with time_machine.travel(now() + 3 * MINUTE, tick=True):
            assert sum(self.at_once(notices.plan)) == 12
            claimed = self.at_once(lambda: [Notice.objects.claim() for _turn in range(12)])
            taken = [notice.pk for mine in claimed for notice in mine if notice]
            assert sorted(taken) == sorted(Notice.objects.values_list("pk", flat=True))
            for notice in [notice for mine in claimed for notice in mine if notice]:
                send_one(notice)
            our_relay.disconnect()
        told_to = [to for to, _subject, _text in told(server)]
        assert len(told_to) == len(set(told_to)) == 12


def test_old_notices_are_forgotten(world, clock):
    plan_for_the_morning(clock, world)
    clock.shift(29 * DAY)
    Notice.objects.forget_old()
    assert Notice.objects.exists()
    clock.shift(2 * DAY)
    Notice.objects.forget_old()
    assert not Notice.objects.exists()
