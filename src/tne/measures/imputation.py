"""What would the missing scores have been, and how unsure does that leave the answer?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import optimize

from tne.measures.inference import inference
from tne.measures.sandwich import fit, independent

IMPUTATIONS = 100
TOO_FEW = "those who have both scores are too few or too alike to say what the others would have had"


@dataclass(frozen=True, eq=False)
class Imputed:
    """Changes of everyone who began: those seen, and several draws of those who left.

    Parameters
    ----------
    seen : ndarray, shape (n - k,)
        Changes of those who have both scores.
    drawn : ndarray, shape (m, k)
        Draws of the changes of those who left; m imputations.
    """

    seen: np.ndarray
    drawn: np.ndarray

    @property
    def n(self) -> int:
        """People who began."""
        return cast(int, len(self.seen) + self.drawn.shape[1])

    @property
    def left(self) -> float:
        """Share of those who began and left."""
        return cast(float, self.drawn.shape[1] / self.n)

    def mean(self, shift: float = 0.0) -> tuple[float, float, float]:
        """Return mean change, standard error and df, with `shift` added to every change drawn (Rubin's rules)."""
        centre = self.seen.mean()
        seen, drawn = self.seen - centre, self.drawn - centre + shift
        means = (seen.sum() + drawn.sum(axis=1)) / self.n
        squares = seen @ seen + (drawn**2).sum(axis=1) - self.n * means**2
        mean, std_error, df = rubin(means, squares / (self.n - 1) / self.n, self.n - 1)
        return float(mean + centre), std_error, df

    def tipping_points(self, conf_level: float) -> tuple[float, float]:
        """Return the shifts of the leavers' changes at which the mean, and the interval's nearer end, become 0.

        The second is NaN where the interval holds 0 already.
        """
        mean, std_error, df = self.mean()
        numbers = inference(mean, std_error, df, conf_level)
        vanish = -mean / self.left
        end = "conf_low" if mean > 0 else "conf_high"
        if numbers["conf_low"] <= 0 <= numbers["conf_high"]:
            return vanish, math.nan

        def nearer_end(shift: float) -> float:
            return cast(float, inference(*self.mean(shift), conf_level)[end])

        return vanish, float(optimize.brentq(nearer_end, vanish, 0.0, xtol=1e-10 * abs(vanish)))


def impute_changes(
    pre: np.ndarray, post: np.ndarray, covariates: np.ndarray | None = None, *, seed: int | None = None
) -> Imputed | None:
    """Draw the changes of those who left from a normal regression of the second score on the first.

    Parameters
    ----------
    pre : ndarray, shape (n,)
        First scores, none missing.
    post : ndarray, shape (n,)
        Second scores, NaN for those who left.
    covariates : ndarray, shape (n, p), optional
        Known of everyone.
    seed : int, optional
        None: the same draws each time.

    Returns
    -------
    Imputed or None
        None where those who stayed are too few for the regression, or too alike: a site, say, that all have left.

    Notes
    -----
    Proper imputation (Rubin 1987, section 5.3): variance and coefficients are drawn from their posterior under the
    usual flat prior, then the scores around the line. Draws come in mirrored pairs: the mean over imputations is free
    of chance and only its error depends on `seed`. Scores are not cut at the test's limits, which would bias them.
    """
    n, stayed = len(pre), ~np.isnan(post)
    x = np.column_stack([pre] if covariates is None else [pre, covariates])
    spread = x.std(axis=0)
    x = np.column_stack([np.ones(n), (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)])
    if stayed.sum() < 2:
        return None
    known_of_all, known_of_stayed = independent(x), independent(x[stayed])
    if (
        known_of_stayed.sum() < known_of_all.sum()
    ):  # the leavers differ in something that nobody who stayed shows
        return None
    x = x[:, known_of_stayed]
    free = int(stayed.sum()) - x.shape[1]
    if stayed.all() or free < 3:
        return Imputed(post - pre, np.empty((IMPUTATIONS, 0))) if stayed.all() else None
    known = fit(x[stayed], post[stayed])
    # the same people in another order get the same draws
    order = np.lexsort(x.T[::-1])
    gone = order[~stayed[order]]
    rng = np.random.default_rng(0 if seed is None else seed)
    sigma = np.sqrt(known.rss / rng.chisquare(free, (IMPUTATIONS // 2, 1)))
    lines = sigma * (rng.standard_normal((IMPUTATIONS // 2, x.shape[1])) @ known.back.T)
    drawn = lines @ x[gone].T + sigma * rng.standard_normal((IMPUTATIONS // 2, len(gone)))
    # each draw with its mirror image: the mean is the regression's own, whatever the seed
    scores = x[gone] @ known.coefficients + np.concatenate([drawn, -drawn])
    return Imputed((post - pre)[stayed], scores - pre[gone])


def rubin(estimates: np.ndarray, variances: np.ndarray, df_complete: float) -> tuple[float, float, float]:
    """Combine the answers of several imputations: estimate, standard error, degrees of freedom.

    Parameters
    ----------
    estimates, variances : ndarray, shape (m,)
        Estimate and squared standard error in each completed data set.
    df_complete : float
        Degrees of freedom if nothing were missing.

    Notes
    -----
    ``T = mean variance + (1 + 1/m) variance of the estimates`` (Rubin 1987); degrees of freedom of Barnard and Rubin
    (1999), Small-sample degrees of freedom with multiple imputation, Biometrika 86:948-955.

    Examples
    --------
    >>> estimate, std_error, df = rubin(np.array([1.0, 2, 3]), np.array([1.0, 1, 1]), 1e9)
    >>> estimate, round(std_error**2, 4), round(df, 3)
    (2.0, 2.3333, 6.125)
    """
    m, within, between = len(estimates), float(variances.mean()), float(estimates.var(ddof=1))
    total = within + (1 + 1 / m) * between
    if total <= 0 or between <= 1e-24 * total:
        return float(estimates.mean()), math.sqrt(max(total, 0.0)), float(df_complete)
    lost = (1 + 1 / m) * between / total
    observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - lost)
    # as many degrees of freedom as the imputations, and as those who were seen, allow
    df = 1 / (lost**2 / (m - 1) + 1 / observed) if observed > 0 else math.nan
    return float(estimates.mean()), math.sqrt(total), df
