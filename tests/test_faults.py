"""What goes wrong in the middle: programs are killed, people press together. Nothing is lost."""

import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils.timezone import now

from distribution.models import BlockedAddress, UnblockRequest
from documents import remedying, routing, sending
from documents.causes import Cause
from documents.models import Delivery, Document, OutboundMail
from documents.replies import Verdict
from documents.statuses import Status
from portal import broker as valkey
from portal import processes
from tests.conftest import wait_until, worker_environment
from tests.relay import relay
from tests.world import World, pdf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db):
    return World()


def together(*actions):
    """Runs the actions at the same moment, each on its own connection; returns what each gave or raised."""
    barrier, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(number, action):
        barrier.wait()
        try:
            results[number] = action()
        except Exception as problem:
            results[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def statuses():
    return set(Delivery.objects.values_list("status", flat=True))


class TestPrograms:
    def test_a_worker_killed_while_sending_loses_nothing(self, world, worker):
        with relay(slow=60) as server:
            first = worker(beat=True, EMAIL_PORT=server.port, SWEEP_EVERY=1)
            documents = [world.document() for _ in range(4)]
            wait_until(lambda: server.mails)
            processes.kill(first)
            assert statuses() == {"queued"}

            OutboundMail.objects.update(claimed_until=now() - timedelta(seconds=1))  # the lease is over
            server.answer(slow=0)
            worker(beat=True, EMAIL_PORT=server.port, SWEEP_EVERY=1)
            wait_until(lambda: statuses() == {"sent"}, seconds=30)
            assert len(server.mails) == 5  # one may have gone out twice, with the same Message-ID
        [doubted] = [d for d in documents if d.deliveries.get().events.count() == 3]
        assert "unknown" in doubted.deliveries.get().events.filter(status="queued").last().text

    def test_the_broker_killed_while_sending_stops_nobody_for_long(self, world, tmp_path):
        [port] = processes.free_ports(1)
        command, folder = valkey.command(port, tmp_path / "broker"), tmp_path
        url = f"redis://127.0.0.1:{port}/0"
        first = processes.start(command, cwd=folder, stdout=subprocess.DEVNULL)
        with relay(slow=2) as server:
            wait_until(lambda: valkey.answers(url))
            program = start_worker(url, server.port, tmp_path)
            world.document()
            wait_until(lambda: server.mails, seconds=30)
            processes.kill(first)
            first.wait()
            second = world.document()  # taken in although no broker answers
            assert second.deliveries.get().status == "queued"
            again = processes.start(command, cwd=folder, stdout=subprocess.DEVNULL)
            server.answer(slow=0)
            try:
                wait_until(lambda: statuses() == {"sent"}, seconds=40)
                assert len(server.mails) == 2
            finally:
                processes.stop(program, patience=10)
                processes.stop(again, patience=5, how=signal.SIGTERM)


def start_worker(url, port, folder):
    """A worker with a beat, on a broker of its own."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-q",
        "-A",
        "portal",
        "worker",
        "-B",
        "-c",
        "1",
        "-Q",
        "mail,other",
    ]
    return processes.start(
        [*command, "--without-mingle", "--without-gossip", f"--schedule={folder / 'beat'}"],
        cwd=settings.BASE_DIR,
        env=worker_environment({"REDIS_URL": url, "EMAIL_PORT": port, "SWEEP_EVERY": 1}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def rejected(document):
    """The document's deliveries, each refused."""
    deliveries = list(document.deliveries.order_by("pk"))
    for delivery in deliveries:
        sending.settle(delivery.mails.get(), Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN, 550))
    return deliveries


def held_back(world):
    """A delivery that was held back for a block that has been lifted since."""
    block, _ = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
    delivery = world.delivery()
    sending.settle(delivery.mails.get(), Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED))
    block.lift(world.sam)
    delivery.refresh_from_db()
    return delivery


def in_background(action):
    def run():
        try:
            action()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


