from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone, translation

from distribution.models import Company

API = "/api/v1/"


def tokens_only(get_response):
    """Programs come with tokens: cookies, should they send any, are nobody's, and none are set."""

    def middleware(request):
        if request.path.startswith(API):
            request.COOKIES = {}
        return get_response(request)

    return middleware


def bounded_bodies(get_response):
    """Refuse a large body before anything reads it, but for views that say `takes_large_bodies`.

    The check of CSRF reads the body of whoever asks, and files in it are written to disk.
    """

    def middleware(request):
        return get_response(request)

    def before_the_view(request, view, args, kwargs):
        length = request.META.get("CONTENT_LENGTH") or "0"
        too_large = not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if too_large and not getattr(view, "takes_large_bodies", False):
            return HttpResponse("This is too much at once.\n", status=413, content_type="text/plain")
        return None

    middleware.process_view = before_the_view
    return middleware


def current_company(get_response):
    """Give every request of a person its `company`: the one they last chose, else the first of theirs."""

    def middleware(request):
        is_a_person = not request.path.startswith(API) and request.user.is_authenticated
        request.company = _company(request) if is_a_person else None
        return get_response(request)

    return middleware


def _company(request):
    companies = Company.objects.visible_to(request.user)
    chosen = request.session.get("company")
    return (chosen and companies.filter(pk=chosen).first()) or companies.first()


def own_language_and_time(get_response):
    """Speak to people in the language they chose, else in their company's, else in their browser's.

    Times are told in the time zone they chose, else in the portal's. Both hold while a file is streamed, too.
    """

    def middleware(request):
        language = _language(request)
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        if request.user.is_authenticated:
            timezone.activate(request.user.zone)
        else:
            timezone.deactivate()
        return get_response(request)

    return middleware


def _language(request):
    own = request.user.language if request.user.is_authenticated else ""
    return own or (request.company.language if request.company else "")
