"""What did one programme change on the job, in one market? The analysis follows from how it was rolled out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns
from tne.measures.decision import Guardrail, decide
from tne.measures.designs import (
    ACCURACY,
    Findings,
    Outcome,
    doubted,
    randomised,
    single_market,
    staggered,
    targeted,
    undefined,
)
from tne.measures.designs.persons import Lot, drawn
from tne.measures.evidence import grade
from tne.measures.programme_effect import ProgrammeEffect

__all__ = ["ProgrammeEffect", "primary_effect"]

FIRST_MONDAY = pd.Timestamp("1970-01-05")  # week 0
PANEL_COLUMNS = (
    "market",
    "moderator_id",
    "home_team",
    "period",
    "weight_sum",
    "weighted_correct",
    "cohort",
    "arm",
)


def primary_effect(
    panel: pd.DataFrame,
    *,
    market: str,
    programme: Mapping[str, Any],
    plan: Mapping[str, Any] | None = None,
    n_primary: int = 1,
    as_of: pd.Timestamp | None = None,
    guardrails: Iterable[Mapping[str, Any]] = (),
    event_study: bool = True,
    conf_level: float = 0.95,
) -> ProgrammeEffect:
    """Estimate what a programme changed in audited accuracy, by the design that its roll-out allows.

    Parameters
    ----------
    panel : DataFrame
        Person × week rows of `Workspace.panel` for this programme, of one market or of all (only a market-wide
        roll-out uses the others).
    market : str
        Market to answer for.
    programme : mapping
        Row of the `programmes` table.
    plan : mapping, optional
        Its frozen plan; without one the result is exploratory.
    n_primary : int
        Primary measures frozen in the portfolio.
    as_of : Timestamp, optional
        Latest data instant; the window must have elapsed by then. Default: the panel's last week.
    guardrails : iterable of mapping
        Each with `measure` (a panel column, taken per case), `margin` (share of the comparison mean) and `worse`.
    event_study : bool
        Whether the differences week by week are estimated, too. Effect, checks, grade and decision do not need them.
    conf_level : float

    Returns
    -------
    ProgrammeEffect

    Raises
    ------
    KeyError
        If the panel lacks columns.
    TypeError
        If `programme` or `plan` is no mapping, such as the programme's name.
    ValueError
        If the market does not occur in the panel, or audits have negative weights.

    Notes
    -----
    Randomised persons: intention to treat against the waitlist, baseline-adjusted (`trial`). Staggered teams:
    group-time effects against the not yet trained, the base being the mean of the baseline weeks (`group_time_att`);
    errors of the effect are by person within team, those of the transferable effect by team. Targeted people:
    `ancova` on the selection score, graded by overlap. A whole market at once: placebo interval over the other
    markets. What cannot be compared is NaN with a note, and `naive` says what changed among the trained alone.

    Every design is doubted by the same comparison of what the training should not move: case mix, work under new
    policies, other programmes, accuracy in policy areas that were no target. A case mix that shifted with the training
    is taken out of the effect. A failed doubt lowers the grade.

    References
    ----------
    Callaway and Sant'Anna (2021), J. Econometrics 225 (staggered teams); Lin (2013), Annals of Applied Statistics
    7:295-318 (randomised people); Van Breukelen (2006), J. Clin. Epidemiol. 59:920-925 (targeted people); Conley and
    Taber (2011), Review of Economics and Statistics 93:113-125 (a whole market).

    Examples
    --------
    >>> ws = tne.open("data/sample")
    >>> programme = ws.programme("appeals-workshop")
    >>> found = primary_effect(ws.panel("appeals-workshop"), market="IE", programme=programme)
    >>> found.grade.letter, found.decision.action, found.effect.note
    ('D', 'measure_better', 'only 1 markets were still untrained: no placebo interval')
    """
    require_columns(panel, PANEL_COLUMNS, "panel")
    negative = int((panel["weight_sum"] < 0).sum())
    if negative:
        raise ValueError(
            f"`weight_sum` is negative in {negative} row(s) of the panel. An audit stands for 0 or more decisions: "
            "correct `sampling_weight`."
        )
    programme, frozen = _present(programme, "programme"), _present(plan or {}, "plan")
    inside = _rows_of(panel, market)
    if programme.get("rollout_unit") == "market":
        panel = _coded(panel)
        here = panel.iloc[inside]
    else:
        panel = here = _coded(panel.iloc[inside])
    planned = (
        bool(frozen)
        and market in frozen.get("markets", [market])
        and frozen.get("primary_measure", ACCURACY.name) == ACCURACY.name
        and "minimum_effect" in frozen
    )
    minimum = float(frozen["minimum_effect"]) if planned else math.nan
    baseline = int(_first(frozen.get("baseline_weeks"), programme.get("baseline_weeks"), 12))
    window = int(_first(frozen.get("window_weeks"), programme.get("window_weeks"), 12))
    last = int(here["period"].max())
    spans: dict[str, Any] = {"baseline": baseline, "window": window, "conf_level": conf_level}
    lot = drawn(panel, window) if _by_lot(programme) else None
    found = _analyse(panel, market, programme, minimum, ACCURACY, spans, weekly=event_study, lot=lot)
    found = doubted(
        found,
        panel,
        here,
        market=market,
        minimum_effect=minimum,
        hired=programme.get("kind") == "onboarding",
        analyse=lambda frame, outcome, tested: _analyse(
            frame, market, programme, minimum, outcome, spans, tested=tested, weekly=event_study
        ),
        lot=lot,
        **spans,
    )
    judged = grade(found.design, found.checks, estimate=found.effect, minimum_effect=minimum)
    rails = tuple(_guardrail(panel, here, market, programme, spec, spans, lot) for spec in guardrails)
    decision = decide(
        found.effect,
        judged,
        minimum_effect=minimum,
        guardrails=rails,
        transferable=found.transferable,
        n_primary=n_primary,
        planned=planned,
        complete=not found.window[1] > last,
        as_of=(
            FIRST_MONDAY + pd.Timedelta(7 * last + 6, "D") if as_of is None else pd.Timestamp(as_of)
        ).date(),
    )
    return ProgrammeEffect(
        programme_id=str(programme["programme_id"]),
        title=str(programme.get("title") or programme["programme_id"]),
        design=found.design,
        effect=found.effect,
        transferable=found.transferable,
        event_study=found.event_study,
        naive=found.naive,
        regression_to_mean=found.regression_to_mean,
        n_trained=found.n_trained if math.isfinite(found.n_trained) else _trained(here),
        n_comparison=found.n_comparison,
        grade=judged,
        decision=decision,
        guardrails=rails,
        minimum_effect=minimum,
        planned=planned,
        plan_hash=str(frozen.get("sha256", "")) if planned else "",
        window=found.window,
        robustness=found.robustness,
        checks=found.checks,
    )


def _analyse(
    panel: pd.DataFrame,
    market: str,
    programme: Mapping[str, Any],
    minimum: float,
    outcome: Outcome,
    spans: Mapping[str, Any],
    *,
    tested: bool = True,
    weekly: bool = True,
    lot: Lot | None = None,
) -> Findings:
    rollout, unit = programme.get("rollout"), programme.get("rollout_unit")
    here = panel.loc[panel["market"] == market] if unit == "market" else panel
    level = spans["conf_level"]
    if not np.isfinite(here["cohort"].to_numpy(dtype=float)).any():
        return undefined("none", "nobody was trained in the data so far", level, unit=outcome.unit)
    if programme.get("kind") == "onboarding":
        return undefined(
            "none", "everybody is trained at hire: there is no comparison", level, unit=outcome.unit
        )
    if _by_lot(programme):
        return randomised(here, outcome=outcome, tested=tested, weekly=weekly, lot=lot, **spans)
    if unit == "market":
        return single_market(panel, market=market, outcome=outcome, **spans)
    if rollout in ("staggered", "randomised") and unit in ("team", "site"):
        aims: dict[str, Any] = {"outcome": outcome, "minimum_effect": minimum}
        return staggered(here, **aims, tested=tested, weekly=weekly, **spans)
    if rollout == "targeted":
        return targeted(here, outcome=outcome, tested=tested, **spans)
    return undefined(
        "none", f"no comparison is known for a roll-out {rollout!r} by {unit!r}", level, unit=outcome.unit
    )


def _by_lot(programme: Mapping[str, Any]) -> bool:
    """Whether chance decided for each person, so that the panel is of one market."""
    return programme.get("rollout") == "randomised" and programme.get("rollout_unit") == "person"


def _guardrail(
    panel: pd.DataFrame,
    here: pd.DataFrame,
    market: str,
    programme: Mapping[str, Any],
    spec: Mapping[str, Any],
    spans: Mapping[str, Any],
    lot: Lot | None,
) -> Guardrail:
    """The same design applied to a side effect, per case; the margin is a share of the market's mean."""
    name = str(spec["measure"])
    outcome = Outcome(name, "cases", 1.0, f"{name} per case", name)
    sides = here[[name, "cases"]].dropna()
    effect = _analyse(panel, market, programme, math.nan, outcome, spans, tested=False, lot=lot).effect
    mean = float(sides[name].sum() / sides["cases"].sum()) if sides["cases"].sum() > 0 else math.nan
    return Guardrail(
        name=name, estimate=effect, margin=float(spec["margin"]) * mean, worse=str(spec["worse"])
    )


