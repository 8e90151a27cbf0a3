"""By when something is to be done: a working day of the market."""

import datetime as dt

import pytest

from tne import say
from tne.report.due import due_day, task_html, working_day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-10-05", "2026-10-05"),  # a Monday
        ("2026-10-03", "2026-10-05"),  # a Saturday
        ("2026-10-04", "2026-10-05"),
        ("2026-12-24", "2026-12-28"),  # a Thursday: three days without work, then the weekend
        ("2027-12-26", "2027-12-27"),
        ("2027-01-01", "2027-01-04"),
        ("2025-01-01", "2025-01-02"),
    ],
)
def test_a_task_is_due_on_a_working_day(day, expected):
    assert working_day(dt.date.fromisoformat(day)) == dt.date.fromisoformat(expected)


def test_days_are_counted_in_the_zone_of_the_market():
    """22:30 UTC on a Sunday is Monday in Berlin, and still Sunday in Dublin in winter."""
    known = {"report": "needs", "as_of": "2026-11-01T23:30Z", "strict": True}
    berlin = say.voice({"market": "DE", "language": "en", "timezone": "Europe/Berlin"}, **known)
    dublin = say.voice({"market": "IE", "language": "en", "timezone": "Europe/Dublin"}, **known)
    assert due_day(berlin, 15) == dt.date(2026, 11, 17)
    assert due_day(dublin, 15) == dt.date(2026, 11, 16)
    assert "by 16 Nov 2026" in task_html(dublin, "trainer", 15)
    assert "when" not in task_html(dublin, "trainer", None)
