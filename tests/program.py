"""A company's own program, as the API meets it."""

import json
from base64 import b64encode
from datetime import timedelta

from django.test import Client
from django.utils.timezone import now

from distribution.models import ApiToken, Scope
from tests.world import pdf

API = "/api/v1"


class Program:
    """Has a token of a company, with all scopes or only those that are named."""

    def __init__(self, company, by=None, *scopes, valid_for=timedelta(days=1)):
        names = scopes or Scope.values
        self.token, self.secret = ApiToken.objects.issue(company, by, "ERP", names, now() + valid_for)
        self.client = Client()

    @property
    def headers(self):
        return {"Authorization": f"Bearer {self.secret}"}

    def call(self, method, path, body=None, *, key=None, media_type="application/json", **headers):
        headers = self.headers | ({"Idempotency-Key": key} if key else {}) | headers
        sent = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else ""
        return self.client.generic(method, f"{API}{path}", sent, media_type, headers=headers)

    def get(self, path, **query):
        return self.client.get(f"{API}{path}", query, headers=self.headers)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def put(self, path, body=None, **more):
        return self.call("PUT", path, body, **more)

    def delete(self, path):
        return self.call("DELETE", path)

    def send(self, number="F-1", *, key=None, content=None, **facts):
        """Send a document as JSON."""
        return self.post("/documents/", document(number, content, **facts), key=key)

    def send_form(self, *files, key=None, attachments=(), **facts):
        """Send a document as a form."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        form = {"file": list(files), "attachments": list(attachments)} | facts
        return self.client.post(f"{API}/documents/", form, headers=headers)


def document(number="F-1", content=None, **facts):
    """The body of a document for Baker, whose customer number is 1001."""
    content = pdf(number) if content is None else content
    in_base64 = content if isinstance(content, str) else b64encode(content).decode()
    sent = {"filename": "F-1.pdf", "number": number, "customer_number": "1001"}
    return sent | {"content": in_base64} | facts


def problem(answer, status, kind):
    """Checks that an answer is this problem, and gives its content."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    content = answer.json()
    assert content["type"].endswith(f"/api/#{kind}"), content
    assert content["status"] == status
    assert content["title"]
    assert content["detail"]
    return content


def fields(content):
    """The fields that a problem names."""
    return [error["field"] for error in content["errors"]]
