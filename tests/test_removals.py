"""Unblocking reaches the mail provider's own list first; real HTTP servers on loopback play the providers."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import override_settings
from django.urls import reverse
from django.utils.timezone import now

from distribution import providers
from distribution.models import BlockedAddress, ProviderRemoval, UnblockRequest
from distribution.models.removals import RETRY_AFTER
from distribution.sigv4 import Credentials, signed_headers
from distribution.tasks import remove_at_provider
from documents import routing
from documents.causes import Cause
from documents.replies import Verdict
from documents.statuses import Status
from tests.world import World

ADDRESS = "office@baker.example"
KEY = "the provider's API key"
PATHS = {
    "mailgun": "/v3/acme.example/{list}/office%40baker.example",
    "sendgrid": "/v3/{list}/office%40baker.example",
}


class FakeProvider(ThreadingHTTPServer):
    """A provider on loopback: keeps what it was asked, and answers with `status` and `body`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked, self.status, self.body, self.meanwhile = [], 200, {}, None
        self.url = f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self):
        return [path for _method, path, _headers, _body in self.asked]


class _Handler(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        if self.server.meanwhile:
            self.server.meanwhile()
        is_page = isinstance(self.server.body, str) and self.server.body.startswith("<")
        content = self.server.body.encode() if is_page else json.dumps(self.server.body).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/html" if is_page else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_DELETE = do_POST = answer  # noqa: N815  http.server's names

    def log_message(self, *_args):
        """The tests look at `asked`."""


@pytest.fixture
def server():
    with FakeProvider() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def use(server):
    """`use("mailgun")`: a portal that sends for real and uses this provider, played by `server`."""

    def use(name, **more):
        scopes = {"mailgun": "acme.example", "amazon_ses": "eu-north-1"}
        own = {"PROVIDER_KEY": KEY, "PROVIDER_KEY_ID": "AKID", "PROVIDER_SCOPE": scopes.get(name, "")}
        settings = {"PRACTICE": False, "PROVIDER": name, "PROVIDER_URL": server.url} | own | more
        override = override_settings(**settings)
        override.enable()
        overrides.append(override)

    overrides = []
    yield use
    for override in reversed(overrides):
        override.disable()


class TestTheRequests:
    def test_mailgun(self, server, use):
        use("mailgun")
        providers.remove(ADDRESS, is_wanted=True)
        lists = ("bounces", "complaints", "unsubscribes")
        assert server.paths == [PATHS["mailgun"].format(list=name) for name in lists]
        assert server.asked[0][2]["Authorization"].startswith("Basic ")

    def test_sendgrid(self, server, use):
        use("sendgrid")
        providers.remove(ADDRESS, is_wanted=True)
        assert PATHS["sendgrid"].format(list="suppression/bounces") in server.paths
        assert PATHS["sendgrid"].format(list="suppression/spam_reports") in server.paths
        assert PATHS["sendgrid"].format(list="asm/suppressions/global") in server.paths
        assert server.asked[0][2]["Authorization"] == f"Bearer {KEY}"

    @pytest.mark.parametrize("provider", PATHS)
    def test_without_the_recipient_s_consent_only_failures_are_forgotten(self, server, use, provider):
        use(provider)
        providers.remove(ADDRESS, is_wanted=False)
        assert not [path for path in server.paths if "spam" in path or "complaint" in path or "unsub" in path]
        assert [path for path in server.paths if "bounces" in path]

    def test_postmark(self, server, use):
        use("postmark")
        server.body = {"Suppressions": [{"EmailAddress": ADDRESS, "Status": "Deleted", "Message": None}]}
        providers.remove(ADDRESS, is_wanted=True)
        [(method, path, headers, body)] = server.asked
        assert (method, path) == ("POST", "/message-streams/outbound/suppressions/delete")
        assert headers["X-Postmark-Server-Token"] == KEY
        assert json.loads(body) == {"Suppressions": [{"EmailAddress": ADDRESS}]}

    def test_postmark_refuses_with_a_success(self, server, use):
        use("postmark")
        server.body = {"Suppressions": [{"Status": "Failed", "Message": "You may not change this."}]}
        with pytest.raises(providers.NotRemoved, match="You may not change this"):
            providers.remove(ADDRESS, is_wanted=True)

    def test_brevo(self, server, use):
        use("brevo")
        providers.remove(ADDRESS, is_wanted=True)
        [(method, path, headers, _body)] = server.asked
        assert (method, path) == ("DELETE", "/v3/smtp/blockedContacts/office%40baker.example")
        assert headers["api-key"] == KEY

    def test_amazon_ses(self, server, use):
        use("amazon_ses")
        providers.remove("o+1@straße.example", is_wanted=True)
        [(method, path, headers, _body)] = server.asked
        assert path == f"/v2/email/suppression/addresses/{quote('o+1@straße.example', safe='')}"
        moment = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        own = Credentials("AKID", KEY, "eu-north-1", "ses")
        expected = signed_headers(method, headers["Host"], path, moment, own)
        assert headers["Authorization"] == expected["Authorization"]

    @pytest.mark.parametrize("provider", providers.PROVIDERS)
    def test_what_was_not_on_the_list_is_as_good_as_removed(self, server, use, provider):
        use(provider)
        server.status, server.body = 404, {"message": "Address not found"}
        providers.remove(ADDRESS, is_wanted=True)

    def test_mailgun_does_not_know_the_domain_in_this_region(self, server, use):
        use("mailgun")
        server.status, server.body = 404, {"message": "Domain not found: acme.example"}
        with pytest.raises(providers.NotRemoved, match="Domain not found"):
            providers.remove(ADDRESS, is_wanted=True)

    @pytest.mark.parametrize("provider", providers.PROVIDERS)
    def test_a_page_that_is_not_there_removes_nothing(self, server, use, provider):
        use(provider)
        server.status, server.body = 404, "<html>Not Found</html>"
        with pytest.raises(providers.NotRemoved, match="HTTP 404"):
            providers.remove(ADDRESS, is_wanted=True)

    @pytest.mark.parametrize("provider", providers.PROVIDERS)
    @pytest.mark.parametrize("status", [301, 400, 401, 403, 429, 500, 503])
    def test_any_other_answer_is_a_failure_with_the_provider_s_words(self, server, use, provider, status):
        use(provider)
        server.status, server.body = status, {"message": "Not now"}
        with pytest.raises(providers.NotRemoved, match=f"HTTP {status} Not now"):
            providers.remove(ADDRESS, is_wanted=True)

    @pytest.mark.parametrize(
        "body", [None, 7, [], "text", {"errors": []}, {"Suppressions": None}, {"Suppressions": [7]}]
    )
    def test_odd_answers_are_survived(self, server, use, body):
        use("postmark")
        server.body = body
        providers.remove(ADDRESS, is_wanted=True)
        server.status = 500
        with pytest.raises(providers.NotRemoved, match="HTTP 500"):
            providers.remove(ADDRESS, is_wanted=True)

    def test_a_provider_that_is_not_there(self, use):
        use("mailgun", PROVIDER_URL="http://127.0.0.1:9")
        with pytest.raises(providers.NoAnswer, match="ConnectError"):
            providers.remove(ADDRESS, is_wanted=True)


def test_a_request_to_amazon_is_signed_as_its_documentation_says():
    """The example "get-vanilla" of the published test suite for Signature Version 4."""
    own = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
    headers = signed_headers(
        "GET", "example.amazonaws.com", "/", datetime(2015, 8, 30, 12, 36, tzinfo=UTC), own
    )
    assert headers["Authorization"].endswith(
        "SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )


@pytest.fixture
def world(transactional_db):
    return World()


@pytest.fixture
def held(world):
    """A delivery that a block holds back, and the company's request to lift the block."""
    block, _is_new = BlockedAddress.objects.block(world.acme, ADDRESS, BlockedAddress.Reason.BOUNCED)
    delivery = world.delivery()
    delivery.record(Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED), delivery.mails.get())
    delivery.mails.get().finish()
    delivery.asked = block.ask_to_unblock(world.acme, world.alice, "I checked it")
    return delivery


def state(delivery):
    """(is it still blocked, mails queued by a sweep now)."""
    return delivery.active_block() is not None, routing.release_unblocked()


class TestApproving:
    def test_without_a_provider_it_is_lifted_at_once(self, world, held):
        held.asked.approve(world.sam)
        assert state(held) == (False, 1)
        assert not ProviderRemoval.objects.exists()

    def test_in_practice_mode_no_provider_is_called(self, world, held, server, use):
        use("mailgun", PRACTICE=True)
        held.asked.approve(world.sam)
        remove_at_provider()
        assert state(held) == (False, 1)
        assert server.asked == []

    def test_nothing_is_released_before_the_provider_has_removed_it(self, world, held, server, use):
        use("mailgun")
        held.asked.approve(world.sam)
        assert (state(held), held.asked.state, server.asked) == ((True, 0), "approved", [])
        remove_at_provider()
        assert state(held) == (False, 1)
        assert BlockedAddress.objects.get().lifted_by == world.sam

    def test_a_failure_is_said_on_the_request_and_tried_again(self, world, held, server, use):
        use("mailgun")
        server.status, server.body = 401, {"message": "Forbidden"}
        held.asked.approve(world.sam)
        remove_at_provider()
        assert state(held) == (True, 0)
        told = UnblockRequest.objects.get().removal.in_words()
        assert "Mailgun" in told
        assert "HTTP 401 Forbidden" in told
        assert "tried again" in told
        server.status = 200
        remove_at_provider()
        assert state(held) == (True, 0)  # not yet
        with time_machine.travel(now() + RETRY_AFTER[0], tick=True):
            remove_at_provider()
            assert state(held) == (False, 1)
        assert "took the address off" in UnblockRequest.objects.get().removal.in_words()

    def test_the_pauses_get_longer_and_it_never_gives_up(self, world, held, server, use):
        use("mailgun")
        server.status = 500
        held.asked.approve(world.sam)
        at = now()
        for wait in [*RETRY_AFTER, RETRY_AFTER[-1], RETRY_AFTER[-1]]:
            with time_machine.travel(at, tick=False):
                remove_at_provider()
            removal = ProviderRemoval.objects.get()
            assert removal.next_try_at - at == wait
            at = removal.next_try_at

    def test_a_provider_that_does_not_answer_is_not_asked_about_the_others(self, world, held, use):
        use("mailgun", PROVIDER_URL="http://127.0.0.1:9")
        other, _is_new = BlockedAddress.objects.block(world.acme, "other@baker.example", "by_hand")
        held.asked.approve(world.sam)
        other.lift(world.sam)
        remove_at_provider()
        assert sorted(ProviderRemoval.objects.values_list("tries", flat=True)) == [0, 1]

    def test_two_workers_do_not_both_ask(self, world, held, server, use):
        use("brevo")
        held.asked.approve(world.sam)
        first, second = (ProviderRemoval.objects.get() for _ in range(2))
        assert [first.attempt(), second.attempt()] == [True, False]
        assert len(server.asked) == 1

    def test_nothing_is_locked_while_the_provider_is_asked(self, world, held, server, use):
        use("brevo")
        held.asked.approve(world.sam)
        meanwhile = []
        server.meanwhile = lambda: meanwhile.append(_write_from_elsewhere())
        remove_at_provider()
        assert meanwhile == [1]

    def test_after_a_dead_worker_it_is_tried_again(self, world, held, server, use):
        use("brevo")
        held.asked.approve(world.sam)
        assert ProviderRemoval.objects.get()._claim()
        remove_at_provider()
        assert server.asked == []
        with time_machine.travel(now() + timedelta(minutes=3), tick=True):
            remove_at_provider()
        assert state(held) == (False, 1)

    def test_a_second_press_changes_nothing(self, world, held, use):
        use("mailgun")
        held.asked.approve(world.sam)
        block = held.active_block()
        assert not block.lift(world.sam)
        with pytest.raises(UnblockRequest.AlreadyDecided):
            held.asked.approve(world.sam)
        assert ProviderRemoval.objects.count() == 1

    def test_a_provider_that_was_given_up_holds_nothing_back(self, world, held, use, server):
        use("mailgun")
        held.asked.approve(world.sam)
        use("")
        remove_at_provider()
        assert state(held) == (False, 1)
        assert server.asked == []

    def test_lifting_by_hand_goes_the_same_way(self, world, held, server, use):
        use("mailgun")
        assert held.active_block().lift(world.sam)
        assert state(held) == (True, 0)
        remove_at_provider()
        assert state(held) == (False, 1)
        held.asked.refresh_from_db()
        assert held.asked.state == "approved"

    def test_a_request_made_meanwhile_is_answered_with_it(self, world, held, use, server):
        use("mailgun")
        held.asked.approve(world.sam)
        again = held.active_block().ask_to_unblock(world.acme, world.alice, "Still waiting")
        remove_at_provider()
        again.refresh_from_db()
        assert again.state == "approved"

    def test_keys_and_addresses_are_never_logged(self, world, held, server, use, caplog):
        caplog.set_level("DEBUG", logger="documents")
        caplog.set_level("DEBUG", logger="distribution")
        use("mailgun")
        server.status = 500
        held.asked.approve(world.sam)
        remove_at_provider()
        logged = " ".join(record.getMessage() for record in caplog.records)
        assert "baker" not in logged
        assert KEY not in logged


def _write_from_elsewhere():
    """Change the very row over a connection of this thread's own."""
    try:
        return ProviderRemoval.objects.update(error="changed meanwhile")
    finally:
        connection.close()


class TestTheAdmin:
    @pytest.fixture
    def sam(self, world, client):
        rights = ["view_unblockrequest", "change_unblockrequest", "view_blockedaddress"]
        world.sam.user_permissions.set(Permission.objects.filter(codename__in=rights))
        client.force_login(world.sam)
        return client

    def press(self, sam, request, button):
        return sam.post(
            reverse(f"admin:distribution_unblockrequest_{button}", args=[request.pk]), follow=True
        )

    def test_the_request_says_what_it_waits_for_and_can_be_hurried(self, held, sam, server, use):
        use("mailgun")
        server.status, server.body = 401, {"message": "Forbidden"}
        page = self.press(sam, held.asked, "approve").content.decode()
        assert "as soon as the mail provider" in page
        assert "Waits until Mailgun" in page
        assert "Try again now" not in page
        remove_at_provider()
        page = sam.get(
            reverse("admin:distribution_unblockrequest_change", args=[held.asked.pk])
        ).content.decode()
        assert "HTTP 401 Forbidden" in page
        assert "Try again now" in page
        server.status = 200
        assert "within a minute" in self.press(sam, held.asked, "try_now").content.decode()
        remove_at_provider()
        assert state(held) == (False, 1)

    def test_what_still_waits_can_be_listed(self, held, sam, use, world):
        use("mailgun")
        url = reverse("admin:distribution_unblockrequest_changelist") + "?provider=waiting"
        assert ADDRESS not in sam.get(url).content.decode()
        held.asked.approve(world.sam)
        assert ADDRESS in sam.get(url).content.decode()
