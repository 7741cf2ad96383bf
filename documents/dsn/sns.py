"""Amazon SES tells by mail too when it is asked to: its notification is JSON in the text of the mail."""

import json
import re
from collections.abc import Mapping
from typing import Any

from documents.dsn.found import Found
from documents.dsn.mail import Mail
from documents.dsn.report import Kind

_START = re.compile(r'\{\s*"(?:notificationType|eventType)"')
_FOLDED = re.compile(r"\n[ \t]?")


def read(mail: Mail) -> list[Found]:
    """What an SES notification says, one for each recipient; [] for any other mail."""
    for part in mail.parts:
        start = _START.search(part.text)
        if start:
            notice = _load(_FOLDED.sub("", part.text[start.start() :]))
            return _found(notice) if isinstance(notice, dict) else []
    return []


def _load(text: str) -> Any:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def _found(notice: dict[str, Any]) -> list[Found]:
    match notice:
        case {"complaint": {"complainedRecipients": [*people], **about}}:
            return [Found(Kind.COMPLAINT, _address(one), date=_date(about)) for one in people]
        case {"bounce": {"bouncedRecipients": [*people], **about}}:
            return [_bounce(one, about) for one in people]
        case {"delivery": {"recipients": [*addresses], **about}}:
            return [_delivery(one, about) for one in addresses]
    return []


def _bounce(recipient: Any, about: Mapping[Any, Any]) -> Found:
    person = recipient if isinstance(recipient, dict) else {}
    if _is_automatic_reply(person, about):
        return Found(Kind.AUTO_REPLY, _address(recipient))
    delayed = str(person.get("action", "")).lower() == "delayed"
    return Found(
        kind=Kind.DELAY if delayed else Kind.BOUNCE,
        recipient=_address(recipient),
        action="delayed" if delayed else "failed",
        status=str(person.get("status", "")),
        diagnostic=str(person.get("diagnosticCode", "")).removeprefix("smtp;").strip(),
        date=_date(about),
    )


def _is_automatic_reply(person: Mapping[Any, Any], about: Mapping[Any, Any]) -> bool:
    """Amazon calls an out-of-office reply a passing bounce; a real one comes with a server's words."""
    kind = about.get("bounceType"), about.get("bounceSubType")
    return kind == ("Transient", "General") and not (person.get("diagnosticCode") or person.get("status"))


def _delivery(address: Any, about: Mapping[Any, Any]) -> Found:
    said = str(about.get("smtpResponse", ""))
    return Found(Kind.DELIVERED, str(address).lower(), action="delivered", diagnostic=said, date=_date(about))


def _address(recipient: Any) -> str:
    return str(recipient.get("emailAddress", "")).lower() if isinstance(recipient, dict) else ""


def _date(about: Mapping[Any, Any]) -> str:
    return str(about.get("timestamp", ""))
