"""The buttons of the document pages: correct, send again, cancel, put aside, ask support, release."""

import pytest
from django.urls import reverse

from distribution.models import BlockedAddress, Customer, UnblockRequest
from documents.causes import Cause
from documents.models import Document
from documents.replies import Verdict, judge
from documents.statuses import Status
from tests.world import World

pytestmark = pytest.mark.django_db

UNKNOWN = judge(550, "5.1.1 no such user")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def rejected(world, verdict=UNKNOWN, **facts):
    """A delivery whose mail was refused, or that has no mail at all."""
    delivery = world.delivery(**facts)
    mail = delivery.mails.first()
    if mail:
        delivery.record(verdict, mail)
        mail.finish()
    return delivery


def press(client, name, thing, data=None, **options):
    return client.post(reverse(name, args=[thing.public_id]), data or {}, **options)


def said(response):
    return [str(message) for message in response.context["messages"]]


DELIVERY_COMMANDS = [
    *("resend-delivery", "cancel-delivery", "put-aside", "take-back"),
    *("send-as-link", "end-link", "renew-link"),
]
DELIVERY_FORMS = ["correct-delivery", "ask-to-unblock"]
DOCUMENT_COMMANDS = ["release-document", "cancel-document"]


@pytest.mark.parametrize("name", DELIVERY_COMMANDS + DELIVERY_FORMS)
@pytest.mark.parametrize("who", ["bob", "mallory", "sam"])
def test_only_managers_of_the_company_may_touch_a_delivery(client, world, name, who):
    delivery = rejected(world)
    client.force_login(getattr(world, who))
    assert press(client, name, delivery).status_code == 404
    delivery.refresh_from_db()
    assert delivery.is_open_work


@pytest.mark.parametrize("name", DOCUMENT_COMMANDS)
@pytest.mark.parametrize("who", ["bob", "mallory", "sam"])
def test_only_managers_of_the_company_may_decide_about_a_document(client, world, name, who):
    world.document("F-1")
    held = world.document("F-1")
    client.force_login(getattr(world, who))
    assert press(client, name, held).status_code == 404
    assert Document.objects.held().get() == held


@pytest.mark.parametrize("name", DELIVERY_COMMANDS + DOCUMENT_COMMANDS)
def test_commands_are_posted_and_never_a_link(alice, world, name):
    delivery = rejected(world)
    thing = delivery.document if name in DOCUMENT_COMMANDS else delivery
    assert alice.get(reverse(name, args=[thing.public_id])).status_code == 405


@pytest.mark.parametrize("name", DELIVERY_COMMANDS + DELIVERY_FORMS)
def test_who_is_not_logged_in_is_asked_to(client, world, name):
    assert press(client, name, rejected(world)).url.startswith(reverse("account_login"))


def test_sending_again_makes_one_mail_however_often_it_is_pressed(alice, world):
    delivery = rejected(world)
    assert said(press(alice, "resend-delivery", delivery, follow=True)) == [
        "It is on its way to office@baker.example again."
    ]
    assert said(press(alice, "resend-delivery", delivery, follow=True)) == [
        "It is already waiting to be sent, so it goes out only once."
    ]
    assert delivery.mails.count() == 2


def test_after_a_button_in_the_list_people_are_back_in_the_list(alice, world):
    here = reverse("documents") + "?status=rejected&cause=address_unknown"
    assert press(alice, "resend-delivery", rejected(world), {"next": here}).url == here


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_nobody_is_led_to_another_site(alice, world, elsewhere):
    delivery = rejected(world)
    response = press(alice, "resend-delivery", delivery, {"next": elsewhere})
    assert response.url == reverse("document", args=[delivery.document.public_id])


def test_a_waiting_delivery_is_cancelled_once(alice, world):
    delivery = world.delivery()
    assert "Cancelled" in said(press(alice, "cancel-delivery", delivery, follow=True))[0]
    delivery.refresh_from_db()
    assert delivery.status == Status.CANCELLED
    assert "cancelled already" in said(press(alice, "cancel-delivery", delivery, follow=True))[0]


