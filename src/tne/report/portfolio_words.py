"""The portfolio in sentences: how many programmes worked, where, and what has to be decided now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from tne.report.headline import headline
from tne.report.portfolio_programme import MIXED, Overall
from tne.report.published import value_words
from tne.report.standing import HARMFUL, HIDDEN, Standing
from tne.report.voice import Voice

DECIDED = (
    "stop",
    "revise",
    "scale",
)  # actions that somebody has to decide; "keep" and "measure better" go on
WEEK = 7
MOST = 3  # decisions told in the lead


def portfolio_headline(voice: Voice, items: Sequence[Overall], begun: int = 0, planned: int = 0) -> str:
    """Return how many programmes improved decisions, how many did not, how many are open; plain text."""
    if not items:
        key = "headline.no_programmes" if not planned else "opening.portfolio.title"
        return voice.text("headline.none_measured" if begun else key)
    if all(item.state == HIDDEN for item in items):
        return voice.text("opening.portfolio.tiny")
    if len(items) == 1 and items[0].state == MIXED:
        return voice.text("opening.portfolio.one_mixed", title=items[0].title)
    return headline(voice, [_alone(item) for item in items], {})


def portfolio_lead(
    voice: Voice,
    items: Sequence[Overall],
    due: Sequence[Mapping[str, Any]] = (),
    begun: int = 0,
    planned: int = 0,
    *,
    previous: Sequence[Overall] | None = None,
    since: Any = None,
) -> list[str]:
    """Return the sentences under the headline (HTML): what worked, where it did not, what to decide by when.

    What `previous`, of the day `since`, recommended already is said to have been open since then.
    """
    if not items:
        key = "standfirst.no_programmes" if not planned else "portfolio.none_begun"
        first = voice.html("portfolio.not_measured" if begun else key)
        return [first, *_decisions(voice, items, due)]
    if all(item.state == HIDDEN for item in items):
        first = voice.html("portfolio.tiny_lead", min_n=voice.min_n)
        return [first, *_decisions(voice, items, due)]
    out = [_result(voice, item) for item in items if item.state in ("effective", MIXED)][:2]
    worse = [item for item in items if item.markets(HARMFUL)]
    out += [
        voice.html("portfolio.worse", title=item.title, markets=voice.listed(item.markets(HARMFUL)))
        for item in worse[:1]
    ]
    return [*out, *_decisions(voice, items, due, previous, since)]


def action_words(voice: Voice, action: str, role: str, due: dt.date | None) -> str:
    """Return who does it and by when; HTML."""
    said = voice.code("role", role)
    text = escape(said[:1].upper() + said[1:])
    if due is not None:
        by = "scorecard.review" if action == "keep" else "scorecard.by"
        text += f' <span class="when">{voice.html(by, date=due)}</span>'
    return text


def verdict_words(voice: Voice, item: Overall) -> str:
    """Return the verdict over markets in a few words; HTML."""
    judged = sum(part.state != HIDDEN for _, part in item.parts)
    good = len(item.markets("effective"))
    bad = len(item.markets("not_effective")) + len(item.markets(HARMFUL))
    counts = {"n": judged, "total": voice.count(judged), "good": voice.count(good), "bad": voice.count(bad)}
    if judged > 1 and item.state in ("effective", MIXED, "not_effective"):
        return voice.html(f"portfolio.in_{item.state}", **counts)
    return voice.html(f"verdict.{item.state}")


def _alone(item: Overall) -> Standing:
    """The programme as a headline takes it; one that works in some markets alone counts as one that works."""
    actions = item.actions()
    effect = item.effect
    return Standing(
        programme_id=item.programme_id,
        title=item.title,
        state="effective" if item.state == MIXED else item.state,
        action="scale" if any(a == "scale" for a, *_ in actions) else actions[0][0] if actions else "keep",
        estimate=effect["estimate"],
        low=effect["conf_low"],
        high=effect["conf_high"],
        n_trained=item.n_trained,
    )


def _result(voice: Voice, item: Overall) -> str:
    good, bad = item.markets("effective"), [*item.markets("not_effective"), *item.markets(HARMFUL)]
    if item.state == MIXED:
        words = {"title": item.title, "good": voice.listed(good), "bad": voice.listed(bad)}
        return voice.html("portfolio.lead_mixed", **words)
    if not item.shown:
        return voice.html("portfolio.lead_where", title=item.title, markets=voice.listed(good))
    words = value_words(voice, item.effect, signed=False)
    if item.pooled < 2:
        return voice.html("portfolio.lead_one", title=item.title, **words)
    return voice.html(
        "portfolio.lead_pooled", n=item.pooled, n_word=voice.word(item.pooled), title=item.title, **words
    )


def _decisions(
    voice: Voice,
    items: Sequence[Overall],
    due: Sequence[Mapping[str, Any]],
    previous: Sequence[Overall] | None = None,
    since: Any = None,
) -> list[str]:
    """What somebody has to decide: recommendations to change something, and plans to freeze before a start."""
    today = None if voice.as_of is None else voice.as_of.date()
    before = {item.programme_id: item for item in previous or ()}
    dated = [(one["due"], voice.html("portfolio.freeze", **_who(voice, one))) for one in due]
    soon = [text for day, text in sorted(dated) if today is None or (day - today).days <= WEEK]
    later = [(day, text) for day, text in sorted(dated) if text not in soon]
    open_now = [
        (
            DECIDED.index(action),
            day,
            _decision(voice, item, action, role, day, names)
            + _again(voice, item, action, names, before, since),
        )
        for item in items
        for action, role, day, names in item.actions()
        if action in DECIDED
    ]
    told = [
        *soon,
        *(
            text
            for _, _, text in sorted(open_now, key=lambda one: one[:2] if one[1] else (one[0], dt.date.max))
        ),
    ]
    if told:
        more = len(told) - MOST
        tail = [voice.html("portfolio.decide_more", n=more, n_word=voice.word(more))] if more > 0 else []
        return [voice.html("portfolio.decide"), *told[:MOST], *tail]
    nothing = [voice.html("portfolio.decide_nothing")]
    return nothing + ([f"{voice.html('portfolio.decide_next')} {later[0][1]}"] if later else [])


def _decision(
    voice: Voice, item: Overall, action: str, role: str, day: dt.date | None, names: Sequence[str]
) -> str:
    key = "portfolio.decision" if day is not None else "portfolio.decision_undated"
    words = {
        "action": voice.code("action", action),
        "title": item.title,
        "markets": voice.listed(list(names)),
    }
    return voice.html(
        key, **words, role=voice.code("role", role), **({"date": day} if day is not None else {})
    )


def _again(
    voice: Voice,
    item: Overall,
    action: str,
    names: Sequence[str],
    previous: Mapping[str, Overall],
    since: Any,
) -> str:
    """Since when it has been recommended and by which day it was due, where that was so at the last report."""
    then = previous.get(item.programme_id)
    if then is None or since is None:
        return ""
    open_since = [(day, [n for n in names if n in own]) for a, _, day, own in then.actions() if a == action]
    told = ""
    for day, markets in open_since:
        if markets and day is not None:
            key = "decision_again" if len(markets) == len(names) else "decision_again_in"
            where = {} if len(markets) == len(names) else {"markets": voice.listed(markets)}
            told += f" {voice.html(f'portfolio.{key}', since=since, due=day, **where)}"
    return told


def _who(voice: Voice, one: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": one["title"], "role": voice.code("role", one["role"]), "date": one["due"]}


def plans_due(
    programmes: pd.DataFrame, plans: Sequence[Mapping[str, Any]], as_of: Any
) -> list[dict[str, Any]]:
    """Return the programmes whose plan can still be frozen: programme_id, title, role, due (day before the start).

    Parameters
    ----------
    programmes : DataFrame
        The table `programmes`: programme_id, title, starts_on, owner_role.
    plans : sequence of mapping
        Those that are frozen: programme_id.
    as_of : datetime-like or None
        Last instant of the data.

    Returns
    -------
    list of dict
        In order of time.

    Examples
    --------
    >>> programmes = pd.DataFrame({"programme_id": ["P"], "title": ["Refresher"], "owner_role": ["training_lead"]})
    >>> programmes["starts_on"] = pd.Timestamp("2026-05-04")
    >>> tne.say.plans_due(programmes, [], pd.Timestamp("2026-03-02"))[0]["due"].isoformat()
    '2026-05-03'
    """
    if as_of is None or pd.isna(as_of):
        return []
    day = (
        pd.Timestamp(as_of).tz_localize(None).normalize()
        if pd.Timestamp(as_of).tzinfo
        else pd.Timestamp(as_of)
    )
    frozen = {str(plan["programme_id"]) for plan in plans}
    ahead = programmes.loc[programmes["starts_on"].gt(day) & ~programmes["programme_id"].isin(frozen)]
    return [
        {
            "programme_id": row["programme_id"],
            "title": row["title"],
            "role": row["owner_role"] if isinstance(row["owner_role"], str) else "programme_owner",
            "due": (row["starts_on"] - pd.Timedelta(1, "D")).date(),
        }
        for row in ahead.sort_values(["starts_on", "programme_id"]).to_dict("records")
    ]
