"""Every page of the portal for everybody: what a person may not see does not exist.

A new URL without a line in the table fails the test.
"""

import pytest
from django.core.files.base import ContentFile
from django.urls import get_resolver, reverse

from distribution import importing
from distribution.models import ApiToken, BlockedAddress, DirectoryImport, Invitation, Webhook, WebhookCall
from documents import errands, notices
from documents.causes import Cause
from documents.models import Batch, Delivery
from documents.replies import Verdict
from documents.statuses import Status
from tests.world import World

pytestmark = pytest.mark.django_db

# The status for (manager, viewer, another company's manager), for GET and for POST, which says no more than
# for which company it is.
# Whoever has not logged in is sent to the log-in, but for OPEN.
OK, FOUND, WRONG, GONE, NO = 200, 302, 400, 404, 405
EVERYBODY, MANAGER, MEMBERS = (OK, OK, OK), (OK, GONE, GONE), (OK, OK, GONE)
EVERYBODY_SENT, MANAGER_SENT, NEVER = (FOUND, FOUND, FOUND), (FOUND, GONE, GONE), (NO, NO, NO)
LIST, FORM, COMMAND = (EVERYBODY, NEVER), (MANAGER, MANAGER), (NEVER, MANAGER_SENT)
START = (EVERYBODY_SENT, MANAGER_SENT)
EXPECTED = {
    "help": LIST,
    "customers": LIST,
    "new-customer": ((OK, GONE, OK), (OK, GONE, GONE)),
    "customer": (MEMBERS, MANAGER),
    "delete-customer": (MANAGER, MANAGER_SENT),
    "export-directory": LIST,
    "directory-template": LIST,
    "directory-imports": (EVERYBODY, MANAGER),
    "directory-import": (MEMBERS, NEVER),
    "directory-findings": (MEMBERS, NEVER),
    "check-directory-import": COMMAND,
    "run-directory-import": ((FOUND, GONE, GONE), MANAGER_SENT),
    "blocked-addresses": LIST,
    "ask-to-unblock-address": FORM,
    "webhooks": ((OK, GONE, OK), NEVER),
    "new-webhook": ((OK, GONE, OK), (OK, GONE, GONE)),
    "webhook": (MANAGER, NEVER),
    "edit-webhook": FORM,
    "test-webhook": COMMAND,
    "new-webhook-secret": COMMAND,
    "webhook-off": COMMAND,
    "webhook-on": COMMAND,
    "delete-webhook": (MANAGER, MANAGER_SENT),
    "repeat-webhook-call": COMMAND,
    "tokens": ((OK, GONE, OK), NEVER),
    "new-token": ((OK, GONE, OK), (OK, GONE, GONE)),
    "revoke-token": (MANAGER, MANAGER_SENT),
    "api": LIST,
    "switch-company": (NEVER, (FOUND, FOUND, GONE)),
    "ask-for-activation": (NEVER, (FOUND, GONE, GONE)),
    "home": LIST,
    "company-settings": ((OK, GONE, OK), (OK, GONE, GONE)),
    "members": ((OK, GONE, OK), NEVER),
    "invite": (EVERYBODY_SENT, (OK, GONE, GONE)),
    "change-role": COMMAND,
    "remove-member": (MANAGER, MANAGER_SENT),
    "invite-again": COMMAND,
    "withdraw-invitation": COMMAND,
    "invitation": ((GONE, GONE, GONE), (GONE, GONE, GONE)),
    "profile": (EVERYBODY, EVERYBODY_SENT),
    "choose-language": (NEVER, EVERYBODY_SENT),
    "search": LIST,
    "customer-documents": (MEMBERS, NEVER),
    "documents": LIST,
    "export-documents": LIST,
    "send-documents": ((OK, GONE, OK), NEVER),
    "upload": (NEVER, MANAGER_SENT),
    "batches": LIST,
    "batch-list-template": LIST,
    "new-batch": (EVERYBODY_SENT, (WRONG, GONE, GONE)),
    "batch": (MEMBERS, NEVER),
    "batch-report": (MEMBERS, NEVER),
    "send-batch": COMMAND,
    "discard-batch": COMMAND,
    "resend-rejected": START,
    "link-rejected": START,
    "correct-rejected": START,
    "ask-about-rejected": START,
    "put-aside-rejected": START,
    "errands": LIST,
    "errand": (MEMBERS, MANAGER),
    "undo-errand": COMMAND,
    "document": (MEMBERS, NEVER),
    "document-file": (MEMBERS, NEVER),
    "release-document": COMMAND,
    "cancel-document": COMMAND,
    "delivery-proof": (MEMBERS, NEVER),
    "correct-delivery": FORM,
    "resend-delivery": COMMAND,
    "try-now": COMMAND,
    "cancel-delivery": COMMAND,
    "put-aside": COMMAND,
    "take-back": COMMAND,
    "ask-to-unblock": FORM,
    "send-as-link": COMMAND,
    "end-link": COMMAND,
    "renew-link": COMMAND,
    "link": ((GONE, GONE, GONE), (GONE, GONE, GONE)),
    "linked-file": ((GONE, GONE, GONE), NEVER),
    "mail-texts": ((OK, GONE, OK), NEVER),
    "mail-text": ((OK, GONE, OK), (OK, GONE, GONE)),
    "drop-mail-text": (NEVER, MANAGER_SENT),
    "try-mail-text": (NEVER, MANAGER_SENT),
    "notice-settings": ((OK, OK, OK), (OK, OK, GONE)),
    "notice-example": (NEVER, (FOUND, FOUND, GONE)),
    "resume-notices": (NEVER, (FOUND, FOUND, GONE)),
    "notice": ((FOUND, GONE, GONE), NEVER),
    "practice-inbox": LIST,
    "practice-mail": ((GONE, GONE, GONE), NEVER),
    "account_email": ((GONE, GONE, GONE), (GONE, GONE, GONE)),
    "bounces": (NEVER, (GONE, GONE, GONE)),
    "provider-events": ((GONE, GONE, GONE), (GONE, GONE, GONE)),
}
OPEN = {"bounces", "provider-events", "link", "linked-file"}  # have secrets of their own


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    world = World()
    delivery = world.delivery()
    delivery.record(Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN), delivery.mails.get())
    world.errand = errands.begin(world.acme, world.alice, "correct", Delivery.objects.all(), "key")
    Batch.objects.create(company=world.acme, name="baker.zip", state="ready")
    world.block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
    world.webhook = Webhook.objects.create(company=world.acme, url="http://127.0.0.1:9000/baker")
    WebhookCall.objects.put([world.webhook], "test")
    world.job = DirectoryImport(company=world.acme, name="baker.csv")
    world.job.file.save("baker.csv", ContentFile(b"customer_number,email\n1001,\n"))
    importing.work()
    world.invitation = Invitation.objects.create(company=world.acme, email="baker@acme.example")
    alice = notices.reader_of(world.acme.memberships.get(user=world.alice))
    world.notice = notices.ask_for_example(alice)
    world.token, _secret = ApiToken.objects.issue(world.acme, world.alice, "Baker's", ["read"], None)
    return world


