"""How many people or teams does the next roll-out need, and what can a given number find?"""

from __future__ import annotations

import math

from tne.measures.power_analysis import PowerAnalysis, conclude
from tne.measures.power_numbers import effect_for, people_for
from tne.measures.power_options import plan_of, require_side, seen
from tne.measures.waitlist import Assignment, assign_waitlist

__all__ = [
    "Assignment",
    "PowerAnalysis",
    "assign_waitlist",
    "minimum_detectable_effect",
    "power",
    "sample_size",
]


def sample_size(
    *,
    effect: float | tuple[float, float],
    kind: str,
    power: float = 0.8,
    conf_level: float = 0.95,
    alternative: str = "two-sided",
    icc: float = 0.0,
    cluster_size: float = 1,
    cluster_cv: float = 0.0,
    sd: float | None = None,
    baseline_share: float | None = None,
    correlation: float = 0.0,
    ratio: float = 1.0,
    arms: int = 2,
    dropout: float = 0.0,
    margin: float = 0.0,
    reference: str | None = None,
) -> PowerAnalysis:
    """Return the people that each arm needs to find an effect.

    Parameters
    ----------
    effect : float or tuple of two floats
        Trained minus untrained: in the outcome's unit with `sd`, else in standard deviations (Cohen's d). Of shares: a
        difference with `baseline_share`, or the two shares (untrained, trained), else Cohen's h.
    kind : {"means", "paired", "proportions"}
        Two arms' means; the same people twice; two arms' shares.
    power : float
        Probability to find the effect if it is there.
    conf_level : float
        The test's level is one minus this, divided among the comparisons of several arms (Bonferroni).
    alternative : {"two-sided", "greater", "less"}
    icc : float
        Intraclass correlation: share of the variance that lies between clusters, 0 to 1.
    cluster_size : float
        People per cluster (mean) where teams are assigned whole.
    cluster_cv : float
        Standard deviation of the cluster sizes over their mean.
    sd : float, optional
        Standard deviation of the outcome; where `kind` is "paired" of the change, or of one score if
        `correlation` is given.
    baseline_share : float, optional
        Share without training, 0 to 1.
    correlation : float
        Of the outcome with the baseline that the analysis adjusts for: leaves 1 − r² of the variance. For "paired":
        between the two scores.
    ratio : float
        Trained people (in each trained arm) per untrained person.
    arms : int
        Arms, the untrained one included; each other is compared with it.
    dropout : float
        Share expected to have no outcome; raises the number to enrol.
    margin : float
        Above 0: a non-inferiority test with this tolerated worsening (one-sided `alternative` needed).
    reference : {"t", "z"}, optional
        Distribution of the test. None: t for means and whenever clusters are assigned, z for shares of people.

    Returns
    -------
    PowerAnalysis
        ``.estimate`` = ``.n``, unrounded; ``.per_arm``, ``.total``, ``.clusters_per_arm`` rounded up; ``str()`` is a
        sentence.

    Raises
    ------
    ValueError
        In words, for what no study can have: an effect of 0, shares outside 0 to 1, an ICC outside 0 to 1.

    Notes
    -----
    Power is that of the noncentral t, both tails counted, with the degrees of freedom of people or of clusters;
    ``design effect = 1 + ((1 + cv²) m − 1) icc``. Shares: normal, the pooled share in the critical value; of clusters
    the same with t. The number says what a perfect study of this effect needs; an effect taken from a small pilot is
    usually too large, and no-shows shrink it.

    References
    ----------
    Cohen (1988), Statistical power analysis for the behavioral sciences. Donner and Klar (2000), Design and analysis
    of cluster randomization trials in health research. Eldridge, Ashby and Kerry (2006), Int. J. Epidemiol. 35.

    Examples
    --------
    >>> plan = sample_size(effect=0.5, kind="means")
    >>> round(plan.estimate, 5), plan.per_arm
    (63.76561, (64, 64))
    """
    options = locals()
    wanted, plan = plan_of(options)
    if wanted is None or (wanted == 0 and not margin):
        raise ValueError(
            "`effect` is 0: no number of people finds an effect that is not there. Give the smallest that matters."
        )
    require_side(wanted, plan)
    n = people_for(plan, wanted, power)
    if math.isnan(n):
        raise ValueError("No number of people reaches that power. Is `effect` on the right side of `margin`?")
    return conclude("n_per_arm", n, wanted, plan.power(wanted, n), plan, options)


