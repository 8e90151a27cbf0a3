"""How is the spread between trainers told, row by row?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.measures.mixed import VarianceComponents
from tne.measures.trainers_fit import Means, likelihood_ratio
from tne.measures.trainers_rows import PERSON, SESSION, TEAM, TRAINER, Taught
from tne.measures.trainers_spread import WIDEST, reliability, spread_limits

FEW = 5  # below it the spread has no interval
OTHERS = (SESSION, TEAM, PERSON)
NOT_BY_LOT = "people were not assigned to trainers by lot"


def term_names(data: Taught) -> list[str]:
    """Return the terms of the result."""
    others = [f"{name}_sd" for name in OTHERS if name in data.codes]
    return ["trainer_sd", "trainer_share", "trainer_reliability", *others, "residual_sd"]


def spread_rows(
    data: Taught,
    outcome: str,
    fitted: VarianceComponents,
    means: Means,
    sds: dict[str, float],
    conf_level: float,
) -> list[dict[str, Any]]:
    """Return the numbers of every term, with the test that trainers do not differ."""
    get, sd = fitted.estimates.get, sds[TRAINER]
    few = data.trainers < FEW
    notes = [f"{data.trainers} trainers: too few for an interval"] if few else []
    if sd == 0:
        notes.append("estimated as 0: no more variation than chance makes")
    if SESSION not in data.codes:
        reason = data.dropped.get(SESSION, "no session was named")
        notes.append(f"sessions are not told apart ({reason}): their luck counts as the trainers'")
    df = error_df(data, sds)
    low, high = math.nan, math.nan
    if not few:
        low, high = spread_limits(means, WIDEST * sds["residual"], df, conf_level)
        # trainers more alike than chance makes them would leave the Q profile no room at all
        low, high = min(low, sd), max(high, get(group=TRAINER, term="sd").conf_high)
    y = data.kept[outcome].to_numpy(dtype=float)
    ratio, p = likelihood_ratio(data.x, y, data.codes)
    rest = sum(v**2 for name, v in sds.items() if name != TRAINER)
    told = "; ".join(notes)

    def share(value: float) -> float:
        return value**2 / (value**2 + rest)

    def mean_reliability(value: float) -> float:
        return math.nan if math.isnan(value) else float(reliability(means, value).mean())

    limits = {"conf_low": low, "conf_high": high, "note": told}
    rows = [
        {"term": "trainer_sd", "estimate": sd, "statistic": ratio, "p_value": p, **limits},
        {
            "term": "trainer_share",
            "estimate": share(sd),
            **limits,
            "conf_low": share(low),
            "conf_high": share(high),
        },
        {
            "term": "trainer_reliability",
            "estimate": mean_reliability(sd),
            "conf_low": mean_reliability(low),
            "conf_high": mean_reliability(high),
            "note": told,
        },
    ]
    for name in (*(n for n in OTHERS if n in data.codes), "residual"):
        row = get(group=name, term="sd")
        kept = {k: getattr(row, k) for k in ("estimate", "std_error", "conf_low", "conf_high", "note")}
        rows.append({"term": f"{name}_sd", **kept})
    return rows


def error_df(data: Taught, sds: dict[str, float]) -> float:
    """Return the degrees of freedom that trainers' errors rest on: sessions within trainers, or people."""
    if sds.get(SESSION, 0.0) > 0:
        return max(1.0, float(data.codes[SESSION].max() + 1 - data.trainers))
    return cast(float, max(1.0, len(data.kept) - data.trainers - data.x.shape[1] + 1.0))


def method_text(data: Taught) -> str:
    """Say in words which model was fitted."""
    crossed = " crossed with teams" if TEAM in data.codes else ""
    within = ", sessions within trainers" if SESSION in data.codes else ""
    return f"linear mixed model, REML: trainers random{crossed}{within}; Q-profile interval"


def worded(table: pd.DataFrame, outcome: str, adjusted: Sequence[str]) -> pd.DataFrame:
    """Add what each row measures."""
    after = f", adjusted for {', '.join(adjusted)}" if adjusted else ", unadjusted"
    said = {
        "trainer_sd": f"standard deviation of mean {outcome} between trainers{after}",
        "trainer_share": f"share of the variance of {outcome} between trainers{after}",
        "trainer_reliability": f"share of the variance of a trainer's mean {outcome} that is the trainer's{after}",
        "session_sd": f"standard deviation of mean {outcome} between sessions of a trainer{after}",
        "team_sd": f"standard deviation of mean {outcome} between teams{after}",
        "person_sd": f"standard deviation of {outcome} between people, over their rows{after}",
        "residual_sd": f"standard deviation of {outcome} that is left{after}",
    }
    points = table["term"].str.endswith("_sd")
    return table.assign(
        estimand=table["term"].map(said),
        unit=np.where(points, f"units of {outcome}", "share"),
        comparison=np.where(table["term"].str.startswith("trainer"), "the average of these trainers", ""),
        note=[
            "; ".join(filter(None, [note, NOT_BY_LOT if term == "trainer_sd" and not math.isnan(e) else ""]))
            for note, term, e in zip(table["note"], table["term"], table["estimate"], strict=True)
        ],
    )
