"""Mails that tell what became of a mail: delivery reports, odd bounces, complaints, automatic replies. Pure.

for report in parse(raw):          # one per recipient; [] when the mail reports nothing; never raises
    found = verdict(report)        # a documents.replies.Verdict, or None for an automatic reply
"""

from documents.dsn.report import Kind, Report, verdict

__all__ = ["Kind", "Report", "parse", "verdict"]


def parse(raw: bytes) -> list[Report]:
    """The reports in a mail that came back, one for each recipient it speaks of."""
    return []
