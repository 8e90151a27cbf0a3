"""What every figure keeps: its axes, its words, its intervals, an alt text with the numbers that are drawn."""

import inspect
import io
import math
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.report import drawings as d
from tne.report import figures
from tne.report.catalogue import catalogue
from tne.report.figures.spoken import alt_text, title_text
from tne.report.figures.survival import weekly_curves
from tne.report.image import pixels, webp

FIGURES = sorted(name for name in figures.__all__ if not name.endswith("_values"))
LANGUAGES = ("en", "de", "es", "fr", "pt")
NAN = math.nan


def funnel_of_people():
    return pd.DataFrame({"stage": ["assigned", "attended", "completed"], "n_people": [170, 150, 140]})


def people_by_week():
    return pd.DataFrame({"week": d.MONDAYS[8:20:2], "n_people": [25, 30, NAN, 20, 45, 10]})


def ratings():
    return d.groups(4, "construct").assign(
        estimate=lambda f: f["estimate"] / 3 + 3.5,
        conf_low=lambda f: f["estimate"] - 0.3,
        conf_high=lambda f: f["estimate"] + 0.3,
    )


def effects():
    return d.groups(4)


# figure -> how it is drawn from frames, its frames, further arguments of the drawing and of the values
SPECS = {
    "event_study": ([d.an_event_study], {}, {}),
    "forest": ([effects], {"label": "group"}, {"label": "group"}),
    "gain_by_group": ([effects], {}, {}),
    "gain_ladder": ([d.climb, lambda: d.groups(5)], {}, {}),
    "group_ladder": (
        [lambda: d.ladder()[0], lambda: d.ladder()[1]], {"own": "market 21"}, {"own": "market 21"}
    ),
    "pre_post_slope": ([d.waves], {}, {}),
    "survey_bars": ([ratings], {}, {}),
    "love_plot": ([d.balance], {}, {}),
    "root_cause_pareto": ([d.causes], {}, {}),
    "cohort_timeline": ([people_by_week], {}, {}),
    "weekly_accuracy": ([d.weekly], {}, {}),
    "coverage_funnel": ([funnel_of_people], {}, {}),
    "policy_error_heatmap": ([d.errors], {}, {}),
    "item_map": ([d.questions], {}, {}),
    "reach_curve": ([d.reach], {}, {}),
    "cohort_heatmap": ([d.cohorts], {}, {}),
    "funnel": ([d.markets], {"label": "market", "mean": 1.4}, {"label": "market", "mean": 1.4}),
    "kaplan_meier": ([d.ramp], {}, {}),
    "learning_ramp": ([d.hires], {"target": 85.0}, {"target": 85.0}),
    "control_chart": ([d.controlled], {}, {}),
    "agreement_ladder": ([d.rated_areas], {"goal": 0.6}, {}),
    "agreement_sessions": ([d.rated_sessions], {"goal": 0.6}, {}),
    "tornado": ([d.assumptions], {"mode": 48_000.0}, {"mode": 48_000.0}),
}  # fmt: skip
# figure -> numbers (value, decimals) that its alt text must hold, read from the frames above by hand
NUMBERS = {
    "event_study": [(2.2905664, 1), (0.8905664, 1), (3.6905664, 1)],  # week 10: 2.3 - 1.4 exp(-5), half 1.4
    "forest": [(-1.2, 1), (3.4, 1)],
    "gain_by_group": [(-1.2, 1), (3.4, 1)],
    "gain_ladder": [(-1.2, 1), (3.4, 1)],
    "group_ladder": [(1.13, 2), (0.33, 2), (1.93, 2)],  # (-2 + 4 * 21 / 23)³ / 4 ± 0.8
    "pre_post_slope": [(10.0, 2), (10.1, 2), (14.0, 2), (14.1, 2)],
    "survey_bars": [(3.10, 2), (4.63, 2)],
    "love_plot": [(0.52, 2), (0.12, 2)],
    "root_cause_pareto": [(31, 1), (28, 1), (35, 1), (24, 1)],
    "cohort_timeline": [(45, 0)],
    "weekly_accuracy": [(88.3, 1), (89.8, 1), (88.2, 1), (87.7, 1)],
    "coverage_funnel": [(170, 0), (140, 0)],
    "policy_error_heatmap": [(13.0, 1)],
    "item_map": [(35, 0), (93, 0), (-0.2, 2)],
    "reach_curve": [(9, 0), (11, 0), (17, 0), (1.0, 1), (2.5, 1)],  # 1 + (8 / 7)³ = 2.5
    "cohort_heatmap": [(-1.44, 1), (2.52, 1)],
    "funnel": [(1.4, 2), (3.10, 2), (2.53, 2), (3.67, 2)],
    "kaplan_meier": [(5, 0), (8, 0)],  # 7 ln 2 = 4.9, 11 ln 2 = 7.6
    "learning_ramp": [(2, 0), (85.0, 1)],
    "control_chart": [(88.0, 1), (80.0, 1)],
    "agreement_ladder": [(0.25, 2), (0.85, 2), (0.15, 2), (0.75, 2)],
    "agreement_sessions": [(0.52, 2), (0.74, 2), (0.50, 2), (0.76, 2)],
    "tornado": [],
}


