"""How uncertain is a regression on time whose errors carry over from one period to the next?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special


@dataclass(frozen=True, eq=False)
class AutoregressiveFit:
    """Generalised least squares with AR(1) errors, the autocorrelation by restricted maximum likelihood.

    Parameters
    ----------
    phi : float
        Autocorrelation from one period to the next.
    coefficients : ndarray, shape (k,)
    covariance : ndarray, shape (k, k)
        As if `phi` were known.
    sigma : float
        Standard deviation of the errors (not of the innovations).
    df : int
        n − k.
    innovations : ndarray, shape (n,)
        Whitened residuals.
    nodes, weights : ndarray, shape (g,)
        Autocorrelations, and how much the restricted likelihood speaks for each; the weights sum to 1.
    means, covariances : ndarray, shape (g, k) and (g, k, k)
        Coefficients and their covariance at each node.
    """

    phi: float
    coefficients: np.ndarray
    covariance: np.ndarray
    sigma: float
    df: int
    innovations: np.ndarray
    nodes: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def contrast(self, c: np.ndarray, conf_level: float) -> dict[str, Any]:
        """Inference on ``c @ coefficients``: interval and p integrate over the autocorrelation."""
        estimate = float(c @ self.coefficients)
        error = math.sqrt(max(float(c @ self.covariance @ c), 0.0))
        out: dict[str, Any] = {"estimate": estimate, "std_error": error, "df": float(self.df)}
        if error == 0:
            return out | {"conf_low": estimate, "conf_high": estimate}
        centre = self.means @ c
        spread = np.sqrt(np.einsum("i,gij,j->g", c, self.covariances, c))

        def below(value: float) -> float:
            return float(self.weights @ special.stdtr(self.df, (value - centre) / spread))

        tail = (1 - conf_level) / 2
        reach = special.stdtrit(self.df, 1 - tail / 10)
        low, high = float(np.min(centre - reach * spread)), float(np.max(centre + reach * spread))
        ends = [optimize.brentq(lambda v, q=q: below(v) - q, low, high) for q in (tail, 1 - tail)]
        upper = float(self.weights @ special.stdtr(self.df, centre / spread))
        p = min(1.0, 2 * min(below(0.0), upper))
        return out | {
            "statistic": estimate / error, "p_value": p, "conf_low": ends[0], "conf_high": ends[1],
        }  # fmt: skip


def ar1_reml(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> AutoregressiveFit:
    """Fit `y` on `x` with errors of correlation ``phi ** |distance in time|``.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Of full column rank, n > k.
    y : ndarray, shape (n,)
    at : ndarray of int, shape (n,)
        Periods, increasing; a gap is a distance above 1.

    Notes
    -----
    The restricted likelihood of phi, with the coefficients and the error variance integrated out, is
    ``|R|^-1/2 |X'R^-1 X|^-1/2 S^-(n-k)/2``. Its maximum gives phi, coefficients and standard errors, as ``gls`` with
    ``corAR1`` in R's nlme. A short series hardly determines phi, and the error as if it were known is too small: the
    interval therefore averages the t distributions of the coefficient over phi, weighted by that likelihood and the
    prior ``(1 − phi²)^-1/2`` (Zellner and Tiao 1964).
    """
    gaps = np.diff(at)
    scale = np.linalg.norm(x, axis=0)
    ordinary = np.linalg.lstsq(x / scale, y, rcond=None)[0]
    z = np.column_stack([x / scale, y - x / scale @ ordinary])  # small numbers: nothing cancels below
    df = x.shape[0] - x.shape[1]

    def at_phi(phi: np.ndarray) -> tuple[np.ndarray, ...]:
        white, log_det = whiten(z, gaps, phi)
        gram = np.matmul(white.transpose(0, 2, 1), white)
        inverse = np.linalg.inv(gram[:, :-1, :-1])
        b = np.matmul(inverse, gram[:, :-1, -1:])[:, :, 0]
        rss = gram[:, -1, -1] - np.sum(b * gram[:, :-1, -1], axis=1)
        rss = np.maximum(rss, np.finfo(float).tiny)
        log_info = np.linalg.slogdet(gram[:, :-1, :-1])[1]
        return b, inverse, rss, -0.5 * (df * np.log(rss) + log_det + log_info), white

    # Chebyshev's nodes with equal weights integrate against the prior; phi's error is about 1 / sqrt(n) on their scale
    count = max(60, math.ceil(4 * math.sqrt(len(y))))
    nodes = -np.cos((2 * np.arange(count) + 1) * np.pi / (2 * count))
    b, inverse, rss, likelihood, _ = at_phi(nodes)
    i = int(np.argmax(likelihood))
    bounds = (nodes[max(i - 1, 0)], nodes[min(i + 1, len(nodes) - 1)])
    found = optimize.minimize_scalar(
        lambda phi: -float(at_phi(np.array([phi]))[3][0]), bounds=bounds, method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    best = at_phi(np.array([found.x]))
    weights = np.exp(likelihood - likelihood[i])
    weights /= weights.sum()
    kept = weights > 1e-13
    back = 1 / scale
    variance = float(best[2][0]) / df
    return AutoregressiveFit(
        phi=float(found.x),
        coefficients=(ordinary + best[0][0]) * back,
        covariance=variance * best[1][0] * np.outer(back, back),
        sigma=math.sqrt(variance),
        df=df,
        innovations=best[4][0, :, -1] - best[4][0, :, :-1] @ best[0][0],
        nodes=nodes[kept],
        weights=weights[kept] / weights[kept].sum(),
        means=(ordinary + b[kept]) * back,
        covariances=(rss[kept] / df)[:, None, None] * inverse[kept] * np.outer(back, back),
    )


def whiten(z: np.ndarray, gaps: np.ndarray, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ``R^-1/2 z`` for each phi, shape (g, n, columns), and ``log |R|``, shape (g,)."""
    carry = phi[:, None] ** gaps
    left = np.sqrt(1 - carry**2)
    first = np.broadcast_to(z[0], (len(phi), 1, z.shape[1]))
    rest = (z[1:] - carry[:, :, None] * z[:-1]) / left[:, :, None]
    return np.concatenate([first, rest], axis=1), 2 * np.log(left).sum(axis=1)