def _trained(here: pd.DataFrame) -> float:
    """People of the market who were trained, whether or not anybody can be compared with them."""
    return float(len(set(here.loc[here["cohort"].notna(), "moderator_id"])))


def _rows_of(panel: pd.DataFrame, market: str) -> np.ndarray | slice:
    """Places of a market's rows; a slice, which copies nothing, where they stand together."""
    rows = np.flatnonzero(panel["market"].eq(market).to_numpy(dtype=bool, na_value=False))
    if not len(rows):
        raise ValueError(f"The panel has no rows of market {market!r}. Check the market code or its audits.")
    together = len(rows) == rows[-1] - rows[0] + 1
    return slice(int(rows[0]), int(rows[-1]) + 1) if together else rows


def _coded(panel: pd.DataFrame) -> pd.DataFrame:
    """People and teams as numbers in alphabetical order, other text as categories: grouping text is slow."""
    coded = {}
    for name in ("moderator_id", "home_team"):
        given = panel[name].where(panel[name].ne("")) if name == "home_team" else panel[name]
        codes, _ = pd.factorize(given, sort=True)
        coded[name] = np.where(codes < 0, np.nan, codes) if (codes < 0).any() else codes
    for name in {"market", "arm", "session_id"} & set(panel.columns):
        coded[name] = panel[name].astype("category")
    frame = panel.drop(columns="team", errors="ignore").assign(**coded)
    frame.attrs = {}  # every step would copy them
    return frame


def _present(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The fields of a row that are not missing."""
    if not isinstance(row, Mapping):
        raise TypeError(
            f"`{name}` must be a mapping, not {type(row).__name__}. Give what ws.{name}(…) returns for its name."
        )
    return {name: v for name, v in row.items() if not (pd.api.types.is_scalar(v) and pd.isna(v))}


def _first(*values: Any) -> Any:
    """The first value that is present."""
    return next(v for v in values if v is not None and not pd.isna(v))
