"""The rejected list as a work list: many rows at once, each told on a page that stays."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from distribution.models import BlockedAddress, UnblockRequest
from documents import remedying
from documents.causes import Cause
from documents.models import Delivery, Errand, OutboundMail
from documents.replies import Verdict, judge
from documents.statuses import Status
from tests.world import World

pytestmark = pytest.mark.django_db

UNKNOWN = judge(550, "5.1.1 no such user")
GAVE_UP = Verdict(Status.REJECTED, Cause.GAVE_UP)
URLS = ["resend-rejected", "correct-rejected", "ask-about-rejected", "put-aside-rejected"]


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def rejected(world, verdict=UNKNOWN, **facts):
    delivery = world.delivery(**facts)
    mail = delivery.mails.first()
    if mail:
        delivery.record(verdict, mail)
        mail.finish()
    return delivery


def press(client, name, *deliveries, **data):
    ids = [str(delivery.public_id) for delivery in deliveries]
    return client.post(reverse(name), {"delivery": ids} | data, follow=True)


def told(response):
    return [(line.is_done, line.said) for line in response.context["lines"]]


def said(response):
    return [str(message) for message in response.context["messages"]]


def listed(client, query="?status=rejected"):
    return client.get(reverse("documents") + query)


def shown_form(client, query="?status=rejected"):
    """What the bar of the list sends besides the ticked rows."""
    page = listed(client, query).content.decode()
    form = page[page.index('<form id="bulk"') :].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', form))
    return {name: value.replace("&amp;", "&") for name, value in fields.items()}


class TestList:
    def test_managers_tick_rows_and_see_what_fits_the_group(self, alice, world):
        delivery = rejected(world)
        page = listed(alice, "?status=rejected&cause=address_unknown").content.decode()
        assert f'value="{delivery.public_id}"' in page
        assert f'id="row-{delivery.public_id}"' in page
        bar = page[page.index('<form id="bulk"') :].partition("</form>")[0]
        urls = re.findall(r'formaction="([^"]+)"', bar)
        assert urls == [
            reverse(name) for name in ("correct-rejected", "resend-rejected", "put-aside-rejected")
        ]

    @pytest.mark.parametrize(
        ("address", "first"),
        [("kivi at x.example", "correct-rejected"), ("", "correct-rejected")],
    )
    def test_what_would_fail_the_same_way_is_not_offered(self, alice, world, address, first):
        world.baker.addresses.all().delete()
        delivery = world.delivery(addresses=address)
        page = listed(alice, f"?status=rejected&cause={delivery.cause}").content.decode()
        assert reverse(first) in page
        assert reverse("resend-rejected") not in page

    def test_viewers_only_look(self, client, world):
        rejected(world)
        client.force_login(world.bob)
        page = listed(client).content.decode()
        assert 'id="bulk"' not in page
        assert 'name="delivery"' not in page

    def test_other_tabs_have_no_ticks(self, alice, world):
        world.delivery()
        assert 'id="bulk"' not in listed(alice, "?status=in_progress").content.decode()

    def test_only_what_is_work_has_a_tick(self, alice, world):
        aside, work = rejected(world), rejected(world)
        remedying.put_aside(aside, world.alice)
        page = listed(alice, "?status=rejected&aside=on").content.decode()
        assert f'value="{work.public_id}"' in page
        assert f'value="{aside.public_id}"' not in page


class TestResend:
    def test_every_ticked_row_is_sent_and_told(self, alice, world):
        first, second = rejected(world, GAVE_UP), rejected(world, GAVE_UP)
        response = press(alice, "resend-rejected", first, second)
        assert told(response) == [(True, "It is on its way again.")] * 2
        assert "2 done" in response.content.decode()
        assert OutboundMail.objects.open().count() == 2
        first.refresh_from_db()
        assert first.headline.actor == world.alice

    def test_reloading_the_page_repeats_nothing(self, alice, world):
        response = press(alice, "resend-rejected", rejected(world, GAVE_UP))
        again = alice.get(response.request["PATH_INFO"])
        assert told(again) == told(response)
        assert OutboundMail.objects.open().count() == 1

    def test_a_second_press_shows_what_the_first_did(self, alice, world):
        delivery = rejected(world, GAVE_UP)
        form = shown_form(alice)
        first = press(alice, "resend-rejected", delivery, **form)
        delivery.mails.open().get().finish()
        second = press(alice, "resend-rejected", delivery, **form)
        assert second.request["PATH_INFO"] == first.request["PATH_INFO"]
        assert told(second) == [(True, "It is on its way again.")]
        assert delivery.mails.count() == 2

    def test_a_second_press_on_all_shows_what_the_first_did(self, alice, world):
        rejected(world, GAVE_UP)
        form = shown_form(alice) | {"which": "all"}
        first = press(alice, "resend-rejected", **form)
        assert press(alice, "resend-rejected", **form).request["PATH_INFO"] == first.request["PATH_INFO"]

    def test_what_somebody_else_did_meanwhile_is_told(self, alice, world):
        carol = world.person("carol", world.acme, "manager")
        resent, corrected, aside, delivered = (rejected(world) for _ in range(4))
        remedying.resend(resent, carol)
        remedying.correct(corrected, "new@baker.example", carol)
        remedying.put_aside(aside, carol)
        delivered.record(Verdict(Status.DELIVERED), delivered.mails.get())
        mails = OutboundMail.objects.count()
        response = press(alice, "resend-rejected", resent, corrected, aside, delivered)
        happened = {line.delivery: line.said for line in response.context["lines"]}
        assert not any(line.is_done for line in response.context["lines"])
        assert re.fullmatch(
            r"carol@acme.example has sent it again: today \d+:\d\d\. It is on its way\.", happened[resent]
        )
        assert (
            "carol@acme.example has already corrected this address to new@baker.example"
            in happened[corrected]
        )
        assert "carol@acme.example has put it aside already: today" in happened[aside]
        assert happened[delivered].startswith("It has been delivered: today")
        assert OutboundMail.objects.count() == mails

    def test_a_blocked_address_is_not_tried(self, alice, world):
        delivery = rejected(world, GAVE_UP)
        BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        [(is_done, sentence)] = told(press(alice, "resend-rejected", delivery))
        assert not is_done
        assert "Ask our support" in sentence
        assert not OutboundMail.objects.open().exists()

    def test_all_of_a_group_beyond_the_page_and_nothing_else(self, alice, world):
        many = copies(world, 60, Cause.GAVE_UP)
        other = rejected(world)
        query = "?status=rejected&cause=gave_up"
        assert "All 60 of this list" in listed(alice, query).content.decode()
        response = press(alice, "resend-rejected", which="all", **shown_form(alice, query))
        assert len(told(response)) == 60
        assert all(line.is_done for line in response.context["lines"])
        assert OutboundMail.objects.open().filter(delivery__in=many).count() == 60
        assert not other.mails.open().exists()

    def test_what_came_after_the_page_was_shown_is_not_among_all(self, alice, world):
        seen = rejected(world, GAVE_UP)
        form = shown_form(alice)
        later = rejected(world, GAVE_UP)
        Delivery.objects.filter(pk=later.pk).update(at=now() + timedelta(seconds=1))
        response = press(alice, "resend-rejected", which="all", **form)
        assert [line.delivery for line in response.context["lines"]] == [seen]

    def test_all_that_is_meant_for_one_domain(self, alice, world):
        there = copies(world, 3, Cause.GAVE_UP)
        rejected(world, GAVE_UP)
        query = "?status=rejected&cause=gave_up"
        page = listed(alice, query).content.decode()
        assert re.search(r'name="domain"\s+value="many.example"', page)
        assert 'value="baker.example"' not in page  # one alone needs no such button
        response = press(alice, "resend-rejected", domain="many.example", **shown_form(alice, query))
        assert {line.delivery_id for line in response.context["lines"]} == {d.pk for d in there}

    def test_too_many_are_done_in_two_goes(self, alice, world, monkeypatch):
        copies(world, 7, Cause.GAVE_UP)
        monkeypatch.setattr("documents.errands.MOST", 5)
        response = press(alice, "resend-rejected", which="all", **shown_form(alice))
        assert len(told(response)) == 5
        assert "2 more were too many for one time" in response.content.decode()
        assert Delivery.objects.rejected().count() == 2

    def test_five_hundred_at_once(self, alice, world):
        copies(world, 501, Cause.GAVE_UP)
        response = press(alice, "resend-rejected", which="all", **shown_form(alice))
        while response.context["waiting"]:  # a slow machine needs another press
            response = alice.post(response.request["PATH_INFO"], follow=True)
        assert "500 done" in response.content.decode()
        assert OutboundMail.objects.open().count() == 500

    def test_what_was_interrupted_is_gone_on_with(self, alice, world, monkeypatch):
        copies(world, 3, Cause.GAVE_UP)
        monkeypatch.setattr("documents.errands.carry_out", lambda *args: None)
        response = press(alice, "resend-rejected", which="all", **shown_form(alice))
        assert "3 rows wait still" in response.content.decode()
        monkeypatch.undo()
        after = alice.post(response.request["PATH_INFO"], follow=True)
        assert "3 done" in after.content.decode()
        assert OutboundMail.objects.open().count() == 3


def copies(world, count, cause):
    """Rejected deliveries at many.example, made quickly."""
    document = world.document(customer_number="", addresses="first@many.example")
    first = document.deliveries.get()
    first.record(Verdict(Status.REJECTED, cause), first.mails.get())
    first.mails.get().finish()
    others = Delivery.objects.bulk_create(
        Delivery(
            company=world.acme,
            document=document,
            address=f"a{number}@many.example",
            origin="document",
            status=first.status,
            cause=cause,
        )
        for number in range(count - 1)
    )
    return [first, *others]


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
