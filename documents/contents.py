"""What is inside a batch's file: documents in a ZIP or in one XML file, and what its list says of them."""

from dataclasses import dataclass, field, replace
from pathlib import PurePath

from django.utils.translation import gettext as _

from distribution.directory import MAX_MB
from documents import formats, manifest
from documents.formats import Facts, Unreadable, scan, xml
from documents.formats.archive import BEGINS, Archive
from documents.manifest import same_name
from documents.preparing import MAX_ATTACHMENTS, Attachment

MB = 1024 * 1024
TABLES = (".csv", ".xlsx", ".xls", ".ods")
# The list is told from attachments that are tables by its name, or by being the only table.
LIST_NAMES = {"list", "lista", "luettelo", "index", "manifest", "documents", "asiakirjat", "dokument"}


@dataclass(frozen=True)
class Found:
    """A document in a batch, or a file that is none: then `problem` says why."""

    name: str
    facts: Facts = field(default_factory=Facts)  # what the list says
    source: dict = field(default_factory=dict)  # where it is: see Contents.load()
    content: bytes = b""
    attachments: tuple = ()
    is_unlisted: bool = False  # there is a list, and it does not name this file
    problem: str = ""


class Contents:
    """An open batch file. Its `members` are the names of the files in it; `most` is the largest in bytes.

    Raises Unreadable when the file is no batch, or its list cannot be read.
    """

    def __init__(self, batch, most):
        self._file, self._most = _opened(batch.file), most
        begins = self._file.read(64)
        self._file.seek(0)
        self._archive = Archive(self._file) if begins.startswith(BEGINS) else None
        if self._archive is None and not xml.looks_like(begins):
            raise Unreadable(
                _("A batch is a ZIP file of documents, or an XML file with e-invoices. This file is neither.")
            )
        self.members = self._archive.members if self._archive else [batch.name]
        self._places = _by_name(enumerate(self.members), lambda member: member[1])
        self._last = (None, [])
        self._read_list(batch)

    def __enter__(self):
        return self

    def __exit__(self, *_trouble):
        self._file.close()

    def documents_in(self, place):
        """What one file of the batch holds: nothing for the list and attachments, else documents."""
        name = self.members[place]
        if place == self._list_place or self._is_only_attached(name):
            return
        try:
            entry = self._entry(name)
            parts = self._parts(place)
            attached = [self._place_of(other) for other in entry.attachments]
            attachments = self._attachments(attached)
        except Unreadable as unreadable:
            yield Found(name, problem=str(unreadable))
            return
        for part, content in enumerate(parts):
            shown = name if len(parts) == 1 else f"{name} · {part + 1}"
            # What the list says of a file with several documents, it says of all of them.
            facts = entry.facts if len(parts) == 1 else replace(entry.facts, number="")
            source = {"member": place, "part": part, "attached": attached}
            yield Found(shown, facts, source, content, attachments, self._is_unlisted(name))

    def _is_unlisted(self, name):
        return self._has_list and same_name(name) not in self._entries

    def _is_only_attached(self, name):
        """What the list gives a row of its own is a document, whatever else it is attached to."""
        return same_name(name) in self._attached - self._entries.keys()

    def absent(self):
        """The rows of the list whose file is not there."""
        for name, entries in self._entries.items():
            if name not in self._places:
                absent = _("The list names this file on row %(row)s, but it is not in the batch. Put it in.")
                problem = entries[0].problem or absent % {"row": entries[0].row}
                yield Found(entries[0].file or "–", problem=problem)

    def load(self, source):
        """The bytes and attachments of a document that was found before. Raises Unreadable."""
        content = self._parts(source["member"])[source["part"]]
        return content, self._attachments(source["attached"])

    def _read_list(self, batch):
        self._list_place, raw = None, b""
        if batch.list_file:
            with _opened(batch.list_file) as file:
                raw = file.read()
        else:
            self._list_place = self._find_list() if self._archive else None
            if self._list_place is not None:
                raw = self._archive.read(self._list_place, MAX_MB * MB)
        entries = manifest.read(raw) if raw else []
        self._has_list = bool(raw)
        self._entries = _by_name(entries, lambda entry: entry.file)
        self._attached = {same_name(name) for entry in entries for name in entry.attachments}

    def _find_list(self):
        tables = [place for place, name in enumerate(self.members) if name.lower().endswith(TABLES)]
        named = [place for place in tables if PurePath(self.members[place]).stem.lower() in LIST_NAMES]
        return next(iter(named or (tables if len(tables) == 1 else [])), None)

    def _entry(self, name):
        """What the list says of a file, if anything. Raises Unreadable when that is not clear."""
        entries = self._entries.get(same_name(name), [])
        if not entries:
            return manifest.Entry(0, name, Facts())
        if len(entries) > 1:
            raise Unreadable(_("The list names this file on several rows. Keep one of them."))
        if entries[0].problem:
            raise Unreadable(entries[0].problem)
        self._place_of(name)
        return entries[0]

    def _place_of(self, name):
        places = self._places.get(same_name(name), [])
        if not places:
            raise Unreadable(
                _("The attachment “%(name)s” is not in the batch. Put it in.") % {"name": name[:100]}
            )
        if len(places) > 1:
            problem = _(
                "Two files in the batch are called “%(name)s”, so the list may mean either. Rename one."
            )
            raise Unreadable(problem % {"name": name[:100]})
        return places[0][0]

    def _parts(self, place):
        if self._last[0] == place:  # asked for one part after the other
            return self._last[1]
        content = self._read(place)
        if content.startswith(BEGINS):
            raise Unreadable(
                _("A ZIP file inside the ZIP file is not opened. Put its documents in themselves.")
            )
        self._last = (place, formats.split(content))
        return self._last[1]

    def _read(self, place):
        if self._archive:
            return self._archive.read(place, self._most)
        self._file.seek(0)
        return self._file.read(scan.LARGEST + 1)  # more than that, its reader refuses

    def _attachments(self, places):
        """Within bounds: a list may name a large file any number of times."""
        if len(places) > MAX_ATTACHMENTS:
            raise Unreadable(_("A document has at most %(most)s attachments.") % {"most": MAX_ATTACHMENTS})
        attachments, room = [], self._most
        for place in places:
            content = self._read(place)
            room -= len(content)
            if room < 0:
                problem = _(
                    "The file and its attachments have more than %(limit)s MB together. Make them smaller."
                )
                raise Unreadable(problem % {"limit": self._most // MB})
            attachments.append(Attachment(self.members[place], content))
        return tuple(attachments)


def _opened(file):
    try:
        return file.storage.open(file.name, "rb")
    except (ValueError, FileNotFoundError):
        raise Unreadable(_("The file is not kept any more. Send the batch again.")) from None


def _by_name(things, name_of):
    found = {}
    for thing in things:
        found.setdefault(same_name(name_of(thing)), []).append(thing)
    return found
