"""The pages where a manager keeps the company's webhooks, and sees what they were told and answered."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from distribution.current import make_current, managed_company
from distribution.models import Webhook, WebhookCall
from distribution.models.webhook_calls import TEST
from distribution.models.webhooks import MOST_PER_COMPANY
from distribution.webhook_forms import WebhookForm

PAGE_SIZE = 50


@require_safe
def webhooks(request):
    company = managed_company(request)
    known = company.webhooks.kept()
    return render(request, "distribution/webhooks.html", {"webhooks": known, "most": MOST_PER_COMPANY})


@require_http_methods(["GET", "HEAD", "POST"])
def new_webhook(request):
    company = managed_company(request)
    make_current(request, company)
    form = WebhookForm(_sent(request), company=company)
    if form.is_valid():
        added = form.add(request.user)
        _show_secret_once(request, added)
        messages.success(request, _("The webhook was added. Try it with “Send test”."))
        return redirect("webhook", added.public_id)
    return render(request, "distribution/webhook-form.html", {"form": form})


@require_safe
def webhook(request, public_id):
    """A webhook with its log: what was told, and what was answered."""
    shown = _managed(request, public_id)
    make_current(request, shown.company)
    calls = shown.calls.order_by("-pk")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:  # a larger one is no key
        calls = calls.filter(pk__lt=int(before))
    page = list(calls[: PAGE_SIZE + 1])
    context = {
        "webhook": shown,
        "calls": page[:PAGE_SIZE],
        "older": page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None,
        "is_newest": not before,
        "secret": _secret_to_show(request, shown),
    }
    response = render(request, "distribution/webhook.html", context)
    response["Cache-Control"] = "no-store"  # a secret may stand on it
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def edit_webhook(request, public_id):
    changed = _managed(request, public_id)
    make_current(request, changed.company)
    form = WebhookForm(_sent(request), instance=changed, company=changed.company)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("webhook", public_id)
    return render(
        request, "distribution/webhook-form.html", {"form": form, "webhook": _managed(request, public_id)}
    )


@require_POST
def test_webhook(request, public_id):
    tested = _managed(request, public_id)
    if not tested.is_active:
        messages.warning(request, _("The webhook is switched off. Switch it on first."))
    elif tested.calls.open().filter(kind=TEST).exists():
        messages.info(request, _("A test is on its way already. Reload this page to see what it answered."))
    else:
        with transaction.atomic():
            WebhookCall.objects.put([tested], TEST, first=True)
        messages.success(request, _("The test is on its way. Reload this page to see what it answered."))
    return redirect("webhook", public_id)


@require_POST
def repeat_call(request, pk):
    repeated = get_object_or_404(
        WebhookCall.objects.managed_by(request.user).select_related("webhook"), pk=pk
    )
    if repeated.is_open:
        messages.info(request, _("It is tried again by itself."))
    elif not repeated.webhook.is_active:
        messages.warning(request, _("The webhook is switched off. Switch it on first."))
    elif repeated.repeat():
        messages.success(request, _("It is on its way again. Reload this page to see what was answered."))
    else:
        messages.info(request, _("It is on its way again already."))
    return redirect("webhook", repeated.webhook.public_id)


@require_POST
def new_secret(request, public_id):
    changed = _managed(request, public_id)
    changed.renew_secret()  # by this press of the button, or the one before it
    _show_secret_once(request, changed)
    messages.success(request, _("There is a new secret. For one day the old one signs as well."))
    return redirect("webhook", public_id)


@require_POST
def switch_off(request, public_id):
    _managed(request, public_id).switch_off()
    messages.success(request, _("Switched off: nothing is called."))
    return redirect("webhook", public_id)


@require_POST
def switch_on(request, public_id):
    _managed(request, public_id).switch_on()
    messages.success(request, _("Switched on: news are told from now on."))
    return redirect("webhook", public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_webhook(request, public_id):
    unwanted = _managed(request, public_id)
    make_current(request, unwanted.company)
    if request.method != "POST":
        return render(request, "distribution/delete-webhook.html", {"webhook": unwanted})
    unwanted.retire()
    messages.success(request, _("The webhook was deleted."))
    return redirect("webhooks")


def _managed(request, public_id):
    known = Webhook.objects.managed_by(request.user).kept().select_related("company")
    return get_object_or_404(known, public_id=public_id)


def _sent(request):
    """What a form was sent with; None where it is only shown."""
    return request.POST if request.method == "POST" else None


def _show_secret_once(request, webhook):
    request.session["webhook_secret_of"] = str(webhook.public_id)


def _secret_to_show(request, webhook):
    if request.session.get("webhook_secret_of") != str(webhook.public_id):
        return ""
    del request.session["webhook_secret_of"]
    return webhook.secret
