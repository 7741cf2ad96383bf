"""What people do about a delivery: each once, whoever presses first."""

import pytest
from django.db import transaction

from distribution.models import Customer
from documents import remedying, routing
from documents.causes import Cause
from documents.models import Document, OutboundMail
from documents.replies import Verdict
from documents.statuses import Status
from tests.conftest import wait_until
from tests.test_routing import meanwhile, waits_for_a_lock
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def rejected(world, **facts):
    delivery = world.delivery(**facts)
    mail = delivery.mails.get()
    delivery.record(Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN, 550), mail)
    mail.finish()
    return delivery


def addresses(customer):
    return sorted(entry.address for entry in customer.addresses.all())


class TestCancel:
    def test_what_waits_is_taken_off_the_queue(self, world):
        delivery = world.delivery()
        remedying.cancel(delivery, world.alice)
        assert delivery.status == "cancelled"
        assert delivery.headline.actor == world.alice
        assert not OutboundMail.objects.open().exists()

    def test_what_a_worker_has_is_not(self, world):
        delivery = world.delivery()
        OutboundMail.objects.claim(50)
        with pytest.raises(remedying.NotPossible):
            remedying.cancel(delivery, world.alice)
        assert OutboundMail.objects.open().exists()

    def test_twice_is_told(self, world):
        delivery = world.delivery()
        remedying.cancel(delivery, world.alice)
        with pytest.raises(remedying.NotPossible, match="cancelled already"):
            remedying.cancel(delivery, world.alice)

    def test_a_cancelled_one_can_be_sent_again(self, world):
        delivery = world.delivery()
        remedying.cancel(delivery, world.alice)
        remedying.resend(delivery, world.alice)
        assert delivery.status == "queued"


class TestResend:
    def test_it_is_a_new_mail_with_a_new_message_id(self, world):
        delivery = rejected(world)
        remedying.resend(delivery, world.alice)
        first, second = delivery.mails.order_by("pk")
        assert first.message_id != second.message_id
        assert delivery.status == "queued"

    def test_two_at_once_make_one_mail(self, world):
        delivery = rejected(world)
        remedying.resend(delivery, world.alice)
        with pytest.raises(remedying.NotPossible, match="only once"):
            remedying.resend(delivery, world.alice)
        assert OutboundMail.objects.open().count() == 1

    def test_a_second_press_is_told_though_a_worker_was_quicker(self, world):
        delivery = rejected(world)
        remedying.resend(delivery, world.alice)
        delivery.mails.open().get().finish()
        with pytest.raises(remedying.NotPossible, match="a moment ago"):
            remedying.resend(delivery, world.alice)

    def test_so_is_one_of_nobody_such_as_a_program_whose_token_was_made_by_someone_who_left(self, world):
        delivery = rejected(world)
        remedying.resend(delivery, None)
        delivery.mails.open().get().finish()
        with pytest.raises(remedying.NotPossible, match="a moment ago"):
            remedying.resend(delivery, None)

    def test_what_was_queued_by_itself_was_nobodys_press(self, world):
        delivery = rejected(world)
        routing.queue(delivery, routing.RELEASED)
        delivery.mails.open().get().finish()
        remedying.resend(delivery, None)
        assert delivery.mails.open().exists()

    def test_it_comes_back_to_the_work_list_when_it_fails_again(self, world):
        delivery = rejected(world)
        remedying.put_aside(delivery, world.alice)
        remedying.resend(delivery, world.alice)
        delivery.refresh_from_db()
        assert delivery.handled_at is None

    def test_not_to_nobody(self, world):
        with pytest.raises(remedying.NotPossible):
            remedying.resend(world.delivery(customer_number="9"), world.alice)

    def test_old_news_do_not_touch_the_new_mail(self, world):
        delivery = rejected(world)
        old = delivery.mails.get()
        remedying.resend(delivery, world.alice)
        delivery.record(Verdict(Status.REJECTED, Cause.POLICY), old)
        assert delivery.status == "queued"
        assert delivery.events.count() == 4


