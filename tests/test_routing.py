import threading

import pytest
from django.db import connection, connections, transaction

from distribution.models import Customer, CustomerNumber, ListAddress
from documents import routing
from documents.models import Delivery, Document, OutboundMail
from tests.conftest import wait_until
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def routed(world, **facts):
    """Where a new document goes, as {address: (status, cause)}."""
    deliveries = world.document(**facts).deliveries.filter(replaced_by=None)
    return {d.address: (d.status, d.cause) for d in deliveries}


QUEUED = ("queued", "")


def test_a_document_goes_to_the_list_of_its_customer_number(world):
    assert routed(world) == {"office@baker.example": QUEUED}


def test_a_customer_may_have_several_numbers_and_several_addresses(world):
    world.baker.numbers.create(company=world.acme, number="1001-B")
    ListAddress.objects.create(customer=world.baker, address="boss@baker.example", copy=True)
    document = world.document(customer_number="1001-B")
    assert [(d.address, d.copy) for d in document.deliveries.order_by("pk")] == [
        ("office@baker.example", False),
        ("boss@baker.example", True),
    ]


def test_each_address_is_a_delivery_and_a_mail_of_its_own(world):
    ListAddress.objects.create(customer=world.baker, address="boss@baker.example")
    world.document()
    assert OutboundMail.objects.open().count() == 2


def test_the_list_wins_over_the_document(world):
    assert routed(world, addresses="other@x.example") == {"office@baker.example": QUEUED}


def test_an_empty_list_falls_back_to_the_document(world):
    inside = "A@x.example; b@x.example, a@x.example;"
    assert routed(world, customer_number="9", addresses=inside) == {
        "a@x.example": QUEUED,
        "b@x.example": QUEUED,
    }


@pytest.mark.parametrize(
    ("uses_list", "uses_document", "goes_to"),
    [
        (True, True, "office@baker.example"),
        (True, False, "office@baker.example"),
        (False, True, "other@x.example"),
        (False, False, ""),
    ],
)
def test_the_two_switches(world, uses_list, uses_document, goes_to):
    world.acme.uses_list, world.acme.uses_document_addresses = uses_list, uses_document
    world.acme.save()
    assert list(routed(world, addresses="other@x.example")) == [goes_to]


def test_one_bad_address_is_rejected_alone(world):
    inside = "a@x.example; nobody; ; b@x.example"
    assert routed(world, customer_number="", addresses=inside) == {
        "a@x.example": QUEUED,
        "b@x.example": QUEUED,
        "nobody": ("rejected", "address_invalid"),
    }


def test_an_address_longer_than_any_is_shown_cut_and_rejected(world):
    [address] = routed(world, customer_number="", addresses="x" * 300 + "@x.example")
    assert len(address) == 254


def test_nobody_to_send_to_is_rejected_with_the_remedy_to_add_an_address(world):
    assert routed(world, customer_number="9") == {"": ("rejected", "no_recipient")}
    assert not OutboundMail.objects.exists()


def test_the_numbers_of_other_companies_do_not_count(world):
    assert routed(world, company=world.globex) == {"": ("rejected", "no_recipient")}


def test_routing_again_changes_nothing(world):
    document = world.document()
    routing.route(document)
    assert Delivery.objects.count() == OutboundMail.objects.count() == 1


def test_adding_an_address_to_the_list_sends_what_waited_for_one(world):
    document = world.document(customer_number="7")
    assert routing.route_addressed() == 0
    world.customer("7", "new@seven.example", name="Seven Ky")
    assert routing.route_addressed() == 1
    assert routing.route_addressed() == 0
    waiting, sent = document.deliveries.order_by("pk")
    assert (waiting.address, waiting.replaced_by) == ("", sent)
    assert (sent.address, sent.status) == ("new@seven.example", "queued")
    document.refresh_from_db()
    assert document.customer.name == "Seven Ky"


def test_an_address_in_the_list_of_another_company_sends_nothing(world):
    world.document(customer_number="7")
    world.customer("7", "new@seven.example", company=world.globex)
    assert routing.route_addressed() == 0


def test_what_was_put_aside_is_not_sent_any_more(world):
    document = world.document(customer_number="7")
    document.deliveries.update(handled_at=document.received_at)
    world.customer("7", "new@seven.example")
    assert routing.route_addressed() == 0


def test_separators_alone_are_no_address_and_cost_the_sweep_nothing(world, django_assert_max_num_queries):
    for _ in range(5):
        world.document(customer_number="9", addresses=" ; ,")
    with django_assert_max_num_queries(2):
        assert routing.route_addressed() == 0


def test_two_resends_make_one_mail(world):
    delivery = world.delivery()
    OutboundMail.objects.get().finish()
    assert routing.queue(delivery)
    assert routing.queue(delivery) is None
    assert OutboundMail.objects.open().count() == 1


def meanwhile(step):
    """Runs in another thread with a connection of its own; returns the thread and what it raised."""
    trouble = []

    def run():
        try:
            step()
        except Exception as problem:
            trouble.append(problem)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, trouble


def waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


@pytest.mark.row_locks
@pytest.mark.django_db(transaction=True)
class TestCustomersThatAreDeletedJustThen:
    def test_one_that_goes_first_is_not_there_any_more(self, world):
        with transaction.atomic():
            Customer.objects.filter(pk=world.baker.pk).remove()
            thread, trouble = meanwhile(lambda: world.document(addresses="a@b.example"))
            wait_until(waits_for_a_lock)
        thread.join()
        assert trouble == []
        document = Document.objects.get()
        assert (document.customer, document.deliveries.get().address) == (None, "a@b.example")

    def test_one_whose_number_has_gone_to_another_is_not_meant(self, world):
        other = world.customer("1002", "other@candle.example")
        with transaction.atomic():
            Customer.objects.select_for_update().get(pk=world.baker.pk)
            CustomerNumber.objects.filter(number="1001").update(customer=other)
            thread, trouble = meanwhile(world.document)
            wait_until(waits_for_a_lock)
        thread.join()
        assert trouble == []
        assert Document.objects.get().deliveries.get().address == "other@candle.example"

    def test_one_that_goes_last_leaves_the_document(self, world):
        with transaction.atomic():
            world.document()
            thread, trouble = meanwhile(Customer.objects.filter(pk=world.baker.pk).remove)
            wait_until(waits_for_a_lock)
        thread.join()
        assert trouble == []
        assert not Customer.objects.exists()
        assert Document.objects.get().customer is None
        assert Delivery.objects.get().address == "office@baker.example"

    def test_one_that_got_an_address_just_then_is_not_waited_for_for_ever(self, world):
        document = world.document(customer_number="7")
        seven = world.customer("7", "new@seven.example", name="Seven Ky")
        with transaction.atomic():
            Customer.objects.filter(pk=seven.pk).remove()
            thread, trouble = meanwhile(routing.route_addressed)
            wait_until(waits_for_a_lock)
        thread.join()
        assert trouble == []
        assert document.deliveries.get().cause == "no_recipient"
