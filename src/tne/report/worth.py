"""What was one programme worth, reduced to what may be published?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, EDGE, FEW_PEOPLE, publishable
from tne.report.published import level_row
from tne.report.standing import HIDDEN, Standing, estimate_row, standing
from tne.report.voice import Voice

PAYS, LOSS, OPEN, EVEN, USELESS = (
    "pays",
    "does_not_pay",
    "cannot_tell",
    "break_even_only",
    "not_worth_measuring",
)
LACKS = ("no_costs", "no_value", "no_volume", "currencies_differ")
_ORDER = {PAYS: 0, LOSS: 1, OPEN: 2, USELESS: 3, EVEN: 4}
VALUED = ("A", "B", "C")
_NOTHING = {"estimate": math.nan, "conf_low": math.nan, "conf_high": math.nan, "note": "unknown"}
_TERMS = ("costs", "benefits", "npv", "bcr", "roi", "break_even", "price", "bcr_apart")
_WHERE_KNOWN = ("price", "bcr_apart")
TRENDS = "trends"  # why it cannot be told: only the set of groups that drift apart holds the costs


def _nothing() -> dict[str, Any]:
    return dict(_NOTHING)


@dataclass(frozen=True, eq=False)
class Worth:
    """Costs and benefits of one programme in one market, after the disclosure gate; NaN is not shown.

    `state`: ``"pays" "does_not_pay" "cannot_tell" "break_even_only" "not_worth_measuring"``, or what is lacking
    (``"no_costs" "no_value" "no_volume" "currencies_differ"``), or ``"hidden"`` where too few people were compared:
    then there is no number that follows from the effect. Where a value that pays, or does not, would no longer if the
    groups had drifted apart as before the training, the state is ``"cannot_tell"`` with the reason ``"trends"``.
    """

    programme_id: str
    title: str
    state: str
    reason: str = ""
    letter: str = ""
    precision: str = ""
    design: str = ""
    costs: Mapping[str, Any] = field(default_factory=_nothing)
    benefits: Mapping[str, Any] = field(default_factory=_nothing)
    npv: Mapping[str, Any] = field(default_factory=_nothing)
    bcr: Mapping[str, Any] = field(default_factory=_nothing)
    roi: Mapping[str, Any] = field(default_factory=_nothing)
    break_even: Mapping[str, Any] = field(default_factory=_nothing)
    price: Mapping[str, Any] = field(default_factory=_nothing)
    bcr_apart: Mapping[str, Any] = field(default_factory=_nothing)
    effect: Mapping[str, Any] = field(default_factory=_nothing)
    chance: float = math.nan
    weeks: float = math.nan
    kinds: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()
    unclear: bool = False
    timed: bool = False
    tornado: pd.DataFrame = field(default_factory=pd.DataFrame)
    sums: bool = True

    @property
    def valued(self) -> bool:
        """Whether benefits are shown."""
        return math.isfinite(self.npv["estimate"])

    @property
    def halved(self) -> bool:
        """Whether only a share of the effect is put down to the training."""
        return self.letter == "C"


def worths(voice: Voice, effects: Iterable[Any], found: Iterable[Any]) -> tuple[Worth, ...]:
    """Reduce the value of programmes to what may be published; what is known comes first.

    Parameters
    ----------
    voice : Voice
    effects : iterable of ProgrammeEffect
    found : iterable of MarketValue
        One per effect, in the same order.

    Returns
    -------
    tuple of Worth

    Raises
    ------
    ValueError
        If there is not one value per effect, or the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "IE", "language": "en-IE"}), tne.open("data/sample")
    >>> programme, panel = ws.programme("appeals-workshop"), ws.panel("appeals-workshop")
    >>> effect = tne.primary_effect(panel, market="IE", programme=programme)
    >>> found = tne.value_in_market(effect, panel, market="IE", costs=None, prices=ws.value)
    >>> [(item.title, item.state) for item in tne.say.worths(voice, [effect], [found])]
    [('Appeals: handling workshop', 'no_costs')]
    """
    items = [_worth(voice, effect, one) for effect, one in zip(effects, found, strict=True)]
    # with one programme's costs hidden, the sum of all would give them away
    whole = all(math.isfinite(item.costs["estimate"]) for item in items)
    items.sort(key=lambda item: (not item.valued, _ORDER.get(item.state, len(_ORDER))))
    return tuple(items if whole else (replace(item, sums=False) for item in items))


def worth_rows(voice: Voice, items: Sequence[Worth]) -> tuple[dict[str, Any], ...]:
    """Return the rows of ``estimates.csv``; a number that is not shown is empty with a note."""
    out = []
    for item in items:
        key = {"programme_id": item.programme_id, "group": "all", "level": "value"}
        for term in _TERMS:
            row = getattr(item, term)
            shown = math.isfinite(row["estimate"])
            if term in _WHERE_KNOWN and not shown:
                continue
            note = "" if shown else why_not(item, term)
            line = level_row(voice, key, "value", term, row, note=note)
            graded = shown and term not in ("costs", "break_even")
            out.append(line | ({"grade": item.letter, "precision": item.precision} if graded else {}))
        out.append(_chance_row(voice, item, key))
    return tuple(out)


def _chance_row(voice: Voice, item: Worth, key: Mapping[str, str]) -> dict[str, Any]:
    """Return the chance that it pays; at its ends it has no number, like any share."""
    edge = BELOW_EDGE if item.chance < EDGE else ABOVE_EDGE if item.chance > 1 - EDGE else ""
    note = edge or ("" if math.isfinite(item.chance) else why_not(item, "npv"))
    people = {name: item.npv[name] for name in ("n", "n_people") if name in item.npv}
    row = {"estimate": round(item.chance, 2), "unit": "share", **people} if not note else _nothing()
    return level_row(voice, key, "value", "probability_pays", row, note=note)


def _worth(voice: Voice, effect: Any, found: Any) -> Worth:
    at = standing(voice, effect)
    value = found.value

    def gated(estimate: Any, unit: str = "") -> dict[str, Any]:
        row = dict(estimate_row(estimate))
        row |= {"unit": unit} if unit else {}
        return publishable(row, min_n=voice.min_n, share=False)

    known = {
        "costs": gated(found.costs),
        "break_even": gated(found.break_even, "points"),
        "weeks": found.weeks,
        "kinds": tuple(found.kinds),
        "unpriced": tuple(found.unpriced),
        "unclear": bool(found.unclear),
    }
    common = {"programme_id": found.programme_id, "title": found.title, **known}
    lack = next((code for code in LACKS if code == value.reason), "")
    if at.state == HIDDEN:
        return Worth(state=lack or HIDDEN, reason=FEW_PEOPLE, **common)
    rows: dict[str, Any] = {term: gated(getattr(value, term)) for term in ("benefits", "npv", "bcr", "roi")}
    valued = at.letter in VALUED and math.isfinite(rows["npv"]["estimate"])
    apart = gated(found.apart) if valued and at.letter == "B" else _nothing()
    if not valued:  # a worth without a grade for it, or of a number that is hidden
        rows = {term: row if _worth_alone(at, term) else _nothing() for term, row in rows.items()}
    state, reason = lack or str(value.verdict), str(value.reason)
    if _shaken(state, apart, value.checks):
        state, reason = OPEN, TRENDS
    return Worth(
        state=state,
        reason=reason,
        letter=at.letter,
        precision=at.precision,
        design=at.design,
        price=gated(found.price, voice.currency) if at.letter in VALUED else _nothing(),
        bcr_apart=apart,
        effect=_measured(at),
        chance=float(value.probability_pays) if valued else math.nan,
        timed="saved_minutes" in set(value.tornado["assumption"]),
        tornado=value.tornado if valued else pd.DataFrame(),
        **common,
        **rows,
    )


def _shaken(state: str, apart: Mapping[str, Any], checks: Iterable[Any]) -> bool:
    """Would a firm answer no longer stand if the groups had drifted apart as much as before the training?"""
    if state not in (PAYS, LOSS):
        return False
    crosses = apart["conf_low"] < 1 if state == PAYS else apart["conf_high"] > 1
    return bool(crosses) or any(c.name == "sensitivity_value" and c.status == "warn" for c in checks)


def _worth_alone(at: Standing, term: str) -> bool:
    """Benefits may be known where the costs are not."""
    return term == "benefits" and at.letter in VALUED and at.shown


def _measured(at: Standing) -> dict[str, Any]:
    return _nothing() | {"estimate": at.estimate, "conf_low": at.low, "conf_high": at.high}


def why_not(item: Worth, term: str) -> str:
    """Return the code of why a number is not there."""
    hidden = str(getattr(item, term).get("note") or "")
    if term in ("costs", "break_even"):
        if hidden == FEW_PEOPLE:
            return FEW_PEOPLE
        return item.state if item.state in LACKS else "unknown"
    if item.reason == FEW_PEOPLE:
        return FEW_PEOPLE
    if item.state in LACKS:
        return item.state
    return EVEN if item.state == EVEN or item.letter not in VALUED else "no_effect"
