"""Directories as files: spreadsheets, what is refused as a whole, and that what goes out comes back."""

import contextlib
import csv
import io
import tracemalloc
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from distribution import directory
from distribution.directory import sheet_reader, spreadsheet, tables
from distribution.directory.guard import guard, unguard
from distribution.directory.writing import row_of
from tests.directories import customers, read, refusal, told, xlsx


class TestSpreadsheet:
    def test_numbers_lose_the_point_and_texts_keep_their_zeros(self):
        content = xlsx(["Asiakasnumero", "Sähköposti"], [1001.0, "a@x.example"], ["0042", "b@x.example"])
        assert [numbers for numbers, *_rest in customers(content)] == [["1001"], ["0042"]]

    def test_rows_are_counted_as_the_spreadsheet_shows_them(self):
        content = xlsx([], ["customer_number", "email"], [], [1, "a@x.example"], [2, "wrong"])
        assert told(content) == [(5, "email", "wrong", "not_an_address")]

    def test_the_first_sheet_that_is_seen_and_has_something_is_read(self):
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            for name in ("notes", "empty", "customers"):
                sheet = book.add_worksheet(name)
                if name == "notes":
                    sheet.write_row(0, 0, ["nothing for you"])
                    sheet.hide()
                elif name == "customers":
                    sheet.write_row(0, 0, ["customer_number", "email"])
                    sheet.write_row(1, 0, [1, "a@x.example"])
                    sheet.activate()
        assert customers(file.getvalue())[0][0] == ["1"]

    def test_one_cell_in_the_last_corner_does_not_eat_the_memory(self):
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["customer_number", "email"])
            sheet.write(1_048_575, 16_383, "boo")
        assert refusal(file.getvalue()).code == "unreadable"

    def test_a_bomb_is_refused_before_it_is_unpacked(self, monkeypatch):
        monkeypatch.setattr(spreadsheet, "UNPACKED_MB", 20)  # the real limit takes seconds to make
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb, bomb.open("xl/sheet.xml", "w") as part:
            for _megabyte in range(spreadsheet.UNPACKED_MB + 1):
                part.write(bytes(1024 * 1024))
        assert refusal(file.getvalue()).code == "too_large_inside"

    def test_too_many_parts_are_refused(self):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as parts:
            for number in range(spreadsheet.MEMBERS + 1):
                parts.writestr(f"{number}.xml", "")
        assert refusal(file.getvalue()).code == "too_large_inside"

    @pytest.mark.parametrize(
        "content",
        [
            b"PK\x03\x04",
            b"PK\x03\x04 and nothing behind it",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            xlsx(["customer_number", "email"])[:-400],
            xlsx(["customer_number", "email"]).replace(b"xl/", b"yl/"),
        ],
    )
    def test_what_is_damaged_is_said_to_be_so(self, content):
        assert refusal(content).code == "unreadable"

    def test_an_empty_one_is_empty(self):
        assert refusal(xlsx()).code == "empty"


class TestWrongFiles:
    @pytest.mark.parametrize("content", [b"", b" \r\n\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0\0", ";;\n;;\n"])
    def test_empty(self, content):
        assert refusal(content).code == "empty"

    @pytest.mark.parametrize(
        ("text", "missing"),
        [
            ("email\na@x.example\n", "customer_number"),
            ("Customer number;Phone\n1;2\n", "email"),
            ("1001;a@x.example\n", "customer_number"),
            ("<html><body>no table</body></html>", "customer_number"),
        ],
    )
    def test_a_missing_heading_is_named_and_so_is_what_was_found(self, text, missing):
        refused = refusal(text)
        assert (refused.code, refused.params["heading"]) == ("missing_heading", missing)
        assert text.splitlines()[0].split(";")[-1][:20] in str(refused)

    def test_a_heading_that_is_there_twice(self):
        assert "“E-post”" in str(refusal("kundnummer;email;E-post\n1;a@x.example;\n"))

    def test_headings_alone(self):
        assert refusal("customer_number,email\n\n,\n").code == "no_rows"

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ('customer_number,email\n1,a@x.example\n2,"b@x.example\n3,c@x.example\n', 3),
            ('customer_number,email\n1,"a@x.example\n2,"b@x.example"\n', 2),
            ('customer_number,email\n1,"a"b@x.example\n', 2),
            ('"customer_number,email\n' + "1,a@x.example\n" * 20_000, 1),
            ('sep=,\ncustomer_number,email\n1,"a@x.example', 3),
        ],
    )
    def test_an_open_quotation_mark_is_told_with_its_line(self, text, line):
        refused = refusal(text)
        assert (refused.code, refused.params) == ("open_quote", {"row": str(line)})

    @pytest.mark.parametrize(
        ("begins", "again", "code", "line"),
        [
            ("", "ab,", "long_row", 1),
            ("", "a", "long_row", 1),
            ("customer_number;email\n", "ab;", "long_row", 2),
            ("\ufeffcustomer_number;email\n", "ä", "long_row", 2),
            ("customer_number;email\n", 'ab;"\n";', "open_quote", 2),
            ('customer_number;email\n1;"', "a\n", "open_quote", 2),
        ],
    )
    def test_a_row_without_end_is_refused_before_it_fills_the_memory(self, begins, again, code, line):
        room = directory.MAX_MB * 1024 * 1024 - len(begins.encode())
        content = begins.encode() + again.encode() * (room // len(again.encode()))
        tracemalloc.start()
        refused = refusal(content)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (refused.code, refused.params["row"]) == (code, str(line))
        assert most < len(content) + 5 * 1024 * 1024

    def test_a_thousand_columns(self):
        assert refusal("customer_number,email" + ",x" * 998 + "\n").code == "too_many_columns"
        assert refusal("customer_number,email\n1" + "," * 999 + "\n").params["row"] == "2"
        assert refusal(xlsx(["customer_number", "email", *["x"] * 998])).code == "too_many_columns"

    def test_too_many_rows(self):
        text = "customer_number,email\n" + "1,\n" * tables.MAX_ROWS
        assert len(list(directory.open_table(text.encode()).rows)) == tables.MAX_ROWS + 1
        with pytest.raises(directory.WrongFile, match="more than 200000 rows"):
            list(directory.open_table(f"{text}1,\n".encode()).rows)

    def test_too_large(self):
        assert refusal(b"x" * (directory.MAX_MB * 1024 * 1024 + 1)).code == "too_large"

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"customer_number,email\n1,a\0b@x.example\n", "not_text"),
            ("customer_number,email\n1,a@x.example\n".encode("utf-16-le"), "not_text"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_text"),
            (b"customer_number,email\n1,\x81@x.example\n", "encoding"),
            (b"\xff\xfea", "encoding"),
        ],
    )
    def test_what_is_no_text(self, content, code):
        assert refusal(content).code == code

    @given(st.binary(max_size=300))
    def test_nothing_else_is_ever_raised(self, content):
        with contextlib.suppress(directory.WrongFile):
            read(b"customer_number;email;name;language;copy\n" + content)

    @settings(max_examples=15, deadline=None)
    @given(st.integers(0, 5_000), st.binary(min_size=1, max_size=40))
    def test_a_damaged_spreadsheet_raises_nothing_else(self, at, damage):
        content = xlsx(["customer_number", "email"], *[[n, "a@x.example"] for n in range(50)])
        at %= len(content)
        with contextlib.suppress(directory.WrongFile):
            read(content[:at] + damage + content[at + len(damage) :])


