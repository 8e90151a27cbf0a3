"""What does one test come to, reduced to what may be published?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd

from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, headcount, publishable
from tne.report.locales import parsed
from tne.report.published import level_row, share_words
from tne.report.rounding import decimals_of
from tne.report.standing import estimate_row
from tne.report.voice import Voice

NEEDED, WANTED = 20, 100  # people from which a question has numbers, and from which they are good
ADVICE = ("keep", "open", "review", "remove")
UNJUDGED = "unjudged"  # a question that fewer than `NEEDED` people answered has no advice
# what the measures say in English, as a code that every language has words for
_NOTES = {
    "everybody has the same score": "all_alike",
    "no highest score": "no_maximum",
    "the highest score is not known": "no_maximum",
    "nobody took it": "unknown",
    "fewer than two people answered": "other_questions",
    "the sum score does not vary": "all_alike",
}
_LANGUAGE = ("harder_here", "easier_here", "reversed_here")


@dataclass(frozen=True, eq=False)
class Tested:
    """One form of one programme's test in one market, after the disclosure gate.

    `state` is that of the `Assessment`; numbers of this market are there only in state ``"analysed"``. `group` is
    "all", or the form where a programme has several. `people` and `people_all` are rounded to 5, NaN where hidden.
    """

    programme_id: str
    title: str
    group: str
    state: str
    wave: str
    n_items: int
    people: float
    people_all: float
    advice: Mapping[str, int]
    items: pd.DataFrame
    alpha: Mapping[str, Any]
    error: Mapping[str, Any]
    max_score: float
    found: Any

    @property
    def judged(self) -> bool:
        """Whether any of its questions has advice."""
        return any(self.advice[name] for name in ADVICE)

    @property
    def numbers(self) -> bool:
        """Whether numbers of this market's people may stand in the report."""
        return self.state == "analysed" and math.isfinite(self.people)

    def named(self, *advice: str) -> list[str]:
        """Return the questions with this advice."""
        return cast(list[str], self.items.loc[self.items["advice"].isin(advice), "item"].tolist())


def tested(
    voice: Voice, found: Mapping[tuple[str, str], Any], titles: Mapping[str, str]
) -> tuple[Tested, ...]:
    """Return the tests of a market, those with most questions to look at first.

    Parameters
    ----------
    voice : Voice
    found : mapping of (programme_id, form) to Assessment
    titles : mapping of str to str
        Title of each programme.

    Returns
    -------
    tuple of Tested

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> test.n_items, dict(test.advice)
    (2, {'keep': 2, 'open': 0, 'review': 0, 'remove': 0, 'unjudged': 0})
    """
    forms = pd.Series([programme for programme, _ in found], dtype=object).value_counts()
    items = [
        _tested(voice, programme, form, one, titles.get(programme, programme), forms[programme] > 1)
        for (programme, form), one in found.items()
    ]
    return tuple(
        sorted(
            items, key=lambda t: (not t.judged, [-t.advice[name] for name in ("remove", "review", "open")])
        )
    )


def fewest(voice: Voice) -> int:
    """Return the people that a number about a question needs: never fewer than the threshold of privacy."""
    return max(voice.min_n, NEEDED)


def _tested(voice: Voice, programme: str, form: str, one: Any, title: str, several: bool) -> Tested:
    mine = int(one.n_people) if one.n_people >= fewest(voice) else math.nan
    state = str(one.state)
    if state == "analysed" and math.isnan(mine):
        state = "all_markets" if one.everywhere is not None else "few_people"
    everyone = int(one.n_people_all) if one.n_people_all >= fewest(voice) else math.nan
    if state == "all_markets" and math.isnan(everyone):
        state = "few_people"
    items = _items(voice, one, state)
    counts = items["advice"].value_counts()
    advice = {name: int(counts.get(name, 0)) for name in ADVICE}
    advice[UNJUDGED] = int(one.n_items) - sum(advice.values())
    exact = one.reliability if state == "analysed" else None
    return Tested(
        programme_id=programme,
        title=f"{title} · {form}" if several else title,
        group=form if several else "all",
        state=state,
        wave=str(one.wave),
        n_items=int(one.n_items),
        people=headcount(mine),
        people_all=headcount(everyone),
        advice=advice,
        items=items,
        alpha=_gated(voice, None if exact is None else exact.alpha),
        error=_gated(voice, None if exact is None else exact.standard_error_of_measurement),
        max_score=float(one.max_score),
        found=one,
    )


def _items(voice: Voice, one: Any, state: str) -> pd.DataFrame:
    """Questions with advice and gated numbers; without numbers where the market has too few people."""
    columns = ["item", "policy_area", "advice", "reason", "basis", "estimate", "conf_low", "conf_high", "n", "n_people",
               "unit", "conf_level", "note", "rest", "rest_low", "rest_high"]  # fmt: skip
    out = []
    for row in one.items.to_dict("records") if state in ("analysed", "all_markets") else []:
        n = row["n"] if state == "analysed" else math.nan
        right = _number(voice, row, "facility", n, "share")
        rest = _number(voice, row, "item_rest", n, "correlation")
        area = row["policy_area"] if isinstance(row["policy_area"], str) else ""
        if not _may_tell(voice, one, row["basis"]):
            row |= {"advice": row["advice_all"], "reason": row["reason_all"], "basis": "all"}
        words = {name: row[name] for name in ("item", "advice", "reason", "basis")} | {"policy_area": area}
        link = {"rest": rest["estimate"], "rest_low": rest["conf_low"], "rest_high": rest["conf_high"]}
        out.append({**right, **words, **link})
    return pd.DataFrame(out, columns=columns)


