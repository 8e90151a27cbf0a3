"""What does a regression say, with errors that respect who shares a team, a week or a session?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd
from formulaic import Formula, model_matrix
from formulaic.errors import FormulaicError

from tne.checks import (
    require_choice,
    require_columns,
    require_frame,
    require_level_of_confidence,
    require_no_missing,
)
from tne.checks import rows as row_positions
from tne.measures.inference import inference
from tne.measures.sandwich import ERRORS, fit, uncertainty
from tne.result import Check, Estimates


def clustered_ols(
    data: pd.DataFrame,
    *,
    formula: str,
    cluster: str | Sequence[str] | None = None,
    errors: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Least squares with classical, heteroscedasticity-robust or cluster-robust standard errors.

    Parameters
    ----------
    data : DataFrame, one row per observation
        Rows with a missing value in a column of the formula are left out and counted in the checks.
    formula : str
        For example ``"score ~ trained + C(team)"`` (formulaic's grammar).
    cluster : str or tuple of two str, optional
        Columns whose rows share their errors.
    errors : {"classical", "HC1", "HC2", "HC3", "CR1", "CR2"}, optional
        None means ``"CR1"`` with a cluster and ``"classical"`` without: what Stata, R and statsmodels print.
        Choose ``"CR2"`` where clusters are few; below 40 the check ``clusters`` asks for it.
    conf_level : float

    Returns
    -------
    Estimates
        One row per coefficient, in the order of the formula, found by ``.get(term="x")``.

    Raises
    ------
    KeyError, ValueError
        If columns of the design repeat each other, a cluster is missing, or the formula or its columns cannot be used.

    Notes
    -----
    Intervals use t: n − k degrees of freedom without a cluster, G − 1 with CR1 (the smaller G of two ways), and
    Satterthwaite's, one per coefficient, with one-way CR2 (Bell and McCaffrey 2002). A coefficient that a single
    cluster determines alone has no CR2 error: NaN with a note. Clustered errors say nothing about bias.

    References
    ----------
    Cameron, Gelbach and Miller (2011), Robust inference with multiway clustering, JBES 29:238-249.
    Pustejovsky and Tipton (2018), Small-sample methods for cluster-robust variance estimation, JBES 36:672-683.

    Examples
    --------
    >>> frame = pd.DataFrame({"y": [1.0, 2, 4, 5, 9, 8], "x": [0, 1, 2, 3, 4, 5], "team": list("aabbcc")})
    >>> round(clustered_ols(frame, formula="y ~ x", cluster="team").get(term="x").estimate, 3)
    1.629
    """
    require_frame(data, "data")
    require_level_of_confidence(conf_level)
    columns = cluster_columns(cluster)
    require_columns(data, columns, "data")
    errors = errors or ("CR1" if columns else "classical")
    require_choice(errors, ERRORS, "errors")
    require_errors(errors, columns)
    names, x, y, kept = _design(formula, data.reset_index(drop=True))
    require_no_missing(kept, columns, "data")
    fitted = fit(x, y, names)
    known = uncertainty(fitted, errors, [codes(kept[c]) for c in columns])
    people = float(kept["moderator_id"].nunique()) if "moderator_id" in kept else np.nan
    rows = []
    for term, weights in zip(names, np.eye(len(names)), strict=True):
        estimate, std_error, df, note = known.contrast(weights)
        rows.append({"term": term, **inference(estimate, std_error, df, conf_level), "note": note})
    table = pd.DataFrame(rows).assign(
        n=len(kept),
        n_people=people,
        n_people_total=people,
        conf_level=conf_level,
        method=errors_text(errors, columns),
    )
    return Estimates(
        table=table,
        checks=(
            missing_check(len(data), len(kept)),
            *cluster_checks(known.n_clusters, errors, columns),
        ),
    )


