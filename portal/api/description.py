"""What the OpenAPI description says of every operation alike: its scope, and the problems it may answer."""

from copy import deepcopy
from http import HTTPStatus

from django.utils.translation import override

from portal.api.door import BearerToken
from portal.api.problems import KINDS, MEDIA_TYPE, ProblemDetails

REF = "#/components/schemas/{model}"
EVERYWHERE = (400, 401, 403, 405, 411, 413, 422, 429)
HEADERS = {
    401: {"WWW-Authenticate": "How to come in (RFC 6750)."},
    405: {"Allow": "The methods that are known here."},
    409: {"Retry-After": "Where the same request is being worked on: in how many seconds to come again."},
    415: {"Accept": "The content types that are taken."},
    429: {"Retry-After": "In how many seconds to go on."},
}
OPTIONAL_HEADERS = {(409, "Retry-After")}


def operation(scope, *problems, body=None):
    """What an operation needs beside its answer: the scope of the token, and what may go wrong with it.

    `body` describes a body that is not read by django-ninja: {content type: JSON schema}, with REF.
    """
    extra = {"x-scope": scope, "x-problems": list(problems)}
    if body:
        content = {media_type: {"schema": schema} for media_type, schema in body.items()}
        extra["requestBody"] = {"required": True, "content": content}
    return {"auth": BearerToken(scope), "openapi_extra": extra}


def complete(description):
    """Add to django-ninja's description what it does not know."""
    done = deepcopy(dict(description))
    for operations in done["paths"].values():
        for method, one in operations.items():
            _add_problems(method, one)
            _lift_parts(one, done["components"]["schemas"])
            one["description"] = f"{one.get('description', '')}\n\nScope: `{one['x-scope']}`.".strip()
    schema = ProblemDetails.model_json_schema(ref_template=REF)
    components = done["components"]
    components["schemas"] |= schema.pop("$defs") | {"ProblemDetails": schema}
    components["responses"] = {str(status): _answer(status) for status in sorted(_statuses())}
    components["securitySchemes"] = {
        "BearerToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token that a manager of the company has made in the portal.",
        }
    }
    return done


def _lift_parts(one, schemas):
    """What a body consists of stands with all other schemas."""
    for content in one.get("requestBody", {}).get("content", {}).values():
        schemas |= content["schema"].pop("$defs", {})


def _add_problems(method, one):
    statuses = {*EVERYWHERE, *one.pop("x-problems")}
    if method == "post":
        statuses.add(409)  # the idempotency key
    if "requestBody" in one:
        statuses.add(415)
    if any(parameter["in"] == "path" for parameter in one["parameters"]):
        statuses.add(404)
    for status in sorted(statuses):
        one["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
    one["responses"] = {str(status): answer for status, answer in one["responses"].items()}


def _statuses():
    return {kind.status for kind in KINDS.values() if kind.status < HTTPStatus.INTERNAL_SERVER_ERROR}


def _answer(status):
    with override("en"):
        said = [f"{kind.title} (`{name}`)." for name, kind in KINDS.items() if kind.status == status]
    answer = {
        "description": " ".join(said),
        "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="ProblemDetails")}}},
    }
    headers = {
        name: {
            "description": about,
            "required": (status, name) not in OPTIONAL_HEADERS,
            "schema": {"type": "string"},
        }
        for name, about in HEADERS.get(status, {}).items()
    }
    return answer | ({"headers": headers} if headers else {})
