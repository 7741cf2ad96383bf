"""The practice mail server: a real SMTP server on loopback on which every outcome of a mail can be tried.

answers.py is the table of what each address does, esmtp.py the SMTP, reports.py and courier.py what comes
back later, mailbox.py what the customers received.
"""

from portal.practice.mailbox import Attachment, Mail, inbox, read
from portal.practice.server import PracticeServer

__all__ = ["Attachment", "Mail", "PracticeServer", "inbox", "read"]
