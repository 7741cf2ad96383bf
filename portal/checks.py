"""Wrong set-ups, found before anything runs: mail that would leave by mistake, or would never arrive.

Every check names the setting to change. Codes stay what they are, because operators silence them by code.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from distribution.addresses import InvalidAddress, normalise
from distribution.providers import PROVIDERS

# RFC 2606 and RFC 6761: names that no mail can be sent to or from.
PRACTICE_DOMAINS = ("example", "test", "invalid", "localhost")
KEY_LENGTH = 32
HOOK_SECRET_LENGTH = 24
WEBHOOK_SECRET_LENGTH = 16  # providers make their keys themselves, and some make them short


@dataclass(frozen=True)
class Rule:
    """A set-up that must not be: in which case, what goes wrong, and what to do."""

    code: str
    is_broken: Callable[[], bool]
    message: str
    hint: str
    kind: type[CheckMessage] = Error

    def report(self):
        return self.kind(self.message, hint=self.hint, id=self.code)


@register("portal")
def check_settings(app_configs, **kwargs):
    return [rule.report() for rule in RULES if rule.is_broken()]


def is_loopback(host) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_address(text) -> bool:
    try:
        normalise(text)
    except InvalidAddress:
        return False
    return True


def is_for_practice(domain) -> bool:
    return domain.lower().rpartition(".")[2] in PRACTICE_DOMAINS


def is_mailbox(url) -> bool:
    """Whether it has all that is needed to log in to a mailbox."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port != 0  # raises ValueError for one that is no number
    except ValueError:
        return False
    return parts.scheme in ("imap", "imaps") and all(
        [parts.hostname, parts.username, parts.password, port_is_right]
    )


def ascend(times) -> bool:
    """Whether there is a first time, above zero, and none is shorter than the one before it."""
    return (
        bool(times) and times[0] > timedelta(0) and all(first <= second for first, second in pairwise(times))
    )


def has_secret_key() -> bool:
    try:
        return len(settings.SECRET_KEY) >= KEY_LENGTH
    except ImproperlyConfigured:  # Django's answer to an empty one
        return False


def lease():
    from documents.models import LEASE  # models cannot be imported before the apps are ready

    return LEASE


def webhook_readers():
    from documents.hooks.anymail import READERS  # it imports models, see lease()

    return READERS


def lacks_a_password(provider, secret) -> bool:
    from documents.hooks.anymail import BASIC

    _reader, use = webhook_readers().get(provider, ("", ""))
    return use == BASIC and not all(secret.partition(":"))


def can_ask_the_provider() -> bool:
    provider = PROVIDERS.get(settings.PROVIDER)
    return provider is None or all(getattr(settings, name) for name in provider.needs)


def sends_for_real() -> bool:
    return not settings.PRACTICE


