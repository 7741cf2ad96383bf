"""Wrong set-ups are named before anything runs."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

from portal.checks import RULES

SQLITE = {"default": settings.DATABASES["default"] | {"ENGINE": "django.db.backends.sqlite3"}}
POSTGRESQL = {"default": settings.DATABASES["default"] | {"ENGINE": "django.db.backends.postgresql"}}

# Nothing is asked of the other database; the checks look only at its name.
OTHER_DATABASE = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")

REAL = {
    "PRACTICE": False,
    "DEBUG": False,
    "SECRET_KEY": "k" * 50,
    "EMAIL_HOST": "relay.company.fi",
    "SENDER_ADDRESS": "no-reply@company.fi",
    "BOUNCE_DOMAIN": "bounces.company.fi",
    "BOUNCE_HOST": "0.0.0.0",
    "BOUNCE_HOOK_SECRET": "",
    "BASE_URL": "https://portal.company.fi",
    "ALLOWED_HOSTS": ["portal.company.fi"],
    "DATABASES": POSTGRESQL,
}


def minutes(*numbers):
    return [timedelta(minutes=number) for number in numbers]


WRONG = [
    ("portal.E001", REAL | {"SECRET_KEY": ""}),
    ("portal.E001", REAL | {"SECRET_KEY": "short"}),
    ("portal.E002", {"EMAIL_HOST": "relay.company.fi"}),
    ("portal.E002", {"EMAIL_HOST": "192.0.2.1"}),
    ("portal.E002", {"EMAIL_HOST": ""}),
    ("portal.E003", {"BOUNCE_HOST": "0.0.0.0"}),
    ("portal.E004", REAL | {"EMAIL_HOST": ""}),
    ("portal.E005", {"SENDER_ADDRESS": "no-reply"}),
    ("portal.E005", {"SENDER_ADDRESS": "Jakelu <no-reply@jakelu.example"}),
    ("portal.E006", REAL | {"SENDER_ADDRESS": "no-reply@jakelu.example"}),
    ("portal.E006", REAL | {"SENDER_ADDRESS": "no-reply@jakelu.test"}),
    ("portal.E007", {"BOUNCE_DOMAIN": ""}),
    ("portal.E007", {"BOUNCE_DOMAIN": "127.0.0.1"}),
    ("portal.E007", {"BOUNCE_DOMAIN": "bounces"}),
    ("portal.E008", REAL | {"BOUNCE_DOMAIN": "bounces.jakelu.test"}),
    ("portal.E009", {"RETRY_AFTER": []}),
    ("portal.E009", {"RETRY_AFTER": minutes(0, 5)}),
    ("portal.E009", {"RETRY_AFTER": minutes(15, 5)}),
    ("portal.E010", {"OUR_RETRY_AFTER": []}),
    ("portal.E010", {"OUR_RETRY_AFTER": minutes(-1)}),
    ("portal.E011", {"GIVE_UP_AFTER": timedelta(0)}),
    ("portal.E012", {"BLOCK_SPAN_HOURS": -1}),
    ("portal.E013", {"SWEEP_EVERY": 0}),
    ("portal.E014", {"EMAIL_USE_TLS": True, "EMAIL_USE_SSL": True}),
    ("portal.E015", {"EMAIL_TIMEOUT": 300}),
    ("portal.E015", {"EMAIL_TIMEOUT": 0}),
    ("portal.E016", {"MAX_UPLOAD_MB": 0}),
    ("portal.E050", {"LINK_DAYS": 0}),
    ("portal.E017", REAL | {"BOUNCE_HOOK_SECRET": "x" * 23}),
    ("portal.E018", REAL | {"DEBUG": True}),
    ("portal.E019", {"BASE_URL": "http://portal.company.fi"}),
    ("portal.E020", {"BOUNCE_CONNECTIONS": 0}),
    ("portal.E020", {"BOUNCE_MAILS_A_MINUTE": -1}),
    ("portal.E021", {"IMAP_URL": "mail.company.fi"}),
    ("portal.E021", {"IMAP_URL": "imaps://user@mail.company.fi"}),
    ("portal.E021", {"IMAP_URL": "imaps://user:password@mail.company.fi:imap"}),
    ("portal.E040", {"API_CALLS_A_MINUTE": 0}),
    ("portal.E030", {"PROVIDER": "pigeon"}),
    ("portal.E031", {"PROVIDER": "sendgrid"}),
    ("portal.E031", {"PROVIDER": "mailgun", "PROVIDER_KEY": "key"}),
    ("portal.E031", {"PROVIDER": "amazon_ses", "PROVIDER_KEY": "key", "PROVIDER_SCOPE": "eu-north-1"}),
    ("portal.E032", {"WEBHOOK_SECRETS": {"pigeon": "a secret of more than 24 characters"}}),
    ("portal.E033", REAL | {"WEBHOOK_SECRETS": {"mailgun": "short"}}),
    ("portal.E034", {"WEBHOOK_SECRETS": {"postmark": "a secret of more than 24 characters"}}),
    ("portal.E022", REAL | {"ALLOWED_HOSTS": ["*"]}),
    ("portal.W001", REAL | {"DATABASES": SQLITE}),
    ("portal.W002", REAL | {"BASE_URL": "http://portal.company.fi"}),
    ("portal.W003", REAL | {"EMAIL_HOST_USER": "jakelu"}),
]


def codes():
    return [message.id for message in run_checks(tags=["portal"])]


@OTHER_DATABASE
@pytest.mark.parametrize(("code", "wrong"), WRONG)
def test_a_wrong_set_up_is_found_and_nothing_else(code, wrong):
    with override_settings(**wrong):
        assert codes() == [code]


def test_every_rule_is_tried_above():
    assert {rule.code for rule in RULES} == {code for code, _ in WRONG}


def test_no_two_rules_share_a_code():
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_the_default_set_up_is_silent():
    assert codes() == []


@OTHER_DATABASE
def test_a_real_set_up_is_silent():
    with override_settings(**REAL):
        assert codes() == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_hint_names_a_setting_that_exists(rule):
    words = rule.hint.replace("=", " ").replace(".", " ").replace(":", " ").split()
    # DATABASE_URL is read into DATABASES.
    assert any(hasattr(settings, word) or word == "DATABASE_URL" for word in words if word.isupper())
