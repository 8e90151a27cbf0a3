"""The figures: what is drawn and what is not, texts that do not collide, and the same bytes each time."""

import base64
import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from tests.report.drawings import (
    ALL,
    LANGUAGES,
    MONDAYS,
    NAN,
    an_event_study,
    crowded,
    english,
    errors,
    groups,
    ladder,
    speaker,
    texts,
    waves,
    weekly,
)
from tne.report import figures
from tne.report.disclosure import publishable_frame
from tne.report.figures.canvas import GRID, INK, PAPER, TRAINED, house_style
from tne.report.image import data_uri, figure_of, pixels, png, size_at_one, webp


@pytest.mark.parametrize("language", [*LANGUAGES, "ar"])
@pytest.mark.parametrize("name", ALL)
def test_texts_do_not_collide_or_leave_the_paper(name, language):
    assert crowded(ALL[name](speaker(language))) == []


def test_words_that_are_cut_or_lie_over_each_other_are_found():
    ax = ALL["forest"](english())
    ax.text(0.5, 0.5, "one above", transform=ax.transAxes)
    ax.text(0.5, 0.5, "another", transform=ax.transAxes)
    ax.text(0.99, 0.1, "beyond the edge of the paper", transform=ax.transAxes).set_in_layout(False)
    found = crowded(ax)
    assert "'beyond the edge of the paper' is cut" in found
    assert any(said.startswith("'one above' and 'another' overlap by") for said in found)


@pytest.mark.parametrize("name", ALL)
def test_text_is_legible_on_a_phone(name):
    """12 points on 640 pixels are 9 pixels where a phone shows the figure 350 pixels wide."""
    ax = ALL[name](english())
    FigureCanvasAgg(figure_of(ax)).draw()
    assert min(t.get_fontsize() for t in texts(ax)) >= 12
    assert figure_of(ax).get_figwidth() == 6.4


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.thorough if at % 5 else ()) for at, name in enumerate(ALL)]
)
def test_an_image_is_the_same_each_time_the_smallest_of_the_formats_and_looks_as_drawn(name):
    ax = ALL[name](english())
    published = webp(ax)
    assert published == webp(ALL[name](english()))
    assert len(published) < 40_000
    assert (published[:4], published[8:16]) == (b"RIFF", b"WEBPVP8L")  # without loss, no chunk for metadata
    paths = io.BytesIO()
    with house_style():
        figure_of(ax).savefig(paths, format="svg", metadata={"Date": None, "Creator": None})
    assert len(published) < len(png(ax))
    assert len(published) < len(paths.getvalue())
    # flat colours are exact, and no pixel is further off than an eye can see in a line's soft edge
    drawn = pixels(ALL[name](english())).astype(int)  # laid out once, as the published one was
    shown = np.asarray(Image.open(io.BytesIO(published)).convert("RGB"), dtype=int)
    for colour in (PAPER, INK, TRAINED, GRID):
        flat = (drawn == np.round(np.multiply(to_rgb(colour), 255))).all(axis=-1)
        assert (shown[flat] == drawn[flat]).all(), f"{colour} is shifted"
    off = np.abs(shown - drawn).max(axis=-1)
    assert off.max() <= 64
    assert (off > 0).mean() < 0.05


def test_flowing_colours_are_all_kept():
    figure = Figure(figsize=(2, 2), dpi=100)
    figure.add_axes((0, 0, 1, 1)).imshow(np.arange(40_000).reshape(200, 200), cmap="viridis")
    shown = np.asarray(Image.open(io.BytesIO(webp(figure))).convert("RGB"))
    assert (shown == pixels(figure)).all()
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 200


def test_session_settings_neither_leak_in_nor_out():
    plain = webp(ALL["event_study"](english()))
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "lines.linewidth": 9, "figure.dpi": 33}):
        before = dict(mpl.rcParams)
        assert webp(ALL["event_study"](english())) == plain
        assert dict(mpl.rcParams) == before


def test_pyplot_keeps_no_figure():
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    for draw in ALL.values():
        draw(english())
    assert pyplot.get_fignums() == before


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: figures.event_study(an_event_study(), ax=ax),
        lambda ax: figures.forest(groups(), "group", ax=ax),
        lambda ax: figures.policy_error_heatmap(errors(), ax=ax),
    ],
)
def test_the_callers_axes_are_used(draw):
    ax = Figure().add_subplot()
    assert draw(ax) is ax


