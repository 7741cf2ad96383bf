"""The doors through which reports come in by SMTP; what they mean is tracking's business.

The relay sends mail for BOUNCE_DOMAIN here (a transport map or an MX record). Whoever forges a token is
answered as if the report had been accepted: a different answer would tell him when he is right.
"""

import asyncio
import logging

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from documents import tracking

logger = logging.getLogger(__name__)

# A report returns headers or, at the worst, the mail with its attachment.
SIZE_LIMIT = 50 * 1024 * 1024


class BounceHandler:
    """Takes reports for the bounce domain, one recipient each."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.rpartition("@")[2].lower() != settings.BOUNCE_DOMAIN.lower():
            return "550 5.7.1 Only reports to the bounce domain are taken here"
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        try:
            await sync_to_async(_receive)(envelope.content, envelope.rcpt_tos[0])
        except (DatabaseError, InterfaceError):
            logger.exception("A report could not be kept; its sender is asked to come again")
            return "451 4.3.0 Not now, please come again"
        return "250 2.0.0 OK"


def _receive(content, recipient):
    close_old_connections()
    tracking.receive(content, recipient)


class _Server(SMTP):
    """Names itself without telling what software it is, and takes longer lines than RFC 5321 allows.

    A report may return a mail that was not well-formed, and that is no reason to lose the report.
    """

    line_length_limit = 1024 * 1024

    def __init__(self, *args, **kwargs):
        super().__init__(*args, ident="Jakelu reports", data_size_limit=SIZE_LIMIT, **kwargs)


class BounceServer(Controller):
    """The SMTP listener of `manage.py receive_bounces`; start() and stop() run it in a thread."""

    def __init__(self, host, port):
        super().__init__(BounceHandler(), hostname=host, port=port)

    def factory(self):
        return _Server(self.handler, hostname=settings.BOUNCE_DOMAIN)

    def stop(self, no_assert=False):
        """Close the port, and the database connection that the reports were kept through."""
        closing = asyncio.run_coroutine_threadsafe(sync_to_async(connections.close_all)(), self.loop)
        closing.result(timeout=10)
        super().stop(no_assert)
