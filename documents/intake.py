"""Documents come in: checked, kept, and handed on to routing in one transaction."""

import logging
from hashlib import sha256

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from distribution.models import Company
from documents import routing
from documents.formats import Facts
from documents.models import Document, DocumentFile
from documents.preparing import (
    Attachment,
    Refused,
    ServiceOff,
    TooLarge,
    check_company,
    check_text,
    prepare,
)

__all__ = [
    "Attachment",
    "Duplicate",
    "Facts",
    "Refused",
    "ServiceOff",
    "TooLarge",
    "receive",
    "take_in",
    "take_in_all",
]

logger = logging.getLogger(__name__)


class Duplicate(Refused):
    """The company takes no document twice, and `document` is the one that it has already."""

    def __init__(self, document):
        self.document = document
        told = _(
            "The same document was received before, as %(document)s on %(date)s, so it was not taken in."
        )
        shown = {
            "document": document,
            "date": date_format(localtime(document.received_at), "SHORT_DATE_FORMAT"),
        }
        super().__init__(told % shown)


def receive(company, facts, content, filename, *, source, by=None, external_id="", attachments=()):
    """Take in one document: a PDF or an e-invoice as bytes, with what is known of it. Returns the Document.

    What `facts` leave open is read from the file. `external_id` is the sender's own: the same one comes back
    as the document that is there already. A document that was received before in the fiscal year is held
    until a person releases it (Document.is_held), refused or sent, as the company wants it. Raises Refused,
    and then nothing is kept.
    """
    prepared = prepare(company, facts, content, filename, attachments)
    return take_in(company, prepared, source=source, by=by, external_id=external_id)


def take_in(company, prepared, *, source, by=None, external_id=""):
    """Keep a prepared document and route it. Returns the Document; raises Refused."""
    check_text(external_id, _("external id"), 100)
    [taken] = take_in_all(company, [(prepared, external_id)], source=source, by=by)
    if isinstance(taken, Refused):
        raise taken
    return taken


def take_in_all(company, wanted, *, source, by=None):
    """Keep prepared documents, as (prepared, external id), and route them, all in one transaction.

    Returns what became of each: the Document, which may have been there already, or the Duplicate that says
    why it was not taken in. Raises ServiceOff, and then nothing is kept.
    """
    taken, files, to_route = [], [], []
    with transaction.atomic():
        # One intake of a company at a time, so that of two equal documents the second sees the first.
        # Without its key: workers that make a block for the company need not wait for an upload.
        company = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        check_company(company)  # it may have been switched off since the document was checked
        known = _known(company, [external_id for _prepared, external_id in wanted])
        earlier = Earlier(company, [(prepared.facts, prepared.content_hash) for prepared, _id in wanted])
        for prepared, external_id in wanted:
            before = earlier.same(prepared.facts, prepared.content_hash)
            if external_id in known:
                taken.append(known[external_id])
            elif before and company.duplicates == Company.Duplicates.REFUSE:
                taken.append(Duplicate(before))
            else:
                document = _keep(company, prepared, source, by, external_id, before)
                document.is_new = True
                taken.append(document)
                earlier.add(document)
                if external_id:
                    known[external_id] = document
                files += _kept_files(document, prepared)
                if not before or company.duplicates == Company.Duplicates.ALLOW:
                    to_route.append(document)
        DocumentFile.objects.bulk_create(files)
        if to_route:
            routing.route(*to_route)
    return taken


def _known(company, external_ids):
    ids = [external_id for external_id in external_ids if external_id]
    return {document.external_id: document for document in company.documents.filter(external_id__in=ids)}


class Earlier:
    """What a company received in the running fiscal year that these documents, (facts, hash), may repeat.

    A document repeats an earlier one when it has the same number and type, or when it is the same file for
    the same customer and addresses.
    """

    def __init__(self, company, documents):
        this_year = company.documents.filter(received_at__gte=_fiscal_year_start(company))
        numbers = {facts.number for facts, _hash in documents}
        hashes = {content_hash for _facts, content_hash in documents}
        found = this_year.filter(Q(number__in=numbers) | Q(content_hash__in=hashes))
        self._first = {}
        for document in found.order_by("received_at", "pk"):
            self.add(document)

    def add(self, document):
        for key in _marks(document, document.content_hash):
            self._first.setdefault(key, document)

    def same(self, facts, content_hash):
        """The first document that one with these facts would repeat, or None."""
        found = [self._first[key] for key in _marks(facts, content_hash) if key in self._first]
        return min(found, key=lambda document: (document.received_at, document.pk), default=None)


def _marks(facts, content_hash):
    """What two documents have in common when one repeats the other."""
    return (facts.number, facts.kind), (content_hash, facts.customer_number, facts.addresses)


def _fiscal_year_start(company):
    today = localtime()
    year = today.year if today.month >= company.fiscal_year_starts else today.year - 1
    return today.replace(
        year=year, month=company.fiscal_year_starts, day=1, hour=0, minute=0, second=0, microsecond=0
    )


def _keep(company, prepared, source, by, external_id, before):
    facts = prepared.facts
    document = Document.objects.create(
        company=company,
        source=source,
        received_from=by,
        external_id=external_id or None,
        duplicate_of=before,
        content_hash=prepared.content_hash,
        number=facts.number,
        kind=facts.kind,
        customer_number=facts.customer_number,
        addresses=facts.addresses,
        amount=facts.amount,
        currency=facts.currency,
        issue_date=facts.issue_date,
        due_date=facts.due_date,
        buyer=facts.buyer,
        stated_language=facts.language,
    )
    logger.info("Document %s received%s", document.public_id, ", seen before" if before else "")
    return document


def _kept_files(document, prepared):
    """Written when they are saved; when the transaction fails after it, nobody refers to them."""
    for file in prepared.files:
        yield DocumentFile(
            document=document,
            role=file.role,
            file=ContentFile(file.content, name=file.name),
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            sha256=sha256(file.content).hexdigest(),
        )
