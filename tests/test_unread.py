"""Reports that nobody could read: kept within bounds, counted beyond them, shown safely, forgotten."""

from base64 import b64encode
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.timezone import now

from documents import tracking
from documents.models import UnreadCount, UnreadReport
from documents.models.reports import KEPT_A_DAY, KEPT_FOR, KEPT_OCTETS
from documents.verp import bounce_address
from portal.models import User
from portal.roles import OPERATIONS
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db

HELLO = b"Subject: Hello\r\n\r\nIs anybody there?\r\n"
KEEP = {"why": "no_token", "door": "smtp"}


def keep(raw=HELLO, **facts):
    return UnreadReport.objects.keep(raw, **(KEEP | facts))


class TestKeeping:
    def test_the_same_one_is_kept_once_and_counted_as_known_afterwards(self):
        assert keep()
        assert keep() is None
        assert UnreadReport.objects.count() == 1
        assert {count.why: count.number for count in UnreadCount.objects.all()} == {"no_token": 1, "known": 1}

    def test_of_a_large_one_only_the_beginning(self):
        kept = keep(b"x" * (KEPT_OCTETS + 5))
        assert (len(kept.raw), kept.size) == (KEPT_OCTETS, KEPT_OCTETS + 5)

    def test_of_a_flood_only_the_first_ones_and_the_count(self):
        for number in range(KEPT_A_DAY + 7):
            keep(b"%d" % number)
        assert UnreadReport.objects.count() == KEPT_A_DAY
        assert UnreadCount.objects.get().number == KEPT_A_DAY + 7

    def test_a_flood_does_not_crowd_out_what_came_with_a_genuine_token(self):
        for number in range(KEPT_A_DAY + 1):
            keep(b"%d" % number)
        assert keep(why="no_report")

    def test_the_next_day_starts_afresh(self):
        for number in range(KEPT_A_DAY + 1):
            keep(b"%d" % number)
        with time_machine.travel(now() + timedelta(days=1), tick=True):
            assert keep()

    def test_an_address_that_no_database_could_keep(self):
        kept = keep(recipient="bounce+\x00\udcff" + "x" * 400 + "@y.example")
        kept.refresh_from_db()
        assert kept.recipient.startswith("bounce+\ufffd\ufffdx")

    def test_they_are_forgotten_after_a_month_but_not_their_number(self):
        with time_machine.travel(now() - KEPT_FOR - timedelta(hours=1), tick=True):
            keep(b"old")
        young = keep(b"young")
        UnreadReport.objects.expired().delete()
        assert list(UnreadReport.objects.all()) == [young]
        assert UnreadCount.objects.count() == 2


class TestInTheAdmin:
    @pytest.fixture
    def world(self):
        return World()

    @pytest.fixture
    def admin(self, client):
        User.objects.create_superuser("root@jakelu.example", PASSWORD)
        assert client.login(email="root@jakelu.example", password=PASSWORD)
        return client

    def page(self, report):
        return reverse("admin:documents_unreadreport_change", args=[report.pk])

    def test_its_text_is_shown_and_never_as_html(self, admin):
        report = keep(b"Subject: <script>alert(1)</script>\r\n\r\n<img src=x onerror=y>\x00\x1b[2J \xff\r\n")
        shown = admin.get(self.page(report)).content.decode()
        assert "&lt;script&gt;alert(1)" in shown
        assert "<img src=x" not in shown
        assert "\x00" not in shown
        assert "\x1b" not in shown

    def test_encoded_words_are_shown_as_people_read_them(self, admin):
        raw = b"From: a@b.example\r\nSubject: =?utf-8?b?U8OkaGvDtnBvc3Rp?=\r\n"
        raw += b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        report = keep(raw + b64encode(b"<p>Ei mennyt <b>perille</b></p>") + b"\r\n" + b"=" * 9000)
        listed = admin.get(reverse("admin:documents_unreadreport_changelist")).content.decode()
        assert "Sähköposti" in listed
        assert "a@b.example" in listed
        assert "Ei mennyt perille" in admin.get(self.page(report)).content.decode()

    def test_the_open_ones_come_first(self, admin):
        first, second = keep(), keep(b"other")
        second.put_aside()
        answer = admin.get(reverse("admin:documents_unreadreport_changelist"))
        assert list(answer.context["cl"].result_list) == [first, second]

    def test_several_are_put_aside_at_once(self, admin):
        chosen = [keep(b"%d" % number).pk for number in range(3)]
        sent = {"action": "put_aside_selected", "_selected_action": chosen}
        answer = admin.post(reverse("admin:documents_unreadreport_changelist"), sent, follow=True)
        assert "3 reports were put aside." in answer.content.decode()
        assert not UnreadReport.objects.open().exists()

    def test_it_is_found_by_the_address_it_was_sent_to(self, admin):
        keep(recipient="bounce+abc@bounces.jakelu.example")
        keep(b"other", recipient="bounce+def@bounces.jakelu.example")
        found = admin.get(reverse("admin:documents_unreadreport_changelist"), {"q": "bounce+abc"})
        assert found.context["cl"].result_count == 1

    def test_it_is_put_aside_once(self, admin):
        report = keep()
        admin.post(reverse("admin:documents_unreadreport_put_aside", args=[report.pk]))
        report.refresh_from_db()
        first = report.handled_at
        assert first
        assert report.handled_by.email == "root@jakelu.example"
        report.put_aside()
        assert report.handled_at == first
        again = admin.post(reverse("admin:documents_unreadreport_put_aside", args=[report.pk]), follow=True)
        assert "put aside already" in again.content.decode()
        assert LogEntry.objects.count() == 1
        listed = admin.get(reverse("admin:documents_unreadreport_changelist"), {"state": "open"})
        assert listed.context["cl"].result_count == 0

    def test_its_delivery_is_a_click_away(self, admin, world):
        delivery = world.delivery()
        report = keep(mail=delivery.mails.get(), why="no_report")
        target = reverse("admin:documents_delivery_change", args=[delivery.pk])
        assert target in admin.get(self.page(report)).content.decode()

    def test_operations_get_to_the_delivery_and_to_no_document(self, client, world):
        olga = User.objects.create_user("olga@jakelu.example", PASSWORD, is_staff=True)
        olga.groups.add(Group.objects.get(name=OPERATIONS))
        client.force_login(olga)
        delivery = world.delivery()
        for thing, status in ((delivery, 200), (delivery.mails.get(), 200), (delivery.document, 403)):
            page = reverse(f"admin:documents_{thing._meta.model_name}_change", args=[thing.pk])
            assert client.get(page).status_code == status

    def test_how_many_there_were_each_day(self, admin):
        keep()
        assert (
            "no mail of ours" in admin.get(reverse("admin:documents_unreadcount_changelist")).content.decode()
        )

    def test_people_of_companies_see_nothing_of_it(self, client, world):
        client.force_login(world.alice)
        assert client.get(reverse("admin:documents_unreadreport_changelist")).status_code in (302, 403, 404)


def test_a_flood_of_forged_tokens_leaves_a_bounded_trace():
    for number in range(KEPT_A_DAY + 20):
        good = bounce_address(UUID(int=number))
        forged = good[:40] + "0" * 16 + good[good.index("@") :]
        assert tracking.receive(b"Subject: %d\r\n\r\n" % number, forged) is None
    assert UnreadReport.objects.count() == KEPT_A_DAY
