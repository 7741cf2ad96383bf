"""Correcting with help: likely errors, other addresses, the customer's other documents, two managers."""

import re

import pytest
from django.urls import reverse

from distribution.models import BlockedAddress
from documents import remedying
from documents.causes import Cause
from documents.models import Delivery, Errand
from documents.replies import Verdict, judge
from documents.statuses import Status
from tests.rejections import rejected, said, told
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def url_of(delivery):
    return reverse("correct-delivery", args=[delivery.public_id])


def offered(page):
    return re.findall(r'name="offered"\s+value="([^"]+)"', page.content.decode())


def delivered(world, **facts):
    delivery = world.delivery(**facts)
    delivery.record(Verdict(Status.DELIVERED), delivery.mails.get())
    delivery.mails.get().finish()
    return delivery


def list_of(customer):
    return sorted(entry.address for entry in customer.addresses.all())


class TestOffers:
    def test_a_likely_typing_error_is_one_press_away(self, alice, world):
        world.customer("7", "matti@gmial.com")
        delivery = rejected(world, customer_number="7")
        page = alice.get(url_of(delivery))
        assert offered(page) == ["matti@gmail.com"]
        assert "looked_at" not in page.content.decode()  # nothing was asked about yet
        assert "probably meant" in page.content.decode()
        alice.post(url_of(delivery), {"address": "matti@gmial.com", "offered": "matti@gmail.com"})
        assert delivery.document.deliveries.get(address="matti@gmail.com").mails.count() == 1

    def test_what_is_no_address_is_repaired(self, alice, world):
        world.baker.addresses.all().delete()
        assert offered(alice.get(url_of(world.delivery(addresses="kivi at kivi.example")))) == [
            "kivi@kivi.example"
        ]

    def test_other_addresses_of_the_customer_are_offered(self, alice, world):
        delivered(world, customer_number="1001")  # to the list, as it was then
        world.baker.set_addresses(["wrong@baker.example", "boss@baker.example"])
        delivery = world.document().deliveries.get(address="wrong@baker.example")
        delivery.record(judge(550, "5.1.1 no such user"), delivery.mails.get())
        delivery.mails.get().finish()
        page = alice.get(url_of(delivery))
        assert offered(page) == ["boss@baker.example", "office@baker.example"]
        text = page.content.decode()
        assert "in the e-mail list" in text
        assert "delivered <time" in text

    def test_addresses_of_other_customers_and_companies_are_not(self, alice, world):
        world.customer("7", "seven@x.example")
        delivered(world, customer_number="7")
        world.customer("1001", "baker@globex.example", company=world.globex)
        delivered(world, company=world.globex, customer_number="1001")
        assert offered(alice.get(url_of(rejected(world)))) == []

    def test_a_blocked_address_is_not_offered(self, alice, world):
        world.baker.addresses.create(address="boss@baker.example")
        delivery = world.document().deliveries.get(address="office@baker.example")
        delivery.record(judge(550, "5.1.1 no such user"), delivery.mails.get())
        delivery.mails.get().finish()
        BlockedAddress.objects.block(world.acme, "boss@baker.example", "bounced")
        assert offered(alice.get(url_of(delivery))) == []

    def test_an_unknown_number_is_offered_where_its_documents_went(self, alice, world):
        delivered(world, customer_number="77", addresses="right@x.example")
        delivery = rejected(world, customer_number="77", addresses="wrong@x.example")
        assert offered(alice.get(url_of(delivery))) == ["right@x.example"]

    def test_the_list_is_ticked_where_it_is_used(self, alice, world):
        delivery = rejected(world)
        assert (
            'name="also_in_list" id="id_also_in_list" checked' in alice.get(url_of(delivery)).content.decode()
        )
        type(world.acme).objects.update(uses_list=False)
        assert 'id="id_also_in_list" checked' not in alice.get(url_of(delivery)).content.decode()