# What our own forms let through: trimmed, and without what stands between numbers.
WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters=",;"), max_size=20
)
NUMBERS = (
    WORDS.map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and len(text) <= 50 and not all(word.isdecimal() for word in text.split()))
    .filter(lambda text: text[0] not in "#" and "e+" not in text.lower())
) | st.from_regex(r"0{0,3}[1-9]{1,9}", fullmatch=True)
LOCAL = st.from_regex(r"[a-z0-9+='_=-]{1,20}", fullmatch=True)
ADDRESSES = st.builds("{}@{}.example".format, LOCAL, st.sampled_from(["baker", "candle-oy", "xn--piv-qlac"]))
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40
)
CUSTOMERS = st.lists(
    st.tuples(
        st.lists(NUMBERS, min_size=1, max_size=3, unique=True),
        st.lists(ADDRESSES, max_size=3, unique=True),
        st.lists(ADDRESSES, max_size=2, unique=True),
        NAMES.map(str.strip).filter(lambda name: name and "@" not in name and not name.startswith("#")),
        st.sampled_from(["", "fi", "sv", "en"]),
    ),
    min_size=1,
    max_size=4,
)


def distinct(rows):
    """No number twice, and no address both in and in copy."""
    seen = set()
    for numbers, to, copies, name, language in rows:
        if seen.isdisjoint(numbers):
            seen.update(numbers)
            copies = sorted(set(copies) - set(to))  # noqa: PLW2901
            yield numbers, sorted(to), copies, name, language


class TestRoundTrip:
    @settings(max_examples=50, deadline=None)
    @given(CUSTOMERS)
    def test_what_goes_out_as_csv_comes_back_the_same(self, rows):
        rows = list(distinct(rows))
        content = b"".join(
            directory.csv_lines(row_of(n, to, name, lang, cc) for n, to, cc, name, lang in rows)
        )
        assert customers(content) == rows
        assert told(content) == []

    @settings(max_examples=15, deadline=None)
    @given(CUSTOMERS)
    def test_what_goes_out_as_xlsx_comes_back_the_same(self, rows):
        rows = list(distinct(rows))
        file = io.BytesIO()
        directory.write_xlsx((row_of(n, to, name, lang, cc) for n, to, cc, name, lang in rows), file)
        assert customers(file.getvalue()) == rows

    @settings(max_examples=30, deadline=None)
    @given(CUSTOMERS)
    def test_no_cell_is_a_formula_whichever_separator_a_spreadsheet_program_expects(self, rows):
        cells = (row_of(n, to, name, lang, cc) for n, to, cc, name, lang in rows)
        text = b"".join(directory.csv_lines(cells)).decode("utf-8-sig")
        for delimiter in ";,\t":
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
                assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]

    @given(st.text(alphabet="=+-@';,\t ax"))
    def test_a_guarded_text_comes_back(self, text):
        assert unguard(guard(text)) == text

    def test_the_template_reads_without_a_problem(self):
        content = b"".join(directory.csv_lines(directory.template_rows()))
        assert told(content) == []
        assert customers(content)[1] == (
            ["1002", "1003"],
            ["anna@candle.example", "otto@candle.example"],
            ["books@candle.example"],
            "Candle Ab",
            "sv",
        )


def test_the_limits_are_those_that_the_page_tells():
    assert (directory.MAX_MB, tables.MAX_ROWS, sheet_reader.MEMORY_MB) == (30, 200_000, 768)
