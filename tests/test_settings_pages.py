"""A manager sets how the company sends, and says who works for it."""

import re
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections
from django.db.models import F
from django.test import Client
from django.utils.timezone import now

from distribution.company_forms import LastManager, change_member
from distribution.inviting import MOST_AN_HOUR, MOST_TO_ONE_A_DAY
from distribution.models import Invitation, InvitationMail, Membership
from portal.logs import LineFormatter
from portal.models import User
from tests.relay import relay, relay_settings
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db

MANAGER, VIEWER = Membership.Role.MANAGER, Membership.Role.VIEWER


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    """Her browser."""
    client.force_login(world.alice)
    return client


def typed(**changes):
    return {
        "uses_list": "on",
        "uses_document_addresses": "on",
        "duplicates": "hold",
        "fiscal_year_starts": "1",
        "xml_invoices_as": "both",
        "attachment_limit": "",
        "above_limit": "link",
        "sender_name": "",
        "reply_to": "",
        "language": "en",
    } | changes


class TestSettings:
    def test_what_is_chosen_is_kept(self, alice, world):
        answer = alice.post(
            "/settings/",
            typed(sender_name="Acme  Invoicing", reply_to="Billing@Acme.example", attachment_limit="5"),
            follow=True,
        )
        assert "Saved." in answer.content.decode()
        world.acme.refresh_from_db()
        kept = world.acme
        assert (kept.sender_name, kept.reply_to, kept.attachment_limit) == (
            "Acme Invoicing",
            "billing@acme.example",
            5,
        )
        assert "Mail comes from “Acme Invoicing”" in alice.get("/settings/").content.decode()

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"reply_to": "nobody"}, "This is not an e-mail address."),
            ({"attachment_limit": "0"}, "From 1 to 25 MB."),
            ({"attachment_limit": "99999999999"}, "From 1 to 25 MB."),
            ({"attachment_limit": "much"}, "Enter a whole number."),
            ({"sender_name": "ceo@bank.example"}, "Without @"),
            ({"sender_name": "x" * 101}, "at most 100"),
            ({"language": "de"}, "Select a valid choice"),
            ({"uses_list": "", "uses_document_addresses": ""}, "Choose at least one of the two ways"),
        ],
    )
    def test_wrong_input_is_told_and_kept_in_the_form_only(self, alice, world, wrong, told):
        page = alice.post("/settings/", typed(sender_name="Typed") | wrong).content.decode()
        assert told in page
        world.acme.refresh_from_db()
        assert world.acme.sender_name == ""

    def test_a_line_break_does_not_get_into_a_header(self, alice, world):
        alice.post("/settings/", typed(sender_name="Acme\r\nBcc: x y"))
        world.acme.refresh_from_db()
        assert world.acme.sender_name == "Acme Bcc: x y"

    def test_name_activation_and_other_things_are_not_a_company_s_to_change(self, alice, world):
        world.acme.deactivate()
        alice.post("/settings/", typed(name="Globex", business_id="1", activated_at="2020-01-01"))
        world.acme.refresh_from_db()
        assert (world.acme.name, world.acme.business_id, world.acme.is_active) == ("Acme Oy", "", False)

    def test_viewers_and_strangers_find_nothing(self, client, world):
        for person in (world.bob, world.mallory, world.sam):
            client.force_login(person)
            wanted = {"company": world.acme.pk}
            assert client.post("/settings/", typed(**wanted)).status_code == 404
        client.force_login(world.bob)
        assert client.get("/settings/").status_code == 404
        assert client.get("/settings/members/").status_code == 404


