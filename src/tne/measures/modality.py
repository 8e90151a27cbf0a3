"""Do results differ between training led by an instructor, e-learning and a blend?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_level_of_confidence, require_numeric
from tne.measures.headcount import headcount, headcount_by
from tne.measures.inference import inference
from tne.measures.modality_checks import checks_of, first_of
from tne.measures.modality_errors import moments, parts_of
from tne.measures.pooling import adjust_p
from tne.measures.sandwich import fit
from tne.measures.trainers_rows import design, names_of
from tne.result import Estimates, Result

EXPLORATORY = "exploratory: people were not assigned to modalities by lot"


@dataclass(frozen=True, kw_only=True, eq=False)
class ModalityEffects(Result):
    """Differences between modalities, every pair once.

    Parameters
    ----------
    estimates : Estimates
        Keys ``modality``, ``reference``; term ``difference`` (``adjusted_difference`` with adjustments).
    """

    estimates: Estimates

    def to_frame(self) -> pd.DataFrame:
        """Return the estimates with ``p_adjusted`` (Benjamini-Hochberg over the pairs)."""
        return adjust_p(self.estimates)


def modality_effects(
    people: pd.DataFrame,
    *,
    outcome: str,
    modality: str = "modality",
    baseline: str | Sequence[str] | None = None,
    trainer: str | None = None,
    session: str | None = None,
    team: str | None = None,
    covariates: Sequence[str] = (),
    randomised: bool = False,
    conf_level: float = 0.95,
) -> ModalityEffects:
    """Compare the results of modalities, allowing for the luck of trainers, sessions and teams.

    Parameters
    ----------
    people : DataFrame, one row per person trained
        Rows without a modality are left out; rows that lack another value too, and are counted in the checks.
    outcome : str
        Score, or accuracy, after the training.
    modality : str
    baseline : str or sequence of str, optional
        Scores, or accuracy, before.
    trainer, session, team : str, optional
        Who shares what happened. All that are named count, nested or crossed; a row may lack any of them, and a person
        without any stands alone, as in e-learning at one's own pace.
    covariates : sequence of str
        Case mix: numbers or categories.
    randomised : bool
        True where chance decided the modality; otherwise every difference is exploratory, and said so.
    conf_level : float

    Returns
    -------
    ModalityEffects
        ``.to_frame()``: one row per pair, ``modality`` minus ``reference``, with ``p_adjusted`` over the pairs. Checks
        ``missing, balance, clusters, confounding, repeated_people, exploratory``.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a column is absent or an outcome is no number.

    Notes
    -----
    Least squares of the outcome on the modalities and the adjustments. The error adds up what people, trainers,
    sessions and teams contribute, each modality with variances of its own; where a trainer or team serves several
    modalities, what it brings to all of them cancels as far as they share it. The variances follow from the squared
    sums of the residuals over the levels (MIVQUE0), without bias in any design; degrees of freedom are
    Satterthwaite's. Without adjustments and with nobody in common this is Welch's t test of people, with equal
    sessions that of sessions' means. Where one trainer has most of a modality's people, the interval is wider than it
    need be.

    A modality with one cluster (trainer, else session, else team) has no error: its one trainer may be the reason.
    Modalities are chosen for a subject, a place and a time: ``confounding`` fails where one comes with one programme,
    market or site only, which no adjustment can repair.

    References
    ----------
    Hartley, Rao and LaMotte (1978), A simple 'synthesis'-based method of variance component estimation, Biometrics
    34:233-242. Satterthwaite (1946), An approximate distribution of estimates of variance components, Biometrics
    Bulletin 2:110-114.

    Examples
    --------
    >>> seen = pd.DataFrame({"modality": list("aabb"), "post": [5.0, 6, 8, 9]})
    >>> round(float(modality_effects(seen, outcome="post").to_frame().estimate[0]), 6)
    3.0
    """
    require_level_of_confidence(conf_level)
    numbers, others = names_of(baseline), names_of(covariates)
    groupings = list(dict.fromkeys(c for c in (trainer, session, team) if c is not None))
    require_columns(people, [outcome, modality, *groupings, *numbers, *others], "people")
    require_numeric(people, [outcome, *numbers], "people")
    if modality in others:
        raise ValueError("`covariates` name the modality itself. Leave it out.")
    given = people.loc[people[modality].notna()].reset_index(drop=True)
    kept = given.loc[given[[outcome, *numbers, *others]].notna().all(axis=1)].reset_index(drop=True)
    kinds = sorted(pd.unique(kept[modality].astype(object)), key=str)
    codes = {c: pd.factorize(kept[c].astype(object))[0] for c in groupings}
    adjust = design(kept, [*numbers, *others])
    rows = _contrasts(kept, outcome, modality, kinds, adjust, list(codes.values()), conf_level)
    heads = headcount_by(kept, modality)
    term = "adjusted_difference" if numbers or others else "difference"
    about = {
        "term": term,
        "conf_level": conf_level,
        "unit": f"units of {outcome}",
        "estimand": f"difference in mean {outcome} between modalities"
        + (f", adjusted for {', '.join([*numbers, *others])}" if numbers or others else ""),
        "method": f"least squares, variances of {', '.join([*groupings, 'people'])} by modality (MIVQUE0), "
        "Satterthwaite degrees of freedom",
    }
    for row in rows:
        pair = [row["modality"], row["reference"]]
        both = kept[kept[modality].isin(pair)]
        row |= {"n": len(both), "n_people": min(heads[p] for p in pair), "n_people_total": headcount(both)}
        row |= {"comparison": str(row["reference"])}
        row["note"] = "; ".join(filter(None, [row["note"], "" if randomised else EXPLORATORY]))
    columns = None if rows else ["modality", "reference", "estimate", "note"]
    table = pd.DataFrame(rows, columns=columns).assign(**about)
    return ModalityEffects(
        estimates=Estimates(table=table, keys=("modality", "reference")),
        checks=checks_of(len(given), kept, modality, kinds, numbers, others, codes, randomised),
    )


def _contrasts(
    kept: pd.DataFrame,
    outcome: str,
    modality: str,
    kinds: Sequence[object],
    adjust: np.ndarray,
    codes: Sequence[np.ndarray],
    conf_level: float,
) -> list[dict[str, Any]]:
    """Return the inference columns of every pair of modalities."""
    pairs = [{"modality": b, "reference": a} for a, b in combinations(kinds, 2)]
    if not pairs:
        return []
    level = np.column_stack([(kept[modality] == kind).to_numpy(dtype=float) for kind in kinds])
    # what the adjustments leave free beside one mean per modality
    whole = np.column_stack([level, adjust[:, 1:]])
    free = np.linalg.matrix_rank(whole) == whole.shape[1]
    why = ""
    if not free:
        why = "an adjustment has the same value throughout a modality: they cannot be told apart"
    elif len(kept) <= whole.shape[1]:
        why = "too few people for the adjustments"
    if why:
        return [pair | {"estimate": math.nan, "note": why} for pair in pairs]
    y = kept[outcome].to_numpy(dtype=float)
    which = level.argmax(axis=1)
    fitted = fit(whole, y - y.mean())  # differences: the level only costs digits
    known = moments(fitted, parts_of(which, codes))
    clusters = first_of(codes, len(kept))
    lone = [len(np.unique(clusters[which == i])) == 1 for i in range(len(kinds))]
    rows = []
    for (i, _), (j, _) in combinations(enumerate(kinds), 2):
        weights = np.zeros(whole.shape[1])
        weights[j], weights[i] = 1.0, -1.0
        estimate, std_error, df, note = known.contrast(weights)
        if lone[i] or lone[j]:
            std_error = df = math.nan
            note = "one cluster in a modality: no error can be estimated"
        rows.append({**inference(estimate, std_error, df, conf_level), "note": note})
    return [pair | row for pair, row in zip(pairs, rows, strict=True)]
