"""Could the effect be chance, if only a few clusters were trained? Cohorts dealt anew over the clusters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from tne.measures.att_aggregate import aggregate, require_att, require_window
from tne.measures.att_cells import bases, contrasts
from tne.measures.att_panel import PanelMatrix
from tne.result import ESTIMATE_COLUMNS, Check, Estimate, Result

MOST_EXACT = 5000
DRAWS = 1999


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomizationInference(Result):
    """The overall effect with a p-value and interval from dealing the cohorts anew.

    Parameters
    ----------
    effect : Estimate
        "std_error" is NaN: the test needs none.
    assignments : int
        Ways to deal the cohorts that were tried, the real one included.
    exact : bool
        Whether these are all there are.
    smallest_p : float
        The smallest p-value that this design can give.
    """

    effect: Estimate
    assignments: int
    exact: bool
    smallest_p: float

    def to_frame(self) -> pd.DataFrame:
        return pd.DataFrame([self.effect.as_row()], columns=list(ESTIMATE_COLUMNS))


def randomization_inference(
    att: Any, *, window: tuple[int, int] | None = None, draws: int | None = None, seed: int = 0
) -> RandomizationInference:
    """Test the overall effect by dealing the cohorts anew over the clusters.

    Parameters
    ----------
    att : GroupTimeATT
        Without covariates; needed where fewer than 5 clusters were trained, valid with any number.
    window : tuple of int, optional
        First and last event time of the overall effect, as in `aggregate`.
    draws : int, optional
        None: every assignment if there are at most 5000, else 1999 random ones. A number: so many random ones.
    seed : int

    Returns
    -------
    RandomizationInference
        NaN with a note where it is impossible: covariates, clusters that mix cohorts, repeated cross-sections.

    Raises
    ------
    TypeError
        If `att` is no result of `group_time_att`.
    ValueError
        For fewer than 99 draws, or a window that is no pair in order.

    Notes
    -----
    If training changes nothing for anyone and any cluster could as well have had any cohort, the effects of all
    assignments are alike: p is the share at least as large (absolute value). The interval holds every constant effect τ
    whose subtraction from the trained outcomes is not rejected; an assignment's effect is then ``a - b τ``. It is
    endless where the smallest p exceeds ``1 - conf_level``. Clusters chosen for their outcome, or of very unequal size,
    are not exchangeable: then p is too small.

    References
    ----------
    Fisher (1935); Conley and Taber (2011), Inference with difference in differences with a small number of policy
    changes, Review of Economics and Statistics 93; Imbens and Rubin (2015), chapter 5.

    Examples
    --------
    >>> panel = pd.DataFrame([(t, w) for t in range(8) for w in range(6)], columns=["team", "week"])
    >>> panel["start"] = np.where(panel["team"] < 4, 3.0, np.nan)
    >>> panel["accuracy"] = 80 + panel["team"] * panel["week"] % 3 + 2 * (panel["week"] >= panel["start"])
    >>> names = {"outcome": "accuracy", "unit": "team", "period": "week", "cohort": "start"}
    >>> att = tne.group_time_att(panel, **names, comparison="never_treated")
    >>> print(randomization_inference(att))
    overall: 2.25 (95 % CI 1 to 3), p = 0.029; compared with never trained
    """
    require_att(att)
    if draws is not None and draws < 99:
        raise ValueError(f"`draws` is {draws}. Give 99 or more, or leave it out.")
    require_window(window)
    problem = _problem(att)
    if problem:
        return _undefined(att, problem)
    data = att.data
    real = np.full(len(data.stratum), np.inf)
    real[data.cluster] = data.cohort
    on = np.where(np.isnan(data.y), np.nan, data.periods[None, :] >= data.cohort[:, None])
    parts, shift = (_cluster_sums(att, y, window) for y in (data.y, on))
    weight = np.bincount(data.cluster, data.weight, len(real))
    effect = _overall(parts, real, weight, att.comparison)
    if math.isnan(effect):
        return _undefined(att, "no identified effect to average")
    labels, exact = _assignments(real, draws, seed)
    dealt = np.array([[_overall(s, one, weight, att.comparison) for s in (parts, shift)] for one in labels])
    a, b = dealt[~np.isnan(dealt).any(axis=1)].T
    n, real_one = len(a) + (not exact), int(not exact)
    tied = 1e-9 * max(float(np.abs(a).max(initial=0.0)), abs(effect))
    p = ((np.abs(a) >= abs(effect) - tied).sum() + real_one) / n
    smallest = float(((np.abs(b) > 1 - 1e-9).sum() + real_one) / n)
    alpha = 1 - att.conf_level
    low, high = _interval(a, b, effect, math.floor(alpha * n + 1e-9) - real_one)
    note = ""
    if smallest > alpha:
        note = (
            f"no interval: the smallest p-value of {n} assignments is {smallest:.3f}, above {alpha:.3g}; "
            "train more clusters, or compare with more"
        )
        low = high = math.nan
    few = int(np.isfinite(real).sum())
    how = (
        f"exact, all {n} assignments of the cohorts to {len(real)} clusters"
        if exact
        else f"{n - 1} random assignments (seed {seed}) of the cohorts to {len(real)} clusters"
    )
    found = aggregate(att, by="overall", window=window).get(term="overall")
    row = {name: getattr(found, name) for name in ESTIMATE_COLUMNS}
    row |= {
        "estimate": effect, "std_error": math.nan, "statistic": math.nan, "df": math.nan, "p_value": p,
        "conf_low": low, "conf_high": high, "note": note, "method": f"randomisation inference, {how}; {att.method}",
    }  # fmt: skip
    return RandomizationInference(
        effect=Estimate(**row), assignments=n, exact=exact, smallest_p=smallest,
        checks=(*att.checks, Check("exchangeable_clusters", "not_run",
            f"{few} trained clusters: the test takes for granted that any other cluster could have been trained.")),
    )  # fmt: skip


def _problem(att: Any) -> str:
    """Why the cohorts cannot be dealt anew; "" if they can."""
    data = att.data
    if not isinstance(data, PanelMatrix):
        return "not possible: repeated cross-sections have no clusters that are followed over time"
    if data.covariates.fixed.shape[1]:
        return "not possible with covariates: refit without them"
    if (~data.centred)[data.stratum].any():
        return "not possible: some clusters mix cohorts, so that training was not dealt to clusters"
    return "" if len(att.cohorts) else "no identified effect to average"


def _undefined(att: Any, note: str) -> RandomizationInference:
    effect = Estimate(term="overall", estimate=math.nan, conf_level=att.conf_level, note=note)
    return RandomizationInference(
        effect=effect, assignments=0, exact=False, smallest_p=math.nan, checks=att.checks
    )


def _cluster_sums(att: Any, y: np.ndarray, window: tuple[int, int] | None) -> list[tuple[Any, ...]]:
    """Sums of weighted contrasts and of weights by cluster, for each cohort's trained periods."""
    data, sums = att.data, []
    needed = math.ceil(2 * (att.baseline or 1) / 3)
    needed = max(needed, 3) if att.trend else needed
    member = sparse.csr_array(
        (data.weight, (data.cluster, np.arange(len(data.weight)))),
        shape=(len(data.stratum), len(data.weight)),
    )
    for g in att.cohorts:
        base = bases(data, g, att.anticipation, att.baseline)
        event = data.periods[base.columns] - g
        low, high = window or (0, np.inf)
        use = (event >= max(low, 0)) & (event <= high)
        if len(base.window) < needed or not use.any():
            continue
        d = contrasts(y, base, data.periods, att.baseline, att.trend, needed)[:, use]
        late = data.periods[base.columns][use] + att.anticipation
        seen = ~np.isnan(d)
        sums.append((g, late, member @ np.where(seen, d, 0.0), member @ seen.astype(float)))
    return sums


