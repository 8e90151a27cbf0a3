"""Sentences about learning and what was left of it, by rule from gated estimates."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from html import escape
from typing import Any

from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE, EDGE, publishable
from tne.report.published import direction, gated_row, level_row, score_words, share_words
from tne.report.standing import estimate_row
from tne.report.voice import Voice

# Check → caveat said where it did not pass, in the order of reading
CAVEATS = {
    "comparable": "two_forms",
    "same_form": "test_same_form",
    "untrained": "no_untrained",
    "regression_to_mean": "maybe_selected",
    "ceiling": "ceiling_after",
    "floor": "floor_before",
    "few_people": "small_group",
}
_PERCENT = ("estimate", "conf_low", "conf_high")
UNTOLD = {"no_scale": "not_one_scale", "hidden": "few_people", "undefined": "no_estimate"}
STATES = ("rose", "fell", "unclear", "undefined", "hidden", "no_scale")


def learning(
    voice: Voice,
    found: Any,
    *,
    programme_id: str,
    title: str,
    selected: bool = False,
    common: Collection[str] = (),
) -> Block:
    """Return what people learned in one programme: caveats, the gain, then what puts it into proportion.

    Parameters
    ----------
    voice : Voice
    found : Learning
        Of `tne.learning_summary`.
    programme_id, title : str
    selected : bool
        People were chosen because their results were low.
    common : collection of str
        Caveats that stand above already: `common_caveats`.

    Returns
    -------
    Block
        Of kind ``"text"``, with the rows of ``estimates.csv`` of the level "learning".

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Notes
    -----
    Where the tests are on two scales one sentence says so and no number stands there. Where few took both tests
    nothing stands here: `learning_lead` says it.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7] * 5, "post": [6.0, 6, 9, 8] * 5, "delayed": np.nan})
    >>> block = tne.say.learning(voice, tne.learning_summary(people), programme_id="P", title="Refresher")
    >>> block.rows[0]["estimate"], block.rows[0]["unit"]
    (1.75, 'score points')
    """
    key = {"programme_id": programme_id, "group": "all", "level": "learning"}
    head = f"<h3>{escape(title)}</h3>"
    state = state_of(voice, found)
    if state in UNTOLD:
        row = level_row(voice, key, "gain", "mean_change", {}, note=UNTOLD[state])
        told = {"no_scale": "learning.not_one_scale", "undefined": "learning.undefined"}.get(state)
        html = f"{head}<p>{voice.html(told)}</p>" if told else ""  # the section's first sentence says it
        return Block(html=html, rows=(row,), kind="text")
    gain = publishable(estimate_row(found.gain), min_n=voice.min_n)
    rows = [level_row(voice, key, "gain", "mean_change", gain)]
    warned, more = _caveats(voice, found, key, selected, common)
    everyone, extra = _everyone(voice, found, key)
    parts = [_gain(voice, gain, found.max_score), voice.html(f"learning.{direction(gain)}"), *everyone]
    compared, against = _against(voice, found, key)
    details, sizes = _sizes(voice, found, key)
    points = "".join(f"<li>{line}</li>" for line in [*compared, *details])
    html = f"{head}{warned}<p>{' '.join(parts)}</p>" + (f"<ul>{points}</ul>" if points else "")
    return Block(html=html, rows=(*rows, *more, *extra, *against, *sizes), kind="text")


def learning_lead(voice: Voice, learned: Mapping[str, Any], titles: Mapping[str, str]) -> Block:
    """Return the shortest true sentences about all programmes' tests: which rose, which did not, which cannot say.

    Parameters
    ----------
    voice : Voice
    learned : mapping of programme_id to Learning
    titles : mapping of programme_id to str

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Notes
    -----
    "Rose" needs both the gain of those who came back and that of everyone who began to lie above zero. Caveats that
    hold for all programmes follow once.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7] * 5, "post": [6.0, 6, 9, 8] * 5, "delayed": np.nan})
    >>> tne.say.learning_lead(voice, {"P": tne.learning_summary(people)}, {"P": "Refresher"}).html
    '<p>Test scores rose after <strong>Refresher</strong>.</p>'
    """
    states = {name: state_of(voice, found) for name, found in learned.items()}
    parts = [
        voice.html(f"learning.lead_{state}", titles=voice.listed(names), min_n=voice.min_n)
        for state in STATES
        if (names := [titles[name] for name, its in states.items() if its == state])
    ]
    limits = " ".join(voice.html(f"caveat.{CAVEATS[name]}") for name in common_caveats(voice, learned))
    below = f'<p class="caveat">{limits}</p>' if limits else ""
    return Block(html=f"<p>{' '.join(parts)}</p>{below}", kind="text")


def common_caveats(voice: Voice, learned: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the checks whose caveat holds for every programme with a gain, if there are two or more.

    Parameters
    ----------
    voice : Voice
    learned : mapping of programme_id to Learning

    Returns
    -------
    tuple of str
        Empty with fewer than two programmes.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7] * 5, "post": [6.0, 6, 9, 8] * 5, "delayed": np.nan})
    >>> tne.say.common_caveats(voice, dict.fromkeys("PQ", tne.learning_summary(people)))
    ('untrained', 'ceiling', 'floor')
    """
    shown = [found for found in learned.values() if state_of(voice, found) not in UNTOLD]
    if len(shown) < 2:
        return ()
    return tuple(check for check in CAVEATS if all(check in _warned(found) for found in shown))


