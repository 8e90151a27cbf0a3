"""How much should each predictor count? The weights V that make the synthetic unit follow the outcome best."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import optimize

from tne.measures.synthetic_weights import nearest_to_zero

RESTARTS = 12
MET = 1e-8  # a distance below this share of the donors' is rounding
GAIN = 1e-4  # relative gain of a restart that is still worth another


def scaled(predictors: np.ndarray) -> np.ndarray:
    """Return predictors × units in standard deviations over all units; a constant one becomes zero."""
    spread = predictors.std(axis=1, ddof=1, keepdims=True)
    flat = spread <= 1e-12 * np.abs(predictors).max(axis=1, keepdims=True)
    return np.where(
        flat, 0.0, (predictors - predictors.mean(axis=1, keepdims=True)) / np.where(flat, 1, spread)
    )


def predictor_weights(
    x: np.ndarray, x_treated: np.ndarray, z: np.ndarray, z_treated: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Search the V whose synthetic unit has the least mean squared gap of the outcome.

    Parameters
    ----------
    x : ndarray, shape (predictors, donors)
    x_treated : ndarray, shape (predictors,)
        Both scaled.
    z : ndarray, shape (fit periods, donors)
    z_treated : ndarray, shape (fit periods,)

    Returns
    -------
    v : ndarray, shape (predictors,)
        Sums to one.
    weights : ndarray, shape (donors,)

    Notes
    -----
    From equal weights and from those of a regression of the outcome on the predictors: BFGS along the exact
    gradient, then Nelder-Mead from its end, restarted until it gains nothing; the better end of the two. The surface
    has many local minima and flat parts, so nothing promises the least of all.
    """
    away = x - x_treated[:, None]
    count = len(away)
    equal = np.full(count, 1 / count)
    inside = np.linalg.norm(away @ nearest_to_zero(away)) < MET * np.linalg.norm(away)
    if count == 1 or inside:  # no V says more than another
        return equal, weights_given(away, equal, z, z_treated)
    search = _Search(away, z, z_treated, float(z_treated.var()) or 1.0)
    best, least = equal, np.inf
    for v in _starts(x, x_treated, z, z_treated):
        found = optimize.minimize(search.with_slope, v, jac=True, method="BFGS", options={"maxiter": 500})
        v, loss = _shares(found.x), float(found.fun)
        for _ in range(RESTARTS):
            found = optimize.minimize(
                search.loss,
                v,
                method="Nelder-Mead",
                options={"maxfev": 1000, "xatol": 1e-4, "fatol": 1e-7},
            )
            v, before, loss = _shares(found.x), loss, float(found.fun)
            if before - loss <= GAIN * before:
                break
        if loss < least:
            best, least = v, loss
    return best, weights_given(away, best, z, z_treated)


def weights_given(away: np.ndarray, v: np.ndarray, z: np.ndarray, z_treated: np.ndarray) -> np.ndarray:
    """Return the donors' weights for given predictor weights; `away` holds donors minus treated, scaled.

    Where averages of the donors meet every predictor, these do not determine the weights: of all that do, those whose
    outcome is nearest over the fit periods.
    """
    counted = np.sqrt(v)[:, None] * away
    weights = nearest_to_zero(counted)
    size = float(np.linalg.norm(counted, axis=0).max())
    if size == 0 or np.linalg.norm(counted @ weights) < MET * size:
        apart = z - z_treated[:, None]
        scale = float(np.linalg.norm(apart, axis=0).max()) or 1.0
        weights = nearest_to_zero(np.vstack([counted / (size or 1.0) / MET**0.5, apart / scale]))
    return weights


def _shares(raw: np.ndarray) -> np.ndarray:
    size = np.abs(raw)
    total = size.sum()
    return size / total if total > 0 else np.full(len(raw), 1 / len(raw))


def _starts(x: np.ndarray, x_treated: np.ndarray, z: np.ndarray, z_treated: np.ndarray) -> list[np.ndarray]:
    equal = np.full(len(x), 1 / len(x))
    units = np.column_stack([x_treated, x]).T
    design = np.column_stack([np.ones(len(units)), units])
    slopes = np.linalg.lstsq(design, np.column_stack([z_treated, z]).T, rcond=None)[0][1:]
    size = (slopes**2).sum(axis=1)
    return [equal, size / size.sum()] if size.sum() > 0 else [equal]


@dataclass(frozen=True, eq=False)
class _Search:
    """The outer loss, with the donors of the last step: near V share them."""

    away: np.ndarray
    z: np.ndarray
    target: np.ndarray
    scale: float
    support: list[int] = field(default_factory=list)

    def weights(self, v: np.ndarray) -> np.ndarray:
        columns = np.sqrt(v)[:, None] * self.away
        guess = self._on_support(columns)
        if guess is None:
            guess = nearest_to_zero(columns)
            self.support[:] = np.flatnonzero(guess > 0).tolist()
        return guess

    def _on_support(self, columns: np.ndarray) -> np.ndarray | None:
        """Return the weights if the donors of the last step are those of this one, else None."""
        k = len(self.support)
        if k == 0:
            return None
        chosen = columns[:, self.support]
        inner = chosen.T @ chosen
        size = np.trace(inner)
        if not size > 0 or k > len(columns) + 1:
            return None
        system = np.ones((k + 1, k + 1))
        system[:k, :k] = inner / size
        system[k, k] = 0
        try:
            part = np.linalg.solve(system, np.append(np.zeros(k), 1.0))[:k]
        except np.linalg.LinAlgError:
            return None
        if not part.min() > 0 or abs(part.sum() - 1) > 1e-9:
            return None
        point = chosen @ part
        # optimal: no column lies nearer to zero along the point than the point itself
        if (columns.T @ point).min() < point @ point - 1e-11 * size:
            return None
        weights = np.zeros(columns.shape[1])
        weights[self.support] = part
        return weights

    def loss(self, raw: np.ndarray) -> float:
        gap = self.z @ self.weights(_shares(raw)) - self.target
        return float(gap @ gap) / len(gap) / self.scale

    def with_slope(self, raw: np.ndarray) -> tuple[float, np.ndarray]:
        v = _shares(raw)
        weights = self.weights(v)
        gap = self.z @ weights - self.target
        used = np.flatnonzero(weights > 0)
        k = len(used)
        chosen = np.sqrt(v)[:, None] * self.away[:, used]
        system = np.ones((k + 1, k + 1))
        system[:k, :k] = chosen.T @ chosen
        system[k, k] = 0
        outer = 2 / len(gap) * (self.z[:, used].T @ gap)
        # implicit differentiation of the weights' own conditions
        moved = np.linalg.lstsq(system, np.append(outer, 0.0), rcond=1e-12)[0][:k]
        slope = -(self.away[:, used] @ moved) * (self.away @ weights)
        total = np.abs(raw).sum() or 1.0
        return float(gap @ gap) / len(gap) / self.scale, (slope - v @ slope) * np.sign(
            raw
        ) / total / self.scale