def frames(name):
    return [make() for make in SPECS[name][0]]


def draw(name, *given, voice=None, ax=None, **more):
    return getattr(figures, name)(*(given or frames(name)), **SPECS[name][1], **more, voice=voice, ax=ax)


def values(name, *given):
    return getattr(figures, f"{name}_values")(*(given or frames(name)), **SPECS[name][2])


def places(ax):
    """Return all coordinates that are drawn: lines, bands and bars, across and up."""
    lines = [np.asarray(xy, dtype=float) for line in ax.lines for xy in (line.get_xdata(), line.get_ydata())]
    bands = [path.vertices.ravel() for c in ax.collections for path in c.get_paths()]
    found = np.concatenate([np.ravel(part) for part in (*lines, *bands)])
    return found[np.isfinite(found)]


def test_every_figure_is_tested_here():
    assert set(SPECS) == set(NUMBERS) == set(FIGURES)
    assert {f"{name}_values" for name in FIGURES} == set(figures.__all__) - set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_axes_go_in_and_come_out(name):
    assert inspect.signature(getattr(figures, name)).parameters["ax"].default is None
    figure = Figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    assert draw(name, ax=right) is right
    assert not left.has_data()
    assert right.has_data() or right.texts or right.patches


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_its_words(name, language):
    have = catalogue(language)
    parts = ("title", "rose", "flat", "unclear", "alt", "caption")
    assert [part for part in parts if f"figure.{name}.{part}" not in have] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_the_alt_text_has_the_numbers_that_are_drawn(name, language):
    voice = d.speaker(language)
    alt = alt_text(voice, name, values(name))
    wanted = [voice.number(value, decimals) for value, decimals in NUMBERS[name]]
    if name == "tornado":
        wanted = [voice.money(amount) for amount in (48_000, -12_000, 131_000)]
    # a whole number, not the middle of another
    missing = [w for w in wanted if not re.search(rf"(?<![\d.,]){re.escape(w)}(?![\d]|[.,]\d)", alt)]
    assert missing == [], alt
    assert not re.search(r"{\w*}|\bnan\b", alt)
    assert not re.search(r"{\w*}|\bnan\b", title_text(voice, name, values(name)))


@pytest.mark.parametrize(
    "name",
    ["event_study", "forest", "gain_by_group", "gain_ladder", "pre_post_slope", "survey_bars", "weekly_accuracy",
     "funnel", "item_map", "agreement_ladder", "agreement_sessions"],
)  # fmt: skip
def test_every_interval_is_drawn_and_none_without_its_number(name):
    frame, *others = frames(name)
    drawn = places(draw(name, frame, *others))
    known = frame.dropna(subset=["conf_low", "conf_high"])
    wanted = known[["conf_low", "conf_high"]].to_numpy(dtype=float).ravel()
    lost = [limit for limit in wanted if np.abs(drawn - limit).min() > 1e-9]
    assert len(wanted) > 2
    assert lost == []
    bare = frame.assign(conf_low=NAN, conf_high=NAN)
    assert len(places(draw(name, bare, *others))) < len(drawn)


def test_the_group_of_a_ladder_has_its_interval():
    drawn = places(draw("group_ladder"))
    own = d.ladder()[1].set_index("group").loc["market 21"]
    assert np.abs(drawn - own["conf_low"]).min() < 1e-9
    assert np.abs(drawn - own["conf_high"]).min() < 1e-9


def test_survival_bands_stand_where_the_weekly_numbers_are():
    drawn = places(draw("kaplan_meier"))
    for curve in weekly_curves(d.ramp(), 10).values():
        for end in ("conf_low", "conf_high"):
            assert all(np.abs(drawn - 100 * limit).min() < 1e-9 for limit in curve[end])


