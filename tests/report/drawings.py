"""Frames as the analyses give them, simulated, and every figure drawn from them."""

import math

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from tne.report import figures
from tne.report.image import SCALE, figure_of
from tne.report.voice import voice

LANGUAGES = {"en": "GB", "de": "DE", "es": "ES", "fr": "FR", "pt": "BR"}
NAN = math.nan
LONG = "Umgang mit hassgeprägten Äußerungen in Direktübertragungen und Kommentaren"


def speaker(language):
    return voice({"market": LANGUAGES.get(language, "EG"), "name": "x", "language": language})


def english():
    return speaker("en")


def texts(ax):
    """Return the texts of a figure that take room on the paper."""
    found = [t for t in figure_of(ax).findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [t for t in found if min(t.get_window_extent().size) > 0]


def crowded(ax):
    """Draw a figure as it is published; return the texts that are cut or written over each other."""
    figure = figure_of(ax)
    figure.set_dpi(SCALE * figure.dpi)
    FigureCanvasAgg(figure).draw()
    words = [(text.get_text(), text.get_window_extent().extents) for text in texts(ax)]
    width, height = figure.canvas.get_width_height()
    left, bottom, right, top = np.array([box for _, box in words]).reshape(-1, 4).T
    cut = (left < -1) | (bottom < -1) | (right > width + 1) | (top > height + 1)
    across = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    along = np.minimum.outer(top, top) - np.maximum.outer(bottom, bottom)
    pairs = np.argwhere(np.triu((across > 2) & (along > 4), k=1))
    return [
        *(f"{words[i][0]!r} is cut" for i in np.flatnonzero(cut)),
        *(
            f"{words[i][0]!r} and {words[j][0]!r} overlap by {across[i, j]:.0f} x {along[i, j]:.0f} pixels"
            for i, j in pairs
        ),
    ]


def an_event_study():
    times = np.arange(-6, 11)
    estimate = np.where(times < 0, 0.1 * (-1.0) ** times, 2.3 - 1.4 * np.exp(-np.clip(times, 0, None) / 2.0))
    half = 1.1 + 0.03 * np.abs(times)
    frame = pd.DataFrame(
        {"event_time": times, "estimate": estimate, "conf_low": estimate - half, "conf_high": estimate + half}
    )
    frame.loc[5, ["estimate", "conf_low", "conf_high"]] = [0.0, NAN, NAN]  # the reference week
    frame.loc[14, ["estimate", "conf_low", "conf_high"]] = NAN  # hidden
    return frame


def groups(n=4, label="group", hidden=(2,)):
    estimate = np.linspace(-1.2, 3.4, n)
    frame = pd.DataFrame(
        {label: [f"{LONG if i % 2 else 'Team'} {i}" for i in range(n)], "estimate": estimate,
         "conf_low": estimate - 1.04, "conf_high": estimate + 1.04, "n_people": 45}
    )  # fmt: skip
    frame.loc[list(hidden), ["estimate", "conf_low", "conf_high", "n_people"]] = NAN
    return frame


def waves(n=2):
    names = ["trained", "not_yet", *(f"{LONG} {i}" for i in range(4))]
    return pd.DataFrame(
        [
            (names[i], wave, 10 + i * 0.1 + rise, 9.2 + i * 0.1 + rise, 10.8 + i * 0.1 + rise)
            for i in range(n)
            for wave, rise in (("pre", 0.0), ("post", 4.0), ("delayed", 3.0))
        ],
        columns=["group", "wave", "estimate", "conf_low", "conf_high"],
    )


MONDAYS = pd.date_range("2026-03-02", periods=26, freq="7D")
POLICIES = pd.DataFrame(
    {
        "effective_at": pd.to_datetime(["2026-04-27", "2026-05-11", "2026-08-10"], utc=True),
        "title": [LONG] * 3,
    }
)


def weekly():
    wiggle = np.tile([0.3, -0.2, 0.4, -0.5], 7)[:26]
    parts = []
    for group, level in (("trained", 88.0), ("not_yet", 87.9)):
        estimate = level + wiggle + (2.0 * (np.arange(26) > 12) if group == "trained" else 0.0)
        parts.append(
            pd.DataFrame(
                {"week": MONDAYS, "group": group, "estimate": estimate, "conf_low": estimate - 1.5,
                 "conf_high": estimate + 1.5}
            )
        )  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    frame.loc[[20, 21], ["estimate", "conf_low", "conf_high"]] = NAN
    return frame


def errors():
    kinds = ["false_positive", "false_negative", "wrong_policy", "technical"]
    areas = ["hateful_conduct", "minor_safety", "livestream", "bullying_and_harassment_of_public_figures"]
    frame = pd.DataFrame(
        [(a, k, 1.0 + 3 * i + j) for i, a in enumerate(areas) for j, k in enumerate(kinds)],
        columns=["policy_area", "error_type", "estimate"],
    ).assign(note="")
    frame.loc[[3, 7, 9], "estimate"] = NAN
    frame.loc[[3, 7], "note"] = "few_people"
    frame.loc[9, "note"] = "below_5_percent"
    return frame


def ladder():
    names = [f"market {i}" for i in range(24)]
    values = np.linspace(-2, 2, 24) ** 3 / 4
    shrunken = pd.DataFrame(
        {"group": names, "estimate": values, "conf_low": values - 0.8, "conf_high": values + 0.8}
    )
    return pd.DataFrame({"group": names, "estimate": 1.6 * values}), shrunken


def questions():
    right = np.linspace(35, 93, 18)
    rest = 0.15 + 0.3 * np.sin(np.arange(18)) ** 2
    frame = pd.DataFrame(
        {"item": [f"q-{i:02d}" for i in range(18)], "advice": "keep", "estimate": right, "conf_low": right - 6,
         "conf_high": right + 4, "rest": rest, "rest_low": rest - 0.12, "rest_high": rest + 0.12}
    )  # fmt: skip
    frame.loc[4, "advice"], frame.loc[11, "advice"], frame.loc[15, "advice"] = "review", "remove", "open"
    frame.loc[11, ["rest", "rest_low", "rest_high"]] = [-0.2, -0.35, -0.05]
    return frame


def reach():
    points = np.linspace(2, 20, 40)
    error = 1 + (np.abs(points - 9) / 7) ** 3
    return pd.DataFrame({"points": points, "error": error, "low": 11.0, "high": 17.0, "max_score": 20.0})


def balance():
    return pd.DataFrame(
        {"term": ["tenure in weeks", "accuracy in the weeks before", "queue", LONG],
         "smd_before": [0.52, -0.31, 0.08, 0.22], "smd_after": [0.03, -0.06, 0.01, 0.12]}
    )  # fmt: skip


def climb():
    """Means of five groups at three tests; the third group has no later one."""
    rows = []
    for i, group in enumerate(groups(5)["group"]):
        for wave, rise in (("pre", 0.0), ("post", 3.0 + 0.3 * i), ("delayed", 2.2)):
            mean = 10.0 + 0.7 * i + rise
            rows.append((group, wave, mean, mean - 0.9, mean + 0.9))
    frame = pd.DataFrame(rows, columns=["group", "wave", "estimate", "conf_low", "conf_high"])
    frame.loc[8, ["estimate", "conf_low", "conf_high"]] = NAN
    return frame


def cohorts():
    """Effects of five cohorts around their training; later cohorts have fewer weeks, two cells are hidden."""
    rows = []
    for i, start in enumerate(pd.date_range("2026-03-02", periods=5, freq="28D")):
        for t in range(-3, 7 - i):
            value = 0.2 * (-1.0) ** t if t < 0 else 2.6 - 1.7 * np.exp(-t / 2) - 0.9 * (i == 3) * (t + 1)
            rows.append((start, t, value, value - 1.1, value + 1.1))
    frame = pd.DataFrame(rows, columns=["cohort", "event_time", "estimate", "conf_low", "conf_high"])
    frame["note"] = ""
    frame.loc[[6, 15], ["estimate", "conf_low", "conf_high"]] = NAN
    frame.loc[[6, 15], "note"] = "few_people"
    return frame


def markets(n=24):
    error = 0.25 + 0.9 * (np.arange(n) / n) ** 1.5
    estimate = 1.4 + error * np.tile([0.3, -1.1, 0.9, -0.4, 1.3, -0.8], n)[:n]
    estimate[[3, 10]] = [3.1, -1.2]
    return pd.DataFrame(
        {"market": [f"Market {i}" for i in range(n - 1)] + [LONG], "estimate": estimate, "std_error": error,
         "conf_low": estimate - 1.96 * error, "conf_high": estimate + 1.96 * error,
         "shrunken": 1.4 + (estimate - 1.4) * 0.4 / (0.4 + error**2)}
    )  # fmt: skip


def ramp():
    """Kaplan-Meier steps of three groups; the third has fewer than 20 people."""
    rows = []
    for group, people, pace in (("Spring wave", 64, 7.0), ("Autumn wave", 48, 11.0), ("Pilot", 14, 6.0)):
        for i in range(people - 4):
            left = 1 - (i + 1) / people
            half = 1.2 * np.sqrt(left * (1 - left) / people) + 0.03
            rows.append(
                (group, -pace * np.log(left), left, max(0.0, left - half), min(1.0, left + half), people - i)
            )
    return pd.DataFrame(rows, columns=["group", "time", "estimate", "conf_low", "conf_high", "n_at_risk"])


def hires():
    """Fitted ramps of two waves of hires, per cent."""
    rows = []
    for group, plateau, tau, last in (("Spring wave", 90.0, 6.0, 24), ("Autumn wave", 88.0, 4.0, 14)):
        for week in range(last + 1):
            level = plateau - 16 * np.exp(-week / tau)
            half = 1.5 + 4 * np.exp(-week / 5)
            rows.append((group, week, level, level - half, level + half))
    return pd.DataFrame(rows, columns=["group", "tenure", "estimate", "conf_low", "conf_high"])


def controlled():
    """What `tne.control_chart` returns for 26 weeks: a fall in the middle, a run at the end, a hidden week."""
    total = 400 + 140 * np.sin(np.arange(26))
    share = 0.88 + 0.008 * np.tile([1, -1, 0.5, -1.2], 7)[:26]
    share[13], share[17:] = 0.80, share[17:] + 0.018
    edge = 3 * np.sqrt(0.88 * 0.12 / total)
    frame = pd.DataFrame(
        {
            "period": MONDAYS,
            "estimate": share,
            "centre": 0.88,
            "lower": 0.88 - edge,
            "upper": 0.88 + edge,
            "signal": "",
        }
    )
    frame.loc[13, "signal"] = "beyond_limits, two_of_three"
    frame.loc[[24, 25], "signal"] = "run_of_8"
    frame.loc[6, ["estimate", "centre", "lower", "upper"]] = NAN
    return frame


def causes():
    """Shares of errors by cause as coded by auditors; one is hidden."""
    share = np.array([0.31, 0.24, 0.19, 0.13, 0.08, NAN])
    frame = pd.DataFrame(
        {"root_cause": ["knowledge", "policy_unclear", LONG, "update_not_absorbed", "tool", "attention"],
         "estimate": share, "conf_low": share - 0.03, "conf_high": share + 0.04, "unit": "share"}
    )  # fmt: skip
    return frame.assign(note=["", "", "", "", "", "few_people"])


def assumptions():
    return pd.DataFrame(
        {"assumption": ["Value of an avoided error", "Errors avoided per person", "Share of the effect that lasts",
                        "Minutes of training", LONG],
         "low": [-12_000.0, 14_000.0, 22_000.0, 55_000.0, 45_000.0],
         "high": [131_000.0, 84_000.0, 66_000.0, 39_000.0, 51_000.0],
         "low_value": [2, 0.8, 0.4, 60, "as now"], "high_value": [9, 2.4, 0.9, 120, "as planned"]}
    )  # fmt: skip


def rated_areas():
    """Agreement of experts and moderators in five areas; a number of the third is hidden."""
    areas = [
        "misinformation",
        "hateful_conduct",
        "bullying_and_harassment_of_public_figures",
        "spam",
        "violence",
    ]
    rows = [
        (area, group, 0.25 + 0.15 * i - drop, 0.13 + 0.15 * i - drop, 0.37 + 0.15 * i - drop)
        for i, area in enumerate(areas)
        for group, drop in (("expert", 0.0), ("moderator", 0.1))
    ]
    frame = pd.DataFrame(rows, columns=["policy_area", "group", "estimate", "conf_low", "conf_high"])
    frame.loc[4, ["estimate", "conf_low", "conf_high"]] = NAN
    return frame


def rated_sessions():
    """Agreement in ten sessions, one of them hidden."""
    days = pd.date_range("2025-10-15", periods=10, freq="28D")
    level = 0.5 + 0.03 * np.arange(10) + np.tile([0.02, -0.03], 5)
    frame = pd.DataFrame(
        {"date": days, "estimate": level, "conf_low": level - 0.16, "conf_high": level + 0.16}
    )
    frame.loc[4, ["estimate", "conf_low", "conf_high"]] = NAN
    return frame


ALL = {
    "agreement_ladder": lambda v: figures.agreement_ladder(rated_areas(), voice=v, goal=0.6),
    "agreement_sessions": lambda v: figures.agreement_sessions(rated_sessions(), voice=v, goal=0.6),
    "event_study": lambda v: figures.event_study(an_event_study(), voice=v, band="simultaneous"),
    "pre_post_slope": lambda v: figures.pre_post_slope(waves(), voice=v),
    "pre_post_slope_six": lambda v: figures.pre_post_slope(waves(6), voice=v),
    "gain_by_group": lambda v: figures.gain_by_group(groups(6), voice=v),
    "forest": lambda v: figures.forest(groups(), "group", voice=v, minimum=1.5),
    "weekly_accuracy": lambda v: figures.weekly_accuracy(
        weekly(), voice=v, training_weeks=MONDAYS[12:16], policy_changes=POLICIES
    ),
    "coverage_funnel": lambda v: figures.coverage_funnel(
        pd.DataFrame({"stage": ["assigned", "attended", "completed"], "n_people": [170, NAN, 140]}), voice=v
    ),
    "cohort_timeline": lambda v: figures.cohort_timeline(
        pd.DataFrame({"week": MONDAYS[8:20:2], "n_people": [25, 30, NAN, 20, 45, 10]}),
        voice=v,
        policy_changes=POLICIES,
    ),
    "policy_error_heatmap": lambda v: figures.policy_error_heatmap(errors(), voice=v),
    "survey_bars": lambda v: figures.survey_bars(
        groups(4, "construct").assign(
            estimate=lambda f: f["estimate"] / 3 + 3.5,
            conf_low=lambda f: f["estimate"] - 0.3,
            conf_high=lambda f: f["estimate"] + 0.3,
        ),
        voice=v,
    ),
    "item_map": lambda v: figures.item_map(questions(), voice=v),
    "reach_curve": lambda v: figures.reach_curve(reach(), voice=v),
    "love_plot": lambda v: figures.love_plot(balance(), voice=v),
    "root_cause_pareto": lambda v: figures.root_cause_pareto(causes(), voice=v),
    "gain_ladder": lambda v: figures.gain_ladder(
        climb(), groups(5), voice=v, title="Mean score, points of 20"
    ),
    "cohort_heatmap": lambda v: figures.cohort_heatmap(cohorts(), voice=v),
    "funnel": lambda v: figures.funnel(markets(), "market", mean=1.4, voice=v),
    "kaplan_meier": lambda v: figures.kaplan_meier(ramp(), voice=v),
    "learning_ramp": lambda v: figures.learning_ramp(hires(), voice=v, target=85.0),
    "control_chart": lambda v: figures.control_chart(
        controlled(), voice=v, training_weeks=MONDAYS[12:16], policy_changes=POLICIES.iloc[1:]
    ),
    "tornado": lambda v: figures.tornado(assumptions(), mode=48_000.0, reference=0.0, voice=v),
    "group_ladder": lambda v: figures.group_ladder(*ladder(), own="market 21", voice=v, name="Deutschland"),
}
