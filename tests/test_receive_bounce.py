"""`manage.py receive_bounce` as a mail server's pipe calls it: a program whose exit code is its answer."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from documents.doors import SIZE_LIMIT
from documents.models import DeliveryEvent, UnreadReport
from documents.verp import bounce_address
from tests import reports
from tests.conftest import worker_environment
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def pipe(content, *arguments, **environment):
    """Hands a mail over; returns the exit code. Keywords are environment variables."""
    run = subprocess.run(
        [sys.executable, "manage.py", "receive_bounce", *arguments],
        cwd=settings.BASE_DIR,
        env=worker_environment(environment),
        input=content,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return run.returncode


@pytest.fixture
def delivery():
    return World().delivery()


@pytest.fixture
def address(delivery):
    return bounce_address(delivery.mails.get().public_id)


def test_a_report_is_taken_and_counts_once(delivery, address):
    assert [pipe(reports.dsn(), f"--recipient={address}") for _ in range(2)] == [os.EX_OK, os.EX_OK]
    delivery.refresh_from_db()
    assert delivery.status == "rejected"
    assert DeliveryEvent.objects.filter(status="rejected").count() == 1


@pytest.mark.parametrize("name", ["ORIGINAL_RECIPIENT", "RECIPIENT"])
def test_the_recipient_may_come_in_the_environment(delivery, address, name):
    assert pipe(reports.dsn(), **{name: address}) == os.EX_OK
    delivery.refresh_from_db()
    assert delivery.status == "rejected"


def test_what_cannot_be_read_is_taken_and_kept_for_operations(address):
    assert pipe(b"\xff\x00" * 3000, f"--recipient={address}") == os.EX_OK
    kept = UnreadReport.objects.get()
    assert (kept.door, kept.why, kept.size) == ("pipe", "no_report", 6000)


def test_one_that_is_too_large_is_refused_for_good(address):
    assert pipe(b"x" * (SIZE_LIMIT + 1), f"--recipient={address}") == os.EX_DATAERR


def test_trouble_of_our_own_makes_the_mail_server_try_again(address):
    nowhere = "sqlite:////nowhere/at/all.sqlite3"
    assert pipe(reports.dsn(), f"--recipient={address}", DATABASE_URL=nowhere) == os.EX_TEMPFAIL
