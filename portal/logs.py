"""How a line of the log looks."""

import logging
import re

# The address of a link to a document is all that is asked of who opens it.
LINK = re.compile(r"/d/[0-9A-Za-z]{8,}[^\s\"']*")


class LineFormatter(logging.Formatter):
    """Leaves out what would let a reader of the log fetch documents, whoever logged it."""

    def format(self, record):
        return LINK.sub("/d/…", super().format(record))
