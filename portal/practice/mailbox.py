"""What the customers received: every delivered mail is a file, the newest are kept."""

import codecs
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

KEEP_MAILS = 500
KEEP_BYTES = 2 * 10**9  # 500 mails of 50 MB would fill a laptop's disk
NAME = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9A-F]{8}")
TIME = "%Y%m%dT%H%M%S%f"


class Attachment(NamedTuple):
    filename: str
    media_type: str
    size: int  # bytes, decoded


@dataclass(frozen=True)
class Mail:
    """A mail as its recipient got it. `html` is the sender's own and not cleaned: show it in a sandbox."""

    name: str
    received_at: datetime
    recipient: str  # RCPT TO
    sender: str  # MAIL FROM
    subject: str
    from_header: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]


def inbox(limit: int = 50, folder: Path | None = None) -> list[Mail]:
    """The newest mails, newest first."""
    mails = []
    for path in sorted(_mails(folder).glob("*.eml"), reverse=True)[:limit]:
        with suppress(LookupError):  # deleted by the server meanwhile
            mails.append(read(path.stem, folder))
    return mails


def read(name: str, folder: Path | None = None) -> Mail:
    """The mail of this name, as inbox() gave it. Raises LookupError when there is none (any more)."""
    path = _mails(folder) / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise LookupError("no such practice mail")
    try:
        return _parse(path)
    except FileNotFoundError:
        raise LookupError("no such practice mail") from None


class Mailbox:
    """The server's side: keeps mails and deletes the oldest. One process writes, others may read."""

    def __init__(self, folder: Path, keep: int = KEEP_MAILS) -> None:
        self.folder, self.keep = _mails(folder), keep
        self.folder.mkdir(parents=True, exist_ok=True)
        for unfinished in self.folder.glob("*.part"):
            unfinished.unlink()
        self._kept = deque((path, path.stat().st_size) for path in sorted(self.folder.glob("*.eml")))
        self._bytes = sum(size for _path, size in self._kept)

    def put(self, sender: str, recipient: str, queue_id: str, content: bytes) -> str:
        """Keep a mail; returns its name. `queue_id`: eight hexadecimal digits, unique."""
        name = f"{datetime.now(UTC).strftime(TIME)}-{queue_id}"
        path = self.folder / f"{name}.eml"
        envelope = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n".encode()
        write_atomically(path, envelope, content)
        self._kept.append((path, len(envelope) + len(content)))
        self._bytes += self._kept[-1][1]
        while len(self._kept) > self.keep or (self._bytes > KEEP_BYTES and len(self._kept) > 1):
            oldest, size = self._kept.popleft()
            oldest.unlink(missing_ok=True)
            self._bytes -= size
        return name


def write_atomically(path: Path, *chunks: bytes) -> None:
    """Whoever reads the file sees all of it or nothing."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.writelines(chunks)
    unfinished.replace(path)


def _mails(folder: Path | None) -> Path:
    return (folder or settings.DATA_DIR / "practice") / "mails"


@lru_cache(maxsize=KEEP_MAILS)
def _parse(path: Path) -> Mail:
    """A kept mail never changes, so a page that is looked at again does not read it again."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    text, html = message.get_body(["plain"]), message.get_body(["html"])
    received_at = datetime.strptime(path.stem.partition("-")[0], TIME).replace(tzinfo=UTC)
    return Mail(
        name=path.stem,
        received_at=received_at,
        recipient=str(message["Delivered-To"]),
        sender=str(message["Return-Path"]).strip("<>"),
        subject=str(message["Subject"] or ""),
        from_header=str(message["From"] or ""),
        text=_text(text) if text else "",
        html=_text(html) if html else "",
        attachments=tuple(_attachment(part) for part in message.iter_attachments()),
    )


def _text(part: EmailMessage) -> str:
    """Readable whatever the charset claims to be."""
    charset = part.get_content_charset("utf-8")
    try:
        codecs.lookup(charset)
    except LookupError:
        charset = "utf-8"
    return part.get_payload(decode=True).decode(charset, "replace").replace("\r\n", "\n")


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    size = len(content) if content is not None else len(part.as_bytes())
    return Attachment(part.get_filename() or "", part.get_content_type(), size)
