"""Hands reports to the bounce receiver by SMTP, in the background, as often as it takes."""

import heapq
import itertools
import logging
import smtplib
import threading
import time
from dataclasses import dataclass, replace

from portal.practice.esmtp import loopback
from portal.practice.reports import REPORTING_MTA

logger = logging.getLogger(__name__)

MAX_WAITING = 10_000  # some 40 MB
GIVE_UP_AFTER = 3600.0  # seconds; the receiver has been away for so long that nobody waits for the report
TIMEOUT = 10.0


@dataclass(frozen=True, order=True)
class Parcel:
    due: float  # time.monotonic()
    number: int
    expires: float
    to: str
    content: bytes


class Courier:
    """`post` may be called from any thread, from before `start` until after `stop`."""

    def __init__(self, host: str, port: int, retry_every: float) -> None:
        self.host, self.port, self.retry_every = loopback(host), port, retry_every
        self._waiting: list[Parcel] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopping = self._away = False
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop within two seconds. Reports that still wait are lost, as in a server without a spool."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout=2)
        if self._waiting:
            logger.warning("practice server: stopped with %d reports unsent", len(self._waiting))

    def post(self, to: str, content: bytes, delay: float) -> None:
        now = time.monotonic()
        self._put([Parcel(now + delay, next(self._numbers), now + GIVE_UP_AFTER, to, content)])

    def _put(self, parcels: list[Parcel]) -> None:
        with self._changed:
            for parcel in parcels:
                if len(self._waiting) >= MAX_WAITING or parcel.expires < parcel.due:
                    logger.warning("practice server: dropped a report, the bounce receiver is away")
                else:
                    heapq.heappush(self._waiting, parcel)
            self._changed.notify()

    def _run(self) -> None:
        while parcels := self._wait_for_due():
            try:
                self._put(self._deliver(parcels))
            except Exception:
                logger.exception("practice server: %d reports lost by a fault of ours", len(parcels))

    def _wait_for_due(self) -> list[Parcel]:
        """The parcels whose time has come; none when it is time to stop."""
        due: list[Parcel] = []
        with self._changed:
            while not due and not self._stopping:
                now = time.monotonic()
                while self._waiting and self._waiting[0].due <= now:
                    due.append(heapq.heappop(self._waiting))
                if not due:
                    self._changed.wait(self._waiting[0].due - now if self._waiting else None)
        return due

    def _deliver(self, parcels: list[Parcel]) -> list[Parcel]:
        """Hand over what the receiver takes; returns what has to be tried again, with its new time."""
        left = list(parcels)
        again: list[Parcel] = []
        away = False
        try:
            with smtplib.SMTP(self.host, self.port, REPORTING_MTA, TIMEOUT) as receiver:
                while left and not self._stopping:
                    if not _hand_over(receiver, left[0]):
                        again.append(left[0])
                    left.pop(0)
        except OSError as error:  # smtplib's exceptions are OSErrors too
            away = True
            if not self._away:
                logger.warning("practice server: the bounce receiver is away (%s)", type(error).__name__)
        if self._away and not away:
            logger.info("practice server: the bounce receiver is back")
        self._away = away
        due = time.monotonic() + self.retry_every
        return [replace(parcel, due=due) for parcel in again + left]


def _hand_over(receiver: smtplib.SMTP, parcel: Parcel) -> bool:
    """True when it was taken or refused for good, False when the receiver asks to try again later.

    Raises smtplib's exceptions when the connection is gone.
    """
    try:
        receiver.sendmail("", [parcel.to], parcel.content)
    except smtplib.SMTPRecipientsRefused as refused:
        [(code, _text)] = refused.recipients.values()
    except smtplib.SMTPResponseException as refused:
        code = refused.smtp_code
    else:
        return True
    if code == 421 or code < 400:
        raise smtplib.SMTPServerDisconnected(f"reply {code}")
    if code >= 500:
        logger.warning("practice server: the bounce receiver refused a report with %d", code)
    return code >= 500
