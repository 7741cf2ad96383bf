"""Pages that refresh what has changed on them, for as long as something there still can.

The browser sends a mark of what it shows. Where that is how things are it gets an empty answer, which costs
little; else the page once more, of which live.js takes what has changed: elements with `data-live` and an id.
"""

import json
from dataclasses import dataclass
from hashlib import sha256

from django.http import HttpResponse

# Seconds between two looks: while something is under way, and while others have to act first.
SOON, LATER = 4, 20
# What a page sends along: its mark, and for instance which rows it has. As headers, so that no link has them.
MARK, KNOWN = "Live-Mark", "Live-Known"
NOTHING_NEW, STOP = 204, 286  # the latter is htmx's own


@dataclass(frozen=True)
class Live:
    """What a page has to know to refresh itself. `pace`: seconds; 0 where nothing changes any more."""

    mark: str
    pace: int
    known: str = ""
    is_outdated: bool = False  # read anew, the page would show other things

    @property
    def headers(self):
        return json.dumps({MARK: self.mark, KNOWN: self.known})


def mark_of(facts):
    """A short mark that is another one when any of these facts is."""
    return sha256(repr(facts).encode()).hexdigest()[:20]


def pace_of(paces):
    """The shortest of several, 0 being none."""
    return min((pace for pace in paces if pace), default=0)


def is_refresh(request):
    """Whether the page asks for what is new on it."""
    return bool(request.htmx and MARK in request.headers)


def known(request):
    return request.headers.get(KNOWN, "")


def unchanged(request, mark):
    """The empty answer where the page shows how things are, else None."""
    is_known = is_refresh(request) and request.headers[MARK] == mark
    return _empty(NOTHING_NEW) if is_known else None


def stop():
    """The page is not to ask again: it is about something else than the person works on now."""
    return _empty(STOP)


def _empty(status):
    return HttpResponse(status=status, headers={"Cache-Control": "no-store"})
