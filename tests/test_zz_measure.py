"""Queries and time a report, through each door, in-process."""

import time
from datetime import timedelta
import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from documents import tracking, sending
from documents.replies import Verdict
from documents.statuses import Status
from documents.verp import bounce_address
from tests import reports, webhooks
from tests.webhooks import SECRETS, signed, mailgun, bounce
from tests.world import World, pdf

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore")]
PAPER = pdf()
SECRET = "a secret of more than 24 characters"


def mails(world, n, spread=True):
    out = []
    for i in range(n):
        kw = dict(customer_number="", addresses=f"user{i}@baker.example") if spread else {}
        m = world.delivery(content=PAPER, **kw).mails.get()
        tracking.apply(Verdict(Status.SENT), m)
        m.finish()
        out.append(m)
    return out


def show(name, captured):
    print(f"\n== {name}: {len(captured)} queries")
    for q in captured.captured_queries:
        print("   ", q["sql"][:150].replace("\n", " "))


def test_queries(client, capsys):
    world = World()
    ms = mails(world, 12)
    import logging

    logging.disable(logging.CRITICAL)
    with capsys.disabled():
        for name, kw in (
            ("delivered", dict(action="delivered", status="2.0.0", diagnostic="smtp; 250 OK")),
            ("bounced", {}),
            ("delayed", dict(action="delayed", status="4.4.1", diagnostic="smtp; 451 4.4.1 no answer")),
            (
                "came back",
                dict(status="5.7.1", diagnostic="smtp; 554 5.7.1 client host blocked using a DNS block list"),
            ),
        ):
            m = ms.pop()
            a = bounce_address(m.public_id)
            raw = reports.dsn(to=a, recipient=m.delivery.address, **kw)
            with CaptureQueriesContext(connection) as c:
                print(tracking.receive(raw, a))
            show(name, c)
            with CaptureQueriesContext(connection) as c:
                print(tracking.receive(raw, a))
            print(name, "again", len(c))
        with override_settings(WEBHOOK_SECRETS=SECRETS, BOUNCE_HOOK_SECRET=SECRET):
            m = ms.pop()
            with CaptureQueriesContext(connection) as c:
                print(
                    client.post(
                        "/hooks/anymail/mailgun/", **signed("mailgun", mailgun(m, "delivered"))
                    ).content
                )
            show("webhook delivered", c)
            m = ms.pop()
            a = bounce_address(m.public_id)
            with CaptureQueriesContext(connection) as c:
                print(
                    client.post(
                        "/hooks/bounces/",
                        reports.dsn(to=a, recipient=m.delivery.address),
                        content_type="message/rfc822",
                        headers={"authorization": f"Bearer {SECRET}"},
                    ).content
                )
            show("hooks/bounces", c)


def test_rates(client, capsys):
    world = World()
    N = 300
    ms = mails(world, 3 * N)
    import logging

    logging.disable(logging.CRITICAL)
    with capsys.disabled(), override_settings(WEBHOOK_SECRETS=SECRETS, BOUNCE_HOOK_SECRET=SECRET):
        for name, calls in (
            (
                "anymail delivered",
                [("/hooks/anymail/mailgun/", signed("mailgun", mailgun(m, "delivered"))) for m in ms[:N]],
            ),
            (
                "anymail failed",
                [("/hooks/anymail/mailgun/", signed("mailgun", mailgun(m))) for m in ms[N : 2 * N]],
            ),
            (
                "anymail replayed",
                [("/hooks/anymail/mailgun/", signed("mailgun", mailgun(m))) for m in ms[N : 2 * N]],
            ),
            (
                "bounces",
                [
                    (
                        "/hooks/bounces/",
                        dict(
                            data=reports.dsn(to=bounce_address(m.public_id), recipient=m.delivery.address),
                            content_type="message/rfc822",
                            headers={"authorization": f"Bearer {SECRET}"},
                        ),
                    )
                    for m in ms[2 * N :]
                ],
            ),
            (
                "bounces unread",
                [
                    (
                        "/hooks/bounces/",
                        dict(
                            data=b"Subject: %d\r\n\r\nhello" % n,
                            content_type="message/rfc822",
                            headers={"authorization": f"Bearer {SECRET}"},
                        ),
                    )
                    for n in range(N)
                ],
            ),
        ):
            best = 9
            tot = time.monotonic()
            for i in range(0, len(calls), 15):
                p = time.process_time()
                for url, kw in calls[i : i + 15]:
                    assert client.post(url, **kw).status_code == 200
                best = min(best, (time.process_time() - p) / 15)
            tot = time.monotonic() - tot
            print(f"{name:20} {N / tot:6.0f}/s wall, {1 / best:6.0f}/s best own cpu ({connection.vendor})")
