"""Everything that people read is there in Finnish and Swedish, and was translated, not copied."""

import re

import polib
import pytest

from portal.translations import LOCALES

CATALOGUES = {path.parts[-3]: polib.pofile(str(path)) for path in LOCALES.glob("*/LC_MESSAGES/django.po")}
# The same in the other language, too: names, and words that all three share.
EVERYWHERE = {
    "API",
    "Enter",
    "Cc",
    "Jakelu",
    "Message-ID",
    "Message-ID: %(id)s",
    "PDF",
    "SHA-256",
    "webhook",
    "Webhook",
}
SHARED = {
    "fi": EVERYWHERE,
    "sv": EVERYWHERE
    | {"Order", "Original", "Person", "Server", "Status", "Support", "Test", "server", "status", "text"}
    | {"Jakelu · Support", "Test: %(subject)s", "webhooks", "Webhooks"},
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
TAG = re.compile(r"</?[a-z]+")


def translations(entry):
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def sources(entry):
    return [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]


def test_there_are_both_languages():
    assert set(CATALOGUES) == {"fi", "sv"}
    texts = [{(entry.msgctxt, entry.msgid) for entry in catalogue} for catalogue in CATALOGUES.values()]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("language", CATALOGUES)
def test_nothing_is_missing_or_guessed(language):
    catalogue = CATALOGUES[language]
    assert not [entry.msgid for entry in catalogue if not all(translations(entry))]
    assert not [entry.msgid for entry in catalogue.fuzzy_entries()]
    assert not [entry.msgid for entry in catalogue.obsolete_entries()]


@pytest.mark.parametrize("language", CATALOGUES)
def test_nothing_is_the_english_copied(language):
    copied = [
        entry.msgid
        for entry in CATALOGUES[language]
        if not entry.msgctxt
        and entry.msgid in translations(entry)
        and re.search(r"[a-z]{2}", PLACEHOLDER.sub("", entry.msgid))
    ]
    assert set(copied) <= SHARED[language]


@pytest.mark.parametrize("language", CATALOGUES)
def test_what_is_filled_in_stays_and_so_do_the_tags(language):
    for entry in CATALOGUES[language]:
        known = set(PLACEHOLDER.findall(" ".join(sources(entry))))
        for source, told in zip(sources(entry), translations(entry), strict=True):
            wanted, found = set(PLACEHOLDER.findall(source)), set(PLACEHOLDER.findall(told))
            # One thing need not be counted with a number: "one document".
            assert not wanted - found - ({"%(count)s"} if entry.msgid_plural else set()), entry.msgid
            assert not found - known, entry.msgid
            assert sorted(TAG.findall(told)) == sorted(TAG.findall(source)), entry.msgid


@pytest.mark.parametrize("language", CATALOGUES)
def test_one_and_many_are_told_apart(language):
    counted = [entry for entry in CATALOGUES[language] if entry.msgid_plural]
    assert counted
    for entry in counted:
        assert set(entry.msgstr_plural) == {0, 1}, entry.msgid
