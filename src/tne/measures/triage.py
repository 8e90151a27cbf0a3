"""Is it a training problem at all: what is the most probable cause of each gap, and who should act?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.checks import require_frame, require_level_of_confidence
from tne.measures.triage_cells import Cells, cells_of
from tne.measures.triage_evidence import collect, is_dated
from tne.measures.triage_jump import calendar_of
from tne.measures.triage_quiz import quiz_of
from tne.measures.triage_ratings import experts_of
from tne.measures.triage_rows import FEW_AUDITS, cause_rows, long_causes, public_causes
from tne.measures.triage_rule import judge
from tne.result import Check, Estimates, Result

FEW_CELLS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Triage(Result):
    """The most probable cause of each gap, with the evidence.

    Parameters
    ----------
    estimates : Estimates
        Keys: the columns of `by`, ``cause``, ``probability`` (of the most probable cause), ``action``,
        ``owner_role``; the estimate is the error rate. `.to_frame()` gives it.
    evidence : Estimates
        Keys: `by`, ``evidence``, ``state`` (raised, usual, unclear, missing), ``speaks_for``, ``likelihood_ratio``
        (raised to usual), ``usual`` (the level that it is compared with).
    probabilities : DataFrame
        `by`, ``cause``, ``probability``: all causes; ``several`` is two at once.
    by : tuple of str
    """

    estimates: Estimates
    evidence: Estimates
    probabilities: pd.DataFrame
    by: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def __len__(self) -> int:
        return len(self.estimates)

    def __str__(self) -> str:
        rows = self.estimates.table.to_dict("records")
        return "\n".join(
            f"{', '.join(str(row[name]) for name in self.by)}: {row['cause'].replace('_', ' ')}"
            f" ({row['probability']:.0%}); {row['action'].replace('_', ' ')}"
            for row in rows
        )


def triage(
    audits: pd.DataFrame,
    ratings: pd.DataFrame | None = None,
    responses: pd.DataFrame | None = None,
    policies: pd.DataFrame | None = None,
    *,
    by: str | Sequence[str] = "policy_area",
    items: pd.DataFrame | None = None,
    certainty: float = 0.55,
    conf_level: float = 0.95,
) -> Triage:
    """Return the most probable cause of each gap, or that it cannot be told, with the evidence.

    Parameters
    ----------
    audits : DataFrame, one row per audit
        The columns of `by`, moderator_id, correct; where there: auditor_id, error_type, root_cause, sampling_weight,
        seeded (left out), disputed, dispute_upheld, decided_at, policy_version, market.
    ratings : DataFrame, optional
        Calibrations: case_id, rater_id, label, `by`; role (only ``qa`` and ``policy`` are experts), calibration_id,
        reference_label.
    responses : DataFrame, optional
        Quiz answers: item_id, score and moderator_id, answered_at; the latest answer of a person to an item counts.
    policies : DataFrame, optional
        policy_version, effective_at and policy_area (or `by`), market. Without it the first audit under each
        ``policy_version`` dates a change.
    by : str or sequence of str
        What a cell is; audits without it are left out and counted. A table that lacks one of these columns is taken
        for missing.
    items : DataFrame, optional
        item_id with `by` and max_score, where `responses` lack them.
    certainty : float
        Least probability at which a cause is named, above .5.
    conf_level : float
        Of the intervals in `.evidence`.

    Returns
    -------
    Triage
        ``cause``: policy_unclear, knowledge, update_not_absorbed, individual_coaching, rubric_or_tool, technical,
        no_problem or cannot_tell. ``action``: clarify_policy, localise, train, brief, coach, recalibrate_auditors,
        fix_rubric, fix_tool, none, gather_more. Checks ``missing`` (tables), ``comparison_areas``, ``small_strata``,
        ``few_people``.

    Raises
    ------
    KeyError, TypeError, ValueError
        For missing columns of `audits` (and of tables that are given), outcomes other than 0 and 1, weights of 0.

    Notes
    -----
    ``log P(cause) = log prior + Σ log(c L_raised + (1 − c) L_usual)`` over the pieces of evidence; c is the
    stated chance that a piece is raised under that cause, L the likelihood of what was counted, where the usual
    level (and how much people and auditors differ anyway) is learnt from the other cells. A missing piece has
    L_raised = L_usual and changes nothing. Two causes at once are a possibility of their own and give "cannot
    tell". No problem is not said of fewer than 50 audits. No cause is named where the error rate is usual
    (likelihood ratio below 1 / 3), unless errors rose after an update or a few people or auditors stand apart:
    there is no gap to explain. The probability is right only as far as the stated chances are; pieces count as
    independent. It names the most probable of these seven causes, it does not prove one; a cause outside the
    list is not seen. Individual coaching says that errors are concentrated, not in whom.

    References
    ----------
    Good (1950), Probability and the weighing of evidence, chapter 6.

    Examples
    --------
    >>> one = pd.DataFrame({"policy_area": "hate", "moderator_id": [1, 2] * 30, "correct": [True] * 60})
    >>> triage(one).to_frame()[["cause", "action"]].values.tolist()
    [['no_problem', 'none']]
    """
    require_level_of_confidence(conf_level)
    if not 0.5 < certainty < 1:
        raise ValueError(f"`certainty` is {certainty}. Give a probability between .5 and 1.")
    names = (by,) if isinstance(by, str) else tuple(by)
    if not names or len(set(names)) < len(names):
        raise ValueError("`by` names no column, or one twice. Give distinct columns.")
    given = {"ratings": ratings, "responses": responses, "policies": policies, "items": items}
    for name, table in given.items():
        if table is not None:
            require_frame(table, name)
    cells = cells_of(require_frame(audits, "audits"), names)
    experts, quiz = experts_of(cells, ratings), quiz_of(cells, responses, items)
    calendar = calendar_of(cells, policies)
    table = collect(cells, experts, quiz, calendar, conf_level)
    found = judge(table.usual, table.raised)
    public = public_causes(found)
    estimates = cause_rows(cells, table, found, public, certainty)
    keys = (*names, "evidence", "state", "speaks_for", "likelihood_ratio", "usual")
    evidence = pd.DataFrame(table.rows).assign(
        n_people_total=lambda f: f["n_people"], conf_level=conf_level, estimand="this cell"
    )
    absent = [
        word
        for word, gone in (
            ("calibration ratings", not experts.cases.any()),
            ("quiz answers", not quiz.answers.any()),
            ("dates of policy changes", not is_dated(calendar)),
        )
        if gone
    ]
    return Triage(
        estimates=Estimates(
            table=estimates.assign(conf_level=conf_level),
            keys=(*names, "cause", "probability", "action", "owner_role"),
        ),
        evidence=Estimates(table=evidence, keys=keys),
        probabilities=long_causes(cells, public),
        by=names,
        checks=(*_checks(cells, absent),),
    )


def _checks(cells: Cells, absent: list[str]) -> list[Check]:
    k, audits = len(cells), cells.count()
    small = int((audits < FEW_AUDITS).sum())
    detail = f"There are no {', no '.join(absent)}." if absent else "All tables are there."
    checks: list[Any] = [
        Check("missing", "warn" if absent or cells.lost else "pass", "; ".join([detail, *cells.notes])),
        Check(
            "comparison_areas",
            "pass" if k > FEW_CELLS else "warn",
            f"{k - 1} other cells show what is usual." if k > 1 else "No other cell shows what is usual.",
        ),
        Check(
            "small_strata",
            "warn" if small else "pass",
            f"{small} of {k} cells have fewer than {FEW_AUDITS} audits.",
        ),
    ]
    people = cells.people()
    few = int((people < 10).sum())
    checks.append(
        Check("few_people", "warn" if few else "pass", f"{few} of {k} cells have fewer than 10 people.")
    )
    return checks
