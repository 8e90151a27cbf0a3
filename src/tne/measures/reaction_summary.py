"""What did learners, managers and trainers say of each programme, at its end and later?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.checks import require_columns
from tne.measures.follow_up import survey_change
from tne.measures.pooling import adjust_p
from tne.measures.reaction import survey_summary
from tne.result import Check, Estimates, Result

SCALE = ["scale_min", "scale_max"]
CAME = ("attended", "completed")
KEYS = ("programme_id", "respondent", "wave", "construct")
WAVES = ("end", "follow_up")
UNKNOWN_SITE = "?"
MIXED = "mixed_scales"
FEWEST = 5  # respondents of a site, so that its mean and spread can stand for those who did not answer


@dataclass(frozen=True, kw_only=True, eq=False)
class Reaction(Result):
    """Ratings of the programmes of one market.

    Parameters
    ----------
    ratings : Estimates
        Keys ``programme_id, respondent, wave, construct``; the terms of `survey_summary`. Response rate and
        post-stratified numbers are there for learners at the end of the training.
    changes : Estimates
        Keys ``programme_id, construct``; terms ``mean_change`` from the end of the training to the follow-up, same
        learners, and ``answered_both``.
    adjusted : dict
        (programme_id, construct) → p-value of that change, adjusted for the number of changes (BH).
    scales : DataFrame
        Lowest and highest answer: programme_id, construct, scale_min, scale_max.
    nonresponse : dict
        programme_id → the check ``nonresponse`` of its learners at the end of the training.
    """

    ratings: Estimates
    changes: Estimates
    adjusted: dict[tuple[str, str], float]
    scales: pd.DataFrame
    nonresponse: dict[str, Check]

    def to_frame(self) -> pd.DataFrame:
        return self.ratings.to_frame()

    def scale(self, construct: str) -> tuple[float, float]:
        """Return lowest and highest answer about a construct, over all programmes; NaN where nobody was asked."""
        mine = self.scales.loc[self.scales["construct"].eq(construct)]
        return float(mine["scale_min"].min()), float(mine["scale_max"].max())

    def same_scale(self, construct: str) -> bool:
        """Say whether all programmes asked about a construct on one scale, so that their means can be compared."""
        mine = self.scales.loc[self.scales["construct"].eq(construct), ["scale_min", "scale_max"]]
        return len(mine.drop_duplicates()) == 1


def reaction_summary(
    surveys: pd.DataFrame,
    *,
    enrolments: pd.DataFrame | None = None,
    moderators: pd.DataFrame | None = None,
    conf_level: float = 0.95,
) -> Reaction:
    """Summarise the surveys of each programme by view, wave and construct.

    Parameters
    ----------
    surveys : DataFrame, one row per answer
        The table `surveys` of one market. Rows without a programme (pulse surveys) are left out.
    enrolments : DataFrame, optional
        The table `enrolments`: those who came were invited. None: no response rate.
    moderators : DataFrame, optional
        The table `moderators`: the site of each person is the stratum. None: one stratum.
    conf_level : float

    Returns
    -------
    Reaction
        With one check ``nonresponse``: the worst of the programmes.

    Raises
    ------
    KeyError, TypeError
        For missing columns, or values that are no numbers.
    ValueError
        For a `conf_level` that is no share.

    Notes
    -----
    Whoever answered was invited, recorded as present or not. Sites are strata where at least five people answered at
    each of them. Anonymous answers (no moderator_id) give means, but no
    response rate and no post-stratified mean. The change to the follow-up is that of people who answered the
    same construct twice on one scale; ``adjusted`` takes their number into account. Where
    one view or wave has questions of its own, it stands beside the others, it is not compared with them. Scales may
    differ between programmes, views, waves and constructs; where they differ within one of these, its mean is NaN.

    References
    ----------
    Lohr (2022), Sampling: Design and Analysis, chapters 3 to 5 and 8, as `survey_summary`; Agresti (2013), Categorical
    Data Analysis, section 11.1, as `survey_change`.

    Examples
    --------
    >>> answers = {"response_id": [1, 2, 3], "question_id": "q", "programme_id": "P", "wave": "end", "value": [5, 4, 3]}
    >>> answers |= {"respondent": "learner", "construct": "relevance", "scale_min": 1, "scale_max": 5}
    >>> found = reaction_summary(pd.DataFrame(answers)).to_frame()
    >>> found.loc[found["term"] == "mean", "estimate"].tolist()
    [4.0]
    """
    needed = [
        "response_id",
        "programme_id",
        "respondent",
        "wave",
        "construct",
        "value",
        "scale_min",
        "scale_max",
    ]
    require_columns(surveys, needed, "surveys")
    told = surveys.loc[surveys["programme_id"].notna() & surveys["value"].notna()]
    plain = [told[c].astype(object) for c in KEYS]
    told = told.assign(**dict(zip(KEYS, plain, strict=True)))
    told, mixed = _one_scale_each(told)
    ended = told["respondent"].eq("learner") & told["wave"].eq("end")
    parts, checks = [], {}
    for name, mine in told.loc[ended].groupby("programme_id", sort=True):
        found = _ended(mine, name, enrolments, moderators, conf_level)
        parts.append(found.to_frame())
        checks[str(name)] = next(c for c in found.checks if c.name == "nonresponse")
    other = told.loc[~ended]  # views and waves whose questions are their own
    for mine in _of_one_scale(other, KEYS[:3]):
        parts.append(survey_summary(mine, by=KEYS[:3], conf_level=conf_level).to_frame())
    if len(mixed):
        parts.append(mixed.assign(term="mean", estimate=math.nan, note=MIXED))
    changes = _table(_changes(told, conf_level), KEYS[::3])
    return Reaction(
        ratings=Estimates(table=_table(parts, KEYS), keys=KEYS),
        changes=Estimates(table=changes, keys=KEYS[::3]),
        adjusted=_adjusted(changes),
        scales=told[["programme_id", "construct", "scale_min", "scale_max"]].drop_duplicates(
            ignore_index=True
        ),
        nonresponse=checks,
        checks=_worst(checks),
    )


def _ended(
    mine: pd.DataFrame,
    programme_id: object,
    enrolments: pd.DataFrame | None,
    moderators: pd.DataFrame | None,
    conf_level: float,
) -> Estimates:
    """Learners of one programme at its end, by site where enough answered at each."""
    named = "moderator_id" in mine and mine["moderator_id"].notna().all()
    if enrolments is None or not named:
        return survey_summary(mine, by=KEYS[:3], conf_level=conf_level)
    here = enrolments["programme_id"].eq(programme_id) & enrolments["status"].isin(CAME)
    came = enrolments.loc[here, "moderator_id"].astype(object)
    invited = pd.Index(pd.concat([came, mine["moderator_id"].astype(object)]).unique())
    if moderators is None or moderators.empty or "site" not in moderators:
        return survey_summary(mine, by=KEYS[:3], population=float(len(invited)), conf_level=conf_level)
    site = _sites(moderators, mine["submitted_at"].min() if "submitted_at" in mine else pd.NaT)
    asked = site.reindex(invited).fillna(UNKNOWN_SITE).value_counts()
    where = mine["moderator_id"].astype(object).map(site).fillna(UNKNOWN_SITE)
    told = mine["moderator_id"].groupby(where).nunique().reindex(asked.index).fillna(0)
    if (told < FEWEST).any():
        return survey_summary(mine, by=KEYS[:3], population=float(len(invited)), conf_level=conf_level)
    more = {"strata": "site", "population": asked, "conf_level": conf_level}
    return survey_summary(mine.assign(site=where), by=KEYS[:3], **more)


def _sites(moderators: pd.DataFrame, at: Any) -> pd.Series:
    """Each person's site at an instant: of the last spell begun by then, else of the first."""
    day = math.inf if pd.isna(at) else pd.Timestamp(at).tz_localize(None)
    spells = moderators.sort_values("valid_from")
    begun = spells.loc[spells["valid_from"] <= day] if day != math.inf else spells
    last = pd.concat(
        [spells.drop_duplicates("moderator_id"), begun.drop_duplicates("moderator_id", keep="last")]
    )
    last = last.drop_duplicates("moderator_id", keep="last")
    return last.set_index(last["moderator_id"].astype(object))["site"].astype(object)


