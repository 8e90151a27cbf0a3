"""Where may the next true effect lie, when it is not known how much the true effects differ?"""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, special

from tne.measures.pool_variance import q_profile

KINDS = ("plug_in", "confidence")
_CELLS, _POINTS = 160, 100


def confidence_prediction(
    x: np.ndarray, y: np.ndarray, v: np.ndarray, *, knapp_hartung: bool, conf_level: float
) -> tuple[float, float]:
    """Prediction interval of the first coefficient that takes every tau² in the measure that the data allow it.

    The generalised Q at tau² has a chi-square distribution where tau² is the true one. That gives tau² a confidence
    distribution; over it and over the error of the mean the next effect ``mean + tau z + se t`` is averaged
    (Nagashima, Noma and Furukawa 2019, here with the generalised Q and by quadrature).
    """
    df = len(y) - x.shape[1]
    high = q_profile(x, y, v, 1 - 2e-4)[1]
    scale = float(np.var(y)) + float(np.median(v))
    if not high > 0:
        high = 1e-9 * scale
    grid = np.concatenate([[0.0], np.geomspace(1e-6 * high, high, _CELLS)])
    w = 1 / (v + grid[:, None])
    inverse = np.linalg.inv(np.einsum("gk,kp,kq->gpq", w, x, x, optimize=True))
    b = np.einsum("gpq,kq,gk->gp", inverse, x, w * y, optimize=True)
    q = np.einsum("gk,gk->g", w, (y - b @ x.T) ** 2)
    reached = special.chdtrc(df, q)
    weight = np.diff(1 - special.chdtr(df, q), prepend=0.0)
    weight[-1] += 1 - reached[-1]
    keep = weight > 1e-9
    at, tau, weight = b[keep, 0], np.sqrt(grid[keep]), weight[keep] / weight[keep].sum()
    error = inverse[keep, 0, 0]
    share = (np.arange(_POINTS) + 0.5) / _POINTS
    spread = special.ndtri(share)
    if knapp_hartung and float(q[0]) > 1e-20 * float(np.max(y**2 / v)):
        error = error * q[keep] / df
    if knapp_hartung:
        spread = special.stdtrit(df, share)
    centre = at[:, None] + np.sqrt(error)[:, None] * spread
    width = tau[:, None] + 1e-9 * math.sqrt(scale)  # a step has no root

    def below(value: float) -> float:
        return float(weight @ special.ndtr((value - centre) / width).mean(axis=1))

    first, last = float((centre - 9 * width).min()), float((centre + 9 * width).max())
    tail = (1 - conf_level) / 2
    return (
        float(optimize.brentq(lambda value: below(value) - tail, first, last)),
        float(optimize.brentq(lambda value: below(value) - 1 + tail, first, last)),
    )
