"""How do trainers' results differ, once people, sessions and teams are taken into account?

Two steps that together equal one mixed model: each trainer's adjusted mean with the errors' covariance (generalised
least squares, given the variances of sessions, teams and people), then the spread of these means around what
trainers' own traits explain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from scipy import linalg

from tne.measures.mixed import VarianceComponents, variance_components
from tne.measures.mixed_fit import fit_linear, linear_model, parts
from tne.measures.mixed_terms import INTERCEPT, Term
from tne.measures.sandwich import independent
from tne.measures.trainers_rows import TRAINER, Taught


@dataclass(frozen=True, eq=False)
class Means:
    """Trainers' adjusted means.

    Parameters
    ----------
    b : ndarray, shape (trainers,)
    covariance : ndarray, shape (trainers, trainers)
        Of the errors of `b`, sessions and teams included.
    m : ndarray, shape (trainers, q)
        What belongs to trainers themselves: 1, and adjustments that do not vary within them, such as the site.
    """

    b: np.ndarray
    covariance: np.ndarray
    m: np.ndarray

    @property
    def df(self) -> int:
        return cast(int, len(self.b) - self.m.shape[1])

    def projection(self, variance: float) -> np.ndarray:
        """Return P = V⁻¹ − V⁻¹M(M'V⁻¹M)⁻¹M'V⁻¹ with V the covariance plus the variance between trainers."""
        inverse = np.linalg.inv(self.covariance + variance * np.eye(len(self.b)))
        part = inverse @ self.m
        return cast(np.ndarray, inverse - part @ np.linalg.solve(self.m.T @ part, part.T))

    def criterion(self, variance: float) -> float:
        """Return −2 log restricted likelihood of a variance between trainers, up to a constant."""
        v = self.covariance + variance * np.eye(len(self.b))
        inside = self.m.T @ np.linalg.solve(v, self.m)
        q = float(self.b @ self.projection(variance) @ self.b)
        return float(np.linalg.slogdet(v)[1] + np.linalg.slogdet(inside)[1]) + q


def fit_spread(taught: Taught, outcome: str, conf_level: float) -> VarianceComponents:
    """Fit the mixed model with trainers, sessions and teams random."""
    frame = pd.DataFrame({f"x{i}": column for i, column in enumerate(taught.x.T[1:])})
    frame = frame.assign(y=taught.kept[outcome].to_numpy(dtype=float), **taught.codes)
    fixed = " + ".join(["1", *(c for c in frame if c.startswith("x"))])
    with np.errstate(invalid="ignore"):  # the search may try variances beyond what numbers hold
        return variance_components(
            frame, outcome="y", random=tuple(taught.codes), fixed=fixed, conf_level=conf_level
        )


def terms_of(codes: dict[str, np.ndarray]) -> list[Term]:
    """Return random intercepts for groupings given by their codes."""
    return [
        Term(name, (INTERCEPT,), of, cast(list[str], list(range(int(of.max()) + 1))), np.ones((len(of), 1)))
        for name, of in codes.items()
    ]


def lowest(x: np.ndarray, y: np.ndarray, codes: dict[str, np.ndarray]) -> float:
    """Return the REML criterion of a model with these random intercepts, at its lowest."""
    if codes:
        return fit_linear(linear_model(x, y, terms_of(codes), True)).criterion
    q, r = np.linalg.qr(x)
    left = y - q @ (q.T @ y)
    d = len(y) - x.shape[1]
    return cast(
        float,
        d * (1 + math.log(2 * math.pi * float(left @ left) / d))
        + 2 * float(np.log(np.abs(np.diag(r))).sum()),
    )


def likelihood_ratio(x: np.ndarray, y: np.ndarray, codes: dict[str, np.ndarray]) -> tuple[float, float]:
    """Test that trainers do not differ: return the statistic and its p-value.

    A variance of 0 lies at the boundary: the reference is an even mixture of 0 and chi-square with 1 df (Self and Liang
    1987), which with few trainers is cautious.
    """
    size = float(np.std(y))
    if not size > 0:
        return math.nan, math.nan
    y = (y - y.mean()) / size
    others = {name: of for name, of in codes.items() if name != TRAINER}
    null = lowest(x, y, others)
    ratio = max(0.0, null - lowest(x, y, codes))
    if ratio < 1e-6:  # below the precision of the searches
        return 0.0, 1.0
    return ratio, 0.5 * math.erfc(math.sqrt(ratio / 2))


def trainer_means(taught: Taught, outcome: str, sds: dict[str, float]) -> Means:
    """Return the trainers' adjusted means, given the standard deviations of the other groupings and the residual."""
    d = np.eye(taught.trainers)[taught.codes[TRAINER]]
    whole = np.column_stack([d, taught.x[:, 1:]])
    free = independent(whole)
    x, bound = whole[:, free], whole[:, ~free]
    y = taught.kept[outcome].to_numpy(dtype=float)
    shift, sigma = y.mean(), sds["residual"]
    others = {name: of for name, of in taught.codes.items() if name != TRAINER}
    j = taught.trainers
    if others:
        model = linear_model(x, y - shift, terms_of(others), True)
        upper = parts(model, [np.array([[sds[name] / sigma]]) for name in others])[1]
        p = model.p
        inverse = linalg.solve_triangular(upper[:, :p] @ model.r, np.eye(p))
        found = model.ols + inverse @ upper[:, p]
    else:
        q, r = np.linalg.qr(x)
        inverse = linalg.solve_triangular(r, np.eye(len(r)))
        found = inverse @ (q.T @ (y - shift))
    # an adjustment that is fixed within trainers is a trait of trainers: what of it lies on the indicators
    traits = np.linalg.lstsq(x, bound, rcond=None)[0][:j]
    m = np.column_stack([np.ones(j), traits])
    return Means(found[:j], sigma**2 * (inverse @ inverse.T)[:j, :j], m[:, independent(m)])
