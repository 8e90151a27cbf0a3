"""What did the trained learn? Every measure of one pre/post test that its waves allow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.checks import require_columns
from tne.measures.adjusted import ancova
from tne.measures.gain import comparable, mean_change, standardized_change
from tne.measures.hake import NormalizedGain, normalized_gain
from tne.measures.learning_people import (
    NOT_YET,
    TRAINED,
    WAVES,
    chosen_attempts,
    forms,
    lean,
    not_tested_again,
    roles,
    sheet,
)
from tne.measures.mastery import mastery_change
from tne.measures.reliability import Reliability, cronbach_alpha
from tne.measures.reliable_change import ReliableChange, reliable_change
from tne.measures.retained import Retention, retention_of, wave_means
from tne.result import Check, Estimate, Estimates, Result

BOTH = {"pre": "pre", "post": "post"}
ENOUGH = 20  # people behind a reliability


@dataclass(frozen=True, kw_only=True, eq=False)
class Learning(Result):
    """Pre/post results of one test, of the people who were trained between its two waves.

    Parameters
    ----------
    gain : Estimate
        Mean change of those who took both tests, in score points; NaN with a note where the waves are not on one scale.
    weighted, imputed : Estimate or None
        The same for everyone who took the first test (`mean_change` with ``missing``); None where nobody left.
    attrition : Estimate
        Share of those who took the first test and not the second.
    standardized, mastery : Estimate or None
    normalized : NormalizedGain or None
        None where the test has no maximum or the waves are not on one scale.
    reliable : ReliableChange or None
        Shares of people who changed by more than the test's error; None without the answers to single items.
    reliability : Reliability or None
        Of the first test, all who took it.
    against : Estimate or None
        Difference to people not yet trained who took the same two tests, at equal first scores (`ancova`).
    waiting : Estimate or None
        Mean change of those people.
    retention : Retention or None
        What was still known at the delayed test.
    waves : Estimates
        Key ``wave``: mean score before and after, for the people who took both tests.
    max_score, pass_share : float
        Full marks, NaN where there are none; the share of them that counts as passed.
    same_scale : bool
    """

    gain: Estimate
    attrition: Estimate
    weighted: Estimate | None = None
    imputed: Estimate | None = None
    standardized: Estimate | None = None
    normalized: NormalizedGain | None = None
    mastery: Estimate | None = None
    reliable: ReliableChange | None = None
    reliability: Reliability | None = None
    against: Estimate | None = None
    waiting: Estimate | None = None
    retention: Retention | None = None
    waves: Estimates
    max_score: float
    pass_share: float
    same_scale: bool

    def to_frame(self) -> pd.DataFrame:
        parts = (self.gain, self.weighted, self.imputed, self.standardized, self.normalized, self.mastery,
                 self.reliable, self.against, self.waiting, self.retention)  # fmt: skip
        return pd.concat([part.to_frame() for part in parts if part is not None], ignore_index=True)


def learning_summary(
    scores: pd.DataFrame,
    *,
    responses: pd.DataFrame | None = None,
    pass_share: float = 0.8,
    conf_level: float = 0.95,
) -> Learning:
    """Summarise the test of one programme, refusing gains between unequal scales.

    Parameters
    ----------
    scores : DataFrame, one row per person
        As `Workspace.scores` gives it: pre, post, delayed, and where known max_score_…, scale_…, arm, cohort,
        trained_at, answered_at_… .
    responses : DataFrame, one row per answer, optional
        Of the same programme and people: attempt_id, item_id, moderator_id, wave, form, score, answered_at. First
        attempts give the test's reliability and say who took the same form twice.
    pass_share : float
        Share of the maximum that counts as passed.
    conf_level : float

    Returns
    -------
    Learning
        With the checks of `mean_change` and ``same_form`` (warns where people took the same form twice) and
        ``untrained`` (warns where nobody untrained took both tests, so that practice and time are part of the gain).

    Raises
    ------
    KeyError
        If a wave's column is missing.
    ValueError
        If `pass_share` is not between 0 and 1.

    Notes
    -----
    People who took the second test before they were trained, or wait by plan, are no part of the gain: they are what it
    is held against. Two tests on different scales, or with different maxima, have no difference that could be called
    learning: then every change is NaN or None and `same_scale` is False. A change does not say that the training
    caused it.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6:1-25, for the change; Bonett (2008), Psych. Methods
    13:99-109, for the change in standard deviations; Fieller (1954), JRSS B 16:175-185, for the share retained.

    Examples
    --------
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7], "post": [6.0, 6, 9, 8], "delayed": [5.0, 6, 8, np.nan]})
    >>> learned = learning_summary(people)
    >>> learned.gain.estimate, learned.same_scale
    (1.75, True)
    """
    require_columns(scores, WAVES, "scores")
    if not 0 < pass_share < 1:
        raise ValueError(f"`pass_share` is {pass_share}. Give a share between 0 and 1, for example 0.8.")
    attempts = None if responses is None or responses.empty else chosen_attempts(responses)
    scores = lean(scores if attempts is None else _with_forms(scores, attempts))
    role = roles(scores)
    trained = scores.loc[role.eq(TRAINED)]
    scale = comparable(trained)
    # one comparison of scales, then nothing but the numbers: the measures repeat it otherwise
    columns = [c for c in ("moderator_id", "pre", "post", "session_id", "max_score_post") if c in trained]
    slim = trained[columns]
    bare = slim.drop(columns=["session_id"], errors="ignore")
    both = slim.loc[slim[["pre", "post"]].notna().all(axis=1)]
    common: dict[str, Any] = {
        "attrition": not_tested_again(trained, first="pre", wave="post", conf_level=conf_level),
        "waves": wave_means(both[[c for c in ("moderator_id", "pre", "post") if c in both]],
                            ("pre", "post"), conf_level),
        "max_score": _maximum(trained),
        "pass_share": pass_share,
    }  # fmt: skip
    if scale.status == "fail":
        note = "the tests before and after are not on one scale"
        nothing = Estimate(term="mean_change", estimate=math.nan, note=note)
        return Learning(gain=nothing, same_scale=False, checks=(scale,), **common)
    how: dict[str, Any] = BOTH | {"conf_level": conf_level}
    gain, full = mean_change(slim, **how), common["max_score"]
    left = slim["pre"].notna().sum() > len(both) > 1
    items = None if attempts is None else sheet(responses, attempts, "pre")
    alpha = (
        cronbach_alpha(items, conf_level=conf_level) if items is not None and len(items) >= ENOUGH else None
    )
    against, waiting = _against(scores, role, how)
    own = tuple(check for check in gain.checks if check.name != "comparable")
    return Learning(
        gain=gain,
        weighted=mean_change(bare, missing="weighted", **how) if left else None,
        imputed=mean_change(bare, missing="imputed", **how) if left else None,
        standardized=standardized_change(bare, standardizer="d_av", **how),
        normalized=normalized_gain(bare, max_score=full, **how) if math.isfinite(full) else None,
        mastery=mastery_change(bare, cut=pass_share * full, **how) if math.isfinite(full) else None,
        reliable=reliable_change(bare, reliability=alpha, **how) if alpha is not None else None,
        reliability=alpha,
        against=against,
        waiting=waiting,
        retention=retention_of(trained, conf_level),
        same_scale=True,
        checks=(scale, *own, *_same_form(trained), _untrained(against)),
        **common,
    )


def _with_forms(scores: pd.DataFrame, attempts: pd.DataFrame) -> pd.DataFrame:
    """The rows with the form that each person took in each wave."""
    if "moderator_id" not in scores:
        return scores
    who = scores["moderator_id"].astype(object)
    return scores.assign(**{f"form_{wave}": who.map(forms(attempts, wave)) for wave in WAVES[:2]})


def _same_form(tested: pd.DataFrame) -> tuple[Check, ...]:
    if not {"form_pre", "form_post"} <= set(tested.columns):
        return ()
    known = tested.loc[tested[["pre", "post"]].notna().all(axis=1), ["form_pre", "form_post"]].dropna()
    same = int(known["form_pre"].eq(known["form_post"]).sum())
    detail = f"{same} of {len(known)} people took the same form twice and may remember its items."
    return (Check("same_form", "warn" if same else "pass" if len(known) else "not_run", detail),)


def _untrained(against: Estimate | None) -> Check:
    if against is not None and not math.isnan(against.estimate):
        return Check("untrained", "pass", "People not yet trained took the same two tests.")
    detail = "Nobody untrained took both tests: practice, time and chance selection are part of the gain."
    return Check("untrained", "warn", detail)


def _against(
    scores: pd.DataFrame, role: pd.Series, how: dict[str, Any]
) -> tuple[Estimate | None, Estimate | None]:
    """The difference to those not yet trained, and their own change; None where fewer than two took both tests."""
    columns = [c for c in ("moderator_id", "pre", "post", "max_score_pre", "max_score_post") if c in scores]
    frame = scores.loc[role.ne(""), columns].assign(role=role)
    both = frame.loc[frame[["pre", "post"]].notna().all(axis=1)]
    counts = both["role"].value_counts()
    if counts.get(TRAINED, 0) < 2 or counts.get(NOT_YET, 0) < 2:
        return None, None
    level = how["conf_level"]
    found = ancova(both, outcome="post", baseline="pre", group="role", reference=NOT_YET, conf_level=level)
    difference = found.get(group=TRAINED)
    still = frame.loc[frame["role"].eq(NOT_YET)].drop(columns=["role"])
    checks = tuple(c for c in found.checks if c.name in ("balance", "slopes"))
    return Estimate(**difference.as_row(), checks=checks), mean_change(still, **how)


def _maximum(scores: pd.DataFrame) -> float:
    """The one full mark of the waves, NaN where there is none or more than one."""
    names = [name for name in ("max_score_pre", "max_score_post") if name in scores.columns]
    found = pd.concat([scores[name] for name in names]).dropna().unique() if names else []
    return float(found[0]) if len(found) == 1 else math.nan
