"""Customers with their numbers and e-mail lists, the company switch, and asking for activation."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from distribution.models import BlockedAddress, Company, Customer
from tests.world import World

pytestmark = pytest.mark.django_db

CUSTOMERS = "/customers/"
NEW = "/customers/new/"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(world, client):
    client.force_login(world.alice)
    return client


@pytest.fixture
def bob(world, client):
    client.force_login(world.bob)
    return client


def typed(**changes):
    return {"name": "Candle Oy", "numbers": "1002", "to": "", "copies": "", "language": ""} | changes


def page_of(customer):
    return reverse("customer", args=[customer.pk])


def list_of(customer):
    return [(entry.address, entry.copy) for entry in customer.addresses.all()]


def numbers_of(customer):
    return [entry.number for entry in customer.numbers.all()]


def errors_of(answer, field):
    assert answer.status_code == 200, "the form should have come back"
    return " ".join(answer.context["form"].errors.get(field, []))


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


class TestList:
    @pytest.mark.parametrize("q", ["1001", "00", "aker", "BAKER OY", "office@bak", " Baker "])
    def test_a_customer_is_found_by_number_name_or_address(self, alice, world, q):
        world.customer("77", "info@dyer.example", name="Dyer Ky")
        page = alice.get(CUSTOMERS, {"q": q})
        assert [customer.name for customer in page.context["page"]] == ["Baker Oy"]

    @pytest.mark.parametrize("q", ["nobody", "\0", "%", "x" * 5000])
    def test_what_is_not_found_or_cannot_be_searched_for_does_no_harm(self, alice, q):
        assert alice.get(CUSTOMERS, {"q": q}).status_code == 200

    def test_a_blocked_address_is_marked(self, alice, world):
        assert "Blocked</span>" not in alice.get(CUSTOMERS).content.decode()
        BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        assert "Blocked</span>" in alice.get(CUSTOMERS).content.decode()

    def test_another_companys_block_marks_nothing(self, alice, world):
        BlockedAddress.objects.block(world.globex, "office@baker.example", "bounced")
        assert "Blocked</span>" not in alice.get(CUSTOMERS).content.decode()

    def test_a_hundred_customers_come_on_two_pages_with_few_queries(
        self, alice, world, django_assert_max_num_queries
    ):
        for number in range(2000, 2099):
            world.customer(str(number), f"office@c{number}.example", name=f"Customer {number}")
        with django_assert_max_num_queries(12):
            first = alice.get(CUSTOMERS)
        assert len(first.context["page"]) == 50
        assert "page=2" in first.content.decode()
        assert len(alice.get(CUSTOMERS, {"page": "2"}).context["page"]) == 50

    @pytest.mark.parametrize("page", ["0", "99", "x", ""])
    def test_a_page_that_does_not_exist_is_a_page_that_does(self, alice, page):
        assert alice.get(CUSTOMERS, {"page": page}).status_code == 200

    def test_an_empty_list_says_what_customers_are_for(self, world, client):
        client.force_login(world.mallory)
        page = client.get(CUSTOMERS).content.decode()
        assert "There are no customers yet" in page
        assert NEW in page

    def test_a_viewer_is_offered_no_new_customer(self, bob):
        assert NEW not in bob.get(CUSTOMERS).content.decode()

    def test_staff_without_a_company_see_an_empty_page(self, world, client):
        client.force_login(world.sam)
        for url in (CUSTOMERS, "/blocked/", "/help/"):
            assert client.get(url).status_code == 200


class TestNewCustomer:
    def test_is_saved_with_numbers_and_addresses(self, alice, world):
        answer = alice.post(
            NEW,
            typed(
                numbers="1002, 1003\nFI 7;1002",
                to='"Candle" <Office@Candle.example>; books@candle.example,',
                copies="copy@candle.example",
                language="sv",
            ),
        )
        customer = Customer.objects.get(name="Candle Oy")
        assert answer.url == page_of(customer)
        assert (customer.company, customer.language) == (world.acme, "sv")
        assert numbers_of(customer) == ["1002", "1003", "FI 7"]
        assert list_of(customer) == [
            ("office@candle.example", False),
            ("books@candle.example", False),
            ("copy@candle.example", True),
        ]

    def test_numbers_may_have_spaces_between(self, alice):
        alice.post(NEW, typed(numbers=" 1002 1003 "))
        assert numbers_of(Customer.objects.get(name="Candle Oy")) == ["1002", "1003"]

    def test_may_be_filled_in_beforehand(self, alice):
        form = alice.get(NEW, {"number": "4711", "name": "Dyer <Ky>"}).content.decode()
        assert "4711" in form
        assert "Dyer &lt;Ky&gt;" in form

    def test_a_bad_address_is_named_and_everything_typed_is_kept(self, alice):
        answer = alice.post(NEW, typed(to="good@candle.example; b@d; a b@c", copies="x@candle.example"))
        assert errors_of(answer, "to") == "“b@d” is not an e-mail address. “a b@c” is not an e-mail address."
        form = answer.content.decode()
        for text in ("good@candle.example; b@d; a b@c", "x@candle.example", "Candle Oy", "1002"):
            assert text in form
        assert not Customer.objects.filter(name="Candle Oy").exists()

    @pytest.mark.parametrize(
        "bad",
        ["a@candle.example\r\nBcc: x@y.example", "a@candle.example\0", "x" * 300 + "@c.example", "<script>"],
    )
    def test_dangerous_addresses_are_refused(self, alice, bad):
        answer = alice.post(NEW, typed(to=bad))
        assert errors_of(answer, "to")
        assert "<script>" not in answer.content.decode()

    def test_a_number_that_another_customer_has_is_refused_with_a_link_to_it(self, alice, world):
        answer = alice.post(NEW, typed(numbers="1001"))
        link = f'<a href="{page_of(world.baker)}">Baker Oy</a>'
        assert errors_of(answer, "numbers") == f"The number 1001 already belongs to {link}."
        assert link in answer.content.decode()

    def test_another_company_may_use_the_same_number(self, world, client):
        client.force_login(world.mallory)
        assert client.post(NEW, typed(numbers="1001")).status_code == 302

    @pytest.mark.parametrize("numbers", ["", " ,; ", "1" * 51, "1\0", "9" * 3000])
    def test_numbers_that_cannot_be_are_refused(self, alice, numbers):
        assert errors_of(alice.post(NEW, typed(numbers=numbers)), "numbers")

    def test_pressing_twice_makes_one_customer(self, alice):
        alice.post(NEW, typed())
        assert "already belongs to" in errors_of(alice.post(NEW, typed()), "numbers")
        assert Customer.objects.filter(name="Candle Oy").count() == 1

    def test_an_address_cannot_be_both_recipient_and_copy(self, alice):
        answer = alice.post(NEW, typed(to="a@candle.example", copies="A@candle.example"))
        assert "a@candle.example is already under" in errors_of(answer, "copies")


class TestCustomer:
    def test_saving_replaces_what_was_there(self, alice, world):
        alice.post(page_of(world.baker), typed(name="Baker Ab", numbers="1005", to="new@baker.example"))
        world.baker.refresh_from_db()
        assert world.baker.name == "Baker Ab"
        assert numbers_of(world.baker) == ["1005"]
        assert list_of(world.baker) == [("new@baker.example", False)]

    def test_an_address_may_become_a_copy(self, alice, world):
        alice.post(page_of(world.baker), typed(numbers="1001", copies="office@baker.example"))
        assert list_of(world.baker) == [("office@baker.example", True)]

    def test_what_is_wrong_changes_nothing_and_the_page_keeps_the_saved_name(self, alice, world):
        answer = alice.post(page_of(world.baker), typed(name="Other", numbers="1001", to="b@d"))
        assert "<h1>Baker Oy</h1>" in answer.content.decode()
        assert list_of(world.baker) == [("office@baker.example", False)]

    def test_nobody_elses_number_can_be_taken(self, alice, world):
        other = world.customer("1002", name="Candle Oy")
        answer = alice.post(page_of(world.baker), typed(numbers="1001, 1002"))
        assert page_of(other) in errors_of(answer, "numbers")

    def test_links_to_what_was_sent(self, alice, world):
        assert "/documents/?q=1001" in alice.get(page_of(world.baker)).content.decode()

    def test_a_viewer_sees_it_without_a_form(self, bob, world):
        page = bob.get(page_of(world.baker)).content.decode()
        assert "office@baker.example" in page
        assert "<textarea" not in page
        assert reverse("delete-customer", args=[world.baker.pk]) not in page

    def test_a_block_is_told_with_the_way_to_support(self, alice, world):
        BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        page = alice.get(page_of(world.baker)).content.decode()
        assert "office@baker.example is blocked" in page
        assert "/blocked/?q=office%40baker.example" in page

    @pytest.mark.parametrize("pk", [0, 999999, 10**30])
    def test_a_customer_that_does_not_exist_is_not_found(self, alice, pk):
        assert alice.get(f"/customers/{pk}/").status_code == 404


class TestDelete:
    def test_is_asked_about_first(self, alice, world):
        page = alice.get(reverse("delete-customer", args=[world.baker.pk])).content.decode()
        assert "Delete Baker Oy?" in page
        assert Customer.objects.filter(pk=world.baker.pk).exists()

    def test_documents_stay(self, alice, world):
        document = world.document()
        answer = alice.post(reverse("delete-customer", args=[world.baker.pk]), follow=True)
        assert "Its documents stay" in said(answer)
        document.refresh_from_db()
        assert document.customer is None
        assert document.customer_number == "1001"

    def test_a_second_press_is_told_so(self, alice, world):
        url = reverse("delete-customer", args=[world.baker.pk])
        alice.post(url)
        assert "deleted already" in said(alice.post(url, follow=True))


class TestSwitch:
    def test_changes_the_company_of_the_pages(self, alice, world):
        world.alice.memberships.create(company=world.globex, role="viewer")
        answer = alice.post("/company/switch/", {"company": world.globex.pk})
        assert answer.url == "/documents/"
        assert alice.get(CUSTOMERS).context["company"] == world.globex

    @pytest.mark.parametrize("company", ["", "x", "-1", "9" * 5000, "1 OR 1", "\0"])
    def test_nonsense_is_not_found(self, alice, company):
        assert alice.post("/company/switch/", {"company": company}).status_code == 404


class TestActivation:
    @pytest.fixture
    def off(self, world):
        world.acme.deactivate()
        return world.acme

    def test_asks_support_once(self, alice, world, off):
        assert "Support was asked" in said(alice.post("/company/activation-requests/", follow=True))
        off.refresh_from_db()
        assert off.activation_requested_by == world.alice
        assert "already been asked" in said(alice.post("/company/activation-requests/", follow=True))

    def test_what_is_active_needs_no_asking(self, alice, world):
        assert "active already" in said(alice.post("/company/activation-requests/", follow=True))
        assert Company.objects.get(pk=world.acme.pk).activation_requested_at is None


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_same_number_at_once_get_one_customer_and_one_answer():
    alice = World().alice
    answers, start = [], threading.Barrier(2)

    def save(name):
        browser = Client()
        browser.force_login(alice)
        start.wait()
        answers.append(browser.post(NEW, typed(name=name)).status_code)
        connection.close()

    both = [threading.Thread(target=save, args=(name,)) for name in ("One Oy", "Two Oy")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(answers) == [200, 302]
    assert Customer.objects.get(numbers__number="1002").name in ("One Oy", "Two Oy")
    assert Customer.objects.filter(name__in=["One Oy", "Two Oy"]).count() == 1


class TestTypingErrors:
    def test_are_asked_about_after_saving_and_stop_nobody(self, alice):
        answer = alice.post(NEW, typed(to="matti@gmial.com; office@candle.example"), follow=True)
        shown = answer.content.decode()
        assert "Did you mean matti@gmail.com?" in shown
        assert shown.count("Did you mean") == 1
        assert "Typing error?" in alice.get(CUSTOMERS).content.decode()
