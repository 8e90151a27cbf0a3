"""What do the coefficients of a regression on time say, under the chosen idea of its errors?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from tne.measures.inference import inference
from tne.measures.sandwich import fit
from tne.measures.series_ar1 import ar1_reml
from tne.measures.series_design import Design
from tne.measures.series_errors import automatic_hac, breusch_godfrey, newey_west

ERRORS = (None, "newey_west", "hac_auto", "ar1_reml")
BANDWIDTHS = ("newey_west", "andrews")
SHORT, AUTOCORRELATED = 100, 0.0


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted regression on time.

    Parameters
    ----------
    coefficients : ndarray, shape (kept,)
    infer : callable
        ``infer(weights) -> dict`` of inference columns for a combination of the coefficients.
    method : str
    phi : float
        Autocorrelation by restricted maximum likelihood.
    residuals : ndarray, shape (n,)
        Of least squares.
    innovations : ndarray or None
        Whitened residuals where an AR(1) is the model.
    errors : str
    pooled : bool
        All units' rows in one regression.
    """

    coefficients: np.ndarray
    infer: Callable[[np.ndarray], dict[str, Any]]
    method: str
    phi: float
    residuals: np.ndarray
    innovations: np.ndarray | None
    errors: str
    pooled: bool = False


def fitted(
    design: Design,
    y: np.ndarray,
    at: np.ndarray,
    *,
    errors: str | None,
    lags: int | None,
    bandwidth: str,
    prewhite: int,
    small_sample: bool | None,
    stacked: tuple[np.ndarray, ...] | None,
    conf_level: float,
) -> Fitted | str:
    """Fit, or say in words why no error can be estimated."""
    x = design.full
    n, k = x.shape
    if n <= k:
        return f"{n} periods cannot carry {k} coefficients and an error"
    linear = fit(x, y)
    if linear.rss == 0:
        return "no variation is left around the lines: no test is possible"
    model = ar1_reml(x, y, at)
    chosen = ""
    if errors is None:
        errors, chosen = _choice(x, linear.residuals, model.phi, lags)
    common: dict[str, Any] = {"phi": model.phi, "residuals": linear.residuals}
    if errors == "ar1_reml":
        return Fitted(
            model.coefficients, lambda c: model.contrast(c, conf_level),
            f"segmented regression, AR(1) errors by REML (autocorrelation {model.phi:.2f}), "
            f"intervals averaged over the autocorrelation{chosen}",
            innovations=model.innovations, errors=errors, **common,
        )  # fmt: skip
    if errors == "newey_west":
        width = default_lags(n) if lags is None else lags
        if width >= n:
            return f"a lag of {width} needs more than {n} periods"
        if chosen and n < SHORT:
            width = 0  # without autocorrelation, lags only make the errors of a short series too small
        if stacked is not None:
            return _pooled(stacked, width, conf_level, common)
        matrix = newey_west(x, linear.residuals, [at], width)
        text = f"Newey-West errors, lag {width}, factor n / (n − k){chosen}"
    else:
        if n <= prewhite * (k + 1):  # an autoregression that fits the scores exactly leaves no error
            return f"prewhitening of order {prewhite} needs more than {prewhite * (k + 1)} periods"
        factor = bandwidth == "andrews" if small_sample is None else small_sample
        matrix, found = automatic_hac(
            x, linear.residuals, bandwidth=bandwidth, prewhite=prewhite, small_sample=factor
        )
        who = {
            "newey_west": f"Newey-West 1994 bandwidth, Bartlett kernel, lag {math.floor(found)}",
            "andrews": f"Andrews 1991 bandwidth {found:.3f}, quadratic spectral kernel",
        }[bandwidth]
        text = f"automatic HAC errors: {who}, prewhitening {prewhite}, " + (
            "factor n / (n − k)" if factor else "no small-sample factor"
        )
    return Fitted(
        linear.coefficients, lambda c: _t(c, linear.coefficients, matrix, n - k, conf_level),
        f"segmented regression, least squares, {text}, t with n − k degrees of freedom",
        innovations=None, errors=errors, **common,
    )  # fmt: skip


def default_lags(n: int) -> int:
    """Return the lag of Newey-West where none is given: 4 (n / 100)^(2/9), rounded down."""
    return cast(int, math.floor(4 * (n / 100) ** (2 / 9)))


def _choice(x: np.ndarray, residuals: np.ndarray, phi: float, lags: int | None) -> tuple[str, str]:
    n = len(residuals)
    if lags is not None:
        return "newey_west", ""
    _, p = breusch_godfrey(x, residuals, 1)
    related = phi > AUTOCORRELATED or p < 0.1
    if n < SHORT and related:
        return "ar1_reml", f" (chosen: {n} periods, fewer than {SHORT}, and autocorrelated)"
    why = "not autocorrelated" if not related else f"at least {SHORT} periods"
    return "newey_west", f" (chosen: {why})"


def _t(c: np.ndarray, b: np.ndarray, matrix: np.ndarray, df: float, conf_level: float) -> dict[str, Any]:
    variance = float(c @ matrix @ c)
    if not variance > 0:
        return {"estimate": float(c @ b), "note": "the variance is not positive: no error can be estimated"}
    return inference(float(c @ b), math.sqrt(variance), float(df), conf_level)


def _pooled(
    stacked: tuple[np.ndarray, ...], lags: int, conf_level: float, common: dict[str, Any]
) -> Fitted | str:
    """Linden's (2015) regression of all units' rows; the last k coefficients are trained minus control."""
    x, y, units = stacked
    n, k = x.shape
    if n <= k:
        return f"{n} rows cannot carry {k} coefficients and an error"
    linear = fit(x, y)
    parts = [units[1][units[0] == u] for u in np.unique(units[0])]
    matrix = newey_west(x, linear.residuals, parts, lags)[k // 2 :, k // 2 :]
    b = linear.coefficients[k // 2 :]
    return Fitted(
        b, lambda c: _t(c, b, matrix, n - k, conf_level),
        f"segmented regression of all units' rows, Newey-West errors within units, lag {lags}, factor n / (n − k), "
        "t with n − k degrees of freedom",
        innovations=None, errors="newey_west", pooled=True, **common,
    )  # fmt: skip
