"""How did people like the training, and would those who did not answer say the same?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_level_of_confidence, require_numeric
from tne.measures.survey_checks import (
    clusters_across,
    clusters_anew,
    few_people,
    merged,
    mixtures,
    reliability,
    sessions_ignored,
)
from tne.measures.survey_design import Sample, crossed, design_mean, restarted, with_interval
from tne.measures.survey_people import column_names, finder, per_person, require_surveys
from tne.measures.survey_population import counts_clusters, invited_here, population_table, response_rate
from tne.measures.survey_sample import drawn_among, represented
from tne.result import Check, Estimates

TERMS = (
    "mean", "top_box", "net_score", "response_rate",
    "poststratified_mean", "poststratified_top_box", "poststratified_net_score", "reliability",
)  # fmt: skip
NOT_APART = "`population` does not tell the groups apart: give it as a frame with the columns of `by`"
KINDS = {"mean": ("score", "mean"), "top_box": ("top_box", "share"), "net_score": ("net_score", "net")}


def survey_summary(
    surveys: pd.DataFrame,
    *,
    by: str | Sequence[str],
    weights: str | None = None,
    strata: str | Sequence[str] | None = None,
    clusters: str | None = None,
    population: pd.DataFrame | Mapping[Any, float] | pd.Series | float | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Summarise survey answers per construct, for those who answered and for everybody invited.

    Parameters
    ----------
    surveys : DataFrame
        One row per answer: response_id, construct, value, scale_min, scale_max, and where known question_id and
        moderator_id. A person's score is the mean over the questions of a construct.
    by : str or sequence of str
        Columns to summarise by besides the construct; () for none. ``by="respondent"`` gives the views of
        learners, managers and trainers side by side. A group is a survey of its own, but a domain of the whole one
        where it shares `clusters` or `strata` with other groups.
    weights : str, optional
        Column with a weight per response: how many people it stands for, up to a factor.
    strata : str or sequence of str, optional
        Columns known for respondents and for everybody invited, for example the site.
    clusters : str, optional
        Column of groups that were drawn or answered together, for example the session, or the team where managers
        answer for teams. None: the person. Labels 1, 2, … that start anew in each stratum are taken as different
        clusters where `population` is not given; the check ``clusters_across_strata`` says so.
    population : DataFrame, mapping, Series or number, optional
        People invited: a mapping from stratum to count (without `strata`: from group of `by` to count), one number, or
        a frame with the strata columns, any of the `by` columns and one column of counts, ``invited``. A column
        ``clusters`` of the frame, or counts that the weights exceed where `clusters` is given, is the number of
        clusters that the sample was drawn from. Counts that do not tell the groups of `by` apart are those of all
        groups together (of each, for ``wave``).
    conf_level : float

    Returns
    -------
    Estimates
        Keys `by` and construct; terms mean, top_box, net_score, response_rate, poststratified_mean,
        poststratified_top_box, poststratified_net_score, reliability (Cronbach's alpha of the construct's questions).
        What the arguments cannot answer is NaN with a note. Checks: ``nonresponse``, ``small_strata``,
        ``few_people``, ``few_clusters``, ``clusters_across_strata``, ``clusters_ignored``, ``reliability``,
        ``reversed_item``, ``missing_views``, ``mixed_views``, ``mixed_waves``, ``missing_answers``.

    Raises
    ------
    KeyError, TypeError, ValueError
        For missing columns, values off their scale, mixed scales within a construct, more answers than invited.

    Notes
    -----
    ``top_box`` is the share of answers on the highest point. ``net_score`` is promoters (9, 10) minus detractors
    (0 to 6) on a scale from 0 to 10, else answers above the scale's midpoint minus answers below it. Means are
    ``Σ w y / Σ w`` with linearised errors between clusters within strata, clusters − strata degrees of freedom, and
    a finite population correction where `population` tells how many people (with `clusters`: how many clusters)
    there were to draw from. Clusters that hold nobody of a domain count with zeros, but give no degree of freedom.
    Post-stratified numbers give each stratum its share of those invited, ``Σ N_h ȳ_h / N`` with variance
    ``Σ (N_h / N)² (1 − f_h) s_h² / n_h``, which is weighting each answer by invited over answered in its stratum;
    where clusters cross strata their sums of residuals vary instead. Shares have Wilson's interval and net scores
    Tango's, both on the effective number of answers. Post-stratifying removes the bias of strata that answer less
    often, not that of unhappy people who answer less often within a stratum. Managers have no moderator_id and
    stand for teams: each response counts as one. Liking is not learning.

    References
    ----------
    Lohr (2022), Sampling: Design and Analysis, chapters 3 to 5 and 8; Lumley (2010), Complex Surveys, chapters 2, 3
    and 7; Korn and Graubard (1998), Survey Methodology 24:193-201, for the effective number.

    Examples
    --------
    >>> answers = pd.DataFrame({"response_id": [1, 2, 3], "construct": "relevance", "value": [5, 4, 3],
    ...                         "scale_min": 1, "scale_max": 5})
    >>> survey_summary(answers, by=(), population=4).get(term="response_rate").estimate
    0.75
    """
    by, strata = column_names(by), column_names(strata)
    require_level_of_confidence(conf_level)
    answered = require_surveys(surveys, known=[*by, weights], complete=[*strata, clusters])
    if weights:
        require_numeric(surveys, [weights], "surveys")
    anew = clusters is not None and restarted(answered[clusters], answered[strata])
    nested = anew and (population is None or not answered.duplicated([*strata, clusters, "construct"]).any())
    people = per_person(answered, by=by, strata=strata, weights=weights, clusters=clusters, nested=nested)
    invited = population_table(population, by=by, strata=strata)
    keys = [*by, "construct"]
    told = [name for name in by if name == "wave" or (invited is not None and name in invited.columns)]
    names = dict.fromkeys([*keys, "response_id", "question_id", "value"])
    kept = surveys[[name for name in names if name in surveys.columns]]
    mine, everybody = finder(people, keys), finder(people, [*told, "construct"])
    together = finder(kept[keys].drop_duplicates(), [*told, "construct"])
    found, checks = [], mixtures(answered, by)
    for key, rows in kept.groupby(keys, sort=True, dropna=False):
        at = dict(zip(keys, key, strict=True))
        group, whole = mine(at), everybody(at)
        here = invited_here(invited, {name: at[name] for name in by})
        unknown = NOT_APART if invited is not None and len(together(at)) > 1 else ""
        given = (bool(weights), bool(strata), clusters is not None)
        made, check = _group(group, whole, here, unknown, given, conf_level)
        alpha, more = reliability(rows.loc[rows["value"].notna()], conf_level)
        n_people = float(group["person"].nunique())
        shared = at | {"n": float(group["answers"].sum()), "n_people": n_people, "n_people_total": n_people}
        view = f"{at['respondent']}s" if "respondent" in at else "those"
        made = [shared | {"estimand": f"{view} who answered"} | row for row in [*made, alpha | shared]]
        found += made
        checks += check + more
    table = pd.DataFrame(found) if found else pd.DataFrame(columns=[*keys], dtype="str")
    empty = len(surveys) - len(answered)
    if empty:
        detail = f"{empty} of {len(surveys)} answers are empty and left out."
        checks.append(Check("missing_answers", "warn", detail))
    if anew:
        checks = [*(c for c in checks if c.name != "clusters_across_strata"), clusters_anew(nested)]
    return Estimates(table=table.assign(conf_level=conf_level), keys=tuple(keys), checks=merged(checks))


