"""Our reports as the sample scorer wants them: `python score.py tests.score_adapter:parse`."""

from typing import Any

from documents import dsn
from documents.causes import Cause

REASONS = {
    Cause.ADDRESS_UNKNOWN: "user_unknown",
    Cause.DOMAIN_UNKNOWN: "host_unknown",
    Cause.SUSPENDED: "suspended",
    Cause.MAILBOX_FULL: "mailbox_full",
    Cause.TOO_LARGE: "too_big",
    Cause.ATTACHMENT_REFUSED: "policy",
    Cause.POLICY: "policy",
    Cause.OUR_REPUTATION: "blocked",
    Cause.OUR_AUTHENTICATION: "auth",
    Cause.RATE_LIMITED: "rate",
    Cause.UNREACHABLE: "unreachable",
    Cause.GAVE_UP: "unreachable",
    Cause.SERVER_TROUBLE: "system",
    Cause.COMPLAINED: "complaint",
}
KINDS = {dsn.Kind.AUTO_REPLY: "autoreply"}


def parse(raw: bytes) -> list[dict[str, Any]]:
    return [
        {
            "recipient": report.recipient,
            "status": report.status,
            "reply_code": report.reply_code,
            "permanent": report.permanent,
            "reason": REASONS.get(report.cause, "unknown"),
            "hard": report.dead,
            "kind": KINDS.get(report.kind, report.kind.value),
        }
        for report in dsn.parse(raw)
    ]
