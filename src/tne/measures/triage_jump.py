"""Did errors jump when a new policy version took effect, and are they still up?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.checks import require_columns
from tne.measures.triage_cells import Cells

GRID = np.arange(-7.0, 5.001, 0.1)  # logits of an error
USUAL_SD, BETTER_SD = 0.25, 0.6  # what error rates drift anyway, up and down (logit)
ABSORBED = 0.15  # chance that a harmless change raises errors for the first half of the time after it
RISE, RISE_SD, HALVES_SD = (
    1.1,
    0.5,
    0.2,
)  # an update that is not absorbed: rise, its spread, drift between halves
OTHERS_SD = 0.2  # how far other cells' changes are trusted to be what would have happened here
NEVER, FOREVER = np.iinfo(np.int64).min, np.iinfo(np.int64).max
RECENT = (
    84 * 86_400_000_000
)  # a change so long before the first audit may still be felt, and cannot be tested
LEAST = 6  # audits on each side of a change: fewer are no test


@dataclass(frozen=True)
class Jump:
    """Errors around one change of policy in one cell.

    Parameters
    ----------
    before, early, late : tuple of float
        Errors and audits before the change, in the first and in the second half of the audits after it.
    offset : float
        Logit by which the other cells without a change moved over the same days, shrunken.
    log_usual, log_raised : float
    """

    before: tuple[float, float]
    early: tuple[float, float]
    late: tuple[float, float]
    offset: float
    log_usual: float
    log_raised: float


@dataclass(frozen=True, eq=False)
class Calendar:
    """The changes of policy of each cell.

    Parameters
    ----------
    decided : array of int, shape (audits,)
        When each decision was made, in microseconds; `NEVER` where unknown.
    changes : list of array, shape (changes, audits of the cell)
        For each cell: instant of each change for each of its audits, `NEVER` where it does not concern one.
    source : str
        Where the dates come from; "" where there are none.
    """

    decided: np.ndarray
    changes: list[np.ndarray]
    source: str


def calendar_of(cells: Cells, policies: pd.DataFrame | None) -> Calendar:
    """Find each cell's changes: from `policies`, else from the versions written on the audits."""
    frame = cells.frame
    none = [np.empty((0, int(k)), dtype=np.int64) for k in cells.count()]
    if "decided_at" not in frame:
        return Calendar(np.full(len(frame), NEVER), none, "")
    at = instants(frame["decided_at"])
    if policies is not None and len(policies):
        require_columns(policies, ["policy_version", "effective_at"], "policies")
        wanted = dict.fromkeys((*cells.by, "policy_area", "market"))
        link = [name for name in wanted if name in policies and name in frame]
        if link:
            return Calendar(at, _from_policies(cells, policies, link), "the table of policies")
    if "policy_version" in frame:
        return Calendar(at, _from_versions(cells, at), "the first audit under each version")
    return Calendar(at, none, "")


def instants(values: pd.Series) -> np.ndarray:
    """Return microseconds since 1970, `NEVER` where missing; a time without a zone is taken for UTC."""
    when = pd.to_datetime(values, utc=True)
    return np.where(when.isna(), NEVER, when.dt.as_unit("us").astype("int64").to_numpy())


def _from_policies(cells: Cells, policies: pd.DataFrame, link: list[str]) -> list[np.ndarray]:
    """A version may take effect on other days in other markets: each audit has its own date of each change."""
    places = cells.frame[link].astype(object)
    code, which = pd.factorize(pd.MultiIndex.from_frame(places))
    change = [name for name in link if name != "market"] + ["policy_version"]
    known = policies[policies["effective_at"].notna()].drop_duplicates([*link, "policy_version"], keep="last")
    number = known.groupby(change, sort=False, observed=True, dropna=False).ngroup().to_numpy()
    dates = np.full((int(number.max(initial=-1)) + 1, len(which)), NEVER)
    where = which.get_indexer(pd.MultiIndex.from_frame(known[link].astype(object)))
    here = where >= 0
    dates[number[here], where[here]] = instants(known["effective_at"])[here]
    out = []
    for mine in members(cells):
        each = dates[:, code[mine]]
        out.append(each[(each != NEVER).any(axis=1)])
    return out


def _from_versions(cells: Cells, at: np.ndarray) -> list[np.ndarray]:
    out, version = [], pd.factorize(cells.frame["policy_version"])[0]
    for mine in members(cells):
        seen = [v for v in np.unique(version[mine]) if v >= 0]
        first = sorted(int(at[mine][version[mine] == v].min()) for v in seen)
        out.append(np.tile(np.array(first[1:], dtype=np.int64)[:, None], (1, len(mine))))
    return out


