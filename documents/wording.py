"""A company's own words in its mails: text with marks, such as {number}, that each document fills in."""

import re

from django.utils.translation import gettext_lazy as _

# What may stand between braces, and what it says.
MARKS = {
    "kind": _("what it is, such as Invoice"),
    "number": _("the document's number"),
    "company": _("your company's name"),
    "customer": _("the customer's name, or the buyer in the document"),
    "amount": _("the amount with its currency"),
    "due_date": _("the due date"),
}
_MARK = re.compile(r"\{([^{}]*)\}")


def unknown_marks(text):
    """The marks in the text that nobody can fill in, as they stand there."""
    return [found[0] for found in _MARK.finditer(text) if found[1].strip() not in MARKS]


def filled(text, values):
    """The text with its marks replaced; `values` is {mark: str}. What is no mark stays as it is."""
    return _MARK.sub(lambda found: values.get(found[1].strip(), found[0]), text)
