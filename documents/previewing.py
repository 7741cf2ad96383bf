"""A batch is looked through: what would be sent to whom, what is missing, and what cannot be sent."""

import logging
import math
import time
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from distribution.models import BlockedAddress, Company
from documents import intake, preparing, routing
from documents.contents import MB, Contents
from documents.formats import Facts
from documents.models import BatchItem

logger = logging.getLogger(__name__)

State = BatchItem.State

CHUNK = 50  # files that are looked through between two notes of how far it is
CHUNK_SECONDS = 20  # well within the lease, however long files take to open
NAMED = 5  # recipients of a document; more are counted


def look_through(batch, deadline=math.inf):
    """Write down what each document of the batch would be, until `deadline` (time.monotonic()).

    Returns whether it is done. Raises Unreadable and LeaseLost.
    """
    with Contents(batch, preparing.upload_limit(batch.company) * MB) as contents:
        preview, total, done = _Preview(batch), len(contents.members), batch.processed
        while done < total:
            chunk = _Chunk(contents, done)
            items, done = preview.of(chunk), chunk.done
            with transaction.atomic():
                BatchItem.objects.bulk_create(items)
                batch.renew(processed=done, total=total, tries=0)
            if time.monotonic() > deadline:
                return False
        items = preview.of(contents.absent())
        with transaction.atomic():
            BatchItem.objects.bulk_create(items)
            waits = batch.has_been_read()
    if not waits:
        batch.forget_files()
    return True


class _Chunk:
    """The documents in the next files, in bounds of number and time; `done` is how far they reach."""

    def __init__(self, contents, done):
        self.contents, self.done = contents, done

    def __iter__(self):
        until = time.monotonic() + CHUNK_SECONDS
        for place in range(self.done, min(self.done + CHUNK, len(self.contents.members))):
            yield from self.contents.documents_in(place)
            self.done = place + 1
            if time.monotonic() > until:
                return