def test_image_is_twice_the_size_and_the_figure_keeps_its_own():
    ax = ALL["event_study"](english())
    assert size_at_one(ax) == (640, 360)
    assert pixels(ax).shape == (720, 1280, 3)
    assert size_at_one(figure_of(ax)) == (640, 360)
    assert data_uri(ax) == "data:image/webp;base64," + base64.b64encode(webp(ax)).decode()
    quick = Image.open(io.BytesIO(base64.b64decode(data_uri(ax, quick=True).partition(",")[2])))
    assert quick.format == "PNG"
    assert np.array_equal(np.asarray(quick), pixels(ax))
    with pytest.raises(TypeError, match="Axes or Figure"):
        webp("figure")


def test_event_study_has_a_mark_for_each_known_week():
    frame = an_event_study()
    ax = figures.event_study(frame, voice=english(), band="simultaneous")
    points = [line for line in ax.lines if line.get_marker() == "o"]
    known = frame.dropna(subset="estimate")
    assert len(points) == len(known) == 16
    filled = {float(line.get_xdata()[0]): line.get_markerfacecolor() != "#ffffff" for line in points}
    assert all(filled[t] == (t >= 0) for t in filled)
    assert 8.0 not in filled  # the hidden week
    intervals = [
        line for line in ax.lines if line.get_marker() in ("None", "") and len(set(line.get_xdata())) == 1
    ]
    assert len(intervals) == 15 + 1  # one an estimate without the reference week, and the training week
    assert "points" in ax.get_ylabel()
    assert "all weeks together" in ax.get_ylabel()
    assert "training week" in [t.get_text() for t in ax.texts]


def test_pointwise_intervals_are_called_so():
    ax = figures.event_study(an_event_study().assign(conf_level=0.9), voice=english())
    assert ax.get_title(loc="left") == "Difference in accuracy, points · 90% intervals"


@pytest.mark.parametrize("name", ["gain_by_group", "forest", "survey_bars"])
def test_hidden_rows_keep_their_name_and_get_a_dash(name):
    ax = ALL[name](english())
    rows = len(ax.get_yticklabels())
    drawn = sorted(float(line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "o")
    assert drawn == [float(y) for y in range(rows) if y != 2]
    assert [t.get_text() for t in ax.texts if t.get_text() == "–"] == ["–"]


def test_a_gated_frame_draws_only_what_passed():
    raw = groups(5, hidden=()).assign(n_people=[44, 9, 30, 3, 12])
    ax = figures.forest(publishable_frame(raw), "group", voice=english())
    drawn = {float(line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "o"}
    assert drawn == {0.0, 2.0, 4.0}
    assert [t.get_text() for t in ax.texts].count("–") == 2


def test_weekly_accuracy_leaves_a_gap_and_reads_shares():
    frame = weekly()
    ax = figures.weekly_accuracy(frame, voice=english(), training_weeks=MONDAYS[12:16])
    trained = next(line for line in ax.lines if line.get_marker() == "o")
    assert np.isnan(trained.get_ydata()[[20, 21]]).all()
    assert np.isfinite(np.delete(trained.get_ydata(), [20, 21])).all()
    columns = ["estimate", "conf_low", "conf_high"]
    shares = frame.assign(**{c: frame[c] / 100 for c in columns}, unit="share")
    same = figures.weekly_accuracy(shares, voice=english(), training_weeks=MONDAYS[12:16])
    assert webp(same) == webp(ax)
    flags = next(line for line in ax.lines if line.get_marker() == "^")
    assert len(flags.get_xdata()) == 4
    assert [t.get_text() for t in ax.texts][:2] == ["trained", "not yet\ntrained"]


def test_heatmap_cells_by_hand():
    ax = figures.policy_error_heatmap(errors(), voice=english())
    said = [t.get_text() for t in ax.texts]
    numbers = [f"{1 + 3 * i + j:.1f}" for i in range(4) for j in range(4)]
    for position, text in ((3, "–"), (7, "–"), (9, "<5")):
        numbers[position] = text
    assert said == numbers
    assert said.count("–") == 2
    assert said.count("<5") == 1
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    assert [(p.get_x(), p.get_y()) for p in hatched] == [(3, 0), (3, 1)]
    with pytest.raises(ValueError, match="twice"):
        figures.policy_error_heatmap(pd.concat([errors(), errors()]))


def test_funnel_and_timeline_draw_no_hidden_count():
    funnel = ALL["coverage_funnel"](english())
    assert [bar.get_width() for bar in funnel.patches] == [170, 140]
    assert [t.get_text() for t in funnel.texts] == ["170", "–", "140 · 82%"]
    timeline = ALL["cohort_timeline"](english())
    assert sorted(bar.get_height() for bar in timeline.patches) == [10, 20, 25, 30, 45]


def test_ladder_names_one_group_only():
    raw, shrunken = ladder()
    ax = figures.group_ladder(raw, shrunken, own="market 21", voice=english(), name="Germany")
    said = " ".join(t.get_text() for t in texts(ax))
    assert "Germany" in said
    assert not [n for n in shrunken["group"] if n in said]
    dots = max((c.get_offsets() for c in ax.collections), key=len)
    assert len(dots) == 23
    assert "23 other groups, without their names" in said


def test_ladder_without_the_own_group_names_none():
    raw, shrunken = ladder()
    shrunken.loc[shrunken["group"] == "market 21", ["estimate", "conf_low", "conf_high"]] = NAN
    ax = figures.group_ladder(raw, shrunken, own="market 21", voice=english(), name="Germany")
    assert "Germany" not in " ".join(t.get_text() for t in texts(ax))
    assert not [line for line in ax.lines if line.get_marker() == "o"]


def test_too_many_groups_are_refused():
    with pytest.raises(ValueError, match="forest"):
        figures.pre_post_slope(pd.concat([waves(6), waves(1).assign(group="seventh")]))


def test_missing_columns_are_named():
    with pytest.raises(KeyError, match="conf_low"):
        figures.event_study(pd.DataFrame({"event_time": [0], "estimate": [1.0], "conf_high": [2.0]}))


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.event_study(an_event_study().assign(estimate=NAN)),
        lambda: figures.forest(groups().assign(estimate=NAN, conf_low=NAN, conf_high=NAN), "group"),
        lambda: figures.weekly_accuracy(weekly().assign(estimate=NAN)),
        lambda: figures.pre_post_slope(waves().assign(estimate=NAN)),
        lambda: figures.policy_error_heatmap(errors().assign(estimate=NAN, note="few_people")),
        lambda: figures.coverage_funnel(pd.DataFrame({"stage": ["assigned"], "n_people": [NAN]})),
        lambda: figures.cohort_timeline(pd.DataFrame({"week": MONDAYS[:2], "n_people": [NAN, NAN]})),
        lambda: figures.survey_bars(groups(2, "construct", hidden=()).assign(estimate=NAN)),
    ],
)
def test_a_frame_where_all_is_hidden_still_draws(draw):
    assert webp(draw())