@pytest.mark.parametrize("name", EXPECTED)
def test_everybody_sees_only_what_is_theirs(world, client, name):
    shown, sent = EXPECTED[name]
    url = url_of(world, name)
    # The one with the most rights comes last, so that nothing is changed before the others have tried.
    for person, shown_to, sent_by in reversed(
        [*zip((world.alice, world.bob, world.mallory), shown, sent, strict=True)]
    ):
        client.force_login(person)
        answer = client.get(url)
        assert answer.status_code == shown_to, f"GET by {person}"
        if person == world.mallory and shown_to == OK:
            assert "baker" not in content_of(answer).lower()
        assert client.post(url, {"company": world.acme.pk}).status_code == sent_by, f"POST by {person}"


@pytest.mark.parametrize("name", EXPECTED)
def test_without_a_log_in_there_is_only_the_log_in(world, client, name):
    url = url_of(world, name)
    for answer in (client.get(url), client.post(url)):
        if name == "choose-language":  # for the log-in page, too
            assert answer.status_code in (NO, FOUND)
        elif name == "invitation":  # for people without an account
            assert answer.status_code == GONE
        elif name in OPEN:
            assert answer.status_code in (GONE, NO)
        else:
            assert answer.status_code == FOUND
            assert answer.url.startswith(reverse("account_login"))