class _Preview:
    """What was found in a batch so far, and what is found further on."""

    def __init__(self, batch):
        self.batch = batch
        self.position = batch.items.count()
        # A batch may hold a document twice.
        wanted = batch.items.exclude(state=State.REFUSED).values_list("name", "external_id", "facts")
        self.names_by_id = {external_id: name for name, external_id, _facts in wanted}
        self.names_by_number = {(facts["number"], facts["kind"]): name for name, _id, facts in wanted}

    def of(self, found):
        """The items of these documents, not saved."""
        looked_at = [self._look_at(one) for one in found]
        good = [(item, facts) for item, facts in looked_at if facts]
        self._note_recipients(good)
        self._note_repetitions(good)
        return [item for item, _facts in looked_at]

    def _look_at(self, found):
        """(the item, its facts or None when it cannot be sent); the files themselves are let go of."""
        self.position += 1
        item = BatchItem(
            batch=self.batch,
            position=self.position,
            name=preparing.shown_name(found.name)[:200],
            state=State.READY,
        )
        prepared, item.note = self._prepared(found)
        if prepared:
            media_type = prepared.files[0].media_type
            item.source = found.source | {"media_type": media_type, "unlisted": found.is_unlisted}
            item.facts = BatchItem.keepable(prepared.facts)
            item.content_hash, item.external_id = prepared.content_hash, _external_id(prepared)
        else:
            item.state = State.REFUSED
        return item, prepared and prepared.facts

    def _prepared(self, found):
        """(what can be taken in, "") or (None, why it cannot)."""
        if found.problem:
            return None, found.problem
        facts = found.facts.over(Facts(kind=self.batch.kind))
        try:
            checked = preparing.check(self.batch.company, facts, found.content, found.name, found.attachments)
        except preparing.Refused as refusal:
            return None, str(refusal)
        except Exception:
            # A file that our readers stumble over must not stop the thousands behind it.
            logger.exception("Batch %s: a document cannot be looked at", self.batch.public_id)
            return None, _("We could not read this file, and have been told. Send it as PDF meanwhile.")
        if found.is_unlisted and not _says_all(checked.examined.facts):
            told = _(
                "The list does not name this file, nor does it say itself whom it is for. Add a row for it."
            )
            return None, told
        return checked, ""

    def _note_recipients(self, good):
        company = self.batch.company
        customers = routing.customers_with(company, (facts.customer_number for _item, facts in good))
        stopped = self._blocked(good, customers)
        for item, facts in good:
            customer = customers.get(facts.customer_number)
            to, bad = routing.recipients_of(company, customer, facts.addresses)
            addresses = [recipient.address for recipient in to]
            item.recipients = "; ".join(addresses[:NAMED])
            if len(addresses) > NAMED:
                more = {"count": len(addresses) - NAMED}
                item.recipients += _(" and %(count)s more") % more
            notes = [_("It is not in the list, so it goes as it says itself.")] if item.is_unlisted else []
            item.note = " ".join([*notes, *_about_addresses(facts, customer, addresses, bad, stopped)])
            if not addresses:
                item.state = State.NOBODY

    def _blocked(self, good, customers):
        """Those of the recipients' addresses that are blocked for the company."""
        company = self.batch.company
        addresses = {
            recipient.address
            for _item, facts in good
            for recipient in routing.recipients_of(
                company, customers.get(facts.customer_number), facts.addresses
            )[0]
        }
        stopping = BlockedAddress.objects.active().filter(Q(company=company) | Q(company=None))
        return set(stopping.filter(address__in=addresses).values_list("address", flat=True))

    def _note_repetitions(self, good):
        """What was sent already, in this batch or before it."""
        ids = [item.external_id for item, _facts in good]
        documents = self.batch.company.documents.filter(external_id__in=ids)
        known = {document.external_id: document for document in documents}
        earlier = intake.Earlier(self.batch.company, [(facts, item.content_hash) for item, facts in good])
        for item, facts in good:
            document, first = known.get(item.external_id), self.names_by_id.get(item.external_id)
            if document:
                item.document = document
                self._note(item, State.KNOWN, told_of_known(document))
            elif first:
                self._note(
                    item, State.KNOWN, _("It is the same as “%(name)s” in this batch.") % {"name": first}
                )
            else:
                self._note_duplicate(item, facts, earlier.same(facts, item.content_hash))
                self.names_by_id[item.external_id] = item.name
                self.names_by_number.setdefault((facts.number, facts.kind), item.name)

    def _note_duplicate(self, item, facts, before):
        first = self.names_by_number.get((facts.number, facts.kind))
        if before:
            told = _("The same %(document)s was received before, on %(date)s.") % _on(before)
        elif first:
            told = _("“%(name)s” in this batch has the same number.") % {"name": first}
        else:
            return
        match self.batch.company.duplicates:
            case Company.Duplicates.HOLD:
                told += " " + _("It waits until you say “send anyway”.")
                self._note(item, State.REPEATED, told)
            case Company.Duplicates.REFUSE:
                self._note(item, State.REFUSED, told)
            case Company.Duplicates.ALLOW:
                self._note(item, item.state, told)

    def _note(self, item, state, told):
        item.state, item.note = state, f"{told} {item.note}".strip()


def _says_all(facts):
    """Whether a file says itself what a list would have to say of it."""
    return bool(facts.number and (facts.customer_number or facts.addresses))


def _about_addresses(facts, customer, addresses, bad, stopped):
    """Sentences about what people should know of where a document goes."""
    for text in bad[:NAMED]:
        yield _("“%(text)s” is no e-mail address.") % {"text": text[:80]}
    for address in sorted(stopped.intersection(addresses))[:NAMED]:
        yield _("%(address)s is blocked: ask our support to unblock it.") % {"address": address}
    if not addresses and not bad:
        if facts.customer_number and not customer:
            number = {"number": facts.customer_number}
            yield _("No customer has the number %(number)s, and the file has no e-mail address.") % number
        else:
            yield _("There is no e-mail address to send it to.")


def told_of_known(document):
    return _("It was received before, on %(date)s.") % _on(document)


def _on(document):
    return {"document": document, "date": date_format(localtime(document.received_at), "SHORT_DATE_FORMAT")}


def _external_id(prepared):
    """The same document with the same facts has the same one, in whatever batch it comes."""
    facts = prepared.facts
    said = [facts.number, facts.kind, facts.customer_number, facts.addresses]
    hashes = [sha256(file.content).hexdigest() for file in prepared.files]
    return f"batch-{sha256(repr([said, hashes]).encode()).hexdigest()}"
