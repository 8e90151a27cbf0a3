"""By how many weeks does the rule miss the week in which people truly became proficient?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from tne.checks import require_choice
from tne.measures.proficiency_noise import DRAWS, RULES
from tne.measures.proficiency_runs import first_runs

SHARES = {"quartile_25": 0.25, "median": 0.5, "quartile_75": 0.75}


def proficiency_bias(
    *,
    plateau: float,
    rise: float,
    tau: float,
    spread: float = 0.0,
    accuracy: float = 0.85,
    audits: float = 13,
    k: int = 4,
    rule: str = "lower_limit",
    dated: str = "confirmed",
    certainty: float = 0.8,
    weeks: int = 52,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare the rule with the truth for people who improve along a known ramp and never leave.

    Parameters
    ----------
    plateau : float
        Share of right decisions at which the middle person ends.
    rise, tau : float
        Log-odds that a beginner lacks, and the time constant in weeks, as from `learning_curve` with ``scale="logit"``.
    spread : float
        Standard deviation between people, in log-odds.
    accuracy, k, rule, dated, certainty
        As in `proficiency`.
    audits : float
        Audits a week (with sampling weights: the effective number).
    weeks : int
        Weeks watched, from week 1.
    draws : int
        Simulated people.
    seed : int

    Returns
    -------
    DataFrame
        term (quartile_25, median, quartile_75), true (week in which true accuracy first is at the target), rule (week
        in which the rule is met) and bias; infinite where fewer get there.

    Raises
    ------
    ValueError
        For an unknown `rule` or `dated`, shares outside 0 to 1, numbers that are not positive, or fewer `weeks` than
        `k`.

    Notes
    -----
    1 + Poisson audits a week, no seasons, no absence: the noise of a real year only adds. With ``dated="confirmed"``
    k − 1 weeks go by in confirming: a bias of that size is the rule at work, less is people who passed by luck.

    References
    ----------
    Armitage, McPherson and Rowe (1969), Repeated significance tests on accumulating data, J. Royal Statistical Society
    A 132:235-244.

    Examples
    --------
    >>> bias = proficiency_bias(plateau=0.95, rise=2.5, tau=6, audits=1000, k=1, rule="pooled")
    >>> bias["bias"].tolist()
    [0.0, 0.0, 0.0]
    """
    require_choice(rule, RULES, "rule")
    require_choice(dated, ("confirmed", "start"), "dated")
    positive = tau > 0 and spread >= 0 and audits >= 1 and draws >= 1
    if not (0 < plateau < 1 and 0 < accuracy < 1 and positive and 1 <= k <= weeks):
        raise ValueError(
            "Shares lie between 0 and 1, `tau`, `audits`, `k`, `draws` are positive, and `weeks` at least `k`."
        )
    rng = np.random.default_rng(seed)
    level = special.logit(plateau) + rng.normal(0, spread, (draws, 1))
    week = np.arange(1, weeks + 1)
    share = special.expit(level - rise * np.exp(-week / tau))
    good = share >= accuracy
    true = np.where(good.any(axis=1), week[good.argmax(axis=1)], np.inf)
    n = rng.poisson(audits - 1, share.shape) + 1
    seen = pd.DataFrame(
        {
            "person": np.repeat(np.arange(draws), weeks),
            "period": np.tile(week, draws),
            "right": rng.binomial(n, share).ravel(),
            "weight": n.ravel(),
            "squares": n.ravel(),
            "accuracy_target": accuracy,
        }
    )
    runs = first_runs(seen, k, 0, rule, certainty, speed=False)
    met = np.full(draws, np.inf)
    met[runs["moderator_id"]] = runs["run_end" if dated == "confirmed" else "run_start"]
    rows = []
    for term, part in SHARES.items():
        a, b = (float(np.quantile(x, part, method="higher")) for x in (true, met))
        rows.append({"term": term, "true": a, "rule": b, "bias": b - a if np.isfinite(a) else np.nan})
    return pd.DataFrame(rows)
