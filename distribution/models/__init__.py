"""Who sends, to whom, and to whom not."""

from distribution.models.answers import KeptAnswer
from distribution.models.blocks import BlockedAddress, ConsentMissing, UnblockRequest
from distribution.models.companies import Company, Membership, OwnedQuerySet
from distribution.models.customers import Customer, CustomerNumber, ListAddress, NumberTaken
from distribution.models.imports import DirectoryImport
from distribution.models.invitations import Invitation, InvitationMail
from distribution.models.jobs import Job, JobQuerySet, LeaseLost
from distribution.models.removals import ProviderRemoval
from distribution.models.tokens import ApiToken, Scope
from distribution.models.webhook_calls import WebhookCall
from distribution.models.webhooks import Webhook

__all__ = [
    "ApiToken",
    "BlockedAddress",
    "Company",
    "ConsentMissing",
    "Customer",
    "CustomerNumber",
    "DirectoryImport",
    "Invitation",
    "InvitationMail",
    "Job",
    "JobQuerySet",
    "KeptAnswer",
    "LeaseLost",
    "ListAddress",
    "Membership",
    "NumberTaken",
    "OwnedQuerySet",
    "ProviderRemoval",
    "Scope",
    "UnblockRequest",
    "Webhook",
    "WebhookCall",
]