def _group(
    group: pd.DataFrame,
    whole: pd.DataFrame,
    invited: pd.DataFrame | None,
    unknown: str,
    given: tuple[bool, bool, bool],
    conf_level: float,
) -> tuple[list[dict[str, Any]], list[Check]]:
    """Return the rows of one group × construct but for its reliability, and their checks.

    `whole` are the people whom the counts in `invited` are about: those of other groups too, where these counts do not
    tell the groups apart, which `unknown` says then. `given` tells whether there are weights, strata and clusters.
    """
    weighted, stratified, clustered = given
    if invited is not None and clustered and weighted and counts_clusters(whole, invited):
        invited = invited.assign(clusters=invited["invited"], invited=np.nan)
    elif invited is not None and whole["cluster"].is_unique:  # clusters of one person each are people
        invited = invited.assign(clusters=invited["clusters"].fillna(invited["invited"]))
    rate, checks = response_rate(whole, invited, conf_level)
    if unknown and not math.isnan(rate["estimate"]):
        rate = {name: rate[name] for name in ("term", "unit", "estimand")}
        rate |= {"estimate": math.nan, "note": unknown}
    terms = [*KINDS, *(f"poststratified_{name}" for name in KINDS)]
    if group.empty:
        nobody = [{"term": term, "estimate": math.nan, "note": "nobody answered"} for term in terms]
        return [*nobody[:3], rate, *nobody[3:]], checks
    low, high = group["scale_min"].iloc[0], group["scale_max"].iloc[0]
    units = {
        "mean": f"points on a scale from {low:g} to {high:g}",
        "top_box": "share",
        "net_score": "share difference",
    }
    plain, how = drawn_among(group, whole, invited, stratified, clustered)
    rows = [_numbers(group, name, plain, conf_level) | {"term": name, "unit": units[name],
            "method": f"mean over respondents, {how}"} for name in KINDS]  # fmt: skip
    post, why = (None, unknown) if stratified else (None, "needs `strata`")
    if stratified and not unknown:
        post, why = represented(group, invited, plain)
    for name in KINDS:
        row = {"estimate": math.nan, "note": why} if post is None else _numbers(group, name, post, conf_level)
        rows.append(row | {"term": f"poststratified_{name}", "unit": units[name], "estimand": "everybody invited",
                           "method": f"post-stratified, {how}"})  # fmt: skip
    if clustered and crossed(plain.cluster, pd.factorize(group["stratum"])[0]):
        checks.append(clusters_across(post is not None))
    n_clusters = int(group["cluster"].nunique()) if clustered else None
    checks += few_people(float(group["person"].nunique()), n_clusters)
    return [*rows[:3], rate, *rows[3:]], checks + ([] if clustered else sessions_ignored(group))


def _numbers(group: pd.DataFrame, name: str, sample: Sample, conf_level: float) -> dict[str, Any]:
    column, kind = KINDS[name]
    shares = (group["above"].to_numpy(), group["below"].to_numpy())
    return with_interval(design_mean(group[column].to_numpy(), sample), kind, sample, conf_level, shares)
