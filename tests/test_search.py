"""The search box: straight to the answer, or all that was found, or what is near."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils.html import escape

from distribution.models import BlockedAddress, Membership
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


def look_for(client, text, **more):
    return client.get(reverse("search"), {"q": text, **more})


def led_to(answer):
    """The path that the search box leads to; it takes the text along."""
    assert answer.status_code == 302
    parts = urlsplit(answer.url)
    assert parse_qs(parts.query)["q"]
    return parts.path


def page_of(customer):
    return reverse("customer-documents", args=[customer.pk])


def found(answer):
    sections = answer.context["found"]
    return {
        "customers": [customer.name for customer in sections.customers.rows],
        "documents": [document.number for document in sections.documents.rows],
        "addresses": [row.address for row in sections.addresses.rows],
    }


class TestStraightToTheAnswer:
    @pytest.mark.parametrize(
        "typed", ["2026-17", " 2026-17 ", "2026-1", "026-17", "Invoice 2026-17", "#2026-17"]
    )
    def test_a_document_by_its_number_or_a_part_of_it(self, bob, world, typed):
        document = world.document("2026-17")
        assert led_to(look_for(bob, typed)) == document.get_absolute_url()

    @pytest.mark.parametrize("typed", ["f-17A", "F-17a", "F-17A"])
    def test_capital_and_small_letters_are_the_same(self, bob, world, typed):
        document = world.document("F-17a")
        assert led_to(look_for(bob, typed)) == document.get_absolute_url()

    def test_a_whole_number_comes_before_a_part_of_another(self, bob, world):
        document = world.document("17")
        world.document("2026-17")
        assert led_to(look_for(bob, "17")) == document.get_absolute_url()

    @pytest.mark.parametrize(
        "typed", ["1001", "Baker Oy", "baker", "AKER", "office@baker.example", "Office@Baker"]
    )
    def test_a_customer_by_number_name_or_address(self, bob, world, typed):
        world.document("F-1")
        world.document("F-2")
        assert led_to(look_for(bob, typed)) == page_of(world.baker)

    @pytest.mark.parametrize(
        "typed", ["ÄYRÄPÄÄ", "äyräpää", "Äyrä", "yrÄpÄÄ", "A\u0308yra\u0308pa\u0308a\u0308"]
    )
    def test_letters_with_dots_are_letters_like_others_on_both_databases(self, bob, world, typed):
        customer = world.customer("77", name="Äyräpää Öljy Ab")
        assert led_to(look_for(bob, typed)) == page_of(customer)

    def test_a_customer_number_of_one_digit(self, bob, world):
        seven = world.customer("7", name="Seven Oy")
        assert led_to(look_for(bob, "7")) == page_of(seven)

    def test_the_message_id_that_the_customers_it_support_found(self, bob, world):
        delivery = world.delivery()
        world.document()
        message_id = delivery.mails.get().message_id
        for typed in (message_id, message_id.strip("<>"), message_id[1:33].upper()):
            assert led_to(look_for(bob, typed)) == delivery.document.get_absolute_url()

    def test_the_only_document_that_went_to_an_address(self, bob, world):
        document = world.document("F-1", customer_number="", addresses="sales@candle.example")
        assert led_to(look_for(bob, "candle.example")) == document.get_absolute_url()

    def test_the_answer_leads_on_to_all_that_was_found(self, bob, world):
        world.document("17")
        world.document("2026-17")
        page = bob.get(look_for(bob, "17").url).content.decode()
        assert f'href="{reverse("search")}?all=1&amp;q=17"' in page
        assert 'value="17"' in page


class TestSeveral:
    def test_are_shown_by_kind_with_their_state(self, bob, world):
        world.customer("1002", "office@bakery.example", name="Bakery Ab")
        world.document("F-1")
        BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        answer = look_for(bob, "baker")
        assert found(answer) == {
            "customers": ["Baker Oy", "Bakery Ab"],
            "documents": ["F-1"],
            "addresses": ["office@baker.example"],
        }
        page = answer.content.decode()
        for words in ("Queued", "1 document<", "Deliveries failed", page_of(world.baker)):
            assert words in page

    def test_the_newest_document_comes_first(self, bob, world):
        for number in ("A-100", "A-101", "A-102"):
            world.document(number)
        assert found(look_for(bob, "A-10"))["documents"] == ["A-102", "A-101", "A-100"]

    def test_a_document_that_came_twice_is_shown_twice(self, bob, world):
        world.document("F-1")
        world.document("F-1")
        page = look_for(bob, "F-1").content.decode()
        assert page.count("Not sent") == 1

    def test_more_than_a_page_has_are_in_the_list(self, bob, world):
        for number in range(21):
            world.document(f"A-{number}", customer_number="")
            world.customer(f"K{number}", name=f"Kilo-A-{number}")
        answer = look_for(bob, "A-")
        assert not answer.context["found"]
        answer = look_for(bob, "-A-")
        assert len(found(answer)["customers"]) == 20
        assert reverse("customers") + "?q=-A-" in answer.content.decode()

    def test_asked_for_all_they_are_shown_although_there_is_one(self, bob, world):
        assert found(look_for(bob, "1001", all="1"))["customers"] == ["Baker Oy"]

    def test_a_blocked_address_is_found_that_nothing_was_sent_to(self, bob, world):
        BlockedAddress.objects.block(world.acme, "gone@candle.example", "by_hand")
        answer = look_for(bob, "candle")
        assert found(answer)["addresses"] == ["gone@candle.example"]
        assert "Blocked by hand" in answer.content.decode()

    def test_the_list_finds_letters_with_dots_too(self, bob, world):
        world.customer("77", "office@oil.example", name="Äyräpää Öljy Ab")
        world.document("F-9", customer_number="77")
        listed = bob.get(reverse("documents"), {"q": "öLJY"})
        assert [row.delivery.document.number for row in listed.context["rows"]] == ["F-9"]


class TestNothing:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("2026–17", "2026-17"),
            ("2026\u221217", "2026-17"),
            ("2026 17", "2026-17"),
            ("2026 - 17", "2026-17"),
            ("invoice no 2026-17", "2026-17"),
            ("office@baker.exmaple", "office"),
            ("0001001", "1001"),
            ("Baker Tampere", "Baker"),
        ],
    )
    def test_what_is_near_is_offered(self, bob, world, typed, meant):
        world.document("2026-17")
        answer = look_for(bob, typed)
        assert meant in answer.context["near"]
        assert f"?q={meant}" in answer.content.decode()

    def test_it_is_said_how_it_was_looked_for(self, bob, world):
        page = look_for(bob, "zebra").content.decode()
        assert "Nothing has “zebra” in it" in page
        assert "from 3 characters on" in page
        assert "Did you mean" not in page

    def test_a_short_text_is_not_looked_for_everywhere(self, bob, world):
        world.document("F-17")
        assert "So short a text" in look_for(bob, "17").content.decode()

    def test_without_a_text_the_page_asks_for_one(self, bob):
        for typed in ("", "   ", "\0", "\u200b"):
            assert "What are you looking for?" in look_for(bob, typed).content.decode()


class TestBadInput:
    @pytest.mark.parametrize(
        "typed",
        [
            "%%%",
            "___",
            "F%1",
            "F_1",
            "'''",
            '"""',
            "' OR 1=1 --",
            "\\\\\\",
            ".*.",
            "[[[",
            "(((",
            "öö%",
            "ö_ö.*",
        ],
    )
    def test_signs_stand_for_themselves(self, bob, world, typed):
        world.document("F-1")
        world.customer("5", name="Plain öljy oy")
        answer = look_for(bob, typed)
        assert answer.status_code == 200
        assert not answer.context["found"]
        document = world.document(f"x{typed}x")
        assert led_to(look_for(bob, typed)) == document.get_absolute_url()

    @pytest.mark.parametrize("typed", ["🧾🧾🧾", "👨\u200d👩\u200d👧 Oy", "日本語", "مرحبا"])
    def test_emoji_and_other_scripts_are_text(self, bob, world, typed):
        customer = world.customer("6", name=f"{typed} Ky")
        assert led_to(look_for(bob, typed)) == page_of(customer)

    def test_ten_thousand_characters_are_cut_and_that_is_said(self, bob):
        answer = look_for(bob, "x" * 10_000)
        assert "only its first 200 characters" in answer.content.decode()
        assert len(answer.context["searched"]) == 200

    def test_what_was_typed_is_shown_as_text(self, bob):
        typed = "<script>alert(1)</script>"
        page = look_for(bob, typed).content.decode()
        assert typed not in page
        assert escape(typed) in page

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_searching_is_only_reading(self, bob, method):
        assert getattr(bob, method)(reverse("search")).status_code == 405


class TestStrangers:
    def test_find_nothing(self, client, world):
        delivery = world.delivery(number="2026-17")
        BlockedAddress.objects.block(world.acme, "gone@candle.example", "by_hand")
        client.force_login(world.mallory)
        for typed in ("2026-17", "1001", "baker", delivery.mails.get().message_id, "candle", "2026–17"):
            answer = look_for(client, typed)
            assert answer.status_code == 200
            assert not answer.context["found"]
            assert not answer.context["near"]

    def test_only_the_company_at_hand_is_searched_and_that_is_said(self, client, world):
        Membership.objects.create(user=world.mallory, company=world.acme)
        client.force_login(world.mallory)
        world.document("2026-17")
        client.post(reverse("switch-company"), {"company": world.globex.pk})
        assert "Only Globex Ab was searched" in look_for(client, "2026-17").content.decode()

    def test_who_belongs_to_no_company_is_told_so(self, client, world):
        client.force_login(world.sam)
        assert "documents/no-company.html" in [t.name for t in look_for(client, "x").templates]
