"""The list that comes with a batch: what is known of each of its files. Pure.

    file,number,customer_number,email,kind,attachments
    scan-17.pdf,2026-17,1001,,invoice,hours-17.xlsx
    scan-18.pdf,2026-18,,a@candle.example;b@candle.example,reminder,

Only `file` has to be there; an empty cell leaves the question to the file.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from distribution.directory import WrongFile, open_table
from distribution.directory.guard import unguard
from distribution.directory.headings import SYNONYMS
from documents.formats import Facts, Unreadable
from documents.formats.archive import MAX_MEMBERS

COLUMNS = {
    "file": "file files filename document tiedosto tiedostonimi tiedostonnimi asiakirja fil filnamn dokument",
    "number": """number documentnumber invoicenumber invoiceno numero laskunumero laskunro asiakirjanumero
        nummer fakturanummer fakturanr dokumentnummer""",
    "customer_number": SYNONYMS["customer_number"],
    "addresses": f"{SYNONYMS['email']} addresses osoitteet adresser",
    "kind": "kind type documenttype laji tyyppi asiakirjatyyppi typ slag dokumenttyp",
    "attachments": "attachments attachment liitteet liite bilagor bilaga",
}
# Where the list that we offer has a column of its own.
HEADINGS = ("file", "number", "customer_number", "email", "kind", "attachments")
EXAMPLE = (
    ("scan-17.pdf", "2026-17", "1001", "", "invoice", "hours-17.xlsx"),
    ("scan-18.pdf", "2026-18", "", "a@candle.example;b@candle.example", "reminder", ""),
)
KINDS = {
    "invoice": "invoice lasku faktura",
    "credit_note": "creditnote credit hyvityslasku hyvitys kreditfaktura kreditnota",
    "reminder": "reminder maksumuistutus muistutus betalningspåminnelse påminnelse",
    "order": "order tilaus beställning",
    "order_confirmation": "orderconfirmation tilausvahvistus orderbekräftelse",
    "delivery_note": "deliverynote lähete lähetyslista följesedel",
    "other": "other muu annat övrigt dokumentti document dokument",
}
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Entry:
    """What the list says of one file; `problem` is a sentence when it says something impossible."""

    row: int  # as a spreadsheet counts, the headings being 1
    file: str
    facts: Facts
    attachments: tuple[str, ...] = ()
    problem: str = ""


def read(content: bytes) -> list[Entry]:
    """The rows of a list, a CSV or a spreadsheet. Raises Unreadable when it is no list of files."""
    try:
        rows = iter(open_table(content).rows)
        _number, headings = next(rows, (1, []))
        columns = _columns(headings)
        return list(_entries(rows, columns))
    except WrongFile as wrong:
        raise Unreadable(_("The list cannot be read. %(why)s") % {"why": wrong}) from wrong


def same_name(name: str) -> str:
    """What makes two spellings of a file's name one: case, composed letters and folders do not count."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2].strip().casefold()


def _columns(headings: Sequence[str]) -> dict[str, int]:
    known = {word: column for column, words in COLUMNS.items() for word in words.split()}
    found: dict[str, int] = {}
    for position, heading in enumerate(headings):
        column = known.get(_bare(heading))
        if column in found:
            raise WrongFile("heading_twice", heading=heading.strip()[:80])
        if column:
            found[column] = position
    if "file" not in found:
        said = ", ".join(heading.strip() for heading in headings if heading.strip())
        told = _(
            "The first row of the list has no heading “file”. It says: %(found)s. Name the columns as in the "
            "template, of which only “file” has to be there: %(headings)s."
        )
        raise Unreadable(told % {"found": said[:80] or "–", "headings": ", ".join(HEADINGS)})
    return found


def _bare(text: str) -> str:
    return _SIGNS.sub("", text.casefold())


def _entries(rows: Iterator[tuple[int, list[str]]], columns: dict[str, int]) -> Iterator[Entry]:
    for number, cells in rows:
        said = {
            column: unguard(cells[position].replace("\0", "").strip()) if position < len(cells) else ""
            for column, position in columns.items()
        }
        if number > MAX_MEMBERS + 1:  # the headings
            raise WrongFile("too_many_rows", most=MAX_MEMBERS)
        if any(said.values()):
            yield _entry(number, said)


def _entry(number: int, said: dict[str, str]) -> Entry:
    kind, problem = said.get("kind", ""), ""
    if kind:
        words = {word: value for value, words in KINDS.items() for word in words.split()}
        kind = words.get(_bare(kind), "")
    if not said["file"]:
        problem = _("The list names no file here. Write the file's name into the column “file”.")
    elif said.get("kind") and not kind:
        known = {"kind": said["kind"][:30], "known": ", ".join(KINDS)}
        problem = _("“%(kind)s” in the list is no document type. Write one of these: %(known)s.") % known
    facts = Facts(said.get("number", ""), kind, said.get("customer_number", ""), said.get("addresses", ""))
    attachments = tuple(filter(None, (name.strip() for name in said.get("attachments", "").split(";"))))
    return Entry(number, said["file"], facts, attachments, problem)
