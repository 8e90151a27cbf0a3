"""How much do results depend on who audited?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_columns, require_level_of_confidence
from tne.measures.audit_model import Counts, adjusted_rows, count_audits, spread_rows
from tne.measures.audit_rows import Live, cells_of, keys_of, live
from tne.measures.audit_twice import audited_twice
from tne.result import Check, Estimates, Result

AUDITOR, PERSON = "auditor_id", "moderator_id"
FEW = 5
ALIKE = 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class AuditorStrictness(Result):
    """How auditors differ; no number of any auditor is kept.

    Parameters
    ----------
    estimates : Estimates
        Keys `by` (empty in the rows for all); terms as in `auditor_strictness`.
    """

    estimates: Estimates

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()


def auditor_strictness(
    audits: pd.DataFrame, *, by: str | Sequence[str] = (), conf_level: float = 0.95
) -> AuditorStrictness:
    """Estimate how much auditors differ in strictness, from a crossed model of moderators and auditors.

    Parameters
    ----------
    audits : DataFrame
        Rows of the table ``audits``: correct, moderator_id, auditor_id; case_id for the reliability. Best one market:
        auditors of two markets who audit nobody in common cannot be compared.
    by : str or sequence of str
        Columns of groups whose accuracy is adjusted for who audited them.
    conf_level : float

    Returns
    -------
    AuditorStrictness
        Terms, for all: ``"strictness_sd"`` (logits), ``"strictness_points"`` (the same in percentage points of
        accuracy), ``"moderator_sd"``, ``"strictness_share"`` (of the variance of one decision's outcome on the logit
        scale), ``"audit_agreement"`` and ``"audit_reliability"`` (cases audited twice); for each group of `by`:
        ``"accuracy"`` and ``"adjusted_accuracy"`` (as if all auditors had judged it). Checks ``missing, seeded_cases,
        few_auditors, overlap, case_mix, audited_twice``.

    Raises
    ------
    ValueError, KeyError, TypeError
        If a column is absent or an outcome is no flag.

    Notes
    -----
    ``right ~ Binomial(n, expit(level + moderator + auditor))`` on counts by moderator and auditor, moderators random
    (`mixed_logit`, Laplace), without sampling weights; sets of people and auditors with nobody in common get a level of
    their own. Auditors are few, so their spread comes from their effects by Paule and Mandel's equation, with a
    Q-profile interval, which may reach 0. A group's adjusted accuracy is its weighted accuracy minus the mean effect of
    its auditors, each shrunken (best prediction given the spreads); its error counts moderators and the auditors'
    effects, not that the spreads are estimated; the interval is Wilson's for as many audits as that error is worth. An
    auditor who gets harder cases looks strict: ``case_mix`` looks for that. Strict is not wrong: only a reference label
    tells who is right.

    References
    ----------
    Viechtbauer (2007), Stat. Med. 26:37-52. Shrout and Fleiss (1979), Psychological Bulletin
    86:420-428.

    Examples
    --------
    >>> seen = pd.DataFrame({"moderator_id": [1, 2] * 4, "auditor_id": list("aaaaaaaa"), "correct": [1, 0] * 4})
    >>> auditor_strictness(seen).estimates.get(term="strictness_sd").note
    'one auditor: strictness cannot be told from the work'
    """
    require_level_of_confidence(conf_level)
    keys = keys_of(by)
    require_columns(audits, [AUDITOR, PERSON], "audits")
    counted = live(audits, (*keys, AUDITOR, PERSON))
    auditor = pd.factorize(counted.frame[AUDITOR])[0]
    counts = count_audits(counted, auditor)
    people, auditors = counts.n.shape
    sd, told = spread_rows(counts, conf_level)
    why = told[0].get("note", "")
    told += audited_twice(counted.frame, counted.right, conf_level)
    told = [{"n": len(counted), "n_people": people, "n_people_total": people} | row for row in told]
    if keys:
        told += adjusted_rows(counted, counts, keys, sd, why, conf_level)
    frame = pd.DataFrame(told).assign(conf_level=conf_level)
    for key in keys:
        frame[key] = frame[key].astype(object).where(frame[key].notna(), "") if key in frame else ""
    checks = (
        *(c for c in counted.checks if c.name != "sampling_weights"),
        _few(auditors),
        _overlap(counts),
        _case_mix(counted, auditor),
        _twice(frame),
    )
    return AuditorStrictness(estimates=Estimates(table=frame, keys=keys), checks=checks)


def _few(auditors: int) -> Check:
    detail = f"{auditors} auditors; with fewer than {FEW} their spread is hardly known."
    return Check("few_auditors", "warn" if auditors < FEW else "pass", detail)


def _overlap(counts: Counts) -> Check:
    if not counts.sets:
        return Check("overlap", "not_run", "There are no audits.")
    detail = f"{counts.sets} sets of moderators and auditors that have nobody in common; auditors compare within a set."
    return Check("overlap", "warn" if counts.sets > 1 else "pass", detail)


def _case_mix(counted: Live, auditor: np.ndarray) -> Check:
    """Do auditors get the same kinds of cases?"""
    name, columns = "case_mix", [c for c in ("queue", "policy_area") if c in counted.frame]
    if not columns or len(np.unique(auditor)) < 2:
        return Check(name, "not_run", "There is no queue or policy area, or one auditor.")
    frame = counted.frame[columns].astype(object).fillna("")
    kind = cells_of(frame, columns)[0]
    table = pd.crosstab(kind, auditor).to_numpy()
    if len(table) < 2:
        return Check(name, "pass", "All cases are of one kind.")
    test = stats.chi2_contingency(table)
    v = float(np.sqrt(test.statistic / table.sum() / (min(table.shape) - 1)))
    detail = f"Kinds of cases by auditor: Cramér's V {v:.2f}, p = {test.pvalue:.3f}."
    uneven = test.pvalue < 0.01 and v > ALIKE
    return Check(name, "warn" if uneven else "pass", detail)


def _twice(frame: pd.DataFrame) -> Check:
    row = frame[frame["term"] == "audit_agreement"].iloc[0]
    if pd.isna(row["estimate"]):
        return Check(
            "audited_twice", "not_run", "No case was audited by two auditors: reliability is not known."
        )
    return Check("audited_twice", "pass", f"{row['note']} were audited by two or more.")
