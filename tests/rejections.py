"""Rejected deliveries for tests of the work list, and what its pages show and say."""

import re

from django.urls import reverse

from documents.causes import Cause
from documents.models import Delivery
from documents.replies import Verdict, judge
from documents.statuses import Status

UNKNOWN = judge(550, "5.1.1 no such user")
GAVE_UP = Verdict(Status.REJECTED, Cause.GAVE_UP)


def rejected(world, verdict=UNKNOWN, **facts):
    delivery = world.delivery(**facts)
    mail = delivery.mails.first()
    if mail:
        delivery.record(verdict, mail)
        mail.finish()
    return delivery


def press(client, name, *deliveries, **data):
    ids = [str(delivery.public_id) for delivery in deliveries]
    return client.post(reverse(name), {"delivery": ids} | data, follow=True)


def told(response):
    return [(line.is_done, line.said) for line in response.context["lines"]]


def said(response):
    return [str(message) for message in response.context["messages"]]


def listed(client, query="?status=rejected"):
    return client.get(reverse("documents") + query)


def shown_form(client, query="?status=rejected"):
    """What the bar of the list sends besides the ticked rows."""
    page = listed(client, query).content.decode()
    form = page[page.index('<form id="bulk"') :].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', form))
    return {name: value.replace("&amp;", "&") for name, value in fields.items()}


def copies(world, count, cause):
    """Rejected deliveries at many.example, made quickly."""
    document = world.document(customer_number="", addresses="first@many.example")
    first = document.deliveries.get()
    first.record(Verdict(Status.REJECTED, cause), first.mails.get())
    first.mails.get().finish()
    others = Delivery.objects.bulk_create(
        Delivery(
            company=world.acme,
            document=document,
            address=f"a{number}@many.example",
            origin="document",
            status=first.status,
            cause=cause,
        )
        for number in range(count - 1)
    )
    return [first, *others]
