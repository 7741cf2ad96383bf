"""Documents come in: checked, kept, and handed on to routing in one transaction."""

import logging
import unicodedata
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from distribution.models import Company
from documents import routing
from documents.formats import Unreadable, pdf
from documents.models import Document, DocumentFile, Kind

logger = logging.getLogger(__name__)


class Refused(Exception):
    """The document was not taken in; the text is a sentence for people that says what to do."""


class ServiceOff(Refused):
    """The company's service is not active: a button asks support for it."""


@dataclass(frozen=True)
class Facts:
    """What is known of a document when it comes in."""

    number: str
    kind: str = Kind.INVOICE
    customer_number: str = ""
    addresses: str = ""  # separated by semicolons, as they stand in the document
    external_id: str = ""  # the sender's own id: the same one is received once
    amount: object = None
    currency: str = ""
    due_date: date | None = None


def receive(company, facts, content, filename, *, source, by=None):
    """Take in one document: a PDF as bytes, with what is known of it. Returns the Document.

    The same external id comes back as the document that is there already. The same number and kind within
    a fiscal year is held until a person releases it (Document.is_held). Raises Refused, and then nothing
    is kept.
    """
    _check_company(company)
    _check_facts(facts)
    _check_size(len(content), company)
    _check_content(content)
    kept = ContentFile(content, name=clean_name(filename))
    with transaction.atomic():
        # One document of a company at a time, so that of two equal ones the second sees the first.
        # Without its key: workers that make a block for the company need not wait for an upload.
        company = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        known = facts.external_id and company.documents.filter(external_id=facts.external_id).first()
        if known:
            return known
        document = Document.objects.create(
            company=company,
            source=source,
            received_from=by,
            duplicate_of=_received_before(company, facts),
            **vars(facts)
            | {"external_id": facts.external_id or None, "addresses": facts.addresses.strip("; ,\r\n\t\xa0")},
        )
        _keep(document, kept, content)
        if not document.is_held:
            routing.route(document)
    logger.info("Document %s received%s", document.public_id, ", held" if document.is_held else "")
    return document


def _check_company(company):
    if not company.is_active:
        raise ServiceOff(_("E-mail distribution is not active for %(company)s.") % {"company": company})


def _check_facts(facts):
    for value, field, length in (
        (facts.number, _("number"), 100),
        (facts.customer_number, _("customer number"), 50),
        (facts.external_id, _("external id"), 100),
        (facts.addresses, _("addresses"), 2000),
    ):
        if len(value) > length:
            limits = {"field": field, "length": length}
            raise Refused(_("The %(field)s is longer than %(length)s characters. Make it shorter.") % limits)
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\r\n\t" for c in value):
            raise Refused(
                _("The %(field)s has characters that cannot be shown. Type it again.") % {"field": field}
            )
    if not facts.number.strip():
        raise Refused(_("The document has no number. Type one."))
    if facts.kind not in Kind.values:
        raise Refused(_("“%(kind)s” is no document type.") % {"kind": facts.kind[:30]})


def _check_size(size, company):
    limit = min(filter(None, (settings.MAX_UPLOAD_MB, company.attachment_limit)))
    if size > limit * 1024 * 1024:
        sizes = {"size": f"{size / 1024 / 1024:.1f}", "limit": limit}
        raise Refused(
            _(
                "The file has %(size)s MB, and %(limit)s MB is the most that can be sent. "
                "Make it smaller, for instance with pictures of a lower resolution."
            )
            % sizes
        )


def _check_content(content):
    try:
        pdf.check(content)
    except Unreadable as problem:
        raise Refused(str(problem)) from problem


def _received_before(company, facts):
    """The document with this number and type in the running fiscal year, if there is one."""
    same = company.documents.filter(number=facts.number, kind=facts.kind)
    return same.filter(received_at__gte=_fiscal_year_start(company)).order_by("received_at").first()


def _fiscal_year_start(company):
    today = localtime()
    year = today.year if today.month >= company.fiscal_year_starts else today.year - 1
    return today.replace(
        year=year, month=company.fiscal_year_starts, day=1, hour=0, minute=0, second=0, microsecond=0
    )


def _keep(document, kept, content):
    """Write the file; when the transaction fails after it, nobody refers to it."""
    DocumentFile.objects.create(
        document=document,
        file=kept,
        name=kept.name,
        media_type=pdf.MEDIA_TYPE,
        size=len(content),
        sha256=sha256(content).hexdigest(),
    )


def clean_name(filename):
    """A file name for the recipient: no path, nothing unprintable, at most 120 characters, ending in .pdf."""
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rpartition("/")[2]
    name = "".join(c if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*' else " " for c in name)
    name = " ".join(name.split())
    stem = (name[:-4] if name.lower().endswith(".pdf") else name).strip(". ")[:116]
    return f"{stem or 'document'}.pdf"
