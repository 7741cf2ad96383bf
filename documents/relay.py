"""The SMTP dialogue with our relay, over one connection that is kept open per worker process.

smtplib and Django's backend do the connecting (TLS, log-in); what is added here is the reply for the one
recipient of each transaction, and the DSN parameters of RFC 3461 where the relay offers them.
"""

import re
import smtplib
import time
from types import SimpleNamespace

from django.conf import settings
from django.core.mail import get_connection

from documents.causes import Cause
from documents.replies import Verdict, judge
from documents.statuses import Status

SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Relays close idle connections after some minutes; one this old is not worth the doubt.
IDLE = 30  # seconds
# What a relay says that does not know us: nobody's recipient is wrong. It is our own relay that we talk to.
NOT_FOR_US = re.compile(
    r"\brelay(?:ing)?\b.{0,40}\b(?:denied|not permitted|prohibited|not allowed)", re.IGNORECASE
)
# How the text of a verdict begins that leaves open whether the relay has the mail.
UNDER_WAY = "The connection was lost while sending"


class NoRelay(Exception):
    """The relay cannot be reached, or does not let us in: no other mail would fare better now."""


class _Closed(Exception):
    """The relay closed the connection before any content was handed over."""


def hand_over(sender, recipient, content, envelope_id, start_within):
    """Give one mail to the relay. Whatever happens becomes a verdict; raises NoRelay.

    The content is not begun later than `start_within` seconds from now: then nobody would know any more
    whose mail it is.

    Only answers to RCPT and DATA are about the recipient. Trouble before that (connection, TLS, log-in,
    sender) is ours, except for the size, which the client announces with the sender (RFC 1870).
    """
    deadline = time.monotonic() + start_within
    for _try in range(2):
        smtp = _connect()
        try:
            return _transact(smtp, sender, recipient, content, envelope_id, deadline)
        except _Closed:
            disconnect()  # a kept connection may simply have been too old: once more on a new one
        except (smtplib.SMTPException, OSError) as trouble:
            # The content was under way: whether the relay has it is unknown.
            disconnect()
            return our_trouble(f"{UNDER_WAY}: {type(trouble).__name__}")
    return our_trouble("The mail server closed the connection before the mail was handed over")


def our_trouble(text, code=None):
    return Verdict(Status.DEFERRED, Cause.OUR_TROUBLE, code, text=text)


def disconnect():
    """Close the kept connection, if there is one."""
    backend, _kept.backend = _kept.backend, None
    if backend and backend.connection:
        backend.connection.close()


def _connect():
    target = (settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_USER)
    if _kept.backend is None or _kept.target != target or time.monotonic() - _kept.used_at > IDLE:
        disconnect()
        backend = get_connection(SMTP)
        try:
            backend.open()
            backend.connection.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError) as trouble:
            raise NoRelay(_in_words(trouble)) from trouble
        _kept.backend, _kept.target = backend, target
    _kept.used_at = time.monotonic()
    return _kept.backend.connection


def _in_words(trouble):
    code = getattr(trouble, "smtp_code", None)
    return f"{type(trouble).__name__} {code}" if code else f"{type(trouble).__name__}: {trouble}"


def _transact(smtp, sender, recipient, content, envelope_id, deadline):
    host = (smtp.ehlo_resp or b"").split(b" ")[0].split(b"\n")[0].decode("ascii", "replace")
    code, text = _command(smtp.mail, sender, _mail_options(smtp, content, envelope_id))
    if code != 250:
        return _refused_sender(smtp, code, text, host)
    code, text = _command(smtp.rcpt, recipient, _rcpt_options(smtp, recipient))
    if not 200 <= code < 300:
        return _refused_recipient(smtp, code, text, host)
    if time.monotonic() > deadline:
        _reset(smtp, code)
        return our_trouble("Our mail server answered too slowly; nothing was handed over")
    try:
        code, text = smtp.data(content)
    except smtplib.SMTPDataError as refusal:
        code, text = refusal.smtp_code, refusal.smtp_error
    return _verdict(smtp, code, text, host)


def _command(command, *arguments):
    """(code, text) of a command before the content; raises _Closed when there is no connection any more."""
    try:
        code, text = command(*arguments)
    except (smtplib.SMTPServerDisconnected, OSError) as trouble:
        raise _Closed from trouble
    return code, text


def _mail_options(smtp, content, envelope_id):
    options = [f"SIZE={len(content)}"] if smtp.has_extn("size") else []
    if smtp.has_extn("dsn"):
        options += ["RET=HDRS", f"ENVID={envelope_id}"]
    return options


def _rcpt_options(smtp, recipient):
    if not smtp.has_extn("dsn"):
        return []
    return ["NOTIFY=SUCCESS,FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(recipient)}"]


def _xtext(text):
    """RFC 3461 section 4: `+`, `=` and what is not printable ASCII as +XX."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text)


def _refused_sender(smtp, code, text, host):
    if code == 421:
        raise _Closed
    verdict = _verdict(smtp, code, text, host)
    if verdict.cause == Cause.TOO_LARGE:
        return verdict
    return our_trouble(f"Our mail server refused us as the sender: {verdict.text}", code)


def _refused_recipient(smtp, code, text, host):
    verdict = _verdict(smtp, code, text, host)
    if NOT_FOR_US.search(verdict.text):
        return our_trouble(f"Our mail server does not let us send: {verdict.text}", code)
    return verdict


def _verdict(smtp, code, text, host):
    """What the answer means, and the connection made ready for the next mail."""
    if not 200 <= code < 300:
        _reset(smtp, code)
    if not 200 <= code < 600 or 300 <= code < 400:
        return our_trouble("Our mail server gave an answer that is no SMTP")
    return judge(code, text.decode("utf-8", "replace"), host)


def _reset(smtp, code):
    if code == 421 or not 200 <= code < 600:  # it is closing, or it talks nonsense
        disconnect()
        return
    try:
        smtp.rset()
    except (smtplib.SMTPException, OSError):
        disconnect()


_kept = SimpleNamespace(backend=None, target=None, used_at=0.0)
