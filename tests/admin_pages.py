"""What tests of the admin's pages need: where a page is, what it lists, says and has been told."""

from django.urls import reverse

from distribution.models import BlockedAddress
from documents.causes import Cause
from documents.replies import Verdict
from documents.statuses import Status

ADDRESS = "office@baker.example"


def url(obj_or_model, page="change"):
    meta = obj_or_model._meta
    arguments = [] if isinstance(obj_or_model, type) else [obj_or_model.pk]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=arguments)


def listed(client, model, **query):
    return list(client.get(url(model, "changelist"), query).context["cl"].result_list)


def text(answer):
    return " ".join(answer.content.decode().split())


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def blocked(world, address=ADDRESS, reason="bounced", company="acme"):
    return BlockedAddress.objects.block(getattr(world, company), address, reason)[0]


def asked(world, address=ADDRESS, **facts):
    return blocked(world, address).ask_to_unblock(world.acme, world.alice, "I checked it", **facts)


def rejected(world, cause=Cause.ADDRESS_UNKNOWN, **facts):
    delivery = world.delivery(**facts)
    mail = delivery.mails.get()
    words = "550 5.1.1 <script>unknown</script>"
    delivery.record(Verdict(Status.REJECTED, cause, 550, "5.1.1", words, "mx1.baker.example"), mail)
    mail.finish()
    return delivery
