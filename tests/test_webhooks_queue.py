"""The queue of calls to webhooks: who is called when, and what is left when workers die or receivers fail."""

import json
import threading
import time
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import connections
from django.utils.timezone import now

from distribution import webhooks
from distribution.models import Webhook, WebhookCall
from distribution.models.webhook_calls import GIVE_UP_AFTER, KEPT, LEASE, RETRY_AFTER
from distribution.models.webhooks import SWITCH_OFF_AFTER
from documents.replies import Verdict
from documents.statuses import Status
from tests.conftest import wait_until
from tests.receiver import call, is_signed, receiver
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def erp():
    with receiver() as running:
        yield running


@pytest.fixture
def webhook(world, erp):
    """Acme's, for everything that can happen to a delivery."""
    return Webhook.objects.create(
        company=world.acme, url=erp.url, statuses=["queued", "deferred", "sent", "delivered", "rejected"]
    )


class TestPatience:
    def test_it_is_tried_later_and_later_for_three_days_and_then_given_up(self, webhook, erp):
        told, erp.code = call(webhook), 503
        began, tries = told.created_at, []
        with time_machine.travel(began, tick=False) as clock:
            while not told.finished_at and len(tries) < 50:
                webhooks.pump(10)
                tries.append(now() - began)
                told.refresh_from_db()
                clock.move_to(max(told.next_attempt_at, now()))
        waits = [second - first for first, second in pairwise(tries)]
        assert waits[: len(RETRY_AFTER)] == RETRY_AFTER
        assert tries[-1] == GIVE_UP_AFTER
        assert (told.attempts, len(erp.got), told.succeeded_at) == (len(tries), len(tries), None)

    def test_who_has_taken_nothing_for_days_is_switched_off(self, webhook, erp):
        erp.code = 500
        call(webhook)
        webhooks.pump(10)
        for days, is_active in [(SWITCH_OFF_AFTER, True), (SWITCH_OFF_AFTER + timedelta(hours=1), False)]:
            with time_machine.travel(now() + days - timedelta(minutes=1), tick=True):
                call(webhook)
                webhooks.pump(10)
            webhook.refresh_from_db()
            assert webhook.is_active == is_active
        assert webhook.disabled_because == "failing"

    def test_when_one_is_taken_again_the_others_go_at_once(self, webhook, erp):
        erp.code = 500
        for _number in range(3):
            call(webhook)
        with time_machine.travel(now() - timedelta(hours=1), tick=True):
            WebhookCall.objects.update(next_attempt_at=now())
            webhooks.pump(10)
        WebhookCall.objects.update(next_attempt_at=now() + timedelta(hours=10))
        erp.got.clear()
        erp.code = 200
        WebhookCall.objects.put([webhook], "test", first=True)
        webhooks.pump(10)
        assert len(erp.got) == 4
        webhook.refresh_from_db()
        assert webhook.failing_since is None

    def test_a_test_is_tried_once_and_blames_nobody(self, webhook, erp):
        erp.code = 500
        WebhookCall.objects.put([webhook], "test", first=True)
        webhooks.pump(10)
        webhook.refresh_from_db()
        assert webhook.calls.get().finished_at
        assert webhook.failing_since is None

    def test_a_test_goes_before_all_that_waits(self, webhook, erp):
        erp.code = 500
        for _number in range(10):
            call(webhook)
        WebhookCall.objects.put([webhook], "test", first=True)
        webhooks.pump(10)
        assert "test" in {json.loads(got.body)["type"] for got in erp.got}

    def test_while_it_is_off_nothing_is_called_and_what_waits_goes_later(self, webhook, erp):
        call(webhook)
        webhook.switch_off()
        webhooks.pump(10)
        assert not erp.got
        webhook.switch_on()
        webhooks.pump(10)
        assert len(erp.got) == 1


