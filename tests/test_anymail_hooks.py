"""The providers' webhooks: a genuine one counts once, anything else changes nothing."""

import itertools
import json
import time

import pytest
import time_machine
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from distribution.models import BlockedAddress
from documents import tracking
from documents.hooks.anymail import READERS
from documents.models import DeliveryEvent, UnreadReport
from documents.replies import Verdict
from documents.statuses import Status
from tests import webhooks
from tests.webhooks import ADDRESS, SECRETS, bounce, mailgun, signed
from tests.world import World

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]

SIGNED_INSIDE = "signature"
SUPPRESSED = {"reason": "suppress-bounce", "delivery-status": {"code": 605, "message": ""}}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def mail(world):
    return handed_over(world)


@pytest.fixture
def call(client):
    """Posts what the provider says, signed: `call("mailgun", payload)`."""

    def call(provider, payload, **how):
        return client.post(f"/hooks/anymail/{provider}/", **signed(provider, payload, **how))

    with override_settings(WEBHOOK_SECRETS=SECRETS):
        yield call


def handed_over(world, **facts):
    mail = world.delivery(**facts).mails.get()
    tracking.apply(Verdict(Status.SENT), mail)
    mail.finish()
    return mail


def outcome(mail):
    mail.delivery.refresh_from_db()
    return mail.delivery.status, mail.delivery.cause


def blocks():
    return [(block.address, block.reason) for block in BlockedAddress.objects.active()]


@pytest.mark.parametrize("provider", READERS)
class TestEveryProvider:
    def test_a_bounce_is_applied_and_counts_once(self, mail, call, provider):
        answers = [call(provider, bounce(provider, mail)) for _ in range(2)]
        assert [answer.content for answer in answers] == [b"1 new\n", b"0 new\n"]
        assert outcome(mail) == ("rejected", "address_unknown")
        assert mail.delivery.headline.text.endswith("User unknown")

    def test_a_wrong_signature_gets_400_and_changes_nothing(self, mail, call, provider):
        payload = bounce(provider, mail)
        if provider == "mailgun":
            payload["signature"]["signature"] = "0" * 64
        assert call(provider, payload, secret="user:guess").status_code == 400
        assert outcome(mail)[0] == "sent"

    def test_an_unsigned_call_changes_nothing(self, mail, client, provider):
        with override_settings(WEBHOOK_SECRETS=SECRETS):
            body = json.dumps(bounce(provider, mail)).replace(SIGNED_INSIDE, "0")
            answer = client.post(f"/hooks/anymail/{provider}/", body, "application/json")
        assert answer.status_code == (401 if provider == "amazon_ses" else 400)
        assert outcome(mail)[0] == "sent"

    @pytest.mark.parametrize("body", ["", "{", "[1,", "{'a': 1}"])
    def test_broken_json_changes_nothing(self, mail, call, provider, body):
        assert call(provider, body).status_code in (200, 400)
        assert outcome(mail)[0] == "sent"

    def test_without_a_secret_the_door_is_closed(self, mail, client, provider):
        answer = client.post(f"/hooks/anymail/{provider}/", **signed(provider, bounce(provider, mail)))
        assert answer.status_code == 404
        assert outcome(mail)[0] == "sent"

    def test_the_address_can_be_tried_without_an_event(self, call, client, provider):
        assert client.head(f"/hooks/anymail/{provider}/tracking/").status_code == 200
        assert client.put(f"/hooks/anymail/{provider}/").status_code == 405


