"""The doors for reports, by SMTP and by HTTP: a genuine one counts once, a forged one changes nothing."""

import smtplib
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.test import override_settings

from documents.doors import SIZE_LIMIT, BounceServer
from documents.models import DeliveryEvent
from documents.verp import bounce_address
from portal import processes
from portal.practice import reports
from tests.world import World

SECRET = "a secret of more than 24 characters"


def bounce(sender, recipient="office@baker.example", reply="550 5.1.1 User unknown"):
    """The report about a mail with this envelope sender."""
    mail = reports.Received(sender, recipient, b"Subject: x\r\n\r\n", datetime.now(UTC), "4Xy")
    return reports.bounced(mail, datetime.now(UTC), reply)


class TestBySmtp:
    @pytest.fixture
    def world(self, transactional_db):
        return World()

    @pytest.fixture
    def door(self, world):
        [port] = processes.free_ports(1)
        server = BounceServer("127.0.0.1", port)
        server.start()
        yield lambda: smtplib.SMTP("127.0.0.1", port, local_hostname="mx.baker.example", timeout=10)
        server.stop()

    def send(self, door, recipient, content):
        with door() as smtp:
            return smtp.sendmail("", [recipient], content)

    def test_a_report_is_applied(self, world, door):
        delivery = world.delivery()
        address = bounce_address(delivery.mails.get().public_id)
        self.send(door, address, bounce(address))
        delivery.refresh_from_db()
        assert (delivery.status, delivery.code) == ("rejected", "550")
        assert delivery.headline.host == "mx.baker.example"

    def test_twice_the_same_counts_once(self, world, door):
        delivery = world.delivery()
        address = bounce_address(delivery.mails.get().public_id)
        report = bounce(address)
        for _ in range(2):
            self.send(door, address, report)
        assert DeliveryEvent.objects.filter(status="rejected").count() == 1

    def test_a_forged_token_is_answered_as_if_it_were_right(self, world, door):
        delivery = world.delivery()
        good = bounce_address(delivery.mails.get().public_id)
        forged = good[:40] + "0" * 16 + good[good.index("@") :]
        assert self.send(door, forged, bounce(forged)) == {}
        delivery.refresh_from_db()
        assert delivery.status == "queued"

    def test_a_mail_that_does_not_exist_any_more_changes_nothing(self, world, door):
        address = bounce_address(uuid4())
        assert self.send(door, address, bounce(address)) == {}

    def test_other_domains_are_refused(self, world, door):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            self.send(door, "office@baker.example", bounce("x@y.example"))

    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"Content-Type: multipart/report\r\n\r\n", b"\xff" * 5000]
    )
    def test_what_is_no_report_is_taken_and_changes_nothing(self, world, door, content):
        delivery = world.delivery()
        self.send(door, bounce_address(delivery.mails.get().public_id), content)
        delivery.refresh_from_db()
        assert delivery.status == "queued"

    def test_an_out_of_office_reply_is_no_bounce(self, world, door):
        delivery = world.delivery()
        away = b"Auto-Submitted: auto-replied\r\nSubject: Out of office\r\n\r\nBack on Monday. 550 5.1.1\r\n"
        self.send(door, bounce_address(delivery.mails.get().public_id), away)
        delivery.refresh_from_db()
        assert delivery.status == "queued"


@pytest.mark.django_db
class TestByHttp:
    @pytest.fixture
    def world(self):
        return World()

    @pytest.fixture
    def post(self, client):
        def post(content, recipient="", secret=SECRET):
            return client.post(
                f"/hooks/bounces/?recipient={recipient.replace('+', '%2B')}",
                content,
                content_type="message/rfc822",
                headers={"authorization": f"Bearer {secret}"},
            )

        with override_settings(BOUNCE_HOOK_SECRET=SECRET):
            yield post

    def test_a_report_is_applied_and_counts_once(self, world, post):
        delivery = world.delivery()
        address = bounce_address(delivery.mails.get().public_id)
        report = bounce(address)
        assert [post(report, address).content for _ in range(2)] == [b"1 new\n", b"0 new\n"]
        delivery.refresh_from_db()
        assert delivery.status == "rejected"

    def test_the_token_is_found_inside_the_mail_too(self, world, post):
        delivery = world.delivery()
        address = bounce_address(delivery.mails.get().public_id)
        assert post(bounce(address)).content == b"1 new\n"

    def test_a_later_one_before_an_earlier_one(self, world, post):
        delivery = world.delivery()
        address = bounce_address(delivery.mails.get().public_id)
        mail = reports.Received(
            address, "office@baker.example", b"Subject: x\r\n\r\n", datetime.now(UTC), "4Xy"
        )
        earlier = reports.delivered(mail, datetime.now(UTC))
        later = reports.bounced(mail, datetime.now(UTC), "550 5.1.1 User unknown")
        post(later, address)
        post(earlier, address)
        delivery.refresh_from_db()
        assert delivery.status == "rejected"

    def test_a_wrong_secret_gets_400_and_changes_nothing(self, world, post):
        delivery = world.delivery()
        address = bounce_address(delivery.mails.get().public_id)
        assert post(bounce(address), address, secret="guess").status_code == 400
        delivery.refresh_from_db()
        assert delivery.status == "queued"

    def test_without_a_secret_the_door_is_closed(self, world, client):
        assert client.post("/hooks/bounces/", b"", content_type="message/rfc822").status_code == 404

    def test_only_post(self, world, client):
        assert client.get("/hooks/bounces/").status_code == 405

    def test_too_large(self, world, post, client):
        response = client.generic(
            "POST",
            "/hooks/bounces/",
            b"x",
            headers={"authorization": f"Bearer {SECRET}", "content-length": str(SIZE_LIMIT + 1)},
        )
        assert response.status_code == 413

    def test_a_forged_token_is_answered_as_if_accepted(self, world, post):
        forged = bounce_address(uuid4())
        assert post(bounce(forged), forged).status_code == 200
