"""Blocked addresses, and asking support to unblock one."""

import pytest
from django.urls import reverse
from django.utils.html import escape
from django.utils.timezone import now

from distribution.models import BlockedAddress, UnblockRequest
from tests.world import World

pytestmark = pytest.mark.django_db

BLOCKED = "/blocked/"
ADDRESS = "office@baker.example"


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


def block(world, address=ADDRESS, reason="bounced", evidence=(), company="acme"):
    return BlockedAddress.objects.block(getattr(world, company), address, reason, evidence)[0]


def asking(blocked):
    return reverse("ask-to-unblock-address", args=[blocked.pk])


def text(answer):
    return " ".join(answer.content.decode().replace("<wbr>", "").split())


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


class TestList:
    def test_says_why_with_the_evidence(self, alice, world):
        reply = "550 5.1.1 <b>unknown</b>"
        block(world, evidence=[{"at": now().isoformat(), "document": "Invoice 7", "reply": reply}])
        page = text(alice.get(BLOCKED))
        for words in (ADDRESS, "Deliveries failed", "Invoice 7", escape(reply), "today"):
            assert words in page

    @pytest.mark.parametrize(
        "evidence",
        [[{}], ["words"], [{"at": "yesterday", "reply": None}], [{"at": "2026-11-23T10:00"}], [7], {"a": 1}],
    )
    def test_odd_evidence_does_no_harm(self, alice, world, evidence):
        blocked = block(world)
        BlockedAddress.objects.filter(pk=blocked.pk).update(evidence=evidence)
        assert ADDRESS in text(alice.get(BLOCKED))

    def test_shows_only_the_companys_own_active_blocks(self, alice, world):
        block(world, "other@company.example", company="globex")
        block(world, "lifted@baker.example").lift(world.sam)
        block(world)
        page = text(alice.get(BLOCKED))
        assert ADDRESS in page
        assert "other@company.example" not in page
        assert "lifted@baker.example" not in page

    def test_lifted_ones_are_behind_a_tab(self, alice, world):
        block(world, "lifted@baker.example").lift(world.sam)
        block(world)
        page = text(alice.get(BLOCKED, {"show": "lifted"}))
        assert "lifted@baker.example" in page
        assert ADDRESS not in page
        assert "Mail goes to these addresses again" in page

    def test_lifted_ones_have_what_support_answered(self, alice, world):
        asked = block(world).ask_to_unblock(world.acme, world.alice, "It works again")
        asked.approve(world.sam, "We tried it, and it does.")
        assert "We tried it, and it does." in text(alice.get(BLOCKED, {"show": "lifted"}))

    def test_an_address_is_found_by_a_part_of_it(self, alice, world):
        block(world)
        block(world, "info@dyer.example")
        page = text(alice.get(BLOCKED, {"q": "DYER"}))
        assert "info@dyer.example" in page
        assert ADDRESS not in page
        assert "has “nobody” in it" in text(alice.get(BLOCKED, {"q": "nobody"}))

    def test_an_empty_list_says_when_addresses_are_blocked(self, alice):
        assert "No address is blocked" in text(alice.get(BLOCKED))

    def test_many_blocks_need_few_queries(self, alice, world, django_assert_max_num_queries):
        for number in range(60):
            block(world, f"office@c{number}.example").ask_to_unblock(world.acme, world.alice, "Checked")
        with django_assert_max_num_queries(12):
            assert len(alice.get(BLOCKED).context["page"]) == 50


class TestState:
    def test_nothing_asked_offers_to_ask(self, alice, world):
        assert asking(block(world)) in text(alice.get(BLOCKED))

    def test_asked_waits_for_support(self, alice, world):
        blocked = block(world)
        blocked.ask_to_unblock(world.acme, world.alice, "I checked it")
        page = text(alice.get(BLOCKED))
        assert "Waiting for support" in page
        assert "alice@acme.example" in page
        assert asking(blocked) not in page

    def test_declined_shows_the_answer_and_may_be_asked_again(self, alice, world):
        blocked = block(world)
        blocked.ask_to_unblock(world.acme, world.alice, "Please").decline(world.sam, "It does not exist.")
        page = text(alice.get(BLOCKED))
        assert "Support declined" in page
        assert "It does not exist." in page
        assert "Ask again" in page
        assert asking(blocked) in page

    def test_a_viewer_sees_the_state_but_cannot_ask(self, bob, world):
        blocked = block(world)
        assert asking(blocked) not in text(bob.get(BLOCKED))
        blocked.ask_to_unblock(world.acme, world.alice, "I checked it")
        assert "Waiting for support" in text(bob.get(BLOCKED))