def members(cells: Cells) -> list[np.ndarray]:
    """Return the positions of each cell's audits."""
    return np.split(np.argsort(cells.cell, kind="stable"), np.cumsum(cells.count())[:-1].astype(int))


def jumps_of(cells: Cells, calendar: Calendar) -> list[list[Jump] | None]:
    """Return the testable changes of each cell; None where a change cannot be excluded but not tested either."""
    groups, out = members(cells), []
    spans = [[(int(np.median(row[row != NEVER]))) for row in rows] for rows in calendar.changes]
    dated = calendar.decided[calendar.decided != NEVER]
    for g, mine in enumerate(groups):
        at, wrong, found, open_ = calendar.decided[mine], cells.wrong[mine], [], not calendar.source
        for c, when in enumerate(calendar.changes[g]):
            own = (when != NEVER) & (at != NEVER)
            others = np.delete(calendar.changes[g], c, axis=0)
            start = np.where(others < when, others, NEVER).max(axis=0, initial=NEVER)
            end = np.where(others > when, others, FOREVER).min(axis=0, initial=FOREVER)
            before, after = own & (at < when) & (at >= start), own & (at >= when) & (at < end)
            if before.sum() < LEAST or after.sum() < LEAST:
                recent = bool(own.any()) and spans[g][c] > dated.min() - RECENT and spans[g][c] < dated.max()
                open_ |= recent
                continue
            late = after & (at >= np.median(at[after]))
            parts = cast(
                tuple[tuple[float, float], tuple[float, float], tuple[float, float]],
                [_count(wrong, part) for part in (before, after & ~late, late)],
            )
            window = (at[before].min(), spans[g][c], at[after].max())
            offset = _others(cells, calendar.decided, groups, spans, g, window)
            found.append(Jump(*parts, offset, *_likelihoods(*parts, offset)))
        out.append(found if found or not open_ else None)
    return out


def _count(wrong: np.ndarray, part: np.ndarray) -> tuple[float, float]:
    return float(wrong[part].sum()), float(part.sum())


def _others(
    cells: Cells,
    at: np.ndarray,
    groups: list[np.ndarray],
    spans: list[list[int]],
    g: int,
    window: tuple[int, int, int],
) -> float:
    """Mantel-Haenszel log odds ratio, after to before, of the cells without a change; shrunken towards 0."""
    first, change, last = window
    up = down = weight = 0.0
    for h, mine in enumerate(groups):
        if h == g or any(first < moment <= last for moment in spans[h]):
            continue
        inside = (at[mine] >= first) & (at[mine] <= last)
        later = at[mine] >= change
        (x0, n0), (x1, n1) = (_count(cells.wrong[mine], inside & part) for part in (~later, later))
        if n0 and n1:
            total = n0 + n1
            up, down = up + x1 * (n0 - x0) / total, down + x0 * (n1 - x1) / total
            p = (x0 + x1 + 1) / (total + 2)
            weight += p * (1 - p) * n0 * n1 / total
    if not (up > 0 and down > 0):
        return 0.0
    return math.log(up / down) * OTHERS_SD**2 / (OTHERS_SD**2 + 1 / weight)


def _likelihoods(
    before: tuple[float, float], early: tuple[float, float], late: tuple[float, float], offset: float
) -> tuple[float, float]:
    """Integrate over the level before (flat) and what came after."""
    first, second, third = (_fit(x, n) for x, n in (before, early, late))
    calm = _around(offset, USUAL_SD, BETTER_SD)
    harmless = (1 - ABSORBED) * (calm @ second) + ABSORBED * (_around(offset + RISE, RISE_SD) @ second)
    usual = float(first @ (harmless * (calm @ third)))
    raised = 0.0
    rises = np.arange(max(RISE - 2 * RISE_SD, 0.3), RISE + 2.5 * RISE_SD, 0.2)
    chance = np.exp(-0.5 * ((rises - RISE) / RISE_SD) ** 2)
    for rise, part in zip(rises, chance / chance.sum(), strict=True):
        there = _around(offset + rise, HALVES_SD)
        raised += part * float(first @ ((there @ second) * (there @ third)))
    return math.log(max(usual, 1e-300)), math.log(max(raised, 1e-300))


def _fit(x: float, n: float) -> np.ndarray:
    fit = -x * np.logaddexp(0, -GRID) - (n - x) * np.logaddexp(0, GRID)
    return cast(np.ndarray, np.exp(fit - fit.max()))


def _around(shift: float, above: float, below: float | None = None) -> np.ndarray:
    """Chance of each logit (columns) given the logit before (rows), moved by `shift`."""
    off = GRID[None, :] - GRID[:, None] - shift
    density = np.exp(-0.5 * (off / np.where(off < 0, below or above, above)) ** 2)
    return cast(np.ndarray, density / density.sum(axis=1, keepdims=True))
