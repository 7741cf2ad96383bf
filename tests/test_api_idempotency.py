"""The same call twice does its work once, whatever happens between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils.timezone import now

from distribution.models import ApiToken, KeptAnswer
from distribution.models.answers import KEPT_FOR, LEASE
from documents.models import Document, OutboundMail
from documents.replies import Verdict
from documents.statuses import Status
from tests.program import Program, document, fields, problem
from tests.world import World, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def erp(world):
    return Program(world.acme, world.alice)


@pytest.fixture
def rejected(world):
    delivery = world.delivery()
    delivery.mails.get().finish()
    delivery.record(Verdict(Status.REJECTED, "address_unknown"), delivery.mails.get())
    return delivery


def as_after_a_crash():
    """The process died after its work was done and before it was written down that it was."""
    KeptAnswer.objects.update(code=None, body=None, claimed_until=now() - timedelta(seconds=1))


class TestADocument:
    def test_the_same_key_and_body_are_answered_as_before(self, world, erp):
        first = erp.send(key="k1")
        again = erp.send(key="k1")
        assert first.status_code == again.status_code == 201
        assert first.content == again.content
        assert Document.objects.count() == 1

    def test_so_are_those_of_a_form_whose_boundary_is_another(self, world, erp):
        def send():
            file = SimpleUploadedFile("F-1.pdf", pdf("F-1"), "application/pdf")
            return erp.send_form(file, key="k1", customer_number="1001")

        assert send().content == send().content
        assert Document.objects.count() == 1

    def test_the_answer_stays_as_it_was_then(self, world, erp):
        first = erp.send(key="k1")
        delivery = Document.objects.get().deliveries.get()
        delivery.record(Verdict(Status.SENT), delivery.mails.get())
        assert erp.send(key="k1").content == first.content

    def test_the_same_key_with_another_body_is_refused(self, world, erp):
        erp.send("F-1", key="k1")
        content = problem(erp.send("F-2", key="k1"), 422, "key-reused")
        assert fields(content) == ["Idempotency-Key"]
        assert Document.objects.count() == 1

    def test_another_file_in_the_same_form_is_another_request(self, world, erp):
        for text in ("one", "two"):
            file = SimpleUploadedFile("F-1.pdf", pdf(text), "application/pdf")
            answer = erp.send_form(file, key="k1")
        problem(answer, 422, "key-reused")

    def test_another_key_or_none_is_another_document(self, world, erp):
        answers = [erp.send(key=key).json()["status"] for key in ("k1", "k2", None)]
        assert answers == ["queued", "held", "held"]

    def test_another_company_has_keys_of_its_own(self, world, erp):
        theirs = Program(world.globex, world.mallory)
        assert erp.send(key="k1").json()["id"] != theirs.send(key="k1").json()["id"]

    def test_after_a_crash_it_is_taken_up_and_still_one_document(self, world, erp):
        first = erp.send(key="k1")
        as_after_a_crash()
        again = erp.send(key="k1")
        assert again.status_code == 201
        assert again.json() == first.json()
        assert Document.objects.count() == 1
        assert KeptAnswer.objects.get().code == 201

    def test_while_another_process_works_on_it_one_is_asked_to_wait(self, world, erp):
        erp.send(key="k1")
        KeptAnswer.objects.update(code=None, body=None, claimed_until=now() + LEASE)
        answer = erp.send(key="k1")
        problem(answer, 409, "in-progress")
        assert 0 < int(answer["Retry-After"]) <= LEASE.total_seconds()

    def test_after_an_error_the_key_is_free_again(self, world, erp):
        problem(erp.send(content=b"nonsense", key="k1"), 422, "refused")
        world.acme.deactivate()
        problem(erp.send(key="k1"), 403, "service-off")
        world.acme.activate()
        assert erp.send(key="k1").status_code == 201

    @pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ä"])
    def test_a_key_that_is_none_is_named(self, world, erp, key):
        answer = erp.post("/documents/", document(), **{"Idempotency-Key": key})
        assert fields(problem(answer, 422, "invalid")) == ["Idempotency-Key"]


class TestACommand:
    def test_is_done_once(self, world, erp, rejected):
        path = f"/deliveries/{rejected.public_id}/resends/"
        first, again = erp.post(path, key="k1"), erp.post(path, key="k1")
        assert (first.status_code, first.content) == (200, again.content)
        assert OutboundMail.objects.open().count() == 1

    def test_is_written_down_together_with_its_answer(self, world, erp, rejected):
        """Somebody else took the call up meanwhile: what was done is undone, for that one does it."""
        path = f"/deliveries/{rejected.public_id}/resends/"

        def take_up(execute, sql, *rest):
            if sql.startswith('INSERT INTO "documents_outboundmail"'):
                KeptAnswer.objects.update(claimed_until=now() + 2 * LEASE)
            return execute(sql, *rest)

        with connection.execute_wrapper(take_up):
            problem(erp.post(path, key="k1"), 409, "in-progress")
        assert OutboundMail.objects.open().count() == 0

    def test_that_is_not_possible_leaves_its_key_free(self, world, erp):
        delivery = world.delivery()
        path = f"/deliveries/{delivery.public_id}/resends/"
        problem(erp.post(path, key="k1"), 409, "not-possible")
        delivery.mails.get().finish()
        delivery.record(Verdict(Status.REJECTED, "address_unknown"), delivery.mails.get())
        assert erp.post(path, key="k1").status_code == 200


def test_answers_are_forgotten_after_a_day(world, erp):
    erp.send("F-1", key="old")
    KeptAnswer.objects.update(created_at=now() - KEPT_FOR - timedelta(minutes=1))
    erp.send("F-2", key="new")
    KeptAnswer.objects.forget()
    assert [kept.key for kept in KeptAnswer.objects.all()] == ["new"]


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def together(self, count, call):
        def closing(turn):
            try:
                return call(turn)
            finally:
                connection.close()

        with ThreadPoolExecutor(count) as threads:
            return list(threads.map(closing, range(count)))

    def test_make_one_document(self, world, erp):
        answers = self.together(8, lambda _turn: Program(world.acme, world.alice).send(key="k1"))
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
        assert Document.objects.count() == 1

    def test_make_one_document_after_a_crash_too(self, world, erp):
        erp.send(key="k1")
        as_after_a_crash()
        answers = self.together(8, lambda _turn: Program(world.acme, world.alice).send(key="k1"))
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert Document.objects.count() == 1

    def test_with_an_external_id_make_one_document(self, world, erp):
        answers = self.together(
            8, lambda _turn: Program(world.acme, world.alice).send(external_id="erp-1").status_code
        )
        assert sorted(answers) == [200] * 7 + [201]
        assert Document.objects.count() == 1

    def test_resend_once(self, world, erp, rejected):
        path = f"/deliveries/{rejected.public_id}/resends/"
        answers = self.together(8, lambda _turn: erp.post(path, key="k1").status_code)
        assert set(answers) <= {200, 409}
        assert OutboundMail.objects.open().count() == 1

    def test_spend_no_call_twice(self, world, erp, settings):
        settings.API_CALLS_A_MINUTE = 10
        answers = self.together(30, lambda _turn: ApiToken.objects.spend(erp.secret))
        assert len([spent for spent in answers if spent.token]) == 10
