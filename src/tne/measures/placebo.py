"""Would a training that did not happen have shown an effect? Joint placebo over cohorts, before training only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.att_cells import Cells, stack
from tne.measures.att_compare import compare
from tne.measures.att_inference import ERRORS, MIN_TREATED_CLUSTERS, combine, covariance, inference, sample_of
from tne.measures.att_panel import PanelMatrix, panel_matrix
from tne.measures.joint_test import JointTest, Wald, joint_check, wald
from tne.result import ESTIMATE_COLUMNS, Estimate, Estimates

LONGEST = 12


def placebo(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    period: str,
    cohort: str,
    comparison: str,
    horizon: int | None = None,
    baseline: int | None = None,
    anticipation: int = 0,
    covariates: Sequence[str] = (),
    cluster: str | Sequence[str] | None = None,
    weights: str | None = None,
    n_people: str | None = None,
    errors: str | None = None,
    conf_level: float = 0.95,
) -> JointTest:
    """Pretend that each cohort was trained `horizon` periods earlier, and test the effects that cannot be.

    Only periods before the cohort's own training enter, and only comparison units still untrained at their end.

    Parameters
    ----------
    panel, outcome, unit, period, cohort, comparison, anticipation, covariates, cluster, weights, n_people, conf_level
        As in `group_time_att`.
    horizon : int, optional
        Periods of pretended training. None: half of the shortest cohort's pre-periods, at most 12.
    baseline : int, optional
        At most this many periods before the pretended training form the base. None: all of them. A cohort
        needs at least half of `horizon` (and 2).
    errors : str, optional
        Accepted for a common call with `group_time_att`; the test always uses the small-sample covariance.

    Returns
    -------
    JointTest
        `contrasts` holds the placebo effect of each cohort; its check "placebo" is fail for p < .01.

    Raises
    ------
    KeyError, TypeError, ValueError
        As `group_time_att`.

    Notes
    -----
    Each cohort gives one contrast: mean over the pretended periods minus the mean over the base, trained minus
    comparison. They are tested together with the approximate Hotelling F over cohort strata. A drift that
    starts with the training itself cannot be seen this way.

    References
    ----------
    Pustejovsky and Tipton (2018), J. Business & Economic Statistics 36.

    Examples
    --------
    >>> panel = pd.DataFrame([(t, w) for t in range(12) for w in range(8)], columns=["team", "week"])
    >>> panel["start"] = np.where(panel["team"] < 6, 4.0, np.nan)
    >>> panel["accuracy"] = 80 + panel["team"] * panel["week"] % 5 + 2 * (panel["week"] >= panel["start"])
    >>> names = {"outcome": "accuracy", "unit": "team", "period": "week", "cohort": "start"}
    >>> print(placebo(panel, **names, comparison="never_treated"))
    placebo: F(1, 10.0) = 0.50, p = 0.496. cohorts: 1 of 1, training pretended earlier by 2 periods
    """
    require_choice(comparison, ("never_treated", "not_yet_treated"), "comparison")
    require_choice(errors, (None, *ERRORS), "errors")
    require_level_of_confidence(conf_level)
    for name, value in (("horizon", horizon), ("baseline", baseline)):
        if value is not None and (isinstance(value, bool) or value != int(value) or value < 1):
            raise ValueError(f"`{name}` is {value!r}. Give a whole number of 1 or more.")
    data = panel_matrix(
        panel, outcome=outcome, unit=unit, period=period, cohort=cohort, cluster=cluster, weights=weights,
        n_people=n_people, covariates=covariates, anticipation=anticipation,
    )  # fmt: skip
    length = horizon or _default_horizon(data, anticipation)
    cells = _placebo_cells(data, comparison, anticipation, length, baseline)
    sample = sample_of(data, errors="welch", conf_level=conf_level, seed=None)
    known = ~np.isnan(cells.estimate) & (cells.clusters_treated >= 2) & (cells.clusters_comparison >= 2)
    if not known.any():
        return _result(
            None, None, "no cohort has enough periods, clusters and comparison units before training", 0
        )
    every = combine(cells, sample, data.cohorts, np.eye(len(known)))
    columns = inference(every, sample)
    columns["note"] = [a or b for a, b in zip(cells.note, columns["note"], strict=True)]
    frame = Estimates(
        keys=("cohort",),
        table=pd.DataFrame({
            "cohort": cells.cohort, "term": "placebo", "estimate": cells.estimate, **columns,
            "n": cells.n_treated + cells.n_comparison,
            "n_people": np.minimum(cells.people_treated, cells.people_comparison),
            "n_people_total": cells.people_treated + cells.people_comparison, "conf_level": conf_level,
            "estimand": f"pretended effect, {length} periods before training",
            "comparison": "never trained" if comparison == "never_treated" else "not yet trained",
        }),
    ).to_frame()  # fmt: skip
    chosen = combine(cells, sample, data.cohorts, np.eye(len(known))[:, known])
    clusters = int(cells.members[:, known].max(axis=1).sum())
    _, parts = covariance(chosen.influence, chosen.members, sample)
    test = wald(chosen.estimate, parts, small=True)
    moved = f"{length} period{'s' if length > 1 else ''}"
    note = f"cohorts: {int(known.sum())} of {len(known)}, training pretended earlier by {moved}"
    few = cells.clusters_treated[known].sum() < MIN_TREATED_CLUSTERS
    if few or math.isnan(test.p_value):
        return _result(
            None, frame, f"{clusters} clusters are too few for the cohorts ({int(known.sum())})", clusters
        )
    return _result(test, frame, note, clusters)


def _default_horizon(data: PanelMatrix, anticipation: int) -> int:
    lengths = [int((data.periods + anticipation < g).sum()) for g in data.cohorts]
    usable = [n for n in lengths if n >= 4]
    return max(1, min(min(usable) // 2, LONGEST)) if usable else 1


def _placebo_cells(
    data: PanelMatrix, comparison: str, anticipation: int, length: int, baseline: int | None
) -> Cells:
    parts: list[dict[str, Any]] = []
    for g in data.cohorts:
        before = np.flatnonzero(data.periods + anticipation < g)
        inside, base = before[-length:], before[:-length]
        base = base if baseline is None else base[-baseline:]
        first, stop = np.searchsorted(data.cohort, [g, np.nextafter(g, np.inf)])
        if comparison == "never_treated" or not len(before):
            others = np.flatnonzero(np.isinf(data.cohort))
        else:
            others = np.flatnonzero(
                (data.cohort != g) & (data.cohort > data.periods[before[-1]] + anticipation)
            )
        problem = (
            ""
            if len(base) >= max(2, math.ceil(length / 2))
            else "too few periods before the pretended training"
        )
        change = np.full((len(data.y), 1), np.nan) if problem else _change(data.y, inside, base)
        rows = np.arange(first, stop)
        allowed = np.ones((len(others), 1), dtype=bool)
        side = compare(data, slice(first, stop), others, change[rows], change[others], allowed, problem)
        seen_t, seen_c = side.pop("seen_t")[:, 0], side.pop("seen_c")[:, 0]
        window = np.concatenate([inside, base])
        parts.append(side | {
            "cohort": np.array([g]), "period": np.array([data.periods[inside[-1]] if len(inside) else np.nan]),
            "lever": np.zeros(1), "in_base": np.zeros(1, dtype=bool),
            "people_treated": _people(data, rows[seen_t], window),
            "people_comparison": _people(data, others[seen_c], window),
        })  # fmt: skip
    return stack(parts, len(parts), len(data.stratum), len(data.centred))


def _change(y: np.ndarray, inside: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Return each unit's mean over `inside` minus its mean over `base`; NaN below two thirds observed."""
    means = []
    for columns in (inside, base):
        block = y[:, columns]
        seen = ~np.isnan(block)
        n = seen.sum(axis=1)
        mean = np.where(seen, block, 0.0).sum(axis=1) / np.maximum(n, 1)
        means.append(np.where(n >= math.ceil(2 * len(columns) / 3), mean, np.nan))
    return (means[0] - means[1])[:, None]


def _people(data: PanelMatrix, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    if data.people is None:
        return np.array([np.nan])
    return np.array([data.people[np.ix_(rows, columns)].sum(axis=0).max(initial=0)])


def _result(test: Wald | None, frame: pd.DataFrame | None, note: str, clusters: int) -> JointTest:
    test = test or Wald(math.nan, math.nan, math.nan, math.nan)
    return JointTest(
        name="placebo", statistic=test.statistic, df=test.df, df_denominator=test.df_denominator,
        p_value=test.p_value, restrictions=0 if math.isnan(test.df) else int(test.df), clusters=clusters,
        contrasts=pd.DataFrame(columns=["cohort", *ESTIMATE_COLUMNS]) if frame is None else frame,
        slope=Estimate(term="slope", estimate=math.nan, note="a placebo estimates no slope"), note=note,
        method="Wald test, approximate Hotelling F over cohort strata", checks=(joint_check("placebo", test, note),),
    )  # fmt: skip
