"""What does a report say about a test as a whole: how exact, how fair, how it went from wave to wave?"""

from __future__ import annotations

import math

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import EDGE, publishable
from tne.report.exhibit import table
from tne.report.published import gated_row, share_words
from tne.report.tested import (
    Tested,
    coded,
    csv_row,
    edge_text,
    fewest,
    frame_of,
    language_of,
    percents,
    plain,
)
from tne.report.tests_front import LOW, apart
from tne.report.voice import Voice

HIGH = 0.9  # reliability from which a score may count in a decision about a person
MISSED = 5  # questions listed as most often wrong


def exactness(voice: Voice, test: Tested) -> Block:
    """Return how exact a score is: reliability, error of one score, difference that counts, fit to the people.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> tne.say.exactness(voice, test).html[:70]
    '<p>Reliability is 0.67 (0.47 to 0.80): too low to compare single peopl'
    """
    row = test.alpha
    if not math.isfinite(row["estimate"]):
        reason = voice.code("note", str(row.get("note") or "unknown"), min_n=voice.min_n)
        return _text(voice.html("assessment.exact_none", reason=reason))
    level = "low" if row["estimate"] < LOW else "mid" if row["estimate"] < HIGH else "high"
    parts = [voice.html(f"assessment.exact_{level}", **plain(voice, row))]
    if (points := apart(voice, test)) and math.isfinite(test.error["estimate"]):
        off = voice.number(1.96 * float(test.error["estimate"]), 1)
        parts.append(voice.html("assessment.exact_points", off=off, points=points))
    gone = test.named("remove")
    if len(gone) == 1:
        table_ = test.found.reliability.items
        without = table_.loc[table_["item"].astype(str).eq(gone[0]), "alpha_if_deleted"]
        if len(without) and math.isfinite(without.iloc[0]):
            parts.append(
                voice.html(
                    "assessment.exact_without", item=gone[0], value=voice.number(float(without.iloc[0]), 2)
                )
            )
    if (omega := gated_row(voice, test.found.omega, share=False)) is not None:
        parts.append(voice.html("assessment.exact_omega", **plain(voice, omega)))
    told, reach = f"<p>{' '.join(parts)}</p>", test.found.reach
    if reach is not None:
        key = {"fits": "fit", "too_easy": "easy", "too_hard": "hard"}[reach.finding]
        times = max(reach.error_high / reach.error_low, reach.error_low / reach.error_high)
        values = {
            name: voice.number(getattr(reach, name), 0) for name in ("best", "low", "high", "max_score")
        }
        told += f"<p>{voice.html(f'assessment.reach_{key}', times=voice.number(times, 1), **values)}</p>"
    return Block(html=told, kind="text")


def fairness(voice: Voice, test: Tested) -> Block:
    """Return which questions are harder or easier here than for equally able people elsewhere, after the power.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    Block
        Of kind ``"text"``.

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
    >>> tne.say.fairness(voice, test).html
    '<p>Nobody elsewhere has taken this test, so there is nobody to compare with.</p>'
    """
    fair = test.found.fairness
    if not test.judged or fair is None:
        return _text(voice.html("assessment.fair_alone")) if test.judged else Block(html="", kind="text")
    group, elsewhere = language_of(voice, fair), voice.percent(0.7)
    state = fair.state
    if state == "tested" and fair.n_own < voice.min_n:
        state = "few_here"
    elif state == "tested" and fair.n_elsewhere < voice.min_n:
        state = "few_elsewhere"
    if state != "tested":
        return _text(voice.html(f"assessment.fair_{state}", needed=voice.count(fewest(voice)), group=group))
    html = ""
    if math.isfinite(fair.detectable) and test.numbers:
        key = "fair_power" if fair.detectable >= EDGE else "fair_power_none"
        power = voice.html(
            f"assessment.{key}", share=share_words(voice, fair.detectable), elsewhere=elsewhere
        )
        html = f'<p class="caveat">{power}</p>'
    found, rows = [], []
    for raw in fair.table.to_dict("records"):
        gated = publishable(coded(raw), min_n=voice.min_n, share=False)
        if test.numbers:
            rows.append(csv_row(voice, test, "dif", str(raw["item"]), gated))
        if not raw["flagged"]:
            continue
        key, values = f"assessment.fair_{raw['direction']}", {"item": str(raw["item"]), "group": group}
        if test.numbers and math.isfinite(gated["estimate"]):
            values |= percents(voice, raw, ("share", "share_low", "share_high"))
            values["share"] = values.pop("value")
            found.append(voice.html(key, elsewhere=elsewhere, **values))
        else:
            found.append(voice.html(f"{key}_plain", **values))
    found = found or [voice.html("assessment.fair_none", group=group)]
    return Block(html=html + "".join(f"<p>{text}</p>" for text in found), rows=tuple(rows), kind="text")


