"""What companies' own programs can do about documents and deliveries, and about blocked addresses."""

import pytest

from distribution.models import BlockedAddress, UnblockRequest
from documents.models import Delivery, Document
from documents.replies import Verdict
from documents.statuses import Status
from tests.program import Program, fields, problem
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def erp(world):
    return Program(world.acme, world.alice)


@pytest.fixture
def rejected(world):
    delivery = world.delivery()
    verdict = Verdict(Status.REJECTED, "address_unknown", 550, "5.1.1", "User unknown")
    delivery.mails.get().finish()
    delivery.record(verdict, delivery.mails.get())
    return delivery


class TestDeliveries:
    def test_send_again(self, world, erp, rejected):
        told = erp.post(f"/deliveries/{rejected.public_id}/resends/")
        assert (told.status_code, told.json()["status"]) == (200, "queued")
        event = rejected.events.order_by("pk").last()
        assert (event.status, event.actor) == ("queued", world.alice)

    def test_what_waits_already_is_not_sent_again(self, world, erp):
        delivery = world.delivery()
        content = problem(erp.post(f"/deliveries/{delivery.public_id}/resends/"), 409, "not-possible")
        assert "already waiting" in content["detail"]

    def test_correct_the_address(self, world, erp, rejected):
        told = erp.post(
            f"/deliveries/{rejected.public_id}/corrections/", {"address": "New@Baker.example"}
        ).json()
        assert (told["address"], told["origin"], told["status"]) == (
            "new@baker.example",
            "corrected",
            "queued",
        )
        document = erp.get(f"/documents/{rejected.document.public_id}/").json()
        assert document["status"] == "queued"
        assert document["deliveries"][0]["replaced_by"] == told["id"]
        assert [entry.address for entry in world.baker.addresses.all()] == ["office@baker.example"]

    def test_correct_it_in_the_list_too_needs_manage(self, world, erp, rejected):
        path = f"/deliveries/{rejected.public_id}/corrections/"
        wanted = {"address": "new@baker.example", "also_in_list": True}
        sender = Program(world.acme, world.alice, "send")
        problem(sender.post(path, wanted), 403, "scope-missing")
        assert Delivery.objects.count() == 1
        assert erp.post(path, wanted).status_code == 200
        assert [entry.address for entry in world.baker.addresses.all()] == ["new@baker.example"]

    @pytest.mark.parametrize(
        "body", [{"address": "nonsense"}, {"address": ""}, {"address": "a@b.example\n"}, {}]
    )
    def test_a_wrong_address_is_named(self, erp, rejected, body):
        answer = erp.post(f"/deliveries/{rejected.public_id}/corrections/", body)
        assert fields(problem(answer, 422, "invalid")) == ["address"]

    def test_cancel(self, world, erp):
        delivery = world.delivery()
        path = f"/deliveries/{delivery.public_id}/cancellations/"
        assert erp.post(path).json()["status"] == "cancelled"
        problem(erp.post(path), 409, "not-possible")


class TestDocuments:
    def test_cancel_all_of_it(self, world, erp):
        document = world.document(customer_number="", addresses="a@x.example; b@y.example")
        told = erp.post(f"/documents/{document.public_id}/cancellations/").json()
        assert [delivery["status"] for delivery in told["deliveries"]] == ["cancelled", "cancelled"]

    def test_what_is_sent_is_not_cancelled(self, erp, rejected):
        answer = erp.post(f"/documents/{rejected.document.public_id}/cancellations/")
        problem(answer, 409, "not-possible")

    def test_release_a_held_one(self, world, erp):
        world.document("F-1")
        held = world.document("F-1")
        path = f"/documents/{held.public_id}/releases/"
        assert erp.post(path).json()["status"] == "queued"
        problem(erp.post(path), 409, "not-possible")

    def test_drop_a_held_one(self, world, erp):
        world.document("F-1")
        held = world.document("F-1")
        told = erp.post(f"/documents/{held.public_id}/cancellations/").json()
        assert told["status"] == "cancelled"
        assert Document.objects.held().count() == 0


