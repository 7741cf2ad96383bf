"""The document list and its export."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from distribution.models import BlockedAddress
from documents import remedying
from documents.causes import Cause
from documents.models import Delivery
from documents.replies import Verdict, judge
from documents.statuses import Status
from documents.views.lists import harmless
from tests.world import World

pytestmark = pytest.mark.django_db

UNKNOWN = judge(550, "5.1.1 <office@baker.example>: no such user", "mx.baker.example")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def play(delivery, *verdicts):
    """Let these outcomes be reported about the delivery's mail."""
    mail = delivery.mails.latest("pk")
    for verdict in verdicts:
        delivery.record(verdict, mail)
    mail.finish()
    return delivery


def shown(response):
    return [row.delivery for row in response.context["rows"]]


def listed(client, query=""):
    return client.get(reverse("documents") + query)


def test_every_delivery_is_a_row_of_its_own(alice, world):
    world.document(customer_number="", addresses="a@x.example; b@y.example")
    assert {d.address for d in shown(listed(alice))} == {"a@x.example", "b@y.example"}


def test_the_list_begins_with_the_work_if_there_is_any(alice, world):
    assert listed(alice).context["filters"].tab == "in_progress"
    play(world.delivery(), Verdict(Status.DELIVERED))
    assert listed(alice).context["filters"].tab == "delivered"
    play(world.delivery(), UNKNOWN)
    assert listed(alice).context["filters"].tab == "rejected"


def test_tabs_count_what_they_show(alice, world):
    play(world.delivery(), UNKNOWN)
    play(world.delivery(), Verdict(Status.SENT))
    world.delivery()
    tabs = {name: count for name, _label, count in listed(alice).context["tabs"]}
    assert tabs == {"in_progress": 1, "sent": 1, "delivered": 0, "rejected": 1, "cancelled": 0}


def test_rejected_rows_say_why_and_what_to_do(alice, world):
    delivery = play(world.delivery(), UNKNOWN)
    page = listed(alice, "?status=rejected").content.decode()
    assert "Address does not exist" in page
    assert '<span class="code rejected">550</span>' in page
    assert "mx.baker.example" in page
    assert reverse("correct-delivery", args=[delivery.public_id]) in page


def test_the_work_list_is_grouped_by_what_is_to_be_done(alice, world):
    play(world.delivery(), UNKNOWN)
    play(world.delivery(), UNKNOWN)
    play(world.delivery(), judge(552, "5.2.2 mailbox full"))
    response = listed(alice)
    groups = [(group.cause, group.documents) for group in response.context["groups"]]
    assert groups == [("address_unknown", 2), ("mailbox_full", 1)]
    only = listed(alice, "?status=rejected&cause=mailbox_full")
    assert [d.cause for d in shown(only)] == ["mailbox_full"]
    assert len(only.context["groups"]) == 2


def test_a_row_waits_for_support_once_they_were_asked(alice, world):
    block, _new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
    play(world.delivery(), Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED))
    assert "Ask support…" in listed(alice).content.decode()
    block.ask_to_unblock(world.acme, world.alice, "The address works again.")
    page = listed(alice).content.decode()
    assert "Waiting for support" in page
    assert "Ask support…" not in page


def test_what_was_put_aside_or_corrected_is_shown_on_request_only(alice, world):
    remedying.put_aside(play(world.delivery(), UNKNOWN), world.alice)
    remedying.correct(play(world.delivery(), UNKNOWN), "new@baker.example", world.alice)
    assert shown(listed(alice, "?status=rejected")) == []
    page = listed(alice, "?status=rejected&aside=on")
    assert len(shown(page)) == 2
    text = page.content.decode()
    assert "Corrected to new@<wbr>baker.<wbr>example" in text
    assert text.count("</time>, alice@acme.example") == 2


def test_waiting_rows_say_when_the_next_try_is(alice, world):
    delivery = world.delivery()
    delivery.record(judge(451, "4.7.1 greylisted"), delivery.mails.get())
    delivery.mails.update(next_attempt_at=now() + timedelta(minutes=5), attempts=1)
    page = listed(alice, "?status=in_progress").content.decode()
    assert "Their server asks us to wait" in page
    assert "Next try:" in page


def test_held_duplicates_stand_above_what_is_in_progress(alice, world):
    world.document("F-1")
    held = world.document("F-1")
    response = listed(alice, "?status=in_progress")
    assert list(response.context["held"]) == [held]
    assert response.context["filters"].counts["in_progress"] == 2
    assert "Send anyway" in response.content.decode()


@pytest.mark.parametrize("text", ["f-77", "100", "baker", "OFFICE@"])
def test_any_part_of_number_customer_or_address_is_found_in_all_tabs(alice, world, text):
    found = play(world.delivery(number="F-77"), Verdict(Status.DELIVERED))
    Delivery.objects.filter(pk=found.pk).update(at=now() - timedelta(days=400))
    world.document(number="X", customer_number="9", addresses="other@else.example")
    response = listed(alice, f"?q={text}")
    assert shown(response) == [found]
    assert response.context["filters"].tab == "all"
    assert response.context["filters"].counts["delivered"] == 1


