"""How uncertain is an adjusted comparison, and which models does its error take as known?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from tne.measures.adjust_data import AdjustData
from tne.measures.adjust_means import Means, means_again
from tne.measures.sandwich import Uncertainty, uncertainty

FIXED = ("classical", "HC0", "HC1", "HC2", "HC3", "CR1", "CR2")
ALLOWED = {
    "regression": (*FIXED, "stacked", "bootstrap"),
    "ipw": (*FIXED[1:], "stacked", "bootstrap"),
    "standardization": (*FIXED, "stacked", "bootstrap"),
    "aipw": ("influence", "stacked", "bootstrap"),
    "ipwra": ("stacked", "bootstrap"),
}
DRAWS = 500
ONE = "a group has one person: no error can be estimated"
EXACT = "as many coefficients as people in a group: no error can be estimated"
NO_VARIATION = "no variation is left: no test is possible"

Row = tuple[float, float, float, str]  # estimate, standard error, degrees of freedom, note


def default_errors(method: str, cluster: str | None) -> str:
    """Return what errors=None means."""
    if method in ("regression", "ipw"):
        return "CR1" if cluster else "classical" if method == "regression" else "HC1"
    return "influence" if method == "aipw" else "stacked"


def errors_words(kind: str, method: str, cluster: str | None) -> str:
    """Say which errors an estimate has and what they take as known."""
    known = {"ipw": "weights taken as known", "standardization": "confounders taken as fixed"}.get(method, "")
    words = {
        "stacked": "errors that count the estimation of every model",
        "influence": "influence-function errors, models taken as known",
        "bootstrap": "bootstrap errors, every model fitted anew",
    }.get(kind, f"{kind} errors" + (f", {known}" if known else ""))
    return words + (f", clustered by {cluster}" if cluster else "")


def rows_of(
    means: Means, kind: str, data: AdjustData, *, draws: int, seed: int | None, **settings: Any
) -> tuple[Row, ...]:
    """Return effect, mean if trained and mean if not, each with its error."""
    values = [float(means.mean[0] - means.mean[1]), float(means.mean[0]), float(means.mean[1])]
    if means.note:
        return tuple((math.nan, math.nan, math.nan, means.note) for _ in values)
    t = data.t[means.inside]
    if min((t == 1).sum(), (t == 0).sum()) < 2:
        return tuple((v, math.nan, math.nan, ONE) for v in values)
    if kind in ("stacked", "influence") and means.exact:
        return tuple((v, math.nan, math.nan, EXACT) for v in values)
    if kind == "bootstrap":
        found = resampled(data, draws, seed, **settings)
        spread = [found[:, 0] - found[:, 1], found[:, 0], found[:, 1]]
        lost = draws - len(found)
        note = f"{lost} of {draws} bootstrap samples gave no estimate" if lost else ""
        if len(found) < max(20, 0.5 * draws):
            return tuple((v, math.nan, math.nan, note or "too few bootstrap samples") for v in values)
        return tuple(
            _checked(v, float(s.std(ddof=1)), math.nan, note, data)
            for v, s in zip(values, spread, strict=True)
        )
    if kind in ("stacked", "influence"):
        each = means.stacked if kind == "stacked" else means.plain
        parts = [each[:, 0] - each[:, 1], each[:, 0], each[:, 1]]
        out = [influence_error(part, data.cluster, small=kind == "influence") for part in parts]
        return tuple(_checked(v, se, df, note, data) for v, (se, df, note) in zip(values, out, strict=True))
    if means.fitted is None:
        return tuple((v, math.nan, math.nan, "too few people for an error") for v in values)
    groups = () if data.cluster is None else (np.unique(data.cluster[means.inside], return_inverse=True)[1],)
    known = uncertainty(means.fitted, "HC1" if kind == "HC0" else kind, groups)
    one, none = cast(np.ndarray, means.contrast)
    return tuple(_contrast(known, weights, kind) for weights in (one - none, one, none))


def influence_error(
    each: np.ndarray, cluster: np.ndarray | None, *, small: bool = False
) -> tuple[float, float, str]:
    """Return the standard error of a sum of what people add, its degrees of freedom (NaN: normal) and a note."""
    if cluster is None:
        n = len(each)
        return math.sqrt(float(each @ each) * (n / (n - 1) if small else 1.0)), math.nan, ""
    sums = np.bincount(cluster, each)
    g = len(sums)
    if g < 2:
        return math.nan, math.nan, "one cluster: no error can be estimated"
    return math.sqrt(float(sums @ sums) * g / (g - 1)), g - 1, ""


def resampled(data: AdjustData, draws: int, seed: int | None, **settings: Any) -> np.ndarray:
    """Return both means in bootstrap samples of people (or clusters), shape (defined, 2)."""
    rng = np.random.default_rng(seed)
    n = len(data.y)
    members: Sequence[np.ndarray] = ()
    if data.cluster is not None:
        order = np.argsort(data.cluster, kind="stable")
        members = np.split(order, np.cumsum(np.bincount(data.cluster))[:-1])
    found = []
    for _ in range(draws):
        if members:
            index = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        else:
            index = rng.integers(n, size=n)
        found.append(means_again(data.take(index), **settings))
    array = np.array(found)
    return cast(np.ndarray, array[np.isfinite(array).all(axis=1)])


def _contrast(known: Uncertainty, weights: np.ndarray, kind: str) -> Row:
    estimate, std_error, df, note = known.contrast(weights)
    if kind == "HC0":
        std_error *= math.sqrt(known.fit.df / known.fit.n) if known.fit.df > 0 else math.nan
    return estimate, std_error, df, note


def _checked(value: float, std_error: float, df: float, note: str, data: AdjustData) -> Row:
    if std_error <= 1e-11 * float(np.max(np.abs(data.y), initial=0.0)):
        return value, 0.0, math.nan, NO_VARIATION
    return value, std_error, df, note
