"""What is sent, and what became of it."""

from documents.models.batches import Batch, BatchItem
from documents.models.delivery import HELD_FOR_A_BLOCK, Delivery, DeliveryEvent
from documents.models.document import Document, DocumentFile, Kind
from documents.models.errands import Errand, ErrandLine
from documents.models.holds import HeldDomain
from documents.models.links import DownloadLink, DownloadPress
from documents.models.mail import LEASE, OutboundMail
from documents.models.notices import Notice, Outcome, Reader
from documents.models.reports import OnlyCounted, UnreadCount, UnreadReport
from documents.models.texts import MailText

__all__ = [
    "HELD_FOR_A_BLOCK",
    "LEASE",
    "Batch",
    "BatchItem",
    "Delivery",
    "DeliveryEvent",
    "Document",
    "DocumentFile",
    "DownloadLink",
    "DownloadPress",
    "Errand",
    "ErrandLine",
    "HeldDomain",
    "Kind",
    "MailText",
    "Notice",
    "OnlyCounted",
    "OutboundMail",
    "Outcome",
    "Reader",
    "UnreadCount",
    "UnreadReport",
]
