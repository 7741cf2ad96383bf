"""Where a webhook may lead: to the public internet alone, or in practice mode to this machine alone. Pure.

A company chooses the address that our servers call, so it must not be one that only our servers can reach.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Address = IPv4Address | IPv6Address

# All that IANA has given out for the public internet. Whatever lies outside of it only looks like an address
# of its own, such as ::ffff:10.0.0.1 and 64:ff9b::10.0.0.1, which lead to 10.0.0.1.
PUBLIC_IPV6 = ip_network("2000::/3")
# Not all versions of Python know these: they lead to a gateway, to an IPv4 address that is hidden in them, or
# nowhere.
HIDDEN = [
    ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
]

HTTP_PORT, HTTPS_PORT, LAST_PORT = 80, 443, 65535
# Below it are the system's own services: mail, names, remote log-in.
FIRST_FREE_PORT = 1024


def may_be_called(address: Address, *, practice: bool) -> bool:
    return address.is_loopback if practice else is_public(address)


def is_public(address: Address) -> bool:
    """Whether it is a host's own address on the public internet (IANA's special-purpose registries)."""
    if address.version == 6 and address not in PUBLIC_IPV6:
        return False
    special = address.is_multicast or address.is_reserved or not address.is_global
    return not special and not any(address in net for net in HIDDEN)


def problem_with(url: str, *, practice: bool) -> str | Promise:
    """What is wrong with a webhook's URL, as a sentence for people; empty when it may be called.

    A host's name is not looked up here: where it leads is checked with every call.
    """
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return _("This is not a web address.")
    if not parts.raw_host or parts.scheme not in ("http", "https"):
        return _("Enter a whole web address, such as https://erp.company.example/jakelu.")
    if parts.scheme != "https" and not practice:
        return _("The address has to begin with https://, so that nobody on the way can read it.")
    if parts.userinfo:
        return _("Leave out the user name and password: calls are signed instead.")
    port = port_of(parts)
    if port != HTTPS_PORT and not FIRST_FREE_PORT <= port <= LAST_PORT:
        return _("Use port 443, or one from 1024 upwards.")
    return _problem_with_host(parts.raw_host.decode("ascii"), practice)


def port_of(url: httpx.URL) -> int:
    if url.port is not None:
        return url.port
    return HTTPS_PORT if url.scheme == "https" else HTTP_PORT


def _problem_with_host(host: str, practice: bool) -> str | Promise:
    try:
        is_allowed = may_be_called(ip_address(host), practice=practice)
    except ValueError:  # a name
        is_allowed = host == "localhost" or not practice
    if is_allowed:
        return ""
    if practice:
        return _("In practice mode only this machine is called: use http://127.0.0.1 with a port.")
    return _("This address is on a private network. Use one that can be reached from the internet.")
