"""The figures look as they did: a moved word is noticed, another way of drawing letters is not."""

import pytest
from matplotlib.text import Annotation
from matplotlib.transforms import ScaledTranslation

from tests.report.baselines import FOLDER, LIMIT, apart, baseline, picture, unhinted
from tests.report.drawings import ALL, english, texts
from tne.report.image import figure_of


def test_every_figure_has_a_picture_and_they_are_small():
    assert {path.stem for path in FOLDER.iterdir()} == set(ALL)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 300_000


@pytest.mark.parametrize("name", ALL)
def test_the_figure_looks_as_it_did(name):
    with unhinted():
        now = picture(ALL[name](english()))
    off = apart(now, baseline(name))
    assert off < LIMIT, (
        f"{name} differs by {off:.0f}. Look at it; if it is right: python -m tests.report.baselines"
    )


@pytest.mark.parametrize("name", ALL)
def test_other_soft_edges_of_letters_pass(name):
    """Drawn at three times the size and shrunk, letters stand where they were with other edges."""
    with unhinted():
        assert apart(picture(ALL[name](english()), scale=3), baseline(name)) < LIMIT


@pytest.mark.parametrize("name", ALL)
def test_a_moved_word_is_noticed(name):
    with unhinted():
        ax = ALL[name](english())
        picture(ax)
        figure_of(ax).set_layout_engine("none")
        word = max(texts(ax), key=lambda text: len(text.get_text()))
        before = word.get_window_extent().x0
        move(word, 12)
        moved = picture(ax)
        assert word.get_window_extent().x0 - before == pytest.approx(12, abs=0.5)
    assert apart(moved, baseline(name)) > LIMIT


def move(text, by):
    """Move a text to the right by pixels of the report."""
    step = ScaledTranslation(by / 100, 0, text.get_figure(root=True).dpi_scale_trans)
    if not isinstance(text, Annotation):
        text.set_transform(text.get_transform() + step)
        return
    place = text.update_positions  # an annotation finds its place anew whenever it is drawn

    def elsewhere(renderer):
        place(renderer)
        text.set_transform(text.get_transform() + step)

    text.update_positions = elsewhere


def test_a_lost_interval_is_noticed():
    with unhinted():
        ax = ALL["forest"](english())
        line = next(line for line in ax.lines if line.get_linewidth() == 2.2)
        line.remove()
        assert apart(picture(ax), baseline("forest")) > LIMIT


def test_another_colour_is_noticed():
    with unhinted():
        ax = ALL["cohort_timeline"](english())
        for bar in ax.patches:
            bar.set_facecolor("#a8480a")
        assert apart(picture(ax), baseline("cohort_timeline")) > LIMIT
