"""Where do people agree, by policy area and role, reduced to what may be published?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.report.areas import name_of, title_of
from tne.report.disclosure import COUNTS, publishable
from tne.report.figures.raters import AGREED
from tne.report.hiding import FEW_RATINGS, hide_row
from tne.report.hiding import HIDDEN as HIDDEN_CODES
from tne.report.pooled import with_counts
from tne.report.voice import Voice

EXPERT, MODERATOR = "expert", "moderator"
GROUPS = (EXPERT, MODERATOR)
TEXT, TRAIN, SPLIT, OPEN, ALIKE = "text", "train", "split", "open", "alike"
FEW, SAME = "few", "same"
COLUMNS = (
    *("calibration_id", "case_id", "rater_id", "role", "policy_area", "label", "reference_label"),
    *("rated_at", "group"),
)
FOUND = (TEXT, TRAIN, SPLIT)
GOOD, POOR, UNCLEAR, HIDDEN, UNDEFINED = "good", "poor", "unclear", "hidden", "undefined"
LABELS_ALIKE = "labels_alike"
MOST = 200  # cases: more are no advice
_ORDER = {TEXT: 0, TRAIN: 1, SPLIT: 2, OPEN: 3, FEW: 4, SAME: 5, ALIKE: 6}


@dataclass(frozen=True, eq=False)
class AreaAgreement:
    """Agreement in one policy area, after the disclosure gate; a number that is not shown is NaN.

    `state`: ``"text"`` (not even experts agree well), ``"train"`` (moderators do not, experts do better),
    ``"split"`` (moderators do not; whether experts do is open), ``"open"`` (neither is shown), ``"few"`` (no number
    may be shown), ``"same"`` (labels hardly differ, so that agreement is not defined), ``"alike"`` (people agree well).
    `expert`, `moderator` are rows with estimate, conf_low, conf_high, n_cases, n_raters.
    """

    area: str
    state: str
    expert: Mapping[str, Any]
    moderator: Mapping[str, Any]
    goal: float

    title = property(title_of)
    name = property(name_of)

    @property
    def n_cases(self) -> float:
        """Cases behind the larger of the two numbers, rounded to 5; NaN where none is shown."""
        known = [float(row["n_cases"]) for row in (self.expert, self.moderator) if shown(row) or agreed(row)]
        return max(known, default=math.nan)


def rated(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the ratings with a column ``group``: ``"expert"`` (QA and policy) or ``"moderator"``.

    Parameters
    ----------
    ratings : DataFrame
        The table `ratings`: its column role says who belongs to which group; other roles are left out.

    Returns
    -------
    DataFrame
        With a new index; without ratings the same columns, empty.

    Notes
    -----
    QA and policy stand together: few markets have three policy raters, and what both groups show together and QA alone
    would give away what the one policy rater does.

    Examples
    --------
    >>> tne.say.rated(pd.DataFrame({"rater_id": [1, 2, 3], "role": ["qa", "policy", "moderator"]}))
       rater_id       role      group
    0         1         qa     expert
    1         2     policy     expert
    2         3  moderator  moderator
    """
    if ratings.empty:
        return pd.DataFrame(columns=list(COLUMNS)).astype({"rated_at": "datetime64[us, UTC]"})
    role = ratings["role"].astype(str)
    group = role.map({"moderator": MODERATOR, "qa": EXPERT, "policy": EXPERT})
    return ratings.assign(group=group.astype(object)).loc[group.notna()].reset_index(drop=True)


def rated_together(ratings: pd.DataFrame) -> bool:
    """Say whether any case was rated by two people: without that there is no agreement.

    Parameters
    ----------
    ratings : DataFrame
        calibration_id, case_id, rater_id.

    Returns
    -------
    bool

    Examples
    --------
    >>> ratings = pd.DataFrame({"calibration_id": 1, "case_id": [1, 1, 2], "rater_id": list("aba")})
    >>> tne.say.rated_together(ratings), tne.say.rated_together(ratings.tail(1))
    (True, False)
    """
    if ratings.empty:
        return False
    return bool(ratings.groupby(["calibration_id", "case_id"], observed=True)["rater_id"].nunique().max() > 1)


