"""The answer pages: did it arrive, what to do, and what to tell the customer."""

import pytest
from django.urls import reverse

from distribution.models import BlockedAddress
from documents.causes import Cause
from documents.replies import Verdict, judge
from documents.statuses import Status
from tests.world import World

pytestmark = pytest.mark.django_db

UNKNOWN = judge(550, "5.1.1 <office@baker.example>: no such user", "mx.baker.example")
ACCEPTED = Verdict(Status.DELIVERED, reply_code=250, text="2.0.0 Ok 4711", host="mx.baker.example")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def play(delivery, *verdicts):
    """Let these outcomes be reported about the delivery's mail."""
    mail = delivery.mails.latest("pk")
    for verdict in verdicts:
        delivery.record(verdict, mail)
    mail.finish()
    return delivery


def document_page(client, document, **query):
    return client.get(document.get_absolute_url(), query)


def customer_page(client, customer, **query):
    return client.get(reverse("customer-documents", args=[customer.pk]), query)


class TestTelling:
    def test_the_text_is_in_the_customers_language_or_the_one_chosen(self, alice, world):
        world.baker.language = "sv"
        world.baker.save()
        document = play(world.delivery(), ACCEPTED).document
        page = document_page(alice, document)
        assert page.context["telling"].language == "sv"
        assert "<textarea readonly rows=" in " ".join(page.content.decode().split())
        assert document_page(alice, document, tell="fi").context["telling"].language == "fi"
        assert document_page(alice, document, tell="xx").context["telling"].language == "sv"
        assert 'lang="fi"' in page.content.decode()

    def test_what_servers_say_cannot_leave_the_field(self, alice, world):
        delivery = play(world.delivery(), judge(550, "5.1.1 </textarea><script>alert(1)</script>"))
        assert "<script>alert" not in document_page(alice, delivery.document).content.decode()


class TestDocument:
    def test_begins_with_the_answer_and_offers_its_proof(self, alice, world):
        document = world.document(customer_number="", addresses="a@x.example; b@y.example")
        first, second = document.deliveries.order_by("pk")
        play(first, ACCEPTED)
        play(second, UNKNOWN)
        page = document_page(alice, document).content.decode()
        assert page.index("Not delivered to b@y.example") < page.index("Delivered to a@x.example")
        assert page.index("Delivered to a@x.example") < page.index("Correct the address…")
        assert "Proof of delivery (PDF)" in page
        assert "Record of sending (PDF)" in page
        assert reverse("delivery-proof", args=[first.public_id]) in page

    def test_what_waits_has_nothing_to_be_proved(self, alice, world):
        assert "(PDF)" not in document_page(alice, world.document()).content.decode()

    def test_a_held_one_has_no_answer_yet(self, alice, world):
        world.document("F-1")
        page = document_page(alice, world.document("F-1")).content.decode()
        assert "Did it arrive?" not in page
        assert "What to tell your customer" not in page

    def test_a_viewer_sees_it_too(self, client, world):
        document = play(world.delivery(), ACCEPTED).document
        client.force_login(world.bob)
        page = document_page(client, document).content.decode()
        assert "Did it arrive?" in page
        assert "What to tell your customer" in page


