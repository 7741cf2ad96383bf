"""The help page says what the table of causes says."""

import pytest
from django.utils.html import escape

from documents.causes import REMEDIES, Actor
from portal.help import WHO_ACTS
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    client.force_login(World().bob)
    return client.get("/help/").content.decode()


def test_every_cause_stands_there_with_code_and_remedy(page):
    for remedy in filter(lambda remedy: remedy.title, REMEDIES.values()):
        for words in (remedy.code, remedy.title, remedy.remedy, WHO_ACTS[remedy.actor]):
            assert escape(str(words)) in page


@pytest.mark.parametrize("code", ["550", "552", "554", "602", "605", "606", "607"])
def test_every_code_can_be_linked_to(page, code):
    assert page.count(f'id="code-{code}"') == 1


def test_somebody_acts_on_everything():
    assert set(WHO_ACTS) == set(Actor)


def test_says_which_sender_address_to_allow(page, settings):
    assert settings.SENDER_ADDRESS in page


def test_says_for_how_long_held_documents_are_sent_by_themselves(page):
    assert "in the last 30 days" in page


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_is_only_for_reading(client, method):
    client.force_login(World().bob)
    assert getattr(client, method)("/help/").status_code == 405
