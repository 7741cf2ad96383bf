import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distribution.addresses import InvalidAddress, _normalise_closely, normalise, split


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Matti.Meikäläinen@x.example", None),  # needs SMTPUTF8, which not every server on the way has
        (" Matti@X.Example ", "matti@x.example"),
        ("Matti@Päivä.example", "matti@xn--piv-qlac.example"),
        ("info@straße.example", "info@xn--strae-oqa.example"),  # IDNA 2008: not strasse.example
        ("mailto:a@b.example", "a@b.example"),
        ("a@b.example.", "a@b.example"),
        ("a+b@c.example", "a+b@c.example"),
        ("a@b", None),
        ("a@localhost", None),
        ("a@10.0.0.1", None),
        ("a@[10.0.0.1]", None),
        ("a b@x.example", None),
        ("a@x.example\r\nBcc: b@y.example", None),
        ("a@x.example\x00", None),
        ("a" * 65 + "@x.example", None),
        ("a@" + "b" * 64 + ".example", None),
        ("a@" + "b.example." * 30, None),
        ("", None),
    ],
)
def test_one_mailbox_has_one_spelling(typed, stored):
    if stored:
        assert normalise(typed) == stored
    else:
        with pytest.raises(InvalidAddress):
            normalise(typed)


@pytest.mark.parametrize(
    ("typed", "good", "bad"),
    [
        ("", [], []),
        (" ;;,, \n", [], []),
        ("a@x.example;b@y.example", ["a@x.example", "b@y.example"], []),
        ("a@x.example, b@y.example,", ["a@x.example", "b@y.example"], []),
        ("a@x.example b@y.example", ["a@x.example", "b@y.example"], []),
        ("a@x.example\r\nb@y.example", ["a@x.example", "b@y.example"], []),
        ("A@x.example;a@X.EXAMPLE", ["a@x.example"], []),
        ('"Oy, Ab" <a@x.example>; Matti <b@y.example>', ["a@x.example", "b@y.example"], []),
        ("Matti <a@x.example> b@y.example", ["a@x.example", "b@y.example"], []),
        ("a@x.example; nobody; b@y.example", ["a@x.example", "b@y.example"], ["nobody"]),
        ("a @x.example", [], ["a @x.example"]),
        ("a@x.example; " + "b" * 70 + "@y.example", ["a@x.example"], ["b" * 70 + "@y.example"]),
        ("a@x.example\nBcc: b@y.example", ["a@x.example"], ["Bcc: b@y.example"]),
        ("placeholder", [], ["placeholder"]),
    ],
)
def test_a_bad_address_never_spoils_its_neighbours(typed, good, bad):
    found = split(typed)
    assert (found.good, found.bad) == (good, bad)


@given(st.text(alphabet=st.sampled_from('ab@.<>",; \r\nä\x00'), max_size=200))
def test_whatever_is_typed_splits_into_addresses_that_are_stored_as_they_are(text):
    found = split(text)
    assert [normalise(address) for address in found.good] == found.good


def test_a_page_of_quotes_takes_no_time():
    started = time.perf_counter()
    split('"' * 20_000 + "<" * 20_000 + "a@" * 20_000)
    assert time.perf_counter() - started < 2


ENDINGS = [".fi", ".example", ".TEST", ".local", ".arpa", ".invalid", ".x1", ".c", "", ".xn--a"]


class TestQuickLook:
    """The short way through `normalise` says the same as the long one."""

    @staticmethod
    def outcome(look, text):
        try:
            return look(text)
        except InvalidAddress:
            return InvalidAddress

    @settings(max_examples=200, deadline=None)
    @given(
        st.from_regex(r"[A-Za-z0-9_+.-]{0,40}@[A-Za-z0-9.-]{0,40}", fullmatch=True)
        | st.builds(
            "{}@{}{}".format,
            st.text("aZ0.+_-", max_size=66),
            st.text("aZ09.-", max_size=64),
            st.sampled_from(ENDINGS),
        )
        | st.text(max_size=40)
        | st.emails()
    )
    def test_for_every_text(self, text):
        assert self.outcome(normalise, text) == self.outcome(
            _normalise_closely, text.strip().removeprefix("mailto:").removesuffix(".")
        )
