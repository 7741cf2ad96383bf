"""Blocked addresses and the queue of requests, as support decides them in the admin."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils.timezone import now

from distribution.models import BlockedAddress, ProviderRemoval, UnblockRequest
from documents import routing
from documents.causes import Cause
from portal.models import User
from portal.roles import OPERATIONS, SUPPORT
from tests.admin_pages import ADDRESS, asked, blocked, listed, rejected, said, text, url
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = World()
    world.sam.groups.add(Group.objects.get(name=SUPPORT))
    return world


@pytest.fixture
def sam(world, client):
    client.force_login(world.sam)
    return client


@pytest.fixture
def olga(world, client):
    operator = User.objects.create_user("olga@jakelu.example", PASSWORD, is_staff=True)
    operator.groups.add(Group.objects.get(name=OPERATIONS))
    client.force_login(operator)
    return client


class TestBlockedAddresses:
    def test_lift_is_a_button(self, sam, world):
        block = blocked(world)
        assert url(block, "lift") in text(sam.get(url(block)))
        assert "is unblocked" in said(sam.post(url(block, "lift"), follow=True))
        block.refresh_from_db()
        assert block.lifted_by == world.sam
        assert "already been lifted" in said(sam.post(url(block, "lift"), follow=True))

    def test_lift_is_an_action(self, sam, world):
        blocks = [blocked(world, f"a{number}@baker.example") for number in range(3)]
        blocks[0].lift(world.sam)
        chosen = {"action": "lift_selected", "_selected_action": [block.pk for block in blocks]}
        answer = sam.post(url(BlockedAddress, "changelist"), chosen, follow=True)
        assert "2 addresses were unblocked." in said(answer)
        assert not BlockedAddress.objects.active().exists()

    def test_one_is_added_by_hand(self, sam, world):
        sent = {"company": world.acme.pk, "address": "Trap@Baker.example", "note": "Asked by phone"}
        assert sam.post(url(BlockedAddress, "add"), sent).status_code == 302
        block = BlockedAddress.objects.get()
        assert (block.address, block.reason, block.company) == ("trap@baker.example", "by_hand", world.acme)
        assert "Asked by phone" in text(sam.get(url(block)))

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"address": "a@b"}, "not an e-mail address"),
            ({"address": "Office@Baker.example"}, "blocked already"),
            ({"note": ""}, "required"),
            ({"company": ""}, "required"),
        ],
    )
    def test_what_is_wrong_is_said(self, sam, world, changes, problem):
        blocked(world)
        sent = {"company": world.acme.pk, "address": "trap@baker.example", "note": "Why"} | changes
        assert problem in text(sam.post(url(BlockedAddress, "add"), sent))
        assert BlockedAddress.objects.count() == 1

    def test_the_state_says_what_it_waits_for(self, sam, world):
        block = blocked(world)
        removal = block.removals.create(provider="mailgun")
        assert "Blocked, waits for Mailgun" in text(sam.get(url(BlockedAddress, "changelist")))
        assert url(block, "lift") not in text(sam.get(url(block)))
        removal.error, removal.next_try_at = "HTTP 401", now() + timedelta(hours=1)
        removal.save()
        assert listed(sam, BlockedAddress, state="waiting") == [block]
        page = text(sam.get(url(block)))
        assert "HTTP 401" in page
        assert url(block, "try_now") in page
        assert "within a minute" in said(sam.post(url(block, "try_now"), follow=True))
        assert "within a minute" in said(sam.post(url(block, "try_now"), follow=True))
        block.end(world.sam)
        ProviderRemoval.objects.update(removed_at=now())
        assert "Nothing waits" in said(sam.post(url(block, "try_now"), follow=True))

    def test_of_what_nobody_may_lift_any_more_it_is_said(self, sam, world):
        block = blocked(world)
        block.lift(world.sam)
        chosen = {"action": "lift_selected", "_selected_action": [block.pk]}
        answer = sam.post(url(BlockedAddress, "changelist"), chosen, follow=True)
        assert "None of them" in said(answer)

    def test_a_recipient_who_did_not_want_our_mail_has_to_agree(self, sam, world):
        assert "only when they have agreed" in text(sam.get(url(blocked(world, reason="complained"))))

    def test_the_page_shows_what_was_delivered_to_the_address(self, sam, world):
        delivery = rejected(world)
        assert url(delivery) in text(sam.get(url(blocked(world))))

    def test_nothing_of_a_block_is_changed_by_hand(self, sam, world):
        assert sam.post(url(blocked(world)), {"address": "x@y.example"}).status_code == 403


class TestForAllCompanies:
    SENT = {"company": "", "address": "trap@baker.example", "note": "Spam trap"}

    def test_operations_block_and_lift(self, olga):
        assert olga.post(url(BlockedAddress, "add"), self.SENT | {"for_all": "on"}).status_code == 302
        block = BlockedAddress.objects.get()
        assert block.company is None
        assert listed(olga, BlockedAddress, company__isnull="True") == [block]
        assert "is unblocked" in said(olga.post(url(block, "lift"), follow=True))

    def test_nobody_does_it_by_forgetting_the_company(self, olga, world):
        for wrong in (self.SENT, self.SENT | {"company": world.acme.pk, "for_all": "on"}):
            assert "Choose a company, or" in text(olga.post(url(BlockedAddress, "add"), wrong))
        assert not BlockedAddress.objects.exists()

    def test_support_does_neither(self, sam, world):
        assert "For all companies" not in text(sam.get(url(BlockedAddress, "add")))
        assert "required" in text(sam.post(url(BlockedAddress, "add"), self.SENT | {"for_all": "on"}))
        block = BlockedAddress.objects.block(None, ADDRESS, "by_hand")[0]
        page = text(sam.get(url(block)))
        assert url(block, "lift") not in page
        assert "Ask operations to unblock it" in page
        assert "Ask operations" in said(sam.post(url(block, "lift"), follow=True))
        assert BlockedAddress.objects.active().exists()

    def test_support_may_still_decline_a_request(self, sam, world):
        block = BlockedAddress.objects.block(None, ADDRESS, "by_hand")[0]
        request = block.ask_to_unblock(world.acme, world.alice, "It is right")
        page = text(sam.get(url(request)))
        assert url(request, "approve") not in page
        assert "for all companies" in page
        assert "Ask operations" in said(sam.post(url(request, "approve"), follow=True))
        sam.post(url(request, "decline"), {"answer": "It is a trap."})
        request.refresh_from_db()
        assert request.state == "declined"

    def test_operations_approve_it(self, olga, world):
        block = BlockedAddress.objects.block(None, ADDRESS, "by_hand")[0]
        request = block.ask_to_unblock(world.acme, world.alice, "It is right")
        assert "is unblocked" in said(olga.post(url(request, "approve"), follow=True))


class TestRequests:
    def test_open_ones_come_first_and_the_oldest_of_them_on_top(self, sam, world):
        first, second, third = (asked(world, f"a{number}@baker.example") for number in range(3))
        first.decline(world.sam, "No")
        assert listed(sam, UnblockRequest) == [second, third, first]

    def test_the_page_shows_who_asks_why_and_what_was_delivered(self, sam, world):
        delivery = rejected(world)
        page = text(sam.get(url(asked(world))))
        for words in ("alice@acme.example", "I checked it", "Not needed", url(delivery), "Deliveries failed"):
            assert words in page

    def test_approve_unblocks_and_what_was_held_goes_out(self, sam, world):
        request = asked(world)
        held = rejected(world, Cause.BLOCKED_BOUNCED)
        assert "is unblocked" in said(sam.post(url(request, "approve"), {"answer": "Fine"}, follow=True))
        request.refresh_from_db()
        assert (request.state, request.decided_by, request.answer) == ("approved", world.sam, "Fine")
        assert routing.release_unblocked() == 1
        held.refresh_from_db()
        assert held.status == "queued"

    def test_what_was_decided_is_shown_only_when_it_was(self, sam, world):
        request = asked(world)
        assert "Decided by" not in text(sam.get(url(request)))
        request.approve(world.sam, "Fine")
        page = text(sam.get(url(request)))
        assert "Decided by" in page
        assert 'name="answer"' not in page

    def test_decline_needs_an_answer(self, sam, world):
        request = asked(world)
        assert "Write an answer" in said(sam.post(url(request, "decline"), {"answer": " "}, follow=True))
        sam.post(url(request, "decline"), {"answer": "It does not exist."})
        request.refresh_from_db()
        assert (request.state, request.answer) == ("declined", "It does not exist.")
        assert BlockedAddress.objects.active().exists()

    @pytest.mark.parametrize("second", ["approve", "decline"])
    def test_who_comes_second_is_told_what_the_first_decided(self, sam, world, second):
        request = asked(world)
        request.decline(world.alice, "No")
        assert url(request, second) not in text(sam.get(url(request)))
        answer = sam.post(url(request, second), {"answer": "Yes"}, follow=True)
        assert "It has already been declined" in said(answer)
        request.refresh_from_db()
        assert request.answer == "No"

    def test_several_are_approved_at_once(self, sam, world):
        requests = [asked(world, f"a{number}@baker.example") for number in range(3)]
        requests[0].decline(world.alice, "No")
        chosen = {"action": "approve_selected", "_selected_action": [request.pk for request in requests]}
        answer = sam.post(url(UnblockRequest, "changelist"), chosen, follow=True)
        assert "2 requests were approved." in said(answer)
        assert "It has already been declined: a0@baker.example" in said(answer)

    def test_several_are_declined_with_one_answer(self, sam, world):
        requests = [asked(world, f"a{number}@baker.example") for number in range(2)]
        chosen = {"action": "decline_selected", "_selected_action": [request.pk for request in requests]}
        question = sam.post(url(UnblockRequest, "changelist"), chosen)
        assert "a0@baker.example" in text(question)
        assert UnblockRequest.objects.filter(state="open").count() == 2
        sent = chosen | {"answer": "Ask your customer."}
        answer = sam.post(url(UnblockRequest, "changelist"), sent, follow=True)
        assert "2 requests were declined." in said(answer)
        assert {request.answer for request in UnblockRequest.objects.all()} == {"Ask your customer."}

    def test_without_the_right_to_change_nobody_decides(self, world, client):
        request = asked(world)
        reader = User.objects.create_user("reader@jakelu.example", PASSWORD, is_staff=True)
        reader.user_permissions.add(Permission.objects.get(codename="view_unblockrequest"))
        client.force_login(reader)
        assert url(request, "approve") not in text(client.get(url(request)))
        assert client.post(url(request, "approve")).status_code == 403
        assert client.get(url(UnblockRequest, "changelist")).status_code == 200

    def test_what_does_not_exist_is_not_found(self, sam, world):
        request = asked(world)
        gone = url(request, "approve").replace(str(request.pk), "999999")
        assert sam.post(gone).status_code == 404

    def test_lists_need_few_queries(self, sam, world, django_assert_max_num_queries):
        for number in range(20):
            asked(world, f"a{number}@baker.example")
        for model in (UnblockRequest, BlockedAddress):
            with django_assert_max_num_queries(14):
                assert len(listed(sam, model)) == 20