def gated(voice: Voice, estimates: Any, ratings: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return a frame of agreement as it may leave the team: from 3 raters and 20 cases, rounded.

    Where everybody agreed on every case, the number would say what each of them said: its row is coded as shares at
    100 % are.
    """
    frame = estimates.to_frame() if hasattr(estimates, "to_frame") else pd.DataFrame(estimates)
    counted = with_counts(frame, ratings, by)
    alone = ratings["label"].nunique() < 2  # with one label there is nothing to agree on
    rows = [
        _edged(publishable(row, min_n=voice.min_n, share=False), alone) for row in counted.to_dict("records")
    ]
    out = pd.DataFrame(rows, columns=[*counted.columns, *(() if "note" in counted else ("note",))])
    out["note"] = out["note"].fillna("").astype(object)
    return out


def area_agreement(
    voice: Voice, estimates: Any, ratings: pd.DataFrame, *, goal: float
) -> tuple[AreaAgreement, ...]:
    """Reduce the agreement by policy area and group to what may be published, what needs most first.

    Parameters
    ----------
    voice : Voice
    estimates : Estimates
        Of ``tne.agreement_by(ratings, by=("policy_area", "group"))``; None where no two people rated the same case.
    ratings : DataFrame
        Of `rated`.
    goal : float
        Agreement from which a group counts as agreeing well.

    Returns
    -------
    tuple of AreaAgreement
        Empty without ratings.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> ratings = tne.say.rated(tne.open("data/sample").table("ratings", market="ES"))
    >>> found = tne.agreement_by(ratings, by=("policy_area", "group"))
    >>> [(item.area, item.state) for item in tne.say.area_agreement(voice, found, ratings, goal=0.6)][:2]
    [('adult_nudity', 'few'), ('dangerous_acts', 'few')]
    """
    if ratings.empty:
        return ()
    frame = _one_each(voice, estimates, ratings, ("policy_area", "group"))
    found = []
    for area in sorted(ratings["policy_area"].astype(str).unique()):
        own = frame.loc[frame["policy_area"].astype(str).eq(area)].set_index("group")
        rows = {group: own.loc[group].to_dict() if group in own.index else _nothing() for group in GROUPS}
        state = state_of(level(rows[EXPERT], goal), level(rows[MODERATOR], goal), _better(rows))
        found.append(AreaAgreement(area, state, rows[EXPERT], rows[MODERATOR], goal))
    return tuple(sorted(found, key=lambda item: (_ORDER[item.state], -_cases(item), item.area)))


def group_agreement(voice: Voice, estimates: Any, ratings: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the gated agreement of experts and of moderators, over all areas in `ratings` together.

    Parameters
    ----------
    voice : Voice
    estimates : Estimates
        Of ``tne.agreement_by(ratings, by="group")``; None where no two people rated the same case.
    ratings : DataFrame
        Of `rated`.

    Returns
    -------
    dict of str to dict
        Keys ``"expert"`` and ``"moderator"``; a number that is not shown is NaN.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> ratings = tne.say.rated(tne.open("data/sample").table("ratings", market="ES"))
    >>> found = tne.say.group_agreement(voice, tne.agreement_by(ratings, by="group"), ratings)
    >>> found["moderator"]["estimate"]
    0.584
    """
    frame = _one_each(voice, estimates, ratings, ("group",)).set_index("group")
    return {group: frame.loc[group].to_dict() if group in frame.index else _nothing() for group in GROUPS}


def other_areas(ratings: pd.DataFrame, areas: Sequence[AreaAgreement]) -> pd.DataFrame:
    """Return the ratings of the areas in which nothing was found.

    Where a group's number is hidden in one of them alone, that one is left out for the group: what all come to
    together would give it away.

    Parameters
    ----------
    ratings : DataFrame
        Of `rated`.
    areas : sequence of AreaAgreement
        Of `area_agreement`.

    Returns
    -------
    DataFrame
        With a new index.

    Examples
    --------
    >>> from tne.report.calibration_areas import AreaAgreement
    >>> ratings = pd.DataFrame({"policy_area": ["spam", "hate"], "group": ["expert", "moderator"]})
    >>> numbers = {"estimate": 0.8, "conf_low": 0.7, "conf_high": 0.9}
    >>> states = {"spam": "alike", "hate": "text"}.items()
    >>> areas = [AreaAgreement(area, state, numbers, numbers, goal=0.6) for area, state in states]
    >>> tne.say.other_areas(ratings, areas)
      policy_area   group
    0        spam  expert
    """
    rest = [item for item in areas if item.state not in FOUND]
    own = ratings["policy_area"].astype(str)
    kept = own.isin([item.area for item in rest])
    for group in GROUPS:
        rated_by = set(own[ratings["group"].eq(group)])
        mine = [item for item in rest if item.area in rated_by]
        hidden = [item.area for item in mine if level(_of(item, group), item.goal) == HIDDEN]
        if len(hidden) == 1 and len(mine) > 1:
            kept &= ~(own.eq(hidden[0]) & ratings["group"].eq(group))
    return ratings.loc[kept].reset_index(drop=True)


def _of(item: AreaAgreement, group: str) -> Mapping[str, Any]:
    return item.expert if group == EXPERT else item.moderator


def level(row: Mapping[str, Any], goal: float) -> str:
    """Say what a gated number shows: ``"good"``, ``"poor"``, ``"unclear"``, ``"hidden"`` or ``"undefined"``."""
    if agreed(row):
        return GOOD
    if not shown(row):
        return UNDEFINED if str(row.get("note")) == LABELS_ALIKE else HIDDEN
    low, high = float(row["conf_low"]), float(row["conf_high"])
    if low >= goal:
        return GOOD
    return POOR if high < goal else UNCLEAR


def state_of(expert: str, moderator: str, better: bool) -> str:
    """Return the state of an area from the levels of the two groups; `better`: experts clearly agree more."""
    if UNDEFINED in (expert, moderator):
        expert, moderator = (HIDDEN if one == UNDEFINED else one for one in (expert, moderator))
        state = state_of(expert, moderator, better)
        return SAME if state == FEW else state
    if expert == POOR:
        return TEXT
    if moderator == POOR:
        return TRAIN if expert == GOOD or better else SPLIT
    if HIDDEN in (expert, moderator) and UNCLEAR not in (expert, moderator):
        return ALIKE if moderator == GOOD else OPEN if expert == GOOD else FEW
    return ALIKE if expert == GOOD and moderator == GOOD else OPEN


def shown(row: Mapping[str, Any]) -> bool:
    """Say whether a gated row has a number."""
    return math.isfinite(float(row["estimate"]))


def agreed(row: Mapping[str, Any]) -> bool:
    """Say whether everybody agreed on every case of a gated row; it has no number then."""
    return str(row.get("note")) == AGREED


def cases_missing(item: AreaAgreement) -> float:
    """Return how many cases would settle the open question if agreement stays as it is, rounded up to 10; NaN unknown.

    Notes
    -----
    The half-width shrinks with the square root of the cases; the interval has to leave the goal.
    """
    wanted = []
    for row in (item.expert, item.moderator):
        if level(row, item.goal) != UNCLEAR:
            continue
        off = abs(float(row["estimate"]) - item.goal)
        half = (float(row["conf_high"]) - float(row["conf_low"])) / 2
        if not off > 0 or not half > 0:
            return math.nan
        wanted.append(float(row["n_cases"]) * (half / off) ** 2 - float(row["n_cases"]))
    more = max(wanted, default=math.nan)
    return 10 * math.ceil(max(more, 1) / 10) if more <= MOST else math.nan


def _one_each(voice: Voice, estimates: Any, ratings: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    if estimates is None or ratings.empty:
        return pd.DataFrame(columns=list(by))
    return gated(voice, estimates, ratings, by)


def _edged(row: dict[str, Any], alone: bool) -> dict[str, Any]:
    if str(row.get("note")) not in HIDDEN_CODES and (alone or math.isnan(float(row["estimate"]))):
        return hide_row(row, LABELS_ALIKE, COUNTS)
    if not float(row["estimate"]) >= 1 - 1e-9:
        return row
    return hide_row(row, AGREED, COUNTS)


def _better(rows: Mapping[str, Mapping[str, Any]]) -> bool:
    return bool(float(rows[EXPERT]["conf_low"]) > float(rows[MODERATOR]["conf_high"]))


def _nothing() -> dict[str, Any]:
    numbers = ("estimate", "conf_low", "conf_high", "n", "n_people", "n_raters", "n_cases")
    return {**dict.fromkeys(numbers, math.nan), "conf_level": 0.95, "note": FEW_RATINGS}


def _cases(item: AreaAgreement) -> float:
    return item.n_cases if math.isfinite(item.n_cases) else 0.0
