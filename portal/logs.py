"""How a line of the log looks."""

import logging
import re

# These addresses are all that is asked of who opens them: to fetch a document, to join a company, to choose
# a new password.
SECRET = re.compile(r"(/d/|/invitations/|/reset/key/)[^\s\"']{8,}")


class LineFormatter(logging.Formatter):
    """Leaves out what would let a reader of the log fetch documents or log in, whoever logged it."""

    def format(self, record):
        return SECRET.sub(r"\1…", super().format(record))
