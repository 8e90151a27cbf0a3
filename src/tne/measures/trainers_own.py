"""What may a trainer learn of the own results?"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.trainers_fit import Means
from tne.measures.trainers_funnel import funnel_limits
from tne.measures.trainers_rows import Taught
from tne.measures.trainers_spread import common_error, prediction_error, reliability, shrunken

NOT_FOR_SHARING = "for the trainer's own use; not for sharing, in no report"
FEW = 5


def own_rows(
    data: Taught,
    trainer: str,
    means: Means | None,
    sd: float,
    widest: float,
    df: float,
    min_people: int,
    conf_level: float,
    why: str,
) -> pd.DataFrame:
    """Return one row per trainer: shrunken against the average trainer, raw, how reliable; `why` nothing is known."""
    frame = _about(data, trainer)
    j = data.trainers
    nothing = np.full(j, np.nan)
    numbers = dict.fromkeys(
        ("estimate", "std_error", "conf_low", "conf_high", "raw", "raw_std_error", "reliability"), nothing
    )
    note = np.full(j, why, dtype=object)
    if means is not None:
        few = data.people < min_people
        off = _off(means)
        numbers["estimate"] = shrunken(means, sd)
        if j >= FEW:
            error = prediction_error(means, sd, widest)
            half = stats.t.isf((1 - conf_level) / 2, df) * error
            numbers |= {
                "std_error": error,
                "conf_low": numbers["estimate"] - half,
                "conf_high": numbers["estimate"] + half,
            }
        else:
            note[:] = f"{j} trainers: too few for an interval"
        numbers["raw"] = off @ means.b
        numbers["raw_std_error"] = np.sqrt(np.diag(off @ means.covariance @ off.T))
        numbers["reliability"] = reliability(means, sd)
        numbers = {name: np.where(few, np.nan, values) for name, values in numbers.items()}
        note[few] = f"fewer than {min_people} people"
    return frame.assign(**numbers, note=note)[[trainer, *numbers, "n_sessions", "taught", "note", "use"]]


def own_funnel(
    data: Taught,
    trainer: str,
    means: Means | None,
    own: pd.DataFrame,
    min_people: int,
    conf_level: float,
) -> pd.DataFrame:
    """Return raw effects with control limits, trainers with enough people only; no rows where nothing is known."""
    frame = _about(data, trainer)
    if means is None:
        frame, y, s = frame.iloc[:0], np.zeros(0), np.zeros(0)
    else:
        y = _off(means) @ means.b
        s = np.sqrt(np.diag(means.covariance) - common_error(means))
    frame = frame.assign(estimate=y, std_error_chance=s, shrunken=own["estimate"].iloc[: len(frame)])
    frame = frame[frame["taught"] >= min_people].reset_index(drop=True)
    limits = funnel_limits(frame, std_error="std_error_chance")
    whole = np.sqrt(frame["std_error_chance"] ** 2 + limits["tau2"])
    half = stats.norm.isf((1 - conf_level) / 2) * whole
    low, high = frame["estimate"] - half, frame["estimate"] + half
    out = frame.assign(std_error=whole, conf_low=low, conf_high=high).join(limits)
    first = [trainer, "estimate", "std_error", "conf_low", "conf_high", "shrunken", "std_error_chance"]
    return out[[*first, *limits.columns, "n_sessions", "taught", "use"]]


def _about(data: Taught, trainer: str) -> pd.DataFrame:
    """Return who, with how many; without a column ``n_people``, which the gate of reports asks for: it hides this."""
    return pd.DataFrame(
        {
            trainer: pd.Series(data.labels, dtype=object),
            "n_sessions": np.nan if data.sessions is None else data.sessions.astype(float),
            "taught": data.people,
            "use": NOT_FOR_SHARING,
        }
    )


def _off(means: Means) -> np.ndarray:
    """Return what takes the average trainer of like traits off."""
    return cast(np.ndarray, np.eye(len(means.b)) - means.m @ np.linalg.pinv(means.m))
