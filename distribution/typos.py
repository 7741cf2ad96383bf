"""Likely typing errors in the domain of an e-mail address: `gmial.com — gmail.com?` Pure, and advice only.

A domain is compared with the big mail domains of the countries that our customers live in. Whoever owns a
domain of nearly the same name is not asked about it every time: the well-known ones stand in ALSO_RIGHT.
"""

import re
from functools import lru_cache

from distribution.addresses import InvalidAddress, normalise


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Where many people have their mail.
BIG = _words(
    """
    gmail.com googlemail.com hotmail.com outlook.com icloud.com yahoo.com live.com msn.com protonmail.com
    hotmail.fi live.fi outlook.fi yahoo.fi elisanet.fi kolumbus.fi luukku.com pp.inet.fi inet.fi
    saunalahti.fi suomi24.fi welho.com netti.fi dnainternet.net jippii.fi mbnet.fi nic.fi sci.fi surffi.fi
    phnet.fi hotmail.se live.se outlook.se yahoo.se telia.com spray.se bredband.net bredband2.com comhem.se
    tele2.se swipnet.se passagen.se bahnhof.se glocalnet.net home.se
    """
)

# Real ones that only look like slips of the big ones.
ALSO_RIGHT = _words(
    """
    mail.com email.com ymail.com gmx.com gmx.net gmx.de proton.me me.com mac.com aol.com rocketmail.com
    hotmail.co.uk hotmail.fr hotmail.de hotmail.no hotmail.dk hotmail.it hotmail.es hotmail.be hotmail.nl
    live.no live.dk live.nl live.fr live.de live.be live.it live.co.uk live.ca outlook.de outlook.fr
    outlook.dk outlook.es outlook.it outlook.be yahoo.de yahoo.fr yahoo.no yahoo.dk yahoo.es yahoo.it
    yahoo.ca yahoo.co.uk yahoo.co.in telia.se telia.fi telia.ee telia.lt telia.lv telia.no telia.dk
    tele2.com tele2.no bredband2.se sonera.com elisa.fi dna.fi inet.se inet.com
    """
)

# Slips of the whole domain that are more than one letter away.
KNOWN_SLIPS = {
    "gmail.fi": "gmail.com",
    "gmail.se": "gmail.com",
    "gmail": "gmail.com",
    "icloud.fi": "icloud.com",
    "icloud.se": "icloud.com",
    "luukku.fi": "luukku.com",
    "elisanet.com": "elisanet.fi",
    "kolumbus.com": "kolumbus.fi",
    "saunalahti.com": "saunalahti.fi",
}

# Last labels that are no top-level domain, and the one that was meant.
ENDINGS = {
    **dict.fromkeys(_words("con cmo ocm comm coom vom xom cpm cim conm ckm"), "com"),
    **dict.fromkeys(_words("fii ffi fu fo if"), "fi"),
    **dict.fromkeys(_words("see sse es3 swe"), "se"),
    **dict.fromkeys(_words("nett ner nte ent"), "net"),
    **dict.fromkeys(_words("orgg ogr rog"), "org"),
}

# What people write for an @ where they must not, or cannot.
_AT = re.compile(r"\s*[([]at[)\]]\s*|\s+at\s+", re.IGNORECASE)

# In short domains only swapped letters count, for they have honest neighbours; in long ones two slips do.
SHORT, LONG = 8, 12


def meant(address: str) -> str | None:
    """The address that was probably meant by a normalised one, or None where nothing looks wrong."""
    local, _at, domain = address.rpartition("@")
    likely = likely_domain(domain)
    return f"{local}@{likely}" if likely else None


def repaired(text: str) -> str | None:
    """What was meant by what is no address: `kivi at kivi,example` → `kivi@kivi.example`; None: who knows."""
    tidy = text if "@" in text else _AT.sub("@", text)
    tidy = re.sub(r"@+", "@", re.sub(r"\s+", "", tidy).strip(".;,<>\"'"))
    tidy = re.sub(r"\.+", ".", tidy.replace(",", ".")).replace("@.", "@").replace(".@", "@")
    try:
        address = normalise(tidy)
    except InvalidAddress:
        return None
    return meant(address) or address


@lru_cache(maxsize=4096)
def likely_domain(domain: str) -> str | None:
    """`gmial.com` → `gmail.com`, `company.con` → `company.com`; None where nothing looks wrong."""
    if domain in BIG or domain in ALSO_RIGHT:
        return None
    if domain in KNOWN_SLIPS:
        return KNOWN_SLIPS[domain]
    near = _nearest(domain)
    if near:
        return near
    name, _dot, ending = domain.rpartition(".")
    if name and ending in ENDINGS:
        corrected = f"{name}.{ENDINGS[ending]}"
        return likely_domain(corrected) or corrected
    return None


def distance(one: str, other: str) -> int:
    """Damerau-Levenshtein: letters left out, put in, changed, or two neighbours swapped, each counts one."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, theirs in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _nearest(domain: str) -> str | None:
    letters = set(domain)
    near = [
        (steps, big)
        for big, its_letters, slips in _OF_ABOUT_THE_LENGTH.get(len(domain), ())
        # A wrong letter changes at most two of a word's letters; this spares nearly all of the comparing.
        if len(letters ^ its_letters) <= 2 * slips
        and (steps := distance(domain, big)) <= slips
        and (len(big) > SHORT or sorted(big) == sorted(domain))
    ]
    return min(near)[1] if near else None


def _by_length() -> dict[int, list[tuple[str, frozenset[str], int]]]:
    table: dict[int, list[tuple[str, frozenset[str], int]]] = {}
    for big in sorted(BIG):
        slips = 2 if len(big) >= LONG else 1
        for length in range(len(big) - slips, len(big) + slips + 1):
            table.setdefault(length, []).append((big, frozenset(big), slips))
    return table


_OF_ABOUT_THE_LENGTH = _by_length()
