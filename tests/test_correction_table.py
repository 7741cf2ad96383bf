"""Many addresses corrected in one table: what is right goes out, what is wrong stays as it was typed."""

import pytest

from documents import remedying
from documents.causes import Cause
from documents.models import Delivery
from tests.rejections import press, rejected, said, told
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def list_of(customer):
    return sorted(entry.address for entry in customer.addresses.all())


class TestTable:
    def table(self, client, *deliveries):
        page = press(client, "correct-rejected", *deliveries)
        return page.request["PATH_INFO"], page.context["rows"]

    def test_documents_of_one_address_are_one_row(self, alice, world):
        first, second = rejected(world), rejected(world)
        world.customer("7", "matti@gmial.com")
        third = rejected(world, customer_number="7")
        url, rows = self.table(alice, first, second, third)
        assert sorted(len(row.deliveries) for row in rows) == [1, 2]
        by_address = {row.delivery.address: row for row in rows}
        assert by_address["matti@gmial.com"]["address"].value() == "matti@gmail.com"
        assert by_address["office@baker.example"]["address"].value() == ""
        assert "2 documents" in alice.get(url).content.decode()

    def test_rows_that_are_right_go_out_and_wrong_ones_stay_as_typed(self, alice, world):
        world.customer("7", "seven@x.example")
        world.customer("8", "eight@x.example")
        first, second = rejected(world), rejected(world)
        third, fourth = rejected(world, customer_number="7"), rejected(world, customer_number="8")
        url, rows = self.table(alice, first, second, third, fourth)
        of = {row.delivery.address: row.prefix for row in rows}
        typed = {
            f"{of['office@baker.example']}-address": "new@baker.example",
            f"{of['office@baker.example']}-also_in_list": "on",
            f"{of['seven@x.example']}-address": "no address",
        }
        page = alice.post(url, typed)
        assert sorted(told(page)) == [(True, "It is on its way to new@baker.example.")] * 2
        left = {row.delivery.address: row for row in page.context["rows"]}
        assert set(left) == {"seven@x.example", "eight@x.example"}
        assert left["seven@x.example"]["address"].value() == "no address"
        assert left["seven@x.example"].errors["address"]
        assert list_of(world.baker) == ["new@baker.example"]
        again = alice.post(url, {f"{of['seven@x.example']}-address": "new@x.example"}, follow=True)
        assert len(told(again)) == 3
        assert [row.delivery for row in again.context["rows"]] == [fourth]
        assert Delivery.objects.filter(address="new@baker.example").count() == 2
        fourth.refresh_from_db()
        assert fourth.is_open_work

    def test_nothing_typed_is_told(self, alice, world):
        url, _rows = self.table(alice, rejected(world))
        assert "Type at least one address" in said(alice.post(url))[0]

    def test_sent_twice_it_goes_out_once(self, alice, world):
        delivery = rejected(world)
        url, [row] = self.table(alice, delivery)
        for _ in range(2):
            page = alice.post(url, {f"{row.prefix}-address": "new@baker.example"}, follow=True)
        assert told(page) == [(True, "It is on its way to new@baker.example.")]
        assert delivery.document.deliveries.get(address="new@baker.example").mails.count() == 1

    def test_a_likely_typing_error_is_asked_about_once(self, alice, world):
        delivery = rejected(world)
        url, [row] = self.table(alice, delivery)
        name = f"{row.prefix}-address"
        asked = alice.post(url, {name: "office@gmial.com"})
        assert "Did you mean office@gmail.com?" in asked.content.decode()
        alice.post(url, {name: "office@gmial.com", f"{row.prefix}-looked_at": "office@gmial.com"})
        assert delivery.document.deliveries.filter(address="office@gmial.com").exists()

    def test_a_row_that_changed_meanwhile_is_told(self, alice, world):
        carol = world.person("carol", world.acme, "manager")
        delivery = rejected(world)
        url, [row] = self.table(alice, delivery)
        remedying.correct(delivery, "theirs@baker.example", carol)
        page = alice.post(url, {f"{row.prefix}-address": "mine@baker.example"}, follow=True)
        [(is_done, sentence)] = told(page)
        assert not is_done
        assert "carol@acme.example has already corrected this address to theirs@baker.example" in sentence

    def test_documents_without_an_address_get_one(self, alice, world):
        world.baker.addresses.all().delete()
        first, second = world.delivery(), world.delivery()
        assert first.cause == Cause.NO_RECIPIENT
        url, [row] = self.table(alice, first, second)
        typed = {f"{row.prefix}-address": "new@baker.example", f"{row.prefix}-also_in_list": "on"}
        assert len(told(alice.post(url, typed, follow=True))) == 2
        assert list_of(world.baker) == ["new@baker.example"]

    def test_the_page_is_there_again_after_a_log_in(self, alice, client, world):
        url, _rows = self.table(alice, rejected(world))
        client.logout()
        page = f"http://testserver{url}"
        assert client.post(url, headers={"referer": page}).url.endswith(url)
        client.force_login(world.alice)
        assert client.get(url).context["rows"]

    def test_a_long_table_needs_no_more_queries(self, alice, world, django_assert_max_num_queries):
        deliveries = []
        for number in range(20):
            world.customer(f"c{number}", f"a{number}@x.example")
            deliveries.append(rejected(world, customer_number=f"c{number}"))
        url, _rows = self.table(alice, *deliveries)
        with django_assert_max_num_queries(16):
            alice.get(url)