def test_ninety_days_are_shown_unless_dates_are_chosen(alice, world):
    old = play(world.delivery(), Verdict(Status.DELIVERED))
    Delivery.objects.filter(pk=old.pk).update(at=now() - timedelta(days=92))
    response = listed(alice, "?status=delivered")
    assert shown(response) == []
    assert "the last 90 days" in response.content.decode()
    since = (now() - timedelta(days=100)).date()
    assert shown(listed(alice, f"?status=delivered&since={since}")) == [old]
    assert shown(listed(alice, f"?status=delivered&since={since}&until={since}")) == []


def test_the_kind_narrows_the_list(alice, world):
    reminder = world.delivery(kind="reminder")
    world.delivery()
    assert shown(listed(alice, "?kind=reminder")) == [reminder]


@pytest.mark.parametrize(
    "query",
    [
        "?status=nonsense",
        "?since=yesterday&until=never",
        "?kind=rocket&cause=bad-luck",
        "?older=x&newer=y",
        "?older=2026-01-01T00:00:00+00:00_99999999999999999999999",
        "?older=2026-13-77T00:00:00+00:00_1",
        "?older=2026-01-01T00:00:00%2B23:00_1",
        "?q=%00",
        "?q=" + "x" * 300,
        "?cause=no_recipient",
    ],
)
def test_nonsense_in_the_address_bar_breaks_nothing(alice, world, query):
    world.delivery()
    assert listed(alice, query).status_code == 200


def test_fifty_are_on_a_page_and_none_is_missed_or_shown_twice(alice, world):
    first = world.delivery()
    copies = [
        Delivery(company=world.acme, document=first.document, address=f"a{n}@x.example", origin="list")
        for n in range(119)
    ]
    moment = now()
    for number, copy in enumerate(copies):
        copy.at = moment - timedelta(minutes=number // 7)  # many at the same moment
    Delivery.objects.bulk_create(copies)
    seen, query = [], ""
    while True:
        response = listed(alice, f"?status=in_progress{query}")
        seen += [d.pk for d in shown(response)]
        page = response.context["page"]
        if not page.older:
            break
        query = "&older=" + page.older.replace("+", "%2B")
    assert len(seen) == 120
    assert len(set(seen)) == 120
    back = listed(alice, "?status=in_progress&newer=" + page.newer.replace("+", "%2B"))
    assert [d.pk for d in shown(back)] == seen[50:100]


def test_empty_lists_say_what_comes_there(alice):
    assert "Nothing to do" in listed(alice, "?status=rejected").content.decode()
    assert "Nothing was found" in listed(alice, "?q=nonesuch").content.decode()


def test_long_lists_need_no_more_queries(alice, world, django_assert_num_queries):
    for number in range(12):
        play(world.delivery(), UNKNOWN if number % 2 else Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED))
    listed(alice)
    with django_assert_num_queries(10):
        listed(alice, "?status=rejected")


def test_others_see_nothing_of_it(client, world):
    document = world.document()
    client.force_login(world.mallory)
    assert shown(listed(client, "?q=F-")) == []
    file = [document.public_id, document.original.pk]
    assert client.get(reverse("document", args=file[:1])).status_code == 404
    assert client.get(reverse("document-file", args=file)).status_code == 404
    assert document.number not in client.get(reverse("export-documents")).getvalue().decode()


@pytest.mark.parametrize("name", ["documents", "export-documents", "send-documents", "home"])
def test_who_is_not_logged_in_is_asked_to(client, name):
    assert client.get(reverse(name)).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["documents", "export-documents", "send-documents", "home"])
def test_pages_are_only_read(alice, name):
    assert alice.post(reverse(name)).status_code == 405


def test_people_without_a_company_are_told_so(client, world):
    client.force_login(world.sam)
    assert "You do not belong to a company yet" in listed(client).content.decode()
    assert client.get(reverse("export-documents")).status_code == 404


def test_the_export_has_all_rows_of_the_list_and_opens_in_a_spreadsheet(alice, world):
    for number in range(60):
        play(world.delivery(number=f"F-{number:02}"), UNKNOWN)
    world.delivery(number="elsewhere")
    response = alice.get(reverse("export-documents") + "?status=rejected")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    content = response.getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 60
    assert rows[0]["Number"] == "F-59"
    assert rows[0]["Code"] == "550"
    assert rows[0]["Why"] == "Address does not exist"


@pytest.mark.parametrize("text", ["=1+1", "+358", "-1", "@cmd", "\tx", "\rx"])
def test_no_cell_of_the_export_is_a_formula(text):
    assert harmless(text) == f"'{text}"
    assert harmless("F-1") == "F-1"
