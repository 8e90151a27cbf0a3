"""What is a small, committed piece of a simulated company: two markets, twelve weeks?"""

from __future__ import annotations

from dataclasses import replace

from tne.simulate.calendar import monday
from tne.simulate.demo import SEED, Demo, demo

MARKETS = ("ES", "IE")
FIRST_WEEK = 22
WEEKS = 12
# outcomes are cut to the weeks shown; people, trainings and policies of the past stay, since they still matter
_MOMENT = {
    "audits": "decided_at",
    "appeals": "decided_at",
    "production": "date",
    "ratings": "rated_at",
    "responses": "answered_at",
    "surveys": "submitted_at",
}


def sample(*, seed: int = SEED) -> Demo:
    """Simulate two markets, one of them tiny, and keep the outcomes of twelve weeks.

    Parameters
    ----------
    seed : int

    Returns
    -------
    Demo
        The twelve weeks hold the first two waves of the policy update. The truth covers all weeks up to the last.

    Notes
    -----
    Cut at Monday 00:00 UTC, so the first local week may lack its first hours.
    """
    whole = demo(seed=seed, markets=MARKETS, weeks=FIRST_WEEK + WEEKS)
    start = monday(FIRST_WEEK)
    tables = dict(whole.tables)
    for name, column in _MOMENT.items():
        frame = tables[name]
        first = start if frame[column].dt.tz is None else start.tz_localize("UTC")
        tables[name] = frame[frame[column] >= first].reset_index(drop=True)
    return replace(whole, tables=tables)
