"""Pages that refresh themselves: what they ask for, what they get, and when they stop asking."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from distribution.models import BlockedAddress, Company, Membership
from documents import batching, remedying
from documents.causes import Cause
from documents.models import Batch
from documents.replies import Verdict, judge
from documents.statuses import Status
from portal.live import LATER, SOON
from tests.test_batch_pages import bring
from tests.test_document_page import UNKNOWN, play
from tests.world import World

pytestmark = pytest.mark.django_db

BUSY = judge(450, "4.2.0 <office@baker.example>: try again later", "mx.baker.example")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


class Page:
    """A page as a browser has it open."""

    def __init__(self, client, url):
        self.client, self.url = client, url
        self.answer = client.get(url)

    @property
    def text(self):
        return self.answer.content.decode().replace("<wbr>", "")

    @property
    def live(self):
        return self.answer.context["live"]

    def refreshed(self):
        """What the page gets that asks for news: another Page, or the status where it gets nothing."""
        headers = {"HX-Request": "true", **json.loads(self.live.headers)}
        page = Page.__new__(Page)
        page.client, page.url = self.client, self.url
        page.answer = self.client.get(self.url, headers=headers)
        return page if page.answer.status_code == 200 else page.answer.status_code


def document_page(client, document):
    return Page(client, reverse("document", args=[document.public_id]))


class TestDocument:
    def test_it_asks_for_news_while_mail_is_under_way(self, alice, world):
        page = document_page(alice, world.document())
        assert page.live.pace == SOON
        assert f'hx-trigger="every {SOON}s, look"' in page.text
        assert "htmx-2.min.js" in page.text
        assert "Refresh this page" in page.text.partition("<noscript>")[2]

    def test_it_gets_nothing_where_nothing_is_new(self, alice, world):
        page = document_page(alice, world.document())
        assert page.refreshed() == 204
        assert page.refreshed() == 204

    def test_that_costs_little(self, alice, world, django_assert_max_num_queries):
        document = world.document(
            customer_number="", addresses="; ".join(f"a{n}@x.example" for n in range(20))
        )
        page = document_page(alice, document)
        with django_assert_max_num_queries(6):
            assert page.refreshed() == 204

    @pytest.mark.parametrize(
        ("verdict", "pace"),
        [
            (Verdict(Status.SENT), SOON),
            (Verdict(Status.DELIVERED), 0),
            (UNKNOWN, 0),
        ],
    )
    def test_what_has_happened_comes_and_says_how_to_go_on(self, alice, world, verdict, pace):
        document = world.document()
        page = document_page(alice, document)
        delivery = play(document.deliveries.get(), verdict)
        news = page.refreshed()
        assert f'data-say="office@baker.example: {delivery.get_status_display()}"' in news.text
        assert news.live.pace == pace
        assert ('id="live"' in news.text) == bool(pace)

    def test_a_later_try_is_looked_for_less_often(self, alice, world):
        delivery = world.delivery()
        mail = delivery.mails.get()
        delivery.record(BUSY, mail)
        mail.defer(now() + timedelta(hours=2))
        page = document_page(alice, delivery.document)
        assert page.live.pace == LATER
        assert page.refreshed() == 204
        mail.refresh_from_db()
        mail.defer(now() - timedelta(seconds=1))
        assert page.refreshed().live.pace == SOON

    def test_who_has_heard_nothing_for_long_stops_asking(self, alice, world):
        delivery = play(world.delivery(), Verdict(Status.SENT))
        type(delivery).objects.update(at=now() - timedelta(minutes=11))
        page = document_page(alice, delivery.document)
        assert page.live.pace == 0
        assert "htmx" not in page.text

    def test_what_support_decides_is_waited_for(self, alice, world):
        block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        delivery = play(world.delivery(), Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED))
        assert document_page(alice, delivery.document).live.pace == 0
        asked = block.ask_to_unblock(world.acme, world.alice, "It works.")
        page = document_page(alice, delivery.document)
        assert page.live.pace == LATER
        asked.decline(world.sam, "It is gone for good.")
        news = page.refreshed()
        assert "It is gone for good." in news.text
        assert news.live.pace == 0

    def test_an_address_that_is_free_again_is_watched(self, alice, world):
        delivery = play(world.delivery(), Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED))
        assert document_page(alice, delivery.document).live.pace == SOON

    def test_what_somebody_else_does_about_it_comes_too(self, alice, world):
        first = world.document(customer_number="", addresses="a@x.example; b@x.example")
        page = document_page(alice, first)
        play(first.deliveries.first(), UNKNOWN)
        page = page.refreshed()
        remedying.put_aside(first.deliveries.first(), world.bob)
        assert "Put aside" in page.refreshed().text

    def test_strangers_learn_nothing_by_it(self, client, world):
        document = world.document()
        client.force_login(world.alice)
        page = document_page(client, document)
        client.force_login(world.mallory)
        assert page.refreshed() == 404

    def test_a_page_in_another_tab_does_not_change_the_company(self, alice, world):
        page = document_page(alice, world.document())
        other = Company.objects.create(name="Aamu Oy", activated_at=now())
        Membership.objects.create(user=world.alice, company=other, role="viewer")
        alice.post(reverse("switch-company"), {"company": other.pk})
        play(world.acme.documents.get().deliveries.get(), Verdict(Status.SENT))
        assert page.refreshed().answer.context["company"] == world.acme
        assert Page(alice, "/").answer.context["company"] == other


class TestList:
    def test_it_asks_for_news_of_the_rows_that_it_has(self, alice, world):
        mine = world.delivery()
        page = Page(alice, "/documents/?status=in_progress")
        assert page.live.pace == SOON
        assert page.live.known == f"{world.acme.pk} {mine.public_id.hex}"
        assert page.refreshed() == 204

    def test_rows_stay_where_they_are_with_what_became_of_them(self, alice, world):
        first, second = world.delivery(), world.delivery()
        page = Page(alice, "/documents/?status=in_progress")
        play(first, Verdict(Status.DELIVERED))
        news = page.refreshed()
        assert re.findall(r'id="row-([\w-]+)"', news.text) == re.findall(r'id="row-([\w-]+)"', page.text)
        assert f"{first.document}, office@baker.example: Delivered" in news.text
        assert f"{second.document}, office@baker.example: Queued" in news.text
        assert re.search(r"Delivered\s*<b>1</b>", news.text)
        assert "The list has changed" in news.text
        assert "The list has changed" not in page.text

    def test_what_is_new_is_not_pushed_in(self, alice, world):
        first = world.delivery()
        page = Page(alice, "/documents/?status=in_progress")
        world.delivery()
        assert page.refreshed() == 204
        play(first, Verdict(Status.SENT))
        news = page.refreshed()
        assert news.text.count('id="row-') == 1
        assert "The list has changed" in news.text

    def test_the_links_of_an_answer_are_those_of_the_page(self, alice, world):
        delivery = world.delivery()
        page = Page(alice, "/documents/?status=in_progress&kind=invoice")
        play(delivery, UNKNOWN)
        news = page.refreshed()
        assert 'href="?status=sent&amp;kind=invoice"' in news.text
        assert "hx-get=" not in news.text
        assert delivery.public_id.hex not in news.text

    def test_a_list_of_which_nothing_is_under_way_does_not_ask(self, alice, world):
        play(world.delivery(), UNKNOWN)
        page = Page(alice, "/documents/?status=rejected")
        assert page.live.pace == 0
        assert "htmx" not in page.text

    def test_the_rows_are_found_without_the_whole_list(self, alice, world, django_assert_max_num_queries):
        for _ in range(3):
            world.delivery()
        page = Page(alice, "/documents/?status=in_progress")
        with django_assert_max_num_queries(5):
            assert page.refreshed() == 204

    def test_after_a_change_of_the_company_it_stops(self, alice, world):
        world.delivery()
        page = Page(alice, "/documents/?status=in_progress")
        other = Company.objects.create(name="Aamu Oy", activated_at=now())
        Membership.objects.create(user=world.alice, company=other, role="viewer")
        alice.post(reverse("switch-company"), {"company": other.pk})
        assert page.refreshed() == 286

    def test_rows_of_others_are_not_shown(self, alice, world):
        theirs = world.delivery(company=world.globex, customer_number="", addresses="x@y.example")
        known = f"{world.acme.pk} {theirs.public_id.hex}"
        headers = {"HX-Request": "true", "Live-Mark": "x", "Live-Known": known}
        answer = alice.get("/documents/", headers=headers)
        assert answer.status_code == 200
        assert "x@y.example" not in answer.content.decode()

    @pytest.mark.parametrize("known", ["", "x", "1 2 3", "1 " + "z" * 32, "1 " + "0" * 32])
    def test_nonsense_does_no_harm(self, alice, known):
        headers = {"HX-Request": "true", "Live-Mark": "x", "Live-Known": known}
        assert alice.get("/documents/", headers=headers).status_code in (200, 286)


class TestOthers:
    def test_a_batch_that_goes_on_is_told_once(self, alice):
        bring(alice)
        batch = Batch.objects.get()
        url = reverse("batch", args=[batch.public_id])
        headers = {"HX-Request": "true", "Live-Mark": batch.progress_mark}
        assert alice.get(url, headers=headers).status_code == 204
        Batch.objects.update(processed=1, total=2)
        answer = alice.get(url, headers=headers)
        assert "1 of 2" in answer.content.decode()
        assert Batch.objects.get().progress_mark in answer.content.decode()

    def test_the_list_of_batches_follows_them(self, alice):
        bring(alice)
        page = Page(alice, reverse("batches"))
        assert page.live.pace == SOON
        assert page.refreshed() == 204
        batching.work(seconds=60)
        news = page.refreshed()
        assert "batch.zip: Ready: check and send" in news.text
        assert news.live.pace == 0

    def test_blocked_addresses_follow_support(self, alice, world):
        block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        assert Page(alice, reverse("blocked-addresses")).live.pace == 0
        asked = block.ask_to_unblock(world.acme, world.alice, "It works.")
        page = Page(alice, reverse("blocked-addresses"))
        assert page.live.pace == LATER
        assert page.refreshed() == 204
        asked.approve(world.sam)
        news = page.refreshed()
        assert "The list has changed" in news.text
