"""What speaks against a synthetic comparison?"""

from __future__ import annotations

from typing import Any

import numpy as np

from tne.measures.synthetic_fit import Fit, Plan
from tne.measures.synthetic_placebo import EXACT, Placebos, outcome_size
from tne.result import Check, number

POOR, BAD = 2.0, 5.0  # gaps before the start, in medians of the placebos'
FEW_PERIODS = 8


def threats(y: np.ndarray, fit: Fit, plan: Plan, placebos: Placebos, conf_level: float) -> tuple[Check, ...]:
    """Return the checks that every method shares."""
    return (
        pre_fit(y, fit, placebos),
        convex_hull(y, fit, plan),
        few_donors(len(fit.weights), len(placebos.fits), conf_level),
        concentrated_weights(fit, plan),
        short_series(plan.before),
    )


def pre_fit(y: np.ndarray, fit: Fit, placebos: Placebos) -> Check:
    """Compare the gap before the start with the one that placebos leave."""
    name, tiny = "pre_fit", EXACT * outcome_size(y)
    if fit.before <= tiny:
        return Check(
            name,
            "warn",
            "The fit before the start is exact: with so many donors for so few periods it proves nothing.",
        )
    if not placebos.fits:
        return Check(
            name, "not_run", f"No placebo to compare the gap of {number(fit.before)} before the start with."
        )
    usual = float(np.median([f.before for f in placebos.fits]))
    if usual <= tiny:
        return Check(
            name, "warn", f"Placebos fit exactly before the start, the treated leaves {number(fit.before)}."
        )
    times = fit.before / usual
    status = "pass" if times <= POOR else "warn" if times <= BAD else "fail"
    return Check(
        name,
        status,
        f"Before the start the gap is {number(fit.before)} (root mean square), {times:.1f} times the placebos' median.",
    )


def convex_hull(y: np.ndarray, fit: Fit, plan: Plan) -> Check:
    """Count the periods and predictors where the treated lies beyond every donor, so that no average reaches it."""
    name = "convex_hull"
    if plan.method == "did":
        return Check(
            name, "not_run", "Difference-in-differences makes no average that should reach the treated."
        )
    count = len(fit.weights)
    path = y[:, : plan.before]
    if plan.method == "sdid":  # its intercept takes a constant distance
        path = path - path.mean(axis=1, keepdims=True)
    beyond, what = _beyond(path.T, count), "periods before the start"
    total = plan.before
    share = beyond / total
    text = f"The treated lies beyond every donor in {beyond} of {total} {what}"
    if plan.x is not None:
        outside = _beyond(plan.x, count)
        share = max(share, outside / len(plan.x))
        text += f" and {outside} of {len(plan.x)} predictors"
    # chance puts one of J + 1 first or last in 2 of J + 1 periods
    limit = max(0.25, 4 / (count + 1))
    status = "pass" if share <= limit else "warn" if share < 1 else "fail"
    return Check(name, status, text + ".")


def _beyond(rows: np.ndarray, donors: int) -> int:
    pool, treated = rows[:, :donors], rows[:, donors:].mean(axis=1)
    return int(np.sum((treated < pool.min(axis=1)) | (treated > pool.max(axis=1))))


def few_donors(donors: int, placebos: int, conf_level: float) -> Check:
    """Say whether the donors can show an effect at the level asked for."""
    name = "few_donors"
    if donors < 2:
        return Check(name, "fail", "One donor is a comparison of two units; nothing can be placebo.")
    least = 1 / (placebos + 1)
    if placebos == 0:
        return Check(name, "not_run", f"{donors} donors, no placebo.")
    enough = least <= 1 - conf_level + 1e-9
    return Check(
        name,
        "pass" if enough else "warn",
        f"{donors} donors, {placebos} placebos: the least possible p is {least:.3f}.",
    )


def concentrated_weights(fit: Fit, plan: Plan) -> Check:
    """Say how many donors the comparison rests on."""
    name = "concentrated_weights"
    if len(fit.weights) == 1:
        return Check(name, "warn", "There is one donor.")
    effective, most = 1 / float(np.sum(fit.weights**2)), float(fit.weights.max())
    text = f"The weights are worth {effective:.1f} donors of {len(fit.weights)}; the largest is {most:.2f}"
    if fit.period_weights is not None and plan.method == "sdid":
        text += f". The periods' weights are worth {1 / float(np.sum(fit.period_weights**2)):.1f} of {plan.before}"
    return Check(name, "warn" if effective < 2 else "pass", text + ".")


def short_series(before: int) -> Check:
    """Say whether there is enough time before the start to tell a likeness from chance."""
    return Check(
        "short_series", "warn" if before < FEW_PERIODS else "pass", f"{before} periods lie before the start."
    )


def windows_before_start(windows: list[tuple[Any, Any]], fit_last: Any, start: Any) -> Check:
    """Say whether what the weights were chosen by reaches into the time after the start."""
    name = "fitted_before_start"
    late = sum(bool(last >= start) for _, last in windows)
    fitted = bool(fit_last >= start)
    if not late and not fitted:
        return Check(name, "pass", "Predictors and fit end before the start.")
    parts = [f"{late} of {len(windows)} predictors"] if late else []
    parts += ["the fit periods"] if fitted else []
    return Check(
        name,
        "warn",
        f"{' and '.join(parts).capitalize()} reach beyond the start: part of the effect is taken for likeness.",
    )


def uneven_windows(uneven: int, predictors: int) -> Check:
    """Say whether predictors were averaged over different periods in different units."""
    return Check(
        "missing",
        "warn" if uneven else "pass",
        f"{uneven} of {predictors} predictors lack values of some units in their window.",
    )