class TestPeople:
    def test_two_who_approve_at_once_decide_once(self, world):
        block, _ = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        request = block.ask_to_unblock(world.acme, world.alice, "Please")
        results = together(lambda: request.approve(world.sam), lambda: request.approve(world.bob))
        assert sorted(map(type, results), key=str) == sorted(
            [type(None), UnblockRequest.AlreadyDecided], key=str
        )
        request.refresh_from_db()
        assert request.state == "approved"

    def test_approve_and_decline_at_once_decide_once(self, world):
        block, _ = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        request = block.ask_to_unblock(world.acme, world.alice, "Please")
        together(lambda: request.approve(world.sam), lambda: request.decline(world.bob, "No"))
        request.refresh_from_db()
        block.refresh_from_db()
        assert (request.state == "approved") is (block.lifted_at is not None)

    def test_two_resends_at_once_make_one_mail(self, world):
        delivery = world.delivery()
        mail = delivery.mails.get()
        delivery.record(Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN), mail)
        mail.finish()
        together(*[lambda: remedying.resend(Delivery.objects.get(), world.alice)] * 4)
        assert OutboundMail.objects.open().count() == 1
        assert Delivery.objects.get().events.filter(status="queued").count() == 2

    def test_two_uploads_of_one_number_at_once_hold_one(self, world):
        content = pdf()
        together(*[lambda: world.document("77", content=content)] * 3)
        assert Document.objects.count() == 3
        assert Document.objects.held().count() == 2
        assert OutboundMail.objects.count() == 1

    def test_approving_and_lifting_at_once_do_not_wait_for_each_other(self, world):
        for number in range(10):
            block, _ = BlockedAddress.objects.block(world.acme, f"o{number}@baker.example", "bounced")
            request = block.ask_to_unblock(world.acme, world.alice, "Please")
            results = together(
                lambda request=request: request.approve(world.sam), lambda block=block: block.lift(world.sam)
            )
            assert all(r is None or isinstance(r, bool | UnblockRequest.AlreadyDecided) for r in results)

    def test_corrections_that_cross_do_not_wait_for_each_other(self, world):
        for number in range(5):
            world.customer(f"c{number}", f"a{number}@x.example", f"b{number}@x.example")
            first, second = rejected(world.document(customer_number=f"c{number}"))
            results = together(
                lambda a=first, b=second: remedying.correct(a, b.address, world.alice),
                lambda a=first, b=second: remedying.correct(b, a.address, world.alice),
            )
            assert all(isinstance(r, Delivery | remedying.NotPossible) for r in results)

    @pytest.mark.parametrize("done", ["correct", "put_aside"])
    def test_a_release_that_waited_for_a_person_sends_nothing(self, world, done):
        delivery = held_back(world)
        with transaction.atomic():
            if done == "correct":
                remedying.correct(delivery, "new@baker.example", world.alice)
            else:
                remedying.put_aside(delivery, world.alice)
            meanwhile = in_background(routing.release_unblocked)
            time.sleep(0.5)
        meanwhile.join()
        assert not delivery.mails.open().exists()

    def test_two_sweeps_at_once_release_once(self, world):
        held_back(world)
        together(*[routing.release_unblocked] * 3)
        assert OutboundMail.objects.open().count() == 1

    def test_two_sweeps_at_once_route_a_late_address_once(self, world):
        document = world.document(customer_number="7")
        world.customer("7", "a@seven.example", "b@seven.example")
        together(*[routing.route_addressed] * 3)
        assert document.deliveries.exclude(address="").count() == 2
        assert OutboundMail.objects.count() == 2

    def test_workers_that_claim_at_once_share(self, world):
        for _ in range(20):
            world.document()
        claims = together(*[lambda: OutboundMail.objects.claim(10)] * 3)
        claimed = [mail.pk for claim in claims for mail in claim]
        assert len(claimed) == len(set(claimed))
        assert len(claimed) >= 10 if connection.vendor == "postgresql" else len(claimed) == 20

    def test_a_cancel_and_a_claim_at_once_never_both_win(self, world):
        for _ in range(5):
            delivery = world.delivery()
            cancelled, claimed = together(
                lambda delivery=delivery: remedying.cancel(delivery, world.alice),
                lambda: OutboundMail.objects.claim(10),
            )
            assert isinstance(cancelled, remedying.NotPossible) is bool(claimed)
