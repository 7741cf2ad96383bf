from uuid import uuid4

import pytest
from django.test import override_settings

from documents.verp import bounce_address, mail_id_from


def test_it_fits_before_the_at_sign_and_survives_a_change_of_case():
    mail_id = uuid4()
    address = bounce_address(mail_id)
    assert len(address.rpartition("@")[0]) == 56
    assert mail_id_from(address) == mail_id_from(f"<{address.upper()}>") == mail_id


@pytest.mark.parametrize("address", ["", "@", "bounce+", "bounce+x-y@z", "office@baker.example", "é+ö-ü@å"])
def test_other_addresses_belong_to_no_mail(address):
    assert mail_id_from(address) is None


def test_a_forged_address_belongs_to_no_mail():
    address, other = bounce_address(uuid4()), bounce_address(uuid4())
    assert mail_id_from(other[:40] + address[40:]) is None
    assert mail_id_from(address.replace("bounce+", "other+")) is None
    assert mail_id_from(address.replace("@", "@not-")) is None
    assert mail_id_from(address.replace("-", "-é")) is None


def test_mail_that_went_out_before_the_key_was_changed_still_finds_home():
    mail_id = uuid4()
    with override_settings(SECRET_KEY="old"):
        address = bounce_address(mail_id)
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        assert mail_id_from(address) == mail_id
    with override_settings(SECRET_KEY="new"):
        assert mail_id_from(address) is None
