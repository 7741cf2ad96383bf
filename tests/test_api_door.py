"""Who comes in to the API: tokens, scopes, companies, limits; and what every answer has in common."""

from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils.timezone import now

from distribution.models import ApiToken, BlockedAddress
from portal.api import door
from portal.api.bodies import MOST_VALUES
from portal.api.main import describe
from tests.program import API, Program, document, fields, problem
from tests.world import World

pytestmark = pytest.mark.django_db

READ, SEND, MANAGE = "read", "send", "manage"
# What each operation needs: its scope; a body that is right; what another company's program is answered.
OPERATIONS = {
    "GET /documents/": (READ, None, 200),
    "POST /documents/": (SEND, document("F-9"), 201),
    "GET /documents/{document_id}/": (READ, None, 404),
    "GET /documents/{document_id}/events/": (READ, None, 404),
    "POST /documents/{document_id}/cancellations/": (SEND, None, 404),
    "POST /documents/{document_id}/releases/": (MANAGE, None, 404),
    "POST /deliveries/{delivery_id}/resends/": (SEND, None, 404),
    "POST /deliveries/{delivery_id}/links/": (SEND, None, 404),
    "POST /deliveries/{delivery_id}/corrections/": (SEND, {"address": "new@baker.example"}, 404),
    "POST /deliveries/{delivery_id}/cancellations/": (SEND, None, 404),
    "GET /customers/": (READ, None, 200),
    "GET /customers/{number}/": (READ, None, 404),
    "PUT /customers/{number}/": (MANAGE, {"name": "Our own"}, 201),
    "DELETE /customers/{number}/": (MANAGE, None, 404),
    "GET /blocked-addresses/": (READ, None, 200),
    "POST /blocked-addresses/{block_id}/unblock-requests/": (MANAGE, {"note": "Please"}, 404),
}


@pytest.fixture(autouse=True)
def nobody_was_here():
    door.strangers.forget()


@pytest.fixture
def world():
    world = World()
    delivery = world.delivery()
    block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
    world.ids = {
        "document_id": delivery.document.public_id,
        "delivery_id": delivery.public_id,
        "block_id": block.public_id,
        "number": "1001",
    }
    return world


def perform(world, program, operation):
    method, path = operation.split()
    return program.call(method, path.format(**world.ids), OPERATIONS[operation][1])


def test_every_operation_is_in_the_table():
    known = {
        f"{method.upper()} {path.removeprefix(API)}": one["x-scope"]
        for path, operations in describe()["paths"].items()
        for method, one in operations.items()
    }
    assert known == {name: scope for name, (scope, _body, _stranger) in OPERATIONS.items()}


@pytest.mark.parametrize("operation", OPERATIONS)
class TestEveryOperation:
    def test_is_open_to_its_scope_alone(self, world, operation):
        scope = OPERATIONS[operation][0]
        others = {READ, SEND, MANAGE} - {scope}
        answer = perform(world, Program(world.acme, world.alice, *others), operation)
        content = problem(answer, 403, "scope-missing")
        assert scope in content["detail"]
        assert f'scope="{scope}"' in answer["WWW-Authenticate"]
        assert perform(world, Program(world.acme, world.alice, scope), operation).status_code != 403

    def test_shows_another_company_nothing(self, world, operation):
        theirs = perform(world, Program(world.globex, world.mallory), operation)
        assert theirs.status_code == OPERATIONS[operation][2]
        assert "baker" not in theirs.content.decode().lower()

    @pytest.mark.parametrize(
        "token", ["", "Bearer", "Bearer jkl_wrong", f"Bearer jkl_{'x' * 43}", "Basic YTpi"]
    )
    def test_is_closed_without_a_token(self, world, operation, token):
        stranger = Program(world.acme, world.alice)
        method, path = operation.split()
        answer = stranger.call(method, path.format(**world.ids), Authorization=token)
        problem(answer, 401, "unauthenticated")
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "ended", [{"revoked_at": now()}, {"expires_at": now() - timedelta(seconds=1)}], ids=["revoked", "expired"]
)
def test_a_token_that_has_ended_is_none(world, ended):
    erp = Program(world.acme, world.alice)
    assert erp.get("/documents/").status_code == 200
    ApiToken.objects.update(**ended)
    problem(erp.get("/documents/"), 401, "unauthenticated")


