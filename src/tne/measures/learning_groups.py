"""Did some groups of the trained gain more than others?"""

from __future__ import annotations

import pandas as pd

from tne.checks import require_columns, require_numeric
from tne.measures.gain import comparable
from tne.measures.learning_people import TRAINED, lean, roles
from tne.measures.retained import change_row
from tne.result import Estimates


def took_both_tests(scores: pd.DataFrame) -> pd.Series:
    """Return whether each person was trained and took both tests: those of whom a gain is told.

    Parameters
    ----------
    scores : DataFrame, one row per person
        As for `learning_summary`.

    Returns
    -------
    Series of bool
        With the index of `scores`.

    Raises
    ------
    KeyError
        If ``pre`` or ``post`` is missing.

    Examples
    --------
    >>> people = pd.DataFrame({"pre": [1, 2, 3], "post": [2, None, 3], "arm": [None, None, "waitlist"]})
    >>> took_both_tests(people).tolist()
    [True, False, False]
    """
    require_columns(scores, ["pre", "post"], "scores")
    mine = lean(scores)
    both = mine[["pre", "post"]].notna().all(axis=1)
    return pd.Series((roles(mine).eq(TRAINED) & both).to_numpy(), index=scores.index)


def gain_by_group(scores: pd.DataFrame, *, by: str, conf_level: float = 0.95) -> Estimates:
    """Mean change from before to after in each group of the trained, for example each month or kind of session.

    Parameters
    ----------
    scores : DataFrame, one row per person
        As for `learning_summary`, and the column `by`. People without a group, and those who were not trained between
        the two tests, are left out.
    by : str
        Column of the groups.
    conf_level : float

    Returns
    -------
    Estimates
        Key ``group``, sorted. Empty where the tests are not on one scale or there are fewer than two groups.

    Raises
    ------
    KeyError, TypeError
        For missing columns, or scores that are no numbers.

    Notes
    -----
    Each group speaks for itself: groups differ in who came, when and why, and small ones by chance. Overlapping
    intervals are no proof that groups gained alike, nor is a gap between two of many a difference.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6:1-25.

    Examples
    --------
    >>> people = pd.DataFrame({"pre": [1, 2, 3, 4], "post": [2, 4, 3, 5], "delayed": None, "site": list("aabb")})
    >>> gain_by_group(people, by="site").to_frame()["estimate"].tolist()
    [1.5, 0.5]
    """
    require_columns(scores, ["pre", "post", by], "scores")
    require_numeric(scores, ["pre", "post"], "scores")
    rows = []
    if len(scores[by].dropna().unique()) > 1:
        mine = lean(scores).assign(**{by: scores[by].astype(object).to_numpy()})
        mine = mine.loc[(took_both_tests(scores) & scores[by].notna()).to_numpy()]
        groups = mine.groupby(by, sort=True) if comparable(mine).status != "fail" else ()
        rows = [{"group": group, **change_row(frame, "post", conf_level)} for group, frame in groups]
    rows = rows if len(rows) > 1 else []
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=["group"], dtype="str")
    return Estimates(table=table, keys=("group",))
