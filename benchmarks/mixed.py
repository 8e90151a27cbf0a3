"""How long do mixed models take, against statsmodels and at size? ``python benchmarks/mixed.py``."""

from __future__ import annotations

import os
import statistics
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from ways import stopwatch, tell

import tne

ROUNDS = 5


def scores(rows: int, trainers: int, sessions: int, nested: bool = False) -> pd.DataFrame:
    """Scores by trainer and session: crossed at random, or each session with one trainer."""
    rng = np.random.default_rng(rows)
    frame = pd.DataFrame({"session": rng.integers(0, sessions, rows), "x": rng.normal(size=rows)})
    frame["trainer"] = frame.session % trainers if nested else rng.integers(0, trainers, rows)
    frame["y"] = (
        0.5 * frame.x
        + rng.normal(0, 0.5, trainers)[frame.trainer]
        + rng.normal(0, 0.3, sessions)[frame.session]
        + rng.normal(size=rows)
    )
    return frame


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median of some rounds after one that is not counted."""
    if rounds > 1:
        work()
    return statistics.median(stopwatch(work) for _ in range(rounds))


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core
    warnings.simplefilter("ignore")  # statsmodels speaks of boundaries
    small = scores(480, 12, 24)
    both = {"outcome": "y", "fixed": "x", "random": ("trainer", "session")}
    own = seconds(lambda: tne.variance_components(small, **both))
    tell("variance_components, 480 scores, 12 trainers × 24 sessions", own, "s", most=0.5)
    parts = {"t": "0 + C(trainer)", "s": "0 + C(session)"}
    model = smf.mixedlm("y ~ x", small.assign(all=1), groups="all", vc_formula=parts)
    tell("statsmodels over it, without intervals of variances", seconds(model.fit) / own, "times")
    pupils = scores(4000, 65, 65, nested=True)
    slopes = {"outcome": "y", "fixed": "x", "random": "x | trainer"}
    own = seconds(lambda: tne.variance_components(pupils, **slopes))
    tell("variance_components, slopes, 4,000 scores in 65 groups", own, "s", most=0.5)
    model = smf.mixedlm("y ~ x", pupils, groups="trainer", re_formula="x")
    tell("statsmodels over it, without intervals of variances", seconds(model.fit) / own, "times")
    for rows, trainers, sessions, nested in (
        (50_000, 500, 10_000, True),
        (20_000, 300, 3_000, False),
        (50_000, 1_000, 3_000, False),
    ):
        large = scores(rows, trainers, sessions, nested)
        way = "nested" if nested else "crossed"
        name = f"variance_components, {rows:,} scores, {trainers:,} trainers and {sessions:,} sessions, {way}"
        tell(name, seconds(lambda d=large: tne.variance_components(d, **both), rounds=1), "s")
    rng = np.random.default_rng(1)
    audits = pd.DataFrame({"team": np.repeat(np.arange(24), 12), "week": np.tile(np.arange(12), 24), "n": 60})
    audits["ok"] = rng.binomial(60, 1 / (1 + np.exp(-1.5 - rng.normal(0, 0.3, 24)[audits.team])))
    counts = {"successes": "ok", "trials": "n", "fixed": "week", "random": "team"}
    taken = seconds(lambda: tne.mixed_logit(audits, **counts))
    tell("mixed_logit, Laplace, 288 counts of 24 teams", taken, "s", most=0.5)
    taken = seconds(lambda: tne.mixed_logit(audits, quadrature_points=9, **counts))
    tell("mixed_logit, 9 points, 288 counts of 24 teams", taken, "s", most=1)


if __name__ == "__main__":
    main()
