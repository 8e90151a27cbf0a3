"""What could make modalities look different although they are not?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tne.measures.headcount import headcount
from tne.measures.ols import missing_check
from tne.measures.randomised import balance
from tne.result import Check

PLACES = ("programme_id", "market", "site", "language", "cohort")
FEW = 5  # clusters per modality


def checks_of(
    given: int,
    kept: pd.DataFrame,
    modality: str,
    kinds: Sequence[object],
    baselines: Sequence[str],
    covariates: Sequence[str],
    clusters: np.ndarray,
    grouped: bool,
    randomised: bool,
) -> tuple[Check, ...]:
    """Return all checks of a comparison of modalities."""
    shared = [clusters] if len(np.unique(clusters)) < len(kept) else []
    return (
        missing_check(given, len(kept)),
        balance(kept, kept[modality].astype(object), list(kinds), list(baselines), shared),
        _clusters(kept, modality, clusters, grouped),
        _confounding(kept, modality, covariates),
        *_repeated(kept),
        Check("exploratory", "pass", "Chance decided the modality, as stated.")
        if randomised
        else Check("exploratory", "warn", "People were not assigned to modalities by lot."),
    )


def _repeated(kept: pd.DataFrame) -> tuple[Check, ...]:
    rows, heads = len(kept), headcount(kept)
    detail = f"{rows} rows of {heads} people: errors take them for different people. Keep one row each."
    return () if rows <= heads else (Check("repeated_people", "warn", detail),)


def _clusters(kept: pd.DataFrame, modality: str, clusters: np.ndarray, grouped: bool) -> Check:
    if not grouped or not len(kept):
        return Check(
            "clusters", "not_run", "No trainer, session or team was named: who shares one is not known."
        )
    counts = pd.Series(clusters).groupby(kept[modality].astype(object).to_numpy()).nunique()
    detail = f"{int(counts.min())} clusters in the modality with fewest; {FEW} or more are wanted in each."
    return Check("clusters", "warn" if counts.min() < FEW else "pass", detail)


def _confounding(kept: pd.DataFrame, modality: str, covariates: Sequence[str]) -> Check:
    """Does a modality come with one programme, market, site or language only?"""
    kinds = pd.factorize(kept[modality].astype(object))[0]
    if len(np.unique(kinds)) < 2:
        return Check("confounding", "not_run", "There are fewer than two modalities.")
    apart = []
    for place in PLACES:
        if place not in kept or place in covariates:
            continue
        levels = pd.factorize(kept[place].astype(object))[0]
        if len(np.unique(levels)) > 1 and pd.Series(kinds).groupby(levels).nunique().max() == 1:
            apart.append(place)
    if apart:
        detail = f"No {' and no '.join(apart)} had more than one modality: the difference may be theirs."
        return Check("confounding", "fail", detail)
    return Check(
        "confounding", "pass", "Modalities meet within programmes, markets, sites and languages, where known."
    )
