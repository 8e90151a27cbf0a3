"""What to do next? A verdict and an action by rule from the estimate, its grade and its guardrails."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from tne.checks import require_choice
from tne.measures.evidence import Grade
from tne.result import Estimate, Result

LEVEL = 0.02  # one-sided error of "scale" or "keep" for a whole portfolio
POWER = 0.8
MINIMUM_PEOPLE = 10  # in the smallest compared group: below it no verdict, as no number is published
OWNER = {
    "scale": "training_lead",
    "keep": "programme_owner",
    "revise": "policy_training_developer",
    "stop": "training_lead",
    "measure_better": "training_analyst",
}
DUE_DAYS = {"scale": 28, "keep": 84, "revise": 42, "stop": 14, "measure_better": 28}
VERDICT = {
    "scale": "effective",
    "keep": "effective",
    "revise": "not_effective",
    "stop": "not_effective",
    "measure_better": "cannot_tell",
}


@dataclass(frozen=True, kw_only=True)
class Guardrail:
    """A side effect that may veto "scale".

    Parameters
    ----------
    name : str
        What is guarded, for example ``"handle_seconds"``.
    estimate : Estimate
        Effect of the training on it.
    margin : float
        Largest worsening that is acceptable, positive, in the estimate's unit.
    worse : {"higher", "lower"}
        Which direction is a worsening.
    """

    name: str
    estimate: Estimate
    margin: float
    worse: str = "higher"

    def worsening(self) -> tuple[float, float]:
        """Return the interval of the worsening, positive numbers being worse."""
        require_choice(self.worse, ("higher", "lower"), "worse")
        low, high = self.estimate.conf_low, self.estimate.conf_high
        return (low, high) if self.worse == "higher" else (-high, -low)

    @property
    def status(self) -> str:
        """``"clear"`` if a worsening beyond the margin is excluded, ``"worse"`` if it is shown, else ``"open"``."""
        low, high = self.worsening()
        if high < self.margin:  # False for NaN: an undefined guardrail stays open
            return "clear"
        return "worse" if low > self.margin else "open"


@dataclass(frozen=True, kw_only=True)
class Decision(Result):
    """Verdict and next action of one programme in one market.

    Parameters
    ----------
    verdict : {"effective", "not_effective", "cannot_tell"}
    action : {"scale", "keep", "revise", "stop", "measure_better"}
    owner_role : str
        Code of the role that acts.
    due : date or None
    reason : str
        Code of the rule that decided.
    detectable : float
        Effect that this design would detect now with 80 % power at `level`, in the estimate's unit.
    people_needed : float
        People until the minimum effect would be detected at the same noise; NaN where unknown.
    level : float
        One-sided level of the test behind "scale" and "keep".
    """

    verdict: str
    action: str
    owner_role: str
    due: dt.date | None
    reason: str
    detectable: float
    people_needed: float
    level: float

    def to_frame(self) -> pd.DataFrame:
        names = ("verdict", "action", "owner_role", "due", "reason", "detectable", "people_needed", "level")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def __str__(self) -> str:
        words = f"{self.verdict.replace('_', ' ')}: {self.action.replace('_', ' ')}"
        return (
            f"{words} ({self.reason.replace('_', ' ')}); {self.owner_role.replace('_', ' ')} by {self.due}."
        )


def decide(
    estimate: Estimate,
    grade: Grade,
    *,
    minimum_effect: float,
    guardrails: Iterable[Guardrail] = (),
    transferable: Estimate | None = None,
    n_primary: int = 1,
    planned: bool = True,
    complete: bool = True,
    as_of: dt.date | None = None,
) -> Decision:
    """Turn an estimate and its grade into a verdict and an action.

    Parameters
    ----------
    estimate : Estimate
        Effect on the primary measure; positive is better.
    grade : Grade
        Its evidence grade.
    minimum_effect : float
        Smallest effect worth having, in the estimate's unit; NaN where none was frozen.
    guardrails : iterable of Guardrail
        Side effects that may veto "scale".
    transferable : Estimate, optional
        The effect with trainers and sessions as a sample; "scale" also needs its interval above zero.
    n_primary : int
        Primary measures frozen in the portfolio; the one-sided level is 0.02 / `n_primary`.
    planned : bool
        Whether measure, window and minimum effect were frozen before the start; if not, no scale or stop.
    complete : bool
        Whether the frozen window has elapsed. An unfinished window is never decided on.
    as_of : date, optional
        Day from which the due date counts.

    Returns
    -------
    Decision

    Raises
    ------
    TypeError
        If `estimate` or `grade` is something else.
    ValueError
        If `n_primary` is below 1 or `minimum_effect` is negative.

    Notes
    -----
    With b(L) the one-sided lower bound at L = 0.02 / m: *scale* if the grade is A or B, b(L) exceeds the minimum
    effect, every guardrail is clear and the plan was frozen; *keep* if the grade is A, B or C and b(L) exceeds zero;
    *stop* if the grade is A or B and the interval lies below zero; *revise* if the interval lies below the minimum
    effect; else *measure better*. A guardrail only vetoes "scale": it says nothing about the effect. A rejected
    pre-trend or placebo, or a conclusion that the linear pre-trend explains away, allows no verdict; neither do fewer
    than 10 people in the smaller group.

    References
    ----------
    Dunn (1961), Multiple comparisons among means, JASA 56:52-64, for the level shared among `n_primary` measures; the
    rule itself is the house's (docs/methods.md, "Decision rule").

    Examples
    --------
    >>> effect = Estimate(term="att", estimate=2.4, std_error=0.5, df=20, conf_low=1.4, conf_high=3.4, n_people=60)
    >>> checks = [tne.Check("sample_ratio", "pass"), tne.Check("differential_attrition", "pass")]
    >>> decision = decide(effect, tne.grade("randomised", checks), minimum_effect=1.0)
    >>> decision.verdict, decision.action
    ('effective', 'scale')
    """
    if not all(hasattr(estimate, name) for name in ("estimate", "std_error", "df", "n_people")):
        raise TypeError(
            f"`estimate` must be one number with its error, not {type(estimate).__name__}. "
            "Take one from a result: result.headline, or result.get(…)."
        )
    if not isinstance(grade, Grade):
        raise TypeError(
            f"`grade` must be what tne.grade(design, checks) returns, not {type(grade).__name__}."
        )
    if n_primary < 1 or minimum_effect < 0:
        raise ValueError(
            "`n_primary` must be at least 1 and `minimum_effect` not negative. Check the frozen plan."
        )
    level = LEVEL / n_primary
    rails = tuple(guardrails)
    action, reason = _rule(estimate, grade, minimum_effect, rails, transferable, level, planned, complete)
    detectable = detectable_effect(estimate, level)
    return Decision(
        verdict=VERDICT[action],
        action=action,
        owner_role=OWNER[action],
        due=None if as_of is None else as_of + dt.timedelta(days=DUE_DAYS[action]),
        reason=reason,
        detectable=detectable,
        people_needed=_people_needed(estimate, detectable, minimum_effect),
        level=level,
        checks=grade.checks,
    )


def lower_bound(estimate: Estimate, level: float) -> float:
    """One-sided lower confidence bound at `level` (NaN where there is no standard error)."""
    return estimate.estimate - _quantile(1 - level, estimate.df) * estimate.std_error


def detectable_effect(estimate: Estimate, level: float) -> float:
    """Effect that a one-sided test at `level` finds with 80 % power: (q(1 − level) + q(0.8)) · standard error."""
    return (_quantile(1 - level, estimate.df) + _quantile(POWER, estimate.df)) * estimate.std_error


def _rule(
    estimate: Estimate,
    grade: Grade,
    minimum: float,
    rails: tuple[Guardrail, ...],
    transferable: Estimate | None,
    level: float,
    planned: bool,
    complete: bool,
) -> tuple[str, str]:
    if math.isnan(estimate.estimate) or not estimate.std_error > 0:
        return "measure_better", "no_estimate"
    if estimate.n_people < MINIMUM_PEOPLE:
        return "measure_better", "too_few_people"
    if grade.letter in ("D", "E"):
        return "measure_better", "evidence_too_weak"
    if any(c.name in ("pretrend", "placebo") and c.status == "fail" for c in grade.checks):
        return "measure_better", "groups_differed_before"
    if any(c.name == "linear_trend" and c.status == "fail" for c in grade.checks):
        return "measure_better", "linear_trend_fails"
    if not complete:
        return "measure_better", "window_incomplete"
    strong = grade.letter in ("A", "B")
    bound = lower_bound(estimate, level)
    if bound > 0:
        return _above_zero(bound, minimum, rails, transferable, planned, strong)
    if estimate.conf_high < 0:
        return ("stop", "harmful") if strong and planned else ("revise", "harmful")
    if estimate.conf_high < minimum:
        return "revise", "below_minimum"
    return "measure_better", "interval_too_wide"


def _above_zero(
    bound: float,
    minimum: float,
    rails: tuple[Guardrail, ...],
    transferable: Estimate | None,
    planned: bool,
    strong: bool,
) -> tuple[str, str]:
    if not planned or math.isnan(minimum):
        return "keep", "not_planned"
    if not strong:
        return "keep", "evidence_short_of_scale"
    if not bound > minimum:
        return "keep", "above_zero_below_minimum"
    if any(rail.status == "worse" for rail in rails):
        return "keep", "guardrail_worse"
    if any(rail.status != "clear" for rail in rails):
        return "keep", "guardrail_open"
    if transferable is not None and not transferable.conf_low > 0:  # an unknown one does not allow it either
        return "keep", "not_transferable"
    return "scale", "above_minimum"


def _people_needed(estimate: Estimate, detectable: float, minimum: float) -> float:
    """People at which `minimum` becomes detectable, the noise per person being unchanged."""
    if not minimum > 0 or math.isnan(detectable):
        return math.nan
    return estimate.n_people_total * max(1.0, (detectable / minimum) ** 2)


def _quantile(share: float, df: float) -> float:
    return float(stats.norm.ppf(share) if math.isnan(df) or math.isinf(df) else stats.t.ppf(share, df))
