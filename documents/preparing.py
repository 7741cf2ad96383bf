"""What comes in is checked and read before anything is kept."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from pathlib import PurePath

from django.conf import settings
from django.utils.translation import gettext as _

from distribution.models import Company
from documents import formats, readable, routing
from documents.formats import Facts, Unreadable, attachments, pdf, xml
from documents.models import DocumentFile, Kind

Role = DocumentFile.Role

ENDINGS = {pdf.MEDIA_TYPE: ".pdf", xml.MEDIA_TYPE: ".xml"}
MAX_ATTACHMENTS = 20


class Refused(Exception):
    """The document was not taken in; the text is a sentence for people that says what to do.

    `about` is "file" or "attachments" where it is one of them that has to change.
    """

    def __init__(self, sentence, about=""):
        self.about = about
        super().__init__(sentence)


class ServiceOff(Refused):
    """The company's service is not active: a button asks support for it."""


class TooLarge(Refused):
    """It is larger than what can be sent."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes along with a document, by the name it came with."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Content:
    """A file as it will be kept."""

    role: str
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Prepared:
    """A document that can be taken in: everything that is known of it, and its files, the original first."""

    facts: Facts
    files: list[Content]
    examined: formats.Examined

    @cached_property
    def content_hash(self):
        return sha256(self.files[0].content).hexdigest()


def prepare(company, facts, content, filename, attachments=(), examined=None):
    """Check a document and read what its file says, without keeping anything. Raises Refused.

    `examined` is what formats.examine() said of the file, where it was asked before.
    """
    prepared = check(company, facts, content, filename, attachments, examined)
    original = prepared.files[0]
    if original.media_type == xml.MEDIA_TYPE:
        invoice = prepared.examined.invoice
        prepared.files.insert(1, _readable(company, prepared.facts, invoice, original.name))
        _check_size(sum(len(file.content) for file in prepared.files), company)
    return prepared


def check(company, facts, content, filename, attachments=(), examined=None):
    """As prepare(), but for the page that people can read, which takes longer than all the rest."""
    check_company(company)
    _check_size(len(content) + sum(len(attached.content) for attached in attachments), company)
    about = "file"
    try:
        examined = examined or formats.examine(content)
        about = "attachments"
        files = [_original(content, filename, examined), *_attached(attachments)]
    except Unreadable as problem:
        raise Refused(str(problem), about) from problem
    facts = _complete(facts.over(_in_the_file(examined)), filename)
    _check_facts(facts)
    return Prepared(facts, files, examined)


def _in_the_file(examined):
    """What the file says. Of an invoice that was paid in part, what is left is what people want to know."""
    payable = examined.invoice and examined.invoice.payable
    return replace(examined.facts, amount=payable) if payable else examined.facts


def check_company(company):
    if not company.is_active:
        raise ServiceOff(_("E-mail distribution is not active for %(company)s.") % {"company": company})


def _original(content, filename, examined):
    name = clean_name(filename, ENDINGS[examined.media_type])
    return Content(Role.ORIGINAL, name, examined.media_type, content)


def _attached(files: Sequence[Attachment]):
    if len(files) > MAX_ATTACHMENTS:
        raise Unreadable(_("A document has at most %(most)s attachments.") % {"most": MAX_ATTACHMENTS})
    for file in files:
        media_type = attachments.media_type(file.name, file.content)
        name = clean_name(file.name, PurePath(file.name).suffix.lower())
        yield Content(Role.ATTACHMENT, name, media_type, file.content)


def _readable(company, facts, invoice, name):
    """A page for people, in the language in which the mail to them is written."""
    customer = routing.customer_with(company, facts.customer_number)
    language = (customer and customer.language) or facts.language or company.language
    is_attached = company.xml_invoices_as != Company.XmlInvoicesAs.PDF
    page = readable.make(invoice, language, attached=is_attached)
    return Content(Role.READABLE, clean_name(name.removesuffix(".xml"), ".pdf"), pdf.MEDIA_TYPE, page)


def _complete(facts, filename):
    """What every document has, and what can be kept of the rest."""
    amount = facts.amount
    if amount is not None and not abs(amount) < Decimal(10) ** 12:
        amount = None  # no sum that anybody is asked to pay
    return replace(
        facts,
        number=facts.number.strip() or number_from(filename),
        kind=facts.kind or Kind.INVOICE,
        addresses=facts.addresses.strip("; ,\r\n\t\xa0"),
        amount=amount,
        currency=facts.currency[:3],
        buyer=" ".join(facts.buyer.split())[:200],
    )


def number_from(filename):
    """The document number that a file name suggests: the name without its ending."""
    return PurePath(clean_name(filename, ".pdf")).stem.removesuffix(".xml")[:100]


def _check_facts(facts):
    check_text(facts.number, _("number"), 100)
    check_text(facts.customer_number, _("customer number"), 50)
    check_text(facts.addresses, _("addresses"), 2000)
    if facts.kind not in Kind.values:
        raise Refused(_("“%(kind)s” is no document type.") % {"kind": facts.kind[:30]})


def check_text(value, field, length):
    if len(value) > length:
        limits = {"field": field, "length": length}
        raise Refused(_("The %(field)s is longer than %(length)s characters. Make it shorter.") % limits)
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\r\n\t" for c in value):
        raise Refused(
            _("The %(field)s has characters that cannot be shown. Type it again.") % {"field": field}
        )


def _check_size(size, company):
    limit = upload_limit(company)
    if size > limit * 1024 * 1024:
        sizes = {"size": f"{size / 1024 / 1024:.1f}", "limit": limit}
        raise TooLarge(
            _(
                "The file has %(size)s MB, and %(limit)s MB is the most that can be sent. "
                "Make it smaller, for instance with pictures of a lower resolution."
            )
            % sizes,
            "file",
        )


def upload_limit(company):
    """The most that a document may have with all that goes along with it, in MB."""
    refuses = company.above_limit == Company.AboveLimit.REFUSE
    return min(filter(None, (settings.MAX_UPLOAD_MB, refuses and company.attachment_limit)))


def clean_name(filename, ending):
    """A file name for the recipient: harmless, at most 120 characters, with its ending."""
    name = shown_name(filename)
    length = len(ending)
    stem = (name[:-length] if name.lower().endswith(ending) else name).strip(". ")[: 120 - length]
    return f"{stem or 'document'}{ending}"


def shown_name(filename):
    """A file name as it may stand on a page or in a mail: no path, nothing unprintable."""
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rpartition("/")[2]
    name = "".join(c if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*' else " " for c in name)
    return " ".join(name.split())
