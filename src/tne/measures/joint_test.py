"""Are several contrasts zero together, when clusters are few? A Wald test with Hotelling's small-sample F."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pandas as pd
from scipy import optimize, stats

from tne.result import ESTIMATE_COLUMNS, Check, Estimate, Estimates, Result

REJECTED = 0.01
DOUBTFUL = 0.05
POWER = 0.8


def _nothing() -> Estimates:
    keys = {"test": pd.Series(dtype="str"), "power": pd.Series(dtype=float)}
    return Estimates(table=pd.DataFrame(keys), keys=tuple(keys))


@dataclass(frozen=True, kw_only=True, eq=False)
class JointTest(Result):
    """A joint test of contrasts that would be zero if the groups were comparable.

    Parameters
    ----------
    name : str
        "pretrend" or "placebo".
    statistic, df, df_denominator, p_value : float
        F with both degrees of freedom, or chi-square with infinite `df_denominator`.
    restrictions, clusters : int
        Contrasts tested and clusters that inform them.
    contrasts : DataFrame
        The contrasts (key columns, then the estimate columns).
    slope : Estimate
        Estimated linear divergence per period before training.
    missed_slope : float
        Linear divergence per period that the test rejects with 80 % power at 5 %: smaller ones go unseen.
    missed_bias : float
        What that divergence would add to the effect averaged over the trained periods.
    note : str
        Why the test did not run, or how periods were grouped.
    detectable : callable
        Returns Estimates with keys test ("joint", or "any_period": some contrast significant by itself) and power
        (.5, .8); terms "slope" (the divergence found so often), "bias" (what it adds to the mean effect) and
        "bias_if_unseen" (what it adds when the test saw nothing; only for "any_period").
    """

    name: str
    statistic: float
    df: float
    df_denominator: float
    p_value: float
    restrictions: int
    clusters: int
    contrasts: pd.DataFrame
    slope: Estimate
    missed_slope: float = math.nan
    missed_bias: float = math.nan
    method: str = ""
    note: str = ""
    detectable: Callable[[], Estimates] = field(default=_nothing, repr=False)

    def to_frame(self) -> pd.DataFrame:
        joint = Estimate(
            term=f"{self.name}_joint", estimate=self.statistic, statistic=self.statistic, df=self.df,
            p_value=self.p_value, n=math.nan, method=self.method, note=self.note,
            estimand="all contrasts are zero (F or chi-square statistic)",
        )  # fmt: skip
        missed = [
            Estimate(term=name, estimate=value, estimand=text, method="Roth (2022)", note=note)
            for name, value, text in (
                ("missed_slope", self.missed_slope, "linear divergence per period rejected with 80 % power"),
                ("missed_bias", self.missed_bias, "what that divergence adds to the mean effect"),
            )
            for note in ["" if not math.isnan(value) else self.note or "not defined for this test"]
        ]
        return pd.DataFrame(
            [e.as_row() for e in (joint, self.slope, *missed)], columns=list(ESTIMATE_COLUMNS)
        )

    def __str__(self) -> str:
        if math.isnan(self.p_value):
            return f"{self.name}: not tested ({self.note})"
        return f"{self.name}: {self.checks[0].detail}. {self.note}".strip()


@dataclass(frozen=True)
class Wald:
    """Statistic, degrees of freedom and p-value of a joint test; NaN if the covariance carries too little."""

    statistic: float
    df: float
    df_denominator: float
    p_value: float


def wald(estimate: np.ndarray, parts: list[tuple[np.ndarray, float]], *, small: bool) -> Wald:
    """Test that all estimates are zero.

    Parameters
    ----------
    estimate : ndarray, shape (q,)
    parts : list of (ndarray of shape (q, q), float)
        Independent parts of the covariance with their degrees of freedom.
    small : bool
        False: chi-square. True: the F of the approximate Hotelling test.

    Returns
    -------
    Wald

    Notes
    -----
    With ``Q = b' V⁻¹ b`` and the total variance of ``V⁻¹ᐟ² V̂ V⁻¹ᐟ²`` under normality,
    ``η = q (q + 1) / Σ_s [tr(Ω_s)² + tr(Ω_s²)] / ν_s`` and ``F = (η − q + 1) / (η q) Q`` on q and η − q + 1
    degrees of freedom.

    References
    ----------
    Zhang (2012); Pustejovsky and Tipton (2018), Small-sample methods for cluster-robust variance estimation,
    J. Business & Economic Statistics 36.
    """
    total = cast(np.ndarray, sum(part for part, _ in parts))
    root, q = _inverse_root(total)
    nothing = Wald(math.nan, float(q), math.nan, math.nan)
    if q == 0:
        return nothing
    quadratic = float(((root @ estimate) ** 2).sum())
    if not small:
        return Wald(quadratic, float(q), math.inf, float(stats.chi2.sf(quadratic, q)))
    eta = hotelling_df(root, q, parts)
    if not eta - q + 1 > 1:
        return nothing
    f = (eta - q + 1) / (eta * q) * quadratic
    return Wald(f, float(q), eta - q + 1, float(stats.f.sf(f, q, eta - q + 1)))


def hotelling_df(root: np.ndarray, q: int, parts: list[tuple[np.ndarray, float]]) -> float:
    """Return η, the degrees of freedom of the Wishart that resembles the covariance estimate."""
    spread = 0.0
    for part, df in parts:
        omega = root @ part @ root.T
        spread += (np.trace(omega) ** 2 + (omega**2).sum()) / df
    return q * (q + 1) / spread if spread > 0 else math.nan


def detectable_slope(
    lever: np.ndarray, parts: list[tuple[np.ndarray, float]], test: Wald, power: float = POWER
) -> float:
    """Return the slope b for which contrasts ``b * lever`` are rejected at 5 % with the given power."""
    if math.isnan(test.p_value):
        return math.nan
    root, _ = _inverse_root(cast(np.ndarray, sum(part for part, _ in parts)))
    per_unit = float(((root @ lever) ** 2).sum())
    if per_unit <= 0:
        return math.nan
    if math.isinf(test.df_denominator):
        cut = stats.chi2.ppf(1 - DOUBTFUL, test.df)
        found = optimize.brentq(lambda x: stats.ncx2.sf(cut, test.df, x) - power, 1e-3, 1e4)
    else:
        # The inverse of an estimated covariance is too large on average: by η / (η − q − 1).
        eta = test.df_denominator + test.df - 1
        per_unit *= max(eta - test.df - 1, 0.0) / eta
        if per_unit <= 0:
            return math.nan
        cut = stats.f.ppf(1 - DOUBTFUL, test.df, test.df_denominator)
        found = optimize.brentq(
            lambda x: stats.ncf.sf(cut, test.df, test.df_denominator, x) - power, 1e-3, 1e4
        )
    return math.sqrt(found / per_unit)


def joint_check(name: str, test: Wald, note: str) -> Check:
    """Return the check of a joint test: fail below .01, warn below .05."""
    if math.isnan(test.p_value):
        return Check(name, "not_run", note)
    status = "fail" if test.p_value < REJECTED else "warn" if test.p_value < DOUBTFUL else "pass"
    f_name = f"F({test.df:.0f}, {test.df_denominator:.1f})"
    shown = f"chi-square({test.df:.0f})" if math.isinf(test.df_denominator) else f_name
    return Check(name, status, f"{shown} = {test.statistic:.2f}, p = {test.p_value:.3f}")


def _inverse_root(v: np.ndarray) -> tuple[np.ndarray, int]:
    """Return R with R V R' = identity on the range of V, and its rank."""
    scale = np.sqrt(np.clip(np.diag(v), 0, None))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(v / np.outer(scale, scale))
    keep = values > max(values.max(initial=0), 1e-300) * 1e-8
    return (vectors[:, keep] / np.sqrt(values[keep])).T / scale, int(keep.sum())
