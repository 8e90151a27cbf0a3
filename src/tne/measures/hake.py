"""What share of the possible gain was made?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence, require_numeric, rows
from tne.measures.headcount import headcount
from tne.measures.headline import Headlined
from tne.measures.inference import inference
from tne.measures.pairs import pairs, threats
from tne.result import Check, Estimate, Result

AT_CEILING = "the mean before is at the maximum: nothing was left to gain"


@dataclass(frozen=True, kw_only=True)
class NormalizedGain(Headlined, Result):
    """Normalised gain with its band.

    Parameters
    ----------
    gain : Estimate
        The number and its interval; its fields are also read from here, as in ``result.estimate``.
    n_undefined : int
        People whose own gain is undefined because they began at the maximum.
    """

    gain: Estimate
    n_undefined: int = 0

    @property
    def band(self) -> str:
        """Hake's (1998) band: "low" < .3 ≤ "medium" < .7 ≤ "high"; empty where the gain is undefined."""
        g = self.gain.estimate + 1e-9  # .18 of .6 is .3, although not to a computer
        return "" if math.isnan(g) else "low" if g < 0.3 else "medium" if g < 0.7 else "high"

    @property
    def headline(self) -> Estimate:
        """The gain."""
        return self.gain

    def to_frame(self) -> pd.DataFrame:
        frame = self.gain.to_frame()
        frame.insert(0, "band", self.band)
        return frame


def normalized_gain(
    scores: pd.DataFrame,
    *,
    pre: str,
    post: str,
    max_score: float | str,
    of: str = "means",
    conf_level: float = 0.95,
) -> NormalizedGain:
    """Hake's normalised gain: the share of the possible gain that was made.

    Parameters
    ----------
    scores : DataFrame, one row per person
    pre, post : str
        Score columns on the same scale.
    max_score : float or str
        Highest possible score, or the column that holds it.
    of : {"means", "individuals"}
        Gain of the group's means (Hake's definition), or mean of each person's own gain. The second is undefined
        for people who begin at the maximum and biased downwards near it; the check ``individual_gains`` warns.
    conf_level : float

    Returns
    -------
    NormalizedGain
        With ``.band``; NaN with a note where the mean before is at the maximum.

    Raises
    ------
    ValueError
        If a score is above `max_score`.

    Notes
    -----
    ``g = (mean post − mean pre) / (max − mean pre)``; the delta method gives the influence of a person,
    ``(post − pre − g (max − pre)) / mean(max − pre)``, and the interval uses t with n − 1 degrees of freedom.
    Equal g do not mean equal learning: the same latent gain yields a larger g in a stronger group.

    References
    ----------
    Hake (1998), Interactive-engagement versus traditional methods, Am. J. Phys. 66:64-74.

    Examples
    --------
    >>> frame = pd.DataFrame({"pre": [40, 60, 50], "post": [70, 80, 75]})
    >>> normalized_gain(frame, pre="pre", post="post", max_score=100).estimate
    0.5
    """
    require_choice(of, ("means", "individuals"), "of")
    require_level_of_confidence(conf_level)
    data = pairs(scores, pre, post)
    limit = _limit(scores, data.kept, max_score)
    over = np.maximum(data.pre, data.post) > limit + 1e-9
    if over.any():
        raise ValueError(
            f"Scores exceed `max_score` in {rows(over)} of the complete pairs. Correct one or the other."
        )
    room = limit - data.pre
    at_top = room <= 1e-9 * np.maximum(np.abs(limit), 1)
    checks = threats(data, pre, post, max_score=limit)
    method = "gain of means, delta method"
    note = data.undefined or (AT_CEILING if room.mean() <= 1e-9 * np.abs(limit).max() else "")
    used = ~at_top if of == "individuals" else np.ones(data.n, dtype=bool)
    if of == "individuals":
        method = "mean of individual gains"
        detail = (
            f"{int(at_top.sum())} of {data.n} people began at the maximum: their gain is undefined and they are left "
            "out. Gains of people near the maximum are unstable; prefer of='means'."
        )
        checks += (Check("individual_gains", "warn", detail),)
        if not note and used.sum() < 2:
            note = f"{int(used.sum())} people began below the maximum; two are needed"
    people = headcount(data.kept.loc[used])
    common: dict[str, Any] = {
        "term": "normalized_gain",
        "conf_level": conf_level,
        "n": int(used.sum()),
        "n_people": people,
        "n_people_total": people,
        "unit": "share of the possible gain",
        "estimand": f"gain from {pre} to {post} of {of}",
        "comparison": "the same people before",
        "method": method,
    }
    if note:
        gain = Estimate(estimate=math.nan, note=note, checks=checks, **common)
        return NormalizedGain(gain=gain, n_undefined=int(at_top.sum()), checks=checks)
    change = data.post - data.pre
    if of == "means":
        g = float(change.mean() / room.mean())
        influence = (change - g * room) / room.mean()
    else:
        own = change[used] / room[used]
        g = float(own.mean())
        influence = own - g
    count = len(influence)
    std_error = float(np.sqrt((influence**2).sum() / (count - 1) / count))
    if std_error <= 1e-14 * max(abs(g), 1):
        std_error, note = 0.0, "everyone made the same share of the possible gain: no test is possible"
    gain = Estimate(**inference(g, std_error, count - 1, conf_level), note=note, checks=checks, **common)
    return NormalizedGain(gain=gain, n_undefined=int(at_top.sum()), checks=checks)


def _limit(scores: pd.DataFrame, kept: pd.DataFrame, max_score: float | str) -> np.ndarray:
    """Return the highest possible score of each complete pair, shape (n,)."""
    if not isinstance(max_score, str):
        if not np.isfinite(max_score):
            raise ValueError(f"`max_score` is {max_score}. Give a finite number or a column.")
        return np.full(len(kept), float(max_score))
    require_numeric(scores, [max_score], "scores")
    limit = kept[max_score].to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(limit).any():
        raise ValueError(
            f"Column `{max_score}` is missing in {rows(np.isnan(limit))}. An unbounded test has no such gain."
        )
    return cast(np.ndarray, limit)
