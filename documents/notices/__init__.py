"""Mail to the sending companies: what was rejected and what waits for them, now or once a day, and again."""

from documents.notices.mailing import send
from documents.notices.planning import ask_for_example, change_hour, hint, make_readers, plan, reader_of

__all__ = ["ask_for_example", "change_hour", "hint", "make_readers", "plan", "reader_of", "send"]
