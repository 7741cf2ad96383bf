"""The door for reports by HTTP: who knows the secret may bring them, and each counts once."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.test import override_settings

from documents.doors import SIZE_LIMIT
from documents.verp import bounce_address
from portal.practice import reports as relay_reports
from tests import reports
from tests.world import World

pytestmark = pytest.mark.django_db

SECRET = "a secret of more than 24 characters"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def post(client):
    def post(content, recipient="", secret=SECRET):
        return client.post(
            f"/hooks/bounces/?recipient={recipient.replace('+', '%2B')}",
            content,
            content_type="message/rfc822",
            headers={"authorization": f"Bearer {secret}"},
        )

    with override_settings(BOUNCE_HOOK_SECRET=SECRET):
        yield post


def test_a_report_is_applied_and_counts_once(world, post):
    delivery = world.delivery()
    address = bounce_address(delivery.mails.get().public_id)
    report = reports.dsn(to=address)
    assert [post(report, address).content for _ in range(2)] == [b"1 new\n", b"0 new\n"]
    delivery.refresh_from_db()
    assert delivery.status == "rejected"


def test_the_token_is_found_inside_the_mail_too(world, post):
    delivery = world.delivery()
    address = bounce_address(delivery.mails.get().public_id)
    assert post(reports.dsn(to=address)).content == b"1 new\n"


def test_a_later_one_before_an_earlier_one(world, post):
    delivery = world.delivery()
    address = bounce_address(delivery.mails.get().public_id)
    mail = relay_reports.Received(
        address, "office@baker.example", b"Subject: x\r\n\r\n", datetime.now(UTC), "4Xy"
    )
    earlier = relay_reports.delivered(mail, datetime.now(UTC))
    later = relay_reports.bounced(mail, datetime.now(UTC), "550 5.1.1 User unknown")
    post(later, address)
    post(earlier, address)
    delivery.refresh_from_db()
    assert delivery.status == "rejected"


def test_a_wrong_secret_gets_400_and_changes_nothing(world, post):
    delivery = world.delivery()
    address = bounce_address(delivery.mails.get().public_id)
    assert post(reports.dsn(to=address), address, secret="guess").status_code == 400
    delivery.refresh_from_db()
    assert delivery.status == "queued"


def test_without_a_secret_the_door_is_closed(world, client):
    assert client.post("/hooks/bounces/", b"", content_type="message/rfc822").status_code == 404


def test_only_post(world, client):
    assert client.get("/hooks/bounces/").status_code == 405


def test_too_large(world, post, client):
    response = client.generic(
        "POST",
        "/hooks/bounces/",
        b"x",
        headers={"authorization": f"Bearer {SECRET}", "content-length": str(SIZE_LIMIT + 1)},
    )
    assert response.status_code == 413


def test_a_forged_token_is_answered_as_if_accepted(world, post):
    forged = bounce_address(uuid4())
    assert post(reports.dsn(to=forged), forged).status_code == 200
