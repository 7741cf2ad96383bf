"""Which domains are probably typing errors, and which are left in peace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution import typos


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.cmo", "gmail.com"),
        ("gmail.fi", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmail.fii", "hotmail.fi"),
        ("homtail.se", "hotmail.se"),
        ("outlok.com", "outlook.com"),
        ("outloook.fi", "outlook.fi"),
        ("iclod.com", "icloud.com"),
        ("yaho.com", "yahoo.com"),
        ("elisnet.fi", "elisanet.fi"),
        ("kolumbs.fi", "kolumbus.fi"),
        ("lukku.com", "luukku.com"),
        ("saunlahti.fi", "saunalahti.fi"),
        ("saunlathi.fi", "saunalahti.fi"),
        ("pp.inte.fi", "pp.inet.fi"),
        ("suomi24.if", "suomi24.fi"),
        ("telia.cm", "telia.com"),
        ("sprya.se", "spray.se"),
        ("bredbnd.net", "bredband.net"),
        ("bredand.ent", "bredband.net"),
        ("candle-oy.fii", "candle-oy.fi"),
        ("candle-oy.con", "candle-oy.com"),
        ("candle.ab.see", "candle.ab.se"),
    ],
)
def test_slips_are_seen(typed, meant):
    assert typos.likely_domain(typed) == meant
    assert typos.meant(f"matti@{typed}") == f"matti@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        "mail.com",
        "ymail.com",
        "email.com",
        "gmx.de",
        "live.no",
        "hotmail.de",
        "yahoo.co.uk",
        "telia.se",
        "inet.se",
        "love.se",
        "life.fi",
        "candle.example",
        "candle.fi",
        "candle.co",
        "candle.cm",
        "gmail.candle.fi",
        "mailhot.com",
        "bookshop.se",
        "outlaws.com",
        "x.fi",
        "",
    ],
)
def test_honest_neighbours_are_left_in_peace(domain):
    assert typos.likely_domain(domain) is None


@pytest.mark.parametrize("domain", sorted(typos.BIG | typos.ALSO_RIGHT))
def test_the_known_ones_are_right_themselves(domain):
    assert typos.likely_domain(domain) is None


@pytest.mark.parametrize("domain", sorted(typos.BIG - {"pp.inet.fi"}))
def test_two_swapped_neighbours_are_put_back(domain):
    assert domain[0] != domain[1]
    assert typos.likely_domain(domain[1] + domain[0] + domain[2:]) == domain


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("abc", "ab", 1),
        ("abc", "abcd", 1),
        ("abc", "xyz", 3),
    ],
)
def test_steps_between_two_words(one, other, steps):
    assert typos.distance(one, other) == typos.distance(other, one) == steps


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_the_distance_is_none_only_for_the_same_word_and_never_more_than_the_longer_one(one, other):
    assert (typos.distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= typos.distance(one, other) <= max(len(one), len(other))


@given(st.text(max_size=40))
def test_no_domain_at_all_does_harm(domain):
    typos.likely_domain(domain)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kivi at kivi.example", "kivi@kivi.example"),
        ("kivi(at)kivi.example", "kivi@kivi.example"),
        ("kivi@@kivi.example", "kivi@kivi.example"),
        ("kivi @kivi.example", "kivi@kivi.example"),
        ("kivi@kivi,example", "kivi@kivi.example"),
        ("kivi@kivi..example", "kivi@kivi.example"),
        ("kivi@kivi.example.", "kivi@kivi.example"),
        ("kivi@.kivi.example", "kivi@kivi.example"),
        ("matti at gmial.com", "matti@gmail.com"),
        ("kivi", None),
        ("kivi@kivi", None),
        ("call them at work", None),
        ("a@b@c.example", None),
        ("", None),
    ],
)
def test_what_is_no_address_is_repaired_where_it_is_plain_what_was_meant(typed, meant):
    assert typos.repaired(typed) == meant


@given(st.text("ab@ .,()<>t\"'\0", max_size=30))
def test_no_text_at_all_breaks_the_repair(text):
    typos.repaired(text)
