"""What does a plan say: how many people to enrol, how sure one would be, how small an effect it finds?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.measures.power_numbers import Plan
from tne.result import Check, Estimate, Estimates, Result, number

MIN_CLUSTERS_PER_ARM = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class PowerAnalysis(Result):
    """Effect, people and power of a plan: any two determine the third, which is `estimate`.

    Parameters
    ----------
    term : str
        ``"n_per_arm"``, ``"power"`` or ``"minimum_detectable_effect"``.
    estimate : float
        The number asked for, unrounded.
    effect : float
        In the outcome's unit; in standard deviations (Cohen's d, or h of shares) where no unit was given.
    power : float
        At the unrounded number of people.
    n : float
        People with an outcome in the untrained arm (pairs where `kind` is "paired"), unrounded.
    per_arm : tuple of int
        People to enrol in each arm, untrained first, rounded up to whole clusters and for drop-out.
    total : int
        Their sum.
    clusters_per_arm : tuple of int
        Whole clusters of each arm; empty without clusters.
    clusters : float
        Clusters of the untrained arm, unrounded; NaN without clusters.
    design_effect : float
        Variance relative to as many independent people.
    df : float
        Degrees of freedom of the test.
    conf_level : float
    unit, effect_unit, method, note, said : str
        Unit of the number asked for and of the effect, how, what limits it, and the sentence.
    """

    term: str
    estimate: float
    effect: float
    power: float
    n: float
    per_arm: tuple[int, ...]
    total: float
    clusters_per_arm: tuple[int, ...]
    clusters: float
    design_effect: float
    df: float
    conf_level: float
    unit: str
    effect_unit: str
    method: str
    note: str
    said: str

    def __str__(self) -> str:
        return self.said + (f" {self.note[0].upper()}{self.note[1:]}." if self.note else "")

    def to_frame(self) -> pd.DataFrame:
        """Return one row per number, the one asked for first."""
        unit = self.unit if self.term == "minimum_detectable_effect" else self.effect_unit
        shown: list[tuple[str, float, str]] = [
            ("n_per_arm", self.n, "people"),
            ("power", self.power, "share"),
            (
                "minimum_detectable_effect" if self.term == "minimum_detectable_effect" else "effect",
                self.effect,
                unit,
            ),
        ]
        shown.sort(key=lambda row: row[0] != self.term)
        shown += [(f"enrol_arm_{i}", people, "people") for i, people in enumerate(self.per_arm)]
        shown += [("enrol_total", self.total, "people")]
        shown += [(f"clusters_arm_{i}", count, "clusters") for i, count in enumerate(self.clusters_per_arm)]
        shown += [("design_effect", self.design_effect, ""), ("df", self.df, "")]
        rows = [
            Estimate(
                term=term, estimate=value, unit=of, conf_level=self.conf_level, method=self.method,
                note=self.note or ("not defined for this plan" if math.isnan(value) else ""),
            ).as_row()
            for term, value, of in shown
        ]  # fmt: skip
        return Estimates(table=pd.DataFrame(rows)).to_frame()


def conclude(
    term: str, n: float, effect: float, power: float, plan: Plan, options: dict[str, Any]
) -> PowerAnalysis:
    """Return the result of a plan for `n` people with an outcome in the untrained arm.

    Parameters
    ----------
    term : {"n_per_arm", "power", "minimum_detectable_effect"}
    n, effect, power : float
    plan : Plan
    options : dict
        What the user gave.
    """
    clustered = plan.cluster_size > 1
    arms = 1 if plan.kind == "paired" else options["arms"]
    trained = n * plan.ratio
    each = [n, *[trained] * (arms - 1)]
    if clustered:
        counts = tuple(_up(x / plan.cluster_size) for x in each)
        per_arm = tuple(_up(k * options["cluster_size"]) for k in counts)
    else:
        counts, per_arm = (), tuple(_up(x / (1 - options["dropout"])) for x in each)
    unit = _unit(plan, options)
    note = "even the largest possible change of this share would be missed" if math.isnan(effect) else ""
    checks: tuple[Check, ...] = ()
    if clustered:
        fewest = min(counts)
        status = "pass" if fewest >= MIN_CLUSTERS_PER_ARM else "warn"
        checks = (
            Check("clusters", status, f"{fewest} clusters in one arm; {MIN_CLUSTERS_PER_ARM} are wanted."),
        )
    return PowerAnalysis(
        term=term,
        estimate={"n_per_arm": n, "power": power, "minimum_detectable_effect": effect}[term],
        effect=effect,
        power=power,
        n=n,
        per_arm=per_arm,
        total=sum(per_arm),
        clusters_per_arm=counts,
        clusters=n / plan.cluster_size if clustered else math.nan,
        design_effect=plan.deff,
        df=plan.df(n),
        conf_level=options["conf_level"],
        unit={"n_per_arm": "people", "power": "share", "minimum_detectable_effect": unit}[term],
        effect_unit=unit,
        method=_method(plan, options),
        note=note,
        said=_sentence(term, effect, power, per_arm, counts, unit, plan, options),
        checks=checks,
    )


def _up(x: float) -> int:
    return math.ceil(x - 1e-9 * max(1.0, x))


def _unit(plan: Plan, options: dict[str, Any]) -> str:
    if plan.kind == "proportions":
        return "Cohen's h" if math.isnan(plan.baseline_share) else "share"
    if options["sd"] is None:
        return "standard deviations"
    return "units of the outcome"


def _method(plan: Plan, options: dict[str, Any]) -> str:
    test = {"means": "difference of means", "paired": "paired change", "proportions": "difference of shares"}[
        plan.kind
    ]
    parts = [
        f"{test}, {'noncentral t' if plan.reference == 't' else 'normal'}, {plan.alternative} at {plan.level:.3g}"
    ]
    if options["arms"] > 2:
        parts.append(f"Bonferroni for {options['arms'] - 1} comparisons")
    if plan.cluster_size > 1:
        parts.append(
            f"design effect {plan.deff:.3g} (ICC {options['icc']:g}, {options['cluster_size']:g} a cluster)"
        )
    if plan.fitted:
        parts.append(f"adjusted for a baseline, correlation {options['correlation']:g}")
    if options["dropout"]:
        parts.append(f"{options['dropout']:.0%} drop-out")
    if plan.margin:
        parts.append(f"non-inferiority margin {plan.margin:g}")
    return ", ".join(parts)


def _sentence(
    term: str,
    effect: float,
    power: float,
    per_arm: tuple[int, ...],
    counts: tuple[int, ...],
    unit: str,
    plan: Plan,
    options: dict[str, Any],
) -> str:
    shown = [f"{n} people" for n in per_arm]
    if counts:
        shown = [f"{k} clusters ({text})" for k, text in zip(counts, shown, strict=True)]
    if plan.kind == "paired":
        whom = f"{shown[0]}, each measured before and after,"
    elif len(set(per_arm)) == 1:
        whom = f"{shown[0]} in each of {len(per_arm)} arms ({sum(per_arm)} people in all)"
    else:
        whom = f"{shown[0]} untrained and {shown[1]} in each trained arm ({sum(per_arm)} people in all)"
    amount = number(effect) if unit != "share" else f"{100 * effect:.3g} percentage points"
    what = amount if unit == "share" else f"{amount} {unit}"
    if unit == "units of the outcome":
        what = f"{amount} ({number(effect / options['sd'])} standard deviations)"
    if unit == "share":
        what += (
            f" (from {plan.baseline_share:.1%} to {plan.baseline_share + effect:.1%})"
            if not math.isnan(effect)
            else ""
        )
    sure = f"{100 * power:.3g} %"
    test = f"{'two' if plan.alternative == 'two-sided' else 'one'}-sided test at {100 * plan.level:.3g} %"
    if plan.margin:
        test += f" of being no worse than {number(plan.margin)}"
    if term == "n_per_arm":
        return f"To find an effect of {what} with {sure} power ({test}), {whom} are needed."
    if term == "power":
        return f"With {whom} an effect of {what} is found with a probability of {sure} ({test})."
    if math.isnan(effect):
        return f"With {whom} no effect is found with {sure} power ({test})."
    return f"With {whom} the smallest effect found with {sure} power is {what} ({test})."
