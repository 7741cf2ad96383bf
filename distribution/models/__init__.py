"""Who sends, to whom, and to whom not."""

from distribution.models.blocks import BlockedAddress, ConsentMissing, UnblockRequest
from distribution.models.companies import Company, Membership, OwnedQuerySet
from distribution.models.customers import Customer, CustomerNumber, ListAddress
from distribution.models.imports import DirectoryImport
from distribution.models.removals import ProviderRemoval

__all__ = [
    "BlockedAddress",
    "Company",
    "ConsentMissing",
    "Customer",
    "CustomerNumber",
    "DirectoryImport",
    "ListAddress",
    "Membership",
    "OwnedQuerySet",
    "ProviderRemoval",
    "UnblockRequest",
]
