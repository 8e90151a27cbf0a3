"""Do those who know the policy best label the same cases alike?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns
from tne.measures.triage_cells import Cells

EXPERTS = ("qa", "policy")


@dataclass(frozen=True, eq=False)
class Experts:
    """What calibrations say about each cell, arrays of shape (cells,).

    Parameters
    ----------
    apart, cases : array
        Cases' mean share of pairs of experts of one role that disagree, summed, and the cases behind it.
    by_luck : array
        Share of pairs that would disagree by chance (Gwet), with these labels.
    off, against : array
        Cases' mean share of QA labels that differ from the policy team's, summed, and the cases behind it.
    raters : array
        Distinct experts.
    note : str
        Why there is nothing, or what is missing.
    """

    apart: np.ndarray
    cases: np.ndarray
    by_luck: np.ndarray
    off: np.ndarray
    against: np.ndarray
    raters: np.ndarray
    note: str = ""


def experts_of(cells: Cells, ratings: pd.DataFrame | None) -> Experts:
    """Return how far experts agree within their role, and QA with the policy team."""
    zero = np.zeros(len(cells))
    if ratings is None or ratings.empty:
        return Experts(zero, zero, zero + 1, zero, zero, zero, "no calibration ratings")
    require_columns(ratings, ["case_id", "rater_id", "label"], "ratings")
    cell = cells.codes_in(ratings)
    if cell is None:
        return Experts(
            zero, zero, zero + 1, zero, zero, zero, "ratings lack the columns that cells are made of"
        )
    role = (
        ratings["role"].astype("str").str.lower().to_numpy(dtype=object)
        if "role" in ratings
        else np.repeat("qa", len(ratings))
    )
    kept = (
        (cell >= 0) & np.isin(role, EXPERTS) & ratings[["label", "case_id", "rater_id"]].notna().all(axis=1)
    )
    if not kept.any():
        return Experts(zero, zero, zero + 1, zero, zero, zero, "no ratings by QA or the policy team")
    frame = ratings.loc[kept.to_numpy()].assign(_cell=cell[kept], _policy=(role == "policy")[kept])
    case = ["market"] if "market" in frame else []
    case += ["calibration_id"] if "calibration_id" in frame else []
    found = _measure(frame, [*case, "case_id"], len(cells))
    if not found.cases.any() and "calibration_id" in case:
        # the raters of a case may have met it in different sessions
        found = _measure(frame, [*(c for c in case if c != "calibration_id"), "case_id"], len(cells))
    return found


def _measure(frame: pd.DataFrame, case: list[str], cells: int) -> Experts:
    frame = frame.drop_duplicates([*case, "rater_id"], keep="last")
    number = frame.groupby(["_cell", *case], sort=False, observed=True).ngroup().to_numpy()
    total = int(number.max()) + 1
    cell = np.zeros(total, dtype=int)
    cell[number] = frame["_cell"].to_numpy()
    policy = frame["_policy"].to_numpy(dtype=bool)
    both = [frame["label"].astype(object)]
    if "reference_label" in frame:
        both.append(frame["reference_label"].astype(object))
    codes, labels = pd.factorize(pd.concat(both, ignore_index=True))
    label = codes[: len(frame)]
    reference = np.full(total, -1)
    if len(both) == 2:
        given = codes[len(frame) :]
        reference[number[given >= 0]] = given[given >= 0]
    count = {
        side: np.bincount(
            number[policy == side] * len(labels) + label[policy == side], minlength=total * len(labels)
        ).reshape(total, len(labels))
        for side in (False, True)
    }
    own = policy & (reference[number] >= 0)
    # a reference that always equals the policy rater's label was taken from it and says nothing of its own
    told = bool((label[own] != reference[number[own]]).any())
    inner = count[True].copy()
    if told:
        marked = np.flatnonzero((reference >= 0) & (count[True].sum(axis=1) > 0))
        inner[marked, reference[marked]] += 1
    agreeing = sum((c * (c - 1) / 2).sum(axis=1) for c in (count[False], inner))
    pairs = sum(m * (m - 1) / 2 for m in (count[False].sum(axis=1), inner.sum(axis=1)))
    paired = pairs > 0
    apart = np.where(paired, 1 - agreeing / np.maximum(pairs, 1), 0.0)
    used = max(int((count[False] + count[True]).any(axis=0).sum()), 2)
    by_cell = np.zeros((cells, len(labels)))
    np.add.at(by_cell, cell, count[False] + count[True])
    share = by_cell / np.maximum(by_cell.sum(axis=1, keepdims=True), 1)
    by_luck = 1 - (share * (1 - share)).sum(axis=1) / (used - 1)  # disagreement by chance (Gwet)
    truth, known = reference.copy(), reference >= 0
    votes = count[True].sum(axis=1) > 0
    truth[~known & votes] = count[True][~known & votes].argmax(axis=1)
    judged = (truth >= 0) & (count[False].sum(axis=1) > 0)
    qa = count[False].sum(axis=1)
    off = 1 - count[False][np.arange(total), np.maximum(truth, 0)] / np.maximum(qa, 1)
    people = frame.groupby("_cell", observed=True)["rater_id"].nunique()
    return Experts(
        apart=np.bincount(cell[paired], apart[paired], minlength=cells),
        by_luck=by_luck,
        cases=np.bincount(cell[paired], minlength=cells).astype(float),
        off=np.bincount(cell[judged], off[judged], minlength=cells),
        against=np.bincount(cell[judged], minlength=cells).astype(float),
        raters=people.reindex(range(cells), fill_value=0).to_numpy(dtype=float),
        note="" if paired.any() else "no case was rated by two experts of one role",
    )
