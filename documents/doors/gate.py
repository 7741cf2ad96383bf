"""Who may come in by SMTP, and how often, so that strangers cannot keep our relay out or fill the memory."""

import ipaddress
import time
from collections import Counter

from django.conf import settings

# Connections at once. Each may hold some 1.2 MB of a report, and strangers cannot take the relays' places.
STRANGERS = 100
RELAYS = 100
MINUTE = 60  # seconds
# RFC 4291: one customer of a network has 2^64 addresses.
IPV6_CUSTOMER = 64


class Gate:
    """Counts the connections and the mails of each address. Whoever is turned away is asked to come again.

    Our own relays (BOUNCE_RELAYS) may have thousands of reports at once, so only the number of their
    connections is bounded.
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._connections = Counter()
        self._strangers = self._relays = 0
        self._mails = Counter()
        self._minute = None

    def enter(self, host):
        """Whether another connection may come from this host. If so, leave() has to follow."""
        if is_relay(host):
            is_free = self._relays < RELAYS
            self._relays += is_free
            return is_free
        name = _customer(host)
        if self._strangers >= STRANGERS or self._connections[name] >= settings.BOUNCE_CONNECTIONS:
            return False
        self._strangers += 1
        self._connections[name] += 1
        return True

    def leave(self, host):
        if is_relay(host):
            self._relays -= 1
            return
        name = _customer(host)
        self._strangers -= 1
        self._connections[name] -= 1
        if not self._connections[name]:
            del self._connections[name]

    def may_send(self, host):
        """Whether this host may send another mail within this minute; counts it."""
        if is_relay(host):
            return True
        minute = self._clock() // MINUTE
        if minute != self._minute:
            self._minute, self._mails = minute, Counter()
        name = _customer(host)
        self._mails[name] += 1
        return self._mails[name] <= settings.BOUNCE_MAILS_A_MINUTE


def is_relay(host):
    address = _address(host)
    return any(address in network for network in settings.BOUNCE_RELAYS if network.version == address.version)


def _customer(host):
    address = _address(host)
    if address.version == 6:
        return ipaddress.ip_network((address, IPV6_CUSTOMER), strict=False)
    return address


def _address(host):
    """The address without its zone; that of IPv4 where a socket for both writes it as IPv6."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
