"""The first page: what waits for whom, and how the weeks went."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils.timezone import now

from distribution.models import BlockedAddress
from documents.causes import Cause
from documents.models import Batch, Delivery, HeldDomain
from documents.replies import Verdict
from documents.statuses import Status
from documents.weeks import last_weeks
from tests.world import World

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.fixture
def as_alice(client, world):
    client.force_login(world.alice)
    return client


def page(client):
    return client.get("/").content.decode()


def ended(world, status, cause=Cause.NONE, days_ago=0, **facts):
    """A delivery that came in some days ago and ended so."""
    delivery = world.delivery(**facts)
    delivery.record(Verdict(status, cause), delivery.mails.get())
    Delivery.objects.filter(pk=delivery.pk).update(created_at=now() - timedelta(days=days_ago))
    return delivery


class TestWhatWaits:
    def test_rejected_documents_by_what_to_do(self, as_alice, world):
        for _each in range(2):
            ended(world, Status.REJECTED, Cause.ADDRESS_UNKNOWN)
        ended(world, Status.REJECTED, Cause.MAILBOX_FULL)
        content = page(as_alice)
        assert "3 documents did not arrive and wait for you." in content
        assert "?status=rejected&amp;cause=address_unknown" in content
        assert content.index("address_unknown") < content.index("mailbox_full")

    def test_when_all_is_well_it_says_so(self, as_alice, world):
        ended(world, Status.DELIVERED)
        assert "Nothing waits for you: everything went out." in page(as_alice)

    def test_what_was_put_aside_or_corrected_does_not_wait(self, as_alice, world):
        delivery = ended(world, Status.REJECTED, Cause.ADDRESS_UNKNOWN)
        Delivery.objects.filter(pk=delivery.pk).update(handled_at=now())
        assert "Nothing waits for you: everything went out." in page(as_alice)

    def test_a_document_that_failed_in_two_ways_is_one_document(self, as_alice, world):
        world.baker.set_addresses(["a@baker.example", "b@baker.example"])
        one, other = world.document().deliveries.all()
        for delivery, cause in ((one, Cause.ADDRESS_UNKNOWN), (other, Cause.GAVE_UP)):
            delivery.record(Verdict(Status.REJECTED, cause), delivery.mails.get())
        assert "1 document did not arrive and waits for you." in page(as_alice)

    def test_held_duplicates_and_checked_batches(self, as_alice, world):
        world.document("F-1")
        world.document("F-1")
        Batch.objects.create(company=world.acme, name="march.zip", state="ready")
        content = page(as_alice)
        assert "1 document came a second time and is held" in content
        assert "The batch march.zip is checked and not sent yet" in content

    def test_what_support_was_asked(self, as_alice, world):
        block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "by_hand")
        block.ask_to_unblock(world.acme, world.alice, "They read it")
        content = page(as_alice)
        assert "Our support decides about office@<wbr>baker.<wbr>example" in content

    def test_mail_that_waits_because_of_us(self, as_alice, world):
        delivery = world.delivery()
        verdict = Verdict(Status.DEFERRED, Cause.OUR_REPUTATION)
        delivery.record(verdict, delivery.mails.get())
        HeldDomain.objects.hold("baker.example", verdict, in_dialogue=True)
        HeldDomain.objects.hold("elsewhere.example", verdict, in_dialogue=True)
        content = page(as_alice)
        assert "1 mail to baker.<wbr>example waits" in content
        assert "elsewhere" not in content
        assert "trouble on our side" not in content
        delivery.record(Verdict(Status.DEFERRED, Cause.OUR_TROUBLE), delivery.mails.get())
        assert "1 mail waits because of trouble on our side" in page(as_alice)

    def test_another_company_s_work_is_not_seen(self, client, world):
        ended(world, Status.REJECTED, Cause.ADDRESS_UNKNOWN)
        block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "by_hand")
        block.ask_to_unblock(world.acme, world.alice, "They read it")
        Batch.objects.create(company=world.acme, name="march.zip", state="ready")
        client.force_login(world.mallory)
        content = page(client)
        assert "Nothing has been sent yet." in content
        assert not [word for word in ("address_unknown", "baker", "march.zip") if word in content]


class TestFirstSteps:
    def test_a_new_company_is_shown_the_first_steps(self, client, world):
        client.force_login(world.mallory)
        content = page(client)
        assert "Bring in your customers" in content
        assert "/documents/send/" in content
        world.customer("1", "a@x.example", company=world.globex)
        assert "Your customers are here." in page(client)

    def test_who_may_only_look_is_told_who_begins(self, client, world):
        client.force_login(world.bob)
        content = page(client)
        assert "A manager of your company sends the first documents" in content
        assert "/documents/send/" not in content

    def test_a_company_that_is_off_can_ask(self, as_alice, world):
        world.acme.deactivate()
        assert "Ask support to switch it on" in page(as_alice)

    def test_who_belongs_to_no_company(self, client, world):
        client.force_login(world.sam)
        assert "You do not belong to a company yet" in page(client)

    def test_strangers_are_asked_to_log_in_and_nothing_is_posted(self, client, world):
        assert client.get("/")["Location"].startswith("/accounts/login/")
        client.force_login(world.alice)
        assert client.post("/").status_code == 405


@pytest.fixture
def on_a_wednesday():
    with time_machine.travel(WEDNESDAY, tick=False):
        yield


@pytest.mark.usefixtures("on_a_wednesday")
class TestWeeks:
    def test_each_mail_is_counted_once_on_the_day_it_came_in(self, world):
        ended(world, Status.DELIVERED)
        ended(world, Status.SENT, days_ago=1)
        ended(world, Status.REJECTED, Cause.MAILBOX_FULL, days_ago=7)
        world.delivery()
        ended(world, Status.CANCELLED)
        ended(world, Status.DELIVERED, days_ago=60)
        weeks = last_weeks(world.acme)
        assert [week.total for week in weeks] == [0, 0, 1, 3]
        today, yesterday = weeks[-1].days[2], weeks[-1].days[1]
        assert today.counts == {"delivered": 1, "sent": 0, "in_progress": 1, "rejected": 0}
        assert yesterday.counts["sent"] == 1
        assert weeks[-2].days[2].counts["rejected"] == 1

    def test_a_corrected_address_is_not_counted_twice(self, world):
        wrong = ended(world, Status.REJECTED, Cause.ADDRESS_UNKNOWN)
        right = ended(world, Status.DELIVERED)
        Delivery.objects.filter(pk=wrong.pk).update(replaced_by=right)
        assert last_weeks(world.acme)[-1].counts["rejected"] == 0

    def test_a_day_is_one_of_the_reader_s_time_zone(self, as_alice, world):
        world.delivery()
        Delivery.objects.update(created_at=datetime(2026, 3, 23, 22, 30, tzinfo=UTC))
        assert as_alice.get("/").context["weeks"][-1].days[1].total == 1  # Tuesday 0:30 in Helsinki
        world.alice.time_zone = "Europe/London"
        world.alice.save()
        assert as_alice.get("/").context["weeks"][-1].days[0].total == 1

    def test_the_last_week_is_compared_up_to_the_same_day(self, as_alice, world):
        ended(world, Status.DELIVERED, days_ago=7)  # Wednesday
        ended(world, Status.DELIVERED, days_ago=6)  # Thursday
        ended(world, Status.DELIVERED)
        delivered = as_alice.get("/").context["tiles"][0]
        assert (delivered.kind, delivered.now, delivered.before) == ("delivered", 1, 1)

    def test_the_bars_fill_the_chart_and_no_more(self, as_alice, world):
        for days in (0, 0, 1, 9, 20):
            ended(world, Status.DELIVERED, days_ago=days)
        world.delivery()
        bars = as_alice.get("/").context["bars"]
        assert len(bars) == 5
        assert min(float(bar.y) for bar in bars) == 0
        assert max(float(bar.y) + float(bar.height) for bar in bars) == 100
        assert max(bar.x for bar in bars) + 8 <= 296

    def test_numbers_of_the_drawing_are_not_written_in_a_person_s_way(self, as_alice, world):
        world.alice.language = "fi"
        world.alice.save()
        for days in (0, 0, 0, 1):
            ended(world, Status.DELIVERED, days_ago=days)
        content = page(as_alice)
        assert 'height="33.33"' in content


def test_a_page_of_much_work_takes_few_queries(as_alice, world, django_assert_max_num_queries):
    for number in range(30):
        world.document(f"F-{number}")
    for number in range(20):
        HeldDomain.objects.hold(f"d{number}.example", Verdict(Status.DEFERRED), in_dialogue=True)
    with django_assert_max_num_queries(30):
        page(as_alice)