def learning_finding(voice: Voice, learned: Mapping[str, Any]) -> str | None:
    """Return the variant of the section's heading: ``"rose" "flat" "no_scale"``, None where programmes differ.

    Parameters
    ----------
    voice : Voice
    learned : mapping of programme_id to Learning

    Returns
    -------
    str or None

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7] * 5, "post": [6.0, 6, 9, 8] * 5, "delayed": np.nan})
    >>> tne.say.learning_finding(voice, {"P": tne.learning_summary(people)})
    'rose'
    """
    states = {state_of(voice, found) for found in learned.values()} - {"hidden", "undefined"}
    if states == {"rose"} or states == {"no_scale"}:
        return "rose" if states == {"rose"} else "no_scale"
    return "flat" if states and states <= {"unclear", "fell"} else None


def state_of(voice: Voice, found: Any) -> str:
    """Say what a test shows: ``"rose" "fell" "unclear" "undefined" "hidden" "no_scale"``."""
    if not found.same_scale:
        return "no_scale"
    raw = estimate_row(found.gain)
    if not raw["n_people"] >= voice.min_n:
        return "hidden"
    gain = gated_row(voice, found.gain)
    if gain is None:
        return "undefined"
    everyone = [gated_row(voice, found.weighted), gated_row(voice, found.imputed)]
    seen = {direction(row) for row in [gain, *everyone] if row is not None}
    return seen.pop() if len(seen) == 1 else "unclear"


def percent_interval(voice: Voice, row: Mapping[str, Any]) -> str:
    """Show the limits of a share in words, in per cent."""
    low, high = (voice.percent(row[name]) for name in _PERCENT[1:])
    return voice.text("interval.between", low=low, high=high)


def _warned(found: Any) -> set[str]:
    return {check.name for check in found.checks if check.status in ("warn", "fail")}


def _caveats(
    voice: Voice, found: Any, key: Mapping[str, str], selected: bool, common: Collection[str]
) -> tuple[str, list[dict[str, Any]]]:
    """The paragraph of caveats, and the row of the share that was not tested again."""
    warned = _warned(found)
    lines, rows = [], []
    share = publishable(estimate_row(found.attrition), min_n=voice.min_n)
    if "attrition" in warned and math.isfinite(share["estimate"]):
        lines.append(voice.html("caveat.attrition", share=share_words(voice, share["estimate"])))
        rows.append(level_row(voice, key, "attrition", "not_tested_again", share))
    if selected:
        lines.append(voice.html("caveat.selected_because_low"))
        warned -= {"regression_to_mean"}
    lines += [voice.html(f"caveat.{CAVEATS[check]}") for check in CAVEATS if check in warned - set(common)]
    return (f'<p class="caveat">{" ".join(lines)}</p>' if lines else ""), rows


def _gain(voice: Voice, row: Mapping[str, Any], max_score: float) -> str:
    values = {**score_words(voice, row), "people": voice.count(row["n_people"])}
    if math.isfinite(max_score):
        return voice.html("learning.gain", max_score=voice.number(max_score, 0), **values)
    return voice.html("learning.gain_unit", **values)


