"""Did training change the outcome when groups are trained at different times? ATT by cohort and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_level_of_confidence
from tne.measures.att_adjust import ADJUSTMENTS
from tne.measures.att_aggregate import aggregate, combination_rows
from tne.measures.att_cells import Cells, all_cells
from tne.measures.att_checks import cell_checks
from tne.measures.att_cross_sections import CrossSections, cross_section_cells, cross_sections
from tne.measures.att_inference import ERRORS, Sample, sample_of
from tne.measures.att_panel import PanelMatrix, panel_matrix
from tne.measures.att_table import COMPARISONS, cell_table, method_of
from tne.result import Result

__all__ = ["GroupTimeATT", "aggregate", "combination_rows", "group_time_att"]


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupTimeATT(Result):
    """Effects by cohort and period, with what is needed for the uncertainty of any combination.

    Parameters
    ----------
    cohorts, periods : ndarray
        Cohorts trained inside the panel, and its periods.
    comparison, errors : str
    anticipation : int
    baseline : int or None
    trend : str or None
    conf_level : float
    cluster_counts : dict
        Clusters per cohort; key NaN-free float, ``inf`` for the never-trained.
    people : dict
        People per cohort (largest number observed in one period), NaN where unknown.
    cells, sample, data : Cells, Sample, PanelMatrix or CrossSections
        Numbers and influence functions behind the table, and the panel as matrices.
    """

    cohorts: np.ndarray
    periods: np.ndarray
    comparison: str
    errors: str
    anticipation: int
    baseline: int | None
    trend: str | None
    conf_level: float
    cluster_counts: dict[Any, Any]
    people: dict[Any, Any]
    method: str
    cells: Cells = field(repr=False)
    sample: Sample = field(repr=False)
    data: PanelMatrix | CrossSections = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per cohort × period: keys cohort, period, event_time, then the estimate columns."""
        reference = self.cells.in_base & (self.baseline == 1)
        return cell_table(self.cells, self.sample, self.comparison, self.method, reference)

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    def __str__(self) -> str:
        known = int(self.table["estimate"].notna().sum())
        overall = aggregate(self, by="overall")
        return f"{known} of {len(self.table)} cohort × period effects are identified. {overall}"


