"""Which cases are worth discussing next?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_no_missing
from tne.measures.agreement_rows import codes_of
from tne.measures.agreement_settled import Votes, settled_by, shares_given
from tne.result import Check, Result

__all__ = ["CasesToDiscuss", "cases_to_discuss"]

COLUMNS = ("case_id", "policy_area", "n_raters", "information", "reason")
SETTLED = 0.8  # how likely a label must be before a discussion can teach it


@dataclass(frozen=True, kw_only=True, eq=False)
class CasesToDiscuss(Result):
    """Cases from which a discussion can teach most, the best first.

    Parameters
    ----------
    table : DataFrame
        ``case_id, policy_area, n_raters, information`` (bits), ``reason``: ``"most_differ_from_reference"``,
        ``"some_differ_from_reference"``, ``"most_differ_from_experts"``, ``"some_differ_from_experts"`` or
        ``"raters_differ"``.
    """

    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    def __str__(self) -> str:
        rows = self.table.to_dict("records")
        lines = [
            f"Case {row['case_id']} ({row['policy_area']}): {row['information']:.2f} bits, {row['reason']}"
            for row in rows
        ]
        return "\n".join(lines) or "No case stands out."


def cases_to_discuss(
    ratings: pd.DataFrame,
    *,
    most: int = 10,
    case: str = "case_id",
    rater: str = "rater_id",
    label: str = "label",
    reference: str = "reference_label",
    role: str = "role",
    experts: Sequence[str] = ("qa", "policy"),
    area: str = "policy_area",
    session: str = "calibration_id",
    time: str = "rated_at",
) -> CasesToDiscuss:
    """Choose the cases from which a discussion can teach most; never simply those with most disagreement.

    Parameters
    ----------
    ratings : DataFrame
        One row per rating. Columns for reference, role, area, session and time may be absent.
    most : int
        How many cases at most.
    case, rater, label, reference, role, area, session, time : str
        Columns. A case that came up in several sessions counts with its last one.
    experts : sequence of str
        Roles whose labels say what is right; the others learn. Without reference and experts all raters do both.

    Returns
    -------
    CasesToDiscuss
        Checks ``unsettled`` (cases on which those who know best disagree) and ``reference``.

    Raises
    ------
    KeyError
        If a column is missing.
    ValueError
        If a case or rater is missing, or `most` is no whole number from 1.

    Notes
    -----
    ``information = Σ r log2(r / p)`` in bits: r, how probable each label is to be right, and p, how often the learners
    give it. It is high where it is clear what is right and many do otherwise; 0 where learners differ because nobody
    knows: such a case is for the owner of the policy. r follows from the experts' votes (and the reference as two of
    them), each right as often as experts' agreement in the area implies; p is drawn towards the area's own accuracy by
    the weight of two ratings. Each further case with the same confusion in the same area counts 1/2, 1/3, … .
    It is a rule for an agenda, not an estimate: it has no interval, and says nothing of how common such cases are.

    References
    ----------
    Dawid and Skene (1979), JRSS C 28:20-28. MacKay (1992), Neural Computation 4:590-604.

    Examples
    --------
    >>> seen = pd.DataFrame({"case_id": [1] * 4 + [2] * 4, "rater_id": list("abcd") * 2, "label": list("xyxyxxxy"),
    ...                      "reference_label": ["x"] * 4 + ["y"] * 4})
    >>> cases_to_discuss(seen).to_frame()["case_id"].tolist()
    [2, 1]
    """
    require_columns(ratings, [case, rater, label], "ratings")
    require_no_missing(ratings, [case, rater], "ratings")
    if not (isinstance(most, (int, np.integer)) and most >= 1):
        raise ValueError(f"`most` is {most}. Give a whole number of cases, 1 or more.")
    kept = _last(ratings.loc[ratings[label].notna().to_numpy()], case, rater, session, time)
    if kept.empty:
        return CasesToDiscuss(table=pd.DataFrame(columns=list(COLUMNS)), checks=_checks(0, 0, 0))
    votes = _votes(kept, case, label, reference, role, experts, area)
    right, source = settled_by(votes)
    given = shares_given(votes, right)
    top = right.argmax(axis=1)
    sure = right[np.arange(len(right)), top] >= SETTLED
    learners = votes.learners.sum(axis=1)
    same = votes.learners[np.arange(len(right)), top]
    bits = (right * np.log2(np.maximum(right, 1e-300) / given)).sum(axis=1)
    wrong = votes.learners.copy()
    wrong[np.arange(len(right)), top] = 0
    listed = sure & (same < learners) & (votes.n_raters >= 2)
    part = np.where(same < 0.5 * learners, "most", "some")
    reason = np.where(
        source == "raters", "raters_differ", np.char.add(np.char.add(part, "_differ_from_"), source)
    )
    table = pd.DataFrame(
        {
            "case_id": votes.names,
            "policy_area": votes.area_names,
            "n_raters": votes.n_raters,
            "information": bits,
            "reason": reason.astype(object),
            "confusion": pd.factorize(
                pd.Series(list(zip(votes.area, top, wrong.argmax(axis=1), strict=True)))
            )[0],
        }
    ).loc[listed]
    open_ = int((~sure & (votes.n_raters >= 2)).sum())
    checks = _checks(len(right), open_, int((source == "reference").sum()))
    return CasesToDiscuss(table=_agenda(table, int(most)), checks=checks)


def _agenda(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Order by what each case adds: the i-th case with the same confusion counts 1/i."""
    ranked = _ranked(table)
    before = ranked.groupby("confusion").cumcount()
    ranked = _ranked(ranked.assign(information=ranked["information"] / (1 + before))).head(most)
    return ranked[list(COLUMNS)].reset_index(drop=True)


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Order by information, ties by case, so that the order of the rows does not matter."""
    keys = pd.DataFrame({"bits": -table["information"].round(9), "case": table["case_id"].astype(str)})
    return table.loc[keys.sort_values(["bits", "case"], kind="stable").index]


def _last(kept: pd.DataFrame, case: str, rater: str, session: str, time: str) -> pd.DataFrame:
    """Keep the last session of each case, and one rating of each rater."""
    if time in kept and kept[time].notna().all():
        kept = kept.sort_values(time, kind="stable")
    if session in kept:
        last = kept.groupby(case, observed=True)[session].transform("last")
        kept = kept.loc[(kept[session] == last).to_numpy(dtype=bool, na_value=False)]
    return kept.drop_duplicates([case, rater], keep="last")


def _votes(
    kept: pd.DataFrame,
    case: str,
    label: str,
    reference: str,
    role: str,
    experts: Sequence[str],
    area: str,
) -> Votes:
    code = codes_of(kept, (case,))
    n = int(code.max()) + 1
    first = np.unique(code, return_index=True)[1]
    has_reference = reference in kept
    every = [kept[label].astype(object)] + (
        [kept[reference].dropna().astype(object)] if has_reference else []
    )
    labels = pd.Index(sorted(pd.unique(pd.concat(every)), key=str))
    q = len(labels)
    given = labels.get_indexer(kept[label].astype(object))
    expert = (
        kept[role].isin(list(experts)).to_numpy(dtype=bool)
        if role in kept
        else np.zeros(len(kept), dtype=bool)
    )
    if expert.all():
        expert = np.zeros(len(kept), dtype=bool)
    flat = code * q + given
    settled = np.full(n, -1)
    if has_reference:
        known = kept[reference].notna().to_numpy()
        settled[code[known]] = labels.get_indexer(kept[reference].astype(object)[known])
    areas = kept[area] if area in kept else pd.Series("", index=kept.index)
    names = areas.astype(object).to_numpy()[first]
    return Votes(
        names=kept[case].to_numpy()[first],
        area=pd.factorize(pd.Series(names, dtype=object), use_na_sentinel=False)[0],
        area_names=names,
        learners=np.bincount(flat[~expert], minlength=n * q).reshape(n, q).astype(float),
        experts=np.bincount(flat[expert], minlength=n * q).reshape(n, q).astype(float),
        reference=settled,
        n_raters=np.bincount(code, minlength=n),
    )


def _checks(cases: int, unsettled: int, referenced: int) -> tuple[Check, ...]:
    if not cases:
        return (Check("unsettled", "not_run", "There are no ratings."),)
    words = f"On {unsettled} of {cases} cases those who know best disagree"
    more = ": they are for the owner of the policy." if unsettled else "."
    return (
        Check("unsettled", "warn" if unsettled else "pass", words + more),
        Check(
            "reference",
            "pass" if referenced == cases else "warn",
            f"{referenced} of {cases} cases have a reference label.",
        ),
    )
