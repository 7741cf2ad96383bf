"""The API: its operations, what it says of itself, and its URLs."""

from functools import cache, wraps

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.urls import path, re_path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.responses import Response

from distribution.api import router as distribution
from documents.api import router as documents
from portal.api import door
from portal.api.bodies import StrictParser
from portal.api.description import complete
from portal.api.problems import Problem, from_validation, invalid, not_found
from portal.middleware import API

ABOUT = """
Send documents, see what became of each one, and keep customers and their e-mail lists.

Every request carries a token: `Authorization: Bearer jkl_…`. Managers of a company make tokens in the portal,
each with the scopes it needs: `read`, `send`, `manage`. A token sees its own company and nothing else.

Errors are problem details (RFC 9457): `type` names the kind, `detail` says what to do, and `errors` names the
fields. Times are ISO 8601 with an offset. Fields may be added at any time.
""".strip()

api = NinjaAPI(
    title="Jakelu",
    version="1",
    description=ABOUT,
    urls_namespace="api-v1",
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
)


def _without_unknown_questions(run):
    """A slip of the pen, such as `stauts=rejected`, must not be answered with everything there is."""
    models = [model for model in run.__self__.models if model.__ninja_param_source__ == "query"]
    known = {name for model in models for name in model.__ninja_flatten_map__}

    @wraps(run)
    def strict(request, **kwargs):
        if unknown := sorted(set(request.GET) - known):
            raise invalid(*((name, _("There is no such parameter.")) for name in unknown))
        return run(request, **kwargs)

    return strict


api.add_decorator(_without_unknown_questions, mode="view")
api.add_router("", documents)
api.add_router("", distribution)


@api.exception_handler(Problem)
def _answer_problem(request, problem):
    return problem.response()


@api.exception_handler(Http404)
def _answer_not_found(request, missing):
    return not_found().response()


@api.exception_handler(HttpError)
def _answer_unread(request, error):
    """django-ninja's own, around what our parser says."""
    raise error.__cause__ or error


@api.exception_handler(ValidationError)
def _answer_invalid(request, error):
    if any(one["loc"][0] == "path" for one in error.errors):
        return not_found().response()
    # Before a field stands where it is; of a body, also the name that our function has for it.
    errors = [one | {"loc": _place(one["loc"])} for one in error.errors]
    return from_validation(errors).response()


def _place(loc):
    return (loc[2:] if loc[0] == "body" else loc[1:]) or ("body",)


@cache
def describe():
    """The OpenAPI description."""
    return complete(api.get_openapi_schema(path_prefix=API))


@login_not_required
@require_safe
def openapi_json(request):
    """Open to everybody: it says nothing of anybody, and programs that make clients fetch it."""
    return Response(describe())


def _urls():
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        pattern.callback = door.guarded(pattern.callback)
    own = [path("openapi.json", openapi_json, name="openapi")]
    rest = [re_path("", door.guarded(door.nothing_here), name="nothing-here")]
    return own + [p for p in patterns if p.name != "api-root"] + rest, app_name, namespace


urls = _urls()
