"""What does one gap come to, reduced to what may be published: errors, probable cause, what to do, whose task?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tne.report.areas import name_of, title_of
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, publishable, publishable_frame
from tne.report.needs_signs import gated_signs
from tne.report.published import level_row
from tne.report.standing import estimate_row
from tne.report.voice import Voice

HIDDEN, HARMLESS, OPEN = "hidden", "no_problem", "cannot_tell"
LEARNED = ("knowledge", "update_not_absorbed")  # the causes that a session can mend
OTHERS = ("policy_unclear", "individual_coaching", "rubric_or_tool", "technical")
_NOTHING = {"estimate": math.nan, "conf_low": math.nan, "conf_high": math.nan, "note": "unknown"}


@dataclass(frozen=True, eq=False)
class Need:
    """One policy area in one market, after the disclosure gate; NaN is not shown.

    Parameters
    ----------
    area : str
        Code of the data.
    cause : str
        Code of `tne.triage`, or ``"hidden"`` where too few people were audited, or where the number would give
        another area's away: then nothing else is said.
    probability : float
        Of the cause, 0 to 1.
    action, owner_role : str
        What to do and whose task it is.
    rate : mapping
        Share of wrong decisions, per cent.
    avoidable : mapping
        Errors a week above the market's level, severe ones counted more.
    kind : str
        The kind of error that is most frequent, "" where it is not clear.
    evidence : DataFrame
        Rows of `gated_signs` of this area.
    between : tuple of str
        The two most probable causes where it cannot be told which.
    whom : str
        ``"everyone"`` or ``"new_hires"``.
    """

    area: str
    cause: str
    probability: float = math.nan
    action: str = ""
    owner_role: str = ""
    rate: Mapping[str, Any] = field(default_factory=lambda: dict(_NOTHING))
    avoidable: Mapping[str, Any] = field(default_factory=lambda: dict(_NOTHING))
    kind: str = ""
    evidence: pd.DataFrame = field(default_factory=pd.DataFrame)
    between: tuple[str, ...] = ()
    whom: str = "everyone"

    title = property(title_of)
    name = property(name_of)

    @property
    def is_gap(self) -> bool:
        """Whether there is something to mend, or more errors than elsewhere for a reason still to be found."""
        return self.cause not in (HIDDEN, HARMLESS) and (self.cause != OPEN or self.above)

    @property
    def above(self) -> bool:
        """Whether errors lie above the market's level by more than chance."""
        return float(self.avoidable["conf_low"]) > 0

    @property
    def knows(self) -> bool | None:
        """Whether the quiz was answered as well as elsewhere; None where it does not say."""
        state = self.sign("quiz_wrong").get("state")
        return {"usual": True, "raised": False}.get(str(state))

    def sign(self, name: str) -> dict[str, Any]:
        """Return one piece of evidence, empty where it was not looked for."""
        if self.evidence.empty:
            return {}
        own = self.evidence.loc[self.evidence["evidence"].eq(name)]
        return own.iloc[0].to_dict() if len(own) else {}

    @property
    def gain(self) -> float:
        """Errors a week to avoid, for the order of the rows; what is not known comes last."""
        value = float(self.avoidable["estimate"])
        return value if math.isfinite(value) else -math.inf


def needs(
    voice: Voice, gaps: pd.DataFrame, found: Any, *, kinds: Any = None, tenure: Any = None
) -> tuple[Need, ...]:
    """Reduce gaps and their causes to what may be published: what a session can mend first, most errors first.

    Parameters
    ----------
    voice : Voice
    gaps : DataFrame
        `tne.knowledge_gaps` by policy area: its terms ``"error_rate"``, ``"volume"``, ``"expected_harm"`` and
        ``"avoidable"``.
    found : Triage
        Of the same audits by policy area.
    kinds : DataFrame, optional
        Gated shares of wrong decisions by policy_area and error_type.
    tenure : DataFrame, optional
        Error rates by policy_area and tenure (``"new"``, ``"longer"``).

    Returns
    -------
    tuple of Need

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> right, people = [True] * 350 + [False] * 50, [*range(20)] * 20
    >>> audits = pd.DataFrame({"policy_area": ["hate", "spam"] * 200, "moderator_id": people, "correct": right})
    >>> gaps = tne.knowledge_gaps(audits, by="policy_area").to_frame()
    >>> [(item.area, item.cause) for item in tne.say.needs(voice, gaps, tne.triage(audits))]
    [('hate', 'cannot_tell'), ('spam', 'cannot_tell')]
    """
    triaged = found.to_frame().to_dict("records")
    chances = found.probabilities
    numbers = {(str(row["policy_area"]), str(row["term"])): row for row in gaps.to_dict("records")}
    usual = usual_severity(gaps)
    rates = _rates(voice, sorted(str(row["policy_area"]) for row in triaged), numbers)
    hidden = {area for area, rate in rates.items() if _is_hidden(rate)}
    evidence = gated_signs(voice, found.evidence.to_frame(), hidden)
    out = []
    for row in triaged:
        area = str(row["policy_area"])
        rate = rates[area]
        if area in hidden:
            out.append(Need(area=area, cause=HIDDEN, rate=rate))
            continue
        out.append(
            Need(
                area=area,
                cause=str(row["cause"]),
                probability=float(row["probability"]),
                action=str(row["action"]),
                owner_role=str(row["owner_role"]),
                rate=rate,
                avoidable=_gated(voice, _in_errors(numbers.get((area, "avoidable")), usual), share=False),
                kind=_most_frequent(kinds, area),
                evidence=evidence.loc[evidence["policy_area"].eq(area)],
                between=_between(chances.loc[chances["policy_area"].eq(area)], str(row["cause"])),
                whom=_whom(voice, tenure, area),
            )
        )
    return in_order(out)


