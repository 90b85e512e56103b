"""Times of slots in the time zone of the community."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from community.kernel.errors import InvalidInput
from community.rewards.special.slot_times import read_times

NOW = datetime(2027, 3, 1, 4, tzinfo=UTC)
BERLIN = "Europe/Berlin"  # Summer time from 28 March 2027 to 31 October 2027.


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        ("Asia/Shanghai", "2027-03-02T09:00", "2027-03-02T11:00", (1, 3)),
        ("Asia/Shanghai", "2027-03-02 09:00:00", "2027-03-02T03:00Z", (1, 3)),
        (BERLIN, "2027-03-28T01:30", "2027-03-28T03:30", (0.5, 1.5)),
        (BERLIN, "2027-10-31T02:30+02:00", "2027-10-31T02:30+01:00", (0.5, 1.5)),
        (BERLIN, "2027-10-31T01:30", "2027-10-31T03:30", (-0.5, 2.5)),
    ],
)
def test_times_are_read_in_the_zone(zone, start, end, hours):
    times = read_times(start, end, time_zone=zone, now=NOW)
    midnight = datetime.fromisoformat(f"{start[:10]}T00:00Z")
    found = tuple((time - midnight).total_seconds() / 3600 for time in (times.starts_at, times.ends_at))
    assert found == hours


@pytest.mark.parametrize(
    ("start", "end", "reasons"),
    [
        ("2027-03-28T02:30", "2027-03-28T04:00", ["slot_time_skipped"]),
        ("2027-10-31T02:30", "2027-10-31T02:45", ["slot_time_twice"] * 2),
        ("2027-04-01", "morgen", ["slot_time"] * 2),
        ("0001-01-01T00:00", "9999-12-31T23:59-10:00", ["slot_time"] * 2),
        ("2027-03-01T05:00", "2027-03-01T06:00", ["slot_past"]),
        ("2028-03-09T05:00", "2028-03-09T06:00", ["slot_far"]),
        ("2027-04-01T09:00", "2027-04-01T09:00", ["slot_end"]),
        ("2027-04-01T09:00", "2027-04-09T09:00", ["slot_end"]),
    ],
)
def test_impossible_times_are_refused(start, end, reasons):
    with pytest.raises(InvalidInput) as caught:
        read_times(start, end, time_zone=BERLIN, now=NOW)
    assert [refusal.reason for refusal in caught.value.list_all()] == reasons