def group_time_att(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str | None,
    period: str,
    cohort: str,
    comparison: str,
    covariates: Sequence[str] = (),
    adjustment: str = "doubly_robust",
    anticipation: int = 0,
    cluster: str | Sequence[str] | None = None,
    weights: str | None = None,
    unbalanced: str = "paired",
    seed: int | None = None,
    baseline: int | None = None,
    trend: str | None = None,
    errors: str | None = None,
    n_people: str | None = None,
    conf_level: float = 0.95,
) -> GroupTimeATT:
    """Return the average effect on the trained for every cohort and period, ATT(g, t).

    Parameters
    ----------
    panel : DataFrame
        One row per unit × period. Periods without a row (or with a missing outcome) are not observed.
    outcome, unit, period, cohort : str
        Columns. `period` holds whole numbers; `cohort` is the period of first training, NaN or infinity for
        never (0, too, where periods are years or counted from long ago). `unit` None, or units that are all seen
        once: repeated cross-sections of different people.
    comparison : {"never_treated", "not_yet_treated"}
        Who stands for the cohort without training. "not_yet_treated" includes the never-trained.
    covariates : sequence of str
        Columns on which trends may depend: numbers, booleans or categories. Of a covariate that changes over
        time each cell uses the value in the earlier of its two periods.
    adjustment : {"doubly_robust", "regression", "ipw"}
        How covariates enter (Sant'Anna and Zhao 2020). "doubly_robust": regression and inverse probability
        together, right if either model is. "regression": the comparison units' contrasts are regressed on the
        covariates and predicted for the trained. "ipw": comparison units weighted by the odds of being trained.
    anticipation : int
        Periods before training that it may already affect; the base lies before them.
    cluster : str or sequence of str, optional
        Column whose groups are sampled or trained together, for example the team. None: the unit. Of nested
        columns the coarsest counts.
    weights : str, optional
        Column with a weight per row; each unit gets its mean weight, fixed over time (cross-sections: its own).
    unbalanced : {"paired", "pooled"}
        What a unit without a row in a period gives. "paired": each cell compares the units seen in both of its
        periods. "pooled": all rows of both periods, as repeated cross-sections with errors by unit (R's did with
        ``allow_unbalanced_panel=TRUE``). Alike where the panel is balanced.
    seed : int, optional
        Seed of ``errors="bootstrap"``.
    baseline : int, optional
        None: the varying base of Callaway and Sant'Anna (the last period before training, and for
        pre-periods the period before). k: each unit's mean over the last k periods before training; 1 is the
        universal base. A unit needs two thirds of them (at least 3 with `trend`).
    trend : {"linear"}, optional
        With ``baseline >= 3``: subtract each unit's own line through its baseline periods, carried forward,
        instead of its mean. This allows the groups to diverge linearly (smoothness M = 0).
    errors : {"analytic", "welch", "bootstrap"}, optional
        "analytic" (default without `cluster`): influence functions, normal quantiles. "welch" (default with
        `cluster`): variance by cohort stratum with n / (n - 1), t with Satterthwaite's degrees of freedom.
        "bootstrap": multiplier bootstrap.
    n_people : str, optional
        Column with the people behind a row. None: one each if `unit` is "moderator_id", else unknown.
    conf_level : float

    Returns
    -------
    GroupTimeATT
        Cells that no comparison identifies are NaN with a note.

    Raises
    ------
    KeyError, TypeError, ValueError
        For bad columns, a cohort that changes within a unit, dates instead of numbers, unknown options.

    Notes
    -----
    ATT(g, t) is the mean of ``Y_t - base`` among cohort g minus that among its comparison units, a contrast of
    means over units, so with parallel trends it is the effect in period t on those trained in g, in the unit of the
    outcome. It says nothing about periods after everybody was trained, nor about people who were never
    trained. A cohort with fewer than 5 treated clusters has no standard error.

    References
    ----------
    Callaway and Sant'Anna (2021), Difference-in-differences with multiple time periods, J. Econometrics 225.

    Examples
    --------
    >>> panel = pd.DataFrame({"team": [1, 1, 2, 2], "week": [0, 1, 0, 1], "y": [1.0, 4.0, 1.0, 2.0],
    ...                       "start": [1.0, 1.0, None, None]})
    >>> att = group_time_att(panel, outcome="y", unit="team", period="week", cohort="start",
    ...                      comparison="never_treated")
    >>> float(att.to_frame()["estimate"].iloc[0])
    2.0
    """
    require_choice(comparison, tuple(COMPARISONS), "comparison")
    require_level_of_confidence(conf_level)
    errors = errors or ("analytic" if cluster is None else "welch")
    require_choice(errors, ERRORS, "errors")
    require_choice(trend, (None, "linear"), "trend")
    require_choice(adjustment, ADJUSTMENTS, "adjustment")
    _require_whole(anticipation, 0, "anticipation")
    if baseline is not None:
        _require_whole(baseline, 3 if trend else 1, "baseline")
    elif trend:
        raise ValueError("`trend` needs baseline periods to fit a line. Give `baseline` of 3 or more.")
    if errors == "bootstrap" and seed is None:
        raise ValueError(
            "`errors` is 'bootstrap' without a seed. Give `seed`, so that the result can be repeated."
        )
    covariates = (covariates,) if isinstance(covariates, str) else tuple(covariates)
    require_choice(unbalanced, ("paired", "pooled"), "unbalanced")
    columns: dict[str, Any] = {
        "outcome": outcome, "unit": unit, "period": period, "cohort": cohort, "cluster": cluster,
        "weights": weights, "n_people": n_people, "covariates": covariates, "anticipation": anticipation,
    }  # fmt: skip
    how: dict[str, Any] = {
        "comparison": comparison,
        "anticipation": anticipation,
        "baseline": baseline,
        "adjustment": adjustment,
    }
    data: PanelMatrix | CrossSections
    if unit is None or unbalanced == "pooled" or _seen_once(panel, unit, period):
        if baseline not in (None, 1):
            raise ValueError(
                f"`baseline` is {baseline}, but nobody is followed over several periods (repeated cross-sections). "
                "Leave it out, or give 1."
            )
        data = cross_sections(panel, **columns)
        cells = cross_section_cells(data, **how)
    else:
        data = panel_matrix(panel, **columns)
        cells = all_cells(data, trend=trend, **how)
    sample = sample_of(data, errors=errors, conf_level=conf_level, seed=seed)
    method = method_of(baseline, trend, errors, adjustment if len(covariates) else "")
    method += ", repeated cross-sections" if isinstance(data, CrossSections) else ""
    counts = {float(g): int(n) for g, n in zip(data.cohorts, sample.treated_in.sum(axis=0), strict=True)}
    never = np.isinf(data.cohort)
    counts[np.inf] = len(np.unique(data.cluster[never]))
    said = any(c.name == "identified_cells" for c in data.checks)
    return GroupTimeATT(
        cohorts=data.cohorts, periods=data.periods, comparison=comparison, errors=errors,
        anticipation=anticipation, baseline=baseline, trend=trend, conf_level=conf_level,
        cluster_counts=counts, people={g: data.people_of(g) for g in counts}, method=method, cells=cells, sample=sample,
        data=data,
        checks=(*data.checks, *cell_checks(cells, counts, said, comparison)),
    )  # fmt: skip


def _seen_once(panel: pd.DataFrame, unit: str, period: str) -> bool:
    """Whether there are several periods and no unit has two rows."""
    require_columns(panel, [unit, period], "panel")
    if len(panel) < 2 or panel[unit].iloc[0] == panel[unit].iloc[1]:
        return False
    return panel[unit].is_unique and bool((panel[period] != panel[period].iloc[0]).any())


def _require_whole(value: object, low: int, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise ValueError(f"`{name}` is {value!r}. Give a whole number of {low} or more.")
