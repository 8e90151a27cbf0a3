"""How many of a cell's decisions are wrong, and as how many independent audits does it count?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_numeric, rows
from tne.measures.audit_rows import ERROR_TYPES, Live, cells_of
from tne.measures.dominance import people_behind

TYPE = "error_type"


@dataclass(frozen=True, eq=False)
class Cells:
    """All cells, arrays of shape (cells,).

    Parameters
    ----------
    table : DataFrame
        The keys.
    base : array of int
        Which set of audits a cell is a share of; cells of one set differ in the kind of error alone.
    family : array of int
        Cells that are pooled with each other: those with the same kind of error.
    rate : array
        Weighted share of errors, at the common mix.
    worth : array
        Effective number of audits.
    n, people, behind, errors : array
        Audits, moderators (NaN where not known), as many of them as a cell is about (`people_behind`), errors.
    severity, severity_variance : array
        Mean severity of a cell's errors, and its squared error; infinite where it has none.
    weight : array
        Decisions that a cell's audits stand for.
    correlation : array
        How alike decisions of one moderator are, by family.
    rated : float
        Share of the errors that have a severity.
    covered : array
        Share of the common mix for which a cell has audits.
    """

    table: pd.DataFrame
    base: np.ndarray
    family: np.ndarray
    rate: np.ndarray
    worth: np.ndarray
    n: np.ndarray
    people: np.ndarray
    behind: np.ndarray
    errors: np.ndarray
    severity: np.ndarray
    severity_variance: np.ndarray
    weight: np.ndarray
    correlation: np.ndarray
    rated: float
    covered: np.ndarray

    def __len__(self) -> int:
        return len(self.table)


def count_cells(
    counted: Live, keys: Sequence[str], mixed: Sequence[str], kinds: Sequence[str] | None
) -> Cells:
    """Count audits and errors in the cells of `keys`.

    Parameters
    ----------
    counted : Live
    keys : sequence of str
        Without the kind of error.
    mixed : sequence of str
        Columns of the common mix.
    kinds : sequence of str or None
        Kinds of errors, a cell each; None: all errors together.
    """
    frame = counted.frame
    base, table = cells_of(frame, keys)
    weight, covered = _at_common_mix(counted, base, len(table), mixed)
    wrong = counted.right == 0
    severity = _severity(frame, wrong)
    tables, numbers, roots = [], [], []
    for family, kind in enumerate(kinds if kinds is not None else [None]):
        error = wrong if kind is None else wrong & frame[TYPE].eq(kind).fillna(False).to_numpy(dtype=bool)
        one, root = _count(error.astype(float), weight, counted.person, base, len(table))
        mean, variance = _mean_severity(severity, error, counted.weight, base, len(table))
        one |= {
            "severity": mean,
            "severity_variance": variance,
            "base": np.arange(len(table)),
            "covered": covered,
        }
        if not counted.named:
            one |= {name: np.full(len(table), math.nan) for name in ("people", "behind")}
        one |= {
            "weight": np.bincount(base, counted.weight, len(table)),
            "family": np.full(len(table), family),
        }
        numbers.append(one)
        roots.append(root)
        tables.append(table if kind is None else table.assign(**{TYPE: kind}))
    joined = {name: np.concatenate([one[name] for one in numbers]) for name in numbers[0]}
    rated = float(np.mean(~np.isnan(severity[wrong]))) if wrong.any() else math.nan
    whole = pd.concat(tables, ignore_index=True)
    return Cells(table=whole, correlation=np.array(roots), rated=rated, **joined)


def kinds_in(frame: pd.DataFrame, wrong: np.ndarray) -> list[str]:
    """Return the kinds of errors that were made, the usual order first; all of them where there was none."""
    made = set(frame.loc[wrong, TYPE].dropna().astype(str)) - {"none"}
    return [*[k for k in ERROR_TYPES if k in made], *sorted(made - set(ERROR_TYPES))] or list(ERROR_TYPES)


def _at_common_mix(
    counted: Live, base: np.ndarray, cells: int, mixed: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Weights under which each cell has the common mix, and how much of it a cell has."""
    if not mixed or not cells:
        return counted.weight, np.ones(cells)
    stratum, strata = cells_of(counted.frame, mixed)
    mix = np.bincount(stratum, counted.weight, len(strata))
    mix = mix / mix.sum()
    place = base * len(strata) + stratum
    held = np.bincount(place, counted.weight, cells * len(strata)).reshape(cells, len(strata))
    return counted.weight * mix[stratum] / held[base, stratum], (held > 0) @ mix


