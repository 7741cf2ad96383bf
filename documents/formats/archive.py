"""ZIP files that people bring: read member by member, and never written to a path of theirs. Pure."""

import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext as _

from distribution.zips import BOUNDED_WAYS, TooManyMembers, open_zip
from documents.formats.invoice import Unreadable

BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
MAX_MEMBERS = 10_000
MAX_UNPACKED_MB = 4_000
# What systems put into archives by themselves.
_LITTER = {"thumbs.db", "desktop.ini"}


# What damage inside an archive can raise.
DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    struct.error,
    zlib.error,
)


class Archive:
    """An open ZIP file; `members` are the files in it that people put there, in their order."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises Unreadable when it cannot be opened, or holds too much."""
        try:
            self._zip = open_zip(file, MAX_MEMBERS)
        except TooManyMembers:
            raise Unreadable(_too_much()) from None
        except zipfile.BadZipFile:
            raise Unreadable(
                _("The ZIP file is damaged and cannot be opened. Make it again and send it anew.")
            ) from None
        self._infos = [info for info in self._zip.infolist() if _is_wanted(info)]
        unpacked = sum(info.file_size for info in self._infos)
        if unpacked > MAX_UNPACKED_MB * 1024 * 1024:
            raise Unreadable(_too_much())
        self.members = [PurePosixPath(info.filename.replace("\\", "/")).name for info in self._infos]

    def read(self, position: int, most: int) -> bytes:
        """One member, of at most `most` bytes. Raises Unreadable."""
        info = self._infos[position]
        if info.flag_bits & 1:
            raise Unreadable(_("The ZIP file asks for a password. Make it without one and send that."))
        if info.compress_type not in BOUNDED_WAYS:
            raise Unreadable(
                _("The ZIP file is packed in an unusual way. Make it with your computer's own ZIP program.")
            )
        try:
            with self._zip.open(info) as member:
                # Not what the archive says of itself: a bomb says little.
                content = member.read(most + 1)
        except DAMAGED:
            raise Unreadable(_("This file is damaged inside the ZIP file. Put it in anew.")) from None
        if len(content) > most:
            limit = {"limit": most // 1024 // 1024}
            raise Unreadable(_("The file has more than %(limit)s MB. Make it smaller.") % limit)
        return content


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    is_litter = path.name.startswith(".") or path.name.lower() in _LITTER or "__MACOSX" in path.parts
    return not info.is_dir() and not is_litter


def _too_much() -> str:
    limits = {"files": MAX_MEMBERS, "size": MAX_UNPACKED_MB // 1000}
    return (
        _("A batch has at most %(files)s files and %(size)s GB unpacked. Split it into several ZIP files.")
        % limits
    )