class TestCustomer:
    def test_answers_for_every_document_and_address(self, alice, world):
        world.baker.addresses.create(address="books@baker.example", copy=True)
        document = world.document("F-1")
        for delivery in document.deliveries.all():
            play(delivery, ACCEPTED)
        answered = customer_page(alice, world.baker)
        page = answered.content.decode()
        for words in (
            "What we have sent to Baker Oy",
            "Invoice F-1",
            "Delivered to office@baker.example",
            "Delivered to books@baker.example",
            "Works: last delivered today",
            "What to tell your customer",
        ):
            assert words in page
        assert [state.css for state in answered.context["addresses"]] == ["delivered", "delivered"]

    def test_what_is_to_be_done_comes_first_with_its_buttons(self, alice, world):
        deliveries = [play(world.delivery(), UNKNOWN) for _number in range(2)]
        play(world.delivery(), Verdict(Status.REJECTED, Cause.POLICY))
        answered = customer_page(alice, world.baker)
        assert [len(group.stories) for group in answered.context["groups"]] == [2, 1]
        page = answered.content.decode()
        for delivery in deliveries:
            assert reverse("correct-delivery", args=[delivery.public_id]) in page
        assert f'name="next" value="{answered.wsgi_request.path}"' in " ".join(page.split())

    def test_a_button_leads_back_to_the_customer(self, alice, world):
        delivery = play(world.delivery(), Verdict(Status.REJECTED, Cause.POLICY))
        here = reverse("customer-documents", args=[world.baker.pk])
        url = reverse("resend-delivery", args=[delivery.public_id])
        assert alice.post(url, {"next": here}).url == here

    def test_a_blocked_address_says_since_when_and_support_can_be_asked(self, alice, world):
        block, _new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        url = reverse("ask-to-unblock-address", args=[block.pk])
        page = customer_page(alice, world.baker).content.decode()
        assert "Blocked, today" in page
        assert url in page
        block.ask_to_unblock(world.acme, world.alice, "Right by phone.")
        page = customer_page(alice, world.baker).content.decode()
        assert "Waiting for support" in page
        assert url not in page

    def test_addresses_that_are_not_on_the_list_are_told_so(self, alice, world):
        play(world.delivery(), ACCEPTED)
        world.baker.addresses.all().delete()
        assert "not on the e-mail list" in customer_page(alice, world.baker).content.decode()

    @pytest.mark.parametrize(
        ("verdict", "words"),
        [
            (UNKNOWN, "Fails since today"),
            (Verdict(Status.SENT), "nothing was heard since"),
            (judge(451, "4.7.1 greylisted"), "delayed"),
            (Verdict(Status.QUEUED), "Mail is on its way"),
            (Verdict(Status.CANCELLED), "Last cancelled"),
            (Verdict(Status.DELIVERED, Cause.COMPLAINED), "Reported as spam"),
        ],
    )
    def test_the_state_of_an_address_is_that_of_its_last_document(self, alice, world, verdict, words):
        play(world.delivery(), ACCEPTED)
        delivery = world.delivery()
        delivery.record(verdict, delivery.mails.get())
        assert words in customer_page(alice, world.baker).content.decode()

    def test_a_document_from_before_the_customer_was_known_is_there(self, alice, world):
        world.document("F-7", customer_number="2002", addresses="x@potter.example")
        potter = world.customer("2002", name="Potter Ky")
        assert "Invoice F-7" in customer_page(alice, potter).content.decode()

    def test_held_and_none_and_many(self, alice, world):
        world.document("F-1")
        world.document("F-1")
        assert "It is held" in customer_page(alice, world.baker).content.decode()
        other = world.customer("9", name="Nobody Oy")
        assert "Nothing has been sent to this customer yet" in customer_page(alice, other).content.decode()

    def test_only_the_latest_fifty_are_shown(self, alice, world):
        world.customer("9", "many@nine.example", name="Nine Oy")
        for _number in range(51):
            world.document(customer_number="9")
        nine = world.acme.customers.get(name="Nine Oy")
        answered = customer_page(alice, nine)
        assert len(answered.context["rows"]) == 50
        assert "the latest 50 documents" in answered.content.decode()

    def test_takes_no_more_queries_for_more_documents(self, alice, world, django_assert_max_num_queries):
        for _number in range(8):
            play(world.delivery(), UNKNOWN)
        with django_assert_max_num_queries(30):
            customer_page(alice, world.baker)

    def test_a_viewer_sees_it_without_buttons(self, client, world):
        delivery = play(world.delivery(), UNKNOWN)
        client.force_login(world.bob)
        page = customer_page(client, world.baker).content.decode()
        assert "A manager of your company can do this." in page
        assert reverse("correct-delivery", args=[delivery.public_id]) not in page

    def test_a_stranger_sees_nothing(self, client, world):
        client.force_login(world.mallory)
        assert customer_page(client, world.baker).status_code == 404

    def test_is_only_for_reading(self, alice, world):
        assert alice.post(reverse("customer-documents", args=[world.baker.pk])).status_code == 405

    def test_the_customers_page_and_the_document_lead_to_it(self, alice, world):
        url = reverse("customer-documents", args=[world.baker.pk])
        assert url in alice.get(reverse("customer", args=[world.baker.pk])).content.decode()
        assert url in document_page(alice, world.document()).content.decode()


def test_it_never_came_is_answered_in_two_clicks(alice, world):
    """One: type into the search box and press enter. Two: the proof."""
    delivery = play(world.delivery(number="2026-17"), ACCEPTED)
    answered = alice.get(reverse("search"), {"q": "2026-17"}, follow=True)
    page = answered.content.decode()
    assert "Delivered to office@baker.example" in page
    assert "your mail server accepted it" in page
    assert alice.get(reverse("delivery-proof", args=[delivery.public_id])).status_code == 200
