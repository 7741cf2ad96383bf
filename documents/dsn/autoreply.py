"""Automatic replies (RFC 3834) and receipts (RFC 8098): they report nothing about a delivery."""

import re

from documents.dsn.dialects import SENDER, SUBJECT
from documents.dsn.found import Found, address_in
from documents.dsn.mail import Mail
from documents.dsn.report import Kind

_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-response",
    "x-mail-autoreply",
    "x-vacation",
)
_SUBJECT = re.compile(
    r"^\W*(?:auto(?:matic|mated|mat\w*)?[-_ ]?(?:reply|respon\w*|answer|svar|antwort)"
    r"|re: auto|out of (?:the )?office|ooo\b|away from|on (?:vacation|leave|holiday)|vacation"
    r"|absen(?:ce|t)|abwesen|automaattinen vastaus|poissa"
    r"|autosvar|fr.nvar|r.ponse automatique|respuesta autom.tica|risposta automatica|resposta autom.tica"
    r"|automatisch antwoord|автоответ|自動(?:応答|返信)|自动回复)",
    re.I,
)
_RECEIPT_TYPE = "message/disposition-notification"
_REFUSED = re.compile(r"\b(?:deleted|failed|denied)\b", re.I)


def read(mail: Mail) -> list[Found]:
    """The automatic reply, with who sent it; [] for any other mail. Asked before a bounce is looked for."""
    if not _is_receipt(mail) and not _is_reply(mail):
        return []
    return [Found(Kind.AUTO_REPLY, recipient=address_in(mail.headers["reply-to"] or mail.headers["from"]))]


def _is_receipt(mail: Mail) -> bool:
    """A read receipt; but one that says "deleted" is a server's refusal in the form of a receipt."""
    return any(not _REFUSED.search(_disposition(part.text)) for part in mail.of_type(_RECEIPT_TYPE))


def _disposition(text: str) -> str:
    return next((line for line in text.split("\n") if line.lower().startswith("disposition:")), "")


def _is_reply(mail: Mail) -> bool:
    headers = mail.headers
    if SENDER.search(mail.sender) or headers["x-failed-recipients"] or SUBJECT.search(mail.subject):
        return False
    marked = (
        headers["auto-submitted"].lower().startswith("auto-replied")
        or headers["precedence"].lower() in ("auto_reply", "auto-reply")
        or headers["x-apple-action"].lower() == "vacation"
        or any(headers[name] for name in _HEADERS)
    )
    return marked or bool(_SUBJECT.match(mail.subject))