class TestOtherDocuments:
    def test_all_rejected_ones_of_the_customer_go_to_the_new_address(self, alice, world):
        first, second, third = rejected(world), rejected(world), rejected(world)
        world.customer("7", "seven@x.example")
        strange = rejected(world, customer_number="7")
        page = alice.get(url_of(first)).content.decode()
        ticked = re.findall(r'name="also"\s+value="([^"]+)"\s+checked', page)
        assert set(ticked) == {str(second.public_id), str(third.public_id)}
        assert str(strange.public_id) not in page
        data = {"address": "new@baker.example", "also_in_list": "on", "also": ticked}
        response = alice.post(url_of(first), data, follow=True)
        assert told(response) == [(True, "It is on its way to new@baker.example.")] * 3
        assert Delivery.objects.filter(address="new@baker.example", status="queued").count() == 3
        assert list_of(world.baker) == ["new@baker.example"]

    def test_one_that_went_elsewhere_is_offered_and_keeps_its_place_on_the_list(self, alice, world):
        world.baker.addresses.create(address="boss@baker.example")
        document = world.document()
        office, boss = document.deliveries.order_by("pk")
        for delivery in (office, boss):
            delivery.record(judge(550, "5.1.1 no such user"), delivery.mails.get())
            delivery.mails.get().finish()
        page = alice.get(url_of(office)).content.decode()
        assert re.search(rf'value="{boss.public_id}"\s*>', page)  # not ticked
        data = {"address": "new@baker.example", "also_in_list": "on", "also": [str(boss.public_id)]}
        assert len(told(alice.post(url_of(office), data, follow=True))) == 2
        assert list_of(world.baker) == ["boss@baker.example", "new@baker.example"]
        assert document.deliveries.get(address="new@baker.example").mails.count() == 1

    def test_what_was_ticked_stays_when_the_address_is_wrong(self, alice, world):
        first, second, third = rejected(world), rejected(world), rejected(world)
        page = alice.post(url_of(first), {"address": "no", "also": [str(third.public_id)]}).content.decode()
        assert re.search(rf'value="{third.public_id}"\s+checked', page)
        assert re.search(rf'value="{second.public_id}"\s*>', page)

    def test_one_that_somebody_handled_meanwhile_is_told(self, alice, world):
        carol = world.person("carol", world.acme, "manager")
        first, second = rejected(world), rejected(world)
        remedying.put_aside(second, carol)
        data = {"address": "new@baker.example", "also": [str(second.public_id)]}
        lines = {
            line.delivery: line for line in alice.post(url_of(first), data, follow=True).context["lines"]
        }
        assert lines[first].is_done
        assert not lines[second].is_done
        assert "carol@acme.example has put it aside already" in lines[second].said

    def test_a_double_click_shows_what_the_first_one_did(self, alice, world):
        first, second = rejected(world), rejected(world)
        as_of = alice.get(url_of(first)).context["as_of"]
        data = {"address": "new@baker.example", "also": [str(second.public_id)], "as_of": as_of}
        alice.post(url_of(first), data)
        again = alice.post(url_of(first), data, follow=True)
        assert Errand.objects.count() == 1
        assert "has already corrected this address" in said(again)[0]

    def test_rows_of_another_company_are_not_touched(self, alice, world):
        theirs = rejected(world, company=world.globex, customer_number="", addresses="a@x.example")
        first = rejected(world)
        alice.post(url_of(first), {"address": "new@baker.example", "also": [str(theirs.public_id), "x"]})
        theirs.refresh_from_db()
        assert theirs.is_open_work

    def test_a_new_customer_gets_all_documents_with_its_number(self, alice, world):
        first = rejected(world, customer_number="77", addresses="wrong@x.example")
        second = rejected(world, customer_number="77", addresses="wrong@x.example")
        data = {"address": "right@x.example", "customer_name": "Potter Ky", "also": [str(second.public_id)]}
        response = alice.post(url_of(first), data, follow=True)
        assert len(told(response)) == 2
        second.document.refresh_from_db()
        assert second.document.customer.name == "Potter Ky"
        assert list_of(second.document.customer) == ["right@x.example"]

    def test_a_customer_that_got_the_number_meanwhile_has_the_document(self, alice, world):
        delivery = rejected(world, customer_number="77", addresses="wrong@x.example")
        potter = world.customer("77", name="Potter Ky")
        alice.post(url_of(delivery), {"address": "right@x.example", "also_in_list": "on"})
        delivery.document.refresh_from_db()
        assert delivery.document.customer == potter
        assert list_of(potter) == ["right@x.example"]


class TestTwoManagers:
    def test_the_second_one_is_told_who_corrected_it_and_when(self, alice, world):
        carol = world.person("carol", world.acme, "manager")
        delivery = rejected(world)
        remedying.correct(delivery, "new@baker.example", carol)
        for response in (
            alice.get(url_of(delivery), follow=True),
            alice.post(url_of(delivery), {"address": "other@baker.example"}, follow=True),
        ):
            assert re.match(
                r"carol@acme.example has already corrected this address to new@baker.example: today \d",
                said(response)[0],
            )
        assert delivery.document.deliveries.count() == 2

    def test_the_second_one_does_not_send_it_again(self, alice, world):
        carol = world.person("carol", world.acme, "manager")
        delivery = rejected(world, Verdict(Status.REJECTED, Cause.GAVE_UP))
        seen = delivery.headline_id
        assert f'name="seen" value="{seen}"' in alice.get(reverse("documents")).content.decode()
        remedying.resend(delivery, carol)
        delivery.record(Verdict(Status.DELIVERED), delivery.mails.latest("pk"))
        delivery.mails.latest("pk").finish()
        response = alice.post(
            reverse("resend-delivery", args=[delivery.public_id]), {"seen": seen}, follow=True
        )
        assert re.fullmatch(
            r"carol@acme.example has sent it again: today \S+ It has been delivered: today \S+",
            said(response)[0],
        )
        assert delivery.mails.count() == 2

    def test_the_second_one_does_not_send_a_link_to_who_has_the_file(self, alice, world):
        delivery = rejected(world, Verdict(Status.REJECTED, Cause.TOO_LARGE))
        seen = delivery.headline_id
        remedying.resend(delivery, world.person("carol", world.acme, "manager"))
        delivery.record(Verdict(Status.DELIVERED), delivery.mails.latest("pk"))
        delivery.mails.latest("pk").finish()
        response = alice.post(reverse("send-as-link", args=[delivery.public_id]), {"seen": seen}, follow=True)
        assert said(response)[0].startswith("carol@acme.example has sent it again: today")
        assert delivery.mails.count() == 2

    def test_the_second_one_does_not_put_aside_what_was_rejected_again(self, alice, world):
        delivery = rejected(world, Verdict(Status.REJECTED, Cause.GAVE_UP))
        seen = delivery.headline_id
        remedying.resend(delivery, world.person("carol", world.acme, "manager"))
        delivery.record(judge(550, "5.1.1 no such user"), delivery.mails.latest("pk"))
        delivery.mails.latest("pk").finish()
        response = alice.post(reverse("put-aside", args=[delivery.public_id]), {"seen": seen}, follow=True)
        assert said(response)[0].startswith("carol@acme.example has sent it again: today")
        delivery.refresh_from_db()
        assert delivery.is_open_work

    @pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30])
    def test_a_page_that_does_not_say_what_it_showed_is_believed(self, alice, world, seen):
        delivery = rejected(world)
        alice.post(reverse("resend-delivery", args=[delivery.public_id]), {"seen": seen})
        assert delivery.mails.count() == 2
