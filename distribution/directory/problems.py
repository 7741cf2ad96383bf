"""What can be wrong with a file or a cell of it, and what to do about it: THE table."""

from typing import NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

VALUE_SHOWN = 80  # characters

# Wrong cells: what is in them is left out, and everything else is taken in.
WRONG = {
    "no_number": _("The customer number is missing. Type it in."),
    "long_number": _("A customer number has at most 50 characters. Shorten it."),
    "formula": _(
        "This begins like a formula. Remove the sign at its beginning; if it belongs there, put "
        "an apostrophe "
        "(') before it."
    ),
    "mangled": _(
        "The spreadsheet has changed this number. Format the column as text, and type the number again."
    ),
    "uncalculated": _("The spreadsheet could not calculate this. Type the value in."),
    "not_an_address": _("This is not an e-mail address. It should look like name@company.example."),
    "too_many_addresses": _(
        "There is too much in this cell. Put the addresses on several rows with the same customer number."
    ),
    "address_as_name": _(
        "An e-mail address stands where the name should be. Put several addresses of a cell in "
        "quotation marks."
    ),
    "long_name": _("A name has at most 200 characters. Shorten it."),
    "other_name": _(
        "Row %(hint)s gives the same customer number another name, so neither row is taken. "
        "Correct the number, "
        "or write the same name on both."
    ),
    "unknown_language": _("This is not one of our languages. Write fi, sv or en, or leave it empty."),
    "other_language": _("Row %(hint)s gives the same customer another language. Write the same on both."),
    "no_heading": _(
        "There is no heading above this cell. Put several addresses of a cell in quotation marks."
    ),
}

# Cells that are taken as they are, and that somebody should look at.
NOTICES = {
    "typo": _("Did you mean %(hint)s?"),
    "blocked": _("This address is blocked: mail to it is held back until support unblocks it."),
    "no_mail": _("This domain takes no mail, as far as can be seen. Check the address."),
}

# Files that cannot be read at all.
FILES = {
    "empty": _("The file is empty. Choose another one."),
    "no_rows": _("There are no rows under the headings. Fill them in and try again."),
    "too_large": _("The file has more than %(most)s MB. Split it."),
    "too_many_rows": _("The file has more than %(most)s rows. Split it."),
    "too_many_columns": _(
        "Row %(row)s has more than %(most)s columns. Keep only those that are in the template."
    ),
    "long_row": _(
        "Line %(row)s has more than %(most)s characters, so this is no list with a row for each entry. "
        "Save it in your spreadsheet program as “CSV UTF-8” or as XLSX."
    ),
    "missing_heading": _(
        "The first row has no heading “%(heading)s”. It says: %(found)s. Name the columns as in the template."
    ),
    "heading_twice": _("The heading “%(heading)s” is there twice. Remove one of the two columns."),
    "open_quote": _(
        "A quotation mark on line %(row)s is opened and not closed. Close or remove it: "
        "everything after it is "
        "unreadable."
    ),
    "not_text": _(
        "This is neither a spreadsheet nor text. Save it in your spreadsheet program as “CSV "
        "UTF-8” or as XLSX."
    ),
    "encoding": _(
        "The letters of this file cannot be read. Save it in your spreadsheet program as “CSV "
        "UTF-8” or as XLSX."
    ),
    "unreadable": _(
        "This spreadsheet cannot be read: it is damaged, or has cells far away from the others. "
        "Copy the rows to a "
        "new spreadsheet, or save it as “CSV UTF-8”."
    ),
    "locked": _("This spreadsheet has a password. Save it without one."),
    "too_large_inside": _(
        "This spreadsheet is too large when it is unpacked. Keep one sheet with the rows alone, "
        "or save it as CSV."
    ),
    "gone": _("The file is not kept any more. Upload it again."),
    "ours": _(
        "Something went wrong on our side, and nothing more was changed. Try it again, or tell support."
    ),
}


class Problem(NamedTuple):
    """One cell that somebody should look at: where, what stands there, and a code of WRONG or NOTICES."""

    row: int  # as a spreadsheet counts, the headings being 1
    column: str  # as the file itself names it
    value: str
    code: str
    hint: str = ""


class WrongFile(ValueError):
    """Nothing of this file can be used; `str()` says why and what to do, in the reader's language."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = {name: str(value) for name, value in params.items()}

    def __str__(self) -> str:
        return str(FILES[self.code]) % self.params


def is_notice(code: str) -> bool:
    return code in NOTICES


def sentence(code: str, hint: str = "") -> str:
    """What is wrong with a cell and what to do, in the reader's language."""
    text = WRONG.get(code) or NOTICES.get(code) or gettext("This cannot be read.")
    return str(text) % {"hint": hint}


def shown(value: str) -> str:
    """A value as it is repeated to people, and as a database can keep it: whole, if it is not endless."""
    value = value.replace("\0", "")
    return value if len(value) <= VALUE_SHOWN else f"{value[: VALUE_SHOWN - 1]}…"