def test_limits_of_a_control_chart_move_with_its_totals():
    drawn = places(draw("control_chart"))
    frame = d.controlled().dropna(subset="upper")
    assert frame["upper"].nunique() > 5
    assert all(np.abs(drawn - 100 * limit).min() < 1e-9 for limit in [*frame["lower"], *frame["upper"]])


def test_bold_numbers_of_a_heatmap_have_an_interval_without_zero():
    frame = d.cohorts()
    ax = draw("cohort_heatmap")
    cells = {(int(t.get_position()[1]), int(t.get_position()[0])): t for t in ax.texts}
    starts = sorted(frame["cohort"].unique())
    for row in frame.to_dict("records"):
        text = cells[starts.index(row["cohort"]), int(row["event_time"]) + 3]
        if math.isnan(row["estimate"]):
            assert text.get_text() == "–"
            continue
        assert text.get_text() == d.english().number(row["estimate"], 1, signed=True)
        assert (text.get_fontweight() == "bold") == (row["conf_low"] > 0 or row["conf_high"] < 0)
    assert len(cells) == len(frame)  # combinations that the frame lacks stay blank
    hatched = [p for p in ax.patches if p.get_hatch()]
    assert len(hatched) == 2
    few = frame[frame["event_time"].isin([0, 1, 2])]
    assert "to" in draw("cohort_heatmap", few).texts[0].get_text()  # with few columns the interval is written


# -- privacy: what the frame hides is nowhere in the drawing -------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in FIGURES if n not in ("reach_curve", "love_plot", "tornado")])
def test_a_frame_where_all_is_hidden_still_draws_and_says_no_number(name):
    given = frames(name)
    given = [f.assign(**{c: NAN for c in ("estimate", "n_people") if c in f}) for f in given]
    ax = draw(name, *given, voice=d.english())
    assert webp(ax)
    alt = alt_text(d.english(), name, values(name, *given))
    assert alt == d.english().text("figure.unknown.alt") or not re.search(r"nan|–", alt)


@pytest.mark.parametrize("name", [n for n in FIGURES if n != "reach_curve"])
def test_an_empty_frame_draws(name):
    given = [frame.iloc[:0] for frame in frames(name)]
    assert webp(draw(name, *given))
    alt_text(d.english(), name, values(name, *given))


@pytest.mark.parametrize("name", [n for n in FIGURES if n != "reach_curve"])
def test_one_row_draws(name):
    given = [frame.iloc[:1] for frame in frames(name)]
    if name == "group_ladder":
        given = [frame[frame["group"] == "market 21"] for frame in frames(name)]
    voice = d.english()
    assert d.crowded(draw(name, *given, voice=voice)) == []
    alt_text(voice, name, values(name, *given))


def test_few_people_have_no_survival_curve_and_no_step_shows_a_person():
    frame = d.ramp()
    curves = weekly_curves(frame, 10)
    assert list(curves) == ["Spring wave", "Autumn wave"]  # the pilot has 14 people
    for group, curve in curves.items():
        own = frame[frame["group"] == group]
        assert (curve["week"] == np.arange(len(curve))).all()
        assert (curve["waiting"] % 5 == 0).all()
        for row in curve.to_dict("records"):
            reached = own.loc[own["time"] <= row["week"], "estimate"]
            assert row["estimate"] == pytest.approx(1 - (reached.iloc[-1] if len(reached) else 1.0))
            # nothing is drawn where fewer than the threshold are still on the way
            assert ((own["time"] >= row["week"]).sum() + 4) >= 10
    ax = draw("kaplan_meier")
    said = " ".join(t.get_text() for t in d.texts(ax))
    assert "Pilot" not in said
    for line in (line for line in ax.lines if line.get_marker() in "os"):
        x = line.get_xdata()
        assert (np.diff(x) == 1).all()  # values at full weeks, joined by straight lines
        assert line.get_drawstyle() == "default"


def test_too_few_people_for_any_survival_curve_says_so():
    frame = d.ramp().query("group == 'Pilot'")
    ax = draw("kaplan_meier", frame, voice=d.english())
    assert "20" in " ".join(t.get_text() for t in ax.texts)
    assert alt_text(d.english(), "kaplan_meier", values("kaplan_meier", frame)) == d.english().text(
        "figure.unknown.alt"
    )


