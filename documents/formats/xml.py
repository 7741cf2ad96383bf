"""E-invoices as XML: parsed safely, told apart by their root element. Pure.

A format is a module of this package with `matches(root)` and `read(root)`; it is found by itself. One whose
files hold several invoices under one root says with `EACH` where they are.
"""

import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from django.utils.translation import gettext as _
from lxml import etree
from lxml.etree import _Element

from documents.formats import scan
from documents.formats.elements import every, name, namespace
from documents.formats.invoice import Invoice, SeveralInvoices, Unreadable

MEDIA_TYPE = "application/xml"
# What the invoices under one root share goes with each of them, so many small ones beside a large text could
# become any size.
MOST_DIVIDED = 5 * scan.LARGEST  # octets of all parts
MOST_ELEMENTS = 150_000  # of an invoice: 5,000 lines have no more
# An invoice may lie in an envelope (SOAP, a standard business document) or beside others in a wrapper.
WRAPPERS = 3
SOAP = {"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"}


class Format(Protocol):
    """One format of e-invoices."""

    def matches(self, root: _Element) -> bool: ...

    def read(self, root: _Element) -> Invoice: ...


@dataclass(frozen=True)
class _Found:
    """An invoice, or several under one root."""

    format: Format
    root: _Element

    @property
    def each(self) -> list[_Element]:
        return every(self.root, path) if (path := getattr(self.format, "EACH", "")) else [self.root]


@dataclass(frozen=True)
class _Document:
    """One of the XML documents in a file, with at least one invoice in it."""

    content: bytes
    found: list[_Found]

    @property
    def invoices(self) -> int:
        return sum(len(found.each) for found in self.found)


def looks_like(content: bytes) -> bool:
    """Whether a file means to be XML."""
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"<", b"\xff\xfe<\x00", b"\xfe\xff\x00<", b"\x00<\x00"))


def read(content: bytes) -> Invoice:
    """The invoice in an XML file. Raises Unreadable, and SeveralInvoices when there is more than one."""
    documents = _documents(content)
    count = sum(document.invoices for document in documents)
    if count > 1:
        raise SeveralInvoices(
            _("There are %(count)s invoices in the file. Send it as a batch, or save each one as a file.")
            % {"count": count}
        )
    found = documents[0].found[0]
    if sum(1 for _element in found.root.iter()) > MOST_ELEMENTS:
        raise Unreadable(_("The invoice is too long to be read. Save it as PDF and send that."))
    return found.format.read(found.root)


def split(content: bytes) -> list[bytes]:
    """The invoices in an XML file, each a file of its own. Raises Unreadable."""
    return [part for document in _documents(content) for part in _divided(document)]


def _divided(document: _Document) -> Iterator[bytes]:
    if document.invoices == 1:
        yield document.content
        return
    for found in document.found:
        yield from _parts(found)


def _parts(found: _Found) -> Iterator[bytes]:
    """Each invoice with its share of the root."""
    each = found.each
    if len(each) == 1:
        yield _written(found.root)
        return
    size = 0
    homes = [element.getparent() for element in each]
    for element, home in zip(each, homes, strict=True):
        home.remove(element)  # type: ignore[union-attr]  # EACH is below the root
    for element, home in zip(each, homes, strict=True):
        home.append(element)  # type: ignore[union-attr]
        part = _written(found.root)
        size += len(part)
        if size > MOST_DIVIDED:
            raise Unreadable(_("There is too much in the XML file. Divide it into smaller files."))
        yield part
        home.remove(element)  # type: ignore[union-attr]


def _written(root: _Element) -> bytes:
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    return cast(bytes, etree.tostring(root, encoding=encoding, xml_declaration=True, with_tail=False))


def _documents(content: bytes) -> list[_Document]:
    documents = []
    for document in scan.documents(content):
        root = _parse(document)
        found = list(_invoices(root, WRAPPERS))
        if found:
            documents.append(_Document(document, found))
        elif namespace(root) not in SOAP:  # an envelope before its invoice says nothing to people
            raise _unknown(name(root))
    if not documents:
        raise _unknown("SOAP")
    return documents


def _invoices(element: _Element, depth: int) -> Iterator[_Found]:
    """The invoices at or below an element; within an invoice there is no other."""
    for each_format in formats():
        if each_format.matches(element):
            yield _Found(each_format, element)
            return
    if depth:
        for child in element:
            yield from _invoices(child, depth - 1)


def _parse(document: bytes) -> _Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        return etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as problem:
        raise Unreadable(
            _("The XML file cannot be read. Save it again, and send what is attached inside it as files.")
        ) from problem


def _unknown(root: str) -> Unreadable:
    return Unreadable(
        _(
            "This XML file (%(name)s) is no e-invoice that we know. Save the invoice as Finvoice, TEAPPSXML, "
            "UBL (Peppol), CII (Factur-X, ZUGFeRD) or Svefaktura, or as PDF."
        )
        % {"name": root[:60]}
    )


@cache
def formats() -> tuple[Format, ...]:
    """The modules beside this one that read a format."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = (import_module(f"documents.formats.{name}") for name in names)
    return tuple(cast(Format, module) for module in modules if hasattr(module, "matches"))
