"""What the keyboard shortcuts of a list lean on: its rows with their links, and the page that tells them."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from tests.test_document_page import UNKNOWN, play
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def listed(client, person, query=""):
    client.force_login(person)
    return client.get(reverse("documents") + query).content.decode()


def test_a_list_with_rows_tells_its_keys(client, world):
    delivery = play(world.delivery(), UNKNOWN)
    page = listed(client, world.bob)
    assert '<dialog id="shortcuts" aria-labelledby="shortcuts-title">' in page
    assert "keys.js" in page
    row = page.partition(f'id="row-{delivery.public_id}"')[2].partition("</tr>")[0]
    assert f'<a href="{reverse("document", args=[delivery.document.public_id])}"' in row


def test_without_javascript_nothing_promises_them(client, world):
    world.delivery()
    page = listed(client, world.bob)
    assert 'id="show-shortcuts"' in page
    assert "<dialog open" not in page
    style = (settings.BASE_DIR / "portal/static/css/keys.css").read_text()
    assert re.search(r"scripting: none\) \{\s+#show-shortcuts \{\s+display: none", style)


def test_a_list_without_rows_has_none(client, world):
    page = listed(client, world.bob)
    assert "keys.js" not in page
    assert "<dialog" not in page
