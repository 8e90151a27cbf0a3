"""How sure is the mean of a survey whose people were drawn in strata and clusters, or answer for others?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.survey_intervals import effective_n, net_score_interval, wilson

CENSUS = "everybody invited answered"
LONELY = "a stratum has one respondent or cluster, compared with the overall mean"


@dataclass(frozen=True)
class Sample:
    """Who answered, and how they came into the survey.

    Parameters
    ----------
    weight : ndarray, shape (n,)
    cluster : ndarray of int, shape (n,)
        Who was drawn together; a person of their own otherwise.
    layer : ndarray of int, shape (n,)
        Stratum within which clusters were drawn.
    cell : ndarray of int, shape (n,)
        Within which cell people stand for each other: residuals are taken from the mean of the cell.
    left : ndarray, shape (strata,)
        Share of each stratum that is *not* in the survey (finite population correction), 1 where unknown.
    drawn : ndarray of int, shape (strata,), optional
        Clusters drawn in each stratum, those counted that have nobody of this group. None: those seen here.
    """

    weight: np.ndarray
    cluster: np.ndarray
    layer: np.ndarray
    cell: np.ndarray
    left: np.ndarray
    drawn: np.ndarray | None = None


def crossed(cluster: np.ndarray, stratum: np.ndarray) -> bool:
    """Say whether a cluster has people in more than one stratum: then clusters were not drawn within strata."""
    if not len(cluster) or not stratum.max():
        return False
    return len(pd.unique(stratum * (cluster.max() + 1) + cluster)) > len(pd.unique(cluster))


def restarted(labels: pd.Series, strata: pd.DataFrame) -> bool:
    """Say whether clusters are numbered 1, 2, … (or 0, 1, …) anew in each of several strata, as public files do.

    Parameters
    ----------
    labels : Series, n rows
    strata : DataFrame, n rows
    """
    numbers = pd.api.types.is_numeric_dtype(labels) and not pd.api.types.is_bool_dtype(labels)
    if not strata.shape[1] or not numbers or labels.nunique() < 2:
        return False
    least = labels.min()
    per = labels.groupby([strata[c] for c in strata], observed=True).agg(["min", "max", "nunique"])
    runs = (per["min"] == least) & (per["max"] == least + per["nunique"] - 1)
    return bool(least in (0, 1) and len(per) > 1 and runs.all())


def design_mean(y: np.ndarray, sample: Sample) -> dict[str, Any]:
    """Return the weighted mean with its linearised error: estimate, std_error, df, note.

    Parameters
    ----------
    y : ndarray, shape (n,)
    sample : Sample

    Notes
    -----
    The mean ``Σ w y / Σ w`` is linearised to ``z = w (y − ȳ) / Σ w``, ȳ of the cell; clusters' sums of z vary within
    strata: ``Σ_h (1 − f_h) n_h / (n_h − 1) Σ_c (z_hc − z̄_h)²`` with clusters − strata degrees of freedom, or
    Satterthwaite's where cells have weights of their own and a small stratum may carry much. A stratum with one
    cluster has no spread of its own; its distance from the overall mean is taken instead (R survey's
    ``lonely.psu = "adjust"``), and it gives no degree of freedom; with cells there is no error then. Clusters that
    were drawn but have nobody of the group count with z = 0 (Lohr 2022, section 4.3), and give no degree of freedom.
    """
    w = sample.weight
    total = w.sum()
    if not total > 0:
        return {"estimate": math.nan, "note": "no respondent has a positive weight"}
    mean = float(w @ y / total)
    share = np.bincount(sample.cell, w)
    cell_mean = np.bincount(sample.cell, w * y) / np.where(share > 0, share, 1.0)
    z = w / total * (y - cell_mean[sample.cell])
    n_strata = len(sample.left)
    unit, first = np.unique(sample.layer * (sample.cluster.max() + 1) + sample.cluster, return_index=True)
    of = sample.layer[first]
    pull = np.bincount(np.searchsorted(unit, sample.layer * (sample.cluster.max() + 1) + sample.cluster), z)
    seen = np.bincount(of, minlength=n_strata)
    n = seen if sample.drawn is None else sample.drawn
    many = n > 1
    centre = np.where(many, np.bincount(of, pull, n_strata) / np.maximum(n, 1), 0.0)
    parts = np.bincount(of, (pull - centre[of]) ** 2, n_strata) + (n - seen) * centre**2
    parts *= np.where(many, n / np.maximum(n - 1, 1), 1.0)
    df = float(len(unit) - (seen > 0).sum())
    lonely = (n == 1) & (seen == 1) & (sample.left > 0)
    if (sample.left[seen > 0] == 0).all():
        return {"estimate": mean, "std_error": 0.0, "df": df, "note": CENSUS}
    if df < 1:
        return {"estimate": mean, "note": "one respondent or cluster: no standard error"}
    if lonely.any() and len(np.unique(sample.cell)) > 1:
        note = f"no standard error: {int(lonely.sum())} strata have one respondent or cluster; join them with others"
        return {"estimate": mean, "note": note}
    error = math.sqrt(float(sample.left @ parts))
    if len(np.unique(sample.cell)) > 1 and error > 0:
        df = min(df, error**4 / float(((sample.left * parts) ** 2 / np.maximum(n - 1, 1)).sum()))
    scale = max(abs(mean), float(np.abs(y).max()))
    error = error if error > 1e-12 * scale else 0.0
    return {"estimate": mean, "std_error": error, "df": df, "note": LONELY if lonely.any() else ""}


def with_interval(
    found: dict[str, Any],
    kind: str,
    sample: Sample,
    conf_level: float,
    shares: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, Any]:
    """Add conf_low and conf_high to what `design_mean` found.

    Parameters
    ----------
    found : dict
    kind : {"mean", "share", "net"}
        t for a mean, Wilson's interval for a share, Tango's for a net score, both on the effective number.
    sample : Sample
    conf_level : float
    shares : pair of ndarray, shape (n,), optional
        Of a net score: 1 for promoters, 1 for detractors.
    """
    if "std_error" not in found:
        return found
    mean, error, df = found["estimate"], found["std_error"], found["df"]
    if found["note"] == CENSUS:
        return found | {"conf_low": mean, "conf_high": mean}
    if kind == "mean":
        if error == 0:
            return found | {"note": "all answers are equal: no spread to estimate an error from"}
        half = stats.t.ppf((1 + conf_level) / 2, df) * error
        return found | {"conf_low": mean - half, "conf_high": mean + half}
    w = sample.weight / sample.weight.sum()
    n, units = len(w), len(np.unique(sample.cluster))
    left = float(w @ sample.left[sample.layer])
    fallback = min(1 / float(w @ w), units) / left
    quantile = stats.norm.ppf((1 + conf_level) / 2)
    if kind == "share":
        size = effective_n(mean * (1 - mean), error, df, n=n, fallback=fallback, conf_level=conf_level)
        low, high = wilson(min(max(mean, 0.0), 1.0), size, quantile)
    else:
        up, down = (float(w @ part) for part in cast(tuple[np.ndarray, np.ndarray], shares))
        variance = up + down - (up - down) ** 2
        size = effective_n(variance, error, df, n=n, fallback=fallback, conf_level=conf_level)
        low, high = net_score_interval(up, down, size, quantile)
    return found | {"conf_low": low, "conf_high": high}