def test_a_curve_that_never_reaches_half_says_how_far_it_came():
    frame = d.ramp().query("group == 'Autumn wave' and time < 5")
    alt = alt_text(d.english(), "kaplan_meier", values("kaplan_meier", frame))
    # by week 4 as many of 48 as 1 - exp(-4 / 11) = 0.305 allows: 14
    assert "Autumn wave came to 29% by week 4" in alt


# -- by hand ------------------------------------------------------------------------------------------------------


def test_the_funnel_names_those_outside_and_only_those():
    frame = d.markets()
    ax = draw("funnel", voice=d.english())
    far = (frame["estimate"] - 1.4).abs() > 1.959964 * frame["std_error"]
    said = [t.get_text() for t in ax.texts]
    assert sorted(said) == sorted(frame.loc[far, "market"])
    assert 0 < far.sum() < len(frame)
    assert sum(line.get_marker() == "D" for line in ax.lines) == far.sum()
    found = values("funnel")
    assert (found["rows"], found["outside"], found["furthest"]) == (24, far.sum(), "Market 3")
    calm = frame[~far]
    assert "All lie within" in alt_text(d.english(), "funnel", values("funnel", calm))


def test_a_crowd_outside_the_funnel_is_counted():
    frame = d.markets(65).assign(std_error=0.05)
    ax = draw("funnel", frame, voice=d.english())
    outside = values("funnel", frame)["outside"]
    assert outside > 8
    assert len(ax.texts) == 8
    assert f"{outside - 8} more outside" in ax.get_xlabel()


def test_the_control_chart_marks_signals_by_shape():
    ax = draw("control_chart", voice=d.english())
    shapes = [line.get_marker() for line in ax.lines]
    assert (shapes.count("D"), shapes.count("s")) == (1, 2)
    assert [t.get_text() for t in ax.texts if t.get_fontweight() == "bold"] == ["80.0", "90.6"]
    found = values("control_chart")
    assert (found["weeks"], found["hidden"], found["signals"]) == (25, 1, 3)
    assert found["at"] == d.MONDAYS[13]
    quiet = d.controlled().assign(signal="")
    alt = alt_text(d.english(), "control_chart", values("control_chart", quiet))
    assert "No week is unusual" in alt
    runs = d.controlled()
    runs["signal"] = runs["signal"].where(runs["signal"] == "run_of_8", "")
    found = values("control_chart", runs)
    assert found["at"] == d.MONDAYS[25], "the last of the run; it lies within the limits"
    assert "No week lies beyond the usual range" in alt_text(d.english(), "control_chart", found)


def test_a_control_chart_of_numbered_periods_draws():
    frame = d.controlled().assign(period=range(26))
    ax = draw("control_chart", frame, voice=d.english())
    assert "Period" in ax.get_xlabel()
    assert "13 with" in alt_text(d.english(), "control_chart", values("control_chart", frame))


def test_limits_stay_within_0_and_100_per_cent():
    frame = d.controlled().assign(estimate=0.99, centre=0.99, upper=1.04, lower=0.94)
    assert places(draw("control_chart", frame)).max() <= d.MONDAYS.map(figures_day).max() + 8
    band = draw("control_chart", frame).collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == 100.0


def figures_day(day):
    return (day - pd.Timestamp("1970-01-05")).days


def test_the_tornado_is_sorted_and_its_ends_have_the_assumptions_values():
    ax = draw("tornado", voice=d.english(), reference=0.0)
    rows = [t.get_text().replace("\n", " ") for t in ax.get_yticklabels()]
    assert rows[0] == "Value of an avoided error"
    assert rows[3] == "Minutes of training"  # 16,000 wide, before the last with 6,000
    bars = [p for p in ax.patches if abs(p.get_height() - 0.56) < 1e-9]
    ends = {round(p.get_x() + p.get_width(), 3) for p in bars}
    assert ends == {*d.assumptions()["low"], *d.assumptions()["high"]}
    at = {t.get_text(): t.xy[0] for t in ax.texts}
    assert (at["2"], at["9"]) == (-12_000, 131_000)
    assert (at["60"], at["120"]) == (55_000, 39_000)  # more minutes cost more
    assert "expected: €48,000" in at
    with pytest.raises(ValueError, match="unit"):
        figures.tornado(d.assumptions(), mode=1.0, unit="euros")


def test_a_ratio_is_no_money():
    frame = d.assumptions().assign(low=lambda f: f["low"] / 20_000, high=lambda f: f["high"] / 20_000)
    ax = figures.tornado(frame, mode=2.4, unit="ratio", reference=1.0, voice=d.speaker("de"))
    said = " ".join(t.get_text() for t in d.texts(ax))
    assert "€" not in said
    assert "2,4" in said