class TestMembers:
    def test_everybody_is_listed_with_role_and_last_log_in(self, alice, world):
        page = alice.get("/settings/members/").content.decode()
        assert "bob@<wbr>acme.<wbr>example" in page
        assert "mallory" not in page
        assert "Never" in page

    def test_a_role_is_changed_at_once(self, alice, world):
        bob = world.acme.memberships.get(user=world.bob)
        alice.post(f"/settings/members/{bob.pk}/roles/", {"role": "manager"})
        bob.refresh_from_db()
        assert bob.role == MANAGER
        alice.post(f"/settings/members/{bob.pk}/roles/", {"role": "owner"})
        bob.refresh_from_db()
        assert bob.role == MANAGER

    def test_who_is_removed_sees_nothing_from_then_on(self, alice, client, world):
        bob = world.acme.memberships.get(user=world.bob)
        assert "Remove bob@acme.example from Acme Oy?" in (
            alice.get(f"/settings/members/{bob.pk}/removals/").content.decode()
        )
        alice.post(f"/settings/members/{bob.pk}/removals/")
        assert not world.acme.memberships.filter(user=world.bob).exists()
        assert alice.post(f"/settings/members/{bob.pk}/removals/").status_code == 404
        client.force_login(world.bob)
        assert "You do not belong to a company yet" in client.get("/").content.decode()

    def test_the_last_manager_stays(self, alice, world):
        own = world.acme.memberships.get(user=world.alice)
        for answer in (
            alice.post(f"/settings/members/{own.pk}/removals/", follow=True),
            alice.post(f"/settings/members/{own.pk}/roles/", {"role": "viewer"}, follow=True),
        ):
            assert "There has to be a manager" in answer.content.decode()
        own.refresh_from_db()
        assert own.role == MANAGER

    def test_a_manager_who_cannot_log_in_does_not_count(self, world):
        world.acme.memberships.filter(user=world.bob).update(role=MANAGER)
        User.objects.filter(pk=world.bob.pk).update(is_active=False)
        with pytest.raises(LastManager):
            change_member(world.acme.memberships.get(user=world.alice), None)

    def test_a_manager_who_leaves_is_led_to_a_page_he_may_see(self, alice, world):
        world.acme.memberships.filter(user=world.bob).update(role=MANAGER)
        own = world.acme.memberships.get(user=world.alice)
        assert alice.post(f"/settings/members/{own.pk}/removals/")["Location"] == "/"

    @pytest.mark.parametrize("person", ["bob", "mallory"])
    def test_only_its_managers_change_a_company_s_members(self, client, world, person):
        member = world.acme.memberships.get(user=world.bob)
        client.force_login(getattr(world, person))
        assert client.post(f"/settings/members/{member.pk}/roles/", {"role": "manager"}).status_code == 404
        assert client.post(f"/settings/members/{member.pk}/removals/").status_code == 404
        assert client.get(f"/settings/members/{member.pk}/removals/").status_code == 404

    @pytest.mark.django_db(transaction=True)
    def test_two_managers_who_step_down_together_leave_one(self, world):
        world.acme.memberships.filter(user=world.bob).update(role=MANAGER)
        own = list(world.acme.memberships.filter(user__in=(world.alice, world.bob)))
        together, refused = threading.Barrier(2), []

        def step_down(member):
            together.wait()
            try:
                change_member(member, VIEWER)
            except LastManager:
                refused.append(member)
            connections.close_all()

        threads = [threading.Thread(target=step_down, args=[member]) for member in own]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 1
        assert world.acme.memberships.filter(role=MANAGER).count() == 1


def invite(browser, email="carol@acme.example", role="viewer"):
    return browser.post("/settings/members/invitations/", {"email": email, "role": role}, follow=True)


def a_minute_passes():
    """For the mails of invitations; an hour is as many of them as are sent within it here."""
    InvitationMail.objects.update(sent_at=F("sent_at") - timedelta(minutes=1))


def link_in(message):
    return re.search(r"http\S+(/invitations/\S+/)", message.body)[1]


