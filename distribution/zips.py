"""ZIP files from outside, opened within bounds whatever they say of themselves. Pure."""

import struct
import zipfile
from typing import IO

_ENTRY_AT_MOST = 400  # bytes of the directory for each member; names are rarely longer
# Each member's way of packing; of the others one small piece may unpack to gigabytes before anything counts.
BOUNDED_WAYS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class TooManyMembers(Exception):
    """There are more files in it than anybody needs."""


def open_zip(file: IO[bytes], most_members: int) -> zipfile.ZipFile:
    """Raises TooManyMembers and zipfile.BadZipFile.

    How long the directory is, an archive says at several places, which need not agree. So it is counted
    where it is read: one of millions of members would fill the memory.
    """
    careful = _Careful(file, most_members * _ENTRY_AT_MOST)
    try:
        archive = zipfile.ZipFile(careful)  # reads, seeks and tells: no more is used
    except (NotImplementedError, ValueError, IndexError, OSError, struct.error) as problem:
        raise zipfile.BadZipFile(str(problem)) from problem
    if len(archive.infolist()) > most_members:
        raise TooManyMembers
    careful.most = None
    return archive


class _Careful:
    """A file that is read in no piece of more than `most` bytes; None: in any."""

    def __init__(self, file: IO[bytes], most: int | None) -> None:
        self._file, self.most = file, most
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if self.most is None:
            return self._file.read(size)
        content = self._file.read(size if 0 <= size <= self.most else self.most + 1)
        if len(content) > self.most:
            raise TooManyMembers
        return content
