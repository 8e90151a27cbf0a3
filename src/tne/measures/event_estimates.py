"""What does an event study from elsewhere say? Its estimates and covariance, ready for the pre-trend tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_level_of_confidence
from tne.result import Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class EventStudy(Result):
    """Effects by event time with their covariance; the reference period, zero, is left out.

    Parameters
    ----------
    estimates : ndarray, shape (k,)
    covariance : ndarray, shape (k, k)
    event_time : ndarray, shape (k,)
        Ascending.
    reference : float
        Event time of the reference period.
    table : Estimates
        The same as estimate rows, normal quantiles.
    """

    estimates: np.ndarray
    covariance: np.ndarray
    event_time: np.ndarray
    reference: float
    conf_level: float
    table: Estimates = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        return self.table.to_frame()


def event_study(
    estimates: Sequence[float],
    covariance: Sequence[Sequence[float]],
    *,
    event_time: Sequence[float],
    reference: float = -1,
    conf_level: float = 0.95,
) -> EventStudy:
    """Accept an event study that was estimated elsewhere.

    Parameters
    ----------
    estimates : array, shape (k,)
        Effects by event time.
    covariance : array, shape (k, k)
    event_time : array, shape (k,)
        Periods since training, 0 = first trained period. If the reference period is among them, all estimates
        are taken relative to it and it is left out; otherwise they are taken to be relative to it already.
    reference : float
        Event time of the reference period.
    conf_level : float

    Returns
    -------
    EventStudy

    Raises
    ------
    TypeError, ValueError
        If something is no number, shapes or labels differ, event times repeat, the covariance is not symmetric and
        non-negative, or numbers are missing.

    References
    ----------
    Rambachan and Roth (2023), A more credible approach to parallel trends, Review of Economic Studies 90.

    Examples
    --------
    >>> print(event_study([0.1, 2.0], [[0.04, 0.0], [0.0, 0.04]], event_time=[-2, 0]))
    att (event_time -2.0): 0.1 (95 % CI -0.292 to 0.492), p = 0.617
    att (event_time 0.0): 2 (95 % CI 1.608 to 2.392), p <0.001
    """
    require_level_of_confidence(conf_level)
    if isinstance(reference, bool) or not np.isscalar(reference) or not np.isfinite(reference):
        raise ValueError(f"`reference` is {reference!r}. Give one event time, for example -1.")
    _same_labels(estimates, covariance)
    b, v = _numbers(estimates, "estimates").ravel(), _numbers(covariance, "covariance")
    e = _numbers(event_time, "event_time").ravel()
    if v.shape != (len(b), len(b)) or len(e) != len(b) or not len(b):
        raise ValueError(
            f"`estimates`, `covariance`, `event_time` have shapes {b.shape}, {v.shape}, {e.shape}. Give k, k × k and k."
        )
    if not (np.isfinite(b).all() and np.isfinite(v).all() and np.isfinite(e).all()):
        raise ValueError(
            "`estimates`, `covariance` or `event_time` hold missing numbers. Leave those event times out."
        )
    if len(np.unique(e)) != len(e):
        raise ValueError("`event_time` repeats. Give one estimate per event time.")
    if not np.allclose(v, v.T, rtol=1e-6, atol=1e-12 * np.abs(v).max()):
        raise ValueError("`covariance` is not symmetric. Give the full covariance matrix of the estimates.")
    if np.linalg.eigvalsh((v + v.T) / 2).min() < -1e-8 * max(np.abs(v).max(), 1e-300):
        raise ValueError(
            "`covariance` has a negative eigenvalue. Give a covariance, not correlations or differences."
        )
    if reference in e:
        shift = np.eye(len(b)) - np.outer(np.ones(len(b)), (e == reference).astype(float))
        keep = e != reference
        b, v, e = (shift @ b)[keep], (shift @ v @ shift.T)[np.ix_(keep, keep)], e[keep]
    if not len(b):
        raise ValueError("`estimates` hold the reference period only. Add the others.")
    order = np.argsort(e)
    b, v, e = b[order], v[np.ix_(order, order)], e[order]
    se = np.sqrt(np.diag(v))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(se > 0, b / se, np.nan)
    half = stats.norm.ppf(0.5 + conf_level / 2) * se
    table = pd.DataFrame(
        {
            "event_time": e, "term": "att", "estimate": b, "std_error": se, "statistic": t, "df": np.inf,
            "p_value": 2 * stats.norm.sf(np.abs(t)), "conf_low": b - half, "conf_high": b + half,
            "conf_level": conf_level, "method": "event study from elsewhere", "note": "",
        }
    )  # fmt: skip
    return EventStudy(
        estimates=b, covariance=v, event_time=e, reference=float(cast(float, reference)), conf_level=conf_level,
        table=Estimates(table=table, keys=("event_time",)),
    )  # fmt: skip


def as_event_study(att: Any, conf_level: float | None = None) -> EventStudy | None:
    """Return `att` as an event study if it offers estimates, covariance and event times, else None.

    Its own ``reference`` (else -1) and ``conf_level`` (else .95) hold unless `conf_level` is given.
    """
    if not all(hasattr(att, name) for name in ("estimates", "covariance", "event_time")):
        return None
    if isinstance(att, EventStudy) and conf_level in (None, att.conf_level):
        return att
    return event_study(
        att.estimates, att.covariance, event_time=att.event_time, reference=getattr(att, "reference", -1),
        conf_level=cast(float, conf_level or getattr(att, "conf_level", 0.95)),
    )  # fmt: skip


def _numbers(values: Any, name: str) -> np.ndarray:
    """Return `values` as floats, missing ones as NaN."""
    try:
        if isinstance(values, (pd.Series, pd.DataFrame)):
            return cast(np.ndarray, values.to_numpy(dtype=float, na_value=np.nan))
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as problem:
        raise TypeError(f"`{name}` cannot be read as numbers. Give an array of numbers.") from problem


def _same_labels(estimates: Any, covariance: Any) -> None:
    """Labelled estimates and covariance must be in one order: a covariance by name is easily sorted otherwise."""
    if not isinstance(covariance, pd.DataFrame):
        return
    labels = [list(covariance.index), list(covariance.columns)]
    if isinstance(estimates, pd.Series) and set(estimates.index) == set(labels[1]):
        labels.append(list(estimates.index))
    if set(labels[0]) == set(labels[1]) and any(one != labels[0] for one in labels[1:]):
        raise ValueError(
            "`covariance` is labelled in another order than `estimates`. Give both in one order, as with .loc."
        )
