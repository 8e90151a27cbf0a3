"""What could make trainers look different although they are not?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.headcount import headcount
from tne.measures.mixed import VarianceComponents
from tne.measures.ols import missing_check
from tne.measures.trainers_fit import likelihood_ratio
from tne.measures.trainers_rows import PERSON, SESSION, TEAM, TRAINER, Taught
from tne.result import Check

FEW, WANTED = 5, 10
PLACES = (
    "market",
    "site",
    "modality",
    "programme_id",
    "language",
    "cohort",
)  # what may stand in for trainers


def checks_of(
    data: Taught,
    people: pd.DataFrame,
    outcome: str,
    trainer: str,
    baselines: Sequence[str],
    covariates: Sequence[str],
    fitted: VarianceComponents | None,
) -> tuple[Check, ...]:
    """Return all checks of a comparison of trainers."""
    with_trainer = int(people[trainer].notna().sum())
    found = () if fitted is None else tuple(c for c in fitted.checks if c.name in ("singular", "convergence"))
    return (
        missing_check(with_trainer, len(data.kept)),
        _lost(data, people, outcome, trainer),
        _balance(data, baselines),
        _few(data.trainers),
        _sessions(data),
        _confounding(data, trainer, covariates),
        *_repeated(data),
        Check(
            "exploratory",
            "warn",
            "People were not assigned to trainers by lot: differences may be the people's.",
        ),
        *found,
    )


def _repeated(data: Taught) -> tuple[Check, ...]:
    rows, heads = len(data.kept), headcount(data.kept)
    if rows <= heads:
        return ()
    detail = f"{rows} rows of {heads} people"
    if PERSON in data.codes:
        return (Check("repeated_people", "pass", f"{detail}: people are a grouping of the model."),)
    return (
        Check("repeated_people", "warn", f"{detail}: who has several rows cannot be told from the trainer."),
    )


def _few(trainers: int) -> Check:
    detail = f"{trainers} trainers; a spread wants {FEW} or more, better {WANTED}."
    return Check("few_groups", "warn" if trainers < WANTED else "pass", detail)


def _lost(data: Taught, people: pd.DataFrame, outcome: str, trainer: str) -> Check:
    """Do trainers differ in how many of their people have no outcome?"""
    name, given = "differential_attrition", people.loc[people[trainer].notna()]
    gone = given[outcome].isna().to_numpy()
    if data.trainers < 2 or not len(given):
        return Check(name, "not_run", "There are fewer than two trainers.")
    if not gone.any():
        return Check(name, "pass", "Everybody with a trainer has an outcome.")
    table = pd.crosstab(given[trainer].astype(object).to_numpy(), gone).to_numpy()
    p = float(stats.chi2_contingency(table, correction=False).pvalue) if min(table.shape) > 1 else 1.0
    shares = table[:, -1] / table.sum(axis=1)
    spread = (
        f"{shares.min():.0%} to {shares.max():.0%}" if data.trainers >= FEW else f"{gone.mean():.0%} in all"
    )
    detail = f"People without an outcome by trainer: {spread}, p = {p:.3f}."
    return Check(name, "warn" if p < 0.01 else "pass", detail)


def _balance(data: Taught, baselines: Sequence[str]) -> Check:
    """Did trainers get people of different baselines, beyond what sessions and teams make by chance?"""
    name = "balance"
    if not baselines:
        return Check(name, "not_run", "No baseline was named.")
    if data.trainers < 2 or data.sizes.max() < 2:
        return Check(name, "not_run", "There are too few trainers or people.")
    worst = math.nan
    for column in baselines:
        y = data.kept[column].to_numpy(dtype=float)
        p = likelihood_ratio(np.ones((len(y), 1)), y, data.codes)[1]
        worst = p if math.isnan(worst) else min(worst, p if not math.isnan(p) else worst)
    if math.isnan(worst):
        return Check(name, "not_run", "The baseline does not vary.")
    p = min(1.0, worst * len(baselines))
    detail = f"Trainers' people differ in their baseline: p = {p:.3f}; adjusting repairs what the baseline measures."
    return Check(name, "fail" if p < 0.001 else "warn" if p < 0.05 else "pass", detail)


def _sessions(data: Taught) -> Check:
    name = "few_sessions"
    if data.sessions is None:
        return Check(name, "not_run", "No session was named: trainer and session cannot be told apart.")
    alone = int((data.sessions < 2).sum())
    detail = f"{alone} of {data.trainers} trainers held one session; more are needed to tell them from it."
    if SESSION not in data.codes and data.trainers:
        return Check(name, "fail", f"{detail} Sessions are not in the model: {data.dropped[SESSION]}.")
    return Check(name, "warn" if alone else "pass", detail)


def _confounding(data: Taught, trainer: str, covariates: Sequence[str]) -> Check:
    """Does each trainer work in one market, site, modality or team only, so that it may be the place?"""
    name, of = "confounding", data.codes[TRAINER]
    if data.trainers < 2:
        return Check(name, "not_run", "There are fewer than two trainers.")
    if TEAM in data.dropped and "one trainer" in data.dropped[TEAM]:
        return Check(
            name, "fail", "Each team has a trainer of its own: team and trainer cannot be told apart."
        )
    bound = []
    for place in PLACES:
        if place not in data.kept or place == trainer or place in covariates:
            continue
        levels = pd.factorize(data.kept[place].astype(object))[0]
        if len(np.unique(levels)) > 1 and pd.Series(levels).groupby(of).nunique().max() == 1:
            bound.append(place)
    if bound:
        listed = ", ".join(bound)
        detail = f"Every trainer has one {listed} only: it may be this. Name it in `covariates` to compare within it."
        return Check(name, "warn", detail)
    return Check(
        name, "pass", "Trainers do not coincide with a team, or with a market, site or modality left open."
    )
