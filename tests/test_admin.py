"""What support and operations do in the admin, and what support cannot reach."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.urls import reverse

from distribution.models import Company, Customer
from documents import routing
from documents.causes import Cause
from documents.models import Delivery, Document, OutboundMail
from documents.replies import Verdict, judge
from documents.statuses import Status
from portal.models import User
from portal.roles import ROLES, SUPPORT
from tests.admin_pages import asked, blocked, listed, rejected, said, text, url
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = World()
    world.sam.groups.add(Group.objects.get(name=SUPPORT))
    return world


@pytest.fixture
def sam(world, client):
    client.force_login(world.sam)
    return client


@pytest.fixture
def root(world, client):
    client.force_login(User.objects.create_superuser("root@jakelu.example", PASSWORD))
    return client


class TestRights:
    def test_support_has_exactly_the_rights_of_the_table(self, world):
        rights = {
            f"{app}.{action}_{model.split('.')[1]}"
            for model, actions in ROLES[SUPPORT].items()
            for app in [model.split(".")[0]]
            for action in actions
        }
        assert set(world.sam.get_all_permissions()) == rights
        assert not [right for right in rights if "delete" in right]

    def test_they_are_made_again_after_each_migration(self, world):
        group = Group.objects.get(name=SUPPORT)
        group.permissions.set([Permission.objects.get(codename="delete_document")])
        for _twice in range(2):
            call_command("migrate", verbosity=0)
        assert Group.objects.filter(name=SUPPORT).count() == 1
        assert group.permissions.count() == sum(map(len, ROLES[SUPPORT].values()))

    def test_a_fresh_database_without_permissions_gets_them(self, world):
        Permission.objects.all().delete()
        portal = apps.get_app_config("portal")
        post_migrate.send(
            sender=portal, app_config=portal, verbosity=0, interactive=False, using="default", apps=apps
        )
        rights = sum(map(len, ROLES[SUPPORT].values()))
        assert Group.objects.get(name=SUPPORT).permissions.count() == rights

    @pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
    def test_support_reaches_nothing_else(self, sam, model):
        rights = ROLES[SUPPORT].get(model._meta.label_lower, [])
        assert sam.get(url(model, "changelist")).status_code == (200 if rights else 403)
        assert sam.get(url(model, "add")).status_code == (200 if "add" in rights else 403)
        obj = model.objects.first()
        if obj is not None:
            assert sam.get(url(obj, "delete")).status_code == 403
            assert sam.get(url(obj, "change")).status_code == (200 if rights else 403)

    @pytest.mark.parametrize("person", ["alice", "bob", "mallory"])
    def test_companies_people_do_not_get_in(self, world, client, person):
        client.force_login(getattr(world, person))
        for page in ("/admin/", url(Company, "changelist"), url(world.acme)):
            assert client.get(page, follow=True).status_code == 403

    def test_whoever_has_not_logged_in_is_sent_to_the_log_in(self, client):
        answer = client.get("/admin/", follow=True)
        assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))

    def test_staff_without_rights_see_an_empty_admin(self, world, client):
        client.force_login(User.objects.create_user("new@jakelu.example", PASSWORD, is_staff=True))
        assert client.get("/admin/").status_code == 200
        assert client.get(url(Delivery, "changelist")).status_code == 403

    def test_no_page_has_script_or_style_of_its_own(self, root, world):
        asked(world)
        rejected(world)
        for model in admin.site._registry:
            pages = [url(model, "changelist")]
            pages += [url(obj) for obj in model.objects.all()[:1]]
            for page in map(root.get, pages):
                assert "default-src 'self'" in page["Content-Security-Policy"]
                assert "<style" not in page.content.decode()
                assert " style=" not in page.content.decode()
                assert " onclick=" not in page.content.decode()

    def test_support_does_not_see_password_hashes(self, sam, world):
        page = text(sam.get(url(world.alice)))
        assert "password" not in page.replace("password_change", "").replace("Change password", "").lower()

    @pytest.mark.parametrize("field", ["is_superuser", "is_staff"])
    def test_support_cannot_make_itself_mightier(self, sam, world, field):
        assert sam.post(url(world.sam), {"email": "sam@jakelu.example", field: "on"}).status_code == 403


class TestCompanies:
    def test_who_asked_for_activation_comes_first(self, sam, world):
        for name in ("Aardvark Oy", "Zebra Oy"):
            Company.objects.create(name=name)
        Company.objects.get(name="Zebra Oy").ask_for_activation(world.mallory)
        names = [company.name for company in listed(sam, Company)]
        assert names == ["Zebra Oy", "Aardvark Oy", "Acme Oy", "Globex Ab"]
        assert [company.name for company in listed(sam, Company, service="asked")] == ["Zebra Oy"]
        assert len(listed(sam, Company, service="active")) == 2
        assert len(listed(sam, Company, service="off")) == 2

    def test_activate_is_a_button(self, sam, world):
        world.acme.deactivate()
        button = url(world.acme, "activate")
        assert button in text(sam.get(url(world.acme)))
        assert "can send documents now" in said(sam.post(button, follow=True))
        assert Company.objects.get(pk=world.acme.pk).is_active
        assert button not in text(sam.get(url(world.acme)))
        assert "already activated" in said(sam.post(button, follow=True))
        assert LogEntry.objects.get(user=world.sam).get_change_message() == "Activated"

    def test_activate_is_an_action(self, sam, world):
        world.acme.deactivate()
        chosen = {"action": "activate_selected", "_selected_action": [world.acme.pk, world.globex.pk]}
        answer = sam.post(url(Company, "changelist"), chosen, follow=True)
        assert "1 company was activated." in said(answer)

    def test_switching_off_is_a_button(self, sam, world):
        sam.post(url(world.acme, "deactivate"))
        assert not Company.objects.get(pk=world.acme.pk).is_active

    def test_buttons_are_pressed_not_opened(self, sam, world):
        assert sam.get(url(world.acme, "deactivate")).status_code == 405

    def test_the_switches_are_changed_and_a_bad_reply_address_is_not_taken(self, sam, world):
        shown = sam.get(url(world.acme)).context["adminform"].form.initial
        sent = {name: value for name, value in shown.items() if value not in (None, False)}
        sent |= {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
        refused = sam.post(url(world.acme), sent | {"reply_to": "a@b"})
        assert "not an e-mail address" in text(refused)
        del sent["uses_list"]
        assert sam.post(url(world.acme), sent | {"reply_to": "Billing@Acme.example"}).status_code == 302
        changed = Company.objects.get(pk=world.acme.pk)
        assert (changed.uses_list, changed.reply_to) == (False, "billing@acme.example")
        assert changed.is_active

    def test_members_are_shown(self, sam, world):
        assert "alice@acme.example" in text(sam.get(url(world.acme)))


class TestDeliveries:
    def test_the_page_has_remedy_story_and_block(self, sam, world):
        delivery = rejected(world)
        block = blocked(world)
        page = text(sam.get(url(delivery)))
        for words in (
            "Address does not exist",
            "Ask your customer for the right address.",
            "5.1.1",
            "mx1.baker.example",
            "550 5.1.1 &lt;script&gt;unknown&lt;/script&gt;",
            url(block),
            url(delivery.document),
        ):
            assert words in page

    def test_of_a_delayed_one_nothing_is_asked_yet(self, sam, world):
        delivery = world.delivery()
        delivery.record(judge(452, "4.2.2 over quota"), delivery.mails.get())
        page = text(sam.get(url(delivery)))
        assert "We try again by ourselves." in page
        assert ">None<" not in page
        assert "Send again" not in page

    def test_is_only_for_reading(self, sam, root, world):
        delivery = rejected(world)
        for client in (sam, root):
            assert client.post(url(delivery), {"status": "delivered"}).status_code == 403
            assert client.get(url(Delivery, "add")).status_code == 403
            assert client.post(url(delivery, "delete"), {"post": "yes"}).status_code == 403

    @pytest.mark.parametrize("status", ["in_progress", "rejected", "delivered", "sent", "cancelled"])
    def test_are_filtered_by_status_as_people_see_it(self, sam, world, status):
        delivery = world.delivery()
        other = "queued" if status != "in_progress" else "sent"
        Delivery.objects.filter(pk=delivery.pk).update(
            status="deferred" if status == "in_progress" else status
        )
        Delivery.objects.filter(pk=world.delivery().pk).update(status=other)
        assert listed(sam, Delivery, status=status) == [delivery]

    def test_are_filtered_by_cause_and_company(self, sam, world):
        full = rejected(world, Cause.MAILBOX_FULL)
        rejected(world)
        assert listed(sam, Delivery, cause="mailbox_full") == [full]
        assert listed(sam, Delivery, company__id__exact=world.globex.pk) == []

    def test_are_found_by_number_address_and_message_id(self, sam, world):
        delivery = rejected(world, number="4711")
        world.delivery()
        mail = delivery.mails.get()
        for q in ("4711", mail.message_id, str(mail.public_id), f"bounce+{mail.public_id.hex}-00@b.example"):
            assert listed(sam, Delivery, q=q) == [delivery], q
        assert len(listed(sam, Delivery, q="Office@Baker")) == 2
        assert listed(sam, Delivery, q="nobody") == []

    def test_the_queue_shows_what_waits_for_our_own_trouble(self, sam, world):
        mails = [world.delivery().mails.get() for _twice in range(2)]
        trouble = Verdict(Status.DEFERRED, Cause.OUR_TROUBLE, None, "", "Connection refused")
        mails[0].delivery.record(trouble, mails[0])
        model = type(mails[0])
        assert listed(sam, model, queue="ours") == [mails[0]]
        assert len(listed(sam, model, queue="waiting")) == 2
        assert "Connection refused" in text(sam.get(url(mails[0])))

    def test_lists_need_few_queries(self, sam, world, django_assert_max_num_queries):
        for number in range(20):
            rejected(world)
            world.customer(str(2000 + number), "a@c.example", name=f"Customer {number}")
        for model in (Document, Delivery, OutboundMail, Customer):
            with django_assert_max_num_queries(14):
                assert len(listed(sam, model)) >= 20

    def test_a_long_story_needs_few_queries(self, sam, world, django_assert_max_num_queries):
        delivery = rejected(world)
        for _resend in range(20):
            mail = routing.queue(delivery, actor=world.alice)
            delivery.record(Verdict(Status.REJECTED, Cause.POLICY), mail)
            mail.finish()
        with django_assert_max_num_queries(16):
            sam.get(url(delivery))
        with django_assert_max_num_queries(16):
            sam.get(url(delivery.document))


class TestUsers:
    def test_one_is_made_with_the_address_in_lower_case(self, root, world):
        sent = {
            "email": "New@Acme.example",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0",
        }
        assert root.post(url(User, "add"), sent).status_code == 302
        assert User.objects.get(email="new@acme.example").check_password(PASSWORD)
        assert "already exists" in text(root.post(url(User, "add"), sent))

    def test_companies_are_shown(self, sam, world):
        assert url(world.acme) in text(sam.get(url(world.alice)))