class TestCorrect:
    def test_the_corrected_address_gets_it_and_the_old_one_is_done_with(self, world):
        delivery = rejected(world)
        corrected = remedying.correct(delivery, "new@baker.example", world.alice)
        delivery.refresh_from_db()
        assert delivery.replaced_by == corrected
        assert (corrected.origin, corrected.status) == ("corrected", "queued")
        assert delivery.document.overall() == ("queued", False)
        assert addresses(world.baker) == ["office@baker.example"]

    def test_also_in_the_list(self, world):
        remedying.correct(rejected(world), "new@baker.example", world.alice, also_in_list=True)
        assert addresses(world.baker) == ["new@baker.example"]

    def test_also_in_the_list_where_it_was_not_yet(self, world):
        delivery = rejected(world, customer_number="1001")
        world.baker.addresses.all().delete()
        remedying.correct(delivery, "new@baker.example", world.alice, also_in_list=True)
        assert addresses(world.baker) == ["new@baker.example"]

    def test_an_address_that_has_the_document_already_does_not_get_it_twice(self, world):
        world.baker.addresses.create(address="boss@baker.example")
        document = world.document()
        office, boss = document.deliveries.order_by("pk")
        for delivery, status in ((office, Status.REJECTED), (boss, Status.DELIVERED)):
            mail = delivery.mails.get()
            delivery.record(Verdict(status), mail)
            mail.finish()
        assert remedying.correct(office, "boss@baker.example", world.alice) == boss
        assert boss.mails.count() == 1

    def test_back_to_the_first_address_makes_no_circle(self, world):
        delivery = rejected(world)
        corrected = remedying.correct(delivery, "new@baker.example", world.alice)
        mail = corrected.mails.get()
        corrected.record(Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN), mail)
        mail.finish()
        remedying.correct(corrected, "office@baker.example", world.alice)
        delivery.refresh_from_db()
        corrected.refresh_from_db()
        assert (delivery.replaced_by, corrected.replaced_by) == (None, delivery)
        assert delivery.status == "queued"

    def test_who_corrected_it_and_when_is_kept(self, world):
        delivery = rejected(world)
        corrected = remedying.correct(delivery, "new@baker.example", world.alice)
        delivery.refresh_from_db()
        assert delivery.corrected_by == world.alice
        assert delivery.corrected_at >= delivery.at
        corrected.record(Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN), corrected.mails.get())
        corrected.mails.get().finish()
        remedying.correct(corrected, "office@baker.example", world.alice)
        delivery.refresh_from_db()
        assert delivery.corrected_by is None

    def test_two_people_at_once_make_one_correction(self, world):
        delivery = rejected(world)
        remedying.correct(delivery, "new@baker.example", world.alice)
        with pytest.raises(remedying.NotPossible, match="already corrected"):
            remedying.correct(delivery, "other@baker.example", world.alice)

    def test_nobody_becomes_somebody(self, world):
        nobody = world.delivery(customer_number="9")
        corrected = remedying.correct(nobody, "a@x.example", world.alice)
        assert corrected.status == "queued"
        assert routing.route_addressed() == 0

    def test_the_same_address_again_is_a_resend(self, world):
        delivery = rejected(world)
        assert remedying.correct(delivery, "office@baker.example", world.alice) == delivery
        assert delivery.status == "queued"


class TestPutAside:
    def test_it_leaves_the_work_list_and_can_come_back(self, world):
        delivery = rejected(world)
        remedying.put_aside(delivery, world.alice)
        assert not type(delivery).objects.rejected().exists()
        remedying.take_back(delivery)
        assert type(delivery).objects.rejected().exists()

    def test_what_is_not_rejected_cannot_be_put_aside(self, world):
        delivery = world.delivery()
        with pytest.raises(remedying.NotPossible, match="on its way"):
            remedying.put_aside(delivery, world.alice)
        delivery.refresh_from_db()
        assert delivery.handled_at is None


def test_an_address_that_is_none_is_corrected_not_resent(world):
    world.baker.addresses.all().delete()
    invalid = world.delivery(addresses="kivi at x.example")
    with pytest.raises(remedying.NotPossible, match="Correct it"):
        remedying.resend(invalid, world.alice)
    remedying.correct(invalid, "kivi@x.example", world.alice, also_in_list=True)
    assert addresses(world.baker) == ["kivi@x.example"]


def test_a_dropped_duplicate_without_recipient_is_no_work(world):
    world.document("77", customer_number="9")
    again = world.document("77", customer_number="9")
    remedying.cancel_held(again, world.alice)
    assert not again.deliveries.rejected().exists()


@pytest.mark.row_locks
@pytest.mark.django_db(transaction=True)
def test_a_release_waits_for_the_customer_before_it_holds_the_document(world):
    world.document("F-1")
    held = world.document("F-1")
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=world.baker.pk)
        thread, trouble = meanwhile(lambda: remedying.release(held))
        wait_until(waits_for_a_lock)
        assert Document.objects.held().select_for_update(no_key=True, nowait=True).get() == held
    thread.join()
    assert trouble == []
    assert held.deliveries.count() == 1
