"""The providers' door: their webhooks, checked and read by Anymail, mapped by documents.providers.

Anymail's readers are used for what they are good at, signatures and payloads; its views and signals are not,
because they answer 500 for what cannot be read, and that would come again for hours.
"""

import json
import logging
import re
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial
from hashlib import sha256
from uuid import UUID

from anymail.exceptions import AnymailError
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.mailtrap import MailtrapTrackingWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postal import PostalTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from anymail.webhooks.unisender_go import UnisenderGoTrackingWebhookView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpResponse
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from documents import providers, tracking, verp
from documents.models import Notice, OnlyCounted, OutboundMail, UnreadCount, UnreadReport

logger = logging.getLogger(__name__)

PUBLIC_ID = re.compile(r"<?([0-9a-f]{32})(?:@[^@\s]*)?", re.IGNORECASE)
REPORT_ID = re.compile(r"[!-~]{1,150}")
# What callers get wrong before they are known; whatever else happens is our own fault.
NOT_GENUINE = (AnymailError, AttributeError, KeyError, TypeError, ValueError, RecursionError)


class AmazonSes(AmazonSESTrackingWebhookView):
    """Without boto3, which Anymail wants only to confirm subscriptions: a person does that, once."""

    def __init__(self, **kwargs):
        AnymailBaseWebhookView.__init__(self, **kwargs)

    def auto_confirm_sns_subscription(self, sns_message):
        raise AnymailError("A subscription to be confirmed by opening its SubscribeURL")


class Mandrill(MandrillCombinedWebhookView):
    """Behind a proxy the address that was signed is the portal's own."""

    def validate_request(self, request):
        self.webhook_url = settings.BASE_URL + request.get_full_path()


# Who reads a provider's calls, and what the secret is to it: a key to check signatures with, or the
# `user:password` of HTTP basic authentication.
BASIC = "webhook_secret"
READERS = {
    "amazon_ses": (AmazonSes, BASIC),
    "brevo": (BrevoTrackingWebhookView, BASIC),
    "mailersend": (MailerSendTrackingWebhookView, "signing_secret"),
    "mailgun": (MailgunTrackingWebhookView, "webhook_signing_key"),
    "mailjet": (MailjetTrackingWebhookView, BASIC),
    "mailtrap": (MailtrapTrackingWebhookView, "tracking_secret"),
    "mandrill": (Mandrill, "webhook_key"),
    "postal": (PostalTrackingWebhookView, "webhook_key"),
    "postmark": (PostmarkTrackingWebhookView, BASIC),
    "resend": (ResendTrackingWebhookView, BASIC),
    "sendgrid": (SendGridTrackingWebhookView, "tracking_webhook_verification_key"),
    "sparkpost": (SparkPostTrackingWebhookView, BASIC),
    "unisender_go": (UnisenderGoTrackingWebhookView, "api_key"),
}


@dataclass
class Heard:
    """What a genuine call brought: events that were read, and what kept others from being read."""

    events: list = field(default_factory=list)
    troubles: list = field(default_factory=list)


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def provider_events(request, provider):
    """A webhook of one of READERS, open while WEBHOOK_SECRETS has a secret for it.

    200 for what is genuine, also where it is ignored or cannot be read, 400 for what is not genuine, 404 for
    a provider without a secret. 500 is only for our own faults, so that it comes again. GET and HEAD are how
    some providers try an address before they take it.
    """
    secret = settings.WEBHOOK_SECRETS.get(provider)
    if not secret or provider not in READERS:
        UnreadCount.objects.add(OnlyCounted.NO_DOOR)
        return _answer("This door is closed.", 404)
    if request.method != "POST":
        return _answer("This door is open.")
    if provider == "amazon_ses" and "Authorization" not in request.headers:
        # Amazon tells the password only after it was asked.
        return _answer("Who are you?", 401, headers={"WWW-Authenticate": 'Basic realm="webhooks"'})
    raw = request.body  # before a form is read from it, after which Django does not give it any more
    read_by, keyword = READERS[provider]
    reader = read_by(**{keyword: secret})
    try:
        reader.run_validators(request)
    except NOT_GENUINE as trouble:
        logger.warning("A call in the name of %s was refused: %s", provider, type(trouble).__name__)
        UnreadCount.objects.add(OnlyCounted.NOT_GENUINE)
        return _answer("The secret or the signature is missing or wrong.", 400)
    heard = _read(reader, request)
    new = _apply(provider, heard.events)
    if heard.troubles:
        _keep(raw, request.path, provider, heard.troubles)
    return _answer(f"{new} new")


