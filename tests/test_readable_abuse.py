"""The page for people under strange letters, long texts, many threads and many lines."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from documents.formats.invoice import Charge, Facts, Invoice, Line, Party, Payment, Tax
from documents.readable import fonts, make
from documents.readable.page import BODY, HEIGHT, WIDTH, wrapped
from tests.paper import FACTS, INVOICE, MM, places, text


def test_letters_of_europe_are_real_text_and_unknown_ones_do_no_harm():
    page = text(
        replace(
            INVOICE,
            notes=("äöåÄÖÅ €šžőłđ Ελληνικά Кириллица Ðð", "日本 e\u0301 ﬁ \u202eשלום\x07 <b>&amp;</b> x"),
        )
    )
    assert "äöåÄÖÅ €šžőłđ Ελληνικά Кириллица Ðð" in page
    assert "?? é" in page
    assert "<b>&amp;</b> x" in page


def test_long_words_and_texts_lose_nothing():
    word, sentence = "Pitkäsana" * 60, "lause " * 100
    assert "".join(wrapped(word, BODY, 100)) == word
    assert all(
        fonts.width(line, BODY.font, BODY.size) <= 100 for line in wrapped(f"{word} {sentence}", BODY, 100)
    )
    page = text(
        replace(
            INVOICE,
            lines=(Line(text=word, details=(sentence,)),),
            terms=(sentence,),
            references={"order": word},
        )
    )
    assert page.replace("\n", "").count(word) == 2
    assert page.count("lause") == 200


WORDS = st.text(max_size=40) | st.text("abc <&>\u202e\u0645", min_size=200, max_size=500) | st.just("W" * 300)
LISTS = st.lists(WORDS, max_size=4).map(tuple)
# As large and as fine as the formats' readers let through.
NUMBERS = st.none() | st.decimals(-(10**12), 10**12, places=10) | st.decimals(-1000, 1000, places=2)
PARTIES = st.builds(Party, WORDS, WORDS, WORDS, LISTS, LISTS)
LINES = st.builds(
    Line,
    text=WORDS,
    details=st.tuples(WORDS, WORDS),
    article=WORDS,
    quantity=NUMBERS,
    unit=WORDS,
    unit_price=NUMBERS,
    unit_price_gross=NUMBERS,
    price_unit=WORDS,
    discount_percent=NUMBERS,
    tax_percent=NUMBERS,
    net=NUMBERS,
    gross=NUMBERS,
)
INVOICES = st.builds(
    Invoice,
    st.builds(
        Facts, number=WORDS, kind=WORDS, customer_number=WORDS, amount=NUMBERS, currency=WORDS, seller=WORDS
    ),
    seller=PARTIES,
    buyer=PARTIES,
    receiver=PARTIES,
    lines=st.lists(LINES, max_size=3).map(tuple),
    charges=st.lists(st.builds(Charge, WORDS, NUMBERS, NUMBERS), max_size=3).map(tuple),
    taxes=st.lists(st.builds(Tax, NUMBERS, NUMBERS, NUMBERS, WORDS), max_size=12).map(tuple),
    net=NUMBERS,
    tax=NUMBERS,
    total=NUMBERS,
    prepaid=NUMBERS,
    rounding=NUMBERS,
    payable=NUMBERS,
    payments=st.lists(st.builds(Payment, WORDS, WORDS, WORDS, WORDS), max_size=5).map(tuple),
    terms=LISTS,
    interest_percent=NUMBERS,
    notes=LISTS,
    references=st.dictionaries(
        st.sampled_from(["order", "buyer", "contract", "project", "delivery", "invoice"]), WORDS
    ),
    delivery_date=st.none() | st.dates(),
    period_start=st.none() | st.dates(),
    period_end=st.none() | st.dates(),
)


@settings(max_examples=20, deadline=None)
@given(INVOICES, st.sampled_from(["fi", "sv", "en", "\0"]))
def test_nothing_in_an_invoice_breaks_the_page_or_leaves_it(invoice, language):
    pdf = make(invoice, language)
    assert pdf == make(invoice, language)
    for _page, words, x, y in places(pdf):
        assert 0 < x < WIDTH / MM, words
        assert 0 < y < HEIGHT / MM, words


def test_several_threads_make_what_one_makes():
    invoices = [
        replace(INVOICE, facts=replace(FACTS, number=f"Ж{n}"), notes=(chr(0x410 + n),)) for n in range(12)
    ]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda invoice: make(invoice, "fi"), invoices))
    assert together == [make(invoice, "fi") for invoice in invoices]


def test_thousands_of_pages_and_of_lines_are_affordable():
    make(INVOICE, "fi")
    start = process_time()
    for _time in range(10):
        make(INVOICE, "fi")
    assert process_time() - start < 10 * 0.15
    start = process_time()
    make(replace(INVOICE, lines=INVOICE.lines * 1000), "fi")
    assert process_time() - start < 10