def _overall(sums: list[tuple[Any, ...]], cohort: np.ndarray, weight: np.ndarray, comparison: str) -> float:
    """Return the overall effect if the clusters had been trained in `cohort`."""
    top = bottom = 0.0
    for g, late, total, size in sums:
        mine = cohort == g
        if comparison == "never_treated":
            others = np.broadcast_to(np.isinf(cohort)[:, None], total.shape)
        else:
            others = (cohort[:, None] > late[None, :]) & ~mine[:, None]
        n_t, n_c = size[mine].sum(axis=0), (size * others).sum(axis=0)
        known = (n_t > 0) & (n_c > 0)
        mean_t = total[mine].sum(axis=0)[known] / n_t[known]
        mean_c = (total * others).sum(axis=0)[known] / n_c[known]
        share = weight[mine].sum()
        top, bottom = top + share * (mean_t - mean_c).sum(), bottom + share * known.sum()
    return top / bottom if bottom else math.nan


def _assignments(real: np.ndarray, draws: int | None, seed: int) -> tuple[list[np.ndarray], bool]:
    """Every way to deal the cohorts to the clusters, or random ones where there are too many."""
    names, sizes = np.unique(real, return_counts=True)
    ways, left = 1, len(real)
    for size in sizes:
        ways, left = ways * math.comb(left, int(size)), left - int(size)
    if draws is None and ways <= MOST_EXACT:
        return list(_deal(np.full(len(real), np.inf), np.arange(len(real)), names, sizes)), True
    rng = np.random.default_rng(seed)
    return [rng.permutation(real) for _ in range(draws or DRAWS)], False


def _deal(label: np.ndarray, free: np.ndarray, names: np.ndarray, sizes: np.ndarray) -> Iterator[np.ndarray]:
    if not len(names):
        yield label
        return
    for chosen in itertools.combinations(free, int(sizes[0])):
        own = label.copy()
        own[list(chosen)] = names[0]
        yield from _deal(own, np.setdiff1d(free, chosen), names[1:], sizes[1:])


def _interval(a: np.ndarray, b: np.ndarray, effect: float, rejected: int) -> tuple[float, float]:
    """Constant effects that are not rejected: each assignment bears those between its two roots."""
    if rejected < 0:
        return -math.inf, math.inf
    inside = np.abs(b) < 1 - 1e-9
    one = np.divide(effect - a, 1 - b, out=np.full(len(a), -np.inf), where=inside)
    two = np.divide(effect + a, 1 + b, out=np.full(len(a), np.inf), where=inside)
    low, high = np.sort(np.minimum(one, two)), np.sort(np.maximum(one, two))[::-1]
    if rejected >= len(a):
        return effect, effect
    return float(low[rejected]), float(high[rejected])
