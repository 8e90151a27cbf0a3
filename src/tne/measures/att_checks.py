"""Can the effects of cohorts be believed? Cells identified, clusters enough, trained units with their like."""

from __future__ import annotations

from typing import Any

import numpy as np

from tne.measures.att_adjust import NO_OVERLAP
from tne.measures.att_cells import Cells
from tne.measures.att_inference import MIN_TREATED_CLUSTERS
from tne.result import Check

DOUBTFUL_PROPENSITY = 0.95


def cell_checks(cells: Cells, counts: dict[Any, Any], said: bool, comparison: str) -> list[Check]:
    """Return the checks of a table of cells.

    Parameters
    ----------
    cells : Cells
    counts : dict
        Clusters per cohort; ``inf`` the never-trained.
    said : bool
        Whether it is already said that nobody was trained.
    comparison : {"never_treated", "not_yet_treated"}

    Returns
    -------
    list of Check
    """
    lost = int(np.isnan(cells.estimate).sum())
    checks = []
    if lost:
        checks.append(Check("identified_cells", "fail" if lost == len(cells.estimate) else "warn",
            f"{lost} of {len(cells.estimate)} cohort × period effects are not identified."
            + _nobody_left(counts, comparison)))  # fmt: skip
    if not len(cells.estimate) and not said:
        checks.append(Check("identified_cells", "fail", "No trained unit has a weight and an outcome."))
    few = sum(n < MIN_TREATED_CLUSTERS for g, n in counts.items() if np.isfinite(g))
    status = "pass" if not few else "fail" if few == len(counts) - 1 else "warn"
    checks.append(Check("few_clusters", status,
        f"Cohorts with fewer than {MIN_TREATED_CLUSTERS} treated clusters: {few} of {len(counts) - 1}."
        + (" They have no standard error; `randomization_inference` needs none." if few else "")))  # fmt: skip
    without = sum(note == NO_OVERLAP for note in cells.note)
    if without or not np.isnan(cells.propensity).all():
        checks.insert(-1, _overlap(cells, without))
    return checks


def _nobody_left(counts: dict[Any, Any], comparison: str) -> str:
    """Say what remains where no unit is never trained."""
    if counts[np.inf]:
        return ""
    if len(counts) == 2:
        return (
            " All units left are trained in the same period, so none is a comparison. "
            "Only a before-after difference remains."
        )
    if comparison == "never_treated":
        return " No unit is never trained: comparison 'not_yet_treated' can identify those before the last start."
    return " No unit is never trained, so nobody is left to compare with from the last start on."


def _overlap(cells: Cells, without: int) -> Check:
    """Have all trained units their like among the comparison units? From the estimated propensity."""
    extreme = int((cells.propensity > DOUBTFUL_PROPENSITY).sum())
    status = "fail" if without else "warn" if extreme else "pass"
    known = cells.propensity[~np.isnan(cells.propensity)]
    return Check("overlap", status,
        f"{without} effects have no overlap and {extreme - without} more a propensity above "
        f"{DOUBTFUL_PROPENSITY}; the largest is {known.max():.3f}.")  # fmt: skip
