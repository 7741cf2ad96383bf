"""Every member chooses what they are told; managers see how it stands with everybody."""

import pytest
from django.urls import reverse
from django.utils.timezone import now

from distribution.models import BlockedAddress, Membership
from documents import notices
from documents import relay as our_relay
from documents.models import Notice, Reader
from tests.relay import relay, relay_settings
from tests.sweep import read
from tests.tellings import reject
from tests.world import World

pytestmark = pytest.mark.django_db

PAGE = "/settings/notices/"


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


@pytest.fixture
def server():
    with relay() as running, relay_settings(running):
        yield running
    our_relay.disconnect()


def reader_of(user):
    return notices.reader_of(user.memberships.get())


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def press(browser, name, **sent):
    return text(browser.post(reverse(name), sent, follow=True))


class TestChoosing:
    def test_what_is_saved_is_one_s_own(self, alice, world):
        before = reader_of(world.alice).digest_at
        sent = {"company": world.acme.pk, "notices": "daily", "notice_hour": "15", "notice_reminders": ""}
        assert "Saved." in text(alice.post(PAGE, sent, follow=True))
        own = world.alice.memberships.get()
        assert (own.notices, own.notice_hour, own.notice_reminders) == ("daily", 15, False)
        assert Reader.objects.get(pk=own.pk).digest_at != before
        assert world.bob.memberships.get().notices == ""

    def test_the_page_shows_what_is_usual_for_the_role(self, client, world):
        for person, mode in ((world.alice, "daily"), (world.bob, "none")):
            client.force_login(person)
            shown = client.get(PAGE)
            assert shown.context["form"]["notices"].value() == mode

    @pytest.mark.parametrize(
        "wrong",
        [
            {"notices": "hourly"},
            {"notices": ""},
            {"notice_hour": "24"},
            {"notice_hour": "x"},
            {"role": "manager"},
        ],
    )
    def test_what_cannot_be_chosen_changes_nothing(self, client, world, wrong):
        client.force_login(world.bob)
        client.post(PAGE, {"notices": "daily", "notice_hour": "8"} | wrong)
        own = world.bob.memberships.get()
        assert own.role == "viewer"
        assert own.notices == ("daily" if "role" in wrong else "")

    def test_for_the_company_that_the_mail_was_about(self, alice, world):
        Membership.objects.create(user=world.alice, company=world.globex)
        assert "Globex Ab" in text(alice.get(PAGE, {"company": world.globex.pk}))
        alice.post(PAGE, {"company": world.globex.pk, "notices": "at_once", "notice_hour": 8})
        assert world.alice.memberships.get(company=world.globex).notices == "at_once"
        assert world.alice.memberships.get(company=world.acme).notices == ""

    @pytest.mark.parametrize("company", ["x", "0", "99999999999999999999"])
    def test_another_s_company_does_not_exist(self, alice, world, company):
        assert alice.get(PAGE, {"company": company}).status_code == 404
        assert alice.get(PAGE, {"company": world.globex.pk}).status_code == 404


class TestExamples:
    def test_it_is_sent_to_oneself_as_it_would_look(self, alice, world, server):
        reject(world.delivery(number="F-31"))
        assert "An example is on its way to alice@acme.example." in press(alice, "notice-example")
        notices.send(10)
        [mail] = server.accepted
        assert mail.rcpt_to == ["alice@acme.example"]
        message = read(mail)
        assert message["Subject"] == "Example: Acme Oy: 1 document was not delivered"
        assert "F-31" in message.get_body(["plain"]).get_content()

    def test_where_nothing_waits_and_nothing_is_wanted(self, client, world, server):
        client.force_login(world.bob)
        press(client, "notice-example")
        notices.send(10)
        assert "nothing waits for you" in read(server.accepted[0])["Subject"]

    def test_once_in_five_minutes(self, alice, world, server):
        press(alice, "notice-example")
        assert "a moment ago" in press(alice, "notice-example")
        notices.send(10)
        assert "a moment ago" in press(alice, "notice-example")
        assert len(server.accepted) == 1

    def test_it_takes_nothing_from_the_next_notice(self, alice, world, server):
        reader = reader_of(world.alice)
        press(alice, "notice-example")
        after = Reader.objects.get(pk=reader.pk)
        assert (after.told_until, after.planned_at) == (reader.told_until, reader.planned_at)

    def test_not_to_a_blocked_address(self, alice, world):
        BlockedAddress.objects.block(None, "alice@acme.example", "by_hand")
        shown = press(alice, "notice-example")
        assert "No mail goes to your address now" in shown
        assert "Your address alice@acme.example is blocked" in shown
        assert not Notice.objects.exists()


class TestTrouble:
    @pytest.fixture
    def paused(self, world):
        reader = reader_of(world.alice)
        reader.pause("bounced", "550 5.1.1 <b>No such user</b>", about=now())
        return reader

    def test_it_is_shown_with_its_reason_and_ended_by_a_press(self, alice, world, paused):
        shown = text(alice.get(PAGE))
        assert "Notices to alice@acme.example could not be delivered" in shown
        assert "550 5.1.1 &lt;b&gt;No such user" in shown
        assert "No mail goes to your address now" in press(alice, "notice-example")
        assert "Notices go to your address again." in press(alice, "resume-notices")
        assert "already" in press(alice, "resume-notices")
        assert "could not be delivered" not in text(alice.get(PAGE))

    def test_other_managers_see_it_and_viewers_do_not(self, client, world, paused):
        client.force_login(world.person("carol", world.acme, "manager"))
        assert "No such user" in text(client.get(PAGE))
        client.force_login(world.bob)
        shown = text(client.get(PAGE))
        assert "No such user" not in shown
        assert "alice@" not in shown
        client.post(reverse("resume-notices"))
        assert Reader.objects.get(pk=paused.pk).is_paused

    def test_everybody_s_state(self, alice, world, server, django_assert_max_num_queries):
        for number in range(30):
            world.person(f"m{number}", world.acme, "manager")
        BlockedAddress.objects.block(world.acme, "m3@acme.example", "by_hand")
        alice.get(PAGE)
        with django_assert_max_num_queries(25):
            shown = text(alice.get(PAGE))
        assert shown.count("m3@acme.example") == 1
        assert "Address blocked" in shown
        assert "mallory" not in shown


class TestTheWayBack:
    def test_it_leads_to_the_work_list_of_its_company(self, alice, world):
        member = Membership.objects.create(user=world.alice, company=world.globex)
        notice = notices.ask_for_example(notices.reader_of(member))
        alice.get(PAGE, {"company": world.acme.pk})
        answer = alice.get(reverse("notice", args=[notice.public_id]), follow=True)
        assert answer.redirect_chain == [("/documents/?status=rejected", 302)]
        assert answer.wsgi_request.company == world.globex
        member.delete()
        assert alice.get(reverse("notice", args=[notice.public_id])).status_code == 404

    def test_without_trouble_there_is_none_to_see(self, alice):
        shown = text(alice.get(PAGE))
        assert "blocked" not in shown.partition("<main")[2]
        assert "could not be delivered" not in shown

    def test_the_menu_leads_to_the_page(self, alice):
        assert f'href="{PAGE}"' in text(alice.get("/documents/"))
