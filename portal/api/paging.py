"""Long lists in stretches, by mark and not by number: what is new does not push others over the edge."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

from django.db.models import Q
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from portal.api.problems import invalid

MOST = 200
USUAL = 50

CURSOR = Query(
    "", description="The `next_cursor` of the stretch before. Empty: from the start.", max_length=100
)
LIMIT = Query(USUAL, description="How many at the most.", ge=1, le=MOST)
NEXT_CURSOR = Field(
    description="Where the next stretch begins: send it as `cursor`. Null: this is the last one.",
    examples=["MjAyNi0xMS0yNFQwOToxNDowMi4xMjM0NTYrMDA6MDBfNDI"],
)


def stretch(rows, cursor, limit, by="", *, newest_first=False):
    """(rows, next cursor or None) of a queryset, by the time in the field `by` and then by key.

    Raises Problem for a cursor that is none.
    """
    if cursor:
        rows = rows.filter(_beyond(_place(cursor, by), by, "lt" if newest_first else "gt"))
    sign = "-" if newest_first else ""
    found = list(rows.order_by(*[f"{sign}{name}" for name in (by, "pk") if name])[: limit + 1])
    more = len(found) > limit
    return found[:limit], _cursor(found[limit - 1], by) if more else None


def _cursor(row, by):
    at = getattr(row, by).isoformat() if by else ""
    return urlsafe_b64encode(f"{at}_{row.pk}".encode()).decode().rstrip("=")


def _place(cursor, by):
    """(time or None, key) of a cursor."""
    try:
        at, _separator, key = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().rpartition("_")
        moment = datetime.fromisoformat(at) if by else None
    except (ValueError, binascii.Error):
        raise _no_cursor() from None
    is_time = moment is None or (is_aware(moment) and 1900 < moment.year < 3000)
    if not is_time or not key.isdecimal() or len(key) > 18:
        raise _no_cursor()
    return moment and moment.astimezone(UTC), int(key)  # PostgreSQL knows no offset beyond 16 hours


def _no_cursor():
    return invalid(("cursor", _("This is no cursor of this list. Send next_cursor as it came.")))


def _beyond(place, by, direction):
    moment, key = place
    if not by:
        return Q(**{f"pk__{direction}": key})
    return Q(**{f"{by}__{direction}": moment}) | Q(**{by: moment, f"pk__{direction}": key})
