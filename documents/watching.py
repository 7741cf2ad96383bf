"""A folder that is watched: each file that is put into it is taken in, and moved to `done` or `refused`.

A file is locked while it is worked on and stays where it is until that is over. So a second watcher leaves
it alone, and when one is killed the next takes the file up again; the document's external id, made from the
file itself, sees to it that it is received once all the same.
"""

import fcntl
import logging
import os
import re
import time
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from django.db import InterfaceError, OperationalError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from documents import formats, intake
from documents.formats import Facts, Unreadable, scan
from documents.models import Document
from documents.preparing import upload_limit

logger = logging.getLogger(__name__)

MB = 1024 * 1024
# Programs that copy write all the time, so a file that did not change for so long is complete …
SETTLED_AFTER = 2  # seconds
# … but a network may pause: what cannot be read yet may be the beginning of a file.
PATIENCE = 60  # seconds
# What browsers, copying programs and editors call their unfinished and temporary files.
UNFINISHED = re.compile(
    r"^[.~]|(~|\.(tmp|temp|part|partial|filepart|crdownload|download|swp|lock))$", re.IGNORECASE
)
LONGEST_STEM = 180  # octets; a name has 255 at the most
DONE, REFUSED = "done", "refused"


class Incomplete(Exception):
    """The file may still be being written, or somebody else has it; it is looked at again later."""


def look(folder, company, names=None):
    """Take in every complete file of the folder, the oldest first. Yields (name, sentence) for each.

    `names` is a compiled pattern with groups such as `customer_number` and `number`, for what file names say
    (see pattern_of). Raises OSError when the folder cannot be read or written, and ServiceOff; then the
    files stay where they are.
    """
    for sub in (DONE, REFUSED):
        (folder / sub).mkdir(exist_ok=True)
        with _opened(folder / sub):
            pass  # it is a folder, and no link to one
    for path in _waiting(folder):
        try:
            with _locked(path) as file:
                yield path.name, _take(path, file, company, _said_by(path.name, names))
        except Incomplete:
            continue
        except PermissionError:
            yield path.name, _("We may not read or move this file. Let us, or remove it.")


def pattern_of(text):
    """`{customer_number}_{number}` as a pattern for file names without their ending. Raises ValueError."""
    parts = re.split(r"\{(\w+)\}", text)
    known = {"customer_number", "number", "kind"}
    if not set(parts[1::2]) & known or set(parts[1::2]) - known:
        raise ValueError(text)
    made = [f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)]
    return re.compile("".join(made))


def _waiting(folder):
    """The files that may be complete by now."""
    with os.scandir(folder) as entries:
        files = [entry for entry in entries if entry.is_file(follow_symlinks=False)]
    old = []
    for entry in files:
        with suppress(FileNotFoundError):  # another watcher was quicker
            old.append((entry.stat(follow_symlinks=False).st_mtime, entry.name))
    settled = [pair for pair in old if pair[0] < time.time() - SETTLED_AFTER]
    return [folder / name for _mtime, name in sorted(settled) if not UNFINISHED.search(name)]


