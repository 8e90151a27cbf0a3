"""What do the findings themselves say: their type, their coded root cause, and whether they stood?"""

from __future__ import annotations

from typing import cast

import numpy as np

from tne.measures.triage_cells import Cells

ROOT_CAUSES = {
    "policy_unclear": "policy_unclear",
    "unclear_policy": "policy_unclear",
    "policy": "policy_unclear",
    "knowledge": "knowledge",
    "knowledge_gap": "knowledge",
    "update_not_absorbed": "update",
    "policy_update": "update",
    "individual": "individual",
    "individual_coaching": "individual",
    "rubric": "rubric",
    "wrong_rubric": "rubric",
    "tool": "technical",
    "technical": "technical",
}


def technical(cells: Cells) -> tuple[np.ndarray, np.ndarray, str]:
    """Return technical errors and audits of each cell, and why they are not known."""
    zero = np.zeros(len(cells))
    if "error_type" not in cells.frame:
        return zero, zero, "no column error_type"
    kind = cells.frame["error_type"].astype("str").str.lower()
    told = cells.wrong & ~kind.isin(["none", "nan", "", "<na>", "none", "unknown"]).to_numpy(dtype=bool)
    if cells.wrong.any() and not told.any():
        return zero, zero, "errors have no type"
    return cells.count(cells.wrong & kind.eq("technical").to_numpy(dtype=bool)), cells.count(), ""


def overturned(cells: Cells) -> tuple[np.ndarray, np.ndarray, str]:
    """Findings of an error that a dispute overturned, whether or not the outcome was turned to right."""
    zero = np.zeros(len(cells))
    if "dispute_upheld" not in cells.frame:
        return zero, zero, "no column dispute_upheld"
    upheld = cells.frame["dispute_upheld"].astype("boolean")
    disputed = upheld if "disputed" not in cells.frame else cells.frame["disputed"].astype("boolean")
    if not disputed.fillna(False).any():
        return zero, zero, "no audit was disputed"
    return cells.count(upheld.fillna(False).to_numpy(dtype=bool)), cells.count(findings(cells)), ""


def findings(cells: Cells) -> np.ndarray:
    """Return which audits found an error, those included that a dispute has put right since."""
    if "dispute_upheld" not in cells.frame:
        return cells.wrong
    return cast(
        np.ndarray,
        cells.wrong | cells.frame["dispute_upheld"].astype("boolean").fillna(False).to_numpy(dtype=bool),
    )


def root_causes(cells: Cells) -> tuple[np.ndarray | None, np.ndarray]:
    """Return the cause that the code of each error stands for, and the coded errors of each cell."""
    if "root_cause" not in cells.frame:
        return None, np.zeros(len(cells))
    given = cells.frame["root_cause"].where(cells.wrong)
    code = given.astype("str").str.lower().map(ROOT_CAUSES).fillna("").to_numpy(dtype=object)
    return code, cells.count(given.notna().to_numpy())
