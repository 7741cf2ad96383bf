"""Errands on the work list: put aside and undo, ask support, and who may begin and see them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from distribution.models import BlockedAddress, UnblockRequest
from documents import remedying
from documents.causes import Cause
from documents.models import Delivery, DownloadLink, Errand, OutboundMail
from documents.replies import Verdict
from documents.statuses import Status
from tests.rejections import press, rejected, said, told
from tests.world import World

pytestmark = pytest.mark.django_db

URLS = ["resend-rejected", "link-rejected", "correct-rejected", "ask-about-rejected", "put-aside-rejected"]


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


class TestPutAside:
    def test_all_at_once_and_back_again(self, alice, world):
        first, second = rejected(world), rejected(world)
        response = press(alice, "put-aside-rejected", first, second)
        assert told(response) == [(True, "Put aside.")] * 2
        assert not Delivery.objects.rejected().exists()
        undo = reverse("undo-errand", args=[Errand.objects.get().public_id])
        assert undo in response.content.decode()
        back = alice.post(undo, follow=True)
        assert said(back) == ["2 documents are on the work list again."]
        assert told(back) == [(False, "On the work list again.")] * 2
        assert Delivery.objects.rejected().count() == 2
        assert undo not in back.content.decode()
        assert said(alice.post(undo, follow=True)) == ["There is nothing to undo any more."]

    def test_the_undo_leaves_what_was_put_aside_by_somebody_else_later(self, alice, world):
        carol = world.person("carol", world.acme, "manager")
        delivery = rejected(world)
        press(alice, "put-aside-rejected", delivery)
        remedying.take_back(delivery)
        remedying.put_aside(delivery, carol)
        alice.post(reverse("undo-errand", args=[Errand.objects.get().public_id]))
        delivery.refresh_from_db()
        assert delivery.handled_by == carol


class TestSendAsLinks:
    def test_each_goes_out_as_a_link_and_none_twice(self, alice, world):
        first, second = (rejected(world, Verdict(Status.REJECTED, Cause.TOO_LARGE)) for _each in range(2))
        assert told(press(alice, "link-rejected", first)) == [(True, "It is on its way as a link.")]
        response = press(alice, "link-rejected", first, second)
        assert [is_done for is_done, _said in told(response)] == [False, True]
        assert DownloadLink.objects.count() == 2
        assert OutboundMail.objects.open().count() == 2

    @pytest.mark.parametrize("language", ["en", "fi", "sv"])
    def test_the_bar_offers_it_where_the_file_was_too_large(self, alice, world, language):
        world.alice.language = language
        world.alice.save()
        rejected(world, Verdict(Status.REJECTED, Cause.TOO_LARGE))
        page = alice.get("/documents/?status=rejected&cause=too_large").content.decode()
        assert reverse("link-rejected") in page


class TestAskSupport:
    def blocked(self, world, address, reason=BlockedAddress.Reason.BOUNCED):
        block, _new = BlockedAddress.objects.block(world.acme, address, reason)
        cause = Cause.BLOCKED_COMPLAINED if reason == "complained" else Cause.BLOCKED_BOUNCED
        number = f"n{BlockedAddress.objects.count()}"
        world.customer(number, address)
        return block, rejected(world, Verdict(Status.REJECTED, cause), customer_number=number), number

    def test_one_note_makes_one_request_for_each_address(self, alice, world):
        _block, first, number = self.blocked(world, "a@x.example")
        same = rejected(world, Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED), customer_number=number)
        _block, second, _number = self.blocked(world, "b@y.example")
        page = press(alice, "ask-about-rejected", first, same, second)
        assert not UnblockRequest.objects.exists()
        assert "consent" not in page.context["form"].fields
        done = alice.post(page.request["PATH_INFO"], {"note": "Both work again."}, follow=True)
        assert [is_done for is_done, _said in told(done)] == [True] * 3
        assert UnblockRequest.objects.count() == 2
        assert set(UnblockRequest.objects.values_list("note", flat=True)) == {"Both work again."}

    def test_a_note_is_needed(self, alice, world):
        _block, delivery, _number = self.blocked(world, "a@x.example")
        page = press(alice, "ask-about-rejected", delivery)
        again = alice.post(page.request["PATH_INFO"], {"note": " "})
        assert "note" in again.context["form"].errors
        assert not UnblockRequest.objects.exists()

    def test_consent_is_needed_when_one_did_not_want_our_mail(self, alice, world):
        _block, first, _number = self.blocked(world, "a@x.example")
        _block, second, _number = self.blocked(world, "b@y.example", "complained")
        page = press(alice, "ask-about-rejected", first, second)
        url = page.request["PATH_INFO"]
        assert "consent" in alice.post(url, {"note": "please"}).context["form"].errors
        assert not UnblockRequest.objects.exists()
        alice.post(url, {"note": "please", "consent": "on"})
        assert UnblockRequest.objects.filter(consent=True).count() == 2

    def test_an_address_that_was_asked_about_is_told_with_who_and_when(self, alice, world):
        carol = world.person("carol", world.acme, "manager")
        block, delivery, _number = self.blocked(world, "a@x.example")
        page = press(alice, "ask-about-rejected", delivery)
        block.ask_to_unblock(world.acme, carol, "It works.")
        assert "carol@acme.example" in alice.get(page.request["PATH_INFO"]).content.decode()
        done = alice.post(page.request["PATH_INFO"], {"note": "please"}, follow=True)
        [(is_done, sentence)] = told(done)
        assert not is_done
        assert "asked already by carol@acme.example: today" in sentence
        assert UnblockRequest.objects.get().requested_by == carol

    def test_an_address_that_is_not_blocked_any_more_is_told(self, alice, world):
        block, delivery, _number = self.blocked(world, "a@x.example")
        page = press(alice, "ask-about-rejected", delivery)
        block.end(world.sam)
        [(is_done, sentence)] = told(alice.post(page.request["PATH_INFO"], {"note": "please"}, follow=True))
        assert not is_done
        assert "not blocked any more" in sentence


class TestDoor:
    @pytest.mark.parametrize("name", URLS)
    @pytest.mark.parametrize("who", ["bob", "mallory", "sam"])
    def test_only_managers_of_the_company(self, client, world, name, who):
        delivery = rejected(world)
        client.force_login(getattr(world, who))
        press(client, name, delivery, company=world.acme.pk)
        assert not Errand.objects.exists()
        delivery.refresh_from_db()
        assert delivery.is_open_work

    @pytest.mark.parametrize("name", URLS)
    def test_rows_of_others_are_not_there(self, alice, world, name):
        theirs = rejected(world, company=world.globex, customer_number="", addresses="a@x.example")
        response = press(alice, name, theirs)
        assert said(response) == ["Tick the rows first, or choose all of them."]
        assert not Errand.objects.exists()

    def test_rows_of_others_among_ones_own_are_left_out(self, alice, world):
        mine = rejected(world)
        theirs = rejected(world, company=world.globex, customer_number="", addresses="a@x.example")
        response = press(alice, "put-aside-rejected", mine, theirs)
        assert [line.delivery for line in response.context["lines"]] == [mine]
        theirs.refresh_from_db()
        assert theirs.is_open_work

    @pytest.mark.parametrize("name", URLS)
    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"delivery": ["x", "", "0" * 36, "\0"]},
            {"which": "all"},
            {"which": "all", "shown": "cause=%00&q=%00&since=x", "as_of": "never"},
            {"domain": "\0'\"%_", "as_of": "2026-99-99T00:00:00Z"},
            {"which": "all", "as_of": "0001-01-01T00:00:00+14:00"},
            {"which": "all", "as_of": "2026-01-01T00:00:00+23:00"},
            {"next": "//["},
            {"next": "https://evil.example/", "company": ""},
        ],
    )
    def test_nonsense_breaks_nothing(self, alice, name, data):
        response = alice.post(reverse(name), data)
        assert response.status_code in (302, 404)
        assert not Errand.objects.exists()

    @pytest.mark.parametrize(
        "elsewhere", ["https://evil.example/documents/", "//evil.example", "javascript:1"]
    )
    def test_nobody_is_led_to_another_site(self, alice, world, elsewhere):
        assert (
            alice.post(reverse("resend-rejected"), {"next": elsewhere}).url == "/documents/?status=rejected"
        )
        press(alice, "resend-rejected", rejected(world), next=elsewhere)
        assert Errand.objects.get().back == "/documents/?status=rejected"

    def test_people_come_back_to_the_list_as_it_was(self, alice, world):
        here = "/documents/?status=rejected&cause=address_unknown"
        response = press(alice, "put-aside-rejected", rejected(world), next=here)
        assert f'href="{here.replace("&", "&amp;")}"' in response.content.decode()

    @pytest.mark.parametrize("name", URLS)
    def test_after_a_log_in_in_the_middle_people_are_led_back(self, alice, name):
        response = alice.get(reverse(name), follow=True)
        assert response.redirect_chain[0][0] == "/documents/?status=rejected"
        assert "Nothing was done yet" in said(response)[0]

    def test_viewers_see_what_was_done_and_can_change_nothing(self, client, alice, world):
        url = press(alice, "put-aside-rejected", rejected(world)).request["PATH_INFO"]
        undo = reverse("undo-errand", args=[Errand.objects.get().public_id])
        client.force_login(world.bob)
        page = client.get(url).content.decode()
        assert "alice@acme.example" in page
        assert undo not in page
        assert client.post(url).status_code == 404
        assert client.post(undo).status_code == 404
        client.force_login(world.mallory)
        assert client.get(url).status_code == 404

    def test_what_was_done_lately_says_who_and_how_many(self, alice, world):
        press(alice, "put-aside-rejected", rejected(world), rejected(world))
        press(alice, "correct-rejected", rejected(world))  # only looked at
        page = alice.get(reverse("errands"))
        [errand] = page.context["errands"]
        assert (errand.done, errand.not_be, errand.created_by) == (2, 0, world.alice)

    def test_what_was_done_is_forgotten_one_day(self, alice, world):
        press(alice, "put-aside-rejected", rejected(world))
        assert not Errand.objects.expired().exists()
        Errand.objects.update(created_at=now() - timedelta(days=91))
        assert Errand.objects.expired().exists()