class TestBlockedAddresses:
    @pytest.fixture
    def block(self, world):
        evidence = [{"at": "2026-11-24T09:00:00+00:00", "document": "Invoice 1", "reply": "550 No"}]
        made, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced", evidence)
        return made

    def test_are_listed_while_they_are_blocked(self, world, erp, block):
        lifted, _is_new = BlockedAddress.objects.block(world.acme, "free@baker.example", "bounced")
        lifted.end(world.sam)
        BlockedAddress.objects.block(world.globex, "theirs@else.example", "bounced")
        [shown] = erp.get("/blocked-addresses/").json()["items"]
        assert (shown["id"], shown["address"]) == (str(block.public_id), "office@baker.example")
        assert (shown["reason"], shown["needs_consent"], shown["request"]) == ("bounced", False, None)
        assert shown["failures"][0]["reply"] == "550 No"

    def test_one_for_all_companies_is_listed_where_it_stops_mail(self, world, erp):
        world.document(customer_number="", addresses="sent@else.example")
        for address in ("office@baker.example", "sent@else.example", "unknown@else.example"):
            BlockedAddress.objects.block(None, address, "by_hand")
        shown = erp.get("/blocked-addresses/").json()["items"]
        assert [block["address"] for block in shown] == ["sent@else.example", "office@baker.example"]
        assert Program(world.globex, world.mallory).get("/blocked-addresses/").json()["items"] == []

    def test_each_company_asks_about_one_for_all_by_itself(self, world, erp):
        block, _is_new = BlockedAddress.objects.block(None, "office@baker.example", "by_hand")
        block.ask_to_unblock(world.globex, world.mallory, "Theirs")
        path = f"/blocked-addresses/{block.public_id}/unblock-requests/"
        assert erp.get("/blocked-addresses/").json()["items"][0]["request"] is None
        assert erp.post(path, {"note": "Ours"}).status_code == 201
        assert erp.get("/blocked-addresses/").json()["items"][0]["request"]["note"] == "Ours"
        unknown, _is_new = BlockedAddress.objects.block(None, "unknown@else.example", "by_hand")
        path = f"/blocked-addresses/{unknown.public_id}/unblock-requests/"
        problem(erp.post(path, {"note": "Please"}), 404, "not-found")

    def test_what_support_has_let_go_is_not_asked_for(self, world, erp, block):
        block.removals.create(provider="ses")
        answer = erp.post(f"/blocked-addresses/{block.public_id}/unblock-requests/", {"note": "Please"})
        assert "has unblocked it already" in problem(answer, 409, "not-possible")["detail"]

    def test_are_found_by_address(self, world, erp, block):
        BlockedAddress.objects.block(world.acme, "other@baker.example", "bounced")
        found = erp.get("/blocked-addresses/", address="Office@Baker.example").json()["items"]
        assert [shown["id"] for shown in found] == [str(block.public_id)]

    def test_come_in_stretches_newest_first(self, world, erp):
        addresses = [f"a{number}@baker.example" for number in range(3)]
        for address in addresses:
            BlockedAddress.objects.block(world.acme, address, "bounced")
        first = erp.get("/blocked-addresses/", limit=2).json()
        rest = erp.get("/blocked-addresses/", limit=2, cursor=first["next_cursor"]).json()
        assert [shown["address"] for shown in first["items"] + rest["items"]] == addresses[::-1]

    def test_support_is_asked_once(self, world, erp, block):
        path = f"/blocked-addresses/{block.public_id}/unblock-requests/"
        answer = erp.post(path, {"note": "They have\nmade the mailbox."})
        assert answer.status_code == 201
        assert answer.json()["request"]["state"] == "open"
        again = erp.post(path, {"note": "Please"})
        assert again.status_code == 200
        request = UnblockRequest.objects.get()
        assert (request.note, request.requested_by) == ("They have\nmade the mailbox.", world.alice)

    def test_consent_is_needed_where_the_recipient_complained(self, world, erp):
        block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "complained")
        path = f"/blocked-addresses/{block.public_id}/unblock-requests/"
        assert fields(problem(erp.post(path, {"note": "Please"}), 422, "invalid")) == ["consent"]
        assert erp.post(path, {"note": "She called", "consent": True}).status_code == 201

    def test_what_is_open_already_is_not_asked_for(self, world, erp, block):
        block.end(world.sam)
        answer = erp.post(f"/blocked-addresses/{block.public_id}/unblock-requests/", {"note": "Please"})
        problem(answer, 409, "not-possible")

    @pytest.mark.parametrize("body", [{}, {"note": ""}, {"note": 1}, {"note": "x" * 2001}, {"note": "\0"}])
    def test_the_note_is_needed(self, erp, block, body):
        answer = erp.post(f"/blocked-addresses/{block.public_id}/unblock-requests/", body)
        assert fields(problem(answer, 422, "invalid")) == ["note"]
