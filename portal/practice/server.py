"""The server itself: answers by the recipient's address, keeps what is delivered, reports what follows."""

import functools
import json
import logging
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from portal.practice import reports
from portal.practice.answers import Act, rule_for
from portal.practice.courier import Courier
from portal.practice.esmtp import DsnHandler, DsnSMTP, LoopbackServer, from_xtext
from portal.practice.mailbox import Mailbox, write_atomically

logger = logging.getLogger(__name__)

SIZE_LIMIT = 50 * 1024 * 1024  # bytes of an encoded mail, announced by SIZE
SUCCESS_DELAY = 0.5  # seconds until a success report
FAILURE_DELAY = 1.5  # seconds until a late bounce or a complaint
MAX_COUNTS = 10_000  # addresses that are remembered

# aiosmtpd takes nearly everything between angle brackets for an address.
ADDRESS = re.compile(r'(?:"[^"\r\n]*"|[^\s"<>@]+)@[^\s"<>@]+')
ATTACHED = re.compile(rb"^Content-Disposition: attachment", re.IGNORECASE | re.MULTILINE)
MALFORMED = "553 5.1.3 That is no address"


class PracticeServer:
    """A mail relay and the whole world behind it, on loopback. Usable as a context manager.

    Port 0 takes a free one (see `.port` after the start). Raises ValueError for an address that is not
    loopback, its own or the bounce receiver's, and OSError at start() when the port is taken.
    """

    def __init__(
        self,
        host: str | None = None,
        port: int | None = None,
        *,
        bounce_host: str | None = None,
        bounce_port: int | None = None,
        folder: Path | None = None,
        success_delay: float = SUCCESS_DELAY,
        failure_delay: float = FAILURE_DELAY,
        retry_every: float = 5.0,
    ) -> None:
        folder = folder or settings.DATA_DIR / "practice"
        self._courier = Courier(
            bounce_host or settings.BOUNCE_HOST, bounce_port or settings.BOUNCE_PORT, retry_every
        )
        world = World(self._courier, folder, success_delay, failure_delay)
        protocol = functools.partial(
            DsnSMTP,
            world,
            hostname=reports.REPORTING_MTA,
            ident="practice mail server",
            data_size_limit=SIZE_LIMIT,
        )
        self._server = LoopbackServer(
            protocol, host or settings.EMAIL_HOST, settings.EMAIL_PORT if port is None else port
        )

    @property
    def host(self) -> str:
        return self._server.host

    @property
    def port(self) -> int:
        return self._server.port

    def start(self) -> None:
        self._server.start()
        self._courier.start()

    def stop(self) -> None:
        self._server.stop()
        self._courier.stop()

    def __enter__(self) -> "PracticeServer":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


class World(DsnHandler):
    """Everybody's mail server. Its methods run in the server's one thread."""

    def __init__(self, courier: Courier, folder: Path, success_delay: float, failure_delay: float) -> None:
        self.mailbox = Mailbox(folder)
        self.counts = Counts(folder / "counts.json")
        self.courier = courier
        self.success_delay, self.failure_delay = success_delay, failure_delay

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address != "<>" and not ADDRESS.fullmatch(address):
            return MALFORMED
        envelope.mail_from = address
        return "250 2.1.0 Sender OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if not ADDRESS.fullmatch(address):
            return MALFORMED
        if reply := self._answer(address, Act.REFUSE_RECIPIENT):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient OK"

    async def handle_DATA(self, server, session, envelope):
        for recipient in envelope.rcpt_tos:
            rule = rule_for(recipient)
            is_spared = rule and rule.is_about_attachments and not ATTACHED.search(envelope.content)
            if not is_spared and (reply := self._answer(recipient, Act.REFUSE_CONTENT)):
                return reply
        queue_id = secrets.token_hex(4).upper()
        for recipient, request in zip(envelope.rcpt_tos, envelope.rcpt_dsn, strict=True):
            mail = reports.Received(
                sender=envelope.mail_from.strip("<>"),
                recipient=recipient,
                content=envelope.content,
                arrived_at=datetime.now(UTC),
                queue_id=queue_id,
                envelope_id=from_xtext(envelope.dsn.get("ENVID", "")),
                original_recipient=from_xtext(request.get("ORCPT", "")),
            )
            self._accept(mail, request.get("NOTIFY", "FAILURE").upper().split(","))
        return f"250 2.0.0 OK queued as {queue_id}"

    async def handle_exception(self, error):
        logger.error("practice server: fault while answering", exc_info=error)
        return "451 4.3.0 Local fault, try again later"

    def _accept(self, mail: reports.Received, notify: list[str]) -> None:
        """Deliver or lose an accepted mail, and report what was asked for. `notify`: as in RFC 3461."""
        now = datetime.now(UTC)
        if reply := self._answer(mail.recipient, Act.BOUNCE):
            if "FAILURE" in notify:
                self._send(mail, reports.bounced(mail, now, reply), self.failure_delay)
            return
        self.mailbox.put(mail.sender, mail.recipient, mail.queue_id, mail.content)
        if "SUCCESS" in notify and self._answer(mail.recipient, Act.KEEP_QUIET) is None:
            self._send(mail, reports.delivered(mail, now), self.success_delay)
        if self._answer(mail.recipient, Act.COMPLAIN) is not None:
            self._send(mail, reports.complained(mail, now), self.failure_delay)

    def _send(self, mail: reports.Received, report: bytes, delay: float) -> None:
        if mail.sender:  # reports about reports would never end (RFC 3464 §2)
            self.courier.post(mail.sender, report, delay)

    def _answer(self, address: str, act: Act) -> str | None:
        """The receiving server's words if the address's rule acts at this point, and still holds."""
        rule = rule_for(address)
        if rule is None or rule.act is not act or not self.counts.take(address.lower(), rule.times):
            return None
        return rule.reply_for(address)


class Counts:
    """How often the rule of an address has held, across restarts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._counts: dict[str, int] = json.loads(path.read_bytes())
        except FileNotFoundError:
            self._counts = {}
        except ValueError:
            logger.warning("practice server: %s cannot be read, counting begins anew", path.name)
            self._counts = {}

    def take(self, address: str, times: int | None) -> bool:
        """Whether a rule that holds so many times holds once more; counts it."""
        if times is None:
            return True
        count = self._counts.get(address, 0)
        if count >= times:
            return False
        self._counts[address] = count + 1
        while len(self._counts) > MAX_COUNTS:
            del self._counts[next(iter(self._counts))]
        write_atomically(self.path, json.dumps(self._counts).encode())
        return True
