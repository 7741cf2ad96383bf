"""The page of one document, and its file."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import now

from distribution.models import BlockedAddress, Company, Membership
from documents.causes import BLOCKED, Cause
from documents.replies import Verdict, judge
from documents.sending import NOT_TRIED
from documents.statuses import Status
from tests.world import World

pytestmark = pytest.mark.django_db

UNKNOWN = judge(550, "5.1.1 <office@baker.example>: no such user", "mx.baker.example")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    client.force_login(world.alice)
    return client


def play(delivery, *verdicts):
    """Let these outcomes be reported about the delivery's mail."""
    mail = delivery.mails.latest("pk")
    for verdict in verdicts:
        delivery.record(verdict, mail)
    mail.finish()
    return delivery


def page_of(client, document):
    return client.get(reverse("document", args=[document.public_id]))


def test_a_document_tells_what_happened_and_what_to_do(alice, world):
    document = world.document(customer_number="", addresses="a@x.example; b@y.example")
    first, second = document.deliveries.order_by("pk")
    play(first, UNKNOWN)
    play(second, Verdict(Status.SENT), Verdict(Status.DELIVERED, reply_code=250, text="2.0.0 Ok 4711"))
    response = page_of(alice, document)
    page = response.content.decode()
    assert "Partly rejected" in page
    assert page.index("Correct the address…") < page.index("no such user")
    assert "250 2.0.0 Ok 4711" in page
    assert "Your customer does not see it?" in page
    assert [line.event.status for line in response.context["stories"][1].lines] == [
        "delivered",
        "sent",
        "queued",
    ]


def test_a_complaint_is_shown_although_it_was_delivered(alice, world):
    document = play(
        world.delivery(),
        Verdict(Status.DELIVERED),
        Verdict(Status.DELIVERED, Cause.COMPLAINED, text="abuse"),
    ).document
    page = page_of(alice, document).content.decode()
    assert "Reported as spam" in page
    assert "Your customer does not see it?" not in page
    assert "<pre>abuse" not in page.partition("Technical details")[0]


def test_a_complaint_is_put_to_support_and_not_sent_again_in_vain(alice, world):
    delivery = play(world.delivery(), Verdict(Status.DELIVERED), Verdict(Status.DELIVERED, Cause.COMPLAINED))
    block, _is_new = BlockedAddress.objects.block(world.acme, delivery.address, "complained")
    page = page_of(alice, delivery.document).content.decode()
    assert reverse("ask-to-unblock", args=[delivery.public_id]) in page
    assert reverse("resend-delivery", args=[delivery.public_id]) not in page
    block.lift(world.alice)
    page = page_of(alice, delivery.document).content.decode()
    assert reverse("resend-delivery", args=[delivery.public_id]) in page


def test_what_support_declined_is_seen_with_the_answer(alice, world):
    BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
    delivery = play(world.delivery(), Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED))
    block = BlockedAddress.objects.get()
    block.ask_to_unblock(world.acme, world.alice, note="Right by phone.").decline(world.alice, "It bounces.")
    page = page_of(alice, delivery.document).content.decode()
    assert "Support declined" in page
    assert "It bounces." in page
    assert "Support declined" in alice.get(reverse("documents")).content.decode()


def test_a_delayed_document_says_how_often_it_was_tried_and_until_when(alice, world):
    delivery = world.delivery()
    mail = delivery.mails.get()
    delivery.record(judge(451, "4.7.1 greylisted"), mail)
    mail.defer(now() + timedelta(minutes=5))
    page = page_of(alice, delivery.document).content.decode()
    for words in ("once: <time", "Next try", "<dt>We give up</dt><dd><time"):
        assert words in " ".join(page.split()).replace("<dd> ", "<dd>")
    assert reverse("cancel-delivery", args=[delivery.public_id]) in page


def test_our_own_trouble_is_never_shown_as_the_customers_fault(alice, world):
    delivery = world.delivery()
    mail = delivery.mails.get()
    delivery.record(Verdict(Status.DEFERRED, Cause.OUR_TROUBLE, text="Connection refused"), mail)
    mail.defer(now() + timedelta(minutes=5))
    page = page_of(alice, delivery.document).content.decode()
    assert "we are working on it" in page
    assert "never; we try until it works" in page


def test_what_waits_behind_a_refusal_of_us_says_so_before_its_first_try(alice, world):
    delivery = world.delivery()
    mail = delivery.mails.get()
    text = f"{NOT_TRIED}: 554 5.7.1 listed by blocklist.example"
    delivery.record(Verdict(Status.DEFERRED, Cause.OUR_REPUTATION, text=text), mail)
    mail.defer(now() + timedelta(minutes=5), tried=False)
    page = page_of(alice, delivery.document).content.decode()
    assert "not your customer&#x27;s fault, and we are working on it" in page
    assert "not yet, because other mails to the same domain were refused" in page
    assert "<pre>554 5.7.1 listed by blocklist.example</pre>" in page
    assert "next in line" not in page
    assert "We are working on it" in alice.get(reverse("documents")).content.decode()


