"""What could make modalities look different although they are not?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    groupings: Mapping[str, np.ndarray],
    randomised: bool,
) -> tuple[Check, ...]:
    """Return all checks of a comparison of modalities; `groupings` are codes of rows by column, −1 without one."""
    clusters = first_of(list(groupings.values()), len(kept))
    shared = [clusters] if len(np.unique(clusters)) < len(kept) else []
    return (
        missing_check(given, len(kept)),
        balance(kept, kept[modality].astype(object), list(kinds), list(baselines), shared),
        _clusters(kept, modality, groupings),
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


def first_of(codes: Sequence[np.ndarray], n: int) -> np.ndarray:
    """Return each row's cluster: the first grouping that it has, else itself."""
    out, above = np.arange(n), n
    for of in reversed(codes):
        out = np.where(of >= 0, of + above, out)
        above += int(of.max(initial=-1)) + 1
    return np.unique(out, return_inverse=True)[1].ravel()


def _clusters(kept: pd.DataFrame, modality: str, groupings: Mapping[str, np.ndarray]) -> Check:
    if not groupings or not len(kept):
        return Check(
            "clusters", "not_run", "No trainer, session or team was named: who shares one is not known."
        )
    kinds, few = kept[modality].astype(object).to_numpy(), {}
    for column, of in groupings.items():
        if len(np.unique(of)) > 1:  # one for everybody is no cluster of a modality
            few[column] = int(pd.Series(first_of([of], len(kept))).groupby(kinds).nunique().min())
    column = min(few, key=few.__getitem__, default="")
    fewest, of_what = few.get(column, 1), f" ({column})" if column else ""
    detail = f"{fewest} clusters{of_what} in the modality with fewest; {FEW} or more are wanted in each."
    return Check("clusters", "warn" if fewest < FEW else "pass", detail)


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