@contextmanager
def _locked(path):
    """The file, open and ours alone. Raises Incomplete when it is gone or another watcher has it."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise Incomplete from None
    with os.fdopen(number, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_there = os.stat(path, follow_symlinks=False).st_ino == os.fstat(number).st_ino
        except (BlockingIOError, FileNotFoundError):
            raise Incomplete from None
        if not is_there:  # moved away before we had the lock, and another file has its name
            raise Incomplete
        yield file


def _said_by(name, names):
    found = names and names.fullmatch(Path(name).stem)
    return Facts(**found.groupdict()) if found else Facts()


def _take(path, file, company, facts):
    """Take one file in and move it. Returns a sentence about it; raises Incomplete."""
    before = os.fstat(file.fileno())
    most = max(upload_limit(company) * MB, scan.LARGEST)
    if before.st_size > most:
        return _refuse(
            path, _("The file has more than %(limit)s MB. Make it smaller.") % {"limit": most // MB}
        )
    content = file.read()
    try:
        parts = formats.split(content)
        if len(parts) == 1:
            formats.examine(parts[0])
    except Unreadable as problem:
        if before.st_mtime > time.time() - PATIENCE:
            raise Incomplete from None
        return _refuse(path, str(problem))
    if os.fstat(file.fileno()).st_mtime_ns != before.st_mtime_ns or len(content) != before.st_size:
        raise Incomplete  # it grew while it was read
    made = _Taken(path, before.st_ctime_ns, company, facts)
    for number, part in enumerate(parts, 1):
        made.take(number if len(parts) > 1 else 0, part)
    return made.finish()


class _Taken:
    """What becomes of the documents in one file."""

    def __init__(self, path, changed_at, company, facts):
        self.path, self.changed_at, self.company, self.facts = path, changed_at, company, facts
        self.told, self.is_refused = [], False

    def take(self, number, content):
        """Take one document in; `number` is which of the file, or 0 for all of it."""
        try:
            document = intake.receive(
                self.company,
                self.facts,
                content,
                self.path.name,
                source=Document.Source.FOLDER,
                external_id=self._external_id(number, content),
            )
        except intake.ServiceOff:
            raise
        except intake.Refused as refusal:
            self._refuse(number, content, str(refusal))
        except (OperationalError, InterfaceError):
            raise  # the database is away: the file waits for it
        except Exception:
            logger.exception("A file of a watched folder cannot be taken in")
            self._refuse(number, content, _("We could not take this file in; the portal's log says why."))
        else:
            self.told.append(_about(document))

    def finish(self):
        """Move the file. Returns what is told of it."""
        if not self.is_refused:
            _move(self.path, DONE)
        return " ".join(self.told)

    def _external_id(self, number, content):
        # Not by its own time: a file that is put back from `done` is meant to go once more.
        known = [self.path.name, self.changed_at, number, sha256(content).hexdigest()]
        return f"folder-{sha256(repr(known).encode()).hexdigest()}"

    def _refuse(self, number, content, reason):
        if number == 0:
            self.told.append(_refuse(self.path, reason))
            self.is_refused = True
            return
        # Of a file with several documents the good ones are sent, and the others are put aside one by one.
        part = self.path.with_name(f"{self.path.stem}-{number}{self.path.suffix}")
        with _opened(self.path.parent / REFUSED) as refused:
            name = _free(part, refused)
            _write_reason(name, reason, refused)
            _write(name, content, refused)
        self.told.append(f"{part.name}: {reason}")


def _about(document):
    if document.is_held:
        first = document.duplicate_of
        shown = {"document": document, "date": date_format(localtime(first.received_at), "SHORT_DATE_FORMAT")}
        return _("%(document)s is held, because it was received before, on %(date)s.") % shown
    return _("%(document)s was taken in.") % {"document": document}


def _refuse(path, reason):
    with _opened(path.parent / REFUSED) as refused:
        name = _free(path, refused)
        # The reason first: a file without one would leave people guessing.
        _write_reason(name, reason, refused)
        os.rename(path, name, dst_dir_fd=refused)
    return reason


def _move(path, where):
    with _opened(path.parent / where) as folder:
        os.rename(path, _free(path, folder), dst_dir_fd=folder)


@contextmanager
def _opened(folder):
    """A folder, as os functions take it. Raises OSError where it is a link.

    Whoever may write here could have files moved to where only we may, such as another company's folder.
    """
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield number
    finally:
        os.close(number)


def _free(path, folder):
    """A name in the folder that is not taken: an earlier file of the same name is kept."""
    # Short enough for what is put behind it.
    stem = os.fsdecode(os.fsencode(path.stem)[:LONGEST_STEM])
    number, name = 1, f"{stem}{path.suffix}"
    while _is_there(name, folder) or _is_there(_reason_file(name), folder):
        number += 1
        name = f"{stem} ({number}){path.suffix}"
    return name


def _is_there(name, folder):
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _reason_file(name):
    return f"{name}.txt"


def _write_reason(name, reason, folder):
    _write(_reason_file(name), f"{reason}\n".encode(), folder)


def _write(name, content, folder):
    """Never through a link that somebody put there: it would write where only we may."""
    number = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder)
    with os.fdopen(number, "wb") as file:
        file.write(content)