def test_values_for_alt_texts_by_hand():
    values = figures.event_study_values(an_event_study())
    assert (values["weeks_before"], values["weeks_after"], values["hidden"]) == (6, 10, 1)
    assert values["first"] == pytest.approx(0.9)
    assert values["furthest_at"] == 10
    forest = figures.forest_values(groups(), "group")
    assert (forest["rows"], forest["hidden"], forest["highest_value"]) == (3, 1, pytest.approx(3.4))
    assert (forest["above_zero"], forest["below_zero"]) == (1, 1)
    slope = figures.pre_post_slope_values(waves())
    assert (slope["pre_lowest"], slope["post_highest"]) == (10.0, pytest.approx(14.1))
    week = figures.weekly_accuracy_values(weekly())
    assert (week["trained_first"], week["not_yet_last"]) == (pytest.approx(88.3), pytest.approx(87.7))
    funnel = figures.coverage_funnel_values(
        pd.DataFrame({"stage": ["assigned", "completed"], "n_people": [170, 140]})
    )
    assert isinstance(funnel["assigned"], int)  # else "170.0" in the alt text
    assert funnel == {"assigned": 170, "completed": 140, "share": pytest.approx(140 / 170)}
    worst = figures.policy_error_heatmap_values(errors())
    assert (worst["highest"], worst["highest_kind"], worst["hidden"]) == (13.0, "technical", 2)
    own = figures.group_ladder_values(*ladder(), own="market 21")
    assert own["groups"] == 24
    assert own["raw"] == pytest.approx(1.6 * own["value"])
    timeline = figures.cohort_timeline_values(pd.DataFrame({"week": MONDAYS[:3], "n_people": [25, NAN, 45]}))
    assert (timeline["people"], timeline["most"], timeline["most_at"]) == (70, 45, MONDAYS[2])
    survey = figures.survey_bars_values(groups(2, "construct", hidden=()))
    assert survey["highest_value"] == pytest.approx(3.4)
