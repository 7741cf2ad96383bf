"""Domains that take no mail, as far as the DNS tells: advice, given in the background."""

import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings
from email_validator import EmailUndeliverableError

from distribution import typos
from distribution.models.imports import DirectoryImport

logger = logging.getLogger(__name__)

DOMAINS = 300  # of one file; the rarest first, because slips are rare
SECONDS = 20  # for all of them together
SECONDS_EACH = 4
AT_ONCE = 10
# Where the network is away some resolvers say that nothing exists: then this does not, either.
EXISTS = "gmail.com"


def advise_on_domains(job, directory, report, resolver=None):
    """Add to a checked import's report which domains take no mail. Not in practice mode: it asks the DNS."""
    if settings.PRACTICE:
        return
    found = dead_domains(_rarest(directory), resolver)
    if found:
        DirectoryImport.objects.filter(pk=job.pk).update(report=report | {"no_mail": found})


def dead_domains(domains, resolver=None):
    """Those of the domains that answer that they take no mail. Silence is no answer."""
    from dns.exception import DNSException  # slow to import, and only workers need it
    from email_validator import caching_resolver

    try:
        resolver = resolver or caching_resolver(timeout=SECONDS_EACH)
    except DNSException as trouble:
        logger.warning("Domains of an import are not looked up: %s", type(trouble).__name__)
        return []
    is_dead = partial(_is_dead, resolver, time.monotonic() + SECONDS)
    if not domains or is_dead(EXISTS):
        return []
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [domain for domain, dead in zip(domains, threads.map(is_dead, domains), strict=True) if dead]


def _is_dead(resolver, deadline, domain):
    from dns.resolver import NXDOMAIN, NoAnswer
    from email_validator.deliverability import validate_email_deliverability

    if time.monotonic() > deadline:
        return False
    try:
        validate_email_deliverability(domain, domain, dns_resolver=resolver)
    except EmailUndeliverableError as answer:
        # Trouble with asking is raised as the same; it has another cause.
        return isinstance(answer.__cause__, NXDOMAIN | NoAnswer | None)
    return False


def _rarest(directory):
    counted = Counter(
        address.rpartition("@")[2] for entry in directory.entries for address in entry.addresses
    )
    return sorted(counted.keys() - typos.BIG, key=lambda domain: (counted[domain], domain))[:DOMAINS]