def test_the_ladder_of_gains_has_a_mark_for_each_test():
    frame = d.climb()
    ax = draw("gain_ladder", voice=d.english())
    marks = [line for line in ax.lines if line.get_marker() in "oD"]
    assert len(marks) == frame["estimate"].notna().sum() == 14
    # groups(5): -1.2 to 3.4 in equal steps, each ± 1.04, the third one hidden
    assert [t.get_text() for t in ax.texts] == [
        "−1.2 (−2.2 to −0.2)",
        "−0.1 (−1.1 to 1.0)",
        "–",
        "+2.2 (1.2 to 3.3)",
        "+3.4 (2.4 to 4.4)",
        "gain",
    ]
    without = alt_text(d.english(), "gain_ladder", figures.gain_ladder_values(frame))
    assert "10.00 to 12.80" in without


# -- sizes, names and languages --------------------------------------------------------------------------------------


def many(n=65):
    return {
        "forest": [d.groups(n)],
        "gain_by_group": [d.groups(n)],
        "gain_ladder": [
            pd.concat([d.waves(1).assign(group=name) for name in d.groups(n)["group"]]), d.groups(n)
        ],
        "survey_bars": [ratings().assign(n_people=NAN).iloc[[0]].loc[[0] * n].assign(
            construct=[f"{d.LONG} {i}" for i in range(n)]
        )],
        "love_plot": [pd.concat([d.balance()] * 16).assign(term=[f"{d.LONG} {i}" for i in range(64)])],
        "funnel": [d.markets(n)],
        "cohort_heatmap": [pd.DataFrame(
            [(c, t, c - 5.5 + t / 7, c - 7.0, c - 3.0) for c in range(n) for t in range(-20, 21)],
            columns=["cohort", "event_time", "estimate", "conf_low", "conf_high"],
        )],
        "tornado": [pd.concat([d.assumptions()] * 13).assign(assumption=[f"{d.LONG} {i}" for i in range(n)])],
        "policy_error_heatmap": [pd.DataFrame(
            [(f"area {i}", kind, 2.0 + i % 7) for i in range(n) for kind in ("false_positive", "technical")],
            columns=["policy_area", "error_type", "estimate"],
        )],
    }  # fmt: skip


# One figure of each way to make room: rows, pairs of rows, cells.
CROWDED = {"forest", "gain_by_group", "cohort_heatmap"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in CROWDED else pytest.mark.thorough) for name in many()]
)
def test_sixty_five_rows_have_room(name):
    given = many()[name]
    assert d.crowded(draw(name, *given, voice=d.speaker("de"))) == []
    assert alt_text(d.speaker("de"), name, values(name, *given))


SHAPES = [(n, times) for n in (1, 3, 14) for times in (3, 9, 14, 30)]
QUICK = {(1, 3), (3, 14), (14, 30)}


@pytest.mark.parametrize(
    ("n", "times"),
    [pytest.param(*shape, marks=() if shape in QUICK else pytest.mark.thorough) for shape in SHAPES],
)
def test_a_heatmap_of_any_shape_has_room(n, times):
    """In each language; numbers and dates take turns, so that each language has both of them in many shapes."""
    frame = pd.DataFrame(
        [(c, t, 1.1 * c - t, 1.1 * c - t - 2.0, 1.1 * c - t + 2.0) for c in range(n) for t in range(times)],
        columns=["cohort", "event_time", "estimate", "conf_low", "conf_high"],
    )
    dated = frame.assign(cohort=pd.Timestamp("2026-01-05") + pd.to_timedelta(7 * frame["cohort"], unit="D"))
    for turn, language in enumerate(("en", "de", "ar"), SHAPES.index((n, times))):
        cells = (frame, dated)[turn % 2]
        assert d.crowded(figures.cohort_heatmap(cells, voice=d.speaker(language))) == []


def test_negative_and_tiny_numbers_have_room():
    for factor in (-1.0, 1e-3, 1e3):
        frame = d.groups(6)
        frame[["estimate", "conf_low", "conf_high"]] *= factor
        frame[["conf_low", "conf_high"]] = np.sort(frame[["conf_low", "conf_high"]], axis=1)
        assert d.crowded(figures.forest(frame, "group", voice=d.english())) == []
        money = d.assumptions().assign(
            low=lambda f, k=factor: k * f["low"], high=lambda f, k=factor: k * f["high"]
        )
        assert d.crowded(figures.tornado(money, mode=48_000 * factor, voice=d.speaker("de"))) == []