class TestWorkers:
    def test_a_claimed_call_is_nobody_else_s(self, webhook):
        call(webhook)
        assert len(WebhookCall.objects.claim(webhook.pk, 5)) == 1
        assert WebhookCall.objects.claim(webhook.pk, 5) == []

    def test_after_a_worker_s_death_the_call_is_made_by_another(self, webhook, erp):
        call(webhook)
        WebhookCall.objects.claim(webhook.pk, 5)  # by a worker that dies now
        webhooks.pump(10)
        assert not erp.got
        with time_machine.travel(now() + LEASE + timedelta(seconds=1), tick=True):
            webhooks.pump(10)
        assert len(erp.got) == 1

    def test_the_one_who_was_too_slow_does_not_undo_the_other_s_success(self, webhook, erp):
        told = call(webhook)
        [slow] = WebhookCall.objects.claim(webhook.pk, 5)
        with time_machine.travel(now() + LEASE + timedelta(seconds=1), tick=True):
            webhooks.pump(10)
            slow.settle(None, "too late")
        told.refresh_from_db()
        assert (told.last_code, told.attempts) == (200, 1)
        assert told.succeeded_at

    def test_the_one_who_was_too_slow_does_not_take_it_from_the_other(self, webhook):
        told = call(webhook)
        [slow] = WebhookCall.objects.claim(webhook.pk, 5)
        with time_machine.travel(now() + LEASE + timedelta(seconds=1), tick=True):
            [quick] = WebhookCall.objects.claim(webhook.pk, 5)
            slow.settle(500, "too late")
            assert WebhookCall.objects.claim(webhook.pk, 5) == []
            quick.settle(200, "ok")
        told.refresh_from_db()
        assert (told.last_code, told.attempts) == (200, 1)

    def test_a_receiver_gets_few_calls_at_a_time(self, webhook, erp):
        erp.slow = 0.1
        for _number in range(12):
            call(webhook)
        webhooks.pump(10)
        assert len(erp.got) == 12
        assert erp.most_at_once <= webhooks.CALLS_AT_ONCE

    def test_a_slow_receiver_does_not_hold_up_the_others(self, world, webhook, erp, monkeypatch):
        monkeypatch.setattr(webhooks, "TIMEOUT", 2)
        with receiver() as other:
            theirs = Webhook.objects.create(company=world.globex, url=other.url)
            erp.slow, arrived = 3, []
            other.answer = lambda handler: (arrived.append(time.monotonic()), handler.send_error(204))
            for _number in range(30):
                call(webhook)
                call(theirs)
            began = time.monotonic()
            webhooks.pump(10)
            assert len(arrived) == 30
            assert max(arrived) - began < 1.9
        assert len(erp.got) == webhooks.CALLS_AT_ONCE  # it has failed, so its turn is over

    def test_a_fault_of_ours_with_one_does_not_stop_the_others(self, world, webhook, erp):
        broken = Webhook.objects.create(company=world.globex, url=erp.url, secret="whsec_not base64")
        told = call(broken)
        call(webhook)
        webhooks.pump(10)
        assert len(erp.got) == 1
        told.refresh_from_db()
        assert (told.attempts, told.finished_at, "fault of ours" in told.answer) == (1, None, True)

    def test_after_its_time_a_sweep_begins_nothing_and_says_that_something_is_left(self, webhook, erp):
        call(webhook)
        assert webhooks.pump(-1) is True
        assert not erp.got

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_at_once_make_each_call_once(self, webhook, erp):
        erp.slow = 0.02
        for _number in range(40):
            call(webhook)

        def work():
            webhooks.pump(10)
            connections.close_all()

        threads = [threading.Thread(target=work) for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Counter(got.headers["webhook-id"] for got in erp.got).most_common(1)[0][1] == 1
        assert webhook.calls.filter(attempts=1, last_code=200).count() == 40

    def test_a_new_status_hints_at_a_real_worker(self, worker, world, webhook, erp):
        worker()
        delivery = world.delivery()
        delivery.record(Verdict(Status.SENT), delivery.mails.get())
        wait_until(lambda: erp.got, seconds=10)
        wait_until(lambda: webhook.calls.filter(succeeded_at__isnull=False).exists())


class TestSecrets:
    def test_for_a_day_the_old_secret_signs_as_well(self, webhook, erp):
        old = webhook.secret
        webhook.renew_secret()
        for hours, old_signs in [(23, True), (25, False)]:
            with time_machine.travel(now() + timedelta(hours=hours), tick=True):
                call(webhook)
                webhooks.pump(10)
            assert is_signed(erp.got[-1], webhook.secret)
            assert is_signed(erp.got[-1], old) == old_signs


class TestForgetting:
    def test_after_a_month_a_call_is_forgotten_a_few_at_a_time(self, webhook, erp):
        for _number in range(3):
            call(webhook)
        with time_machine.travel(now() + KEPT - timedelta(minutes=1), tick=True):
            assert WebhookCall.objects.forget_old(2) == 0
        with time_machine.travel(now() + KEPT + timedelta(minutes=1), tick=True):
            assert [WebhookCall.objects.forget_old(2) for _turn in range(3)] == [2, 1, 0]
        assert Webhook.objects.count() == 1

    def test_a_deleted_webhook_goes_with_its_calls_a_day_later(self, webhook, erp):
        for _number in range(3):
            call(webhook)
        webhook.retire()
        webhooks.pump(10)
        assert not erp.got
        assert WebhookCall.objects.forget_old(10) == 0
        with time_machine.travel(now() + timedelta(days=1, minutes=1), tick=True):
            assert WebhookCall.objects.forget_old(2) == 2
            assert Webhook.objects.exists()
            WebhookCall.objects.forget_old(2)
        assert not Webhook.objects.exists()