def _changes(told: pd.DataFrame, conf_level: float) -> list[pd.DataFrame]:
    """Changes from end to follow-up of the learners who answered the same construct of a programme twice."""
    mine = told.loc[told["respondent"].eq("learner") & told["wave"].isin(WAVES)]
    if "moderator_id" not in mine or not set(WAVES) <= set(mine["wave"]):
        return []
    keys = list(KEYS[::3])
    twice = mine.groupby(keys, sort=False)["wave"].transform("nunique").eq(2)
    alike = mine.groupby(keys, sort=False)[SCALE].transform("nunique").eq(1).all(axis=1)
    frames = _of_one_scale(mine.loc[twice & alike], (keys[0],))
    if not frames:
        return []
    found = pd.concat(
        [survey_change(frame, by=keys[0], conf_level=conf_level).to_frame() for frame in frames],
        ignore_index=True,
    )
    return [found.loc[found["term"].isin(["mean_change", "answered_both"])]]


def _adjusted(changes: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The p-value of each change, adjusted for their number."""
    moved = changes.loc[changes["term"].eq("mean_change")]
    if moved.empty:
        return {}
    keys = zip(*(moved[name].astype(str) for name in KEYS[::3]), strict=True)
    return dict(zip(keys, adjust_p(moved["p_value"]), strict=True))


def _one_scale_each(told: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set aside what one group answered on several scales: their points cannot be averaged."""
    several = told.groupby(list(KEYS), sort=False)[SCALE].transform("nunique").gt(1).any(axis=1)
    return told.loc[~several], told.loc[several, list(KEYS)].drop_duplicates(ignore_index=True)


def _of_one_scale(told: pd.DataFrame, keys: tuple[str, ...]) -> list[pd.DataFrame]:
    """The answers at once, or apart by `keys` where a construct's scale differs between them."""
    if told.empty:
        return []
    if told.groupby("construct", sort=False)[SCALE].nunique().le(1).all(axis=None):
        return [told]
    return [frame for _, frame in told.groupby(list(keys), sort=True)]


def _table(parts: list[pd.DataFrame], keys: tuple[str, ...]) -> pd.DataFrame:
    empty = Estimates(table=pd.DataFrame(columns=[*keys], dtype="str"), keys=keys)
    return pd.concat(parts, ignore_index=True) if parts else empty.to_frame()


def _worst(checks: dict[str, Check]) -> tuple[Check, ...]:
    for status in ("warn", "not_run", "pass"):
        mine = [check for check in checks.values() if check.status == status]
        if mine:
            detail = f"{len(mine)} of {len(checks)} programmes: {mine[0].detail}"
            return (Check("nonresponse", status, detail),)
    return ()
