"""How much more did the trained change than the others, when only published means and spreads are at hand?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tne.checks import (
    require_choice,
    require_level_of_confidence,
    require_levels,
    require_no_missing,
    require_numeric,
    require_unique,
    rows,
)
from tne.measures.change_arms import METHODS, Arm
from tne.measures.controlled import ControlledChange, compare
from tne.measures.controlled_checks import comparison_checks

SUMMARY = ("m_pre", "m_post", "sd_pre", "sd_post", "ni", "ri")
UNTRAINED = (
    "c",
    "control",
    "controls",
    "ctrl",
    "0",
    "0.0",
    "false",
    "no",
    "waitlist",
    "untrained",
    "comparison",
)


def controlled_change_from_summary(
    table: pd.DataFrame, *, method: str = "d_ppc2", control: object = None, conf_level: float = 0.95
) -> ControlledChange:
    """Change of the trained minus change of the control group, from published means and standard deviations.

    Parameters
    ----------
    table : DataFrame, one row per study and group
        Columns ``study, group, m_pre, m_post, sd_pre, sd_post, ni`` (people) and ``ri`` (correlation of the scores).
    method : {"d_ppc2", "smcr"}
        As in `controlled_change`.
    control : object, optional
        Value of ``group`` of those not trained. None finds it among C, control, 0, False, waitlist, untrained and
        comparison.
    conf_level : float

    Returns
    -------
    ControlledChange
        Keys ``study, group``, in the table's order; checks ``few_people, balance, regression_to_mean, equal_spread``
        over all studies. NaN with a note where a number is missing.

    Raises
    ------
    ValueError
        If a study has no control or no trained group, or a number is impossible.

    Notes
    -----
    Formulas in `controlled_change`. Where the two groups have different correlations each enters with its own.

    References
    ----------
    Morris (2008), Estimating effect sizes from pretest-posttest-control group designs, ORM 11:364-386.

    Examples
    --------
    >>> study = {"study": 1, "group": ["T", "C"], "m_pre": [30.6, 23.1], "m_post": [38.5, 19.7]}
    >>> study |= {"sd_pre": [15, 13.8], "sd_post": [11.6, 14.8], "ni": 20, "ri": 0.47}
    >>> round(controlled_change_from_summary(pd.DataFrame(study)).estimate, 4)
    0.7684
    """
    require_choice(method, METHODS, "method")
    require_level_of_confidence(conf_level)
    require_numeric(table, SUMMARY, "table")
    require_no_missing(table, ["study", "group"], "table")
    require_unique(table, ["study", "group"], "table")
    _require_possible(table)
    if len(table) == 0:
        return compare([], ("study", "group"), method, conf_level, "", comparison_checks([], method))
    control = _untrained(table["group"]) if control is None else control
    require_levels(table, "group", [control], "table")
    is_control = (table["group"] == control).to_numpy(dtype=bool)
    for flags, noun in ((is_control, "control"), (~is_control, "trained")):
        lacking = ~table["study"].isin(table.loc[flags, "study"]).to_numpy()
        if lacking.any():
            raise ValueError(
                f"{rows(lacking)} belong to studies without a {noun} group. Add it or drop them."
            )
    numbers = table[list(SUMMARY)].to_numpy(dtype=float, na_value=np.nan)
    arms = [Arm(n=n, m_pre=a, m_post=b, sd_pre=c, sd_post=d, r=r) for a, b, c, d, n, r in numbers]
    study, label = table["study"].tolist(), table["group"].tolist()
    against = {study[i]: arms[i] for i in np.flatnonzero(is_control)}
    words = {"estimand": "difference in mean change", "comparison": str(control)}
    found = []
    for i in np.flatnonzero(~is_control):
        sizes = [arms[i].n, against[study[i]].n]
        counts = {"n": sum(sizes), "n_people": min(sizes), "n_people_total": sum(sizes)}
        found.append(({"study": study[i], "group": label[i], **counts, **words}, arms[i], against[study[i]]))
    checks = comparison_checks([(t, c) for _, t, c in found], method, count_people=True)
    return compare(found, ("study", "group"), method, conf_level, "", checks)


def _untrained(group: pd.Series) -> object:
    """Return the one label that names people without training."""
    hits = [g for g in pd.unique(group) if str(g).strip().casefold() in UNTRAINED]
    if len(hits) != 1:
        raise ValueError(f"{len(hits)} labels of `group` name the untrained. Give theirs as `control`.")
    return hits[0]


def _require_possible(table: pd.DataFrame) -> None:
    """Raise where no group can have such numbers."""
    for name, wrong, wanted in (
        ("ni", (table["ni"] < 0) | (table["ni"] % 1 > 0), "whole numbers of people"),
        ("ri", table["ri"].abs() > 1, "correlations between −1 and 1"),
        ("sd_pre", table["sd_pre"] < 0, "standard deviations of 0 or more"),
        ("sd_post", table["sd_post"] < 0, "standard deviations of 0 or more"),
    ):
        flags = wrong.fillna(False).to_numpy(dtype=bool)
        if flags.any():
            raise ValueError(f"Column `{name}` of `table` is impossible in {rows(flags)}. Give {wanted}.")