def test_a_token_without_an_end_stays_valid_and_says_when_it_was_used(world):
    erp = Program(world.acme, world.alice)
    ApiToken.objects.update(expires_at=None)
    assert erp.get("/documents/").status_code == 200
    assert now() - ApiToken.objects.get().last_used_at < timedelta(minutes=1)


def test_a_token_goes_on_when_who_made_it_leaves(world):
    erp = Program(world.acme, world.alice)
    world.alice.delete()
    assert erp.send("F-9").status_code == 201


class TestRates:
    def test_a_token_has_so_many_calls_a_minute(self, world):
        erp, other = Program(world.acme, world.alice), Program(world.acme, world.alice)
        with override_settings(API_CALLS_A_MINUTE=3):
            assert [erp.get("/documents/").status_code for _call in range(3)] == [200] * 3
            answer = erp.get("/documents/")
            problem(answer, 429, "rate-limited")
            assert 0 < int(answer["Retry-After"]) <= 20
            assert other.get("/documents/").status_code == 200
            ApiToken.objects.update(
                full_at=ApiToken.objects.get(pk=erp.token.pk).full_at - timedelta(seconds=20)
            )
            assert erp.get("/documents/").status_code == 200
            problem(erp.get("/documents/"), 429, "rate-limited")

    def test_wrong_tokens_from_one_address_are_put_off_but_a_right_one_comes_in(self, world):
        erp = Program(world.acme, world.alice)
        for _try in range(door.WRONG_TOKENS_A_MINUTE):
            problem(Client().get(f"{API}/documents/"), 401, "unauthenticated")
        answer = Client().get(f"{API}/documents/")
        problem(answer, 429, "rate-limited")
        assert 0 < int(answer["Retry-After"]) <= 60
        elsewhere = Client(REMOTE_ADDR="192.0.2.7").get(f"{API}/documents/")
        assert elsewhere.status_code == 401
        assert erp.get("/documents/").status_code == 200

    def test_the_wrong_tokens_of_a_minute_are_forgotten_after_it(self, rf):
        clock = iter([0, *[59] * door.WRONG_TOKENS_A_MINUTE, 60])
        strangers = door.Strangers(clock=lambda: next(clock))
        waits = [strangers.wait(rf.get("/")) for _try in range(door.WRONG_TOKENS_A_MINUTE + 2)]
        assert [wait and wait.total_seconds() for wait in waits[-2:]] == [1, None]


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/documents/", "/nonsense", "/documents/nonsense/"])
    def test_is_kept_by_nobody_and_sets_no_cookie(self, world, path):
        erp = Program(world.acme, world.alice)
        erp.client.cookies["sessionid"] = erp.client.cookies["csrftoken"] = "nonsense"
        answer = erp.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert not answer.cookies
        assert "Access-Control-Allow-Origin" not in answer

    def test_a_session_is_no_token(self, world, client):
        client.force_login(world.alice)
        problem(client.get(f"{API}/documents/"), 401, "unauthenticated")

    @pytest.mark.parametrize("path", ["/", "/documents", "/nonsense/", "/documents/1/2/3/"])
    def test_an_address_that_is_none_is_a_problem(self, world, path):
        problem(Program(world.acme, world.alice).get(path), 404, "not-found")

    def test_a_method_that_is_none_is_a_problem(self, world):
        answer = Program(world.acme, world.alice).call("PATCH", "/documents/")
        problem(answer, 405, "method-not-allowed")
        assert set(answer["Allow"].split(", ")) == {"GET", "POST"}

    def test_head_is_get_without_a_body(self, world):
        answer = Program(world.acme, world.alice).call("HEAD", "/documents/")
        assert (answer.status_code, answer.content) == (200, b"")

    def test_a_parameter_that_is_none_is_named(self, world):
        content = problem(Program(world.acme, world.alice).get("/documents/", stauts="sent"), 422, "invalid")
        assert content["errors"] == [{"field": "stauts", "message": "There is no such parameter."}]

    def test_parameters_without_end_are_a_problem(self, world):
        answer = Program(world.acme, world.alice).call("GET", "/documents/?" + "a&" * 2000)
        problem(answer, 400, "malformed")


