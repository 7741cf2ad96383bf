"""What an enhanced status code (RFC 3463, the IANA registry, large providers' own) or a basic code means.

Keys are (subject, detail): the class says for how long, not why. A code stands in SPECIFIC only where
servers use it for one thing; the others are so often used for something else that strong words beat them.
"""

from documents.causes import Cause

C = Cause

SPECIFIC: dict[tuple[int, int], Cause] = {
    (1, 2): C.DOMAIN_UNKNOWN,
    (1, 3): C.ADDRESS_UNKNOWN,
    (1, 6): C.ADDRESS_UNKNOWN,  # moved, no forwarding address
    (1, 90): C.RATE_LIMITED,  # Microsoft: our daily limit of recipients
    (2, 2): C.MAILBOX_FULL,
    (2, 3): C.TOO_LARGE,
    (2, 121): C.RATE_LIMITED,  # Microsoft: the recipient gets too much mail per hour
    (2, 122): C.RATE_LIMITED,
    (3, 4): C.TOO_LARGE,
    (4, 310): C.DOMAIN_UNKNOWN,  # Microsoft: DNS domain does not exist
    (4, 318): C.SERVER_TROUBLE,  # Microsoft: connection reset by the receiving server
    (7, 13): C.SUSPENDED,
    (7, 16): C.TOO_LARGE,
    (7, 20): C.OUR_AUTHENTICATION,  # RFC 7372: DKIM
    (7, 21): C.OUR_AUTHENTICATION,
    (7, 22): C.OUR_AUTHENTICATION,
    (7, 23): C.OUR_AUTHENTICATION,  # RFC 7372: SPF
    (7, 24): C.OUR_AUTHENTICATION,
    (7, 25): C.OUR_REPUTATION,  # RFC 7372: reverse DNS
    (7, 26): C.OUR_AUTHENTICATION,
    (7, 321): C.SERVER_TROUBLE,  # Microsoft: TLS and DANE
    (7, 322): C.SERVER_TROUBLE,
    (7, 323): C.SERVER_TROUBLE,
    (7, 324): C.SERVER_TROUBLE,
    (7, 325): C.SERVER_TROUBLE,
    (7, 232): C.RATE_LIMITED,  # Microsoft: the tenant's daily limit of recipients
    (7, 233): C.RATE_LIMITED,
    (7, 501): C.OUR_REPUTATION,  # Microsoft: spam was seen, or the sender is banned
    (7, 502): C.OUR_REPUTATION,
    (7, 503): C.OUR_REPUTATION,
    (7, 508): C.RATE_LIMITED,
    (7, 509): C.OUR_AUTHENTICATION,  # Microsoft: DMARC
    (7, 511): C.OUR_REPUTATION,
    (7, 512): C.POLICY,
    (7, 515): C.OUR_AUTHENTICATION,
    (7, 705): C.OUR_REPUTATION,
    (7, 708): C.OUR_REPUTATION,
    (7, 750): C.OUR_REPUTATION,
    (16, 55): C.OUR_REPUTATION,  # Yahoo: complaints of users
}
# Microsoft: banned sending addresses, 5.7.606 to 649.
SPECIFIC.update({(7, detail): C.OUR_REPUTATION for detail in range(606, 650)})

GENERIC: dict[tuple[int, int], Cause] = {
    (1, 1): C.ADDRESS_UNKNOWN,
    (1, 4): C.ADDRESS_UNKNOWN,
    (1, 7): C.OUR_REPUTATION,  # the sender's address
    (1, 8): C.OUR_REPUTATION,
    (1, 10): C.DOMAIN_UNKNOWN,  # RFC 7505; Microsoft says it of a single address, in words
    (2, 1): C.SUSPENDED,
    (3, 1): C.SERVER_TROUBLE,
    (3, 2): C.SERVER_TROUBLE,
    (3, 3): C.SERVER_TROUBLE,
    (3, 5): C.SERVER_TROUBLE,
    (4, 0): C.UNREACHABLE,
    (4, 1): C.UNREACHABLE,
    (4, 2): C.UNREACHABLE,
    (4, 3): C.UNREACHABLE,
    (4, 4): C.UNREACHABLE,
    (4, 5): C.RATE_LIMITED,
    (4, 6): C.UNREACHABLE,
    (4, 7): C.UNREACHABLE,
    (5, 3): C.RATE_LIMITED,
    (6, 0): C.POLICY,
    (6, 1): C.POLICY,
    (6, 3): C.POLICY,
    (6, 11): C.POLICY,
    (7, 1): C.POLICY,
    (7, 2): C.POLICY,
    (7, 3): C.POLICY,
    (7, 28): C.OUR_REPUTATION,  # mail flood detected
    (7, 4): C.POLICY,
    (7, 5): C.POLICY,
    (7, 7): C.POLICY,
    (7, 17): C.ADDRESS_UNKNOWN,  # RFC 7293: the mailbox has a new owner
    (7, 18): C.DOMAIN_UNKNOWN,
    (7, 27): C.OUR_AUTHENTICATION,
    (7, 30): C.OUR_AUTHENTICATION,
    (7, 124): C.POLICY,  # Microsoft: the recipient takes mail from listed senders only
    (7, 133): C.POLICY,
    (7, 134): C.POLICY,
    (7, 136): C.POLICY,
}

# Refusals of a log-in (RFC 4954): said by our own mail server, or by the one it hands over to.
LOG_IN: dict[int, Cause] = dict.fromkeys((530, 534, 535, 538), C.OUR_TROUBLE)

# Where neither words nor a particular code say anything: the subject in itself.
BY_SUBJECT: dict[int, Cause] = {
    3: C.SERVER_TROUBLE,
    4: C.UNREACHABLE,
    5: C.SERVER_TROUBLE,
    6: C.POLICY,
    7: C.POLICY,
}

# A bare 550 or 554 is missing on purpose: it says nothing, and nobody is blocked for nothing.
BY_REPLY_CODE: dict[int, Cause] = {
    421: C.RATE_LIMITED,
    500: C.SERVER_TROUBLE,
    501: C.SERVER_TROUBLE,
    502: C.SERVER_TROUBLE,
    503: C.SERVER_TROUBLE,
    504: C.SERVER_TROUBLE,
    521: C.DOMAIN_UNKNOWN,  # RFC 7504: takes no mail at all
    525: C.SUSPENDED,
    551: C.ADDRESS_UNKNOWN,
    552: C.MAILBOX_FULL,
    553: C.ADDRESS_UNKNOWN,
    556: C.DOMAIN_UNKNOWN,  # RFC 7504
}

# Permanent by their class, passing in truth: a limit or greylisting said with 5xx, and a route missing for
# the moment. None stands for any enhanced code.
PASSING: frozenset[tuple[Cause, str | None]] = frozenset({(C.RATE_LIMITED, None), (C.UNREACHABLE, "5.4.4")})
