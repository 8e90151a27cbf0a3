"""From curves to frames that may be shown: no step of a few people, no week that few are still on the way to."""

from __future__ import annotations

import math
import re
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.report.disclosure import FLOOR
from tne.report.onboarding_hires import MEDIAN_FROM, wave_name
from tne.report.shaping import gate
from tne.report.voice import Voice

COLUMNS = ("group", "time", "estimate", "conf_low", "conf_high", "n_at_risk")
BLOCK = 4  # weeks of tenure that are averaged
MOST_CURVES = 4


def hire_curves(
    voice: Voice,
    hired: pd.DataFrame,
    found: Any,
    *,
    names: dict[str, str],
    cause: str = "proficient",
    told: int | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what may be drawn of the share that became proficient (or left), week by week, and the table behind it.

    Parameters
    ----------
    voice : Voice
    hired : DataFrame
        Of `tne.proficiency`, with the column ``wave``.
    found : TimeToProficiency or CumulativeIncidence
        Kaplan-Meier, or Aalen-Johansen: its rows of `cause`.
    names : dict
        Groups in order: code of the result to the name drawn.
    cause : str
    told : int, optional
        A week whose share stands elsewhere on the page: the curve passes through it.

    Returns
    -------
    DataFrame
        For `tne.figures.kaplan_meier`: a row a week, straight between the weeks of the table.
    DataFrame
        group, tenure (weeks), estimate (share), conf_low, conf_high, n_people (still on the way): weeks between which
        at least five people ended so, up to the last one that `min_n` people were watched to. Groups of fewer than 20
        people are not in it.
    """
    curve = found.curve if "cause" not in found.curve else found.curve.loc[found.curve["cause"].eq(cause)]
    drawn, behind = [], []
    for code, name in names.items():
        own = hired if code == "all" else hired.loc[hired["wave"].eq(code)]
        steps = curve.loc[curve["group"].astype(str).eq(code)]
        if len(own) < max(MEDIAN_FROM, voice.min_n) or not len(steps):
            continue
        share = _steps(steps, falling="cause" not in found.curve)
        time = own["duration"].to_numpy(dtype=float)
        ends = time[own["event"].eq(cause).to_numpy()]
        if cause == "left" and len(ends) < voice.min_n:
            continue  # as of their number and their share
        half = _half(found, code, cause)
        weeks = _coarse(time, ends, half, voice.min_n)
        if len(weeks) < 2:
            continue
        if told is not None and told < weeks[-1]:
            weeks = sorted({*weeks, told})
        points = pd.DataFrame([_at(share, week) for week in weeks]).assign(
            group=name, tenure=weeks, n_people=[float((time >= week).sum()) for week in weeks]
        )
        behind.append(points)
        drawn.append(_weekly(points, name, half, time))
    nothing = pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(behind, ignore_index=True) if behind else pd.DataFrame({"estimate": []})
    if behind:
        table = gate(voice, table.assign(unit="share", n_people_total=table["n_people"]), share=False)
    return (pd.concat(drawn, ignore_index=True) if drawn else nothing), table


def tenure_shares(voice: Voice, weeks: pd.DataFrame) -> pd.DataFrame:
    """Return each new person's accuracy by four weeks of tenure, per cent: moderator_id, block, share.

    Four weeks in which fewer than `min_n` people were seen are left out.

    Parameters
    ----------
    voice : Voice
    weeks : DataFrame, one row per new person and week
        moderator_id, tenure_weeks, weighted_correct, weight_sum.

    Returns
    -------
    DataFrame
        moderator_id, block (first of the four weeks), share (per cent).

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> weeks = pd.DataFrame({"moderator_id": range(12), "tenure_weeks": 5, "weighted_correct": 18.0})
    >>> tne.say.tenure_shares(voice, weeks.assign(weight_sum=20.0)).head(1)
       moderator_id  block  share
    0             0      4   90.0
    """
    kept = weeks.loc[weeks["weight_sum"].gt(0) & weeks["tenure_weeks"].ge(0)]
    block = (BLOCK * (kept["tenure_weeks"] // BLOCK)).astype(int).rename("block")
    sums = kept.groupby([kept["moderator_id"], block], observed=True)[
        ["weighted_correct", "weight_sum"]
    ].sum()
    share = (100 * sums["weighted_correct"] / sums["weight_sum"]).reset_index(name="share")
    return share.loc[share.groupby("block")["share"].transform("size") >= voice.min_n].reset_index(drop=True)


def tenure_levels(voice: Voice, shares: pd.DataFrame, means: Any) -> pd.DataFrame:
    """Return the mean accuracy of new people by four weeks of tenure, per cent, gated.

    Parameters
    ----------
    voice : Voice
    shares : DataFrame
        Of `tenure_shares`.
    means : DataFrame
        The frame of `tne.clustered_ols` of ``share ~ 0 + C(block)``, clustered by person: each block's mean.

    Returns
    -------
    DataFrame
        tenure (middle of the block, weeks), weeks, group, and the columns of an estimate.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> shares = pd.DataFrame({"moderator_id": [*range(12)] * 2, "block": [0] * 12 + [4] * 12})
    >>> shares["share"] = [80.0, 82.0, 84.0] * 4 + [86.0, 88.0, 90.0] * 4
    >>> means = tne.clustered_ols(shares, formula="share ~ 0 + C(block)", cluster="moderator_id")
    >>> tne.say.tenure_levels(voice, shares, means.to_frame())[["tenure", "weeks", "estimate"]]
       tenure weeks  estimate
    0     1.5   0–3      82.0
    1     5.5   4–7      88.0
    """
    people = shares.groupby("block")["moderator_id"].nunique()
    rows = []
    for row in means.to_dict("records"):
        first = int(cast(re.Match[str], re.search(r"(\d+)\D*$", str(row["term"])))[1])
        n = float(people.loc[first])
        own = {"tenure": first + (BLOCK - 1) / 2, "weeks": f"{first}–{first + BLOCK - 1}", "group": "all"}
        numbers = {name: row[name] for name in ("estimate", "conf_low", "conf_high", "conf_level")}
        rows.append(own | numbers | {"n": n, "n_people": n, "n_people_total": n})
    if not rows:
        return pd.DataFrame({"estimate": []})
    frame = pd.DataFrame(rows)
    shown = gate(voice, frame, share=False).assign(tenure=frame["tenure"])
    return shown.loc[shown["estimate"].notna()].reset_index(drop=True)


def ramp_frame(
    voice: Voice, weeks: pd.DataFrame, *, curve: Any, by_wave: Any = None, names: dict[str, str]
) -> pd.DataFrame:
    """Return the fitted ramps that are drawn, per cent: of each wave where two or more have one, else of all.

    Parameters
    ----------
    voice : Voice
    weeks : DataFrame
        What they were fitted to, with the column ``wave``.
    curve, by_wave : LearningCurve
        Of shares: one ramp for all, and one for each wave.
    names : dict
        Waves in order: code to the name drawn.

    Returns
    -------
    DataFrame
        group, tenure (weeks), estimate, conf_low, conf_high (per cent), n_people; empty where none may be drawn.

    Notes
    -----
    A ramp goes to the last week of tenure that `min_n` people were seen in.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> weeks = pd.DataFrame({"moderator_id": [*range(12)] * 20, "tenure_weeks": np.repeat(range(20), 12)})
    >>> weeks["share"] = 0.9 - 0.3 * np.exp(-weeks["tenure_weeks"] / 4) + 0.002 * (weeks["moderator_id"] % 3)
    >>> curve = tne.learning_curve(weeks, outcome="share", tenure="tenure_weeks")
    >>> frame = tne.say.ramp_frame(voice, weeks.assign(wave="2025-11", weight_sum=20.0), curve=curve, names={})
    >>> set(frame["group"])
    {'All new people'}
    """
    waves = [_ramp(voice, by_wave, weeks.loc[weeks["wave"].eq(c)], c, n) for c, n in names.items() if by_wave]
    shown = [frame for frame in waves if len(frame)]
    if len(shown) < 2:
        own = _ramp(voice, curve, weeks, "all", wave_name(voice, "all"))
        shown = [own] if len(own) else []
    return pd.concat(shown, ignore_index=True) if shown else pd.DataFrame({"estimate": []})


def _ramp(voice: Voice, curve: Any, own: pd.DataFrame, code: str, name: str) -> pd.DataFrame:
    longest = own.groupby("moderator_id", observed=True)["tenure_weeks"].max().sort_values(ascending=False)
    if len(longest) < voice.min_n:
        return pd.DataFrame()
    found = curve.predict(range(int(longest.iloc[voice.min_n - 1]) + 1)).to_frame()
    out = found.loc[found["group"].astype(str).eq(code)].assign(group=name, unit="points")
    out[["estimate", "conf_low", "conf_high"]] *= 100
    shown = gate(voice, out.drop(columns="note"), share=False).assign(tenure=out["tenure"])
    return shown.loc[shown["estimate"].notna()]


def _steps(steps: pd.DataFrame, *, falling: bool) -> pd.DataFrame:
    """The curve as a share that grows: time, estimate, conf_low, conf_high."""
    own = steps.sort_values("time", kind="stable")
    names = ("estimate", "conf_low", "conf_high")
    value, low, high = (own[name].to_numpy(dtype=float) for name in names)
    if falling:
        value, low, high = 1 - value, 1 - high, 1 - low
    known = {
        "conf_low": np.where(np.isnan(low), value, low),
        "conf_high": np.where(np.isnan(high), value, high),
    }
    return pd.DataFrame({"time": own["time"].to_numpy(dtype=float), "estimate": value, **known})


def _half(found: Any, code: str, cause: str) -> float:
    """The week of the median, as it is published."""
    competing = "cause" in found.curve
    frame = found.medians.to_frame() if competing else found.to_frame()
    own = frame.loc[frame["group"].astype(str).eq(code) & frame["term"].eq("median")]
    own = own.loc[own["cause"].eq(cause)] if competing else own
    return float(math.floor(own["estimate"].iloc[0] + 0.5)) if own["estimate"].notna().any() else math.nan


def _at(share: pd.DataFrame, week: float) -> dict[str, float]:
    before = share.loc[share["time"] <= week]
    if week == 0 or not len(before):
        return {"estimate": 0.0, "conf_low": 0.0, "conf_high": 0.0}
    return cast(dict[str, float], before.iloc[-1][["estimate", "conf_low", "conf_high"]].to_dict())


def _coarse(time: np.ndarray, ends: np.ndarray, half: float, min_n: int) -> list[int]:
    """Weeks between which at least five people ended so; the week of the median is one of them where it can be."""
    weeks = [w for w in range(int(time.max()) + 1) if (time >= w).sum() >= min_n]

    def between(a: float, b: float) -> int:
        return int(((ends > a) & (ends <= b)).sum())

    out, before = [0], -1.0
    last = weeks[-1] if weeks else 0
    middle = half if half <= last and between(-1, half) >= FLOOR else math.nan
    for week in weeks[1:]:
        room = math.isnan(middle) or week >= middle or between(week, middle) >= FLOOR
        if between(before, week) >= FLOOR and room:
            out.append(week)
            before = float(week)
    if out[-1] < last and len(out) > 1 and not between(before, last):
        out.append(last)
    return out


def _weekly(points: pd.DataFrame, name: str, half: float, time: np.ndarray) -> pd.DataFrame:
    """A row for each full week, straight between the points; below half before the week of the median."""
    weeks = np.arange(int(points["tenure"].iloc[-1]) + 1)
    at = points["tenure"].to_numpy(dtype=float)
    own = {
        c: np.interp(weeks, at, points[c].to_numpy(dtype=float))
        for c in ("estimate", "conf_low", "conf_high")
    }
    early = weeks < half
    own["estimate"] = np.where(early, np.minimum(own["estimate"], 0.499), own["estimate"])
    return pd.DataFrame(
        {
            "group": name,
            "time": weeks.astype(float),
            "estimate": 1 - own["estimate"],
            "conf_low": 1 - own["conf_high"],
            "conf_high": 1 - own["conf_low"],
            "n_at_risk": [float((time >= week).sum()) for week in weeks],
        }
    )


def curve_names(voice: Voice, hired: pd.DataFrame) -> dict[str, str]:
    """Return code to name of the waves, of which at most four can be told apart; "all" where there is one.

    Parameters
    ----------
    voice : Voice
    hired : DataFrame
        With the column ``wave`` of `hire_waves`.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> hired = pd.DataFrame({"moderator_id": range(24), "cohort": [2900] * 12 + [2910] * 12})
    >>> tne.say.curve_names(voice, tne.say.hire_waves(voice, hired))
    {'2025-08': 'August 2025', '2025-10': 'October 2025'}
    """
    waves = [str(code) for code in hired["wave"].cat.categories]
    if len(waves) < 2:
        return {"all": wave_name(voice, "all")}
    return {code: wave_name(voice, code) for code in waves[-MOST_CURVES:]}
