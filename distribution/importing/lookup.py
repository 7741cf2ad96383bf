"""Domains that take no mail, as far as the DNS tells: advice, given in the background."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from email_validator import EmailUndeliverableError

from distribution import typos
from distribution.models.imports import DirectoryImport

DOMAINS = 300  # of one file; the rarest first, because slips are rare
SECONDS = 20  # for all of them together
SECONDS_EACH = 4
AT_ONCE = 10


def advise_on_domains(job, directory, report):
    """Add to a checked import's report which domains take no mail. Not in practice mode: it asks the DNS."""
    if settings.PRACTICE:
        return
    found = dead_domains(_rarest(directory), resolver())
    if found:
        DirectoryImport.objects.filter(pk=job.pk).update(report=report | {"no_mail": found})


def resolver():
    from email_validator import caching_resolver  # dns.resolver is slow to import

    return caching_resolver(timeout=SECONDS_EACH)


def dead_domains(domains, dns):
    """Those of the domains that answer that they take no mail. Silence is no answer."""
    deadline = time.monotonic() + SECONDS

    def is_dead(domain):
        from email_validator.deliverability import validate_email_deliverability

        if time.monotonic() > deadline:
            return False
        try:
            validate_email_deliverability(domain, domain, dns_resolver=dns)
        except EmailUndeliverableError:
            return True
        return False

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [domain for domain, dead in zip(domains, threads.map(is_dead, domains), strict=True) if dead]


def _rarest(directory):
    counted = Counter(
        address.rpartition("@")[2] for entry in directory.entries for address in entry.addresses
    )
    unknown = [domain for domain in counted if domain not in typos.BIG]
    return sorted(unknown, key=counted.get)[:DOMAINS]