@pytest.mark.parametrize("name", FIGURES)
def test_drawing_warns_of_nothing(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pixels(draw(name, voice=d.speaker("ar")))


# -- titles and alt texts are true in every branch ---------------------------------------------------------------


def test_a_gain_stands_beside_the_means_of_its_own_group():
    frame = pd.DataFrame(
        [
            (g, w, e, e - 1, e + 1)
            for g, b in (("A", 10.0), ("B", 5.0))
            for w, e in (("pre", b), ("post", b + 4))
        ],
        columns=["group", "wave", "estimate", "conf_low", "conf_high"],
    )
    gains = pd.DataFrame(
        {"group": ["A", "B"], "estimate": [4.0, NAN], "conf_low": [3, NAN], "conf_high": [5, NAN]}
    )
    alt = alt_text(d.english(), "gain_ladder", figures.gain_ladder_values(frame, gains))
    assert "before the training: 10.0; after it: 14.0" in alt


def test_nothing_is_said_of_all_where_some_are_hidden_and_no_title_is_left_open():
    say = d.english()
    rated = pd.DataFrame({"construct": list("xyz"), "estimate": [4, 3, NAN], "conf_low": [3.5, 2.5, NAN],
                          "conf_high": [4.5, 3.5, NAN]})  # fmt: skip
    assert title_text(say, "survey_bars", figures.survey_bars_values(rated)) == say.text(
        "figure.survey_bars.title"
    )
    row = {"assumption": "hours", "low": 1.0, "high": 2.0, "low_value": 3.0, "high_value": 4.0}
    bars = pd.DataFrame([row]).iloc[:0]
    assert title_text(say, "tornado", figures.tornado_values(bars, mode=1.0)) == say.text(
        "figure.tornado.title"
    )
    unknown = figures.funnel_values(d.markets(), "market", mean=NAN)
    assert title_text(say, "funnel", unknown) == say.text("figure.funnel.title")


def test_weeks_of_survival_curves_are_of_the_groups_that_came_to_half():
    def curve(group, half):
        time = np.arange(1.0, 9.0)
        left = np.where(time >= half, 0.4, 0.8)
        return pd.DataFrame({"group": group, "time": time, "estimate": left, "conf_low": left - 0.1,
                             "conf_high": left + 0.1, "n_at_risk": 60})  # fmt: skip

    say = d.english()
    some = figures.kaplan_meier_values(pd.concat([curve("A", 4), curve("B", 99)]))
    assert title_text(say, "kaplan_meier", some).endswith("1 of 2")
    assert "the soonest A by week 4" in alt_text(say, "kaplan_meier", some)
    same = figures.kaplan_meier_values(pd.concat([curve("A", 4), curve("B", 4)]))
    assert title_text(say, "kaplan_meier", same).endswith("by week 4")


def test_cells_before_the_training_are_no_effects():
    frame = pd.DataFrame({"cohort": 1, "event_time": [-2, 0, 1], "estimate": [1.5, 0.5, 2.0],
                          "conf_low": [1.0, -0.5, 1.0], "conf_high": [2.0, 1.5, 3.0]})  # fmt: skip
    values = figures.cohort_heatmap_values(frame)
    assert (values["effects"], values["effects_above"], values["above_zero"]) == (2, 1, 2)


def test_the_first_week_is_the_first_that_is_shown():
    frame = pd.DataFrame({"week": d.MONDAYS[:3], "group": "all", "estimate": [NAN, 80.0, 81.0],
                          "conf_low": [NAN, 79.0, 80.0], "conf_high": [NAN, 81.0, 82.0]})  # fmt: skip
    values = figures.weekly_accuracy_values(frame)
    assert (values["from"], values["weeks"]) == (d.MONDAYS[1], 2)


def test_nearly_everybody_is_not_everybody():
    frame = pd.DataFrame({"stage": ["assigned", "completed"], "n_people": [100, 100]})
    assert "100 · > 95%" in [t.get_text() for t in figures.coverage_funnel(frame).texts]


def test_a_dollar_sign_in_a_name_is_a_dollar_sign():
    """Two of them would else begin a formula, which stops where it is none."""
    frame = d.groups().assign(group=[r"$\frac$", *d.groups()["group"].iloc[1:]])
    ax = draw("forest", frame, voice=d.english())
    ax.figure.savefig(io.BytesIO())