def test_cancelling_a_document_cancels_all_that_waits(alice, world):
    document = world.document(customer_number="", addresses="a@x.example; b@y.example")
    press(alice, "cancel-document", document)
    assert {d.status for d in document.deliveries.all()} == {Status.CANCELLED}
    assert "nothing can be cancelled" in said(press(alice, "cancel-document", document, follow=True))[-1]


def test_cancelling_a_document_leaves_what_our_relay_has_already(alice, world):
    document = world.document(customer_number="", addresses="a@x.example; b@y.example")
    taken = document.deliveries.order_by("pk").first()
    mail = taken.mails.get()
    taken.record(Verdict(Status.SENT), mail)
    mail.finish()
    taken.record(judge(451, "4.4.1 connection timed out"), mail, external_id="1")
    press(alice, "cancel-document", document)
    assert [d.status for d in document.deliveries.order_by("pk")] == [Status.DEFERRED, Status.CANCELLED]


def test_a_held_duplicate_is_sent_anyway_once(alice, world):
    world.document("F-1")
    held = world.document("F-1")
    assert said(press(alice, "release-document", held, follow=True)) == ["Invoice F-1 is on its way now."]
    assert held.deliveries.get().mails.count() == 1
    assert "already decided" in said(press(alice, "release-document", held, follow=True))[0]


def test_a_held_duplicate_can_be_dropped(alice, world):
    world.document("F-1")
    held = world.document("F-1")
    press(alice, "cancel-document", held)
    assert held.deliveries.get().status == Status.CANCELLED


def test_putting_aside_can_be_undone_from_its_message(alice, world):
    delivery = rejected(world)
    response = press(alice, "put-aside", delivery, follow=True)
    undo = reverse("take-back", args=[delivery.public_id])
    assert f'action="{undo}"' in response.content.decode()
    delivery.refresh_from_db()
    assert not delivery.is_open_work
    again = said(press(alice, "put-aside", delivery, follow=True))[0]
    assert again.startswith("alice@acme.example has put it aside already: today ")
    press(alice, "take-back", delivery)
    delivery.refresh_from_db()
    assert delivery.is_open_work


def test_a_corrected_address_gets_the_document_and_the_list_is_corrected_too(alice, world):
    delivery = rejected(world)
    form = alice.get(reverse("correct-delivery", args=[delivery.public_id])).context["form"]
    assert form.fields["also_in_list"].initial
    data = {"address": " New@Baker.example ", "also_in_list": "on"}
    assert "new@baker.example" in said(press(alice, "correct-delivery", delivery, data, follow=True))[0]
    corrected = delivery.document.deliveries.get(address="new@baker.example")
    assert corrected.mails.count() == 1
    assert [entry.address for entry in world.baker.addresses.all()] == ["new@baker.example"]
    again = press(alice, "correct-delivery", delivery, {"address": "third@baker.example"}, follow=True)
    assert "already corrected" in said(again)[0]


def test_the_list_stays_as_it_is_when_it_is_not_ticked(alice, world):
    press(alice, "correct-delivery", rejected(world), {"address": "new@baker.example"})
    assert [entry.address for entry in world.baker.addresses.all()] == ["office@baker.example"]


@pytest.mark.parametrize(
    "typed",
    ["", "a@b", "no address", "a@x.example; b@y.example", "a@x.example\r\nBcc: b@y.example", "x" * 300],
)
def test_a_wrong_correction_is_said_in_a_sentence_and_what_was_typed_stays(alice, world, typed):
    delivery = rejected(world)
    response = press(alice, "correct-delivery", delivery, {"address": typed})
    assert response.status_code == 200
    assert response.context["form"].errors["address"]
    assert response.context["form"]["address"].value() == typed
    assert delivery.document.deliveries.count() == 1


def test_a_likely_typing_error_is_asked_about_once_before_the_mail_goes_out(alice, world):
    delivery = rejected(world)
    asked = press(alice, "correct-delivery", delivery, {"address": "office@gmial.com"})
    assert "Did you mean office@gmail.com?" in asked.content.decode()
    assert delivery.document.deliveries.count() == 1
    other = {"address": "office@hotmial.com", "looked_at": "office@gmial.com"}
    assert press(alice, "correct-delivery", delivery, other).status_code == 200
    meant_so = {"address": "office@gmial.com", "looked_at": "office@gmial.com"}
    assert press(alice, "correct-delivery", delivery, meant_so).status_code == 302
    assert delivery.document.deliveries.filter(address="office@gmial.com").exists()


