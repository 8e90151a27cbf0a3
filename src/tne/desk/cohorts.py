"""Do two cohorts differ? Their decisions, or their tests, at equal values before the training."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pandas as pd

from tne.checks import require_choice, require_columns
from tne.desk.choices import Choice, checked, week_of
from tne.desk.found import counted, interval, names, place
from tne.desk.learned import compared_code, scores_of
from tne.desk.marks import mark_of
from tne.desk.shelf import Shelf, opening, shelf_of
from tne.desk.shown import comparison_html
from tne.measures.adjusted import Ancova, ancova
from tne.measures.learning_groups import took_both_tests
from tne.result import Estimate, Result
from tne.tables.workspace import Workspace
from tne.tables.workspace import open as open_workspace

WEEKS = 12
_CAUTION = (
    "Cohorts were trained at different times and by different people: a difference between them says that they differ, "
    "not why."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison(Result):
    """Two cohorts side by side.

    Parameters
    ----------
    sentence : str
    difference : Estimate
        Second cohort less the first, at equal values before.
    levels : DataFrame
        One row per cohort: name, people, mean before and after.
    unit : str
        Of these means.
    code : str
        Lines with public names that end in the same ``result``.
    sharing : str
        Why the difference is not for sharing, "" where a report may show it, rounded.
    result : Ancova
    """

    sentence: str
    difference: Estimate
    levels: pd.DataFrame
    unit: str
    code: str
    sharing: str
    result: Ancova
    note: str = _CAUTION

    def to_frame(self) -> pd.DataFrame:
        return self.result.to_frame()

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return comparison_html(self)


def before_after(panel: pd.DataFrame, *, weeks: int = WEEKS) -> pd.DataFrame:
    """Return each trained person's audited accuracy in the weeks before their training and from it on.

    Parameters
    ----------
    panel : DataFrame
        Person × week rows of `Workspace.panel` for one programme.
    weeks : int
        Length of both windows; the week of the training is the first one after.

    Returns
    -------
    DataFrame
        One row per person with audits in both windows: moderator_id, market, cohort (week of the first training),
        before, after (per cent of decisions right, weighted by the sampling), audits_before, audits_after.

    Raises
    ------
    KeyError
        If the panel lacks a column.
    ValueError
        If `weeks` is below 1.

    Notes
    -----
    The change from before to after is no effect: everything else that changed is part of it.

    Examples
    --------
    >>> weeks = {"moderator_id": list("aa"), "market": "DE", "cohort": 10.0, "event_time": [-1.0, 0.0], "n": 4}
    >>> panel = pd.DataFrame(weeks | {"weight_sum": 4.0, "weighted_correct": [2.0, 3.0]})
    >>> before_after(panel)[["before", "after"]].values.tolist()
    [[50.0, 75.0]]
    """
    columns = ["moderator_id", "market", "cohort", "event_time", "n", "weight_sum", "weighted_correct"]
    require_columns(panel, columns, "panel")
    if weeks < 1:
        raise ValueError(f"`weeks` is {weeks}. Give the length of the windows, at least 1.")
    near = panel.loc[panel["event_time"].between(-weeks, weeks - 1) & panel["weight_sum"].gt(0), columns]
    near = near.assign(wave=near["event_time"].ge(0).map({True: "after", False: "before"}))
    keys = ["moderator_id", "market", "cohort"]
    sums = near.groupby([*keys, "wave"], observed=True)[["weighted_correct", "weight_sum", "n"]].sum()
    told = pd.DataFrame(
        {"": 100 * sums["weighted_correct"] / sums["weight_sum"], "audits_": sums["n"]}
    ).reset_index()
    windows = [
        told.loc[told["wave"].eq(wave)].set_index(keys)[["", "audits_"]].add_suffix(wave)
        for wave in ("before", "after")
    ]
    both = windows[0].join(windows[1], how="inner").reset_index()
    return both[[*keys, "before", "after", "audits_before", "audits_after"]]


def compare_cohorts(
    ws: Workspace | None = None,
    question: str = "accuracy",
    *,
    programme: str,
    first: int,
    second: int,
    market: str = "",
    period: str = "",
) -> Comparison:
    """Compare two cohorts of a programme: decisions after the training, or test scores, at equal values before.

    Parameters
    ----------
    ws : Workspace, optional
        Default: `tne.open()`.
    question : {"accuracy", "learning"}
        Audited accuracy in the 12 weeks from the training on; score of the second test.
    programme : str
    first, second : int
        Weeks of the first training, as ``ws.panel`` counts them.
    market : str, optional
        "" is all.
    period : str, optional
        As known by the end of this quarter, month or day.

    Returns
    -------
    Comparison
        ``.difference`` is the second cohort less the first (`ancova`); ``.code`` gives the same.

    Raises
    ------
    ValueError
        If the cohorts are the same, or nobody of one of them has values before and after.

    Examples
    --------
    >>> import tne
    >>> found = tne.compare_cohorts(tne.open("data/sample"), programme="onboarding", first=2908, second=2909)
    Traceback (most recent call last):
    ValueError: Nobody trained in the week of 29 September 2025 has values before and after. Choose another cohort.
    """
    shelf = shelf_of(open_workspace() if ws is None else ws)
    return compare(shelf, Choice(question, market, programme, None, "", period), first, second)


def cohorts_of(shelf: Shelf, choice: Choice) -> dict[int, str]:
    """Return the cohorts with values before and after, in order, with their people."""
    counts = _people(shelf, choice)["cohort"].value_counts().sort_index()
    return {int(cohort): f"{week_of(cohort)}: {counted(n)}" for cohort, n in counts.items()}


def compare(shelf: Shelf, choice: Choice, first: int, second: int) -> Comparison:
    """Return the comparison of two cohorts; see `compare_cohorts`."""
    require_choice(choice.question, ("accuracy", "learning"), "question")
    checked(shelf.ws, replace(choice, cohort=None), shelf.offer)
    if first == second:
        raise ValueError("The two cohorts are the same. Choose two.")
    first, second = int(first), int(second)  # a frame holds them as floats
    return shelf.keep(("compared", choice, first, second), lambda: _compared(shelf, choice, first, second))


def _people(shelf: Shelf, choice: Choice) -> pd.DataFrame:
    if choice.question == "learning":
        scores = scores_of(shelf, choice)
        return scores.loc[took_both_tests(scores) & scores["cohort"].notna()]

    def make() -> pd.DataFrame:
        if not choice.market:
            return before_after(shelf.panel(choice.programme, choice.period))
        panel = shelf.panel_in(choice.programme, choice.market, choice.period)
        return before_after(panel.loc[panel["market"].eq(choice.market)])

    return shelf.keep(("before_after", choice.programme, choice.market, choice.period), make)


def _compared(shelf: Shelf, choice: Choice, first: int, second: int) -> Comparison:
    people = _people(shelf, choice)
    two = people.loc[people["cohort"].isin([first, second])]
    for cohort in (first, second):
        if not two["cohort"].eq(cohort).any():
            raise ValueError(f"Nobody {week_of(cohort)} has values before and after. Choose another cohort.")
    before, after = ("pre", "post") if choice.question == "learning" else ("before", "after")
    result = ancova(two, outcome=after, baseline=before, group="cohort", reference=first)
    difference = result.get(group=float(second))
    levels = two.groupby("cohort", observed=True).agg(
        people=("moderator_id", "nunique"), before=(before, "mean"), after=(after, "mean")
    )
    levels.insert(0, "name", [week_of(cohort) for cohort in levels.index])
    return Comparison(
        sentence=_sentence(shelf, choice, difference, first, second),
        difference=difference,
        levels=levels.reset_index(drop=True),
        unit="mean score" if choice.question == "learning" else "mean accuracy in %",
        code="\n".join(_code(shelf, choice, first, second)),
        sharing=mark_of(difference.as_row(), min_n=shelf.min_n)
        if not math.isnan(difference.estimate)
        else "",
        result=result,
        checks=result.checks,
    )


def _sentence(shelf: Shelf, choice: Choice, difference: Estimate, first: int, second: int) -> str:
    voice = shelf.voice(choice)
    if math.isnan(difference.estimate):
        return f"{place(voice, choice)} the two cohorts cannot be compared: {difference.note}."
    number = interval(voice, difference.as_row(), signed=True, unit=" points")
    what = (
        "the second test"
        if choice.question == "learning"
        else f"accuracy in the {WEEKS} weeks from the training on"
    )
    return (
        f"{place(voice, choice)} people {week_of(second)} differ in {what} by {number} "
        f"from those {week_of(first)}, at equal values before."
    )


def _code(shelf: Shelf, choice: Choice, first: int, second: int) -> tuple[str, ...]:
    if choice.question == "learning":
        return compared_code(shelf, choice, first, second)
    asked = names(market=choice.market)
    return (
        "import tne",
        opening(shelf.ws, until=choice.period),
        f"people = tne.before_after(ws.panel({choice.programme!r}{', ' if asked else ''}{asked}))",
        f'two = people.loc[people["cohort"].isin([{first}, {second}])]',
        f'result = tne.ancova(two, outcome="after", baseline="before", group="cohort", reference={first})',
    )
