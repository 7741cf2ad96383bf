"""Bodies of calls: bounded, whole, and read strictly."""

import json
import re
from io import BytesIO

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja.parser import Parser

from portal.api.problems import Problem
from portal.bodies import FORM_ENCODING, ROOM_FOR_FIELDS

JSON = "application/json"
FORM = "multipart/form-data"

# In the JSON of one body, by its commas: each that is wrong costs a thousand times its own length to tell of.
MOST_VALUES = 10_000

_HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")  # may be one: a surrogate


def read_body(request):
    """Read all of it, so that nothing is begun with the half of a request. Raises Problem.

    As request.body does, but with a limit that lets documents in.
    """
    length = _length(request)
    if length > largest_body():
        raise _too_large()
    try:
        body = request.read(length) if length else b""
    except (UnreadablePostError, OSError):
        raise _cut_off() from None
    if len(body) < length:
        raise _cut_off()
    request._body = body
    request._stream = BytesIO(body)


def largest_body():
    """In bytes: a document in JSON grows by a third, because it is in base64."""
    return settings.MAX_UPLOAD_MB * 1024 * 1024 * 4 // 3 + ROOM_FOR_FIELDS


def _length(request):
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and "Transfer-Encoding" in request.headers:
        raise Problem("length-required", _("Send the length of the body, as Content-Length."))
    if length and not (length.isascii() and length.isdecimal() and len(length) < 16):
        raise Problem("malformed", _("The Content-Length is no number."))
    return int(length or 0)


def _cut_off():
    return Problem("malformed", _("The body did not arrive whole. Send it again."))


def _too_large():
    limit = {"limit": settings.MAX_UPLOAD_MB}
    return Problem("too-large", _("A document has at most %(limit)s MB with all its attachments.") % limit)


class StrictParser(Parser):
    """JSON as RFC 8259 has it: no NaN, and no text that is no text."""

    def parse_body(self, request):
        return read_json(request)


def read_json(request):
    """What a JSON body says. Raises Problem."""
    if request.content_type != JSON:
        raise unsupported(JSON)
    if request.body.count(b",") > MOST_VALUES:
        raise Problem("too-large", _("There are too many values in the body."))
    try:
        read = json.loads(request.body.decode(), parse_constant=_refuse)
        if _HALF_A_CHARACTER.search(request.body):
            json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Problem("malformed", _("The body is no JSON in UTF-8.")) from None
    return read


def _refuse(constant):
    raise ValueError(constant)


def read_form(request):
    """The fields and files of a form: {name: [values]} of both. Raises Problem."""
    if request.encoding != FORM_ENCODING:  # else what was read already is read anew
        request.encoding = FORM_ENCODING
    try:
        return dict(request.POST.lists()), dict(request.FILES.lists())
    except TooManyFilesSent:
        most = {"most": settings.DATA_UPLOAD_MAX_NUMBER_FILES}
        raise Problem("too-large", _("At most %(most)s files can be sent at once.") % most) from None
    except (TooManyFieldsSent, RequestDataTooBig):
        raise Problem("too-large", _("There is too much text in the fields.")) from None
    except MultiPartParserError:
        raise Problem("malformed", _("The body is no form, or did not arrive whole.")) from None


def unsupported(*known):
    """What is taken is said in a header, too (RFC 9110, 15.5.16)."""
    told = _("Send the body as one of these content types: %(types)s.") % {"types": ", ".join(known)}
    return Problem("unsupported-media-type", told, headers={"Accept": ", ".join(known)})
