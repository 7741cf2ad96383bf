"""An e-invoice inside a PDF is found under any name, and a broken one never spoils the PDF."""

import io
import time
import zlib

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from documents import formats
from documents.formats import Unreadable, pdf
from tests.invoices import ALL
from tests.world import pdf as small_pdf


def with_attached(*files, edit=lambda writer: None):
    """A PDF with (name, content) attached, then edited."""
    writer = PdfWriter(io.BytesIO(small_pdf()))
    for name, content in files:
        writer.add_attachment(name, content)
    edit(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml", "lasku 5.XML"]
)
@pytest.mark.parametrize("format_name", ["cii", "ubl", "finvoice"])
def test_it_is_found_under_any_name(name, format_name):
    examined = formats.examine(with_attached(("terms.txt", b"<a/>"), (name, ALL[format_name])))
    assert (examined.media_type, examined.embedded_as) == (pdf.MEDIA_TYPE, name)
    assert examined.invoice == formats.examine(ALL[format_name]).invoice


def test_what_says_it_is_xml_or_belongs_to_the_pdf_is_looked_at_too():
    def mark(writer):
        for attached in writer.attachment_list:
            attached.pdf_object[NameObject("/AFRelationship")] = NameObject("/Alternative")

    assert formats.examine(with_attached(("data.bin", ALL["cii"]))).invoice is None
    assert formats.examine(with_attached(("data.bin", ALL["cii"]), edit=mark)).embedded_as == "data.bin"


def test_it_is_found_by_association_alone():
    def only_associated(writer):
        files = ArrayObject([attached.pdf_object for attached in writer.attachment_list])
        del writer.root_object[NameObject("/Names")]
        writer.root_object[NameObject("/AF")] = files

    examined = formats.examine(with_attached(("factur-x.xml", ALL["cii"]), edit=only_associated))
    assert examined.facts.number == "2026-20"


def test_it_is_found_in_a_tree_of_names():
    def deeper(writer):
        names = writer.root_object["/Names"]["/EmbeddedFiles"]
        for _level in range(3):
            names = DictionaryObject({NameObject("/Kids"): ArrayObject([writer._add_object(names)])})
        writer.root_object["/Names"][NameObject("/EmbeddedFiles")] = names

    assert formats.examine(with_attached(("a.xml", ALL["cii"]), edit=deeper)).facts.number == "2026-20"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<",
        b"no xml",
        b"<html/>",
        b"<!DOCTYPE f [<!ENTITY a 'a'>]><Finvoice/>",
        ALL["cii"][:-40],
        ALL["cii"] + ALL["cii"],
        b"<Finvoice>" + b"<a/>" * 1_000_000,
    ],
)
def test_a_broken_one_leaves_a_good_pdf(content):
    assert formats.examine(with_attached(("factur-x.xml", content))) == formats.Examined(pdf.MEDIA_TYPE)


def test_the_first_that_is_an_invoice_counts():
    files = [("logo.xml", b"<svg/>"), ("broken.xml", b"<"), ("factur-x.xml", ALL["cii"])]
    assert formats.examine(with_attached(*files)).embedded_as == "factur-x.xml"


def test_a_file_that_unpacks_to_much_is_left_alone():
    def bomb(writer):
        (attached,) = writer.attachment_list
        stream = attached.pdf_object["/EF"]["/F"].get_object()
        stream._data = zlib.compress(b"<Finvoice>" + b" " * 100_000_000, 9)
        stream[NameObject("/Filter")] = NameObject("/FlateDecode")

    content = with_attached(("factur-x.xml", b"<a/>"), edit=bomb)
    start = time.process_time()
    assert formats.examine(content) == formats.Examined(pdf.MEDIA_TYPE)
    assert time.process_time() - start < 2


def test_a_tree_of_names_that_bites_its_tail_comes_to_an_end():
    def circle(writer):
        names = writer.root_object["/Names"]["/EmbeddedFiles"].get_object()
        reference = writer._add_object(names)
        names[NameObject("/Kids")] = ArrayObject([reference] * 100)
        writer.root_object["/Names"][NameObject("/EmbeddedFiles")] = reference

    content = with_attached(("a.txt", b"x"), edit=circle)
    start = time.process_time()
    assert formats.examine(content).invoice is None
    assert time.process_time() - start < 2


@pytest.mark.parametrize("key", ["/Names", "/AF"])
@pytest.mark.parametrize("value", [NameObject("/X"), ArrayObject([NameObject("/X")]), DictionaryObject()])
def test_nonsense_where_attachments_are_named_leaves_a_good_pdf(key, value):
    def spoil(writer):
        writer.root_object[NameObject(key)] = value

    assert formats.examine(with_attached(edit=spoil)) == formats.Examined(pdf.MEDIA_TYPE)


def test_a_protected_pdf_that_opens_without_a_password_is_read():
    writer = PdfWriter(io.BytesIO(with_attached(("factur-x.xml", ALL["cii"]))))
    writer.encrypt("", "owner", algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    assert PdfReader(io.BytesIO(written.getvalue())).is_encrypted
    assert formats.examine(written.getvalue()).facts.number == "2026-20"


def test_a_damaged_pdf_is_refused_whatever_is_in_it():
    with pytest.raises(Unreadable, match="damaged"):
        formats.examine(b"%PDF-1.4 nothing")
