"""The last resort for a bounce that nothing else could read: flufl.bounce."""

import logging
import re
from email import message_from_string
from email.policy import compat32

from flufl.bounce import all_failures

from documents.dsn.found import Found, address_in
from documents.dsn.mail import Mail
from documents.dsn.prose import for_people, signs
from documents.dsn.report import Kind

READ = 20_000  # octets: it needs seconds for 200,000 when the lines are short
# Its patterns take time by the third power of a line's length: 2,000 characters keep it busy for 15 s.
MAX_LINE = 150
ACTIONS = {Kind.DELAY: "delayed", Kind.BOUNCE: "failed"}

_ENCODING = re.compile(r"^(?=Content-Transfer-Encoding\b)", re.I | re.M)

logger = logging.getLogger(__name__)


def read(mail: Mail, raw: bytes) -> list[Found]:
    """Who did not get the mail, as far as flufl.bounce can tell; it names no reasons."""
    text = for_people(mail)
    if not signs(mail, text):
        return []
    try:
        waiting, failed = all_failures(message_from_string(_beginning(raw), policy=compat32))
    except Exception as error:  # it meets mails that its authors never saw, and crashed on some
        logger.info("flufl.bounce could not read a bounce: %s", type(error).__name__)
        return []
    found = dict.fromkeys(waiting, Kind.DELAY) | dict.fromkeys(failed, Kind.BOUNCE)
    return [
        Found(kind, address_in(address.decode("ascii", "replace")), action=ACTIONS[kind], context=text)
        for address, kind in sorted(found.items())
    ]


def _beginning(raw: bytes) -> str:
    """The beginning of a mail in short lines, none of which it can decode into long ones."""
    lines = re.split(r"\r\n|\r|\n", raw[:READ].decode("latin-1"))
    return _ENCODING.sub("X-", "\n".join(line[:MAX_LINE] for line in lines))