def _everyone(voice: Voice, found: Any, key: Mapping[str, str]) -> tuple[list[str], list[dict[str, Any]]]:
    """The gain of everyone who began, by weighting and by filling in."""
    parts: list[str] = []
    rows: list[dict[str, Any]] = []
    for name, phrase in (("weighted", "everyone"), ("imputed", "everyone_filled")):
        row = gated_row(voice, getattr(found, name))
        if row is None or (name == "imputed" and not parts):
            continue
        people = voice.count(row["n_people_total"])
        values = score_words(voice, row) | ({"people": people} if phrase == "everyone" else {})
        parts.append(voice.html(f"learning.{phrase}", **values))
        rows.append(level_row(voice, key, "gain", name, row))
    return parts, rows


def _against(voice: Voice, found: Any, key: Mapping[str, str]) -> tuple[list[str], list[dict[str, Any]]]:
    """The difference to those still waiting, and their own change."""
    row = gated_row(voice, found.against)
    if row is None:
        return [], []
    parts = []
    if any(check.name == "balance" and check.status == "warn" for check in found.against.checks):
        parts.append(voice.html("caveat.not_alike"))
    parts.append(voice.html("learning.against", **score_words(voice, row)))
    parts.append(voice.html(f"learning.against_{direction(row)}"))
    rows = [level_row(voice, key, "difference", "ancova", row)]
    if (own := gated_row(voice, found.waiting)) is not None:
        people = voice.count(own["n_people"])
        parts.append(voice.html("learning.waiting", people=people, **score_words(voice, own)))
        rows.append(level_row(voice, {**key, "group": "not_yet"}, "gain", "mean_change", own))
    return [" ".join(parts)], rows


def _sizes(voice: Voice, found: Any, key: Mapping[str, str]) -> tuple[list[str], list[dict[str, Any]]]:
    """The gain in other units: of what was open, people over the bar, spreads, single people."""
    parts, rows = [], []
    if (row := gated_row(voice, found.normalized, share=False)) is not None and found.normalized.band:
        words = {"share": voice.percent(row["estimate"]), "interval": percent_interval(voice, row)}
        band = voice.text(f"learning.band_{found.normalized.band}")
        if row["estimate"] >= 0:  # a loss is no share of what could be gained
            parts.append(voice.html("learning.normalized", band=band, **words))
        rows.append(level_row(voice, key, "normalized_gain", "normalized_gain", row))
    if (row := gated_row(voice, found.mastery, share=False)) is not None:
        points = {name: 100 * row[name] for name in _PERCENT}
        cut = voice.percent(found.pass_share)
        parts.append(voice.html("learning.mastery", cut=cut, **score_words(voice, points)))
        rows.append(level_row(voice, key, "mastery", "mastery_change", row))
    if (row := gated_row(voice, found.standardized)) is not None:
        parts.append(voice.html("learning.standardized", **score_words(voice, row)))
        rows.append(level_row(voice, key, "standardized_change", "d_av", row))
    if found.reliable is not None:
        # never the share of those without change: with the other two it would give an edge away
        ends = {term: found.reliable.get(term=term) for term in ("improved", "declined")}
        shown = {t: publishable(estimate_row(e), min_n=voice.min_n) for t, e in ends.items()}
        words = {term: edge_words(voice, row) for term, row in shown.items()}
        if all(words.values()):
            chance = voice.percent((1 - ends["improved"].conf_level) / 2, 1)
            parts.append(voice.html("learning.reliable", chance=chance, **words))
            for term, row in shown.items():
                note = "" if math.isfinite(row["estimate"]) else row["note"]
                rows.append(level_row(voice, key, "reliable_change", term, row, note=note))
    return parts, rows


def edge_words(voice: Voice, row: Mapping[str, Any]) -> str:
    """Show a gated share with its interval, "under 5 %" and "over 95 %" where only that is published; "" if hidden."""
    edge = {BELOW_EDGE: f"< {voice.percent(EDGE)}", ABOVE_EDGE: f"> {voice.percent(1 - EDGE)}"}
    if math.isfinite(row["estimate"]):
        return f"{share_words(voice, row['estimate'])} ({percent_interval(voice, row)})"
    return edge.get(str(row.get("note")), "")
