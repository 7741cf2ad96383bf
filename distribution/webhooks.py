"""Call the companies' webhooks: signed, within a time limit, and nobody's receiver holds up the others'.

The company chooses the address, so nothing of ours may be reached with it: a name is looked up anew for
every call, every address found has to be a public one, and the connection goes to the very address that was
checked. Redirects are not followed; there are no cookies, proxies or credentials. Nothing here is logged of
what is sent, to where, or what was answered.
"""

import asyncio
import logging
import random
import re
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from ipaddress import ip_address

import httpx
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from distribution import signatures, targets
from distribution.models import WebhookCall

logger = logging.getLogger(__name__)

# Seconds for a whole call, from the look-up of the name to the end of the answer.
TIMEOUT = 10
# Receivers that are called at the same time, and calls to one of them at the same time.
RECEIVERS_AT_ONCE = 20
CALLS_AT_ONCE = 5
# Then it is another receiver's turn.
ROUNDS = 20
# No more of an answer is read; only its beginning is kept.
MOST_OF_AN_ANSWER = 64 * 1024
USER_AGENT = "Jakelu-Webhooks/1"

# Kept as they are in the log, and translated where they are shown.
NO_ANSWER = gettext_noop("There was no answer within 10 seconds.")
NO_CONNECTION = gettext_noop("No connection could be made.")
BAD_CERTIFICATE = gettext_noop("The certificate of the server is not valid for this address.")
NO_HTTP = gettext_noop("The answer was broken off, or it was not HTTP.")
NOWHERE = gettext_noop("The name leads to no address on the internet, so nothing was sent.")
REFUSED = gettext_noop("This address is not allowed any more, so nothing was sent. Change it.")

OUR_FAULT = gettext_noop("A fault of ours kept it from being sent. It is tried again.")


class NotCalled(Exception):
    """Nothing was sent; its text says why."""


@dataclass
class Sweep:
    """What the calls of one sweep share."""

    deadline: float
    # Of its own, because a look-up cannot be broken off: one that hangs is left behind.
    lookups: ThreadPoolExecutor
    tls: ssl.SSLContext = field(default_factory=httpx.create_ssl_context)
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RECEIVERS_AT_ONCE))


def pump(seconds):
    """Make the calls that are due; after so many seconds no other one is begun.

    Returns whether something may be left that can be done at once.
    """
    # Whoever has just failed comes last; among equals everybody's turn comes.
    receivers = list(WebhookCall.objects.receivers().values_list("pk", "failing_since"))
    receivers.sort(key=lambda receiver: (receiver[1] is not None, random.random()))  # noqa: S311  no secret
    if not receivers:
        return False
    return async_to_sync(_call_all)([pk for pk, _failing_since in receivers], time.monotonic() + seconds)


async def _call_all(receivers, deadline):
    lookups = ThreadPoolExecutor(RECEIVERS_AT_ONCE * CALLS_AT_ONCE, "lookup")
    try:
        sweep = Sweep(deadline, lookups)
        return any(await asyncio.gather(*(_serve(receiver, sweep) for receiver in receivers)))
    finally:
        lookups.shutdown(wait=False, cancel_futures=True)


async def _serve(webhook_id, sweep):
    """One receiver's turn, until it fails a call. Claims just before calling, so a lease covers one call.

    The database is used by one thread alone, which is the one that called pump().
    """
    async with sweep.places, _transport(sweep) as transport:
        for _round in range(ROUNDS):
            if time.monotonic() > sweep.deadline:
                return True
            calls = await sync_to_async(WebhookCall.objects.claim)(webhook_id, CALLS_AT_ONCE)
            if not calls:
                return False
            taken = await asyncio.gather(*(_call(call, transport, sweep) for call in calls))
            if not all(taken):
                return False  # the next sweep tries it again: not at once
    return True


def _transport(sweep):
    """A client without redirects, cookies, proxies and credentials, for one receiver.

    Never shared: connections are kept by address, and several receivers' names may have the same one.
    """
    limits = httpx.Limits(max_connections=CALLS_AT_ONCE)
    return httpx.AsyncHTTPTransport(verify=sweep.tls, trust_env=False, limits=limits)


async def _call(call, transport, sweep):
    """Make one call and record its outcome. Returns whether it was taken."""
    try:
        code, answer = await _post(call, transport, sweep)
    except Exception:
        # A fault of ours: it is tried again like any other trouble, and the other receivers get their calls.
        logger.exception("Webhook call %s cannot be made", call.pk)
        code, answer = None, OUR_FAULT
    return await sync_to_async(call.settle)(code, answer)


async def _post(call, transport, sweep):
    """(code of the answer, its beginning), or (None, why there is none). Never raises for their trouble."""
    code, content = None, bytearray()
    try:
        async with asyncio.timeout(TIMEOUT):
            answer = await transport.handle_async_request(await _request(call, sweep))
            code = answer.status_code
            async with aclosing(answer), aclosing(answer.aiter_raw()) as parts:
                async for part in parts:
                    content += part
                    if len(content) >= MOST_OF_AN_ANSWER:
                        break
    except (NotCalled, TimeoutError, httpx.TransportError, OSError) as trouble:
        if code is None:
            return None, _in_words(trouble)
    return code, printable(bytes(content))


async def _request(call, sweep):
    """The signed request, to an address that has been checked. Raises NotCalled."""
    webhook, body = call.webhook, call.body.encode()
    if targets.problem_with(webhook.url, practice=settings.PRACTICE):
        raise NotCalled(REFUSED)
    url = httpx.URL(webhook.url)
    address = await _checked_address(url, sweep)
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        **signatures.signed_headers(
            webhook.signing_secrets(), str(call.event_id), int(now().timestamp()), body
        ),
    }
    # The address takes the place of the name, so that nobody looks the name up a second time; the
    # certificate still has to be the name's.
    extensions = {"sni_hostname": url.raw_host.decode("ascii")}
    pinned = url.copy_with(host=str(address))
    return httpx.Request("POST", pinned, headers=headers, content=body, extensions=extensions)


async def _checked_address(url, sweep):
    """The address to connect to. A name that leads to several has none that may not be called."""
    host, port = url.raw_host.decode("ascii"), targets.port_of(url)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(
            sweep.lookups, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
    except (OSError, UnicodeError):
        raise NotCalled(NOWHERE) from None
    addresses = [ip_address(entry[4][0]) for entry in found]
    allowed = [targets.may_be_called(address, practice=settings.PRACTICE) for address in addresses]
    if not addresses or not all(allowed):
        raise NotCalled(NOWHERE)
    return addresses[0]


def _in_words(trouble):
    """A sentence for the log. The library's own text may name the address."""
    if isinstance(trouble, NotCalled):
        return str(trouble)
    if isinstance(trouble, TimeoutError | httpx.TimeoutException):
        return NO_ANSWER
    if isinstance(trouble, httpx.ConnectError):
        return BAD_CERTIFICATE if "CERTIFICATE_VERIFY_FAILED" in str(trouble) else NO_CONNECTION
    return NO_HTTP


def printable(content):
    """The text of an answer on one line, without what cannot be shown or kept."""
    text = content.decode("utf-8", "replace")
    return re.sub(r"\s+", " ", "".join(sign if sign.isprintable() else " " for sign in text)).strip()
