"""Was the randomisation kept, so that the arms differ by chance and training alone?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from tne.measures.inference import joint_test
from tne.measures.sandwich import fit, independent, uncertainty
from tne.result import Check

SAMPLE_RATIO_P = 0.001
DIFFERENTIAL_ATTRITION = 0.05
MIN_CLUSTERS = 10
MIN_CLUSTERS_PER_ARM = 4


def sample_ratio(
    arm: pd.Series,
    arms: Sequence[object],
    ratio: Mapping[object, float] | None,
    clusters: Sequence[pd.Series] = (),
) -> Check:
    """Compare the arms' sizes with the planned ratio: chi-square, pass at p ≥ .001.

    People are counted, or clusters where whole clusters were assigned: one cluster column, of which each is in
    one arm and every arm has some with several people.
    """
    if len(arms) < 2 or len(arm) == 0:
        return Check("sample_ratio", "not_run", "There is one arm.")
    unit, counted = "people", arm
    if len(clusters) == 1:
        each = pd.DataFrame({"arm": arm.to_numpy(), "cluster": clusters[0].to_numpy()}).dropna()
        spells = each.groupby("cluster")["arm"].agg(["nunique", "size", "first"])
        shared = spells.loc[spells["size"] > 1, "first"].unique()
        if len(spells) and (spells["nunique"] == 1).all() and set(arms) <= set(shared):
            unit, counted = "clusters", spells["first"]
    seen = np.array([(counted == a).sum() for a in arms], dtype=float)
    planned = np.array([1.0 if ratio is None else float(ratio[a]) for a in arms])
    if seen.sum() == 0:
        return Check("sample_ratio", "not_run", "Nobody was assigned.")
    p = float(stats.chisquare(seen, seen.sum() * planned / planned.sum()).pvalue)
    shown = " : ".join(f"{int(s)}" for s in seen)
    wanted = " : ".join(f"{w:g}" for w in planned)
    status = "pass" if p >= SAMPLE_RATIO_P else "fail"
    return Check(
        "sample_ratio", status, f"{shown} {unit}, planned {wanted}: p = {p:.4f}, at least .001 is wanted."
    )


def differential_attrition(arm: pd.Series, arms: Sequence[object], gone: np.ndarray) -> Check:
    """Compare the shares of people without an outcome: pass at 5 points of difference or less."""
    sizes = [int((arm == a).sum()) for a in arms]
    if len(arms) < 2 or min(sizes) == 0 or gone.all():
        return Check("differential_attrition", "not_run", "There is one arm, or no outcome at all.")
    shares = [float(gone[(arm == a).to_numpy()].mean()) for a in arms]
    gap = max(abs(share - shares[0]) for share in shares[1:])
    shown = " and ".join(f"{share:.0%}" for share in shares)
    status = "pass" if gap <= DIFFERENTIAL_ATTRITION + 1e-9 else "fail"
    detail = f"{shown} have no outcome: {100 * gap:.1f} points apart, at most 5 are wanted."
    return Check("differential_attrition", status, detail)


def balance(
    kept: pd.DataFrame,
    arm: pd.Series,
    arms: Sequence[object],
    baselines: Sequence[str],
    clusters: Sequence[np.ndarray],
    strata: np.ndarray | None = None,
) -> Check:
    """Compare the arms' baselines: fail at p < .001, warn where p < .05 and the gap exceeds .10 SD.

    p is the smaller of the largest gap's (Bonferroni over baselines and arms) and of the joint F test's, doubled where
    there are several baselines. `strata`, codes of shape (n,): gaps are those within strata.
    """
    if not baselines:
        return Check("balance", "not_run", "No baseline was named.")
    x = np.column_stack([np.ones(len(kept)), *(arm == a for a in arms[1:])]).astype(float)
    if strata is not None:
        x = np.column_stack([x, np.eye(int(strata.max(initial=-1)) + 1)[strata][:, 1:]])
    worst, gap = math.nan, 0.0
    for name in baselines:
        known = kept[name].notna().to_numpy()
        design = x[known]
        if len(arms) < 2 or len(design) <= x.shape[1] or not independent(design).all():
            continue
        fitted = fit(design, kept.loc[known, name].to_numpy(dtype=float))
        if fitted.rss == 0:
            continue
        kind = "HC2" if not clusters else "CR2" if len(clusters) == 1 else "CR1"
        codes = [np.unique(c[known], return_inverse=True)[1] for c in clusters]
        errors = uncertainty(fitted, kind, codes, satterthwaite=True)
        for i in range(1, len(arms)):
            estimate, std_error, df, _ = errors.contrast(np.eye(x.shape[1])[i])
            if not std_error > 0 or math.isnan(df):
                continue
            tests = (len(arms) - 1) * len(baselines)
            p = min(1.0, 2 * float(stats.t.sf(abs(estimate / std_error), df)) * tests)
            worst = p if math.isnan(worst) else min(worst, p)
            gap = max(gap, abs(estimate) / math.sqrt(fitted.rss / fitted.df))
    joint = (
        _joint(kept, arm, arms, baselines, clusters, x[:, len(arms) :]) if len(baselines) > 1 else math.nan
    )
    if not math.isnan(joint):
        worst = min(1.0, 2 * min(joint, 1.0 if math.isnan(worst) else worst))
    if math.isnan(worst):
        return Check("balance", "not_run", "The baseline does not vary, or people or clusters are too few.")
    status = "fail" if worst < 0.001 else "warn" if worst < 0.05 and gap > 0.1 else "pass"
    return Check("balance", status, f"Baselines differ by up to {gap:.2f} SD (p = {worst:.3f}).")


def _joint(
    kept: pd.DataFrame,
    arm: pd.Series,
    arms: Sequence[object],
    baselines: Sequence[str],
    clusters: Sequence[np.ndarray],
    strata: np.ndarray,
) -> float:
    """p-value that no combination of the baselines tells any arm from the control (Bonferroni over arms)."""
    values = kept[list(baselines)].astype(float)
    values = values.fillna(values.mean()).fillna(0.0)
    worst = math.nan
    for a in arms[1:]:
        here = arm.isin([arms[0], a]).to_numpy()
        x = np.column_stack([np.ones(here.sum()), strata[here], values[here]])
        keep = independent(x)
        tested = range(int(keep[: 1 + strata.shape[1]].sum()), int(keep.sum()))
        if len(tested) < 2 or here.sum() <= keep.sum() + 1:
            continue
        fitted = fit(x[:, keep], (arm[here] == a).to_numpy(dtype=float))
        if fitted.rss == 0:
            continue
        kind = "classical" if not clusters else "CR2" if len(clusters) == 1 else "CR1"
        codes = [np.unique(c[here], return_inverse=True)[1] for c in clusters]
        p = joint_test(uncertainty(fitted, kind, codes), tested)[2]
        if not math.isnan(p):
            worst = min(1.0, p * (len(arms) - 1) if math.isnan(worst) else min(worst, p * (len(arms) - 1)))
    return worst


def clusters(kept: pd.DataFrame, arm: pd.Series, columns: Sequence[str], df: float) -> tuple[Check, ...]:
    """Count what is independent: pass at 10 clusters, unless one arm rests on fewer than 4 or df is below 4.

    The second matters where only the trained meet in groups: many controls of their own hide few sessions.
    """
    if columns:
        count = min((kept[c].nunique() for c in columns), default=0)
        fewest = min((int(kept[c].groupby(arm).nunique().min()) for c in columns if len(kept)), default=0)
        few = fewest < MIN_CLUSTERS_PER_ARM or not df >= 4
        status = "fail" if count < MIN_CLUSTERS else "warn" if few else "pass"
        detail = (
            f"{count} clusters by {' and '.join(columns)}, {MIN_CLUSTERS} are wanted; {fewest} in one arm"
        )
        tail = f"; {df:.1f} degrees of freedom, 4 are wanted." if not math.isnan(df) else "."
        return (Check("clusters", status, detail + tail),)
    if "session_id" in kept and (kept["session_id"].value_counts() > 1).any():
        count = kept["session_id"].nunique()
        detail = f"People share {count} sessions that these errors ignore: give cluster='session_id' to generalise."
        return (Check("clusters", "warn", detail),)
    return ()