def test_tries_that_ended_the_same_way_are_told_once(alice, world):
    delivery = world.delivery()
    mail = delivery.mails.get()
    for queue_id in "abc":
        delivery.record(judge(451, f"4.3.0 try later, {queue_id}"), mail)
    delivery.record(judge(450, "4.2.2 over quota"), mail)
    mail.defer(now() + timedelta(minutes=5))
    response = page_of(alice, delivery.document)
    [story] = response.context["stories"]
    assert [len(line.earlier) for line in story.timeline] == [0, 2, 0]
    shown, _details, hidden = response.content.decode().partition("Technical details")
    assert "The same 2 times before" in shown
    assert "try later, c" in shown
    assert "try later, a" not in shown
    assert "try later, a" in hidden


def test_a_full_mailbox_that_is_still_tried_asks_for_no_second_sending(alice, world):
    delivery = world.delivery()
    mail = delivery.mails.get()
    delivery.record(judge(452, "4.2.2 over quota"), mail)
    mail.defer(now() + timedelta(minutes=5))
    page = page_of(alice, delivery.document).content.decode()
    assert "Tell your customer" in page
    assert "We try again by ourselves." in page
    assert "Send again" not in page


def test_what_our_relay_still_tries_can_neither_be_hurried_nor_cancelled(alice, world):
    delivery = world.delivery()
    mail = delivery.mails.get()
    delivery.record(Verdict(Status.SENT), mail)
    mail.finish()
    delivery.record(judge(451, "4.4.1 connection timed out"), mail, external_id="1")
    page = page_of(alice, delivery.document).content.decode()
    assert "Our mail server has it and keeps trying" in page
    assert reverse("try-now", args=[delivery.public_id]) not in page
    assert reverse("cancel-delivery", args=[delivery.public_id]) not in page


def test_an_address_that_the_mail_provider_has_to_let_go_is_not_asked_about_again(alice, world):
    block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
    delivery = play(world.delivery(), Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED))
    block.ask_to_unblock(world.acme, world.alice, "Right by phone.")
    block.removals.create(provider="mailgun", error="HTTP 401")
    ask = reverse("ask-to-unblock", args=[delivery.public_id])
    for page in (page_of(alice, delivery.document), alice.get(reverse("documents"))):
        assert "Unblocked by support" in page.content.decode()
        assert "HTTP 401" not in page.content.decode()  # that is for support
        assert ask not in page.content.decode()
    assert "Support has unblocked" in alice.get(ask, follow=True).content.decode()


def test_a_block_by_hand_speaks_of_no_failed_deliveries(alice, world):
    note = [{"at": now().isoformat(), "reply": "The customer asked for paper."}]
    BlockedAddress.objects.block(world.acme, "office@baker.example", "by_hand", note)
    delivery = play(world.delivery(), Verdict(Status.REJECTED, BLOCKED["by_hand"]))
    page = page_of(alice, delivery.document).content.decode()
    assert "The customer asked for paper." in page
    assert "605" in page
    assert "failed" not in page


def test_an_unblocked_address_offers_sending_again_in_the_place_of_asking(alice, world):
    document = play(world.delivery(), Verdict(Status.REJECTED, Cause.BLOCKED_BOUNCED)).document
    page = page_of(alice, document).content.decode()
    assert "not blocked any more" in page
    assert "Ask support" not in page


def test_documents_with_many_recipients_need_no_more_queries(alice, world, django_assert_num_queries):
    document = world.document(customer_number="", addresses="; ".join(f"a{n}@x.example" for n in range(20)))
    for delivery in document.deliveries.all():
        play(delivery, UNKNOWN)
    page_of(alice, document)
    with django_assert_num_queries(14):
        page_of(alice, document)


def test_opening_a_document_of_another_own_company_changes_to_it(alice, world):
    other = Company.objects.create(name="Aamu Oy", activated_at=now())
    Membership.objects.create(user=world.alice, company=other, role="viewer")
    response = page_of(alice, world.document())
    assert response.context["company"] == world.acme
    assert alice.session["company"] == world.acme.pk


def test_nothing_is_found_under_an_unknown_id(alice):
    assert alice.get(reverse("document", args=[uuid4()])).status_code == 404


def test_the_file_comes_as_a_download_with_its_own_name(alice, world):
    document = world.document("Lasku åäö")
    response = alice.get(reverse("document-file", args=[document.public_id, document.original.pk]))
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''Lasku")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.getvalue().startswith(b"%PDF-")


def test_a_file_that_is_gone_is_not_found(alice, world):
    document = world.document()
    stored = document.original.file
    stored.storage.delete(stored.name)
    assert (
        alice.get(reverse("document-file", args=[document.public_id, document.original.pk])).status_code
        == 404
    )


def test_a_viewer_sees_everything_and_may_do_nothing(client, world):
    document = play(world.delivery(), UNKNOWN).document
    client.force_login(world.bob)
    assert "Send documents" not in client.get(reverse("documents")).content.decode()
    page = page_of(client, document).content.decode()
    assert "A manager of your company can do this." in page
    assert "Correct the address" not in page
    assert "Put aside" not in page


@pytest.mark.parametrize(
    "address", ["/", "/documents/", "/documents/send/", "/practice/", "/accounts/login/"]
)
def test_pages_have_no_inline_script_or_style(alice, world, address):
    page = alice.get(address, follow=True).content.decode()
    assert "<script>" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page


def test_what_people_typed_is_never_run(alice, world):
    document = world.document("<script>alert(1)</script>", customer_number='"><img src=x>')
    found = reverse("documents") + "?q=<script>alert(2)</script>"
    for page in (alice.get(reverse("documents")), page_of(alice, document), alice.get(found)):
        assert "<script>alert" not in page.content.decode()
        assert "<img" not in page.content.decode()
