"""What is read from the rows of a directory, and what is told about wrong cells."""

import pytest

from distribution import directory
from distribution.directory.headings import recognise
from tests.directories import customers, read, told

BAKER = (["1001"], ["office@baker.example"], [], "Baker Oy", "fi")


class TestRead:
    @pytest.mark.parametrize("delimiter", [";", ",", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_every_delimiter_and_encoding_that_spreadsheet_programs_write(self, delimiter, encoding):
        lines = ["customer_number,email,name", "1001,office@baker.example,Päivä & Åkesson"]
        text = "\r\n".join(lines).replace(",", delimiter)
        assert customers(text.encode(encoding)) == [
            (["1001"], ["office@baker.example"], [], "Päivä & Åkesson", "")
        ]

    @pytest.mark.parametrize(
        "headings",
        [
            "customer_number;email;name;language",
            "Customer Number;E-mail;Name;Language",
            "ASIAKASNUMERO;Sähköposti;Nimi;Kieli",
            "Asiakasnro;sähköposti-osoite;Asiakkaan nimi;asiointikieli",
            "Kundnummer;E-post;Namn;Språk",
            '"kundnr";"e-postadress";"kundens namn";"språk"',
            "sep=;\r\ncustomer no.;e-mail addresses;customer name;lang",
            "\r\n\r\ncustomer-number;EMAIL ;name;language",
        ],
    )
    def test_headings_in_three_languages(self, headings):
        assert customers(f"{headings}\r\n1001;office@baker.example;Baker Oy;fi\r\n") == [BAKER]

    def test_columns_in_any_order_and_others_between(self):
        text = "Phone,Email,Name,Customer number,Language\n0401,office@baker.example,Baker Oy,1001,fi\n"
        assert customers(text) == [BAKER]

    def test_several_rows_and_several_addresses_are_one_customer(self):
        text = (
            "customer_number,email,name,copy\n"
            "1001,a@baker.example;b@baker.example,Baker Oy,books@baker.example\n"
            '1002,"c@candle.example, d@candle.example",,\n'
            "1001,e@baker.example,,\n"
        )
        assert customers(text) == [
            (
                ["1001"],
                ["a@baker.example", "b@baker.example", "e@baker.example"],
                ["books@baker.example"],
                "Baker Oy",
                "",
            ),
            (["1002"], ["c@candle.example", "d@candle.example"], [], "", ""),
        ]

    def test_several_numbers_of_a_customer_stand_in_one_cell_or_meet_on_a_later_row(self):
        text = "customer_number,email\n1;2,a@x.example\n3,b@x.example\n4,c@y.example\n2;3,d@x.example\n"
        assert [(numbers, to) for numbers, to, *_rest in customers(text)] == [
            (["1", "2", "3"], ["a@x.example", "b@x.example", "d@x.example"]),
            (["4"], ["c@y.example"]),
        ]

    def test_an_address_under_both_is_no_copy(self):
        text = "customer_number,email,copy\n1,,a@x.example\n1,a@x.example,\n"
        assert customers(text) == [(["1"], ["a@x.example"], [], "", "")]

    def test_addresses_are_normalised_and_names_in_them_dropped(self):
        text = 'customer_number;email\n1;"""Matti"" <Matti@PÄIVÄ.example>; b@x.example,"\n'
        assert customers(text)[0][1] == ["b@x.example", "matti@xn--piv-qlac.example"]

    def test_empty_rows_are_no_rows(self):
        found, problems = read("customer_number;email\n;\n\n1;a@x.example\n ; \n")
        assert (found.rows, problems) == (1, [])

    @pytest.mark.parametrize("word", ["sv", "SV", "sv-FI", "sv_SE", "Swedish", "ruotsi", "svenska", "swe"])
    def test_languages_by_code_and_by_name(self, word):
        assert customers(f"customer_number,email,language\n1,,{word}\n")[0][4] == "sv"

    def test_only_the_columns_that_are_there_are_told(self):
        assert read("customer_number,email\n1,\n")[0].columns == {"customer_number", "email"}


class TestWrongCells:
    @pytest.mark.parametrize(
        ("row", "column", "value", "code"),
        [
            (",a@x.example,,", "Number", "", "no_number"),
            ("=1+1,a@x.example,,", "Number", "=1+1", "formula"),
            ("+358,a@x.example,,", "Number", "+358", "formula"),
            ("-1,a@x.example,,", "Number", "-1", "formula"),
            ("@x,a@x.example,,", "Number", "@x", "formula"),
            (f"{'1' * 51},a@x.example,,", "Number", "1" * 51, "long_number"),
            ("1.2E+15,a@x.example,,", "Number", "1.2E+15", "mangled"),
            ('"1,2E+15",a@x.example,,', "Number", "1,2E+15", "mangled"),
            ("#N/A,a@x.example,,", "Number", "#N/A", "uncalculated"),
            ("1,a@x,,", "E-mail", "a@x", "not_an_address"),
            ("1,a b@x.example,,", "E-mail", "a b@x.example", "not_an_address"),
            ("1,=cmd|'/C calc'!A0,,", "E-mail", "=cmd|'/C calc'!A0", "formula"),
            ("1,+a@x.example,,", "E-mail", "+a@x.example", "formula"),
            ("1,#N/A,,", "E-mail", "#N/A", "uncalculated"),
            (f"1,{';' * 60}a@x.example,,", "E-mail", ";" * 60 + "a@x.example", "too_many_addresses"),
            (f"1,,{'n' * 201},", "Name", "n" * 79 + "…", "long_name"),
            ("1,,=cmd,", "Name", "=cmd", "formula"),
            ("1,,b@x.example,", "Name", "b@x.example", "address_as_name"),
            ("1,,,xx", "Lang", "xx", "unknown_language"),
            ("1,,,,b@x.example", "", "b@x.example", "no_heading"),
        ],
    )
    def test_are_told_by_row_and_column_and_the_good_rows_are_read(self, row, column, value, code):
        text = f"Number,E-mail,Name,Lang\n7,a@y.example,,\n{row}\n8,b@y.example,,\n".replace(
            "Number", "Customer number", 1
        )
        column = column.replace("Number", "Customer number")
        assert told(text) == [(3, column, value, code)]
        found, problems = read(text)
        assert {"7", "8"} <= {number for entry in found.entries for number in entry.numbers}
        assert found.wrong_rows == 1
        assert directory.sentence(code, problems[0].hint)

    def test_a_bad_address_does_not_spoil_its_neighbours_but_nothing_may_be_taken_away(self):
        found, problems = read("customer_number,email\n1,a@x.example;b@x;c@x.example\n")
        (entry,) = found.entries
        assert list(entry.addresses) == ["a@x.example", "c@x.example"]
        assert entry.is_partial
        assert [problem.value for problem in problems] == ["b@x"]

    def test_a_number_with_two_names_is_not_taken_at_all(self):
        text = "customer_number,email,name\n1,a@x.example,Baker Oy\n2,b@x.example,\n1,c@x.example,Candle Oy\n"
        found, (problem,) = read(text)
        assert (problem.row, problem.column, problem.value, problem.hint) == (4, "name", "Candle Oy", "2")
        assert "Row 2" in directory.sentence(problem.code, problem.hint)
        assert [entry.is_refused for entry in found.entries] == [True, False]

    def test_names_that_differ_only_in_capitals_or_spaces_are_the_same(self):
        text = "customer_number,email,name\n1,a@x.example,Baker  Oy\n1,b@x.example,BAKER OY\n"
        assert told(text) == []

    def test_two_languages_of_one_customer_are_told(self):
        text = "customer_number,email,language\n1,,fi\n1,,sv\n"
        assert told(text) == [(3, "language", "sv", "other_language")]

    def test_many_bad_addresses_of_one_cell_are_not_all_told(self):
        assert len(told(f"customer_number,email\n1,{'x;' * 40}\n")) == 1  # the same one
        assert len(told("customer_number,email\n1," + ";".join(f"x{n}" for n in range(40)) + "\n")) == 5

    def test_a_likely_typing_error_is_told_and_taken(self):
        found, (problem,) = read("customer_number,email\n1,a@gmial.com\n")
        assert (problem.code, problem.value, problem.hint) == ("typo", "a@gmial.com", "a@gmail.com")
        assert (found.wrong_rows, found.entries[0].is_partial) == (0, False)
        assert directory.is_notice("typo")


def test_headings_that_mean_nothing_to_us_are_left_alone():
    assert recognise("Phone") is None
    assert recognise("") is None
