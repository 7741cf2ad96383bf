"""The door for a mailbox that reports come to: read every minute over IMAP.

What was understood is moved to a folder of ours. The rest stays, flagged for whoever looks into the mailbox;
take the flag off, and it is read again.
"""

import imaplib
import logging
import re
import ssl
import time
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from documents import tracking
from documents.dsn.mail import LOOKED_AT
from documents.models import UnreadReport

logger = logging.getLogger(__name__)

DONE = ("Jakelu", "Done")
UNREAD = "JakeluUnread"
# One turn ends before the next one begins: the timetable has one a minute.
SECONDS = 50
AT_ONCE = 500
TIMEOUT = 30  # seconds for each answer of the server
LOOPBACK = ("127.0.0.1", "::1", "localhost")

_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


def read_mailbox():
    """Take in what is new in the bounce mailbox. Returns how many mails were understood.

    Nothing is read in practice mode. A mailbox that cannot be reached is logged and tried again by the next
    turn. So it is when the database is away: a mail is moved only after it was taken in.
    """
    if settings.PRACTICE or not settings.IMAP_URL:
        return 0
    try:
        with _open() as mailbox:
            return _read_new(mailbox)
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as trouble:
        # The type only: the server's words may repeat the user's name.
        logger.error("The bounce mailbox cannot be read: %s", type(trouble).__name__)
    except (DatabaseError, InterfaceError):
        logger.exception("What is in the bounce mailbox cannot be kept now")
    return 0


def _open():
    """The mailbox, logged in. Without TLS only on this machine: the password would be readable on the way."""
    url = urlsplit(settings.IMAP_URL)
    # The library's own default asks for no certificate: anybody on the way could answer.
    checked = {"timeout": TIMEOUT, "ssl_context": ssl.create_default_context()}
    if url.scheme == "imaps":
        mailbox = MailBox(url.hostname, url.port or 993, **checked)
    elif url.hostname in LOOPBACK:
        mailbox = MailBoxUnencrypted(url.hostname, url.port or 143, timeout=TIMEOUT)
    else:
        mailbox = MailBoxStartTls(url.hostname, url.port or 143, **checked)
    folder = unquote(url.path.strip("/")) or "INBOX"
    return mailbox.login(unquote(url.username), unquote(url.password), folder)


def _read_new(mailbox):
    deadline = time.monotonic() + SECONDS
    understood = 0
    uids = mailbox.uids("UNFLAGGED UNDELETED", charset=None)[:AT_ONCE]
    done = _done_folder(mailbox) if uids else None
    for uid in uids:
        if time.monotonic() > deadline:
            break
        if _take(mailbox, uid):
            _file_away(mailbox, uid, done)
            understood += 1
        else:
            _flag(mailbox, uid)
    return understood


def _done_folder(mailbox):
    """The folder for what was understood, made when it is missing; below INBOX where a server demands it."""
    delimiter = next((folder.delim for folder in mailbox.folder.list(search_args="INBOX")), "/")
    name = delimiter.join(DONE)
    names = [name, f"INBOX{delimiter}{name}"]
    for known in names:
        if mailbox.folder.exists(known):
            return known
    for wanted in names:
        try:
            mailbox.folder.create(wanted)
        except ImapToolsError:
            logger.info("The mailbox's server does not want a folder %s", wanted)
        else:
            return wanted
    raise imaplib.IMAP4.error("no folder can be made")


def _take(mailbox, uid):
    """Whether the mail was understood. Trouble with the database goes on to the caller of all."""
    raw, size = _fetch(mailbox, uid)
    if raw is None:
        return False
    try:
        return tracking.receive(raw, door=UnreadReport.Door.IMAP, size=size) is not None
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        logger.exception("A mail in the bounce mailbox cannot be taken in; it stays there, flagged")
        return False


def _fetch(mailbox, uid):
    """(the beginning of the mail, the size of the whole); (None, 0) when somebody has just removed it."""
    _answer, found = mailbox.client.uid("FETCH", uid, f"(RFC822.SIZE BODY.PEEK[]<0.{LOOKED_AT}>)")
    mail = next((item for item in found if isinstance(item, tuple)), None)
    if mail is None:
        return None, 0
    around = b" ".join(item if isinstance(item, bytes) else item[0] for item in found)
    size = _SIZE.search(around)
    return mail[1], int(size[1]) if size else len(mail[1])


def _file_away(mailbox, uid, done):
    """Move it; where that is refused (no room is left), it is flagged, so that the others' turn comes."""
    try:
        mailbox.move(uid, done)
    except ImapToolsError as refusal:
        logger.error("What was understood cannot be filed away: %s", type(refusal).__name__)
        _flag(mailbox, uid)


def _flag(mailbox, uid):
    """Flag it, with a keyword of ours where the server allows any."""
    _kind, allowed = mailbox.client.response("PERMANENTFLAGS")
    any_keyword = any(rb"\*" in flags for flags in allowed or [] if flags)
    flags = rf"(\Flagged {UNREAD})" if any_keyword else r"(\Flagged)"
    mailbox.client.uid("STORE", uid, "+FLAGS", flags)
