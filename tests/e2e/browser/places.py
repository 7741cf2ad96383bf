"""Makes what the demo lacks, and tells where every page of the portal is. setting.py runs it."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils.timezone import now

from distribution import importing
from distribution.models import (
    ApiToken,
    BlockedAddress,
    Company,
    Customer,
    DirectoryImport,
    Invitation,
    Membership,
    UnblockRequest,
    Webhook,
)
from documents import batching, errands
from documents.causes import Cause
from documents.models import Batch, Delivery, Document, DownloadLink, Errand, MailText
from documents.statuses import Status
from portal.demo.story import HAVUKKA, VIRKE
from portal.models import User
from portal.practice import mailbox
from portal.roles import OPERATIONS, SUPPORT
from tests.archives import zipped
from tests.e2e.browser.waiting import wait_for
from tests.world import PASSWORD, pdf

EMPTY = "Alku Oy"
LIST = b"file;number;customer_number\na.pdf;7001;10101\nb.pdf;7002;10442\nmissing.pdf;7003;10101\n"
DIRECTORY = (
    "customer_number;name;email\n10101;Kahvila Kaisla Oy;laskut@kaisla.example\n"
    "10501;Uusi Asiakas Oy;laskut@uusi.example\n10502;Virhe Oy;ei osoite\n"
)


@dataclass(frozen=True)
class Place:
    """A page: where it is, who is to be logged in there (nobody: ""), and the status it is answered with."""

    name: str
    path: str
    person: str = "manager"
    status: int = 200


def everything():
    """{people: {person: e-mail address}, places: [...]}; PASSWORD is everybody's."""
    people = make_people()
    havukka = Company.objects.get(name=HAVUKKA)
    manager = User.objects.get(email=people["manager"])
    places = [
        *strangers(),
        *recipients(havukka),
        *first_pages(),
        *documents(havukka),
        *errand_pages(havukka, manager),
        *customers(havukka, manager),
        *settings_pages(havukka, manager),
        *batches(havukka, manager),
        *support(),
    ]
    places.sort(key=lambda place: place.person)  # so that nobody has to come twice
    return {"people": people, "places": [asdict(place) for place in places]}


def make_people():
    """One of each kind. The manager belongs to two companies, the newcomer's has no life yet."""
    empty = Company.objects.create(name=EMPTY, language="fi", activated_at=now())
    off = Company.objects.create(name="Uinuva Oy", language="fi")
    companies = {company.name: company for company in Company.objects.all()}
    places = {
        "manager": {HAVUKKA: "manager", VIRKE: "manager"},
        "viewer": {HAVUKKA: "viewer"},
        "newcomer": {empty.name: "manager"},
        "watcher": {empty.name: "viewer"},
        "waiting": {off.name: "manager"},
        "nobody": {},
        "support": {},
        "operator": {},
    }
    groups = {"support": SUPPORT, "operator": OPERATIONS}
    people = {}
    for person, roles in places.items():
        people[person] = f"{person}@pages.example"
        user = User.objects.create_user(people[person], PASSWORD, is_staff=person in groups, language="fi")
        for name, role in roles.items():
            Membership.objects.create(user=user, company=companies[name], role=role)
        if person in groups:
            user.groups.add(Group.objects.get(name=groups[person]))
    return people


def strangers():
    """What people see who have not logged in."""
    user = User.objects.get(email="watcher@pages.example")
    unknown = Invitation.objects.create(company=Company.objects.get(name=EMPTY), email="new@pages.example")
    known = Invitation.objects.create(company=Company.objects.get(name=HAVUKKA), email=user.email)
    with_account = reverse("invitation", args=[known.renew()])
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    yield Place("log-in", reverse("account_login"), "")
    yield Place("password-forgotten", reverse("account_reset_password"), "")
    yield Place("password-mail-sent", reverse("account_reset_password_done"), "")
    yield Place("password-new", reverse("account_reset_password_from_key", kwargs=key), "")
    yield Place(
        "password-link-old", reverse("account_reset_password_from_key", kwargs=key | {"key": "x-y"}), ""
    )
    yield Place("password-new-done", reverse("account_reset_password_from_key_done"), "")
    yield Place("account-inactive", reverse("account_inactive"), "")
    yield Place("confirm-mail-sent", reverse("account_email_verification_sent"), "")
    yield Place("confirm-link-old", reverse("account_confirm_email", args=["abc"]), "")
    yield Place("no-sign-up", reverse("account_signup"), "")
    yield Place("invitation", reverse("invitation", args=[unknown.renew()]), "")
    yield Place("invitation-with-account", with_account, "")
    yield Place("invitation-of-another", with_account)
    yield Place("invitation-gone", reverse("invitation", args=["never-was"]), "", 404)


