"""From rows to customers: what each row says, joined by customer number, and what is wrong with it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from distribution import typos
from distribution.addresses import InvalidAddress, normalise, split
from distribution.directory.guard import is_guarded, unguard
from distribution.directory.headings import find_columns
from distribution.directory.problems import Problem, WrongFile, is_notice, shown
from distribution.directory.tables import Table
from distribution.numbers import numbers_in

NUMBER_LENGTH, NAME_LENGTH = 50, 200
# Of one cell. A customer has more addresses than this only when columns were mixed up.
ADDRESSES, CELL_LENGTH = 50, 5_000
BAD_ONES_NAMED = 5
ROWS_BETWEEN = 2_000  # two tellings of how far it is

LANGUAGES = {
    "fi": "fi fin suomi finnish finska",
    "sv": "sv swe se ruotsi swedish svenska",
    "en": "en eng englanti english engelska",
}
_LANGUAGE_OF = {word: language for language, words in LANGUAGES.items() for word in words.split()}

# What spreadsheets make of long numbers, and of what they cannot calculate.
_MANGLED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_UNCALCULATED = re.compile(r"#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|PUUTTUU!?|VIITTAUS!|ARVO!|SAKNAS!?)")
_SEPARATORS = re.compile("[;,\n]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")

Note = Callable[[Problem], None]


@dataclass(slots=True)
class Entry:
    """One customer as the file has it. `addresses` maps each to whether it gets a copy (Cc)."""

    row: int
    numbers: list[str]
    name: str = ""
    language: str = ""
    addresses: dict[str, bool] = field(default_factory=dict)
    is_partial: bool = False  # something of it was wrong, so nothing may be taken away for its sake
    is_refused: bool = False  # two names for one number: whose addresses these are is not known


@dataclass
class Directory:
    """What a file says. `columns` are those it has: what is not there is left as it is."""

    columns: frozenset[str]
    entries: list[Entry]
    rows: int
    wrong_rows: int


def read_directory(
    table: Table, note: Note | None = None, progress: Callable[[int], None] | None = None
) -> Directory:
    """Raises WrongFile when nothing of it can be used. Wrong cells and notices are told one by one to `note`.

    Without it nobody looks for what is only noticed. A wrong cell never spoils its neighbours. `progress`
    is told the row's number every few thousand rows.
    """
    headings = next(((number, row) for number, row in table.rows if any(map(str.strip, row))), None)
    if headings is None:
        raise WrongFile("empty")
    reading = _Reading(headings[1], note)
    for number, cells in table.rows:
        if any(cells):
            reading.take(number, cells)
        if progress is not None and number % ROWS_BETWEEN == 0:
            progress(number)
    if not reading.rows:
        raise WrongFile("no_rows")
    return reading.directory()


class _Reading:
    def __init__(self, headings: list[str], note: Note | None) -> None:
        self.columns = find_columns(headings)
        self.titles = {column: headings[place].strip() for column, place in self.columns.items()}
        self.named = len(headings)
        self.note = note
        self.by_number: dict[str, Entry] = {}
        self.rows = self.wrong_rows = self.last_wrong_row = 0

    def directory(self) -> Directory:
        entries = {id(entry): entry for entry in self.by_number.values()}
        return Directory(frozenset(self.columns), list(entries.values()), self.rows, self.wrong_rows)

    def take(self, row: int, cells: list[str]) -> None:
        cell = {
            column: cells[place].strip() if place < len(cells) else ""
            for column, place in self.columns.items()
        }
        if not any(cell.values()) and not any(map(str.strip, cells[self.named :])):
            return
        self.rows += 1
        self.row, self.is_wrong = row, False
        numbers = self._numbers(cell["customer_number"])
        name = self._name(cell.get("name", ""))
        language = self._language(cell.get("language", ""))
        addresses = self._addresses("email", cell["email"], False)
        addresses = self._addresses("copy", cell.get("copy", ""), True) | addresses
        self._look_beyond(cells)
        if numbers:
            self._join(Entry(row, numbers, name, language, addresses, self.is_wrong))

    def _tell(self, column: str, value: str, code: str, hint: object = "") -> None:
        title = self.titles.get(column, column)
        if self.note:
            self.note(Problem(self.row, title, shown(value), code, shown(str(hint))))
        if is_notice(code):
            return
        self.is_wrong = True
        if self.row != self.last_wrong_row:
            self.wrong_rows += 1
            self.last_wrong_row = self.row

    def _numbers(self, cell: str) -> list[str]:
        if cell.isalnum() and len(cell) <= NUMBER_LENGTH:
            return [cell]  # nearly all of them, and nothing can be wrong with one
        if not cell:
            self._tell("customer_number", "", "no_number")
        if len(cell) > CELL_LENGTH:
            self._tell("customer_number", cell, "long_number")
            return []
        good: dict[str, None] = {}
        # With a decimal comma a mangled one would be two numbers, the first of them a wrong customer's.
        texts = [cell] if _MANGLED.fullmatch(cell) else numbers_in(cell)
        for text in texts if cell else ():
            code = _wrong_number(text)
            if code:
                self._tell("customer_number", text, code)
            else:
                good[_clean(unguard(text))] = None
        return list(good)

    def _name(self, cell: str) -> str:
        if cell.replace(" ", "").isalnum() and len(cell) <= NAME_LENGTH:
            return cell
        name = _clean(unguard(cell))
        if len(name) > NAME_LENGTH:
            self._tell("name", name, "long_name")
        elif cell.startswith("="):
            self._tell("name", cell, "formula")
        elif _UNCALCULATED.fullmatch(cell):
            self._tell("name", cell, "uncalculated")
        elif "@" in name and _is_address(name):
            self._tell("name", name, "address_as_name")
        else:
            return name
        return ""

    def _language(self, cell: str) -> str:
        if not cell:
            return ""
        word = cell.casefold()
        language = _LANGUAGE_OF.get(word) or _LANGUAGE_OF.get(re.split("[-_]", word)[0], "")
        if not language:
            self._tell("language", cell, "unknown_language")
        return language

    def _addresses(self, column: str, cell: str, copy: bool) -> dict[str, bool]:
        if not cell:
            return {}
        if len(cell) > CELL_LENGTH or (len(cell) > ADDRESSES and len(_SEPARATORS.findall(cell)) > ADDRESSES):
            self._tell(column, cell, "too_many_addresses")
            return {}
        good: dict[str, bool] = {}
        bad = 0
        for text, address in _parts(cell):
            if address:
                good[address] = copy
                if self.note:
                    self._look_closer(column, address)
            elif (bad := bad + 1) <= BAD_ONES_NAMED:
                self._tell(column, text, _wrong_address(text))
        return good

    def _look_closer(self, column: str, address: str) -> None:
        likely = typos.meant(address)
        if likely:
            self._tell(column, address, "typo", likely)

    def _look_beyond(self, cells: list[str]) -> None:
        """Addresses of a cell without quotation marks stand in columns of their own."""
        for cell in cells[self.named :]:
            if cell.strip():
                self._tell("", cell.strip(), "no_heading")
                return

    def _join(self, new: Entry) -> None:
        """Put the row to those that have a number in common with it."""
        known = {id(entry): entry for n in new.numbers if (entry := self.by_number.get(n))}
        if not known:
            self.by_number.update(dict.fromkeys(new.numbers, new))
            return
        entry, *others = sorted([*known.values(), new], key=lambda one: one.row)
        for other in others:
            self._merge(entry, other)
        for number in entry.numbers:
            self.by_number[number] = entry

    def _merge(self, entry: Entry, other: Entry) -> None:
        if entry.name and other.name and _folded(entry.name) != _folded(other.name):
            self._tell("name", other.name, "other_name", entry.row)
            entry.is_refused = True
        if entry.language and other.language and entry.language != other.language:
            self._tell("language", other.language, "other_language", entry.row)
            entry.is_partial = True
        entry.name = entry.name or other.name
        entry.language = entry.language or other.language
        entry.numbers = list(dict.fromkeys([*entry.numbers, *other.numbers]))
        for address, copy in other.addresses.items():
            entry.addresses[address] = entry.addresses.get(address, True) and copy
        entry.is_partial |= other.is_partial
        entry.is_refused |= other.is_refused


def _wrong_number(text: str) -> str:
    if not is_guarded(text):
        return "formula"
    if _MANGLED.fullmatch(text):
        return "mangled"
    if _UNCALCULATED.fullmatch(text):
        return "uncalculated"
    if not _clean(unguard(text)):
        return "no_number"
    return "long_number" if len(unguard(text)) > NUMBER_LENGTH else ""


def _wrong_address(text: str) -> str:
    if not is_guarded(text):
        return "formula"
    return "uncalculated" if _UNCALCULATED.fullmatch(text) else "not_an_address"


def _parts(cell: str) -> Iterator[tuple[str, str]]:
    """Each address of a cell as it stands there, and normalised; "" where it is none."""
    try:
        yield cell, _one_address(cell)
        return
    except InvalidAddress:
        found = split(cell)
    for address in [*found.good, *found.bad]:
        try:
            yield address, _one_address(address)
        except InvalidAddress:
            yield address, ""


def _one_address(text: str) -> str:
    """Raises InvalidAddress, also for what spreadsheets would take for a formula."""
    if not is_guarded(text):
        raise InvalidAddress(text)
    return normalise(unguard(text))


def _is_address(text: str) -> bool:
    try:
        return bool(normalise(text))
    except InvalidAddress:
        return False


def _clean(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
