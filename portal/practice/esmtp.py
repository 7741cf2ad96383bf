"""An SMTP server for this machine only that takes requests for delivery reports (RFC 3461).

The practice server and the tests' relay are both made of it.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, Envelope

XTEXT = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})"
EVENT = "(?:SUCCESS|FAILURE|DELAY)"
# RFC 3461 §4: the values each parameter may have.
DSN_PARAMETERS = {
    "RET": re.compile("FULL|HDRS", re.IGNORECASE),
    "ENVID": re.compile(f"{XTEXT}{{1,100}}"),
    "NOTIFY": re.compile(f"NEVER|{EVENT}(?:,{EVENT})*", re.IGNORECASE),
    "ORCPT": re.compile(rf"[A-Za-z0-9-]+;{XTEXT}{{1,500}}"),
}
PATH_AND_PARAMETERS = re.compile(r'(\w+:\s*<(?:"(?:\\.|[^"\\])*"|[^<>"])*>)(.*)', re.DOTALL)

# The enhanced codes (RFC 3463) of the replies that aiosmtpd makes by itself, by their basic code.
ENHANCED = {"250": "2.0.0", "221": "2.0.0", "500": "5.5.2", "502": "5.5.1", "503": "5.5.1", "552": "5.3.4"}
ENHANCED |= {"501": "5.5.4", "555": "5.5.4"}


class LoopbackServer:
    """A server in a thread of its own. `port` 0 takes a free one; start() sets the port that it got.

    Raises ValueError for an address that other machines could reach, OSError at start() for a taken port.
    """

    def __init__(self, protocol: Callable[..., SMTP], host: str, port: int) -> None:
        self.host, self.port = loopback(host), port
        self._protocol = protocol
        self._connections: weakref.WeakSet[SMTP] = weakref.WeakSet()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.create_server((self.host, self.port), family=family, backlog=100)
        self.port = listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, ready)), name="smtp", daemon=True
        )
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Close the port and drop every connection. Does nothing when it does not run."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
            self._thread = None

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self._connect, sock=listener)
        ready.set()
        await self._stopping.wait()
        server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.abort()
        # Else the loop would end before it has closed the sockets, and their clients would wait for ever.
        await asyncio.sleep(0)

    def _connect(self) -> SMTP:
        connection = self._protocol(loop=self._loop)
        self._connections.add(connection)
        return connection


def loopback(host: str) -> str:
    """The same address if only this machine can reach it; ValueError otherwise."""
    address = "127.0.0.1" if host == "localhost" else host
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(address).is_loopback:
            return address
    raise ValueError(f"{host!r} is no loopback address; practice mail must not leave this machine")


class DsnEnvelope(Envelope):
    """`dsn`: RET and ENVID of the mail; `rcpt_dsn`: NOTIFY and ORCPT, one dict for each of `rcpt_tos`."""

    def __init__(self) -> None:
        super().__init__()
        self.dsn: dict[str, str] = {}
        self.rcpt_dsn: list[dict[str, str]] = []


class DsnSMTP(SMTP):
    """One SMTP dialogue. aiosmtpd answers 555 to RCPT parameters and would put the others in upper case."""

    # RFC 3461 §4 makes room for its parameters. The base class shares one table among all its subclasses.
    command_size_limits: dict[str, int] = defaultdict(lambda: 1000)

    def __init__(self, handler: "DsnHandler", **options) -> None:
        super().__init__(handler, **({"enable_SMTPUTF8": False} | options))
        self.offers_dsn = "DSN" in handler.offers

    def _create_envelope(self) -> DsnEnvelope:
        return DsnEnvelope()

    async def smtp_MAIL(self, arg: str | None) -> None:
        try:
            rest, parameters = self._take(arg, {"RET", "ENVID"})
        except ValueError as error:
            await self.push(f"501 5.5.4 {error}")
            return
        nested = bool(self.envelope.mail_from)
        await super().smtp_MAIL(rest)
        if self.envelope.mail_from and not nested:
            self.envelope.dsn |= parameters

    async def smtp_RCPT(self, arg: str | None) -> None:
        try:
            rest, parameters = self._take(arg, {"NOTIFY", "ORCPT"})
        except ValueError as error:
            await self.push(f"501 5.5.4 {error}")
            return
        await super().smtp_RCPT(rest)
        if len(self.envelope.rcpt_tos) > len(self.envelope.rcpt_dsn):
            self.envelope.rcpt_dsn.append(parameters)

    async def push(self, status: str | bytes) -> None:
        reply = status.decode("ascii") if isinstance(status, bytes) else status
        code, _space, text = reply.partition(" ")
        if code in ENHANCED and (code[0] in "45" or text in {"OK", "Bye"}) and not re.match(r"[245]\.", text):
            reply = f"{code} {ENHANCED[code]} {text}"
        await super().push(reply)
        if code == "421" and self.transport is not None:  # RFC 5321 §3.8: whoever says so hangs up
            self.transport.close()

    def _take(self, arg: str | None, names: set[str]) -> tuple[str | None, dict[str, str]]:
        return take_parameters(arg, names) if arg and self.offers_dsn else (arg, {})


class DsnHandler:
    """The answers of a server. Subclasses add aiosmtpd's hooks."""

    offers = ["PIPELINING", "ENHANCEDSTATUSCODES", "DSN"]

    async def handle_EHLO(self, server, session, envelope, hostname, lines):
        session.host_name = hostname
        return [*lines[:-1], *(f"250-{word}" for word in self.offers), lines[-1]]


def take_parameters(argument: str, names: set[str]) -> tuple[str, dict[str, str]]:
    """Split the named RFC 3461 parameters off the argument of MAIL or RCPT: (the rest, the parameters).

    Raises ValueError where one is repeated or malformed. Values keep their case and their xtext encoding.
    """
    match = PATH_AND_PARAMETERS.fullmatch(argument)
    if match is None:
        return argument, {}
    rest, found = [match[1]], {}
    for parameter in match[2].split():
        name, _equals, value = parameter.partition("=")
        name = name.upper()
        if name not in names:
            rest.append(parameter)
        elif name in found or not DSN_PARAMETERS[name].fullmatch(value):
            raise ValueError(f"Bad {name} parameter")
        else:
            found[name] = value
    return " ".join(rest), found


def from_xtext(value: str) -> str:
    """Undo the xtext encoding (RFC 3461 §4). What could break a header line becomes a question mark."""
    decoded = re.sub(r"\+([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), value)
    return re.sub(r"[^ -~]", "?", decoded)
