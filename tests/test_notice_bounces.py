"""A notice that does not arrive: its reader gets no more of them, people see why, and nothing loops."""

import json
from uuid import uuid4

import pytest
import time_machine
from django.test import override_settings
from django.utils.timezone import now

from distribution.models import BlockedAddress, Membership
from documents import notices, tracking
from documents import relay as our_relay
from documents.models import DeliveryEvent, Notice, Reader, UnreadReport
from documents.verp import mail_id_from, notice_address, notice_id_from
from tests import reports
from tests.conftest import wait_until
from tests.relay import relay, relay_settings
from tests.tellings import DAY, HOUR, MINUTE, reject
from tests.world import World

pytestmark = pytest.mark.django_db

ALICE = "alice@acme.example"


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = World()
    made.alice.memberships.update(notices="at_once")
    notices.plan()
    return made


@pytest.fixture
def server():
    with relay() as running, relay_settings(running):
        yield running
    our_relay.disconnect()


def sweep(world, later):
    """A rejection, and what the workers do a while after it; that much later than now."""
    with time_machine.travel(now() + later - 3 * MINUTE, tick=True):
        reject(world.delivery())
    with time_machine.travel(now() + later, tick=True):
        notices.plan()
        notices.send(10)
        our_relay.disconnect()


def reader(world):
    return Reader.objects.select_related("membership__user").get(membership__user=world.alice)


@pytest.fixture
def sent(world, server):
    """A notice to Alice that the relay took."""
    sweep(world, 3 * MINUTE)
    server.mails.clear()
    return Notice.objects.get(outcome="sent")


def nothing_came_of_it(before):
    """No event, no block, no unread report and no other notice."""
    notices.plan()
    return before == traces()


def traces():
    return (
        DeliveryEvent.objects.count(),
        BlockedAddress.objects.count(),
        UnreadReport.objects.count(),
        Notice.objects.count(),
    )


class TestRefusedInTheDialogue:
    def test_it_pauses_the_reader_and_ends(self, world, server):
        server.answer_to(ALICE, "550 5.1.1 No such user here")
        sweep(world, 3 * MINUTE)
        notice = Notice.objects.get()
        assert (notice.outcome, notice.reply) == ("refused", "550 5.1.1 No such user here")
        assert reader(world).is_paused
        server.answers_to.clear()
        sweep(world, HOUR)
        sweep(world, 2 * DAY)
        assert server.mails == []
        assert Notice.objects.count() == 1

    def test_another_address_is_told_again(self, world, server):
        server.answer_to(ALICE, "550 5.1.1 No such user here")
        sweep(world, 3 * MINUTE)
        world.alice.email = "alice.b@acme.example"
        world.alice.save()
        sweep(world, HOUR)
        assert [mail.rcpt_to for mail in server.accepted] == [["alice.b@acme.example"]]

    def test_our_own_trouble_pauses_nobody(self, world, server):
        server.answer(mail="530 5.7.0 Authentication required")
        sweep(world, 3 * MINUTE)
        assert not reader(world).is_paused
        server.answer(mail="250 OK")
        sweep(world, HOUR)
        assert len(server.accepted) == 1


