"""The page that a mailed link leads to, for recipients: they have no log-in, and need none."""

import logging
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from documents import links
from documents.links import State

logger = logging.getLogger(__name__)

NOT_FOUND, GONE, SEE_OTHER = 404, 410, 303


def discreet(view):
    """Answers that no search engine lists, no cache keeps, and no other site learns the address of."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "private, no-store"
        return response

    return guarded


@discreet
@login_not_required
# The address itself is all the right there is, and no cookie adds to it: whoever could make a browser press
# the button has the address and can press it himself. Recipients shall not need cookies either.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def link(request, token):
    """Who sends what; a press on a file's button is noted and leads to the file."""
    found = links.find(token)
    if found.state != State.OPEN:
        return _closed(request, found)
    if request.method != "POST":
        return _page(request, found)
    file = links.file_of(found.link, request.POST.get("file", ""))
    if file is None:
        logger.warning("A file of link %s was asked for that is not there", found.link.pk)
        return _page(request, found, is_missing=True, status=GONE)
    ticket = links.press(found.link, file)
    if ticket is None:
        return _closed(request, links.Found(State.REMOVED))
    return HttpResponseRedirect(reverse("linked-file", args=[token, ticket]), status=SEE_OTHER)


@discreet
@login_not_required
@require_safe
def linked_file(request, token, ticket):
    """The file itself, for some minutes after its button was pressed; later its page once more."""
    found = links.find(token)
    if found.state != State.OPEN:
        return _closed(request, found)
    number = links.number_on(ticket, found.link)
    file = number and links.file_of(found.link, number)
    if not file:
        return redirect("link", token)
    response = FileResponse(
        file.file.open("rb"), as_attachment=True, filename=file.name, content_type=file.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _page(request, found, *, is_missing=False, status=None):
    document = found.link.delivery.document
    return _render(
        request,
        "links/document.html",
        {"link": found.link, "files": document.mailed_files(), "is_missing": is_missing},
        document,
        status,
    )


def _closed(request, found):
    """What there is to say where nothing can be fetched; of a link that was never ours: nothing."""
    status = NOT_FOUND if found.state == State.UNKNOWN else GONE
    document = found.link and found.link.delivery.document
    return _render(request, "links/closed.html", {"state": found.state, "link": found.link}, document, status)


def _render(request, template, context, document, status):
    """In the language of the mail that the link stood in."""
    with override(document.language if document else get_language()):
        known = {"document": document, "sender": document and document.company}
        response = render(request, template, context | known, status=status)
        response["Content-Language"] = get_language()
    return response