def _design(formula: str, frame: pd.DataFrame) -> tuple[list[str], np.ndarray, np.ndarray, pd.DataFrame]:
    """Return the design's names and columns, the outcome, and the rows without a missing value."""
    one_outcome = f"The formula {formula!r} must have one numeric outcome to the left of ~."
    try:
        needed = sorted(map(str, Formula(formula).required_variables))
    except FormulaicError as error:
        raise ValueError(
            f"{formula!r} is no formula. Write for example 'score ~ trained + C(team)'."
        ) from error
    if "~" not in formula:
        raise ValueError(one_outcome)
    require_columns(frame, needed, "data")
    whole = frame.loc[frame[needed].notna().all(axis=1)] if needed else frame
    if whole.empty:
        raise ValueError(
            "No row has a value in every column of the formula. Check the filters and missing values."
        )
    # formulaic knows text by its usual types only, and gives a category that no row has a column of zeros
    text = {c: object for c in needed if isinstance(whole[c].dtype, pd.StringDtype)}
    used = whole.astype(text)
    categories = [c for c in needed if isinstance(used[c].dtype, pd.CategoricalDtype)]
    used = used.assign(**{c: used[c].cat.remove_unused_categories() for c in categories})
    dates = [c for c in needed if pd.api.types.is_datetime64_any_dtype(used[c])]
    if dates:
        raise ValueError(
            f"Column {dates[0]!r} holds dates. Make it a number first, such as days since a day."
        )
    with np.errstate(
        all="ignore"
    ):  # what a function of the formula cannot compute is reported below, by rows
        sides = model_matrix(formula, used, context={}, na_action="drop")
    if not hasattr(sides, "lhs") or sides.lhs.shape[1] != 1:
        raise ValueError(one_outcome)
    x, y = sides.rhs.to_numpy(dtype=float), sides.lhs.to_numpy(dtype=float)[:, 0]
    where = np.zeros(len(frame), dtype=bool)
    where[whole.index.difference(sides.rhs.index)] = True
    where[sides.rhs.index[~(np.isfinite(x).all(axis=1) & np.isfinite(y))]] = True
    if where.any():
        raise ValueError(
            f"The formula {formula!r} is infinite or undefined in {row_positions(where)}. Replace or drop them."
        )
    return [str(c) for c in sides.rhs.columns], x, y, whole.loc[sides.rhs.index]


def cluster_columns(cluster: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the cluster columns as a tuple of none, one or two names."""
    columns = () if cluster is None else (cluster,) if isinstance(cluster, str) else tuple(cluster)
    if len(columns) > 2:
        raise ValueError(f"`cluster` names {len(columns)} columns. Give one, or a tuple of two.")
    if len(set(columns)) < len(columns):
        raise ValueError("`cluster` names the same column twice. Give it once.")
    return columns


def require_errors(errors: str, columns: Sequence[str]) -> None:
    """Raise `ValueError` unless `errors` and the cluster columns fit each other."""
    if errors.startswith("CR") and not columns:
        raise ValueError(f"`errors` {errors!r} needs `cluster`. Name the column, or choose HC2.")
    if not errors.startswith("CR") and columns:
        raise ValueError(f"`errors` {errors!r} ignores `cluster`. Choose CR1 or CR2, or give no cluster.")


def codes(column: pd.Series) -> np.ndarray:
    """Return the integer codes 0, 1, ... of a column's values."""
    return cast(np.ndarray, pd.factorize(column)[0])


def errors_text(errors: str, columns: Sequence[str]) -> str:
    """Say in words which errors an estimate has."""
    if not columns:
        return f"least squares, {errors} errors"
    df = "Satterthwaite" if errors == "CR2" and len(columns) == 1 else "clusters − 1"
    return f"least squares, {errors} errors clustered by {' and '.join(columns)}, {df} degrees of freedom"


def missing_check(total: int, kept: int) -> Check:
    """Say how many rows were left out because a value is missing."""
    gone = total - kept
    status = "pass" if gone <= 0.05 * total else "warn"
    return Check("missing", status, f"{gone} of {total} rows have a missing value and were left out.")


def cluster_checks(n_clusters: int, errors: str, columns: Sequence[str]) -> tuple[Check, ...]:
    """Warn where clusters are too few for the chosen errors; nothing without a cluster."""
    if not columns:
        return ()
    needed = 10 if errors == "CR2" else 40
    detail = f"{n_clusters} clusters ({' and '.join(columns)}); {errors} wants {needed}"
    advice = "." if errors == "CR2" or n_clusters >= needed else ": choose errors='CR2'."
    return (Check("clusters", "pass" if n_clusters >= needed else "warn", detail + advice),)