def test_a_typing_error_in_the_document_is_corrected_and_may_go_onto_the_list(alice, world):
    world.baker.addresses.all().delete()
    delivery = rejected(world, addresses="office@@baker")
    assert delivery.cause == Cause.ADDRESS_INVALID
    press(alice, "correct-delivery", delivery, {"address": "office@baker.example", "also_in_list": "on"})
    assert [entry.address for entry in world.baker.addresses.all()] == ["office@baker.example"]
    assert delivery.document.deliveries.get(address="office@baker.example").mails.exists()


def test_an_address_can_be_added_where_there_is_none(alice, world):
    world.baker.addresses.all().delete()
    delivery = rejected(world)
    assert delivery.cause == Cause.NO_RECIPIENT
    page = alice.get(reverse("correct-delivery", args=[delivery.public_id]))
    assert "Add an address" in page.content.decode()
    press(alice, "correct-delivery", delivery, {"address": "office@baker.example", "also_in_list": "on"})
    assert world.baker.addresses.get().address == "office@baker.example"
    assert delivery.document.deliveries.get(address="office@baker.example").mails.count() == 1


def test_a_customer_is_made_for_a_number_that_nobody_has(alice, world):
    delivery = rejected(world, customer_number="2002")
    data = {"address": "post@potter.example", "customer_name": "Potter Ky"}
    press(alice, "correct-delivery", delivery, data)
    potter = Customer.objects.get(name="Potter Ky")
    assert potter.numbers.get().number == "2002"
    assert potter.addresses.get().address == "post@potter.example"
    delivery.document.refresh_from_db()
    assert delivery.document.customer == potter


def test_without_a_name_only_this_document_goes_there(alice, world):
    delivery = rejected(world, customer_number="2002")
    press(alice, "correct-delivery", delivery, {"address": "post@potter.example"})
    assert Customer.objects.count() == 1
    assert delivery.document.deliveries.filter(address="post@potter.example").exists()


def blocked(world, reason="bounced"):
    cause = {"bounced": Cause.BLOCKED_BOUNCED, "complained": Cause.BLOCKED_COMPLAINED}[reason]
    block, _new = BlockedAddress.objects.block(world.acme, "office@baker.example", reason)
    return block, rejected(world, Verdict(Status.REJECTED, cause))


def test_support_is_asked_with_a_note_and_once(alice, world):
    block, delivery = blocked(world)
    page = alice.get(reverse("ask-to-unblock", args=[delivery.public_id]))
    assert "office@<wbr>baker" in page.content.decode()
    note = {"note": "I checked it with the customer."}
    assert "Support has been asked" in said(press(alice, "ask-to-unblock", delivery, note, follow=True))[0]
    request = UnblockRequest.objects.get()
    assert (request.blocked_address, request.requested_by) == (block, world.alice)
    again = press(alice, "ask-to-unblock", delivery, note, follow=True)
    assert "asked already" in said(again)[0]
    assert UnblockRequest.objects.count() == 1


def test_support_is_not_asked_without_a_note(alice, world):
    _block, delivery = blocked(world)
    assert "note" in press(alice, "ask-to-unblock", delivery, {"note": " "}).context["form"].errors
    assert not UnblockRequest.objects.exists()


def test_after_a_complaint_the_recipient_has_to_agree_first(alice, world):
    _block, delivery = blocked(world, "complained")
    note = {"note": "They want it."}
    assert "consent" in press(alice, "ask-to-unblock", delivery, note).context["form"].errors
    press(alice, "ask-to-unblock", delivery, note | {"consent": "on"})
    assert UnblockRequest.objects.get().consent


def test_nobody_is_asked_about_an_address_that_is_not_blocked_any_more(alice, world):
    block, delivery = blocked(world)
    block.lift(world.sam)
    response = press(alice, "ask-to-unblock", delivery, {"note": "please"}, follow=True)
    assert "not blocked any more" in said(response)[0]
