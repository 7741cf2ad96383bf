"""The door by SMTP, and by LMTP (RFC 2033) for a relay's transport map.

The relay sends mail for BOUNCE_DOMAIN here (a transport map or an MX record). Whoever forges a token is
answered as if the report had been accepted: a different answer would tell him when he is right.
"""

import asyncio
import logging
import time
from types import SimpleNamespace

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, syntax
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connections

from documents import tracking
from documents.doors.gate import Gate
from documents.dsn.mail import LOOKED_AT
from documents.models import UnreadReport

logger = logging.getLogger(__name__)

Door = UnreadReport.Door

# A report returns headers or, at the worst, the mail with its attachment.
SIZE_LIMIT = 50 * 1024 * 1024
# Recipients of one mail by LMTP: RFC 5321 section 4.5.3.1.8.
MAX_RECIPIENTS = 100
# Seconds for the next command, and for a whole mail.
PATIENCE = 300
# Seconds after which the connection to the database may have been closed at the other end.
IDLE = 10

CRLF = b"\r\n"
END = b"\r\n.\r\n"
COME_AGAIN = "451 4.3.0 Not now, please come again"


class BounceServer(Controller):
    """The listener of `manage.py receive_bounces`; start() and stop() run it in a thread."""

    def __init__(self, host, port, *, lmtp=False):
        super().__init__(_Rules(), hostname=host, port=port)
        self._protocol = _Lmtp if lmtp else _Smtp
        self._gate = Gate()

    def factory(self):
        return self._protocol(self._gate, self.handler)

    def stop(self, no_assert=False):
        """Close the port, and the database connection that the reports were kept through."""
        closing = asyncio.run_coroutine_threadsafe(sync_to_async(connections.close_all)(), self.loop)
        closing.result(timeout=10)
        super().stop(no_assert)


class _Rules:
    """What is answered to the commands: reports for the bounce domain are taken, from anybody."""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        # RFC 2033 section 4 demands both of LMTP.
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_MAIL(self, server, session, envelope, address, options):
        if not server.gate.may_send(session.peer[0]):
            return "451 4.7.1 Too many reports from your address, please come again in a minute"
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.rpartition("@")[2].lower() != settings.BOUNCE_DOMAIN.lower():
            return "550 5.7.1 Only reports to the bounce domain are taken here"
        if len(envelope.rcpt_tos) >= server.max_recipients:
            return "452 4.5.3 Too many recipients, please send the others later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error):
        logger.error("A command failed for a fault of ours", exc_info=error)
        return COME_AGAIN


class _Smtp(SMTP):
    """Names itself without telling what software it is, and keeps only the beginning of a large mail."""

    door = Door.SMTP
    max_recipients = 1  # one answer covers them all, and the database may be away for the second one
    line_length_limit = 64 * 1024

    def __init__(self, gate, rules):
        super().__init__(
            rules,
            hostname=settings.BOUNCE_DOMAIN,
            ident="Jakelu reports",
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,  # RFC 6533: reports about addresses with letters beyond ASCII
            timeout=PATIENCE,
        )
        self.gate = gate
        self._guest = None

    def connection_made(self, transport):
        host = transport.get_extra_info("peername")[0]
        if self.gate.enter(host):
            self._guest = host
            super().connection_made(transport)
        else:
            transport.write(b"421 4.3.2 Too many connections, please come again\r\n")
            transport.close()

    def connection_lost(self, error):
        if self._guest is not None:
            self.gate.leave(self._guest)
            super().connection_lost(error)

    @syntax("DATA")
    async def smtp_DATA(self, arg):
        if await self.check_helo_needed():
            return
        recipients = self.envelope.rcpt_tos
        if arg or not recipients:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 Name a recipient first")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content, size = await self._content()
        for recipient in recipients:
            await self.push(await self._take(content, size, recipient))
        self._set_post_data_state()

    async def _content(self):
        """The beginning of the mail, as much as is ever looked at, and the size of the whole.

        Read in large pieces: line by line, a mail of empty lines would keep everybody else waiting.
        """
        self._reader._buffer[:0] = CRLF  # that of the command: a lone dot on the first line ends the mail too
        kept, size, is_over = bytearray(), 0, False
        while not is_over:
            try:
                piece = (await self._reader.readuntil(END)).removesuffix(b".\r\n")
                is_over = True
            except asyncio.LimitOverrunError as overrun:
                piece = await self._reader.read(overrun.consumed)
            size += len(piece)
            if len(kept) < LOOKED_AT:
                kept += piece
        content = bytes(kept).replace(b"\r\n.", CRLF)[len(CRLF) :]  # RFC 5321 section 4.5.2
        return content, len(content) if len(kept) == size else size - len(CRLF)

    async def _take(self, content, size, recipient):
        """The answer for a recipient, once the report is kept. Our own trouble loses none: it comes again."""
        if size > SIZE_LIMIT:
            return "552 5.3.4 The report is too large"
        try:
            await sync_to_async(_receive)(content, size, recipient, self.door)
        except Exception:
            logger.exception("A report could not be kept; its sender is asked to come again")
            return COME_AGAIN
        return "250 2.0.0 OK"


class _Lmtp(_Smtp, LMTP):
    """After the mail each recipient gets an answer of its own."""

    door = Door.LMTP
    max_recipients = MAX_RECIPIENTS


def _receive(content, size, recipient, door):
    """Runs in the one thread that keeps reports, whose connection to the database stays open.

    Whether it still works is asked after a pause only: asking each time costs half as much as keeping the
    report, and one that meets a closed connection comes again.
    """
    if time.monotonic() - _thread.used_at > IDLE:
        close_old_connections()
    try:
        tracking.receive(content, recipient, door=door, size=size)
        _thread.used_at = time.monotonic()
    except Exception:
        _thread.used_at = 0.0
        raise


_thread = SimpleNamespace(used_at=0.0)