def recipients(company):
    """What customers see: they have the link of a mail, and no log-in."""
    link = DownloadLink.objects.filter(delivery__company=company).first()
    path = link.url.partition("//")[2].partition("/")[2]
    ended = DownloadLink.objects.create(delivery=delivered(company), ended_at=now())
    old = DownloadLink.objects.create(
        delivery=delivered(company, skip=1), expires_at=now() - timedelta(days=1)
    )
    yield Place("link", f"/{path}", "")
    for name, closed in (("link-ended", ended), ("link-expired", old)):
        yield Place(name, "/" + closed.url.partition("//")[2].partition("/")[2], "", 410)
    yield Place("link-unknown", reverse("link", args=["0" * 64]), "", 404)


def delivered(company, skip=0):
    return Delivery.objects.filter(company=company, status=Status.DELIVERED, link=None).order_by("pk")[skip]


def first_pages():
    home = reverse("home")
    yield Place("overview", home)
    yield Place("overview-of-viewer", home, "viewer")
    yield Place("overview-empty", home, "newcomer")
    yield Place("overview-empty-of-viewer", home, "watcher")
    yield Place("overview-not-active", home, "waiting")
    yield Place("no-company", home, "nobody")
    yield Place("help", reverse("help"))
    yield Place("api", reverse("api"))
    yield Place("profile", reverse("profile"))
    yield Place("password-change", reverse("account_change_password"))
    yield Place("password-again", reverse("account_reauthenticate"))
    yield Place("log-out", reverse("account_logout"))
    yield Place("not-found", "/nothing/here/", "manager", 404)
    search = reverse("search")
    yield Place("search-empty", search)
    yield Place("search-many", f"{search}?q=laskut")
    yield Place("search-nothing", f"{search}?q=%25%5f%27%22+%F0%9F%98%80")
    yield Place("practice-mailbox", reverse("practice-inbox"))
    mail = next(mail for mail in mailbox.inbox(500) if "kaisla" in mail.recipient)
    yield Place("practice-mail", reverse("practice-mail", args=[mail.name]))


def documents(company):
    known = Delivery.objects.filter(company=company).select_related("document")
    rejected = known.rejected()
    unknown = rejected.filter(cause=Cause.ADDRESS_UNKNOWN).first()
    blocked = rejected.filter(cause=Cause.BLOCKED_COMPLAINED).first()
    without = rejected.filter(address="").first()
    index = reverse("documents")
    yield Place("documents", index)
    for tab in ("in_progress", "sent", "delivered", "rejected", "cancelled"):
        yield Place(f"documents-{tab}", f"{index}?status={tab}")
    yield Place("documents-rejected-of-viewer", f"{index}?status=rejected", "viewer")
    yield Place("documents-one-cause", f"{index}?status=rejected&cause={unknown.cause}")
    yield Place("documents-found", f"{index}?q=2026")
    yield Place("documents-none-found", f"{index}?q=nothing-like-it")
    yield Place("documents-wrong-filter", f"{index}?since=never&until=x")
    yield Place("documents-empty", index, "newcomer")
    yield Place("send", reverse("send-documents"))
    yield Place("send-not-active", reverse("send-documents"), "waiting")
    for name, delivery in {
        "delivered": delivered(company),
        "rejected": unknown,
        "blocked": blocked,
        "deferred": known.filter(status=Status.DEFERRED).first(),
        "handled": known.exclude(handled_at=None).first(),
        "linked": known.exclude(link=None).exclude(link__fetched_at=None).first(),
        "cancelled": known.filter(status=Status.CANCELLED).first(),
        "without-address": without,
    }.items():
        yield Place(f"document-{name}", delivery.document.get_absolute_url())
    held = Document.objects.held().filter(company=company).first()
    yield Place("document-held", held.get_absolute_url())
    yield Place("document-of-viewer", unknown.document.get_absolute_url(), "viewer")
    yield Place("correct", reverse("correct-delivery", args=[unknown.public_id]))
    yield Place("add-address", reverse("correct-delivery", args=[without.public_id]))
    yield Place("ask-to-unblock", reverse("ask-to-unblock", args=[blocked.public_id]))


def errand_pages(company, manager):
    """What was done with many, and what still asks for something to be typed."""
    rejected = Delivery.objects.filter(company=company).rejected()
    yield Place("errands", reverse("errands"))
    yield Place("errands-empty", reverse("errands"), "newcomer")
    done = Errand.objects.filter(company=company, kind=Errand.Kind.ASIDE).first()
    yield Place("errand-done", reverse("errand", args=[done.public_id]))
    yield Place("errand-done-of-viewer", reverse("errand", args=[done.public_id]), "viewer")
    for kind, causes in (
        (Errand.Kind.CORRECT, [Cause.ADDRESS_UNKNOWN, Cause.ADDRESS_INVALID]),
        (Errand.Kind.UNBLOCK, [Cause.BLOCKED_COMPLAINED, Cause.BLOCKED_BOUNCED]),
    ):
        begun = errands.begin(company, manager, kind, rejected.filter(cause__in=causes), f"places-{kind}")
        yield Place(f"errand-{kind}", reverse("errand", args=[begun.public_id]))


