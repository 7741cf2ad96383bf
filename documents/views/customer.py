"""What we have sent to one customer and what became of it: the answer when the customer calls."""

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from distribution.current import make_current
from distribution.models import Customer
from distribution.searching import searched_text
from documents.causes import Cause
from documents.models import Delivery, DeliveryEvent, Document, OutboundMail
from documents.statuses import Status
from documents.templatetags.portal_words import in_words
from documents.views import telling
from documents.views.answers import answers
from documents.views.blocks import active_blocks
from documents.views.story import tell

DOCUMENTS_SHOWN = 50
# What is to be done for one customer; more of the same is done in the list.
WORK_SHOWN = 50


@require_safe
def customer_documents(request, pk):
    """The addresses with their state, what is to be done, the latest documents, and what to tell."""
    visible = Customer.objects.visible_to(request.user).select_related("company")
    customer = get_object_or_404(visible.prefetch_related("numbers", "addresses"), pk=pk)
    make_current(request, customer.company)
    found = list(_documents(customer)[: DOCUMENTS_SHOWN + 1])
    documents = found[:DOCUMENTS_SHOWN]
    work = list(_work(customer)[:WORK_SHOWN])
    deliveries = [delivery for document in documents for delivery in document.deliveries.all()]
    listed = [entry.address for entry in customer.addresses.all()]
    blocks = active_blocks(customer.company, {*listed, *(d.address for d in [*deliveries, *work])} - {""})
    told = [document for document in documents if document.deliveries.all()]
    context = {
        "customer": customer,
        "searched": searched_text(request.GET.get("q", "")),
        "groups": list(_groups(work, blocks)),
        "addresses": list(_addresses(customer, deliveries, blocks)),
        "rows": [(document, answers(document.deliveries.all())) for document in documents],
        "is_cut": len(found) > DOCUMENTS_SHOWN,
        "telling": telling.about_customer(customer, told, request.GET.get("tell", "")) if told else None,
    }
    return render(request, "documents/customer.html", context)


def _of(customer, document=""):
    """Its documents, also those from before it was in the directory."""
    numbers = [entry.number for entry in customer.numbers.all()]
    unclaimed = Q(**{f"{document}customer": None, f"{document}customer_number__in": numbers})
    return Q(**{f"{document}customer": customer}) | unclaimed


def _documents(customer):
    deliveries = Delivery.objects.select_related("headline", "replaced_by").order_by("pk")
    mails = Prefetch("mails", OutboundMail.objects.order_by("-pk"))
    return (
        Document.objects.filter(_of(customer), company=customer.company)
        .select_related("company")
        .prefetch_related(Prefetch("deliveries", deliveries.prefetch_related(mails)))
        .order_by("-received_at", "-pk")
    )


def _work(customer):
    """Rejected deliveries that wait for somebody, the newest first."""
    events = DeliveryEvent.objects.select_related("actor").order_by("at", "pk")
    return (
        Delivery.objects.rejected()
        .filter(_of(customer, "document__"), company=customer.company)
        .with_open_request()
        .select_related("document__customer", "document__company", "headline", "replaced_by")
        .prefetch_related(Prefetch("events", events), Prefetch("mails", OutboundMail.objects.order_by("-pk")))
        .order_by("-at", "-pk")
    )


@dataclass(frozen=True)
class Group:
    """What was rejected at one address for one reason: the newest one's story, and all of them."""

    story: object
    stories: list


def _groups(work, blocks):
    def same(delivery):
        return delivery.address, delivery.cause

    for _key, deliveries in groupby(sorted(work, key=same), key=same):
        stories = [tell(delivery, blocks.get(delivery.address)) for delivery in deliveries]
        yield Group(stories[0], stories)


@dataclass(frozen=True)
class AddressState:
    """An address of the customer, whether mail gets there, and what stops it."""

    address: str
    is_listed: bool
    is_copy: bool
    block: object
    css: str
    sentence: str


def _addresses(customer, deliveries, blocks):
    """Those of the e-mail list, then others that documents went to lately. `deliveries`: newest first."""
    listed = {entry.address: entry for entry in customer.addresses.all()}
    latest = {}
    for delivery in deliveries:
        if delivery.address and not delivery.replaced_by_id:
            latest.setdefault(delivery.address, delivery)
    for address in dict.fromkeys([*listed, *latest]):
        entry, block = listed.get(address), blocks.get(address)
        css, sentence = _state(latest.get(address), block)
        yield AddressState(address, entry is not None, bool(entry and entry.copy), block, css, sentence)


def _state(delivery, block):
    if block:
        known = {"moment": in_words(block.blocked_at), "why": block.get_reason_display()}
        return Status.REJECTED.value, _("Blocked, %(moment)s: %(why)s") % known
    if delivery is None:
        return Status.CANCELLED.value, _("Nothing was sent to it lately")
    moment = {"moment": in_words(delivery.at), "why": delivery.remedy.title}
    if delivery.cause == Cause.COMPLAINED:
        return Status.REJECTED.value, _("Reported as spam, %(moment)s") % moment
    sentences = {
        Status.DELIVERED: _("Works: last delivered %(moment)s"),
        Status.SENT: _("Last sent %(moment)s; nothing was heard since"),
        Status.REJECTED: _("Fails since %(moment)s: %(why)s"),
        Status.DEFERRED: _("Mail is on its way and delayed: %(why)s"),
        Status.QUEUED: _("Mail is on its way"),
        Status.CANCELLED: _("Last cancelled %(moment)s"),
    }
    return delivery.status, sentences[delivery.status] % moment
