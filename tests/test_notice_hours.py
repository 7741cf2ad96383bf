"""At which moment it is eight o'clock for a reader."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from documents.notices.hours import next_digest, next_reminder
from tests.tellings import DAY, NOON


class TestHours:
    HELSINKI = ZoneInfo("Europe/Helsinki")

    @pytest.mark.parametrize(
        ("after", "hour", "due"),
        [
            ("2026-11-24T05:59:59", 8, "2026-11-24T06:00:00"),
            ("2026-11-24T06:00:00", 8, "2026-11-25T06:00:00"),
            ("2026-03-28T12:00:00", 8, "2026-03-29T05:00:00"),  # summer time has begun
            ("2026-03-28T12:00:00", 3, "2026-03-29T01:00:00"),  # an hour that there is not
            ("2026-10-24T12:00:00", 3, "2026-10-25T00:00:00"),  # one that there is twice: the first
            ("2026-11-24T21:59:00", 0, "2026-11-24T22:00:00"),
        ],
    )
    def test_the_next_digest(self, after, hour, due):
        found = next_digest(datetime.fromisoformat(after).replace(tzinfo=UTC), hour, self.HELSINKI)
        assert found.isoformat() == f"{due}+00:00"

    def test_reminders_end(self):
        assert next_reminder(NOON, NOON + 7 * DAY, 8, self.HELSINKI) is None
        assert next_reminder(NOON, NOON + 3 * DAY, 8, self.HELSINKI) == datetime(2026, 12, 1, 6, tzinfo=UTC)
