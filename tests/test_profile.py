"""In which language people are spoken to, and in which time zone times are told."""

from datetime import UTC, datetime

import pytest
from django.utils.timezone import now

from documents.models import Delivery, Document
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.fixture
def as_alice(client, world):
    client.force_login(world.alice)
    return client


def language_of(answer):
    assert f'<html lang="{answer["Content-Language"]}">' in answer.content.decode()
    return answer["Content-Language"]


class TestLanguage:
    @pytest.mark.parametrize(
        ("own", "company", "browser", "spoken"),
        [
            ("sv", "fi", "en", "sv"),
            ("", "fi", "en", "fi"),
            ("", "sv", "fi", "sv"),
            ("en", "sv", "fi", "en"),
        ],
    )
    def test_own_comes_before_the_company_s_and_that_before_the_browser_s(
        self, as_alice, world, own, company, browser, spoken
    ):
        world.acme.language = company
        world.acme.save()
        world.alice.language = own
        world.alice.save()
        assert language_of(as_alice.get("/documents/", HTTP_ACCEPT_LANGUAGE=browser)) == spoken

    def test_who_belongs_to_no_company_is_spoken_to_as_the_browser_asks(self, client, world):
        client.force_login(world.sam)
        assert language_of(client.get("/help/", HTTP_ACCEPT_LANGUAGE="sv-FI,en;q=0.5")) == "sv"

    @pytest.mark.parametrize("browser", ["fi", "sv", "en"])
    def test_the_log_in_page_speaks_the_browser_s(self, client, browser):
        assert language_of(client.get("/accounts/login/", HTTP_ACCEPT_LANGUAGE=browser)) == browser

    def test_a_language_is_chosen_before_the_log_in_and_kept_in_the_browser(self, client):
        answer = client.post("/language/", {"language": "sv", "next": "/accounts/login/"})
        assert answer["Location"] == "/accounts/login/"
        assert language_of(client.get("/accounts/login/", HTTP_ACCEPT_LANGUAGE="fi")) == "sv"

    def test_one_press_in_the_menu_is_remembered_with_the_person(self, as_alice, client, world):
        answer = as_alice.post("/language/", {"language": "fi"}, headers={"referer": "/documents/"})
        assert answer["Location"] == "/documents/"
        world.alice.refresh_from_db()
        assert world.alice.language == "fi"

    @pytest.mark.parametrize("language", ["de", "", "x" * 500])
    def test_a_language_that_there_is_none_of_changes_nothing(self, as_alice, world, language):
        assert as_alice.post("/language/", {"language": language}).status_code == 302
        world.alice.refresh_from_db()
        assert world.alice.language == ""

    def test_it_leads_to_no_other_site_and_wants_a_press(self, as_alice):
        answer = as_alice.post("/language/", {"language": "fi", "next": "https://elsewhere.example/"})
        assert answer["Location"] == "/"
        assert as_alice.get("/language/").status_code == 405

    def test_one_person_s_language_does_not_stay_for_the_next_one(self, client, world):
        world.alice.language = "fi"
        world.alice.save()
        client.force_login(world.alice)
        assert language_of(client.get("/documents/")) == "fi"
        client.force_login(world.mallory)
        assert language_of(client.get("/documents/")) == "en"


class TestTimeZone:
    def test_times_are_told_in_the_person_s_own(self, as_alice, world):
        document = world.document("F-1")
        Document.objects.update(received_at=datetime(2020, 6, 1, 12, 0, tzinfo=UTC))
        page = as_alice.get(f"/documents/{document.public_id}/").content.decode()
        assert "2020-06-01T15:00:00+03:00" in page
        world.alice.time_zone = "America/New_York"
        world.alice.save()
        page = as_alice.get(f"/documents/{document.public_id}/").content.decode()
        assert "2020-06-01T08:00:00-04:00" in page

    def test_a_file_that_is_streamed_has_them_too(self, as_alice, world):
        world.document("F-1")
        moment = now().replace(hour=12, minute=0)
        Delivery.objects.update(at=moment)
        world.alice.time_zone = "Asia/Kathmandu"
        world.alice.save()
        content = b"".join(as_alice.get("/documents/export/?status=in_progress").streaming_content).decode()
        assert " 17:45:" in content

    def test_a_zone_that_this_machine_does_not_know_is_the_portal_s(self, world):
        world.alice.time_zone = "Moon/Tycho"
        assert str(world.alice.zone) == "Europe/Helsinki"


class TestPage:
    def test_what_is_chosen_holds_from_the_next_page_on(self, as_alice, world):
        chosen = {"first_name": "Alice", "last_name": "Ek", "language": "sv", "time_zone": "Europe/Stockholm"}
        answer = as_alice.post("/profile/", chosen, follow=True)
        assert language_of(answer) == "sv"
        world.alice.refresh_from_db()
        assert (str(world.alice), world.alice.time_zone) == ("Alice Ek", "Europe/Stockholm")
        assert '<option value="Europe/Stockholm" selected>' in answer.content.decode()

    def test_wrong_input_is_told_and_changes_nothing(self, as_alice, world):
        wrong = {"first_name": "A" * 151, "language": "xx", "time_zone": "Moon/Tycho"}
        page = as_alice.post("/profile/", wrong).content.decode()
        assert page.count("errorlist") == 3
        world.alice.refresh_from_db()
        assert (world.alice.first_name, world.alice.language, world.alice.time_zone) == ("", "", "")

    def test_nobody_changes_more_than_this_about_himself(self, as_alice, world):
        as_alice.post("/profile/", {"first_name": "A", "email": "x@y.example", "is_staff": "on"})
        world.alice.refresh_from_db()
        assert (world.alice.email, world.alice.is_staff) == ("alice@acme.example", False)

    def test_strangers_are_asked_to_log_in(self, client):
        assert client.get("/profile/")["Location"].startswith("/accounts/login/")

    def test_the_language_of_the_log_in_is_the_one_pressed_before(self, client, world):
        client.post("/language/", {"language": "fi"})
        client.post("/accounts/login/", {"login": world.sam.email, "password": PASSWORD})
        assert language_of(client.get("/help/")) == "fi"
