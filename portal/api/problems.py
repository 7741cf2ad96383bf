"""What went wrong, for programs and for people: problem details (RFC 9457), application/problem+json."""

import math
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja.responses import Response
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
MOST_NAMED = 100  # errors in one answer
PAGE = "/api/"  # describes every kind, at its name


@dataclass(frozen=True)
class Kind:
    status: int
    title: str | Promise


# By the name that ends the `type`. Programs rely on them, so they stay what they are.
KINDS = {
    "malformed": Kind(400, gettext_lazy("The request cannot be read")),
    "unauthenticated": Kind(401, gettext_lazy("The token is missing or not valid")),
    "scope-missing": Kind(403, gettext_lazy("The token does not allow this")),
    "service-off": Kind(403, gettext_lazy("The service is not active")),
    "not-found": Kind(404, gettext_lazy("There is no such thing")),
    "method-not-allowed": Kind(405, gettext_lazy("This method is not known here")),
    "duplicate": Kind(409, gettext_lazy("The document was received before")),
    "not-possible": Kind(409, gettext_lazy("This is not possible now")),
    "in-progress": Kind(409, gettext_lazy("The same request is being worked on")),
    "length-required": Kind(411, gettext_lazy("The length of the body is not known")),
    "too-large": Kind(413, gettext_lazy("The request is too large")),
    "unsupported-media-type": Kind(415, gettext_lazy("This content type is not taken")),
    "invalid": Kind(422, gettext_lazy("Some of it is not valid")),
    "refused": Kind(422, gettext_lazy("The document cannot be sent like this")),
    "key-reused": Kind(422, gettext_lazy("The idempotency key belongs to another request")),
    "rate-limited": Kind(429, gettext_lazy("Too many requests")),
    "our-fault": Kind(500, gettext_lazy("Something went wrong here")),
}


class FieldError(BaseModel):
    field: str = Field(description="Which field, such as `addresses.0`.", examples=["addresses.0"])
    message: str = Field(description="What is wrong with it.", examples=["This is not an e-mail address."])


class Earlier(BaseModel):
    """The document that was received before."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    number: str
    page: str = Field(json_schema_extra={"format": "uri"})


class ProblemDetails(BaseModel):
    """Problem details (RFC 9457). The sentences follow `Accept-Language`: fi, sv or en."""

    type: str = Field(
        description="Which kind of problem: a web address that ends in its name and describes it.",
        json_schema_extra={"format": "uri"},
        examples=["https://jakelu.example/api/#invalid"],
    )
    title: str = Field(description="The kind of problem, for people.", examples=["Some of it is not valid"])
    status: int = Field(description="The HTTP status code again.", examples=[422])
    detail: str = Field(description="What to do, in a sentence for people.")
    errors: list[FieldError] = Field(description="The fields that have to change. May be empty.")
    document: Earlier | None = Field(None, description="Of a duplicate: the one that was received before.")


class Problem(Exception):
    """Ends a call. `kind` is one of KINDS, `detail` a sentence for people that says what to do.

    `errors` is pairs of a field and what is wrong with it; `more` are further members of the answer.
    """

    def __init__(self, kind, detail, errors=(), *, wait=None, headers=None, **more):
        self.kind, self.detail, self.errors, self.more = kind, str(detail), errors, more
        self.headers = dict(headers or {})
        if wait is not None:
            self.headers["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
        super().__init__(kind, detail)

    def response(self) -> HttpResponse:
        kind = KINDS[self.kind]
        content = {
            "type": f"{settings.BASE_URL}{PAGE}#{self.kind}",
            "title": str(kind.title),
            "status": kind.status,
            "detail": self.detail,
            "errors": [{"field": field, "message": str(message)} for field, message in self.errors],
        }
        return Response(
            content | self.more, status=kind.status, content_type=MEDIA_TYPE, headers=self.headers
        )


def invalid(*errors):
    """The problem of fields that are not valid, each with what is wrong with it."""
    return Problem("invalid", _("Correct the fields that are named, and send it again."), errors)


def not_found():
    return Problem("not-found", _("Nothing is found at this address for your token."))


def from_validation(errors, skip=0):
    """The same, of what pydantic says. `skip`: so many parts of each place are none of the caller's."""
    named = errors[:MOST_NAMED]
    return invalid(*((".".join(str(part) for part in error["loc"][skip:]), _said(error)) for error in named))


def _said(error):
    """pydantic's words, without how it tells that they are ours."""
    if error["type"] == "missing":
        return _("This field is missing.")
    if error["type"] == "extra_forbidden":
        return _("There is no such field.")
    return error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
