"""What does the regression with unit and period effects say? For comparison: it misleads on staggered training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence, rows
from tne.measures.absorbed_fit import COUNTED, ERRORS, AbsorbedFit, absorbed_fit
from tne.measures.inference import inference
from tne.measures.ols import cluster_checks, require_errors
from tne.measures.two_way_rows import TwoWayRows, people_in, two_way_rows
from tne.measures.two_way_timing import groups_compared, timing_check, treated_clusters_check
from tne.result import Estimates

_UNTREATED = "units not treated in the period, earlier trained ones among them"


def two_way_fixed_effects(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    period: str,
    treated: str | Sequence[str],
    covariates: Sequence[str] = (),
    cluster: str | Sequence[str] | None = None,
    errors: str | None = None,
    weights: str | None = None,
    absorbed: str = "nested",
    conf_level: float = 0.95,
) -> Estimates:
    """Regress an outcome on being treated, with an effect for every unit and every period.

    Parameters
    ----------
    panel : DataFrame
        One row per unit × period; periods may be missing. Rows that lack a number are left out and counted.
    outcome, unit, period : str
    treated : str or sequence of str
        Columns of 0 and 1, for example a grant and the grant of the period before.
    covariates : sequence of str
        Columns that change within units.
    cluster : str or tuple of two str, optional
        None: the unit, unless `errors` is "classical" or "HC1".
    errors : {"classical", "HC1", "CR1", "CR2"}, optional
        None is "CR1". "CR2" has Satterthwaite's degrees of freedom: choose it below 40 clusters.
    weights : str, optional
        Column with a weight per row.
    absorbed : {"nested", "full", "none"}
        Which effects CR1's factor counts as estimated: all but those within clusters, all, or none.
    conf_level : float

    Returns
    -------
    Estimates
        One row per column of `treated`, then of `covariates`; ``.get(term="grant")``. A column that the effects
        or other columns determine is NaN with a note.

    Raises
    ------
    KeyError, TypeError, ValueError
        For bad columns, `treated` other than 0 and 1, or errors that do not fit `cluster`.

    Notes
    -----
    CR1 is ``G/(G − 1) · (n − 1)/(n − K)`` times the sandwich, with t on G − 1 degrees of freedom. "nested" counts
    K as R's fixest does: units within clusters cost nothing. "full" is the regression with dummies
    (``clustered_ols`` with ``C(unit) + C(period)``). "classical" and "HC1" count all effects.
    The number is a weighted mean of effects whose weights may be negative when units start at different times and
    effects differ: the check ``staggered_timing`` says how many. It is not the mean effect then.

    References
    ----------
    de Chaisemartin and D'Haultfœuille (2020), Two-way fixed effects estimators with heterogeneous treatment
    effects, American Economic Review 110.

    Examples
    --------
    >>> panel = pd.DataFrame({"team": [1, 1, 2, 2, 3, 3], "week": [0, 1] * 3, "y": [1.0, 4, 1, 2, 0, 1],
    ...                       "trained": [0, 1, 0, 0, 0, 0]})
    >>> fit = two_way_fixed_effects(panel, outcome="y", unit="team", period="week", treated="trained")
    >>> round(fit.get(term="trained").estimate, 6)
    2.0
    """
    require_level_of_confidence(conf_level)
    require_choice(absorbed, COUNTED, "absorbed")
    treatments, others = _names(treated, "treated"), _names(covariates, "covariates")
    if not treatments:
        raise ValueError("`treated` names no column. Give the column that is 1 where a unit is trained.")
    if both := set(treatments) & {outcome} | (set(treatments) | {outcome}) & set(others):
        raise ValueError(
            f"{', '.join(sorted(both))} stands twice among outcome, treated, covariates. Name each once."
        )
    errors = errors or "CR1"
    require_choice(errors, ERRORS, "errors")
    if cluster is not None or not errors.startswith("CR"):
        require_errors(errors, () if cluster is None else ("given",))
    data = two_way_rows(
        panel,
        unit=unit,
        period=period,
        numbers=[outcome, *treatments, *others],
        cluster=cluster,
        weights=weights,
    )
    for name in treatments:
        _require_binary(data, name, len(panel))
    x = np.column_stack([data.numbers[name] for name in (*treatments, *others)])
    clusters = data.clusters if errors.startswith("CR") else ()
    if errors == "CR2" and len(clusters) == 2:
        raise ValueError("`errors` 'CR2' takes one cluster. Choose 'CR1' for two.")
    fitted = absorbed_fit(
        data.effects, data.numbers[outcome], x, errors=errors, clusters=clusters, counted=absorbed
    )
    columns = data.cluster_names if clusters else ()
    table = _table(data, fitted, treatments, others, conf_level).assign(
        method=_method(errors, columns, absorbed)
    )
    return Estimates(
        table=table,
        checks=(
            *data.checks,
            timing_check(data, fitted, treatments),
            *cluster_checks(fitted.n_clusters, errors, columns),
            *treated_clusters_check(data, treatments[0], clusters),
        ),
    )


def _names(given: str | Sequence[str], what: str) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    if len(set(names)) < len(names):
        raise ValueError(f"`{what}` names a column twice. Give each once.")
    return names


def _require_binary(data: TwoWayRows, name: str, n: int) -> None:
    values = data.numbers[name]
    wrong = (values != 0) & (values != 1)
    if wrong.any():
        where = np.zeros(n, dtype=bool)
        where[data.kept[wrong]] = True
        raise ValueError(
            f"Column `{name}` is neither 0 nor 1 in {rows(where)}. "
            "Give 1 where trained, or put a dose among `covariates`."
        )


def _table(
    data: TwoWayRows, fitted: AbsorbedFit, treatments: Sequence[str], others: Sequence[str], conf_level: float
) -> pd.DataFrame:
    out = []
    for j, term in enumerate((*treatments, *others)):
        smallest, total = people_in(
            data.person, *groups_compared(data, term if j < len(treatments) else None)
        )
        row = {"term": term, "n": float(len(data.kept)), "n_people": smallest, "n_people_total": total}
        if j < len(treatments):
            row |= {"estimand": "weighted mean of the effects on the treated", "comparison": _UNTREATED}
        b, variance = fitted.coefficients[j], fitted.covariance[j, j]
        if not fitted.kept[j]:
            out.append(
                row | {"estimate": np.nan, "note": _why_lost(bool(fitted.absorbed[j]), j < len(treatments))}
            )
            continue
        note = "" if variance > 0 else fitted.note or "the variance is not positive: too few clusters for it"
        error = np.sqrt(variance) if variance >= 0 else np.nan
        out.append(row | {**inference(b, float(error), float(fitted.df[j]), conf_level), "note": note})
    return pd.DataFrame(out).assign(conf_level=conf_level)


def _why_lost(absorbed: bool, is_treatment: bool) -> str:
    if absorbed and is_treatment:
        return "unit and period effects determine it: no unit changes while another stays as it is"
    if absorbed:
        return "unit and period effects determine it: it does not change within units beyond the periods"
    return "other columns and the effects determine it: left out"


def _method(errors: str, columns: Sequence[str], absorbed: str) -> str:
    text = f"unit and period effects, {errors} errors"
    if not columns:
        return text
    df = "Satterthwaite" if errors == "CR2" else "clusters − 1"
    counts = {
        "nested": "effects within clusters not counted",
        "full": "all effects counted",
        "none": "no effects counted",
    }
    return f"{text} clustered by {' and '.join(columns)}, {df} degrees of freedom" + (
        f", {counts[absorbed]}" if errors == "CR1" else ""
    )
