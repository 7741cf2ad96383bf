"""What is sent, and what became of it."""

from documents.models.batches import Batch, BatchItem
from documents.models.delivery import HELD_FOR_A_BLOCK, Delivery, DeliveryEvent
from documents.models.document import Document, DocumentFile, Kind
from documents.models.errands import Errand, ErrandLine
from documents.models.holds import HeldDomain
from documents.models.mail import LEASE, OutboundMail
from documents.models.reports import OnlyCounted, UnreadCount, UnreadReport

__all__ = [
    "HELD_FOR_A_BLOCK",
    "LEASE",
    "Batch",
    "BatchItem",
    "Delivery",
    "DeliveryEvent",
    "Document",
    "DocumentFile",
    "Errand",
    "ErrandLine",
    "HeldDomain",
    "Kind",
    "OnlyCounted",
    "OutboundMail",
    "UnreadCount",
    "UnreadReport",
]