def _count(
    y: np.ndarray, weight: np.ndarray, person: np.ndarray, base: np.ndarray, cells: int
) -> tuple[dict[str, np.ndarray], float]:
    """Rates and effective numbers: weights and likeness within moderators make audits worth less than their number.

    Notes
    -----
    ``n_eff = (Σw)² / (Σw² + ρ (Σ_i W_i² − Σw²))``, W_i the weights of moderator i. ρ, the same in all cells, by
    moments: the squares of the moderators' residual sums beyond what independent decisions would give.
    """
    total, square = np.bincount(base, weight, cells), np.bincount(base, weight**2, cells)
    share = np.bincount(base, weight * y, cells) / total
    people = int(person.max()) + 1 if len(person) else 0
    place, at = np.unique(base.astype(np.int64) * max(people, 1) + person, return_inverse=True)
    cell = (place // max(people, 1)).astype(int)
    own, own_square = np.bincount(at, weight), np.bincount(at, weight**2)
    left = np.bincount(at, weight * (y - share[base]))
    lever, levers = own / total[cell], np.bincount(cell, (own / total[cell]) ** 2, cells)
    heads = np.bincount(cell, minlength=cells)
    alone = heads[cell] < 2
    free = np.maximum(1 - square / total**2, 1e-12)
    pq = share * (1 - share) / free
    expected = pq[cell] * (own_square - 2 * own * own_square / total[cell] + lever**2 * square[cell])
    scale = 1 / total[cell] ** 2  # each cell counts by its audits, not by its decisions
    n = np.bincount(base, minlength=cells)
    scale = scale * n[cell]
    beyond = float((np.where(alone, 0.0, left**2 - expected) * scale).sum())
    reach = pq[cell] * (own**2 - own_square) * (1 - 2 * lever + levers[cell])
    possible = float((np.where(alone, 0.0, reach) * scale).sum())
    likeness = min(max(beyond / possible, 0.0), 1.0) if possible > 1e-12 else 0.0
    spread = np.bincount(cell, own**2, cells)
    worth = total**2 / (square + likeness * (spread - square))
    errors = np.bincount(base, y, cells)
    behind = people_behind(own, cell, cells)
    found = {"rate": share, "worth": worth, "n": n, "people": heads, "behind": behind, "errors": errors}
    return found, likeness


def _severity(frame: pd.DataFrame, wrong: np.ndarray) -> np.ndarray:
    if "severity" not in frame or frame["severity"].isna().all():
        return np.full(len(frame), math.nan)
    require_numeric(frame, ["severity"], "audits")
    severity = frame["severity"].to_numpy(dtype=float, na_value=np.nan)
    if (severity < 0).any():
        raise ValueError(f"Column `severity` is negative in {rows(severity < 0)}. Give weights of 0 or more.")
    return np.where(wrong, severity, math.nan)


def _mean_severity(
    severity: np.ndarray, error: np.ndarray, weight: np.ndarray, base: np.ndarray, cells: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean severity of the errors of each cell; its error from the spread within all cells together."""
    used = error & ~np.isnan(severity)
    w, s, c = weight[used], severity[used], base[used]
    total, square = np.bincount(c, w, cells), np.bincount(c, w**2, cells)
    there = total > 0
    mean = np.divide(np.bincount(c, w * s, cells), total, out=np.full(cells, math.nan), where=there)
    spare = float((total - np.divide(square, total, out=np.zeros(cells), where=there)).sum())
    within = float((w * (s - mean[c]) ** 2).sum()) / spare if spare > 1e-9 else math.nan
    if math.isnan(within):  # one rated error a cell at most: how much they differ is all that is seen
        within = float(np.var(mean[there], ddof=1)) if there.sum() > 1 else 0.0
    variance = np.divide(within * square, total**2, out=np.full(cells, math.inf), where=there)
    return mean, variance
