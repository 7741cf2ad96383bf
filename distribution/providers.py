"""The mail provider's own list of addresses it does not send to, and how an address gets off it.

One function for each provider: it raises NotRemoved, or the address is not on the list any more. Never
called in practice mode. Nothing here is logged: requests carry keys and addresses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
from django.conf import settings

from distribution.sigv4 import Credentials, signed_headers

# Seconds for each step of a request. A claim on a removal has to outlast a whole removal (see removals.py).
TIMEOUT = 10
NOT_FOUND = 404


class NotRemoved(Exception):
    """The provider did not take the address off its list. Its text is for support: why, in a few words."""


class NoAnswer(NotRemoved):
    """The provider cannot be reached, so no other address would fare better now."""


@dataclass(frozen=True)
class Provider:
    label: str
    url: str  # PROVIDER_URL takes its place
    remove: Callable[[httpx.Client, str, bool], None]
    needs: tuple[str, ...] = ("PROVIDER_KEY",)  # settings


def is_in_use() -> bool:
    return bool(settings.PROVIDER) and not settings.PRACTICE


def label(name: str) -> str:
    """A provider's name as people know it."""
    return PROVIDERS[name].label if name in PROVIDERS else name


def remove(address: str, *, is_wanted: bool) -> None:
    """Take an address off the provider's list. Raises NotRemoved; was not there is as good as removed.

    `is_wanted`: the recipient has agreed to get our mail, so complaints and unsubscriptions go too, where
    the provider keeps them apart from failures.
    """
    provider = PROVIDERS[settings.PROVIDER]
    base = settings.PROVIDER_URL or provider.url.format(scope=settings.PROVIDER_SCOPE)
    try:
        with httpx.Client(base_url=base, timeout=TIMEOUT) as http:
            provider.remove(http, address, is_wanted)
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        raise NoAnswer(type(trouble).__name__) from None  # its own text may name the address


def _mailgun(http, address, is_wanted):
    lists = ("bounces", "complaints", "unsubscribes") if is_wanted else ("bounces",)
    for name in lists:
        path = f"/v3/{_quoted(settings.PROVIDER_SCOPE)}/{name}/{_quoted(address)}"
        _check(http.delete(path, auth=("api", settings.PROVIDER_KEY)))


def _postmark(http, address, is_wanted):
    stream = _quoted(settings.PROVIDER_SCOPE or "outbound")
    answer = http.post(
        f"/message-streams/{stream}/suppressions/delete",
        json={"Suppressions": [{"EmailAddress": address}]},
        headers={"X-Postmark-Server-Token": settings.PROVIDER_KEY, "Accept": "application/json"},
    )
    _check(answer)
    outcomes = _fields(answer).get("Suppressions")
    for outcome in outcomes if isinstance(outcomes, list) else []:
        # Complaints, which only Postmark's own support removes.
        if isinstance(outcome, dict) and outcome.get("Status") == "Failed":
            raise NotRemoved(_shortened(outcome.get("Message")))


def _sendgrid(http, address, is_wanted):
    lists = ["suppression/bounces", "suppression/blocks", "suppression/invalid_emails"]
    if is_wanted:
        lists += ["suppression/spam_reports", "asm/suppressions/global"]
    for name in lists:
        path = f"/v3/{name}/{_quoted(address)}"
        _check(http.delete(path, headers={"Authorization": f"Bearer {settings.PROVIDER_KEY}"}))


def _brevo(http, address, is_wanted):
    path = f"/v3/smtp/blockedContacts/{_quoted(address)}"
    _check(http.delete(path, headers={"api-key": settings.PROVIDER_KEY}))


def _amazon_ses(http, address, is_wanted):
    request = http.build_request("DELETE", f"/v2/email/suppression/addresses/{_quoted(address)}")
    own = Credentials(settings.PROVIDER_KEY_ID, settings.PROVIDER_KEY, settings.PROVIDER_SCOPE, "ses")
    path, host = request.url.raw_path.decode(), request.headers["Host"]
    request.headers.update(signed_headers("DELETE", host, path, datetime.now(UTC), own))
    _check(http.send(request))


def _quoted(text):
    return quote(text, safe="")


def _check(answer):
    if not (answer.is_success or _was_not_listed(answer)):
        raise NotRemoved(f"HTTP {answer.status_code} {_said(answer)}".strip())


def _was_not_listed(answer):
    """What is not found is the address; not the page, nor the domain, as Mailgun says in the wrong region."""
    is_page = "html" in answer.headers.get("Content-Type", "")
    return answer.status_code == NOT_FOUND and not is_page and "domain not found" not in _said(answer).lower()


def _said(answer):
    """The provider's own explanation, where it gives one."""
    fields = _fields(answer)
    errors = fields.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    said = fields.get("message") or fields.get("Message") or first.get("message")
    return _shortened(said)


def _fields(answer):
    try:
        fields = answer.json()
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _shortened(text):
    return " ".join(str(text or "").replace("\0", "").split())[:200]


PROVIDERS = {
    "amazon_ses": Provider(
        "Amazon SES",
        "https://email.{scope}.amazonaws.com",
        _amazon_ses,
        ("PROVIDER_KEY", "PROVIDER_KEY_ID", "PROVIDER_SCOPE"),
    ),
    "brevo": Provider("Brevo", "https://api.brevo.com", _brevo),
    "mailgun": Provider("Mailgun", "https://api.mailgun.net", _mailgun, ("PROVIDER_KEY", "PROVIDER_SCOPE")),
    "postmark": Provider("Postmark", "https://api.postmarkapp.com", _postmark),
    "sendgrid": Provider("SendGrid", "https://api.sendgrid.com", _sendgrid),
}
