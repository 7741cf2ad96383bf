"""The doors through which reports come in; what they mean is tracking's business.

`smtp` speaks SMTP and LMTP (`manage.py receive_bounces`), with the limits of `gate`; `imap` reads a mailbox;
`manage.py receive_bounce` is for an MTA's pipe, and documents.hooks is the door by HTTP.
"""

from documents.doors.smtp import SIZE_LIMIT, BounceServer

__all__ = ["SIZE_LIMIT", "BounceServer"]
