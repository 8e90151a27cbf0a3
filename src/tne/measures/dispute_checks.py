"""What do disputes and appeals not say?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.audit_rows import Live, flag
from tne.result import Check


def selection(counted: Live | None) -> Check:
    """Are disputed audits like the others? They are not drawn, and mostly differ."""
    name = "selection"
    if counted is None or "disputed" not in counted.frame:
        return Check(name, "not_run", "It is not known which audits were disputed.")
    disputed = flag(counted.frame, "disputed")
    known = ~np.isnan(disputed)
    # a granted dispute has turned the outcome: what was disputed was a finding of an error
    upheld = np.nan_to_num(flag(counted.frame, "dispute_upheld"))[known] == 1
    wrong, chosen = (counted.right[known] == 0) | upheld, disputed[known] == 1
    table = np.array([[np.sum(wrong & c), np.sum(~wrong & c)] for c in (chosen, ~chosen)])
    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        return Check(name, "not_run", "No audit was disputed, or all were, or all found the same.")
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    test = stats.chi2_contingency if expected.min() >= 5 else stats.fisher_exact
    p = float(test(table).pvalue)
    shares = 100 * table[:, 0] / table.sum(axis=1)
    detail = f"{shares[0]:.0f} % of the disputed audits had found an error, {shares[1]:.0f} % of the others"
    detail += ". Disputed and appealed cases are chosen: their shares are no error rates."
    return Check(name, "warn" if p < 0.01 else "pass", detail)


def appeal_mix(counted: Live | None, known: pd.DataFrame | None) -> Check:
    """Do appeals come from the same policy areas as decisions?"""
    name, column = "appeal_mix", "policy_area"
    if counted is None or known is None or not len(counted) or not len(known):
        return Check(name, "not_run", "There are no audits or no appeals.")
    if column not in counted.frame or column not in known:
        return Check(name, "not_run", "The policy area of audits or appeals is not known.")
    areas = sorted(set(counted.frame[column].dropna().astype(str)) | set(known[column].dropna().astype(str)))
    decided = (
        pd.Series(counted.weight).groupby(counted.frame[column].astype(str)).sum().reindex(areas).fillna(0)
    )
    appealed = known[column].dropna().astype(str).value_counts().reindex(areas).fillna(0)
    gap = float(np.abs(decided / decided.sum() - appealed / appealed.sum()).sum() / 2)
    worth = counted.weight.sum() ** 2 / (counted.weight @ counted.weight)
    table = np.array([decided / decided.sum() * worth, appealed])
    table = table[:, table.sum(axis=0) > 0]
    p = float(stats.chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
    detail = (
        f"{100 * gap:.1f} % of the appeals would have to be of other policy areas to match the decisions."
    )
    return Check(name, "warn" if p < 0.01 and gap > 0.05 else "pass", detail)


def provisional(known: pd.DataFrame | None, young: float) -> Check:
    """Are there appeals too young for their outcome to count?"""
    name = "provisional"
    if known is None or not len(known):
        return Check(name, "not_run", "There are no appeals.")
    if young != young:
        return Check(
            name, "warn", "Fewer than 80 % of the appeals were resolved: what was overturned may change."
        )
    late = int((known["_age"] < young).sum())
    detail = f"80 % are resolved in {young:.1f} days; {late} younger appeals are not counted in the overturned share."
    return Check(name, "warn" if late else "pass", detail)
