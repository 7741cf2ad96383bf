"""Companies' own programs keep the customers and their e-mail lists."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from django.db import connection

from distribution.models import Customer
from tests.program import Program, fields, problem
from tests.world import World

WANTED = {
    "name": "Dyer Ky",
    "language": "sv",
    "numbers": ["7", "8"],
    "addresses": ["Office@Dyer.example"],
    "copies": ["books@dyer.example"],
}


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def erp(world):
    return Program(world.acme, world.alice)


def test_a_customer_is_added_changed_and_deleted(world, erp):
    added = erp.put("/customers/7/", WANTED)
    told = WANTED | {"addresses": ["office@dyer.example"]}
    assert (added.status_code, added.json()) == (201, told)
    again = erp.put("/customers/8/", WANTED)
    assert (again.status_code, again.json()) == (200, told)
    assert erp.get("/customers/7/").json() == told
    changed = erp.put("/customers/7/", {"name": "Dyer Ab"}).json()
    assert changed == {"name": "Dyer Ab", "language": "", "numbers": ["7"], "addresses": [], "copies": []}
    problem(erp.get("/customers/8/"), 404, "not-found")
    assert erp.delete("/customers/7/").status_code == 204
    problem(erp.delete("/customers/7/"), 404, "not-found")
    assert Customer.objects.get() == world.baker


def test_documents_go_to_the_list_that_a_program_has_put(world, erp):
    erp.put("/customers/7/", WANTED)
    sent = erp.send("F-1", customer_number="8").json()
    assert {delivery["address"]: delivery["copy"] for delivery in sent["deliveries"]} == {
        "office@dyer.example": False,
        "books@dyer.example": True,
    }


def test_all_customers_are_listed_in_stretches(world, erp):
    for number in range(3):
        world.customer(f"C{number}", f"a{number}@x.example")
    world.customer("T1", company=world.globex)
    seen, cursor = [], ""
    while cursor is not None:
        shown = erp.get("/customers/", limit=2, cursor=cursor).json()
        seen += [customer["numbers"] for customer in shown["items"]]
        cursor = shown["next_cursor"]
    assert seen == [["1001"], ["C0"], ["C1"], ["C2"]]


@pytest.mark.parametrize("number", ["12/34", "a b", "50 %", "Ä1", "x/../y", "1+1", "new"])
def test_a_number_may_be_as_people_have_them(world, erp, number):
    path = f"/customers/{quote(number, safe='')}/"
    assert erp.put(path, {"name": "Dyer Ky"}).json()["numbers"] == [number]
    assert erp.get(path).status_code == 200
    assert erp.delete(path).status_code == 204


def test_a_number_that_another_customer_has_is_not_taken_away(world, erp):
    content = problem(erp.put("/customers/7/", WANTED | {"numbers": ["1001"]}), 409, "not-possible")
    assert fields(content) == ["numbers"]
    assert "1001" in content["detail"]
    assert Customer.objects.get() == world.baker


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"language": "de"}, "language"),
        ({"numbers": ["8", "1;2"]}, "numbers.1"),
        ({"numbers": ["1 2"]}, "numbers.0"),
        ({"numbers": [8]}, "numbers.0"),
        ({"numbers": ["x" * 51]}, "numbers.0"),
        ({"numbers": [str(n) for n in range(51)]}, "numbers"),
        ({"addresses": ["a@x.example", "nonsense"]}, "addresses.1"),
        ({"addresses": ["a@x.example; b@x.example"]}, "addresses.0"),
        ({"copies": ["office@dyer.example"]}, "copies.0"),
        ({"addresses": "a@x.example"}, "addresses"),
        ({"adresses": []}, "adresses"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(world, erp, change, field):
    assert fields(problem(erp.put("/customers/7/", WANTED | change), 422, "invalid")) == [field]
    assert Customer.objects.get() == world.baker


@pytest.mark.parametrize("number", ["x" * 51, "1;2", "%00", "%20"])
def test_an_address_with_no_number_in_it_is_refused(world, erp, number):
    content = problem(erp.put(f"/customers/{number}/", WANTED), 422, "invalid")
    assert fields(content) == ["number"]
    problem(erp.get(f"/customers/{number}/"), 404, "not-found")


@pytest.mark.django_db(transaction=True)
def test_two_programs_that_add_the_same_customer_at_once_make_one(world, erp):
    def put(_turn):
        answer = Program(world.acme, world.alice).put("/customers/7/", WANTED).status_code
        connection.close()
        return answer

    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(put, range(8)))
    assert sorted(answers) == [200] * 7 + [201]
    assert Customer.objects.filter(numbers__number="7").count() == 1