class TestInvitations:
    def test_somebody_new_makes_an_account_and_is_in(self, alice, client, world):
        assert "An invitation is on its way to carol@acme.example." in invite(alice).content.decode()
        (message,) = mail.outbox
        assert message.to == ["carol@acme.example"]
        assert "Acme Oy" in message.subject
        link = link_in(message)
        client.logout()
        assert "Choose a password" in client.get(link).content.decode()
        typed = {"first_name": "Carol", "last_name": "Berg", "password": PASSWORD}
        answer = client.post(link, typed, follow=True)
        assert "Welcome to Acme Oy." in answer.content.decode()
        carol = User.objects.get(email="carol@acme.example")
        assert world.acme.memberships.get(user=carol).role == VIEWER
        assert carol.check_password(PASSWORD)
        assert client.get(link).status_code == 404, "it works once"

    def test_who_invites_is_named_by_the_address_which_nobody_chooses(self, alice, world):
        User.objects.filter(pk=world.alice.pk).update(first_name="Pay at http://bank.example\n\nnow")
        invite(alice)
        (message,) = mail.outbox
        for text in (message.subject, message.body, message.alternatives[0].content):
            assert "bank.example" not in text
        assert "alice@acme.example has invited you" in message.body

    def test_the_mail_really_leaves(self, alice, world):
        with relay() as post_office, relay_settings(post_office):
            page = invite(alice).content.decode()
        assert "An invitation is on its way" in page
        (sent,) = post_office.accepted
        assert sent.rcpt_to == ["carol@acme.example"]
        assert b"/invitations/" in sent.content

    def test_a_mail_server_that_is_away_loses_no_invitation(self, alice, world, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        page = invite(alice).content.decode()
        assert "our mail server did not take its mail" in page
        assert "invited, but the mail has not gone out" in page

    def test_who_has_an_account_logs_in_and_joins(self, alice, client, world):
        invite(alice, "Mallory@globex.example", "manager")
        link = link_in(mail.outbox[0])
        client.logout()
        assert "Log in, and you can join." in client.get(link).content.decode()
        assert client.post(link, {"password": "x" * 20}).status_code == 200
        client.force_login(world.mallory)
        client.post(link)
        assert world.acme.memberships.get(user=world.mallory).role == MANAGER
        assert client.get("/").context["company"] == world.acme
        assert world.globex.memberships.filter(user=world.mallory).exists()

    def test_somebody_else_s_link_gives_nobody_a_place(self, alice, client, world):
        invite(alice)
        link = link_in(mail.outbox[0])
        client.force_login(world.mallory)
        for answer in (client.get(link), client.post(link, {"password": PASSWORD})):
            assert "the invitation is for carol@acme.example" in answer.content.decode()
        assert not world.acme.memberships.filter(user=world.mallory).exists()

    @pytest.mark.parametrize("password", ["", "short", "password1", "carol@acme.example"])
    def test_a_poor_password_is_told(self, alice, client, world, password):
        invite(alice)
        client.logout()
        page = client.post(link_in(mail.outbox[0]), {"first_name": "Carol", "password": password})
        assert "errorlist" in page.content.decode()
        assert not User.objects.filter(email="carol@acme.example").exists()

    def test_an_old_withdrawn_or_guessed_link_opens_nothing(self, alice, client, world):
        invite(alice)
        link = link_in(mail.outbox[0])
        Invitation.objects.update(expires_at=now() - timedelta(seconds=1), sent_at=now() - timedelta(days=15))
        assert client.get(link).status_code == 404
        invitation = Invitation.objects.get()
        a_minute_passes()
        alice.post(f"/settings/invitations/{invitation.public_id}/mails/")
        assert client.get(link).status_code == 404, "only the newest mail's link works"
        newest = link_in(mail.outbox[1])
        assert client.get(newest).status_code == 200
        alice.post(f"/settings/invitations/{invitation.public_id}/withdrawals/")
        assert client.get(newest).status_code == 404
        assert client.get("/invitations/guessed/").status_code == 404

    def test_two_invitations_of_one_person_are_one(self, alice, world):
        invite(alice)
        invite(alice, role="manager")
        assert Invitation.objects.get().role == MANAGER

    def test_a_second_press_mails_no_second_link_in_the_place_of_the_first(self, alice, client, world):
        invite(alice)
        again = invite(alice).content.decode()
        assert "The invitation went out a moment ago." in again
        (message,) = mail.outbox
        assert client.get(link_in(message)).status_code == 200

    def test_a_member_is_not_invited(self, alice, world):
        page = invite(alice, "BOB@acme.example").content.decode()
        assert "belongs to your company already" in page
        assert not Invitation.objects.exists()

    def test_nobody_makes_us_write_to_all_the_world(self, alice, world):
        for number in range(MOST_AN_HOUR):
            invite(alice, f"p{number}@acme.example")
        assert "within an hour" in invite(alice).content.decode()
        assert len(mail.outbox) == MOST_AN_HOUR

    def test_nobody_makes_us_write_to_one_person_without_end(self, alice, world):
        """Neither by sending again nor by withdrawing in between."""
        for _mail in range(MOST_TO_ONE_A_DAY):
            invite(alice)
            a_minute_passes()
            invitation = Invitation.objects.get()
            alice.post(f"/settings/invitations/{invitation.public_id}/withdrawals/")
        assert "within a day" in invite(alice).content.decode()
        again = f"/settings/invitations/{Invitation.objects.get().public_id}/mails/"
        assert "within a day" in alice.post(again, follow=True).content.decode()
        assert len(mail.outbox) == MOST_TO_ONE_A_DAY
        InvitationMail.objects.update(sent_at=now() - timedelta(days=1, seconds=1))
        alice.post(again)
        assert len(mail.outbox) == MOST_TO_ONE_A_DAY + 1

    def test_mails_that_were_sent_again_count_for_the_company_too(self, alice, world):
        numbers = [*range(MOST_AN_HOUR // 2)] * 2  # a minute each
        for number in numbers:
            invite(alice, f"p{number}@acme.example")
            a_minute_passes()
            Invitation.objects.all().delete()
        assert "within an hour" in invite(alice).content.decode()
        assert len(mail.outbox) == MOST_AN_HOUR

    def test_the_secret_is_kept_nowhere(self, alice, world):
        invite(alice)
        secret = link_in(mail.outbox[0]).split("/")[2]
        assert secret not in str(list(Invitation.objects.values()))

    def test_no_line_of_the_log_tells_the_secret(self, alice, world, caplog):
        invite(alice)
        link, stranger = link_in(mail.outbox[0]), Client(enforce_csrf_checks=True)
        caplog.clear()
        assert stranger.post(link).status_code == 403
        assert stranger.put(link).status_code == 403
        lines = [LineFormatter().format(record) for record in caplog.records]
        assert "Forbidden (CSRF cookie not set.): /invitations/…" in lines
        assert link.split("/")[2] not in "\n".join(lines)

    @pytest.mark.parametrize("person", ["bob", "mallory"])
    def test_only_managers_invite_for_a_company(self, alice, client, world, person):
        invite(alice)
        invitation = Invitation.objects.get()
        client.force_login(getattr(world, person))
        wanted = {"company": world.acme.pk, "email": "dan@acme.example", "role": "manager"}
        assert client.post("/settings/members/invitations/", wanted).status_code == 404
        for ending in ("mails", "withdrawals"):
            assert client.post(f"/settings/invitations/{invitation.public_id}/{ending}/").status_code == 404

    def test_it_is_written_in_the_company_s_language(self, alice, world):
        world.acme.language = "sv"
        world.acme.save()
        invite(alice)
        assert '<html lang="sv">' in mail.outbox[0].alternatives[0].content