def wave_table(voice: Voice, test: Tested) -> Block:
    """Return people, mean share right and full marks of each wave.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    Block
        Of kind ``"table"``, with the rows of ``estimates.csv``; empty where nothing may be shown.

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
    >>> tne.say.wave_table(voice, test).html.count("<tr")
    2
    """
    frame = frame_of(voice, test.found.waves) if test.numbers else pd.DataFrame()
    if frame.empty or not frame["estimate"].notna().any():
        return Block(html="", kind="text")
    mean, full = (
        frame.loc[frame["term"].eq(term)].set_index("wave") for term in ("mean_share", "full_marks")
    )
    shown = mean.reset_index()
    shown["full_marks"] = [edge_text(voice, row) for row in full.loc[shown["wave"]].to_dict("records")]
    rows = [
        csv_row(voice, test, row["term"], str(row["wave"]), row, wave=str(row["wave"]))
        for row in frame.to_dict("records")
    ]
    heads = {
        "wave": "wave",
        "n_people": "n_people",
        "estimate": "mean_share",
        "interval": "interval",
        "full_marks": "full_marks",
    }
    columns = {name: voice.text(f"column.{head}") for name, head in heads.items()}
    return table(voice, "test_waves", shown, of=test.title, columns=columns, rows=rows)


def part_table(voice: Voice, test: Tested) -> Block:
    """Return what is known of each part of the policy before and after, the least known first.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    Block
        Of kind ``"table"``, with the rows of ``estimates.csv``; empty where nothing may be shown.

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
    >>> tne.say.part_table(voice, test).html  # nobody knows which part of the policy a question asks for
    ''
    """
    frame = frame_of(voice, test.found.areas) if test.numbers else pd.DataFrame()
    pairs = _before_after(voice, frame, "policy_area")
    if pairs.empty:
        return Block(html="", kind="text")
    lead, wide = "", pairs.loc[pairs["n_items"].ge(2)]  # one question is no part of a policy
    if len(wide):
        words = {"area": str(wide.iloc[0]["policy_area"]).replace("_", " "), **percents(voice, wide.iloc[0])}
        lead = f"<p>{voice.html('assessment.part_least', **words)}</p>"
    heads = {"policy_area": "policy_area", "n_items": "n_items", "before": "before", "estimate": "after",
             "interval": "interval", "n_people": "n_people"}  # fmt: skip
    columns = {name: voice.text(f"column.{head}") for name, head in heads.items()}
    rows = [
        csv_row(voice, test, "share_right", str(row["policy_area"]), row, str(row["wave"]), str(row["wave"]))
        for row in frame.to_dict("records")
    ] if test.group == "all" else []  # fmt: skip
    shown = table(
        voice, "parts", pairs, of=test.title, columns=columns, formats={"n_items": "count"}, rows=rows
    )
    return Block(html=lead + shown.html, rows=shown.rows, kind="table")


