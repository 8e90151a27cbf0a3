"""What does a model of two waves say of each group's gain?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tne.measures.inference import inference
from tne.measures.irt_joint import PEOPLE, JointFit
from tne.measures.irt_two_frames import TwoWaves
from tne.result import ESTIMATE_COLUMNS

SINGULAR = "no standard error: the information is singular"


def gain_table(
    waves: TwoWaves,
    notes: Mapping[object, str],
    kept: Sequence[object],
    found: JointFit | None,
    note: str,
    model: str,
    conf_level: float,
) -> pd.DataFrame:
    """Return each group's gain, then each other group's difference from the reference, the first of `kept`."""
    out: list[dict[str, Any]] = []
    reference = kept[0] if kept else None
    for term in ("latent_gain", "latent_gain_difference"):
        for name, why in notes.items():
            if term == "latent_gain_difference" and (name == reference or reference is None):
                continue
            pair = [name] if term == "latent_gain" else [name, reference]
            row = {"group": name, "term": term, "conf_level": conf_level} | _counts(waves, pair)
            row |= _words(waves, term, name, reference, model)
            if found is None or why:
                row |= {"estimate": math.nan, "note": why or note}
            else:
                row |= _numbers(found, [kept.index(g) for g in pair], conf_level)
            out.append(row)
    table = pd.DataFrame(out).reindex(columns=["group", *ESTIMATE_COLUMNS])
    return table.assign(note=table["note"].fillna(""))


def population_table(waves: TwoWaves, kept: Sequence[object], found: JointFit | None) -> pd.DataFrame:
    """Return mean and SD of ability of each group in each wave."""
    out: list[dict[str, Any]] = []
    for g, name in enumerate(kept if found is not None else ()):
        if TYPE_CHECKING:
            assert found is not None  # else there are no groups
        at, here = _place(found, g), waves.group == name
        mean, sd, after, carried, fresh = found.people[g]
        sd_after = math.hypot(carried, fresh)
        for k, wave in enumerate(("pre", "post")):
            centre, spread = np.zeros(len(found.covariance)), np.zeros(len(found.covariance))
            centre[at + 2 * k] = 1.0
            if k == 0:
                spread[at + 1] = math.copysign(1.0, sd)
            elif sd_after > 0:
                spread[[at + 3, at + 4]] = carried / sd_after, fresh / sd_after
            out.append(
                {
                    "group": name,
                    "wave": wave,
                    "n_people": int((waves.came[k] & here).sum()),
                    "mean": after if k else mean,
                    "mean_se": _error(found, centre),
                    "sd": sd_after if k else abs(sd),
                    "sd_se": _error(found, spread),
                }
            )
    return pd.DataFrame(out, columns=["group", "wave", "n_people", "mean", "mean_se", "sd", "sd_se"])


def _place(found: JointFit, group: int) -> int:
    return 2 * len(found.slopes) + PEOPLE * group


def _error(found: JointFit, direction: np.ndarray) -> float:
    return float(np.sqrt(direction @ found.covariance @ direction))


def _numbers(found: JointFit, groups: Sequence[int], conf_level: float) -> dict[str, Any]:
    """Return the gain of the first group, minus that of the second if there is one."""
    direction, value = np.zeros(len(found.covariance)), 0.0
    for sign, g in zip((1.0, -1.0), groups, strict=False):
        at = _place(found, g)
        direction[at], direction[at + 2] = -sign, sign
        value += sign * (found.people[g, 2] - found.people[g, 0])
    error = _error(found, direction)
    if math.isnan(error):
        return {"estimate": value, "note": SINGULAR}
    return inference(value, error, math.nan, conf_level) | {"note": ""}


def _counts(waves: TwoWaves, groups: Sequence[object]) -> dict[str, float]:
    first, last = waves.came
    here = [waves.group == name for name in groups]
    least = min(min((first & h).sum(), (last & h).sum()) for h in here)
    total, n = (
        sum(((first | last) & h).sum() for h in here),
        sum((first & h).sum() + (last & h).sum() for h in here),
    )
    return {"n": float(n), "n_people": float(least), "n_people_total": float(total)}


def _words(waves: TwoWaves, term: str, name: object, reference: object, model: str) -> dict[str, str]:
    first, last = waves.came
    here = waves.group == name
    both, total = int((first & last & here).sum()), int(((first | last) & here).sum())
    who = (
        f"all {total} people, {both} of them in both waves, the others missing at random given their answers"
        if both
        else f"{total} people, none of whom came to both waves: the two waves are taken to be alike but for the gain"
    )
    alone = "the same people before" if both else "other people before"
    return {
        "unit": f"SD of ability before{'' if len(set(waves.group)) == 1 else f' in {reference}'}",
        "estimand": f"mean ability after minus before, {who}",
        "comparison": alone if term == "latent_gain" else f"the gain of {reference}",
        "method": f"{model}, both waves on one scale, marginal maximum likelihood, errors clustered by person",
    }
