"""A real SMTP server that answers as told and records the mails: `with relay(rcpt="550 5.1.1 no") as r:`."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.test import override_settings

from portal.practice.esmtp import DsnHandler, DsnSMTP, LoopbackServer


@dataclass(frozen=True)
class Answers:
    mail: str = "250 2.1.0 OK"
    rcpt: str = "250 2.1.5 OK"
    data: str = "250 2.0.0 OK queued as 4Xy"  # after the content
    hang_up_at: str = ""  # connect, mail, rcpt, data: drops the connection there, without an answer
    hang_up_after_data: bool = False  # the same as hang_up_at="data": the content has been taken
    nonsense: bool = False  # every answer, from the greeting on, is no SMTP
    slow: float = 0.0  # seconds before the answer …
    slow_at: str = "data"  # … to this
    dsn: bool = True  # offered by EHLO, and its parameters are taken
    no_dsn: bool = False  # the same as dsn=False
    size_limit: int = 0  # bytes, announced by SIZE and enforced; 0 = none
    refuse_login: bool = False  # offers AUTH without TLS, and answers 535


@dataclass(frozen=True)
class Mail:
    """A mail whose content has come. `reply` is "" where the relay hung up instead of answering."""

    mail_from: str
    rcpt_to: list[str]
    content: bytes
    mail_options: list[str]  # as sent: SIZE=…, RET=HDRS, ENVID=…
    rcpt_options: list[str]  # of all recipients: NOTIFY=…, ORCPT=…
    reply: str


class Relay(DsnHandler):
    host = "127.0.0.1"

    def __init__(self, **answers) -> None:
        self.answers = Answers(**answers)
        self.answers_to: dict[str, str] = {}
        self.mails: list[Mail] = []
        self.connections = 0
        self._server = LoopbackServer(self._connect, self.host, 0)

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def accepted(self) -> list[Mail]:
        return [mail for mail in self.mails if mail.reply.startswith("2")]

    @property
    def offers(self) -> list[str]:
        without = {"DSN"} if self.answers.no_dsn or not self.answers.dsn else set()
        return [word for word in super().offers if word not in without]

    def answer(self, **changes) -> None:
        """Change the answers from now on: the fields of Answers."""
        self.answers = replace(self.answers, **changes)

    def answer_to(self, address: str, reply: str) -> None:
        """What RCPT gets for this address, whatever `rcpt` says."""
        self.answers_to[address.lower()] = reply

    def start(self) -> None:
        """Open the port; after stop() the same one again."""
        self._server.start()

    def stop(self) -> None:
        """Close the port and drop the connections, as a relay that is down."""
        self._server.stop()

    async def handle_MAIL(self, server, session, envelope, address, options):
        reply = await self._reply("mail", self.answers.mail, server)
        if reply.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options = list(options)
        return reply

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = await self._reply("rcpt", self.answers_to.get(address.lower(), self.answers.rcpt), server)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        answers = self.answers
        hang_up = answers.hang_up_after_data or answers.hang_up_at == "data"
        rcpt_options = [option for dsn in envelope.rcpt_dsn for option in _as_sent(dsn)]
        mail_options = [*envelope.mail_options, *_as_sent(envelope.dsn)]
        facts = envelope.mail_from.strip("<>"), envelope.rcpt_tos, envelope.content
        self.mails.append(Mail(*facts, mail_options, rcpt_options, "" if hang_up else answers.data))
        return await self._reply("data", answers.data, server, hang_up=hang_up)

    async def _reply(self, stage: str, reply: str, server: DsnSMTP, *, hang_up: bool = False) -> str:
        if self.answers.slow and self.answers.slow_at == stage:
            await asyncio.sleep(self.answers.slow)
        if hang_up or self.answers.hang_up_at == stage:
            server.transport.abort()
            await asyncio.Event().wait()  # until the lost connection cancels this dialogue
        return reply

    def _connect(self, loop: asyncio.AbstractEventLoop) -> "Dialogue":
        return Dialogue(
            self,
            loop=loop,
            hostname="relay.example",
            data_size_limit=self.answers.size_limit or None,
            auth_require_tls=not self.answers.refuse_login,
        )


class Dialogue(DsnSMTP):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.connections += 1
        super().connection_made(transport)
        if self.event_handler.answers.hang_up_at == "connect":
            transport.abort()

    async def push(self, status: str) -> None:
        await super().push("\x16\x03 <html>what?" if self.event_handler.answers.nonsense else status)


@contextlib.contextmanager
def relay(**answers) -> Iterator[Relay]:
    """A running relay. `answers`: the fields of Answers."""
    server = Relay(**answers)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def relay_settings(server: Relay) -> override_settings:
    """Send through this relay, really, where pytest-django would put the mails into a list."""
    backend = "django.core.mail.backends.smtp.EmailBackend"
    return override_settings(EMAIL_BACKEND=backend, EMAIL_HOST=server.host, EMAIL_PORT=server.port)


def _as_sent(parameters: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in parameters.items()]
