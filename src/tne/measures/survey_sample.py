"""How did those who answered come into the survey: within which strata, in which clusters, out of how many?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from tne.measures.survey_design import Sample, crossed


def drawn_among(
    group: pd.DataFrame, whole: pd.DataFrame, invited: pd.DataFrame | None, stratified: bool, clustered: bool
) -> tuple[Sample, str]:
    """Return how the respondents of a group were drawn, and the same in words.

    Parameters
    ----------
    group, whole : DataFrame
        From `per_person`: the respondents, and all whom the design is about, the group among them.
    invited : DataFrame or None
        Columns stratum, invited, clusters, about the whole.
    stratified, clustered : bool
        Whether strata and clusters were given.

    Notes
    -----
    A group that shares a stratum or a cluster with others is a domain: how many of it were drawn is chance, so the
    clusters without it count. One with strata and clusters of its own is a survey of its own.
    """
    if invited is None and not stratified and not clustered:
        whole = group  # others tell nothing then
    cluster = pd.factorize(whole["cluster"])[0]
    stratum, names = pd.factorize(whole["stratum"])
    layer = np.zeros_like(stratum) if crossed(cluster, stratum) else stratum
    drawn = np.bincount(pd.unique(layer * (cluster.max() + 1) + cluster) // (cluster.max() + 1))
    left, corrected = np.ones(len(drawn)), False
    if invited is not None:
        column = "clusters" if clustered else "invited"
        size = invited.set_index("stratum")[column].reindex(names).to_numpy(dtype=float)
        if len(size) > len(left):  # clusters cross strata: they were drawn from one list
            size = np.array([size[0] if (size == size[0]).all() else np.nan])
        if (drawn > size).any():
            raise ValueError("More clusters answered than `population` has. Correct the counts.")
        left = np.where(np.isnan(size) | (size == 0), 1.0, 1 - drawn / np.where(size > 0, size, 1.0))
        corrected = bool((~np.isnan(size)).all())
    here = whole.index.isin(group.index)
    shared = (stratified and np.isin(layer[here], layer[~here]).any()) or (
        clustered and np.isin(cluster[here], cluster[~here]).any()
    )
    how = ("clusters" if clustered else "people") + (
        " within strata" if len(np.unique(layer[here])) > 1 else ""
    )
    how += ", finite population correction" if corrected else ""
    how += ", a domain of all groups" if shared else ""
    weight, none = group["weight"].to_numpy(dtype=float), np.zeros(len(group), dtype=int)
    return Sample(weight, cluster[here], layer[here], none, left, drawn if shared else None), how


def represented(
    group: pd.DataFrame, invited: pd.DataFrame | None, plain: Sample
) -> tuple[Sample | None, str]:
    """Return the sample with every stratum weighted to its share of those invited, or why that cannot be.

    Parameters
    ----------
    group : DataFrame
    invited : DataFrame or None
    plain : Sample
        From `drawn_among`.
    """
    if invited is None or invited["invited"].isna().any():
        return None, "needs the number of people invited per stratum in `population`"
    asked = invited.loc[invited["invited"] > 0].set_index("stratum")["invited"]
    cell, names = pd.factorize(group["stratum"])
    total = np.bincount(cell, plain.weight)
    silent = len(asked) - int(asked.index.isin(names[total > 0]).sum())
    if silent:
        note = f"nobody answered in {silent} of {len(asked)} strata: join them with others"
        return None, note
    share = asked.reindex(names).fillna(0).to_numpy() / asked.sum()
    weight = plain.weight * (share / np.where(total > 0, total, 1.0))[cell]
    return replace(plain, weight=weight, cell=cell), ""
