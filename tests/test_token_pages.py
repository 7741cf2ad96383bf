"""Managers make and revoke the tokens of the company's own programs."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from distribution.models import ApiToken, Membership
from distribution.models.tokens import MOST_PER_COMPANY, VALID_FOR, hashed
from tests.program import API, Program
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def alice(client, world):
    """Her browser."""
    client.force_login(world.alice)
    return client


def make(browser, world, name="Invoicing", scopes=("send", "read"), days=VALID_FOR.days):
    typed = {"company": world.acme.pk, "name": name, "scopes": scopes, "days": days}
    return browser.post(reverse("new-token"), typed)


def secret_on(page):
    return page.context["secret"]


def listed(browser):
    return browser.get(reverse("tokens")).content.decode()


def test_a_token_is_shown_once_and_opens_the_api(alice, world, client):
    page = make(alice, world)
    secret = secret_on(page)
    assert secret in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    made = ApiToken.objects.get()
    assert (made.company, made.created_by, made.scopes) == (world.acme, world.alice, ["send", "read"])
    assert timedelta(days=364) < made.expires_at - now() <= VALID_FOR
    answer = client.get(f"{API}/documents/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert secret not in listed(alice)
    assert secret[:10] in listed(alice)


def test_of_a_token_only_its_hash_is_kept(alice, world):
    secret = secret_on(make(alice, world))
    kept = [str(value) for value in ApiToken.objects.values().get().values()]
    assert hashed(secret) in kept
    assert secret not in " ".join(kept)
    assert secret not in str(dict(alice.session))


def test_a_token_without_an_end_has_to_be_chosen(alice, world):
    make(alice, world, days=0)
    assert ApiToken.objects.get().expires_at is None
    assert "No end" in listed(alice)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"scopes": []}, "Choose at least one"),
        ({"scopes": ["everything"]}, "Select a valid choice"),
        ({"days": 100_000}, "Select a valid choice"),
    ],
)
def test_what_is_typed_wrong_is_said(alice, world, typed, said):
    assert said in make(alice, world, **typed).content.decode()
    assert not ApiToken.objects.exists()


def test_a_company_has_a_bounded_number_of_tokens_that_work(alice, world):
    for _number in range(MOST_PER_COMPANY):
        ApiToken.objects.issue(world.acme, world.alice, "ERP", ["read"], None)
    assert "at most 50 tokens" in make(alice, world).content.decode()
    ApiToken.objects.last().revoke(world.alice)
    assert secret_on(make(alice, world))


def test_revoking_asks_first_and_ends_it_at_once(alice, world):
    erp = Program(world.acme, world.alice)
    url = reverse("revoke-token", args=[erp.token.public_id])
    assert "Revoke “ERP”?" in alice.get(url).content.decode()
    assert erp.get("/documents/").status_code == 200
    page = alice.post(url, follow=True).content.decode()
    assert "“ERP” is revoked" in page
    assert "Revoked" in page
    assert erp.get("/documents/").status_code == 401
    token = ApiToken.objects.get()
    alice.post(url)
    assert ApiToken.objects.get().revoked_at == token.revoked_at
    assert token.revoked_by == world.alice


def test_the_list_says_when_a_token_was_last_used_and_what_has_expired(alice, world):
    erp = Program(world.acme, world.alice)
    assert "Not used yet" in listed(alice)
    erp.get("/documents/")
    assert "Never" not in listed(alice)
    ApiToken.objects.update(expires_at=now())
    assert "Expired" in listed(alice)


def test_the_list_says_which_tokens_are_known_to_somebody_who_manages_the_company_no_more(alice, world):
    carol = world.person("carol", world.acme, Membership.Role.MANAGER)
    Program(world.acme, world.alice)
    Program(world.acme, carol)
    told = "does not manage the company any more"
    assert told not in listed(alice)
    carol.memberships.update(role=Membership.Role.VIEWER)
    assert listed(alice).count(told) == 1
    carol.delete()
    assert listed(alice).count(told) == 1
    ApiToken.objects.update(revoked_at=now())
    assert told not in listed(alice)


def test_only_managers_find_the_tokens_among_the_settings(client, world):
    for person, is_there in ((world.alice, True), (world.bob, False)):
        client.force_login(person)
        menu = client.get(reverse("customers")).content.decode()
        assert (f'href="{reverse("company-settings")}"' in menu) is is_there
    client.force_login(world.alice)
    assert reverse("tokens") in client.get(reverse("company-settings")).content.decode()


class TestThePageOfTheApi:
    def test_explains_every_operation_with_a_command_to_try(self, client, world, settings):
        client.force_login(world.bob)
        page = client.get(reverse("api")).content.decode()
        for path in ("POST /api/v1/documents/", "GET /api/v1/documents/{document_id}/events/"):
            assert path in page
        assert f"{settings.BASE_URL}/api/v1/customers/10101/" in page
        assert "-F file=@2026-17.pdf" in page
        assert 'id="key-reused"' in page

    def test_has_nothing_of_others(self, client, world):
        client.force_login(world.bob)
        page = client.get(reverse("api")).content.decode()
        assert not re.search(r'<script(?! src="/static/)', page)
        assert "cdn" not in page