def in_order(items: Iterable[Need]) -> tuple[Need, ...]:
    """Order gaps for reading: the gaps by the errors to avoid, then what is open, the harmless and the hidden."""
    last = {OPEN: 1, HARMLESS: 2, HIDDEN: 3}
    return tuple(
        sorted(items, key=lambda item: (0 if item.is_gap else last.get(item.cause, 0), -item.gain, item.area))
    )


def need_rows(voice: Voice, item: Need) -> list[dict[str, Any]]:
    """Return the rows of ``estimates.csv`` of one gap; a number that is not shown is empty with a note."""
    key = {"programme_id": "", "group": item.area, "level": "behaviour"}
    out = []
    for measure, row in (("error_rate", item.rate), ("avoidable_errors", item.avoidable)):
        shown = math.isfinite(row["estimate"])
        note = "" if shown else str(row.get("note") or "unknown")
        out.append(level_row(voice, key, measure, measure, row, note=note))
    return out


def usual_severity(gaps: pd.DataFrame) -> float:
    """Return the mean severity of the errors of all areas, NaN where it is not known."""
    wide = gaps.pivot_table(index="policy_area", columns="term", values="estimate", observed=True)
    if not {"error_rate", "volume", "expected_harm"} <= set(wide.columns):
        return math.nan
    known = wide[["error_rate", "volume", "expected_harm"]].dropna()
    errors = float((known["error_rate"] * known["volume"]).sum())
    return float(known["expected_harm"].sum()) / errors if errors > 0 else math.nan


def _in_errors(row: Mapping[str, Any] | None, severity: float) -> dict[str, Any] | None:
    """Harm to avoid as errors of the usual severity, which a reader can picture; None where it is not a week's."""
    if row is None or not severity > 0 or "week" not in str(row.get("unit")):
        return None
    scaled = {name: float(row[name]) / severity for name in ("estimate", "conf_low", "conf_high")}
    return {**row, **scaled, "unit": "errors per week"}


def _gated(voice: Voice, row: Mapping[str, Any] | None, *, share: bool) -> dict[str, Any]:
    if row is None:
        return dict(_NOTHING)
    return publishable(_as_read(row, share), min_n=voice.min_n, share=None if share else False)


def _as_read(row: Mapping[str, Any], share: bool = True) -> dict[str, Any]:
    """The columns of an estimate, shares in per cent as a reader sees them."""
    given = dict(estimate_row(row))
    if share and str(given["unit"]) == "share":
        given |= {name: 100 * given[name] for name in ("estimate", "conf_low", "conf_high")} | {
            "unit": "percent"
        }
    return given


def _rates(
    voice: Voice, areas: Iterable[str], numbers: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The error rate of each area, gated; the market's level, which is shown too, gives none of the hidden away."""
    found = {area: numbers.get((area, "error_rate")) for area in areas}
    known = [{"area": area} | _as_read(row) for area, row in found.items() if row is not None]
    out = {area: dict(_NOTHING) for area in found}
    if known:
        shown = publishable_frame(pd.DataFrame(known), min_n=voice.min_n, by=("area",), total=None)
        out |= {row.pop("area"): row for row in shown.to_dict("records")}
    return out


def _is_hidden(rate: Mapping[str, Any]) -> bool:
    return math.isnan(rate["estimate"]) and rate["note"] not in (BELOW_EDGE, ABOVE_EDGE)


def _most_frequent(kinds: pd.DataFrame | None, area: str) -> str:
    """The kind of error that is at least as frequent as all others together."""
    if kinds is None or not len(kinds):
        return ""
    own = kinds.loc[kinds["policy_area"].eq(area)].set_index("error_type")["estimate"]
    if own.isna().any() or not own.sum() > 0:  # a hidden one may be the largest
        return ""
    return str(own.idxmax()) if own.max() >= own.sum() / 2 else ""


def _between(chances: pd.DataFrame, cause: str) -> tuple[str, ...]:
    """The two most probable causes, where none is probable enough."""
    if cause != OPEN or chances.empty:
        return ()
    first = chances.sort_values("probability", ascending=False, kind="stable").iloc[:2]
    return tuple(first["cause"].astype(str))


def _whom(voice: Voice, tenure: pd.DataFrame | None, area: str) -> str:
    """New people alone, where their errors lie above those of the others by more than chance."""
    if tenure is None or not len(tenure):
        return "everyone"
    own = tenure.loc[tenure["policy_area"].eq(area) & tenure["term"].eq("error_rate")]
    rows = {str(row["tenure"]): _gated(voice, row, share=True) for row in own.to_dict("records")}
    if {"new", "longer"} <= set(rows) and rows["new"]["conf_low"] > rows["longer"]["conf_high"]:
        return "new_hires"
    return "everyone"
