"""Who sends, to whom, and to whom not."""

from distribution.models.blocks import BlockedAddress, ConsentMissing, UnblockRequest
from distribution.models.companies import Company, Membership, OwnedQuerySet
from distribution.models.customers import Customer, CustomerNumber, ListAddress
from distribution.models.imports import DirectoryImport
from distribution.models.jobs import Job, JobQuerySet, LeaseLost
from distribution.models.removals import ProviderRemoval
from distribution.models.webhook_calls import WebhookCall
from distribution.models.webhooks import Webhook

__all__ = [
    "BlockedAddress",
    "Company",
    "ConsentMissing",
    "Customer",
    "CustomerNumber",
    "DirectoryImport",
    "Job",
    "JobQuerySet",
    "LeaseLost",
    "ListAddress",
    "Membership",
    "OwnedQuerySet",
    "ProviderRemoval",
    "UnblockRequest",
    "Webhook",
    "WebhookCall",
]
