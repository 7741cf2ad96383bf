"""The kinds of values in the API's bodies. Each says in the description what it takes."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

_LINE = r"^[^\u0000-\u001f\u007f-\u009f]*$"
_LINES = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"

# A query has "+" for a space, and many forget that.
_OFFSET = re.compile(r" (?=\d\d:\d\d$)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Taken(BaseModel):
    """What comes in: of the right types, and without fields that we do not know."""

    model_config = ConfigDict(extra="forbid", strict=True)


def line(longest, **more):
    """A text of one line."""
    return Annotated[str, StringConstraints(max_length=longest, pattern=_LINE), Field(**more)]


def lines(longest, **more):
    """A text that may have several lines."""
    return Annotated[str, StringConstraints(max_length=longest, pattern=_LINES), Field(**more)]


def _as_day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("There is no such day.")) from None


def _as_moment(text):
    text = _OFFSET.sub("+", text) if isinstance(text, str) else ""
    try:
        moment = datetime.fromisoformat(text.upper()) if _MOMENT.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None or not 1900 < moment.year < 3000:
        raise ValueError(_("Write a time with its offset, such as 2026-11-24T09:00:00+02:00."))
    return moment.astimezone(UTC)


Day = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_as_day),
    Field(json_schema_extra={"format": "date"}, examples=["2026-12-08"]),
]
MomentTaken = Annotated[
    datetime,
    BeforeValidator(_as_moment, json_schema_input_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]

# What we say.
Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
DaySaid = Annotated[str, Field(json_schema_extra={"format": "date"})]
Page = Annotated[
    str, Field(json_schema_extra={"format": "uri"}, description="The page in the portal, for people.")
]


def moment(at):
    """A time as we say it everywhere; None stays None."""
    return at and at.isoformat(timespec="microseconds")
