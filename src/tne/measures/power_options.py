"""Can a study be planned with these numbers? Every impossible request is refused in words."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, cast

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.power_numbers import Plan

KINDS = ("means", "paired", "proportions")
ALTERNATIVES = ("two-sided", "greater", "less")


def plan_of(options: dict[str, Any]) -> tuple[float | None, Plan]:
    """Check the options and return the effect, None where there is none, and the plan."""
    o = {"power": 0.8, "margin": 0.0} | options
    require_choice(o["kind"], KINDS, "kind")
    require_choice(o["alternative"], ALTERNATIVES, "alternative")
    require_choice(o["reference"], (None, "t", "z"), "reference")
    require_level_of_confidence(o["conf_level"])
    kind, level = o["kind"], 1 - o["conf_level"]
    _between("icc", o["icc"], 0, 1, "Give the share of the variance that lies between clusters")
    _between("dropout", o["dropout"], 0, 1, "Give the share expected to have no outcome", top_open=True)
    _between("correlation", o["correlation"], -1, 1, "Give a correlation", bottom_open=True, top_open=True)
    for name in ("cluster_size", "cluster_cv", "margin", "ratio", "power"):
        if not isinstance(o[name], Real) or isinstance(o[name], bool):
            raise TypeError(f"`{name}` is {o[name]!r}. Give a number.")
    if not (level < o["power"] < 1):
        raise ValueError(
            f"`power` is {o['power']}. Give a probability between {level:g} (what no effect gives) and 1."
        )
    for name, least in (("cluster_size", 1), ("cluster_cv", 0), ("margin", 0)):
        if not (math.isfinite(o[name]) and o[name] >= least):
            raise ValueError(f"`{name}` is {o[name]}. Give a number of {least} or more.")
    if not (math.isfinite(o["ratio"]) and o["ratio"] > 0):
        raise ValueError(f"`ratio` is {o['ratio']}. Give trained people per untrained person, above 0.")
    if isinstance(o["arms"], bool) or not float(o["arms"]).is_integer() or o["arms"] < 2:
        raise ValueError(
            f"`arms` is {o['arms']!r}. Give a whole number of 2 or more, the untrained arm included."
        )
    if o["icc"] > 0 and o["cluster_size"] == 1:
        raise ValueError(
            "`icc` without `cluster_size` has no meaning. Give the people per cluster, or leave `icc` out."
        )
    if o["margin"] and o["alternative"] == "two-sided":
        raise ValueError("`margin` needs `alternative` 'greater' (more is better) or 'less'. Choose one.")
    if kind == "paired" and (o["ratio"] != 1 or o["arms"] != 2):
        raise ValueError(
            "`kind` 'paired' has the same people twice: `ratio` and `arms` do not apply. Leave them out."
        )
    if o["sd"] is not None and not (math.isfinite(o["sd"]) and o["sd"] > 0):
        raise ValueError(f"`sd` is {o['sd']}. Give the standard deviation of the outcome, above 0.")
    if kind == "proportions" and o["sd"] is not None:
        raise ValueError("`sd` does not apply to shares: `baseline_share` fixes it. Leave it out.")
    if kind != "proportions" and o["baseline_share"] is not None:
        raise ValueError(
            f"`baseline_share` does not apply to `kind` {kind!r}. Choose 'proportions', or leave it out."
        )
    effect, share = _effect(o["effect"], o["baseline_share"], kind)
    # clusters that drop-out leaves one person each are people
    size = max(1.0, o["cluster_size"] * (1 - o["dropout"]))
    deff = max(1.0, 1 + ((1 + o["cluster_cv"] ** 2) * size - 1) * o["icc"])
    r = o["correlation"]
    sd = o["sd"] or 1.0
    if kind == "paired" and r:
        sd *= math.sqrt(2 * (1 - r))
    plan = Plan(
        kind=kind, alternative=o["alternative"], level=level / (o["arms"] - 1), sd=sd,
        baseline_share=math.nan if share is None else share, deff=deff, cluster_size=float(size),
        kept=1 - r**2 if kind != "paired" else 1.0, ratio=float(o["ratio"]), margin=float(o["margin"]),
        reference=o["reference"] or ("z" if kind == "proportions" and o["cluster_size"] == 1 else "t"),
        fitted=int(bool(r) and kind != "paired"),
    )  # fmt: skip
    return effect, plan


def _effect(effect: Any, share: float | None, kind: str) -> tuple[float | None, float | None]:
    if share is not None:
        _between(
            "baseline_share", share, 0, 1, "Give the share without training", bottom_open=True, top_open=True
        )
    if isinstance(effect, (tuple, list)):
        if kind != "proportions" or len(effect) != 2 or share is not None:
            raise ValueError(
                "`effect` may be two numbers only for shares: (untrained, trained), without `baseline_share`."
            )
        for value in effect:
            _between("effect", value, 0, 1, "Shares lie between 0 and 1, such as (0.80, 0.85)")
        share, effect = float(effect[0]), float(effect[1]) - float(effect[0])
    if effect is None:
        return None, share
    if isinstance(effect, bool) or not isinstance(effect, Real) or not math.isfinite(effect):
        raise ValueError(f"`effect` is {effect!r}. Give a finite number, of shares also the two shares.")
    if share is not None and not -1e-12 <= share + cast(float, effect) <= 1 + 1e-12:
        raise ValueError(
            f"A share of {share:g} cannot change by {effect:g}: shares lie between 0 and 1. "
            "Give the effect as a share, not in points."
        )
    if kind == "proportions" and share is None and abs(cast(float, effect)) > math.pi:
        raise ValueError(
            f"Cohen's h of {effect:g} is impossible: it never exceeds pi. Give `baseline_share` or two shares."
        )
    return float(effect), share


def _between(
    name: str,
    value: Any,
    low: float,
    high: float,
    advice: str,
    *,
    bottom_open: bool = False,
    top_open: bool = False,
) -> None:
    good = isinstance(value, Real) and low <= cast(float, value) <= high
    if not good or (bottom_open and value == low) or (top_open and value == high):
        raise ValueError(f"`{name}` is {value!r}, outside {low} to {high}. {advice}.")


def seen(options: dict[str, Any], plan: Plan) -> float:
    """Return the people of the untrained arm with an outcome; refuse what leaves no degree of freedom."""
    n = options["n"]
    good = isinstance(n, Real) and not isinstance(n, bool) and math.isfinite(n) and cast(float, n) > 0
    if not good or not plan.df(n * (1 - options["dropout"])) > 0:
        units = "clusters" if plan.cluster_size > 1 else "people"
        raise ValueError(f"`n` is {n!r}: too few {units} in an arm for any test. Give more.")
    return cast(float, n * (1 - options["dropout"]))


def require_side(effect: float, plan: Plan) -> None:
    """Raise `ValueError` where the effect lies on the side that the alternative does not test."""
    behind = effect + plan.margin <= 0 if plan.alternative == "greater" else effect - plan.margin >= 0
    if plan.alternative != "two-sided" and behind:
        raise ValueError(
            f"An effect of {effect:g} does not lie on the side of `alternative` {plan.alternative!r}. Change one."
        )
