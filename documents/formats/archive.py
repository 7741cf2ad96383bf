"""ZIP files that people bring: read member by member, and never written to a path of theirs. Pure."""

import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext as _

from documents.formats.invoice import Unreadable

BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
MAX_MEMBERS = 10_000
MAX_UNPACKED_MB = 4_000
# The record that ends an archive, with a comment of 64 kB at the most (APPNOTE.TXT 4.3.16).
_END, _END_LENGTH, _TAIL = b"PK\x05\x06", 22, 22 + 0xFFFF
_ENTRY_AT_MOST = 400  # bytes of the directory for each member; names are rarely longer
# What systems put into archives by themselves.
_LITTER = {"thumbs.db", "desktop.ini"}


class Archive:
    """An open ZIP file; `members` are the files in it that people put there, in their order."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises Unreadable when it cannot be opened, or holds too much."""
        _check_directory(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error):
            raise Unreadable(
                _("The ZIP file is damaged and cannot be opened. Make it again and send it anew.")
            ) from None
        self._infos = [info for info in self._zip.infolist() if _is_wanted(info)]
        unpacked = sum(info.file_size for info in self._infos)
        if len(self._infos) > MAX_MEMBERS or unpacked > MAX_UNPACKED_MB * 1024 * 1024:
            raise Unreadable(_too_much())
        self.members = [PurePosixPath(info.filename.replace("\\", "/")).name for info in self._infos]

    def read(self, position: int, most: int) -> bytes:
        """One member, of at most `most` bytes. Raises Unreadable."""
        info = self._infos[position]
        if info.flag_bits & 1:
            raise Unreadable(_("The ZIP file asks for a password. Make it without one and send that."))
        try:
            with self._zip.open(info) as member:
                # Not what the archive says of itself: a bomb says little.
                content = member.read(most + 1)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error):
            raise Unreadable(_("This file is damaged inside the ZIP file. Put it in anew.")) from None
        if len(content) > most:
            limit = {"limit": most // 1024 // 1024}
            raise Unreadable(_("The file has more than %(limit)s MB. Make it smaller.") % limit)
        return content


def _check_directory(file: IO[bytes]) -> None:
    """Before anything reads the whole directory: one of millions of members would fill the memory."""
    file.seek(0, 2)
    length = file.tell()
    file.seek(max(0, length - _TAIL))
    tail = file.read()
    end = tail.rfind(_END)
    if 0 <= end <= len(tail) - _END_LENGTH:
        members, size = struct.unpack("<HL", tail[end + 10 : end + 16])
        if members > MAX_MEMBERS or size > MAX_MEMBERS * _ENTRY_AT_MOST:
            raise Unreadable(_too_much())
    file.seek(0)


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
