"""The page that explains the API to whoever writes a program for it: its OpenAPI description, for people."""

import json
import re
from dataclasses import dataclass

from django.conf import settings
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from distribution.models import Scope
from portal.api.bodies import FORM, JSON
from portal.api.main import describe
from portal.api.problems import KINDS

ID = "8c5b6f0e-5e0a-4f0e-9c43-0d9d3f6b2a11"  # in examples
EXAMPLES = {"uuid": ID, "date": "2026-12-08", "date-time": "2026-11-24T09:14:02.123456+00:00"}
MANY_CHOICES = 8


@dataclass(frozen=True)
class Value:
    """A parameter or a field, as a row of a table."""

    name: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True)
class Operation:
    """A method of a path, with all that the page says of it."""

    method: str
    path: str
    summary: str
    paragraphs: list
    scope: str
    parameters: list
    body: list
    answers: list  # (code, what it means, fields)
    curl: str

    @property
    def anchor(self):
        return slugify(self.summary)


@require_safe
def api_page(request):
    """Works without JavaScript, and without anything that is not our own."""
    description = describe()
    context = {
        "about": _paragraphs(description["info"]["description"]),
        "groups": _groups(Reader(description["components"]), description["paths"]),
        "scopes": Scope.choices,
        "problems": KINDS.items(),
        "base_url": settings.BASE_URL,
    }
    return render(request, "portal/api.html", context)


def _groups(reader, paths):
    """{tag: [operations]}, in the order of the description."""
    groups = {}
    for path, operations in paths.items():
        for method, one in operations.items():
            groups.setdefault(one["tags"][0], []).append(reader.operation(path, method.upper(), one))
    return groups


def _paragraphs(text):
    return [_marked_up(paragraph) for paragraph in text.split("\n\n")]


def _marked_up(text):
    """`names` as they are printed; lines as the page breaks them."""
    html = re.sub("`([^`]+)`", r"<code>\1</code>", escape(" ".join(text.split())))
    return mark_safe(html)  # noqa: S308  escaped first


class Reader:
    """Reads operations out of a description, whose components it knows."""

    def __init__(self, components):
        self._components = components

    def operation(self, path, method, one):
        bodies = one.get("requestBody", {}).get("content", {})
        schemas = {media_type: self._resolved(content["schema"]) for media_type, content in bodies.items()}
        body = next(iter(schemas.values()), {})
        return Operation(
            method,
            path,
            one["summary"],
            _paragraphs(one["description"])[:-1],  # the last one is the scope
            one["x-scope"],
            [self._parameter(parameter) for parameter in one["parameters"]],
            self._fields(body),
            [self._answer(code, answer) for code, answer in one["responses"].items() if code < "300"],
            self._curl(path, method, schemas),
        )

    def _resolved(self, schema):
        """The schema itself, where there is a reference to it."""
        while reference := schema.get("$ref") or next(iter(schema.get("allOf", [])), {}).get("$ref"):
            schema = self._components["schemas"][reference.rpartition("/")[2]]
        return schema

    def _parameter(self, parameter):
        kind = self._kind(parameter["schema"]).removesuffix(" or null")  # then it is left out
        where = "header, " if parameter["in"] == "header" else ""
        text = _marked_up(parameter.get("description", ""))
        return Value(parameter["name"], f"{where}{kind}", parameter["required"], text)

    def _answer(self, code, answer):
        content = next(iter(answer.get("content", {}).values()), {})
        return code, answer["description"], self._fields(self._resolved(content.get("schema", {})))

    def _fields(self, schema, before=""):
        """The fields of a body, those of its parts included."""
        rows = []
        for name, field in schema.get("properties", {}).items():
            place = f"{before}{name}"
            is_required = name in schema.get("required", [])
            text = _marked_up(field.get("description", ""))
            rows.append(Value(place, self._kind(field), is_required, text))
            rows += self._fields(self._part(field), f"{place}{'[]' if 'items' in field else ''}.")
        return rows

    def _part(self, field):
        known = next((one for one in field.get("anyOf", []) if one.get("type") != "null"), field)
        return self._resolved(known.get("items", known))

    def _kind(self, field):
        if "anyOf" in field:
            return " or ".join(self._kind(one) for one in field["anyOf"])
        field = self._resolved(field)
        if "enum" in field or "const" in field:
            choices = [one or '""' for one in field.get("enum", [field.get("const")])]
            more = " …" if len(choices) > MANY_CHOICES else ""
            return " | ".join(choices[:MANY_CHOICES]) + more
        if field.get("type") == "array":
            return f"list of {self._kind(field['items'])}"
        return field.get("format") or field.get("contentEncoding") or field.get("type", "object")

    def _curl(self, path, method, schemas):
        """A command to try it with."""
        url = settings.BASE_URL + path.replace("{number}", "10101")
        for name in ("{document_id}", "{delivery_id}", "{block_id}"):
            url = url.replace(name, ID)
        lines = [
            f"curl {'' if method == 'GET' else f'-X {method} '}{url}",
            '-H "Authorization: Bearer $TOKEN"',
        ]
        if method == "POST":
            lines.append('-H "Idempotency-Key: $(uuidgen)"')
        if FORM in schemas:
            known = {"number": "2026-17", "customer_number": "10101", "external_id": "erp-4711"}
            lines += ["-F file=@2026-17.pdf", *(f"-F {name}={value}" for name, value in known.items())]
        elif JSON in schemas:
            lines.append(f"--json '{json.dumps(self._example(schemas[JSON]))}'")
        return " \\\n  ".join(lines)

    def _example(self, schema):
        """Something that a schema takes."""
        schema = self._resolved(schema)
        if "examples" in schema:
            return schema["examples"][0]
        if "properties" in schema:
            return {name: self._example(field) for name, field in schema["properties"].items()}
        if "default" in schema:
            return schema["default"]
        if schema.get("type") == "array":
            return [self._example(schema["items"])]
        return EXAMPLES.get(schema.get("format"), "")