def missed_table(voice: Voice, test: Tested) -> Block:
    """Return the questions that were most often wrong after the training, apart from those that should come out.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    Block
        Of kind ``"table"``; empty where nothing may be shown.

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
    >>> tne.say.missed_table(voice, test).kind
    'text'
    """
    frame = frame_of(voice, test.found.questions) if test.numbers else pd.DataFrame()
    if not frame.empty:
        frame = frame.loc[~frame["item"].isin(test.named("remove"))]
    pairs = _before_after(voice, frame, "item").head(MISSED)
    if pairs.empty:
        return Block(html="", kind="text")
    area = dict(zip(test.items["item"], test.items["policy_area"], strict=True))
    pairs["policy_area"] = pairs["item"].map(area).fillna("")
    heads = {"item": "item", "policy_area": "policy_area", "before": "before", "estimate": "after",
             "interval": "interval", "n_people": "n_people"}  # fmt: skip
    columns = {name: voice.text(f"column.{head}") for name, head in heads.items()}
    shown = table(voice, "missed", pairs, of=test.title, columns=columns)
    return Block(html=f"<p>{voice.html('assessment.missed')}</p>{shown.html}", kind="table")


def reach_frame(voice: Voice, test: Tested) -> pd.DataFrame:
    """Return the curve of a test's exactness with the place of its people; empty where there is none.

    Parameters
    ----------
    voice : Voice
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    DataFrame
        points and error (points), with low, high, best, max_score and n_people beside each.

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
    >>> tne.say.reach_frame(voice, test).empty  # two questions give no curve
    True
    """
    reach = test.found.reach if test.numbers else None
    if reach is None or reach.n_people < voice.min_n or not math.isfinite(test.alpha["estimate"]):
        return pd.DataFrame()
    people = publishable({"n_people": reach.n_people}, min_n=voice.min_n)["n_people"]
    return reach.curve.assign(
        low=reach.low, high=reach.high, best=reach.best, max_score=reach.max_score, n_people=people
    )


def reach_table(voice: Voice, curve: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers behind the curve: the error at each fifth of the points.

    Parameters
    ----------
    voice : Voice
    curve : DataFrame
        Of `reach_frame`.

    Returns
    -------
    DataFrame
        points and error, as text.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> curve = pd.DataFrame({"points": range(11), "error": np.linspace(1.5, 0.5, 11), "max_score": 10})
    >>> tne.say.reach_table(voice, curve).head(2)
      points error
    0      2   1.3
    1      4   1.1
    """
    most = float(curve["max_score"].iloc[0])
    order = curve.sort_values("points", kind="stable")
    points = [most * share for share in (0.2, 0.4, 0.6, 0.8, 0.9)]
    near = [order.iloc[(order["points"] - place).abs().argmin()] for place in points]
    return pd.DataFrame(
        {
            "points": [voice.number(row["points"], 0) for row in near],
            "error": [voice.number(row["error"], 1) for row in near],
        }
    )


def reach_finding(test: Tested) -> str:
    """Return which title the curve of exactness has.

    Parameters
    ----------
    test : Tested
        Of `tne.say.tested`.

    Returns
    -------
    str
        ``"rose"`` (it fits its people), ``"flat"`` (too easy), ``"unclear"`` (too hard), ``"title"`` without a curve.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> marks = np.arange(40)[:, None] > np.array([12, 25])
    >>> long = pd.DataFrame(marks * 1.0).melt(var_name="item_id", value_name="score", ignore_index=False)
    >>> long = long.rename_axis("moderator_id").reset_index().assign(wave="pre", form="A", max_score=1.0)
    >>> found = {("P", "A"): tne.assessment_summary(long)}
    >>> test = tne.say.tested(voice, found, {"P": "Refresher"})[0]
    >>> tne.say.reach_finding(test)
    'title'
    """
    reach = test.found.reach
    return (
        {"fits": "rose", "too_easy": "flat", "too_hard": "unclear"}[reach.finding]
        if reach is not None
        else "title"
    )


def _before_after(voice: Voice, frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """One row per key: what was right after the training, gated, and before as text; the lowest first."""
    if frame.empty or "wave" not in frame:
        return pd.DataFrame()
    after = frame.loc[frame["wave"].eq("post")]
    before = frame.loc[frame["wave"].eq("pre")].set_index(key)
    after = after.loc[after["estimate"].notna() & after[key].isin(before.index)].copy()
    after["before"] = [edge_text(voice, before.loc[name]) for name in after[key]]
    return after.sort_values("estimate", kind="stable").reset_index(drop=True)


def _text(html: str) -> Block:
    return Block(html=f"<p>{html}</p>", kind="text")