class TestBounces:
    def bounce(self, notice, **fields):
        fields = {"to": notice_address(notice.public_id), "recipient": ALICE} | fields
        return tracking.receive(reports.dsn(**fields), fields["to"])

    def test_a_bounce_pauses_the_reader_and_makes_nothing_else(self, world, sent):
        before = traces()
        assert self.bounce(sent) == 0
        sent.refresh_from_db()
        assert sent.outcome == "bounced"
        assert "550 5.1.1 User unknown" in sent.reply
        assert reader(world).is_paused
        assert self.bounce(sent) == 0
        assert nothing_came_of_it(before)

    def test_by_its_ids_where_the_token_is_lost(self, world, sent):
        before = traces()
        elsewhere = {"to": "bounces@relay.example"}
        assert self.bounce(sent, message_id=sent.message_id, recipient="x@else.example", **elsewhere) is None
        assert not reader(world).is_paused
        UnreadReport.objects.all().delete()
        assert self.bounce(sent, message_id=sent.message_id, **elsewhere) == 0
        assert reader(world).is_paused
        assert nothing_came_of_it(before)

    def test_a_complaint_pauses_too(self, world, sent):
        before = traces()
        to = notice_address(sent.public_id)
        assert tracking.receive(reports.arf(to=to, recipient=ALICE), to) == 0
        assert reader(world).paused_because == "complained"
        assert nothing_came_of_it(before)

    @pytest.mark.parametrize("action", ["delayed", "delivered"])
    def test_other_reports_change_nothing(self, world, sent, action):
        before = traces()
        self.bounce(sent, action=action, status="4.4.1" if action == "delayed" else "2.0.0", diagnostic="")
        assert not reader(world).is_paused
        assert nothing_came_of_it(before)

    @pytest.mark.parametrize("raw", [b"Subject: hello\r\n\r\nThanks!\r\n", b"", reports.out_of_office()])
    def test_what_is_no_report_is_not_kept(self, world, sent, raw):
        before = traces()
        assert tracking.receive(raw, notice_address(sent.public_id)) == 0
        assert not reader(world).is_paused
        assert nothing_came_of_it(before)

    def test_of_a_forgotten_notice_nothing_comes(self, world, sent):
        address = notice_address(sent.public_id)
        sent.delete()
        before = traces()
        assert tracking.receive(reports.dsn(to=address, recipient=ALICE), address) == 0
        assert nothing_came_of_it(before)

    def test_after_a_resumption_the_old_bounce_pauses_no_more(self, world, sent):
        with time_machine.travel(now() + HOUR, tick=True):
            self.bounce(sent)
            assert reader(world).resume()
            assert not reader(world).resume()
            self.bounce(sent, recipient="alice@elsewhere.example")
        assert not reader(world).is_paused

    def test_what_our_reputation_did_pauses_nobody(self, world, sent):
        self.bounce(sent, status="5.7.1", diagnostic="smtp; 550 5.7.1 Your IP is listed at a blacklist, rbl")
        sent.refresh_from_db()
        assert sent.outcome == "bounced"
        assert not reader(world).is_paused

    def test_it_is_paused_in_all_of_the_person_s_companies_and_for_nobody_else(self, world, sent):
        Membership.objects.create(user=world.alice, company=world.globex, role="manager")
        notices.plan()
        self.bounce(sent)
        paused = Reader.objects.filter(paused_at__isnull=False)
        assert set(paused.values_list("membership__user__email", flat=True)) == {ALICE}
        assert paused.count() == 2

    def test_a_forged_token_is_worth_nothing(self, world, sent):
        good = notice_address(sent.public_id)
        self.bounce(sent, to=good[:40] + "0" * 16 + good[good.index("@") :])
        assert not reader(world).is_paused

    def test_by_a_provider_s_webhook(self, world, sent, client):
        before = traces()
        event = {
            "RecordType": "Bounce",
            "Type": "HardBounce",
            "TypeCode": 1,
            "MessageID": "00000000-0000-0000-0000-000000000000",
            "ID": 1,
            "Email": ALICE,
            "BouncedAt": "2026-11-24T10:00:00Z",
            "Description": "The server was unable to deliver your message",
            "Details": "smtp;550 5.1.1 No such user",
            "Metadata": {"mail": sent.public_id.hex},
        }
        with override_settings(WEBHOOK_SECRETS={"postmark": "user:a-long-password"}):
            answer = client.post(
                "/hooks/anymail/postmark/",
                json.dumps(event),
                content_type="application/json",
                HTTP_AUTHORIZATION="Basic dXNlcjphLWxvbmctcGFzc3dvcmQ=",
            )
        assert answer.status_code == 200
        assert reader(world).is_paused
        assert nothing_came_of_it(before)


class TestTokens:
    def test_a_notice_s_and_a_mail_s_are_never_mixed_up(self):
        public_id = uuid4()
        address = notice_address(public_id)
        assert notice_id_from(address.upper()) == public_id
        assert len(address.partition("@")[0]) <= 64
        assert mail_id_from(address) is None
        assert mail_id_from(address.replace("notice+", "bounce+")) is None
        assert notice_id_from(address.replace("@", "@x.")) is None


def test_the_practice_server_s_bounce_comes_back_by_itself(world, mail_servers, transactional_db):

    world.alice.email = "late@acme.example"
    world.alice.save()
    reject(world.delivery())
    backend = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend):
        sweep(world, 3 * MINUTE)
        wait_until(lambda: reader(world).is_paused)
    assert Notice.objects.get().outcome == "bounced"
