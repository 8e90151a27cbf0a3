"""Which results lie outside what chance and the usual spread explain?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_numeric
from tne.checks import rows as row_positions

LEVELS = (0.95, 0.998)


def funnel_limits(
    effects: pd.DataFrame,
    *,
    estimate: str = "estimate",
    std_error: str = "std_error",
    target: float | None = None,
    winsorise: float = 0.1,
) -> pd.DataFrame:
    """Control limits of a funnel plot, widened for over-dispersion.

    Parameters
    ----------
    effects : DataFrame, one row per trainer, session, site or market
    estimate, std_error : str
        Columns with the effect and the error that chance alone gives it. Rows without them get no limits.
    target : float, optional
        What the effects are compared with; None: their mean, weighted by precision.
    winsorise : float
        Share of z-scores at each end that is drawn in before over-dispersion is judged, so that outliers do not
        widen the limits that should find them; 0 takes them as they are.

    Returns
    -------
    DataFrame
        The input's index; columns ``target``, ``z`` (over-dispersion left out), ``phi`` (mean squared z), ``tau2``
        (added variance), ``low_95``, ``high_95``, ``low_99_8``, ``high_99_8`` and ``outside`` (0.95 or 0.998, the
        widest limits that it lies beyond; 0 within).

    Raises
    ------
    KeyError, TypeError, ValueError
        If a column is absent, no number, or an error is 0 or below, or `winsorise` is not from 0 to below .5.

    Notes
    -----
    With I effects, ``z = (y − target) / s``, drawn in at the quantiles, ``φ = Σ z² / I`` and
    ``τ² = max(0, (Iφ − (I − 1)) / (Σw − Σw² / Σw))``, w = 1/s² (without drawing in: DerSimonian and Laird's).
    Limits are ``target ± z(p) √(s² + τ²)``. Among 20 without any difference one lies outside the 95 % limits by
    chance. With fewer than five effects the added variance is hardly known.

    References
    ----------
    Spiegelhalter (2005), Funnel plots for comparing institutional performance, Stat. Med. 24:1185-1202.
    Spiegelhalter (2005), Handling over-dispersion of performance indicators, Qual. Saf. Health Care 14:347-351.

    Examples
    --------
    >>> few = pd.DataFrame({"estimate": [0.0, 1.0, -1.0], "std_error": [1.0, 1.0, 1.0]})
    >>> funnel_limits(few)["high_95"].round(2).tolist()
    [1.96, 1.96, 1.96]
    """
    require_numeric(effects, [estimate, std_error], "effects")
    if not 0 <= winsorise < 0.5:
        raise ValueError(f"`winsorise` is {winsorise}. Give a share from 0 to below 0.5, such as 0.1.")
    y = effects[estimate].to_numpy(dtype=float, na_value=np.nan)
    s = effects[std_error].to_numpy(dtype=float, na_value=np.nan)
    if (s <= 0).any():
        raise ValueError(f"`{std_error}` is 0 or below in {row_positions(s <= 0)}. Leave these out.")
    known = ~np.isnan(y) & ~np.isnan(s)
    weight = 1 / s[known] ** 2
    if target is None:
        target = float(weight @ y[known] / weight.sum()) if known.any() else math.nan
    z = (y - target) / s
    phi, tau2 = over_dispersion(z[known], s[known], winsorise)
    whole = np.sqrt(s**2 + tau2)
    out = pd.DataFrame({"target": target, "z": z, "phi": phi, "tau2": tau2}, index=effects.index)
    outside = np.where(known, 0.0, np.nan)
    for level, name in zip(LEVELS, ("95", "99_8"), strict=True):
        half = np.where(known, stats.norm.isf((1 - level) / 2) * whole, np.nan)
        out[f"low_{name}"], out[f"high_{name}"] = target - half, target + half
        outside[known & (np.abs(y - target) > half)] = level
    return out.assign(outside=outside)


def over_dispersion(z: np.ndarray, s: np.ndarray, winsorise: float) -> tuple[float, float]:
    """Return the mean squared z-score after drawing in the ends, and the variance that it adds."""
    if not len(z):
        return math.nan, math.nan
    low, high = np.quantile(z, [winsorise, 1 - winsorise])
    count, w = len(z), 1 / s**2
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    room = w.sum() - (w**2).sum() / w.sum()
    if count < 2 or not room > 0:
        return phi, 0.0
    return phi, max(0.0, (count * phi - (count - 1)) / float(room))
