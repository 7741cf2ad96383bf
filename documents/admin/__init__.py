"""What support and operations see of the documents, and of the blocks that hold some back."""

from documents.admin import blocks, deliveries, holds, reports, requests, sent

__all__ = ["blocks", "deliveries", "holds", "reports", "requests", "sent"]