class TestAsking:
    def test_shows_the_address_and_why_it_is_blocked(self, alice, world):
        page = text(alice.get(asking(block(world))))
        assert ADDRESS in page
        assert "Deliveries failed" in page
        assert "consent" not in page

    def test_tells_support_the_note(self, alice, world):
        blocked = block(world)
        answer = alice.post(asking(blocked), {"note": "I checked it"}, follow=True)
        assert "Support was asked" in said(answer)
        asked = blocked.requests.get()
        assert (asked.company, asked.requested_by, asked.note) == (world.acme, world.alice, "I checked it")
        assert asked.state == UnblockRequest.State.OPEN

    @pytest.mark.parametrize("note", ["", "   ", "x" * 2001, "a\0b"])
    def test_a_note_is_needed(self, alice, world, note):
        blocked = block(world)
        assert alice.post(asking(blocked), {"note": note}).context["form"].errors["note"]
        assert not blocked.requests.exists()

    @pytest.mark.parametrize("reason", ["unsubscribed", "complained"])
    def test_the_recipients_consent_is_needed_where_they_did_not_want_our_mail(self, alice, world, reason):
        blocked = block(world, reason=reason)
        refused = alice.post(asking(blocked), {"note": "They want it again"})
        assert "only when the recipient has agreed" in text(refused)
        assert "They want it again" in text(refused)
        alice.post(asking(blocked), {"note": "They want it again", "consent": "on"})
        assert blocked.requests.get().consent

    def test_a_second_press_is_told_that_support_was_asked(self, alice, world):
        blocked = block(world)
        alice.post(asking(blocked), {"note": "I checked it"})
        assert "asked already" in said(alice.post(asking(blocked), {"note": "Again"}, follow=True))
        assert blocked.requests.count() == 1

    def test_what_is_not_blocked_any_more_needs_no_asking(self, alice, world):
        blocked = block(world)
        blocked.lift(world.sam)
        assert "not blocked any more" in said(alice.post(asking(blocked), {"note": "Please"}, follow=True))
        assert not blocked.requests.exists()

    def test_after_a_refusal_it_can_be_asked_again(self, alice, world):
        blocked = block(world)
        blocked.ask_to_unblock(world.acme, world.alice, "Please").decline(world.sam, "No")
        alice.post(asking(blocked), {"note": "Now I have checked it"})
        assert blocked.requests.filter(state="open").get().note == "Now I have checked it"

    def test_what_the_provider_has_to_let_go_is_not_asked_about_again(self, alice, world):
        blocked = block(world)
        blocked.removals.create(provider="mailgun")
        assert "Unblocked by support" in text(alice.get(BLOCKED))
        assert "has unblocked it already" in said(alice.post(asking(blocked), {"note": "x"}, follow=True))
        assert not blocked.requests.exists()


class TestForAllCompanies:
    @pytest.fixture
    def trap(self):
        note = [{"at": now().isoformat(), "reply": "A spam trap."}]
        return BlockedAddress.objects.block(None, ADDRESS, "by_hand", note)[0]

    def test_it_is_shown_to_who_has_the_address_on_a_list(self, alice, trap, client, world):
        page = text(alice.get(BLOCKED))
        for words in (ADDRESS, "for all companies", "What support wrote down", "A spam trap."):
            assert words in page
        client.force_login(world.mallory)
        assert ADDRESS not in text(client.get(BLOCKED))

    def test_each_company_asks_for_itself_and_sees_nothing_of_the_others(self, alice, trap, client, world):
        world.customer("2001", ADDRESS, company=world.globex)
        alice.post(asking(trap), {"note": "It is right"})
        assert trap.requests.get().company == world.acme
        client.force_login(world.mallory)
        page = text(client.get(BLOCKED))
        assert "Waiting for support" not in page
        assert "alice@acme.example" not in page
        client.post(asking(trap), {"note": "Ours too"})
        assert trap.requests.count() == 2

    def test_it_stays_shown_to_who_has_asked(self, alice, trap, world):
        alice.post(asking(trap), {"note": "It is right"})
        world.baker.addresses.all().delete()
        assert "Waiting for support" in text(alice.get(BLOCKED))

    @pytest.mark.parametrize("who", ["mallory", "bob", "sam"])
    def test_nobody_else_asks(self, client, trap, world, who):
        client.force_login(getattr(world, who))
        assert client.get(asking(trap)).status_code == 404
        assert client.post(asking(trap), {"note": "x"}).status_code == 404

    def test_who_has_no_company_sees_none(self, client, trap, world):
        client.force_login(world.sam)
        assert ADDRESS not in text(client.get(BLOCKED))
