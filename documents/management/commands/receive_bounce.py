"""`manage.py receive_bounce`: take one report from a mail server's pipe."""

import logging
import os
import sys

from django.core.management.base import BaseCommand

from documents import tracking
from documents.doors import SIZE_LIMIT
from documents.dsn.mail import LOOKED_AT
from documents.models import UnreadReport

logger = logging.getLogger(__name__)

# Where Postfix's local(8) says whom the mail was sent to, and whom an alias made of it.
RECIPIENT_VARIABLES = ("ORIGINAL_RECIPIENT", "RECIPIENT")


class Command(BaseCommand):
    """Ends with 0 when the report was taken (or tells nothing), and as sysexits.h has it when it was not:

    65 for one that is too large, 75 for trouble of our own, upon which mail servers try again later.
    """

    help = "Takes one delivery report from standard input. Ends with 75 when it is to be tried again later."
    # A set-up that is wrong somewhere else must not lose a report.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--recipient",
            default="",
            help="the address it was sent to; else $ORIGINAL_RECIPIENT or $RECIPIENT",
        )

    def handle(self, *, recipient, **options):
        recipient = recipient or next(filter(None, map(os.environ.get, RECIPIENT_VARIABLES)), "")
        content, size = _read(sys.stdin.buffer)
        if size > SIZE_LIMIT:
            self.stderr.write("The report is too large.")
            sys.exit(os.EX_DATAERR)
        try:
            tracking.receive(content, recipient, door=UnreadReport.Door.PIPE, size=size)
        except Exception:
            logger.exception("A report could not be kept; the mail server is asked to try again")
            sys.exit(os.EX_TEMPFAIL)


def _read(stream):
    """The beginning of the mail, as much as is ever looked at, and the size of the whole.

    All of it is read: a mail server whose pipe is closed early takes that for a failure.
    """
    content = stream.read(LOOKED_AT)
    size = len(content)
    while piece := stream.read(LOOKED_AT):
        size += len(piece)
    return content, size
