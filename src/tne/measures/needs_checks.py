"""What threatens a ranking of knowledge gaps?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tne.measures.audit_rows import Live
from tne.measures.needs_cells import TYPE, Cells
from tne.result import Check

FEW_PEOPLE, FEW_CELLS, LITTLE = 5, 5, 0.95


def threats_to_gaps(
    cells: Cells, mixed: Sequence[str], kinds: Sequence[str] | None, counted: Live
) -> tuple[Check, ...]:
    """Return the checks of a ranking."""
    checks = [_severity(cells)]
    if kinds is not None:
        wrong = counted.right == 0
        untyped = int((wrong & counted.frame[TYPE].isna().to_numpy()).sum())
        untyped += int((wrong & counted.frame[TYPE].eq("none").fillna(False).to_numpy(dtype=bool)).sum())
        detail = (
            f"{untyped} of {int(wrong.sum())} wrong decisions have no kind of error and stand in no cell."
        )
        checks.append(Check("untyped_errors", "warn" if untyped else "pass", detail))
    if mixed:
        detail = f"The cell with the least has audits in {100 * cells.covered.min():.0f} % of the common mix."
        checks.append(Check("overlap", "warn" if cells.covered.min() < LITTLE else "pass", detail))
    checks.append(_few_people(cells, counted.named))
    least = int(np.bincount(cells.family).min())
    detail = (
        f"{least} cells of a kind are pooled; with fewer than {FEW_CELLS} their spread is mostly assumed."
    )
    checks.append(Check("few_groups", "warn" if least < FEW_CELLS else "pass", detail))
    return tuple(checks)


def _few_people(cells: Cells, named: bool) -> Check:
    if not named:
        return Check("few_people", "not_run", "There is no `moderator_id`: audits count as independent.")
    few, held = int((cells.people < FEW_PEOPLE).sum()), int((cells.behind < cells.people).sum())
    detail = f"{few} of {len(cells)} cells have fewer than {FEW_PEOPLE} moderators."
    if held:
        detail += f" In {held} two moderators have more than 90 % of the weight: they count as two."
    return Check("few_people", "warn" if few or held else "pass", detail)


def _severity(cells: Cells) -> Check:
    if not cells.errors.sum() > 0:
        return Check("severity", "not_run", "There are no errors.")
    if not cells.rated > 0:
        return Check("severity", "warn", "No severity is given: every error counts 1.")
    detail = f"{100 * cells.rated:.0f} % of the errors have a severity."
    return Check("severity", "warn" if cells.rated < LITTLE else "pass", detail)
