"""The addresses that a company's mail is held back from, and the requests to open them again."""

from typing import Annotated, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from distribution.evidence import failures
from distribution.models import BlockedAddress, ConsentMissing, UnblockRequest
from documents.models import Delivery
from portal.api.description import operation
from portal.api.idempotency import once
from portal.api.paging import CURSOR, LIMIT, NEXT_CURSOR, stretch
from portal.api.problems import Problem, invalid
from portal.api.words import Id, Moment, Taken, line, lines, moment

router = Router()


class UnblockRequestTaken(Taken):
    note: lines(2000, min_length=1, examples=["I checked the address with the customer by phone."]) = Field(
        description="What our support should know."
    )
    consent: bool = Field(
        False, description="The recipient has agreed to get mail again. Needed where `needs_consent` is true."
    )


class UnblockRequestSaid(BaseModel):
    state: Literal[*UnblockRequest.State.values]
    requested_at: Moment
    note: str
    consent: bool
    decided_at: Moment | None
    answer: str = Field(description="What our support says to it.")


class FailureSaid(BaseModel):
    """A delivery that failed, for which the address was blocked."""

    at: Moment | None
    document: str = Field(examples=["Invoice 2026-17"])
    reply: str = Field(examples=["550 5.1.1 User unknown"])


class BlockedAddressSaid(BaseModel):
    id: Id
    address: str = Field(examples=["office@customer.example"])
    reason: Literal[*BlockedAddress.Reason.values]
    blocked_at: Moment
    needs_consent: bool = Field(description="Only the recipient's consent can open it again.")
    failures: list[FailureSaid] = Field(description="Newest first.")
    request: UnblockRequestSaid | None = Field(description="The latest request to unblock it.")


class BlockedAddresses(BaseModel):
    items: list[BlockedAddressSaid]
    next_cursor: str | None = NEXT_CURSOR


@router.get(
    "/blocked-addresses/", response=BlockedAddresses, summary="List blocked addresses", **operation("read")
)
def list_blocked_addresses(
    request,
    cursor: Annotated[str, CURSOR],
    limit: Annotated[int, LIMIT],
    address: Annotated[line(254), Query("", description="This one alone.")],
):
    """The addresses to which nothing is sent now, the newest block first."""
    found = _blocks(request).active()
    if address:
        found = found.filter(address=address.strip().lower())
    shown, next_cursor = stretch(found, cursor, limit, "blocked_at", newest_first=True)
    return {"items": [as_json(block) for block in shown], "next_cursor": next_cursor}


@router.post(
    "/blocked-addresses/{block_id}/unblock-requests/",
    response={200: BlockedAddressSaid, 201: BlockedAddressSaid},
    summary="Ask to unblock an address",
    **operation("manage", 409),
)
@once
def ask_to_unblock(request, block_id: UUID, wanted: UnblockRequestTaken):
    """Ask our support: 201, or 200 when support has been asked already.

    When support unblocks the address, what was held is sent by itself.
    """
    block = get_object_or_404(_blocks(request), public_id=block_id)
    company = request.auth.company
    is_asked = block.requests.filter(company=company, state=UnblockRequest.State.OPEN).exists()
    if not is_asked and (in_vain := block.why_not_ask(company)):
        raise Problem("not-possible", in_vain)
    try:
        block.ask_to_unblock(company, request.auth.created_by, wanted.note, consent=wanted.consent)
    except ConsentMissing:
        problem = _("Support can unblock it only when the recipient has agreed.")
        raise invalid(("consent", problem)) from None
    return Status(200 if is_asked else 201, as_json(_blocks(request).get(pk=block.pk)))


def as_json(block):
    """A blocked address whose requests are fetched."""
    asked = next(iter(block.requests.all()), None)
    return {
        "id": str(block.public_id),
        "address": block.address,
        "reason": block.reason,
        "blocked_at": moment(block.blocked_at),
        "needs_consent": block.needs_consent,
        "failures": [
            {"at": moment(failure.at), "document": failure.document, "reply": failure.reply}
            for failure in failures(block.evidence)
        ],
        "request": asked and _request_as_json(asked),
    }


def _request_as_json(asked):
    return {
        "state": asked.state,
        "requested_at": moment(asked.requested_at),
        "note": asked.note,
        "consent": asked.consent,
        "decided_at": moment(asked.decided_at),
        "answer": asked.answer,
    }


def _blocks(request):
    """Its own, and of those for all companies the ones that people of the company meet on its pages."""
    company = request.auth.company
    sent_to = Delivery.objects.filter(company=company, address=OuterRef("address"))
    met = BlockedAddress.objects.filter(Exists(sent_to), company=None)
    asked = UnblockRequest.objects.filter(company=company)
    found = BlockedAddress.objects.concerning(company) | met
    return found.prefetch_related(Prefetch("requests", asked), "removals")