RULES = [
    Rule(
        "portal.E001",
        lambda: sends_for_real() and not has_secret_key(),
        "There is no secret key, or one that can be guessed.",
        f"Set SECRET_KEY to at least {KEY_LENGTH} random characters.",
    ),
    Rule(
        "portal.E002",
        lambda: settings.PRACTICE and not is_loopback(settings.EMAIL_HOST),
        "Practice mode would hand mail to another machine.",
        "Set EMAIL_HOST to 127.0.0.1, or PRACTICE=off to send for real.",
    ),
    Rule(
        "portal.E003",
        lambda: settings.PRACTICE and not is_loopback(settings.BOUNCE_HOST),
        "Practice mode would take mail from other machines.",
        "Set BOUNCE_HOST to 127.0.0.1, or PRACTICE=off to send for real.",
    ),
    Rule(
        "portal.E004",
        lambda: sends_for_real() and not settings.EMAIL_HOST,
        "There is no mail server to hand mail over to.",
        "Set EMAIL_HOST to the relay's name, or PRACTICE=on to try things out.",
    ),
    Rule(
        "portal.E005",
        lambda: not is_address(settings.SENDER_ADDRESS),
        "The sender address is no e-mail address.",
        "Set SENDER_ADDRESS to an address such as no-reply@ your domain.",
    ),
    Rule(
        "portal.E006",
        lambda: sends_for_real() and is_for_practice(settings.SENDER_ADDRESS.rpartition("@")[2]),
        "Nobody takes mail from the sender address: its domain is one for trying out.",
        "Set SENDER_ADDRESS to an address in your own domain.",
    ),
    Rule(
        "portal.E007",
        lambda: not is_address(f"bounce@{settings.BOUNCE_DOMAIN}"),
        "The domain that bounces come back to is no domain name.",
        "Set BOUNCE_DOMAIN to a domain such as bounces. and your domain.",
    ),
    Rule(
        "portal.E008",
        lambda: sends_for_real() and is_for_practice(settings.BOUNCE_DOMAIN),
        "No bounce would come back: their domain is one for trying out.",
        "Set BOUNCE_DOMAIN to a domain whose mail reaches the bounce receiver.",
    ),
    Rule(
        "portal.E009",
        lambda: not ascend(settings.RETRY_AFTER),
        "The pauses between tries are missing, not above zero, or get shorter.",
        "Set RETRY_AFTER to minutes that get longer, such as 5,15,30,60.",
    ),
    Rule(
        "portal.E010",
        lambda: not ascend(settings.OUR_RETRY_AFTER),
        "The pauses after trouble of our own are missing, not above zero, or get shorter.",
        "Set OUR_RETRY_AFTER to minutes that get longer, such as 1,5,15.",
    ),
    Rule(
        "portal.E011",
        lambda: settings.GIVE_UP_AFTER.total_seconds() <= 0,
        "Mail would be given up before its first retry.",
        "Set GIVE_UP_AFTER to hours above zero; 24 is usual.",
    ),
    Rule(
        "portal.E012",
        lambda: settings.BLOCK_SPAN_HOURS < 0,
        "Failures cannot be spread over less than no time.",
        "Set BLOCK_SPAN_HOURS to 0 or more; 24 is usual.",
    ),
    Rule(
        "portal.E013",
        lambda: settings.SWEEP_EVERY <= 0,
        "Due mail would never be looked for.",
        "Set SWEEP_EVERY to seconds above zero; 5 is usual.",
    ),
    Rule(
        "portal.E014",
        lambda: settings.EMAIL_USE_TLS and settings.EMAIL_USE_SSL,
        "The mail server is asked for two kinds of encryption at once.",
        "Set only one: EMAIL_USE_TLS for STARTTLS (port 587), EMAIL_USE_SSL for TLS from the start (465).",
    ),
    Rule(
        "portal.E015",
        lambda: not 0 < settings.EMAIL_TIMEOUT <= lease().total_seconds() / 4,
        "A mail server that hangs would hold a mail for longer than its claim lasts: it would go out twice.",
        "Set EMAIL_TIMEOUT to seconds above 0 and at most 75; 60 is usual.",
    ),
    Rule(
        "portal.E016",
        lambda: settings.MAX_UPLOAD_MB < 1,
        "No document would be small enough to be taken.",
        "Set MAX_UPLOAD_MB to 1 or more; 25 is usual.",
    ),
    Rule(
        "portal.E017",
        lambda: sends_for_real() and 0 < len(settings.BOUNCE_HOOK_SECRET) < HOOK_SECRET_LENGTH,
        "The secret of the bounce hook can be guessed.",
        f"Set BOUNCE_HOOK_SECRET to at least {HOOK_SECRET_LENGTH} random characters; empty closes the hook.",
    ),
    Rule(
        "portal.E018",
        lambda: sends_for_real() and settings.DEBUG,
        "Error pages would show customers' data to strangers.",
        "Set DEBUG=off.",
    ),
    Rule(
        "portal.E019",
        lambda: not validate_host(urlsplit(settings.BASE_URL).hostname or "", settings.ALLOWED_HOSTS),
        "The portal would refuse its own address.",
        "Add the host name of BASE_URL to ALLOWED_HOSTS.",
    ),
    Rule(
        "portal.E020",
        lambda: min(settings.BOUNCE_CONNECTIONS, settings.BOUNCE_MAILS_A_MINUTE) < 1,
        "The bounce receiver would turn every mail server away but our own.",
        "Set BOUNCE_CONNECTIONS and BOUNCE_MAILS_A_MINUTE to 1 or more; 20 and 300 are usual.",
    ),
    Rule(
        "portal.E021",
        lambda: bool(settings.IMAP_URL) and not is_mailbox(settings.IMAP_URL),
        "The bounce mailbox cannot be found or opened.",
        "Set IMAP_URL to imaps://user:password@host/INBOX, with %40 for an @ in the user's name.",
    ),
    Rule(
        "portal.E030",
        lambda: bool(settings.PROVIDER) and settings.PROVIDER not in PROVIDERS,
        "The mail provider is not one whose list of blocked addresses can be changed from here.",
        f"Set PROVIDER to one of {', '.join(PROVIDERS)}, or leave it empty.",
    ),
    Rule(
        "portal.E031",
        lambda: not can_ask_the_provider(),
        "The mail provider would refuse to take addresses off its list: credentials are missing.",
        "Set PROVIDER_KEY; Mailgun also wants PROVIDER_SCOPE, Amazon SES PROVIDER_KEY_ID and PROVIDER_SCOPE.",
    ),
    Rule(
        "portal.E032",
        lambda: not set(settings.WEBHOOK_SECRETS) <= set(webhook_readers()),
        "A webhook is to be opened for a provider that is not known.",
        "Set WEBHOOK_SECRETS to name=secret; .env.example lists the names.",
    ),
    Rule(
        "portal.E033",
        lambda: (
            sends_for_real()
            and any(len(secret) < WEBHOOK_SECRET_LENGTH for secret in settings.WEBHOOK_SECRETS.values())
        ),
        "The secret of a provider's webhook can be guessed, or is missing.",
        f"Set WEBHOOK_SECRETS to secrets of at least {WEBHOOK_SECRET_LENGTH} characters.",
    ),
    Rule(
        "portal.E034",
        lambda: any(lacks_a_password(*pair) for pair in settings.WEBHOOK_SECRETS.items()),
        "No call of the provider would be let in: it signs nothing, and there is no user and password.",
        "Set WEBHOOK_SECRETS to name=user:password for this provider.",
    ),
    Rule(
        "portal.E022",
        lambda: sends_for_real() and "*" in settings.ALLOWED_HOSTS,
        "Anybody could make the links to new passwords lead to a host of his own.",
        "Set ALLOWED_HOSTS to the host names of the portal, without *.",
    ),
    Rule(
        "portal.E040",
        lambda: settings.API_CALLS_A_MINUTE < 1,
        "No program could come in by the API.",
        "Set API_CALLS_A_MINUTE to 1 or more; 600 is usual.",
    ),
    Rule(
        "portal.E050",
        lambda: settings.LINK_DAYS < 1,
        "Links to documents would have expired before anybody could open them.",
        "Set LINK_DAYS to 1 or more; 30 is usual.",
    ),
    Rule(
        "portal.W001",
        lambda: sends_for_real() and "sqlite" in settings.DATABASES["default"]["ENGINE"],
        "SQLite is for one machine and for trying out, not for production.",
        "Set DATABASE_URL to a PostgreSQL database.",
        Warning,
    ),
    Rule(
        "portal.W002",
        lambda: sends_for_real() and urlsplit(settings.BASE_URL).scheme != "https",
        "Passwords and documents would travel unencrypted.",
        "Set BASE_URL to an address with https://.",
        Warning,
    ),
    Rule(
        "portal.W003",
        lambda: (
            settings.EMAIL_HOST_USER
            and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or is_loopback(settings.EMAIL_HOST))
        ),
        "The password of the mail server would travel unencrypted.",
        "Set EMAIL_USE_TLS=on (port 587) or EMAIL_USE_SSL=on (465).",
        Warning,
    ),
]
