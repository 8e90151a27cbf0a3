"""Where are the knowledge gaps that cost most: how often wrong, how many decisions, how bad?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tne.checks import require_columns, require_level_of_confidence
from tne.measures.audit_rows import keys_of, live
from tne.measures.needs_cells import TYPE, count_cells, kinds_in
from tne.measures.needs_checks import threats_to_gaps
from tne.measures.needs_harm import harm_of
from tne.measures.needs_pooling import pool_shares
from tne.measures.needs_table import RANKED, ranked, term_rows
from tne.measures.needs_volume import decisions_a_week
from tne.result import Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class KnowledgeGaps(Result):
    """Cells with what their errors come to.

    Parameters
    ----------
    estimates : Estimates
        Keys: the cells' columns; terms in the order of `knowledge_gaps`.
    ranking : DataFrame
        A row per cell, the worst first: its keys, rank, expected_harm with conf_low and conf_high, worst_probability,
        error_rate, raw_error_rate, shrinkage, volume, severity, avoidable, n, n_people.
    spread : Series
        Standard deviation between cells, in logits, of each kind of error (``"all"`` where they are together).
    """

    estimates: Estimates
    ranking: pd.DataFrame
    spread: pd.Series

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()


def knowledge_gaps(
    audits: pd.DataFrame,
    *,
    by: str | Sequence[str] = ("policy_area", "error_type"),
    production: pd.DataFrame | None = None,
    standardize: str | Sequence[str] = ("queue",),
    worst: float = 0.1,
    conf_level: float = 0.95,
) -> KnowledgeGaps:
    """Rank cells by expected harm: error rate × decisions a week × severity, partially pooled.

    Parameters
    ----------
    audits : DataFrame
        Rows of the table ``audits``: correct, the columns of `by`, and where there are any sampling_weight, seeded,
        moderator_id, severity, decided_at and the columns of `standardize`.
    by : str or sequence of str
        Columns of the cells, for example ``("market", "policy_area", "error_type")``. With ``error_type`` a cell is the
        share of decisions with that error; without, of all errors.
    production : DataFrame, optional
        Rows of the table ``production``: cases, and market or queue. None: the sampling weights give the decisions.
    standardize : str or sequence of str
        Columns of the common mix of cases; those in `by`, or not in `audits`, are no part of it. Empty: own mix.
    worst : float
        Share of the cells that counts as the worst.
    conf_level : float

    Returns
    -------
    KnowledgeGaps
        Terms ``"error_rate"`` (pooled), ``"raw_error_rate"``, ``"volume"``, ``"severity"``, ``"expected_harm"`` (errors
        a week, each times its severity), ``"avoidable"`` (the same above the level of the cell's market and kind of
        error; negative below it) and ``"worst_probability"`` (of being among the worst). Checks ``missing,
        seeded_cases, sampling_weights, volume, severity, overlap, few_people, few_groups``.

    Raises
    ------
    ValueError, KeyError, TypeError
        If a column is absent or of a wrong kind, a weight is not positive, or `worst` is no share.

    Notes
    -----
    A cell's raw rate is weighted for the sampling and standardised; weights and likeness within moderators reduce its
    audits to an effective number. Rates of one kind of error are pooled over the cells: binomial counts,
    ``logit p ~ N(level, spread²)``, level and spread averaged over their posterior (`needs_pooling`). Cells are taken
    as exchangeable, so a small cell that seems extreme is drawn to the others, and a large one hardly. Mean severities
    are shrunken by DerSimonian and Laird's method within a kind of error. Harm and ranks come from 4,000 draws with a
    fixed seed.

    A gap is where errors are, not why (`triage`): much of it is no lack of knowledge. Intervals hold on average over
    cells, not for the one that was chosen because it is the largest (Bayesian ones need no further correction as long
    as the cells are alike). Volume is taken as known.

    References
    ----------
    Morris (1983), Parametric empirical Bayes inference, JASA 78:47-55. Laird and Louis (1989), Empirical Bayes ranking
    methods, J. Educational Statistics 14:29-46.

    Examples
    --------
    >>> right = [1] * 45 + [0] * 5 + [1] * 30 + [0] * 20
    >>> seen = pd.DataFrame({"policy_area": ["a"] * 50 + ["b"] * 50, "correct": right})
    >>> knowledge_gaps(seen, by="policy_area").ranking["policy_area"].tolist()
    ['b', 'a']
    """
    require_level_of_confidence(conf_level)
    if not 0 < worst <= 1:
        raise ValueError(f"`worst` is {worst}. Give a share of the cells above 0, for example 0.1.")
    keys = keys_of(by)
    if not keys:
        raise ValueError("`by` names no column. Name at least one, for example 'policy_area'.")
    require_columns(audits, keys, "audits")
    plain = [c for c in keys if c != TYPE]
    mixed = [c for c in keys_of(standardize) if c not in keys and c in audits]
    counted = live(audits, (*plain, *mixed))
    kinds = kinds_in(counted.frame, counted.right == 0) if TYPE in keys else None
    if not len(counted):
        empty = pd.DataFrame(columns=[*keys], dtype="str")
        ranking = pd.DataFrame(columns=[*keys, *RANKED])
        return KnowledgeGaps(
            estimates=Estimates(table=empty, keys=keys),
            ranking=ranking,
            spread=pd.Series(dtype=float, name="spread"),
            checks=counted.checks,
        )
    cells = count_cells(counted, plain, mixed, kinds)
    volume, unit, source = decisions_a_week(counted, plain, int(cells.base.max()) + 1, production)
    pooled = [
        pool_shares((cells.rate * cells.worth)[own], cells.worth[own])
        for own in (cells.family == f for f in range(int(cells.family.max()) + 1))
    ]
    found = harm_of(cells, pooled, volume[cells.base], worst)
    keyed = cells.table[list(keys)]
    return KnowledgeGaps(
        estimates=Estimates(table=term_rows(cells, keyed, found, unit, conf_level), keys=keys),
        ranking=ranked(cells, keyed, found, conf_level),
        spread=pd.Series([one.spread for one in pooled], index=kinds or ["all"], name="spread"),
        checks=(*counted.checks, source, *threats_to_gaps(cells, mixed, kinds, counted)),
    )
