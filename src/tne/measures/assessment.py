"""Can this test tell who knows: which questions are bad, how exact is a score, and is it fair to this language?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tne.checks import require_columns, require_level_of_confidence
from tne.measures.assessment_advice import judged
from tne.measures.assessment_waves import by_area, by_question, by_wave, marks_by_wave, of_trained
from tne.measures.fairness import Fairness, language_fairness
from tne.measures.items import ItemAnalysis, item_analysis
from tne.measures.reach import Reach, measurement_reach
from tne.measures.reliability import Omega, Reliability, cronbach_alpha, mcdonald_omega
from tne.result import Check, Estimates, Result

WAVES = ("pre", "post", "delayed", "quiz")
NEEDED = 20  # people behind a number about a question
STATES = ("analysed", "all_markets", "few_people", "one_question")
ADVICE = ("keep", "open", "review", "remove")
_COLUMNS = ("moderator_id", "wave", "form", "item_id", "score", "max_score")


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessment(Result):
    """One form of a test, in one wave, in one market and in all.

    Parameters
    ----------
    state : {"analysed", "all_markets", "few_people", "one_question"}
        Numbers of this market; only the judgement of all markets together; nothing; nothing to analyse.
    form, wave : str
        What was analysed: the wave with the most people.
    n_items, n_people, n_people_all : int
        Questions; people of this market, and of all markets, in that wave.
    max_score : float
        Highest possible sum, NaN where a question has no highest score.
    items : DataFrame
        One row per question: ``item, policy_area``, this market's numbers with their limits, ``advice`` (keep, open =
        not clear yet, review, remove, "" without a judgement), ``reason``, and ``basis`` (market, all, language);
        ``advice_all, reason_all``: what all markets together say, nothing of this one.
    own, everywhere : ItemAnalysis or None
        This market's questions; those of all markets together, None where it is the only one.
    reliability, omega : Reliability, Omega or None
        Of this market's sums.
    fairness : Fairness or None
    waves, areas, questions : Estimates
        This market's mean score and full marks by wave; share right by policy area and by question, before and after,
        of those who took both waves; where it is known who was trained, of those alone.
    """

    state: str
    form: str
    wave: str
    n_items: int
    n_people: int
    n_people_all: int
    max_score: float
    items: pd.DataFrame
    own: ItemAnalysis | None
    everywhere: ItemAnalysis | None
    reliability: Reliability | None
    omega: Omega | None
    fairness: Fairness | None
    reach: Reach | None
    waves: Estimates
    areas: Estimates
    questions: Estimates

    def advice(self) -> dict[str, int]:
        """Return how many questions get which advice."""
        counts = self.items["advice"].value_counts() if len(self.items) else pd.Series(dtype=int)
        return {name: int(counts.get(name, 0)) for name in ADVICE}

    def to_frame(self) -> pd.DataFrame:
        parts = [self.own.to_frame()] if self.own is not None else []
        parts += [
            part.to_frame().assign(item="all") for part in (self.reliability, self.omega) if part is not None
        ]
        return (
            pd.concat(parts, ignore_index=True) if parts else self.waves.to_frame().iloc[:0].assign(item="")
        )

    def __str__(self) -> str:
        told = ", ".join(f"{count} {name}" for name, count in self.advice().items() if count)
        bad = (
            self.items.loc[self.items["advice"].isin(["review", "remove"])] if len(self.items) else self.items
        )
        named = [f"{row.item}: {row.advice} ({row.reason}, {row.basis})" for row in bad.itertuples()]
        return "\n".join([f"{self.n_items} questions, {self.n_people} people: {told or self.state}.", *named])


def assessment_summary(
    responses: pd.DataFrame,
    *,
    market: str | None = None,
    wave: str | None = None,
    scores: pd.DataFrame | None = None,
    conf_level: float = 0.95,
) -> Assessment:
    """Judge the questions of one form with the answers of all markets, and say what holds in this one.

    Parameters
    ----------
    responses : DataFrame, one row per person and question
        As `Workspace.item_responses` gives it, of one form: moderator_id, wave, form, item_id, score, max_score, and
        market, language, policy_area, response, key where they are known.
    market : str, optional
        The market that is reported on; None: all rows are one group.
    wave : str, optional
        None: the wave with the most people of this market, the earliest of several; of all markets where fewer than
        20 of this one took any.
    scores : DataFrame, optional
        One row per person as `Workspace.scores` gives it. Then what was known before, after and later is counted on
        those who were trained: people who wait take the same tests and have learned nothing yet. None: on everyone.
    conf_level : float

    Returns
    -------
    Assessment

    Raises
    ------
    KeyError, TypeError, ValueError
        For absent columns, several forms, a wave nobody took.

    Notes
    -----
    A question is the same everywhere, so that its advice rests on all markets together where others took the test
    (`item_analysis`, 20 people or more). What is particular here is tested apart: a question that is harder or easier
    in this market's language (`language_fairness`), or that separates people the wrong way round here alone, is to be
    reviewed. *open* says that the interval is too wide for a judgement; it is no fault of the question. Maxima that
    are exceeded by a score count as unknown. Reliability has the jackknife's interval: Feldt's is too short for easy
    right-or-wrong questions.

    References
    ----------
    Ebel and Frisbie (1991), Essentials of Educational Measurement, for `item_analysis`; Cronbach (1951), Psychometrika
    16:297-334, for the reliability; Holland and Thayer (1988), in Test Validity, 129-145, for `language_fairness`.

    Examples
    --------
    >>> import numpy as np
    >>> marks = (np.arange(40)[:, None] > np.array([5, 12, 20, 30])).astype(float)
    >>> long = pd.DataFrame(marks).rename_axis("moderator_id").reset_index().melt("moderator_id", var_name="item_id")
    >>> long = long.rename(columns={"value": "score"}).assign(wave="pre", form="A", max_score=1.0)
    >>> assessment_summary(long).advice()
    {'keep': 4, 'open': 0, 'review': 0, 'remove': 0}
    """
    require_columns(responses, [*_COLUMNS, "market" if market is not None else None], "responses")
    require_level_of_confidence(conf_level)
    forms = responses["form"].unique()
    if len(forms) != 1:
        raise ValueError(f"`responses` has {len(forms)} forms. Give the rows of one form.")
    known, above = _possible(responses)
    here = known if market is None else known.loc[known["market"].eq(market).to_numpy()]
    wave = wave or _fullest(here if _most(here) >= NEEDED else known)
    sheet, mine = known.loc[known["wave"].eq(wave).to_numpy()], here.loc[here["wave"].eq(wave).to_numpy()]
    if sheet.empty:
        raise ValueError(f"Nobody took wave {wave!r}. Waves: {', '.join(known['wave'].unique())}.")
    people, everyone = mine["moderator_id"].nunique(), sheet["moderator_id"].nunique()
    names = _names(sheet)
    several = len(names) > 1
    own = _analysed(mine, conf_level) if several and people >= NEEDED else None
    joint = market is not None and several and everyone - people >= NEEDED
    everywhere = _analysed(sheet, conf_level) if joint else None
    fair = None
    if market is not None and several and "language" in sheet.columns and len(set(sheet["market"])) > 1:
        fair = language_fairness(sheet, market=market, conf_level=conf_level)
    table = judged(names, sheet, own, everywhere, fair)
    wide = mine.pivot(index="moderator_id", columns="item_id", values="score") if own is not None else None  # noqa: PD010
    good = set(table.loc[table["advice"].ne("remove"), "item"])
    marks = marks_by_wave(of_trained(here, scores)) if several else {}
    areas = {row.item: row.policy_area for row in table.itertuples() if isinstance(row.policy_area, str)}
    exact = None if wide is None else cronbach_alpha(wide, interval="jackknife", conf_level=conf_level)
    return Assessment(
        state=_state(several, own, everywhere),
        form=str(forms[0]),
        wave=str(wave),
        n_items=len(names),
        n_people=int(people),
        n_people_all=int(everyone),
        max_score=_full_marks(sheet),
        items=table,
        own=own,
        everywhere=everywhere,
        reliability=exact,
        omega=None if wide is None or len(names) < 3 else mcdonald_omega(wide, conf_level=conf_level),
        fairness=fair,
        reach=None if own is None else _reach(sheet if everywhere is not None else mine, mine),
        waves=by_wave(marks, conf_level),
        areas=by_area(marks, areas, good, conf_level),
        questions=by_question(marks, conf_level),
        checks=(*(own.checks if own is not None else ()), above),
    )


def _reach(sheet: pd.DataFrame, mine: pd.DataFrame) -> Reach | None:
    wide = sheet.pivot(index="moderator_id", columns="item_id", values="score")  # noqa: PD010
    return measurement_reach(wide, people=set(mine["moderator_id"]))


def _possible(responses: pd.DataFrame) -> tuple[pd.DataFrame, Check]:
    """Forget the highest score of questions on which somebody scored more."""
    over = responses["score"].to_numpy(dtype=float) > responses["max_score"].to_numpy(dtype=float) * (
        1 + 1e-6
    )
    wrong = set(responses.loc[over, "item_id"].astype(str))
    detail = f"{len(wrong)} questions have scores above their highest possible one."
    check = Check("above_maximum", "warn" if wrong else "pass", detail)
    if not wrong:
        return responses, check
    unknown = responses["item_id"].astype(str).isin(wrong)
    return responses.assign(max_score=responses["max_score"].mask(unknown)), check


def _most(responses: pd.DataFrame) -> int:
    counts = responses.groupby("wave", observed=True)["moderator_id"].nunique()
    return int(counts.max()) if len(counts) else 0


def _fullest(responses: pd.DataFrame) -> str:
    counts = responses.groupby("wave", observed=True)["moderator_id"].nunique()
    order = {name: i for i, name in enumerate(WAVES)}
    return str(min(counts.index, key=lambda name: (-counts[name], order.get(str(name), len(order)))))


def _names(sheet: pd.DataFrame) -> list[str]:
    column = sheet["item_id"]
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        return [str(name) for name in column.cat.remove_unused_categories().cat.categories]
    return [str(name) for name in pd.unique(column)]


def _analysed(rows: pd.DataFrame, conf_level: float) -> ItemAnalysis:
    columns: dict[str, Any] = {
        name: name for name in ("response", "key") if name in rows and rows[name].notna().any()
    }
    columns = columns if "response" in columns else {}
    return item_analysis(
        rows,
        person="moderator_id",
        item="item_id",
        score="score",
        max_score="max_score",
        conf_level=conf_level,
        **columns,
    )


def _state(several: bool, own: Any, everywhere: Any) -> str:
    if not several:
        return "one_question"
    return "analysed" if own is not None else "all_markets" if everywhere is not None else "few_people"


def _full_marks(sheet: pd.DataFrame) -> float:
    best = sheet.groupby("item_id", observed=True)["max_score"].max()
    return float(best.sum()) if best.notna().all() and len(best) else math.nan
