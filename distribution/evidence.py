"""Why an address was blocked, for people to read. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Failure:
    """One failed delivery: when, of which document, and the mail system's own words."""

    at: datetime | None
    document: str
    reply: str


def failures(evidence: Any) -> Iterator[Failure]:
    """The failures kept with a block (BlockedAddress.evidence), newest first. Never raises.

    What other hands wrote there in another shape is shown as it stands.
    """
    for item in evidence if isinstance(evidence, list) else [evidence]:
        if isinstance(item, dict):
            yield Failure(
                _time(item.get("at")), str(item.get("document") or ""), str(item.get("reply") or "")
            )
        else:
            yield Failure(None, "", str(item))


def _time(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
