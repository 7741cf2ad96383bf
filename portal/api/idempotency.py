"""The same call twice does its work once: `Idempotency-Key`, on every POST.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from contextlib import nullcontext
from functools import wraps
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _
from ninja import Header
from ninja.responses import Status

from distribution.models import KeptAnswer
from distribution.models.answers import LONGEST_KEY, InProgress, KeyReused
from portal.api.bodies import FORM, read_form
from portal.api.problems import Problem

_HEADER = Header(
    None,
    alias="Idempotency-Key",
    description=(
        "A text of your choice, such as a UUID, new for each thing you want done. When you do not know "
        "whether a call came through, send it again with the same key: it is done once, and answered as "
        "before. Keys are kept for 24 hours. After an error nothing was done, and the key is free again."
    ),
    min_length=1,
    max_length=LONGEST_KEY,
    pattern="^[!-~]+$",
)


def once(view):
    """For a command: its work and what was answered are one transaction, so neither is there alone."""
    return _once(view, transaction.atomic)


def once_by_itself(view):
    """For work that is too long for one transaction, and knows by itself what it has done before."""
    return _once(view, nullcontext)


def _once(view, surroundings):
    @wraps(view)
    def answered(request, *args, idempotency_key=None, **kwargs):
        if idempotency_key is None:
            return view(request, *args, **kwargs)
        kept = request.kept_answer = _begin(request, idempotency_key)
        if kept.is_ready:
            return Status(kept.code, kept.body)
        try:
            with surroundings():
                answer = view(request, *args, **kwargs)
                if not kept.settle(answer.status_code, answer.value):
                    raise _in_progress()
        except Exception:
            kept.let_go()
            raise
        return answer

    answered._ninja_contribute_args = [("idempotency_key", str | None, _HEADER)]
    return answered


def _begin(request, key):
    try:
        return KeptAnswer.objects.begin(request.auth.company, key, _fingerprint(request))
    except KeyReused:
        told = _("Another request came with this key before. Use a new key for a new request.")
        raise Problem("key-reused", told, [("Idempotency-Key", told)]) from None
    except InProgress as busy:
        raise _in_progress(busy.wait) from None


def _in_progress(wait=None):
    return Problem("in-progress", _("Send the same request again later for its answer."), wait=wait)


def _fingerprint(request):
    """What makes two requests the same one. Of a form that is what is in it: its boundary is random."""
    known = sha256(f"{request.method} {request.get_full_path()} {request.content_type}".encode())
    if request.content_type != FORM:
        known.update(request.body)
        return known.hexdigest()
    fields, files = read_form(request)
    known.update(repr(sorted(fields.items())).encode())
    for name, sent in sorted(files.items()):
        for file in sent:
            known.update(repr((name, file.name, sha256(file.read()).hexdigest())).encode())
            file.seek(0)
    return known.hexdigest()
