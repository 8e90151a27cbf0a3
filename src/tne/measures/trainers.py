"""How much do results depend on who gave the training?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tne.checks import require_level_of_confidence
from tne.measures.headcount import headcount
from tne.measures.trainers_checks import checks_of
from tne.measures.trainers_fit import fit_spread, trainer_means
from tne.measures.trainers_own import NOT_FOR_SHARING, own_funnel, own_rows
from tne.measures.trainers_rows import TRAINER, Taught, names_of, taught
from tne.measures.trainers_spread import WIDEST
from tne.measures.trainers_table import error_df, method_text, spread_rows, term_names, worded
from tne.result import Estimates, Result

LEAST = 3  # below it the spread would tell one trainer of the other


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainerEffects(Result):
    """How trainers differ. What is shown, printed and shared holds the spread; no row is about one trainer.

    Parameters
    ----------
    estimates : Estimates
        Terms as in `trainer_effects`.
    """

    estimates: Estimates
    _own: pd.DataFrame = field(repr=False)
    _funnel: pd.DataFrame = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def desk(self, trainer: object = None) -> pd.DataFrame:
        """Return each trainer's own adjusted, shrunken result: for that trainer's own use, **not for sharing**.

        Parameters
        ----------
        trainer : optional
            The one trainer whose row is wanted; None gives all, unranked.

        Returns
        -------
        DataFrame
            `trainer`; estimate (shrunken, against the average of these trainers, of the same traits where an adjustment
            is one), std_error, conf_low, conf_high; raw, raw_std_error (not shrunken); reliability; n_sessions,
            taught (people); note; use. Numbers of trainers with fewer than `min_people` are NaN with a note.

        Raises
        ------
        KeyError
            If there is no such trainer.
        """
        return _chosen(self._own, trainer)

    def funnel(self, trainer: object = None) -> pd.DataFrame:
        """Return raw results with their control limits, for a figure on the desk: **not for sharing**.

        Returns
        -------
        DataFrame
            `trainer`; estimate (raw), std_error (chance and usual spread), conf_low, conf_high, shrunken: as the figure
            ``funnel`` wants them, with ``mean`` the column target; std_error_chance, z, phi, tau2, low_95, high_95,
            low_99_8, high_99_8, outside (`funnel_limits`); n_sessions, taught; use.
        """
        return _chosen(self._funnel, trainer)


def _chosen(frame: pd.DataFrame, trainer: object) -> pd.DataFrame:
    rows = frame if trainer is None else frame[frame.iloc[:, 0] == trainer]
    if trainer is not None and rows.empty:
        raise KeyError("There is no such trainer among those with results. Check the id.")
    out = rows.reset_index(drop=True)
    out.attrs["sharing"] = NOT_FOR_SHARING
    return out


def trainer_effects(
    people: pd.DataFrame,
    *,
    outcome: str,
    trainer: str = "trainer_id",
    baseline: str | Sequence[str] | None = None,
    session: str | None = None,
    team: str | None = None,
    covariates: Sequence[str] = (),
    min_people: int = 10,
    conf_level: float = 0.95,
) -> TrainerEffects:
    """Spread between trainers of their people's results, adjusted for what these people could do before.

    Parameters
    ----------
    people : DataFrame, one row per person trained
        For example ``ws.scores(programme, market)``. Rows without a trainer are left out.
    outcome : str
        Score, or accuracy, after the training.
    trainer : str
    baseline : str or sequence of str, optional
        Scores, or accuracy, before.
    session : str, optional
        Column of the sessions. Without it a lucky session counts as the trainer's.
    team : str, optional
        Column of the teams that people come from; trainers and teams cross.
    covariates : sequence of str
        Case mix: numbers, or categories such as market, programme or modality. What does not vary within trainers
        compares trainers of like value.
    min_people : int
        Trainers with fewer people count for the spread and get no number of their own.
    conf_level : float

    Returns
    -------
    TrainerEffects
        Terms: ``trainer_sd`` (between trainers, with a test that they do not differ), ``trainer_share`` (of the
        variance that the adjustments leave), ``trainer_reliability`` (of a trainer's mean: mean over the trainers),
        ``session_sd``, ``team_sd`` where given, ``person_sd`` where people have several rows,
        ``residual_sd``. ``.desk()`` has the shrunken effects, ``.funnel()`` control limits: both name trainers and are
        not for sharing. Checks ``missing, differential_attrition, balance, few_groups, few_sessions, confounding,
        repeated_people, exploratory`` and the fit's.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a column is absent, an outcome is no number, or one column is named for two groupings.

    Notes
    -----
    ``y = Xβ + trainer + session + team + e``, REML. The interval of the spread is Q-profile's, with the error's
    degrees of freedom (sessions minus trainers); at its top the wider of this and the likelihood's profile. The test is
    the restricted likelihood ratio against an even mixture of 0 and chi-square, cautious with few trainers. Three or
    four trainers: no interval; two: no spread, which would tell each of the other. The share's and the reliability's
    limits are those of the spread, the other variances held. Shrunken effects are best linear unbiased predictions;
    their error counts that the spread is not known.

    People are not assigned to trainers at random: a difference may be the people, the site or the hour. ``balance``
    tests whether trainers got people of different baselines; nothing tests what is not measured.

    References
    ----------
    Raudenbush and Bryk (2002), Hierarchical Linear Models, chapters 3 and 5. Viechtbauer (2007), Stat. Med. 26:37-52.
    Morris (1983), Parametric empirical Bayes inference, JASA 78:47-55.

    Examples
    --------
    >>> few = pd.DataFrame({"trainer_id": list("aabb"), "post": [5.0, 6, 8, 9]})
    >>> trainer_effects(few, outcome="post").to_frame().note[0]
    'two trainers: the spread would tell each of the other'
    """
    require_level_of_confidence(conf_level)
    numbers = names_of(baseline)
    data = taught(people, outcome, trainer, session, team, numbers, names_of(covariates))
    fitted, why = None, _why_not(data)
    if not why:
        try:
            fitted = fit_spread(data, outcome, conf_level)
        except np.linalg.LinAlgError:  # so few rows for so many groupings that the likelihood has no floor
            why = "the variances cannot be told apart: too few people for so many groupings and adjustments"
        else:
            sd = fitted.estimates.get(group=TRAINER, term="sd")
            why = sd.note if math.isnan(sd.estimate) else ""
    common = {
        "n": len(data.kept),
        "n_people": headcount(data.kept),
        "n_people_total": headcount(data.kept),
        "conf_level": conf_level,
        "method": method_text(data),
    }
    means, sds = None, {TRAINER: 0.0, "residual": 0.0}
    rows = [{"term": term, "estimate": math.nan, "note": why} for term in term_names(data)]
    if fitted is not None and not why:
        sds = {g: fitted.estimates.get(group=g, term="sd").estimate for g in (*data.codes, "residual")}
        means = trainer_means(data, outcome, sds)
        rows = spread_rows(data, outcome, fitted, means, sds, conf_level)
    widest = WIDEST * sds["residual"]
    df = error_df(data, sds)
    own = own_rows(data, trainer, means, sds[TRAINER], widest, df, min_people, conf_level, why)
    table = worded(pd.DataFrame(rows), outcome, [*numbers, *names_of(covariates)]).assign(**common)
    return TrainerEffects(
        estimates=Estimates(table=table),
        checks=checks_of(data, people, outcome, trainer, numbers, names_of(covariates), fitted),
        _own=own,
        _funnel=own_funnel(data, trainer, means, own, min_people, conf_level),
    )


def _why_not(data: Taught) -> str:
    if data.trainers < LEAST:
        return {
            0: "nobody has a trainer and all values",
            1: "one trainer: trainer and training cannot be told apart",
            2: "two trainers: the spread would tell each of the other",
        }[data.trainers]
    if data.sizes.max() < 2:
        return "every trainer has one person: trainer and person cannot be told apart"
    d = np.eye(data.trainers)[data.codes[TRAINER]]
    rank = int(np.linalg.matrix_rank(np.column_stack([d, data.x])))
    if rank >= len(data.kept):
        return "too few people for the adjustments"
    if data.x.shape[1] + data.trainers - rank >= data.trainers:  # columns that trainers' indicators explain
        return "the adjustments explain every difference between trainers: none is left to compare"
    return ""
