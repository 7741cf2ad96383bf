"""Large files sent by the page's own script, which shows how far they are: batches and customer imports."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse

from distribution.models import DirectoryImport
from documents.models import Batch
from tests.archives import zipped
from tests.directories import CANDLE, HEADINGS
from tests.world import World, pdf

pytestmark = pytest.mark.django_db

SCRIPT = {"accept": "application/json"}


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


@pytest.fixture
def send(client, world):
    """Sends a file to one of the two pages as Alice's browser does."""
    client.force_login(world.alice)

    def post(name, content, **fields):
        file = {"file": SimpleUploadedFile("file.zip", content)} if content is not None else {}
        return client.post(reverse(name), {"company": world.acme.pk} | file | fields, headers=SCRIPT)

    return post


BATCH, IMPORT = "new-batch", "directory-imports"


def test_a_batch_answers_with_the_page_that_comes_next(send):
    answer = send(BATCH, zipped({"1.pdf": pdf()}))
    assert answer.json() == {"url": reverse("batch", args=[Batch.objects.get().public_id])}


def test_an_import_answers_with_the_page_that_comes_next(send):
    answer = send(IMPORT, (HEADINGS + CANDLE).encode(), mode="update")
    assert answer.json() == {"url": reverse("directory-import", args=[DirectoryImport.objects.get().pk])}


@pytest.mark.parametrize(
    ("page", "content", "code", "sentence"),
    [
        (BATCH, None, 400, "Choose the file with your documents."),
        (BATCH, b"", 400, "The file is empty. Make it again and choose it anew."),
        (BATCH, b"x" * 3_000_000, 413, "All files together have more than 1 MB. Send fewer files at once."),
        (IMPORT, None, 400, "Choose a file."),
    ],
)
@override_settings(MAX_BATCH_MB=1)
def test_what_is_wrong_is_said_in_a_sentence(send, page, content, code, sentence):
    answer = send(page, content, mode="update")
    assert answer.status_code == code
    assert answer.json() == {"message": sentence}


@pytest.mark.parametrize("page", [BATCH, IMPORT])
def test_what_was_cut_off_is_said_to_be_so(send, client, page):
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nabc'
    answer = client.generic(
        "POST", reverse(page), body, content_type="multipart/form-data; boundary=", headers=SCRIPT
    )
    assert answer.status_code == 400
    assert answer.json() == {"message": "The file did not arrive whole. Send it again."}
    assert not Batch.objects.exists()
    assert not DirectoryImport.objects.exists()


@pytest.mark.parametrize("page", [BATCH, IMPORT])
def test_who_is_logged_out_is_led_to_the_log_in(send, client, page):
    client.logout()
    answer = send(page, b"x")
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("page", ["batches", IMPORT])
def test_the_page_has_what_the_script_needs(client, world, page):
    client.force_login(world.alice)
    shown = client.get(reverse(page)).content.decode()
    assert "progress.js" in shown
    assert "Sending the file: {percent} %" in shown
