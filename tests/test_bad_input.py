"""Bad input at the doors for reports: none changes what it should not, each is counted and can be found."""

import json

import pytest
from django.contrib.auth.models import Group
from django.test import override_settings
from django.urls import reverse

from documents import tracking
from documents.hooks.anymail import READERS
from documents.models import UnreadCount, UnreadReport
from documents.models.reports import KEPT_A_DAY
from documents.verp import bounce_address
from portal.models import User
from portal.roles import OPERATIONS
from tests import reports
from tests.webhooks import SECRETS, bounce, signed
from tests.world import PASSWORD, World

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]

# Their signature is a part of what they sign, so without it being read nobody knows whose it is.
SIGNED_INSIDE = ("amazon_ses", "mailgun", "unisender_go")


@pytest.fixture
def delivery():
    return World().delivery()


@pytest.fixture
def mail(delivery):
    return delivery.mails.get()


@pytest.fixture
def call(client):
    with override_settings(WEBHOOK_SECRETS=SECRETS):
        yield (
            lambda provider, payload, **how: (
                client.post(f"/hooks/anymail/{provider}/", **signed(provider, payload, **how)).status_code
            )
        )


def counted():
    return {count.why: count.number for count in UnreadCount.objects.all()}


class TestMails:
    def receive(self, raw, mail):
        return tracking.receive(raw, bounce_address(mail.public_id))

    def test_a_bomb_of_nested_parts(self, mail, delivery):
        start = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000)
        )
        assert self.receive(start, mail) is None
        assert counted() == {"no_report": 1}
        assert UnreadReport.objects.get().mail == mail

    def test_a_report_that_came_before(self, mail, delivery):
        report = reports.dsn()
        assert [self.receive(report, mail) for _ in range(3)] == [1, 0, 0]
        assert counted() == {"known": 2}

    def test_more_reports_than_anybody_has_to_make(self, mail, delivery):
        for number in range(tracking.EVENTS_OF_A_MAIL + 3):
            self.receive(reports.dsn(words=f"{number}"), mail)
        assert counted() == {"too_many": 3}

    def test_who_got_one_mail_cannot_crowd_out_what_others_say(self, mail, call):
        for number in range(KEPT_A_DAY + 5):
            self.receive(b"Subject: %d\r\n\r\nThank you\r\n" % number, mail)
        assert call("postmark", {"RecordType": "Bounce", "BouncedAt": {}}) == 200
        assert UnreadReport.objects.filter(recipient="/hooks/anymail/postmark/").exists()
        assert counted() == {"no_report": KEPT_A_DAY + 6}


class TestCalls:
    @pytest.mark.parametrize("provider", READERS)
    def test_one_that_came_before(self, mail, call, provider):
        assert [call(provider, bounce(provider, mail)) for _ in range(3)] == [200] * 3
        assert counted() == {"known": 2}

    @pytest.mark.parametrize("provider", READERS)
    def test_one_that_nobody_signed(self, mail, client, provider):
        body = json.dumps(bounce(provider, mail)).replace("signature", "0")
        with override_settings(WEBHOOK_SECRETS=SECRETS):
            client.post(f"/hooks/anymail/{provider}/", body, "application/json")
        # Amazon does not sign before it is asked to.
        assert counted() == ({} if provider == "amazon_ses" else {"not_genuine": 1})

    def test_one_of_an_unknown_provider(self, call, client):
        assert client.post("/hooks/anymail/pigeon/", "{}", "application/json").status_code == 404
        assert counted() == {"no_door": 1}

    @pytest.mark.parametrize("provider", READERS)
    def test_a_signed_one_that_is_no_json(self, call, provider):
        if provider in SIGNED_INSIDE:
            assert call(provider, "{") == 400
            assert counted() == {"not_genuine": 1}
        else:
            assert call(provider, "{") == 200
            assert counted() == {"no_report": 1}
            assert "{" in UnreadReport.objects.get().text or provider == "mandrill"

    def test_a_report_with_a_wrong_secret_or_none(self, client):
        with override_settings(BOUNCE_HOOK_SECRET="a secret of more than 24 characters"):
            headers = {"authorization": "Bearer guess"}
            client.post("/hooks/bounces/", b"", "message/rfc822", headers=headers)
        client.post("/hooks/bounces/", b"", "message/rfc822")
        assert counted() == {"not_genuine": 1, "no_door": 1}


def test_operations_see_how_many_there_were_of_each(call, client, mail):
    call("postmark", bounce("postmark", mail), secret="user:guess")
    call("postmark", "{")
    operator = User.objects.create_user("olga@jakelu.example", PASSWORD, is_staff=True)
    operator.groups.add(Group.objects.get(name=OPERATIONS))
    client.force_login(operator)
    listed = client.get(reverse("admin:documents_unreadcount_changelist")).content.decode()
    assert "secret or signature" in listed
    assert "no report that we can read" in listed