def power(
    *,
    n: float,
    effect: float | tuple[float, float],
    kind: str,
    conf_level: float = 0.95,
    alternative: str = "two-sided",
    icc: float = 0.0,
    cluster_size: float = 1,
    cluster_cv: float = 0.0,
    sd: float | None = None,
    baseline_share: float | None = None,
    correlation: float = 0.0,
    ratio: float = 1.0,
    arms: int = 2,
    dropout: float = 0.0,
    margin: float = 0.0,
    reference: str | None = None,
) -> PowerAnalysis:
    """Return the probability that `n` people per arm find the effect.

    Parameters
    ----------
    n : float
        People with an outcome in the untrained arm, or pairs; with clusters, clusters times their size. With `dropout`:
        people enrolled.
    effect, kind, conf_level, alternative, icc, cluster_size, cluster_cv, sd, baseline_share, correlation
        As in `sample_size`.
    ratio, arms, dropout, margin, reference
        As in `sample_size`.

    Returns
    -------
    PowerAnalysis

    Raises
    ------
    ValueError
        If `n` leaves no degree of freedom, or as in `sample_size`.

    Notes
    -----
    Computed for an effect that one knows before the study. The power of an effect just estimated repeats its p-value.

    References
    ----------
    Cohen (1988), Statistical power analysis for the behavioral sciences.

    Examples
    --------
    >>> round(power(n=20, effect=1, sd=1, kind="means").estimate, 5)
    0.86895
    """
    options = locals()
    wanted, plan = plan_of(options)
    if wanted is None:
        raise ValueError("`effect` is missing. Give it, or ask `minimum_detectable_effect`.")
    people = seen(options, plan)
    return conclude("power", people, wanted, plan.power(wanted, people), plan, options)


def minimum_detectable_effect(
    *,
    n: float,
    kind: str,
    power: float = 0.8,
    conf_level: float = 0.95,
    alternative: str = "two-sided",
    icc: float = 0.0,
    cluster_size: float = 1,
    cluster_cv: float = 0.0,
    sd: float | None = None,
    baseline_share: float | None = None,
    correlation: float = 0.0,
    ratio: float = 1.0,
    arms: int = 2,
    dropout: float = 0.0,
    reference: str | None = None,
) -> PowerAnalysis:
    """Return the smallest effect that `n` people per arm find with the given power.

    Parameters
    ----------
    n : float
        As in `power`.
    kind, power, conf_level, alternative, icc, cluster_size, cluster_cv, sd, baseline_share, correlation
        As in `sample_size`.
    ratio, arms, dropout, reference
        As in `sample_size`. The effect has the unit of `sd`; of shares it is the rise above
        `baseline_share` (with ``alternative="less"`` the fall, negative), without one Cohen's h.

    Returns
    -------
    PowerAnalysis
        NaN with a note where not even the largest possible change of a share would be found.

    Raises
    ------
    ValueError
        As in `power`.

    Notes
    -----
    An effect of this size is missed in one of five such studies (power .8); smaller ones are found less
    often, not never.

    References
    ----------
    Bloom (1995), Minimum detectable effects, Evaluation Review 19:547-556.

    Examples
    --------
    >>> round(minimum_detectable_effect(n=63.76561, kind="means").estimate, 6)
    0.5
    """
    options = locals()
    _, plan = plan_of(options | {"effect": None, "margin": 0.0})
    people = seen(options, plan)
    found = effect_for(plan, people, power, -1 if alternative == "less" else 1)
    return conclude("minimum_detectable_effect", people, found, power, plan, options)