class TestWhatIsBelieved:
    def test_an_unknown_provider_gets_404(self, client):
        with override_settings(WEBHOOK_SECRETS=SECRETS | {"pigeon": "x"}):
            assert client.post("/hooks/anymail/pigeon/", "{}", "application/json").status_code == 404

    def test_a_mail_of_somebody_else_is_ignored(self, mail, call):
        payload = mailgun(mail)
        payload["event-data"]["message"]["headers"]["message-id"] = "20261101.1@elsewhere.example"
        assert call("mailgun", payload).content == b"0 new\n"
        assert outcome(mail)[0] == "sent"

    def test_the_bounce_address_identifies_the_mail_too(self, mail, call):
        payload = bounce("amazon_ses", mail)
        assert "public_id" not in str(payload)
        assert call("amazon_ses", payload).content == b"1 new\n"

    def test_a_forged_bounce_address_does_not(self, mail, call):
        payload = bounce("amazon_ses", mail)
        payload["Message"] = payload["Message"].replace("@bounces", "0@bounces")
        assert call("amazon_ses", payload).content == b"0 new\n"

    def test_amazon_is_asked_for_the_password(self, call, client):
        answer = client.post("/hooks/anymail/amazon_ses/", "{}", "application/json")
        assert answer.headers["WWW-Authenticate"].startswith("Basic")

    def test_amazon_s_question_to_subscribe_is_kept_for_operations(self, call):
        payload = {"Type": "SubscriptionConfirmation", "MessageId": "1", "Message": "Visit the SubscribeURL"}
        assert call("amazon_ses", payload).status_code == 200
        assert "SubscribeURL" in UnreadReport.objects.get().text


class TestWhatCannotBeRead:
    def test_it_is_kept_and_gets_200(self, call):
        answer = call("postmark", {"RecordType": "Bounce", "BouncedAt": {"not": "a time"}})
        assert answer.status_code == 200
        kept = UnreadReport.objects.get()
        assert "not" in kept.text
        assert kept.recipient == "/hooks/anymail/postmark/"

    def test_a_form_is_kept_too(self, call):
        assert call("mandrill", [{"event": "send", "ts": "no time"}]).status_code == 200
        assert "no time" in UnreadReport.objects.get().text

    @pytest.mark.parametrize("payload", [[], [[]], 7, None, "text", {"RecordType": []}, [{"RecordType": 1}]])
    def test_whatever_it_is_nothing_breaks(self, call, payload):
        for provider in ("postmark", "brevo", "mailjet", "sparkpost", "sendgrid", "mailersend", "mailtrap"):
            assert call(provider, json.dumps(payload)).status_code == 200

    def test_one_odd_event_costs_none_of_the_others(self, world, call):
        mails = [handed_over(world) for _ in range(2)]
        first, second = (bounce("sendgrid", mail)[0] for mail in mails)
        assert (
            call("sendgrid", [first, {"event": 5}, {}, None, second | {"sg_event_id": "e-2"}]).status_code
            == 200
        )
        assert [outcome(mail)[0] for mail in mails] == ["rejected"] * 2
        assert UnreadReport.objects.count() == 1

    def test_deeply_nested_json_is_survived(self, call):
        assert call("postmark", "[" * 100_000).status_code in (200, 400)

    def test_characters_that_no_database_takes_are_replaced(self, mail, call):
        payload = bounce("postmark", mail) | {"Details": "550 5.1.1 \0 User \ud800 unknown", "ID": "\0"}
        assert call("postmark", payload).content == b"1 new\n"
        assert mail.delivery.events.get(status="rejected").text == "550 5.1.1 User unknown"


class TestTheOrder:
    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    def test_it_does_not_matter(self, mail, call, order):
        start = int(time.time())
        events = [
            mailgun(mail, "accepted", number=1, at=start + 60),
            mailgun(mail, "delivered", number=2, at=start + 120),
            mailgun(mail, "failed", number=3, at=start + 180),
        ]
        with time_machine.travel(start + 3600, tick=True):
            for number in [*order, *order]:
                call("mailgun", events[number])
        assert outcome(mail)[0] == "rejected"
        assert DeliveryEvent.objects.exclude(external_id=None).count() == 3

    def test_an_event_that_beats_our_commit_holds(self, world, call):
        mail = world.delivery().mails.get()
        call("mailgun", mailgun(mail, "delivered"))
        tracking.apply(Verdict(Status.SENT), mail)
        assert outcome(mail)[0] == "delivered"

    def test_the_provider_s_own_time_is_kept(self, mail, call):
        call("mailgun", mailgun(mail))
        event = mail.events.get(status="rejected")
        assert event.at == mail.events.get(status="sent").at  # an old clock: not before the hand-over


