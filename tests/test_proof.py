"""Proof of delivery as a PDF: what it says, what it must not say, and strange letters."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import proof
from documents.proof import Event, Facts, File, Mail
from documents.readable.page import HEIGHT, WIDTH
from tests.paper import places, texts

HELSINKI = ZoneInfo("Europe/Helsinki")
AT = datetime(2026, 5, 3, 10, 12, 5, tzinfo=HELSINKI)
FILE = File("invoice-2026-17.pdf", 12_345, "ab" * 32)
MAIL = Mail("<0123@jakelu.example>", 1, is_taken=True, files=(FILE,))
EVENT = Event(
    AT,
    None,
    "Delivered",
    "The receiving server accepted it.",
    "mx.baker.example",
    "250 2.0.0 Ok",
    "<0123@jakelu.example>",
)
FACTS = Facts(
    is_delivered=True,
    answer="Delivered to office@baker.example: the receiving server mx.baker.example accepted it.",
    status="Delivered",
    company="Acme Oy",
    business_id="1234567-1",
    sender="no-reply@jakelu.example",
    customer="Baker Oy",
    customer_number="1001",
    kind="Invoice",
    number="2026-17",
    issue_date=date(2026, 5, 2),
    amount=Decimal("1234.50"),
    currency="EUR",
    address="office@baker.example",
    is_copy=False,
    mails=(MAIL,),
    files=(FILE,),
    events=(EVENT,),
    zone="Europe/Helsinki",
    made_at=AT + timedelta(days=9),
)


def read(content):
    return "\n".join(texts(content))


def unbroken(content):
    """The text without the ends of its lines."""
    return "".join(read(content).split("\n"))


class TestPaper:
    def test_says_all_that_is_known(self):
        page = read(proof.make(FACTS, "en"))
        for words in (
            "Proof of delivery",
            "Acme Oy",
            "1234567-1",
            "Baker Oy",
            "Invoice 2026-17",
            "2 May 2026",
            "1,234.50 EUR",
            "office@baker.example",
            "3 May 2026 10:12:05 UTC+03:00",
            "mx.baker.example",
            "250 2.0.0 Ok",
            "<0123@jakelu.example>",
            "12,345 bytes",
            "ab" * 32,
            "Europe/Helsinki",
            "This record was made 12 May 2026 10:12:05 UTC+03:00.",
            "It does not say that somebody has read it.",
            "1 (1)",
        ):
            assert words in page.replace("\n", " ") or words in page, words

    def test_only_what_was_accepted_is_a_proof(self):
        page = read(proof.make(replace(FACTS, is_delivered=False), "en"))
        assert "Record of sending" in page
        assert "Proof of delivery" not in page
        assert "does not say that the document was delivered" in page

    def test_a_mail_that_nobody_took_proves_nothing_about_its_files(self):
        page = read(proof.make(replace(FACTS, mails=(replace(MAIL, is_taken=False),)), "en"))
        assert "No mail server is known to have taken it." in page
        assert page.index("Files of the document") < page.index(FILE.name)

    @pytest.mark.parametrize(
        ("files", "words"), [(None, "was not written down"), ((), "No file was attached.")]
    )
    def test_what_is_not_known_is_not_claimed(self, files, words):
        assert words in read(proof.make(replace(FACTS, mails=(replace(MAIL, files=files),)), "en"))

    def test_several_mails_are_told_apart(self):
        second = replace(MAIL, message_id="<4567@jakelu.example>")
        page = read(proof.make(replace(FACTS, mails=(MAIL, second)), "en"))
        assert page.count("<4567@jakelu.example>") == 1
        assert page.count("<0123@jakelu.example>") == 2

    def test_winter_and_half_hours_have_their_own_distance_from_utc(self):
        winter = replace(EVENT, at=datetime(2026, 1, 3, 10, tzinfo=HELSINKI))
        delhi = replace(EVENT, at=datetime(2026, 1, 3, 10, tzinfo=ZoneInfo("Asia/Kolkata")))
        page = read(proof.make(replace(FACTS, events=(winter, delhi)), "en"))
        assert "UTC+02:00" in page
        assert "UTC+05:30" in page

    def test_is_the_same_for_the_same_facts(self):
        assert proof.make(FACTS, "fi") == proof.make(FACTS, "fi")

    def test_long_answers_go_on_over_pages_and_lose_nothing(self):
        words = "550 5.7.1 " + "x" * 990
        content = proof.make(replace(FACTS, events=(replace(EVENT, words=words),) * 12), "en")
        pages = texts(content)
        assert len(pages) > 1
        assert f"2 ({len(pages)})" in pages[1]
        assert unbroken(content).count("x") >= 12 * 990

    def test_letters_that_the_font_lacks_are_told_by_their_numbers(self):
        page = read(
            proof.make(
                replace(FACTS, events=(replace(EVENT, words="550 \u0645\u0631 🧾 ok?\x07 äöå"),)), "en"
            )
        )
        assert "550 \\u0645\\u0631 \\u1f9fe ok? äöå" in page


STRANGE = st.text(max_size=60) | st.text("ab <&>\u202e\u0645🧾\x00", min_size=200, max_size=500)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.sampled_from([UTC, HELSINKI]))  # noqa: DTZ001
FILES = st.lists(st.builds(File, STRANGE, st.integers(0, 2**31), STRANGE), max_size=3).map(tuple)
MAILS = st.builds(Mail, STRANGE, st.integers(0, 99), st.booleans(), st.none() | FILES)
EVENTS = st.builds(Event, TIMES, st.none() | TIMES, STRANGE, STRANGE, STRANGE, STRANGE, STRANGE)
ANY = st.builds(
    Facts,
    is_delivered=st.booleans(),
    issue_date=st.none() | st.dates(),
    amount=st.none() | st.decimals(-(10**11), 10**11, places=2),
    is_copy=st.booleans(),
    mails=st.lists(MAILS, max_size=3).map(tuple),
    files=FILES,
    events=st.lists(EVENTS, max_size=5).map(tuple),
    made_at=TIMES,
    **dict.fromkeys(
        [
            "answer",
            "status",
            "company",
            "business_id",
            "sender",
            "customer",
            "customer_number",
            "kind",
            "number",
            "currency",
            "address",
            "zone",
        ],
        STRANGE,
    ),
)


@settings(max_examples=20, deadline=None)
@given(ANY, st.sampled_from(["fi", "sv", "en", "xx"]))
def test_nothing_that_is_known_breaks_the_page_or_leaves_it(facts, language):
    for _page, words, x, y in places(proof.make(facts, language)):
        assert 0 < x < WIDTH, words
        assert 0 < y < HEIGHT, words
