"""Requests with files in them: bounded before anything reads them, and answered with a sentence."""

from functools import wraps

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

ROOM_FOR_FIELDS = 1024 * 1024  # bytes
# Whatever a form says of itself (RFC 7578, 5.1.2): some charsets that Python knows are none for text.
FORM_ENCODING = "utf-8"


def large_body(limit, refused):
    """For views that take files. `limit()` is the most in MB that a request may have.

    What is too large, or cut off, is answered by `refused(request, sentence, code)`; then CSRF is checked as
    always: by the wrapped view, because the token is in the body, and reading that is what fails.
    """

    def decorate(view):
        protected = csrf_protect(view)

        @wraps(view)
        def guarded(request, *args, **kwargs):
            if problem := _problem(request, limit()):
                return refused(request, *problem)
            return protected(request, *args, **kwargs)

        guarded.takes_large_bodies = True
        return csrf_exempt(guarded)

    return decorate


def for_script(request, status=200, **answer):
    """The answer as JSON where a script of ours asks, which shows how far the sending is; else None."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    return JsonResponse(answer, status=status) if wants_json else None


def in_a_line(errors):
    """All that is wrong with a form."""
    return " ".join(error for those in errors.values() for error in those)


def _problem(request, limit):
    """(sentence, status code) of what is wrong with the body, or None."""
    if _content_length(request) > limit * 1024 * 1024 + ROOM_FOR_FIELDS:
        too_much = _("All files together have more than %(limit)s MB. Send fewer files at once.")
        return too_much % {"limit": limit}, 413
    request.encoding = FORM_ENCODING
    try:
        request.POST  # noqa: B018  reading it is the test
    except TooManyFilesSent:
        problem = _("At most %(most)s files can be sent at once. Send the others after them.")
        return problem % {"most": settings.DATA_UPLOAD_MAX_NUMBER_FILES}, 413
    except (TooManyFieldsSent, RequestDataTooBig):
        return _("Too much text was typed in. Make it shorter."), 413
    except (MultiPartParserError, OSError):
        return _cut_off()
    return _cut_off() if _is_cut_off(request) else None


def _cut_off():
    return _("The file did not arrive whole. Send it again."), 400


def _is_cut_off(request):
    """Django takes what came for all there was: the first files, without what was to come after them."""
    stream = request._stream
    return request.content_type == "multipart/form-data" and stream._pos < stream.limit


def _content_length(request):
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0