class TestBlocks:
    def test_an_entry_on_the_provider_s_list_blocks_at_once(self, mail, call):
        call("mailgun", mailgun(mail, **SUPPRESSED))
        assert outcome(mail) == ("rejected", "blocked_bounced")
        assert mail.delivery.code == "605"
        assert blocks() == [(ADDRESS, "bounced")]

    @pytest.mark.parametrize(
        ("reason", "code", "blocked"),
        [("suppress-unsubscribe", "606", "unsubscribed"), ("suppress-complaint", "607", "complained")],
    )
    def test_with_the_provider_s_reason(self, mail, call, reason, code, blocked):
        call("mailgun", mailgun(mail, reason=reason))
        assert mail.delivery.active_block().reason == blocked
        mail.delivery.refresh_from_db()
        assert mail.delivery.code == code

    def test_a_complaint_blocks_and_stays_delivered(self, mail, call):
        call("mailgun", mailgun(mail, "complained"))
        assert outcome(mail) == ("delivered", "complained")
        assert blocks() == [(ADDRESS, "complained")]

    def test_who_unsubscribes_is_blocked_and_the_mail_stays_what_it_was(self, mail, call):
        call("mailgun", mailgun(mail, "unsubscribed"))
        assert outcome(mail) == ("sent", "")
        assert blocks() == [(ADDRESS, "unsubscribed")]

    def test_the_evidence_says_who_told(self, mail, call):
        call("mailgun", mailgun(mail, **SUPPRESSED | {"delivery-status": {"message": "Not delivering"}}))
        [evidence] = BlockedAddress.objects.get().evidence
        assert evidence["document"] == str(mail.delivery.document)
        assert evidence["reply"] == "Not delivering"

    def test_an_ordinary_bounce_does_not_block(self, mail, call):
        call("mailgun", mailgun(mail))
        assert blocks() == []

    def test_news_about_a_mail_from_before_the_unblocking_do_not_block_again(self, world, mail, call):
        call("mailgun", mailgun(mail, **SUPPRESSED))
        BlockedAddress.objects.get().lift(world.sam)
        call("mailgun", mailgun(mail, number=2, **SUPPRESSED))
        assert blocks() == []

    def test_nor_do_they_after_a_platform_wide_unblocking(self, world, mail, call):
        BlockedAddress.objects.block(None, ADDRESS, "by_hand")[0].lift(world.sam)
        call("mailgun", mailgun(mail, **SUPPRESSED))
        assert blocks() == []

    def test_another_company_is_not_affected(self, world, mail, call):
        call("mailgun", mailgun(mail, **SUPPRESSED))
        assert not BlockedAddress.objects.that_stop(world.globex, ADDRESS).exists()


class TestManyAtOnce:
    def test_each_event_costs_the_same(self, world, call):
        def queries(number):
            mails = [handed_over(world) for _ in range(number)]
            told = {"event": "delivered", "response": "250 2.0.0 OK"}
            events = [bounce("sendgrid", m)[0] | told | {"sg_event_id": m.public_id.hex} for m in mails]
            with CaptureQueriesContext(connection) as captured:
                assert call("sendgrid", events).content == f"{number} new\n".encode()
            return len(captured)

        one, three, nine = queries(1), queries(3), queries(9)
        assert nine - three == 3 * (three - one)

    def test_a_burst_of_500_calls_is_taken(self, mail, call):
        started = time.monotonic()
        for number in range(500):
            event = ("delivered", "failed", "opened", "accepted")[number % 4]
            assert call("mailgun", mailgun(mail, event, number=number)).status_code == 200
        assert DeliveryEvent.objects.filter(mail=mail).exclude(external_id=None).count() == 375
        assert time.monotonic() - started < 60

    def test_a_flood_of_forged_ones_leaves_nothing_behind(self, mail, call):
        for _ in range(200):
            assert call("postmark", bounce("postmark", mail), secret="x:guess").status_code == 400
        assert mail.delivery.events.count() == 2
        assert not UnreadReport.objects.exists()


def test_secrets_and_addresses_are_never_logged(world, mail, call, caplog):
    caplog.set_level("DEBUG")
    for provider in READERS:
        call(provider, bounce(provider, mail))
        call(provider, bounce(provider, mail), secret="user:guess")
    call("postmark", {"RecordType": "Bounce", "BouncedAt": {}, "Email": ADDRESS})
    assert caplog.records
    for secret in (ADDRESS, webhooks.KEY, webhooks.PASSWORD, "guess"):
        ours = [record for record in caplog.records if record.name.startswith(("documents", "distribution"))]
        assert not [record for record in ours if secret in record.getMessage()]
