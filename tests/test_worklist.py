"""The rejected list as a work list: rows are ticked, or all of a group sent again at once."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from distribution.models import BlockedAddress
from documents import remedying
from documents.causes import Cause
from documents.models import Delivery, OutboundMail
from documents.replies import Verdict
from documents.statuses import Status
from tests.rejections import GAVE_UP, copies, listed, press, rejected, shown_form, told
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


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

    def test_a_blocked_address_gets_no_link_either(self, alice, world):
        delivery = rejected(world, Verdict(Status.REJECTED, Cause.TOO_LARGE))
        BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        [(is_done, sentence)] = told(press(alice, "link-rejected", delivery))
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
        Delivery.objects.filter(pk=later.pk).update(at=now() - timedelta(hours=1))  # as was reported
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
