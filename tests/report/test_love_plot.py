"""The figure of balance: what is drawn, what is not, and its numbers."""

import math

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from tne.report import figures
from tne.report.voice import voice

LANGUAGES = {"en": "GB", "de": "DE", "es": "ES", "fr": "FR", "pt": "BR"}


def balance(after=(0.02, -0.05, math.nan)):
    return pd.DataFrame(
        {"term": ["age", "tenure", "team"], "smd_before": [0.1, -0.62, 0.3], "smd_after": after}
    )


def dots(ax):
    """Return (x, row, filled) of every dot."""
    drawn = [line for line in ax.lines if line.get_marker() == "o"]
    filled = [line.get_markerfacecolor() == line.get_markeredgecolor() for line in drawn]
    return [
        (line.get_xdata()[0], line.get_ydata()[0], full) for line, full in zip(drawn, filled, strict=True)
    ]


def test_dots_stand_where_the_numbers_are_largest_first():
    ax = figures.love_plot(balance())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["tenure", "team", "age"]
    assert dots(ax) == [
        (-0.62, 0, False), (-0.05, 0, True), (0.3, 1, False), (0.1, 2, False), (0.02, 2, True)
    ]  # fmt: skip
    low, high = ax.get_xlim()
    assert low < -0.62
    assert high > 0.3
    plt.close(ax.figure)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_in_the_readers_language(language):
    say = voice({"market": LANGUAGES[language], "name": "x", "language": language})
    ax = figures.love_plot(balance(), voice=say)
    assert ax.get_ylabel() == say.text("draw.before_and_after_weighting")
    assert ax.get_xlabel().replace("\n", " ") == say.text("draw.standard_deviations_apart")
    plt.close(ax.figure)


def test_without_weights_or_confounders_it_still_draws():
    ax = figures.love_plot(balance(after=math.nan))
    assert not any(full for *_, full in dots(ax))
    plt.close(ax.figure)
    empty = figures.love_plot(balance().iloc[:0])
    assert dots(empty) == []
    plt.close(empty.figure)
    with pytest.raises(KeyError, match="smd_after"):
        figures.love_plot(balance().drop(columns="smd_after"))


def test_values_by_hand():
    assert figures.love_plot_values(balance()) == {
        "rows": 3,
        "largest_before": 0.62,
        "largest_before_term": "tenure",
        "apart_before": 2,
        "largest_after": 0.05,
        "largest_after_term": "tenure",
        "apart_after": 0,
        "alt": "alt",
    }
    none = figures.love_plot_values(balance().iloc[:0])
    assert none["rows"] == 0
    assert math.isnan(none["largest_before"])
