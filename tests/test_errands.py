"""Errands of people who press at the same moment: every row is done once, and everybody is told."""

from functools import partial

import pytest
from django.db import transaction
from django.http import QueryDict

from distribution.models import Customer
from documents import errands, remedying
from documents.causes import Cause
from documents.correction_forms import CorrectionForm
from documents.models import Delivery, Document, Errand, ErrandLine, OutboundMail
from documents.replies import Verdict
from documents.statuses import Status
from tests.conftest import wait_until
from tests.test_faults import together
from tests.test_routing import meanwhile, waits_for_a_lock
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

RESEND, ASIDE, CORRECT = Errand.Kind.RESEND, Errand.Kind.ASIDE, Errand.Kind.CORRECT


@pytest.fixture
def world():
    world = World()
    for _ in range(6):
        delivery = world.delivery()
        delivery.record(Verdict(Status.REJECTED, Cause.GAVE_UP), delivery.mails.get())
        delivery.mails.get().finish()
    return world


def press(company, by, kind, key):
    errand = errands.begin(company, by, kind, Delivery.objects.filter(company=company), key)
    errands.carry_out(errand, by)
    return errand


def test_a_double_click_is_one_errand_and_one_mail_for_each_row(world):
    results = together(*[partial(press, world.acme, world.alice, RESEND, "key")] * 3)
    assert len({errand.pk for errand in results}) == 1
    assert OutboundMail.objects.open().count() == 6
    assert ErrandLine.objects.filter(is_done=True).count() == 6


def test_two_managers_at_once_do_each_row_once(world):
    carol = world.person("carol", world.acme, "manager")
    together(
        partial(press, world.acme, world.alice, RESEND, "a"), partial(press, world.acme, carol, ASIDE, "b")
    )
    done = ErrandLine.objects.filter(is_done=True)
    assert done.count() == 6
    assert set(done.values_list("delivery", flat=True)) == set(Delivery.objects.values_list("pk", flat=True))
    told = ErrandLine.objects.filter(is_done=False)
    assert told.count() == 6
    assert all(line.said for line in told)
    assert OutboundMail.objects.open().count() == done.filter(errand__kind=RESEND).count()
    aside = Delivery.objects.filter(handled_by=carol).count()
    assert aside == done.filter(errand__kind=ASIDE).count()


def test_corrections_at_once_do_not_wait_for_each_other(world):
    carol = world.person("carol", world.acme, "manager")
    rejected = Delivery.objects.rejected()
    mine = errands.begin(world.acme, world.alice, CORRECT, rejected.order_by("pk"), "a")
    theirs = errands.begin(world.acme, carol, CORRECT, rejected.order_by("-pk"), "b")
    old = "office@baker.example"
    results = together(
        lambda: errands.carry_out(mine, world.alice, errands.correcting(old, "a@baker.example", True)),
        lambda: errands.carry_out(theirs, carol, errands.correcting(old, "c@baker.example", True)),
        *[
            partial(remedying.correct, delivery, "x@baker.example", world.alice, True)
            for delivery in rejected[:2]
        ],
    )
    assert all(isinstance(result, int | Delivery | remedying.NotPossible) for result in results)
    assert OutboundMail.objects.open().count() == 6
    assert not ErrandLine.objects.filter(told_at=None).exists()
    assert not Delivery.objects.rejected().exists()


def test_an_undo_and_another_press_at_once_agree(world):
    press(world.acme, world.alice, ASIDE, "a")
    errand = Errand.objects.get()
    undone = together(*[partial(errands.undo, errand)] * 2)
    assert sum(undone) == 6
    assert Delivery.objects.rejected().count() == 6


def test_a_row_whose_step_fails_is_told_and_the_next_ones_are_done(world):
    def do(delivery, by):
        if delivery.document.number == "F-3":
            raise remedying.NotPossible("Not this one.")
        remedying.put_aside(delivery, by)
        return "Put aside."

    errand = errands.begin(world.acme, world.alice, ASIDE, Delivery.objects.all(), "a")
    assert errands.carry_out(errand, world.alice, do) == 0
    told = {line.delivery.document.number: line.said for line in errand.lines.all()}
    assert told["F-3"] == "Not this one."
    assert sorted(told.values()).count("Put aside.") == 5


def test_what_a_fault_left_is_gone_on_with(world):
    done = []

    def do(delivery, by):
        if len(done) == 2:
            raise RuntimeError("the machine went down")
        done.append(delivery)
        remedying.resend(delivery, by)
        return "Sent."

    errand = errands.begin(world.acme, world.alice, RESEND, Delivery.objects.all(), "a")
    with pytest.raises(RuntimeError):
        errands.carry_out(errand, world.alice, do)
    assert OutboundMail.objects.open().count() == 2
    assert errands.carry_out(errand, world.alice) == 0
    assert OutboundMail.objects.open().count() == 6
    assert errand.lines.filter(is_done=True).count() == 6


def test_when_the_time_is_over_the_rest_waits(world):
    errand = errands.begin(world.acme, world.alice, RESEND, Delivery.objects.all(), "a")
    assert errands.carry_out(errand, world.alice, seconds=0) == 6
    assert not OutboundMail.objects.open().exists()


@pytest.mark.row_locks
class TestTheOrderOfTheLocks:
    """The customer, the document, the delivery; and no company whose key others wait for."""

    def test_a_row_waits_for_the_customer_that_has_its_number_before_it_holds_the_document(self, world):
        nobody = world.delivery(customer_number="7")
        seven = world.customer("7", name="Seven Ky")
        errand = errands.begin(world.acme, world.alice, CORRECT, Delivery.objects.filter(pk=nobody.pk), "a")
        do = errands.correcting("", "new@seven.example", True)
        with transaction.atomic():
            Customer.objects.select_for_update(no_key=True).get(pk=seven.pk)
            thread, trouble = meanwhile(lambda: errands.carry_out(errand, world.alice, do))
            wait_until(waits_for_a_lock)
            document = Document.objects.select_for_update(no_key=True, nowait=True)
            assert document.get(pk=nobody.document_id) == nobody.document
        thread.join()
        assert trouble == []
        assert errand.lines.get().is_done
        assert seven.addresses.get().address == "new@seven.example"

    def test_a_correction_that_makes_a_customer_and_a_resend_do_not_wait_for_each_other(self, world):
        delivery = world.delivery(customer_number="7", addresses="a@seven.example")
        delivery.record(Verdict(Status.REJECTED, Cause.GAVE_UP), delivery.mails.get())
        delivery.mails.get().finish()
        typed = QueryDict("address=b@seven.example&customer_name=Seven+Ky")
        form = CorrectionForm(typed, delivery=delivery)
        assert form.is_valid()
        with transaction.atomic():
            Delivery.objects.select_for_update().get(pk=delivery.pk)
            thread, trouble = meanwhile(lambda: form.save(world.alice))
            wait_until(waits_for_a_lock)
            remedying.resend(delivery, world.alice)
        thread.join()
        assert [type(problem) for problem in trouble] == [remedying.NotPossible]
        assert OutboundMail.objects.open().count() == 1
