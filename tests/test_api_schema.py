"""The API keeps to its own description, whatever is sent to it: schemathesis tries.

A longer run by hand: `API_EXAMPLES=300 API_SEED=7 pytest tests/test_api_schema.py`.
"""

import os
from base64 import b64encode
from uuid import UUID

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import override_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from distribution.models import BlockedAddress
from documents.models import Delivery, Document
from portal.wsgi import application
from tests.program import Program
from tests.world import World, pdf

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("API_EXAMPLES", "10"))
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
    checks.allow_header_conformance,
]
KNOWN = "11111111-1111-4111-8111-111111111111"
REAL = {"document_id": KNOWN, "delivery_id": KNOWN, "block_id": KNOWN, "number": "1001"}

anything = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
about_something = anything.include(path_regex=r"\{")
sampled = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.fixture(autouse=True)
def in_this_process():
    """As often as it likes; and the end of a request does not end the test's transaction."""
    request_finished.disconnect(close_old_connections)
    request_started.disconnect(close_old_connections)
    with override_settings(API_CALLS_A_MINUTE=1_000_000):
        yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def headers():
    """Of a program with all scopes, in a world that has something of everything."""
    world = World()
    delivery = world.delivery()
    block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "complained")
    Document.objects.filter(pk=delivery.document_id).update(public_id=UUID(KNOWN))
    Delivery.objects.filter(pk=delivery.pk).update(public_id=UUID(KNOWN))
    BlockedAddress.objects.filter(pk=block.pk).update(public_id=UUID(KNOWN))
    return Program(world.acme, world.alice).headers


@anything.parametrize()
@hypothesis.seed(int(os.environ.get("API_SEED", "1")))
@sampled
def test_whatever_comes_the_answer_is_as_described(case, headers):
    case.call_and_validate(checks=[*CHECKS, checks.negative_data_rejection], headers=headers)


@about_something.parametrize()
@hypothesis.seed(int(os.environ.get("API_SEED", "2")))
@sampled
def test_whatever_is_done_to_what_is_there_the_answer_is_as_described(case, headers):
    case.path_parameters = {name: REAL[name] for name in case.path_parameters}
    case.call_and_validate(checks=CHECKS, headers=headers)


sending = anything.include(path="/api/v1/documents/", method="POST")


@sending.parametrize()
@hypothesis.seed(int(os.environ.get("API_SEED", "3")))
@sampled
def test_whatever_is_said_of_a_real_document_the_answer_is_as_described(case, headers):
    if case.media_type == "application/json" and isinstance(case.body, dict):
        case.body = case.body | {"content": b64encode(pdf()).decode(), "attachments": []}
    elif isinstance(case.body, dict):
        case.body = {**case.body, "file": pdf(), "attachments": []}
    case.call_and_validate(checks=CHECKS, headers=headers)
