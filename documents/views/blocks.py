"""What stops mail to an address now, as the lists and the document page show it."""

from django.db.models import Prefetch

from distribution.models import BlockedAddress, UnblockRequest


def active_blocks(company, addresses):
    """Active blocks by address, in three queries; `asked` is the company's latest request, or None."""
    requests = Prefetch("requests", UnblockRequest.objects.filter(company=company), to_attr="own_requests")
    active = (
        BlockedAddress.objects.active().filter(address__in=addresses).prefetch_related(requests, "removals")
    )
    blocks = {}
    for block in (active.filter(company=None) | active.filter(company=company)).order_by("pk"):
        block.asked = block.own_requests[0] if block.own_requests else None
        blocks[block.address] = block
    return blocks


def declined(block):
    """Support's answer that the address stays blocked, where that is the last word; else None."""
    asked = block and block.asked
    return asked if asked and asked.state == UnblockRequest.State.DECLINED else None
