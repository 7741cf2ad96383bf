"""ZIP files that lie about themselves: refused before they fill the memory."""

import io
import struct
import zipfile

import pytest

from distribution.zips import TooManyMembers, open_zip
from documents.formats import Unreadable
from documents.formats.archive import Archive
from tests.archives import zipped

MEMBERS = 200_000
ENTRY = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, *[0] * 6) + b"a"


def end(members, size, offset):
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, members, members, size, offset, 0)


def with_two_ends():
    """The end that everybody reads first tells of one member; the one of ZIP64 before it holds."""
    directory = ENTRY * MEMBERS
    real = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, MEMBERS, MEMBERS, len(directory), 0)
    return directory + real + struct.pack("<4sLQL", b"PK\6\7", 0, len(directory), 1) + end(1, 46, 0)


def with_a_false_end():
    """Whoever looks for the last mark of an end finds one inside of it."""
    directory = ENTRY * MEMBERS
    return directory + end(1, len(directory), int.from_bytes(b"PK\5\6", "little"))


@pytest.mark.parametrize("made", [with_two_ends, with_a_false_end])
def test_its_directory_is_not_read_when_it_is_too_long_whatever_it_says(made):
    with pytest.raises(TooManyMembers):
        open_zip(io.BytesIO(made()), 10_000)
    with pytest.raises(Unreadable, match="at most 10000 files"):
        Archive(io.BytesIO(made()))


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_unpacks_at_once_to_any_size_is_not_unpacked(way):
    archive = Archive(io.BytesIO(zipped({"a.pdf": b"%PDF-"}, compression=way)))
    with pytest.raises(Unreadable, match="unusual way"):
        archive.read(0, 1000)