def _answer(text, status=200, **more):
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain", **more)


def _read(reader, request):
    """The events in a genuine call: one that is odd costs none of the others."""
    heard = Heard()
    if hasattr(reader, "esp_to_anymail_event"):
        reader.esp_to_anymail_event = partial(_read_one, heard, reader.esp_to_anymail_event)
    try:
        heard.events = [event for event in reader.parse_events(request) if event]
    except Exception as trouble:  # an unknown payload may break the reader in any way
        heard.troubles.append(trouble)
    return heard


def _read_one(heard, read, *payload):
    try:
        return read(*payload)
    except Exception as trouble:  # the same
        heard.troubles.append(trouble)
        return None


def _keep(raw, path, provider, troubles):
    """Keep for operations what a provider said and could not be understood."""
    kinds = ", ".join(sorted({type(trouble).__name__ for trouble in troubles}))
    logger.error("A genuine call of %s could not be read: %s", provider, kinds)
    why, door = UnreadReport.Why.NO_REPORT, UnreadReport.Door.HTTP
    UnreadReport.objects.keep(raw, why=why, door=door, recipient=path)


def _apply(provider, events):
    """Record what the events say about mails of ours. Returns how many were new."""
    found = [(event, providers.find(provider, event)) for event in events]
    wanted = [(event, finding, _mail_id(provider, event)) for event, finding in found if finding]
    known = OutboundMail.objects.select_related("delivery")
    mails = known.in_bulk({mail_id for *_rest, mail_id in wanted if mail_id}, field_name="public_id")
    for _event, finding, mail_id in wanted:
        if mail_id and mail_id not in mails and (verdict := finding.as_verdict()):
            Notice.objects.note(mail_id, verdict)
    new = sum(
        _apply_one(provider, event, finding, mails[mail_id])
        for event, finding, mail_id in wanted
        if mail_id in mails
    )
    logger.info("%s told %s events, %s new about mails of ours", provider, len(events), new)
    return new


def _mail_id(provider, event):
    """The public id of the mail or notice that an event is about: our mark, Message-ID or bounce address."""
    for name in providers.names(provider, event):
        match = PUBLIC_ID.fullmatch(name.strip().rstrip(">"))
        if match:
            return UUID(hex=match[1])
        if mail_id := verp.mail_id_from(name) or verp.notice_id_from(name):
            return mail_id
    return None


@transaction.atomic
def _apply_one(provider, event, finding, mail):
    verdict, at = finding.verdict, _time(event)
    if verdict and not tracking.apply(verdict, mail, at=at, external_id=_report_id(provider, event)):
        return False
    is_blocked = bool(finding.listed) and _block(mail, provider, finding, at)
    return verdict is not None or is_blocked


def _time(event):
    at = event.timestamp
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


def _report_id(provider, event):
    """The provider's own id of an event; where it gives none, a hash of what it said."""
    own = event.event_id
    if not (isinstance(own, str) and REPORT_ID.fullmatch(own)):
        own = sha256(json.dumps(event.esp_event, sort_keys=True, default=str).encode()).hexdigest()
    return f"{provider}:{own}"


def _block(mail, provider, finding, at):
    """Block what the provider does not send to anyway, so that people see it here and can ask for it."""
    said = (finding.verdict and finding.verdict.text) or f"{provider}: {finding.listed}"
    evidence = {"at": (at or now()).isoformat(), "document": str(mail.delivery.document), "reply": said}
    return tracking.block(mail, finding.listed, [evidence])
