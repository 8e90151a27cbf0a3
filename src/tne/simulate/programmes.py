"""Which programmes run, for whom, when, and what do they really do?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tne.checks import require_choice
from tne.simulate.calendar import monday
from tne.simulate.markets import Market

TRAINER_SD = 0.15
SESSION_SD = 0.10
RISE = 3.0  # weeks
MIDDLE = 0.5  # a session opens its week, so audits of that week are half a week later on average


@dataclass(frozen=True)
class Programme:
    """A programme and its true effect.

    Parameters
    ----------
    effect : float
        Logit effect delta. Zero means that the programme changes nobody, whoever the trainer is.
    half_life : float
        Weeks until half of the effect is gone, NaN where there is no effect.
    weeks : tuple of int
        Simulated weeks of its waves; the workshop takes each market's own.
    frozen : bool
        Whether a plan is frozen. Only roll-outs that allow a comparison get one: the more primary measures
        there are, the harder each has to convince.
    """

    code: str
    title: str
    kind: str
    modality: str
    rollout: str
    rollout_unit: str
    weeks: tuple[int, ...]
    baseline_weeks: int
    window_weeks: int
    effect: float
    half_life: float
    selected_by: str | None = None
    stage: str = "live"
    owner_role: str = "programme_owner"
    frozen: bool = True

    @property
    def is_null(self) -> bool:
        """Whether the programme has no effect on any audit."""
        return self.effect == 0


PROGRAMMES: tuple[Programme, ...] = (
    Programme(
        "hateful-conduct-update",
        "Hateful conduct: policy update",
        "policy_update",
        "instructor_led",
        "staggered",
        "team",
        (28, 31, 34, 49),
        26,
        12,
        0.5,
        20.0,
    ),
    Programme(
        "minor-safety-refresher",
        "Minor safety: refresher",
        "refresher",
        "blended",
        "randomised",
        "person",
        (20, 36),
        20,
        12,
        0.7,
        26.0,
        selected_by="lot within teams, the other half waits",
    ),
    Programme(
        "livestream-elearning",
        "Livestream basics: e-learning",
        "product",
        "e_learning",
        "staggered",
        "team",
        (14, 17, 20, 24),
        10,
        8,
        0.0,
        np.nan,
        stage="review",
    ),
    Programme(
        "low-score-coaching",
        "Coaching after low audit scores",
        "process",
        "instructor_led",
        "targeted",
        "person",
        (30,),
        8,
        8,
        0.0,
        np.nan,
        selected_by="lowest 30 % of audited accuracy in the previous 4 weeks",
        owner_role="training_lead",
        frozen=False,
    ),
    Programme(
        "appeals-workshop",
        "Appeals: handling workshop",
        "process",
        "instructor_led",
        "staggered",
        "market",
        (),
        8,
        8,
        0.4,
        26.0,
        frozen=False,
    ),
    Programme(
        "onboarding",
        "Onboarding",
        "onboarding",
        "blended",
        "universal",
        "person",
        (0,),
        8,
        26,
        0.0,
        np.nan,
        stage="standing",
        owner_role="training_lead",
        frozen=False,
    ),
)
CODES = tuple(programme.code for programme in PROGRAMMES)


def choose(effects: Mapping[str, float] | None) -> tuple[Programme, ...]:
    """Return the programmes, with some true effects (logit) replaced.

    Raises
    ------
    ValueError
        If a programme is unknown or has no effect that could be set.
    """
    chosen = {programme.code: programme for programme in PROGRAMMES}
    for code, effect in (effects or {}).items():
        require_choice(code, tuple(c for c in CODES if c != "onboarding"), "effects")
        half_life = chosen[code].half_life
        chosen[code] = replace(
            chosen[code], effect=float(effect), half_life=20.0 if np.isnan(half_life) else half_life
        )
    return tuple(chosen.values())


def profile(week: np.ndarray, half_life: float) -> np.ndarray:
    """Return the share of the effect that shows in a `week` since the training (0 = its own), 0 before it.

    Notes
    -----
    ``min(k / 3, 1) · 2^(−k / half_life)`` at the middle of the week, ``k = week + 0.5``: a rise over three weeks to the
    full effect, and a true half-life. Sessions stand at the beginning of their week.
    """
    k = np.maximum(np.asarray(week, dtype=float), 0) + MIDDLE
    return np.where(np.asarray(week) >= 0, np.minimum(k / RISE, 1) * 0.5 ** (k / half_life), 0.0)


def waves(programme: Programme, market: Market) -> tuple[int, ...]:
    """Return the simulated weeks in which `programme` trains in `market`."""
    return (market.workshop_week,) if programme.rollout_unit == "market" else programme.weeks


def first_week(programme: Programme, markets: Sequence[Market]) -> int:
    """Return the simulated week in which `programme` starts anywhere."""
    return min(min(waves(programme, market)) for market in markets)


def programmes_table(programmes: Sequence[Programme], markets: Sequence[Market], weeks: int) -> pd.DataFrame:
    """Return the table ``programmes``; those that start after the last week are still planned."""
    rows = []
    for programme in programmes:
        start = first_week(programme, markets)
        last = max(max(waves(programme, market)) for market in markets)
        standing = programme.code == "onboarding"
        rows.append(
            {
                "programme_id": programme.code,
                "title": programme.title,
                "kind": programme.kind,
                "modality": programme.modality,
                "rollout": programme.rollout,
                "rollout_unit": programme.rollout_unit,
                "selected_by": programme.selected_by,
                "planned_start_on": monday(start),
                "starts_on": monday(start),
                "ends_on": pd.NaT if standing else monday(last) + pd.Timedelta(days=4),
                "stage": programme.stage if start < weeks else "planned",
                "owner_role": programme.owner_role,
                "primary_measure": "accuracy",
                "target_policy_areas": None,
                "minimum_effect": 1.5,
                "baseline_weeks": programme.baseline_weeks,
                "window_weeks": programme.window_weeks,
            }
        )
    frame = pd.DataFrame(rows)
    text = [
        "programme_id",
        "title",
        "kind",
        "modality",
        "rollout",
        "rollout_unit",
        "selected_by",
        "stage",
        "owner_role",
        "primary_measure",
        "target_policy_areas",
    ]
    days = ["planned_start_on", "starts_on", "ends_on"]
    return frame.astype({**dict.fromkeys(text, "str"), **dict.fromkeys(days, "datetime64[us]")})