def _may_tell(voice: Voice, one: Any, basis: str) -> bool:
    """Whether a judgement that rests on this market's people, or compares them, rests on enough of them."""
    if basis == "language":
        return cast(bool, min(one.fairness.n_own, one.fairness.n_elsewhere) >= voice.min_n)
    return basis != "market" or cast(bool, one.n_people >= voice.min_n)


def _number(voice: Voice, row: Mapping[str, Any], name: str, n: float, unit: str) -> dict[str, Any]:
    raw = {
        "estimate": row[name], "conf_low": row[f"{name}_low"], "conf_high": row[f"{name}_high"], "n": n, "n_people": n,
        "unit": unit, "conf_level": 0.95, "note": "",
    }  # fmt: skip
    if not n >= NEEDED:
        return (
            raw
            | dict.fromkeys(("estimate", "conf_low", "conf_high", "n", "n_people"), math.nan)
            | {"note": "few_for_item"}
        )
    gated = publishable(raw, min_n=voice.min_n)
    if math.isnan(row[name]):
        gated["note"] = "no_maximum" if name == "facility" else "all_alike"
    return gated


def _gated(voice: Voice, estimate: Any) -> dict[str, Any]:
    if estimate is None:
        return estimate_row({}) | {"note": "few_for_item"}
    return publishable(coded(estimate_row(estimate)), min_n=voice.min_n, share=False)


def coded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row whose note is a code with words instead of the English of a measure."""
    note = str(row.get("note") or "")
    known = next(
        (code for start, code in _NOTES.items() if note.startswith(start)), "unknown" if note else ""
    )
    return {**row, "note": known if math.isnan(float(row["estimate"])) else ""}


def frame_of(voice: Voice, estimates: Any) -> pd.DataFrame:
    """Return the rows of an `Estimates`, gated, with codes as notes."""
    rows = [publishable(coded(row), min_n=voice.min_n) for row in estimates.to_frame().to_dict("records")]
    return (
        pd.DataFrame(rows)
        if rows
        else pd.DataFrame(columns=[*estimates.to_frame().columns, "estimate", "note"])
    )


def csv_row(
    voice: Voice,
    test: Tested,
    measure: str,
    term: str,
    row: Mapping[str, Any],
    group: str = "",
    wave: str = "",
) -> dict[str, Any]:
    """Return the row of ``estimates.csv`` of a gated number of a test; `wave` is the one that it speaks of."""
    key = {"programme_id": test.programme_id, "level": "learning", "group": group or test.group}
    shown = math.isfinite(float(row.get("estimate", math.nan)))
    told = level_row(voice, key, measure, term, row, note="" if shown else str(row.get("note") or "unknown"))
    where = f"first attempts, {wave or test.wave}"
    return told | ({"comparison": where} if shown and not told["comparison"] else {})


def plain(voice: Voice, row: Mapping[str, Any], *, decimals: int | None = None) -> dict[str, str]:
    """Return {value} and {interval} of a gated row without a sign, with the decimals that its interval allows."""
    places = decimals if decimals is not None else plain_decimals(row)
    return {
        "value": voice.number(row["estimate"], places),
        "interval": voice.interval(row["conf_low"], row["conf_high"], places),
    }


def plain_decimals(row: Mapping[str, Any]) -> int:
    """Return the decimals that a gated row's interval allows, at most two."""
    half = (float(row["conf_high"]) - float(row["conf_low"])) / 2
    return min(max(decimals_of(half, 2), 0), 2) if half > 0 else 2


def percents(
    voice: Voice, row: Mapping[str, Any], names: Sequence[str] = ("estimate", "conf_low", "conf_high")
) -> dict[str, str]:
    """Return {value} and {interval} of a share from 0 to 1 in per cent."""
    value, low, high = (float(row[name]) for name in names)
    return {"value": voice.percent(value), "interval": voice.interval(100 * low, 100 * high, 0)}


def edge_text(voice: Voice, row: Mapping[str, Any]) -> str:
    """Return a gated share as text: "under 5 %" and "over 95 %" at the edges, a dash where there is none."""
    value = float(row["estimate"])
    if math.isfinite(value):
        return voice.percent(value)
    edges = {BELOW_EDGE: 0.0, ABOVE_EDGE: 1.0}
    return share_words(voice, edges.get(str(row["note"]), math.nan))


def language_of(voice: Voice, fair: Any) -> str:
    """Return what was compared as a reader calls it: the language, or the market."""
    if fair is None or fair.by == "market":
        return voice.market_name
    return cast(str, parsed(voice.locale).languages.get(fair.own, fair.own))


def reason_of(voice: Voice, test: Tested, reason: str) -> str:
    """Return the words for why a question has its advice; "" where it may stay."""
    if not reason:
        return ""
    return voice.code("item_reason", reason, group=language_of(voice, test.found.fairness))


def advice_counts(tests: Iterable[Tested]) -> dict[str, int]:
    """Return how many questions of all tests that could be judged get which advice, and their total."""
    judged = [test for test in tests if test.judged]
    counts = {name: sum(test.advice[name] for test in judged) for name in (*ADVICE, UNJUDGED)}
    return {**counts, "total": sum(test.n_items for test in judged)}


def is_local(reason: str) -> bool:
    """Whether a reason is about this market's version of a question."""
    return reason in _LANGUAGE