def customers(company, manager):
    customer = Customer.objects.get(company=company, numbers__number="10442")
    block = BlockedAddress.objects.active().filter(company=company, address__contains="spam").first()
    index = reverse("customers")
    yield Place("customers", index)
    yield Place("customers-of-viewer", index, "viewer")
    yield Place("customers-found", f"{index}?q=kaisla")
    yield Place("customers-empty", index, "newcomer")
    yield Place("customer", reverse("customer", args=[customer.pk]))
    yield Place("customer-of-viewer", reverse("customer", args=[customer.pk]), "viewer")
    yield Place("customer-new", reverse("new-customer"))
    yield Place("customer-delete", reverse("delete-customer", args=[customer.pk]))
    yield Place("customer-documents", reverse("customer-documents", args=[customer.pk]))
    yield Place("blocked", reverse("blocked-addresses"))
    yield Place("blocked-empty", reverse("blocked-addresses"), "newcomer")
    yield Place("blocked-ask", reverse("ask-to-unblock-address", args=[block.pk]))
    yield Place("imports", reverse("directory-imports"))
    for mode in ("update", "replace"):
        job = DirectoryImport(company=company, created_by=manager, mode=mode, name="asiakkaat.csv")
        job.file.save("asiakkaat.csv", ContentFile(DIRECTORY.encode()))
        job.save()
        importing.hint()
        wait_for(DirectoryImport.objects.filter(pk=job.pk, state=DirectoryImport.State.CHECKED).exists)
        yield Place(f"import-{mode}", reverse("directory-import", args=[job.pk]))
    yield Place("import-replace-really", reverse("run-directory-import", args=[job.pk]))


def settings_pages(company, manager):
    Invitation.objects.create(company=company, email="tuleva@havukka.example", invited_by=manager)
    member = Membership.objects.get(company=company, user__email="viewer@pages.example")
    token, _secret = ApiToken.objects.issue(company, manager, "ERP", ["read"], now() + timedelta(days=90))
    webhook = Webhook.objects.create(
        company=company, url="https://erp.havukka.example/jakelu", created_by=manager
    )
    MailText.objects.create(company=company, kind="invoice", language="fi", text="Hei,\n\nohessa lasku.")
    yield Place("settings", reverse("company-settings"))
    yield Place("members", reverse("members"))
    yield Place("member-remove", reverse("remove-member", args=[member.pk]))
    yield Place("notices", reverse("notice-settings"))
    yield Place("notices-of-viewer", reverse("notice-settings"), "viewer")
    yield Place("tokens", reverse("tokens"))
    yield Place("tokens-empty", reverse("tokens"), "newcomer")
    yield Place("token-new", reverse("new-token"))
    yield Place("token-revoke", reverse("revoke-token", args=[token.public_id]))
    yield Place("webhooks", reverse("webhooks"))
    yield Place("webhooks-empty", reverse("webhooks"), "newcomer")
    yield Place("webhook-new", reverse("new-webhook"))
    yield Place("webhook", reverse("webhook", args=[webhook.public_id]))
    yield Place("webhook-edit", reverse("edit-webhook", args=[webhook.public_id]))
    yield Place("webhook-delete", reverse("delete-webhook", args=[webhook.public_id]))
    yield Place("mail-texts", reverse("mail-texts"))
    yield Place("mail-text", reverse("mail-text", args=["invoice", "fi"]))


def batches(company, manager):
    yield Place("batches", reverse("batches"))
    yield Place("batches-empty", reverse("batches"), "newcomer")
    files = {
        "a.pdf": pdf("7001"),
        "b.pdf": pdf("7002"),
        "c.pdf": pdf("7004"),
        "no.pdf": b"no",
        "list.csv": LIST,
    }
    for name, content in (("ready", zipped(files)), ("unreadable", b"no ZIP at all")):
        batch = Batch(company=company, created_by=manager, name=f"{name}.zip", language="fi")
        batch.file.save(f"{name}.zip", ContentFile(content))
        batch.save()
        batching.hint()
        wait_for(Batch.objects.filter(pk=batch.pk).exclude(state=Batch.State.READING).exists)
        yield Place(f"batch-{name}", reverse("batch", args=[batch.public_id]))


def support():
    request = UnblockRequest.objects.filter(state=UnblockRequest.State.OPEN).first()
    yield Place("support", reverse("admin:index"), "support")
    yield Place("support-requests", reverse("admin:distribution_unblockrequest_changelist"), "support")
    yield Place(
        "support-request", reverse("admin:distribution_unblockrequest_change", args=[request.pk]), "support"
    )
    yield Place("support-forbidden", reverse("admin:index"), status=403)