def test_every_url_is_in_the_table():
    assert set(names_of(get_resolver())) == set(EXPECTED)


def test_opening_something_of_another_of_ones_companies_changes_to_it(world, client):
    company = world.globex
    world.alice.memberships.create(company=company, role="viewer")
    customer = world.customer("7", "office@dyer.example", company=company, name="Dyer Ky")
    client.force_login(world.alice)
    assert "Baker" in content_of(client.get(reverse("customers")))
    client.get(reverse("customer", args=[customer.pk]))
    listed = content_of(client.get(reverse("customers")))
    assert "Dyer" in listed
    assert "Baker" not in listed


def url_of(world, name):
    arguments = {
        "customer": [world.baker.pk],
        "customer-documents": [world.baker.pk],
        "delete-customer": [world.baker.pk],
        "ask-to-unblock-address": [world.block.pk],
        "revoke-token": [world.token.public_id],
        "notice": [world.notice.public_id],
        "practice-mail": ["20261123-101500-abcdef"],
        "provider-events": ["mailgun"],
        "invitation": ["guessed"],
        "mail-text": ["invoice", "en"],
        "drop-mail-text": ["invoice", "en"],
        "try-mail-text": ["invoice", "en"],
        "link": ["0" * 64],
        "linked-file": ["0" * 64, "ticket"],
        "export-directory": ["csv"],
        "directory-template": ["csv"],
        "batch-list-template": ["csv"],
        "directory-import": [world.job.pk],
        "directory-findings": [world.job.pk],
        "errand": [world.errand.public_id],
        "undo-errand": [world.errand.public_id],
        "check-directory-import": [world.job.pk],
        "run-directory-import": [world.job.pk],
    }
    if name in ("change-role", "remove-member"):
        return reverse(name, args=[world.acme.memberships.get(user=world.bob).pk])
    if name in ("invite-again", "withdraw-invitation"):
        return reverse(name, args=[world.invitation.public_id])
    if name.endswith("webhook-call"):
        return reverse(name, args=[world.webhook.calls.get().pk])
    if "webhook" in name and name not in ("webhooks", "new-webhook"):
        return reverse(name, args=[world.webhook.public_id])
    document = world.acme.documents.get()
    batch = world.acme.batches.get()
    arguments |= {
        name: [batch.public_id] for name in ("batch", "batch-report", "send-batch", "discard-batch")
    }
    arguments["document-file"] = [document.public_id, document.original.pk]
    if name in arguments or name not in NAMES_WITH_UUID:
        return reverse(name, args=arguments.get(name, []))
    of_document = "document" in name
    return reverse(name, args=[(document if of_document else document.deliveries.get()).public_id])


NAMES_WITH_UUID = {
    "document",
    "release-document",
    "cancel-document",
    "delivery-proof",
    "correct-delivery",
    "resend-delivery",
    "try-now",
    "cancel-delivery",
    "put-aside",
    "take-back",
    "ask-to-unblock",
    "send-as-link",
    "end-link",
    "renew-link",
}


def content_of(answer):
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def names_of(resolver):
    """The names of all our own URLs: not the admin's nor allauth's."""
    for pattern in resolver.url_patterns:
        if not hasattr(pattern, "url_patterns"):
            yield pattern.name
        elif str(pattern.pattern) == "":
            yield from names_of(pattern)