class TestBodies:
    PATH = "/customers/1001/"

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"",
            b'{"name": NaN}',
            b'{"name": "\xff"}',
            b'{"name": "\\ud800"}',
            b"[" * 100_000,
            b'{"name": ' + b"1" * 5000 + b"}",
        ],
    )
    def test_what_is_no_json_is_a_problem(self, world, body):
        answer = Program(world.acme, world.alice).put(self.PATH, body)
        assert answer.status_code == (400 if body else 422)
        problem(answer, answer.status_code, "malformed" if body else "invalid")

    def test_another_content_type_is_a_problem(self, world):
        answer = Program(world.acme, world.alice).put(self.PATH, b"name=x", media_type="text/plain")
        problem(answer, 415, "unsupported-media-type")
        assert answer["Accept"] == "application/json"

    def test_a_body_whose_length_nobody_knows_is_a_problem(self, world):
        erp = Program(world.acme, world.alice)
        answer = erp.client.post(
            f"{API}/documents/", headers=erp.headers | {"Transfer-Encoding": "chunked"}, CONTENT_LENGTH=""
        )
        problem(answer, 411, "length-required")

    def test_a_length_that_is_no_number_is_a_problem(self, world):
        erp = Program(world.acme, world.alice)
        answer = erp.client.post(f"{API}/documents/", headers=erp.headers, CONTENT_LENGTH="-1")
        problem(answer, 400, "malformed")

    def test_a_body_that_is_too_large_is_refused_before_it_is_read(self, world):
        erp = Program(world.acme, world.alice)
        answer = erp.client.post(f"{API}/documents/", headers=erp.headers, CONTENT_LENGTH=str(10**9))
        problem(answer, 413, "too-large")

    def test_a_form_with_too_many_parts_is_a_problem(self, world):
        erp = Program(world.acme, world.alice)
        form = {f"field{number}": "x" for number in range(1001)}
        problem(erp.send_form(**form), 413, "too-large")

    def test_fields_without_end_are_refused_before_each_is_found_wrong(self, world):
        body = {f"field{number}": 1 for number in range(MOST_VALUES + 2)}
        problem(Program(world.acme, world.alice).put(self.PATH, body), 413, "too-large")

    def test_of_very_many_errors_the_first_are_told(self, world):
        body = {f"field{number}": 1 for number in range(1000)}
        content = problem(Program(world.acme, world.alice).put(self.PATH, body), 422, "invalid")
        assert len(content["errors"]) == 100

    @pytest.mark.parametrize("media_type", ["multipart/form-data", "multipart/form-data; boundary="])
    def test_a_form_that_cannot_be_taken_apart_is_a_problem(self, world, media_type):
        answer = Program(world.acme, world.alice).post("/documents/", b"x", media_type=media_type)
        problem(answer, 400, "malformed")

    @pytest.mark.parametrize("charset", ["base64", "utf-16", "nonsense"])
    def test_a_form_is_in_utf_8_whatever_it_says(self, world, charset):
        form = b'--x\r\nContent-Disposition: form-data; name="number"\r\n\r\n17\r\n--x--\r\n'
        media_type = f"multipart/form-data; boundary=x; charset={charset}"
        answer = Program(world.acme, world.alice).post("/documents/", form, media_type=media_type)
        assert fields(problem(answer, 422, "invalid")) == ["file"]


def test_the_description_is_open_to_everybody(client):
    answer = client.get(f"{API}/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.json()["components"]["securitySchemes"]["BearerToken"]["scheme"] == "bearer"


def test_a_caller_writes_no_lines_of_the_log(world, caplog):
    caplog.set_level("INFO", "portal.api.door")
    Program(world.acme, world.alice).put("/customers/1%0DForged%1B[2J%E2%80%A8/", {"name": "Baker Oy"})
    assert "PUT /api/v1/customers/1%0DForged%1B%5B2J%E2%80%A8/: 422" in caplog.messages[0]


def test_our_own_fault_is_a_problem_too_and_we_are_told(world, caplog, monkeypatch):
    erp = Program(world.acme, world.alice)
    erp.client.raise_request_exception = False
    with override_settings(MAX_UPLOAD_MB=None):  # nobody could set it so
        answer = erp.send()
    problem(answer, 500, "our-fault")
    assert "TypeError" in caplog.text
