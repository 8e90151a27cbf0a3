"""The controls without a browser: what stands when, and that no part belongs to another choice."""

from __future__ import annotations

import pytest

from tne.desk import accuracy
from tne.desk.answer import answer
from tne.desk.choices import Choice
from tne.desk.shelf import Shelf

pytest.importorskip("ipywidgets", reason="ipywidgets is not installed here")

from tne.desk.controls import Asking


@pytest.fixture
def asking(sample):
    """The controls on a shelf where nothing is made yet, and what the place of figure and checks held, in order."""
    one = Asking(Shelf(sample.ws, sample.state), Choice("accuracy"))
    held: list[tuple[str, str]] = []
    one._body.observe(lambda change: held.append((one._lead.value, change["new"])), "value")
    return one, held


def test_the_number_does_not_wait_for_its_figure(asking):
    one, held = asking
    one._go(Choice("accuracy", "ES"))
    (lead, first), (same, last) = held
    assert lead == same == one._lead.value
    assert "In Spain" in lead
    assert "The figure is being drawn" in first
    assert "<img" not in first
    assert "<img" in last
    assert "being drawn" not in last
    assert "Checks" in first
    assert "Checks" in last


def test_a_figure_that_is_there_or_will_never_be_is_not_announced(asking):
    one, held = asking
    one._go(Choice("accuracy", "ES"))
    one._go(Choice("accuracy", "ES", "onboarding"))
    one._go(Choice("accuracy", "ES"))
    assert ["being drawn" in body for _, body in held] == [True, False, False, False]
    assert "<img" in held[-1][1]


@pytest.mark.parametrize("kind", [ValueError, RuntimeError])
def test_a_figure_that_cannot_be_drawn_leaves_number_and_checks(asking, monkeypatch, kind):
    def broken(*_):
        raise kind("The axis is too short.")

    monkeypatch.setattr(accuracy, "_weekly", broken)
    one, held = asking
    one._go(Choice("accuracy", "ES"))
    assert "In Spain" in one._lead.value
    for told in ("No figure.", "The axis is too short.", "Checks", "Every number of the result"):
        assert told in held[-1][1]
        assert told in answer(one._walk.shelf, one.choice)._repr_html_()
    assert one.choice == Choice("accuracy", "ES")


def test_who_stops_the_drawing_is_told_so(asking, monkeypatch):
    draw, pressed = accuracy._weekly, []

    def stopped(*given):
        if pressed:
            return draw(*given)
        pressed.append(True)
        raise KeyboardInterrupt

    monkeypatch.setattr(accuracy, "_weekly", stopped)
    one, held = asking
    with pytest.raises(KeyboardInterrupt):
        one._go(Choice("accuracy", "ES"))
    assert "being drawn" not in held[-1][1]
    assert "The figure was not drawn." in held[-1][1]
    assert "Checks" in held[-1][1]
    one._go(Choice("accuracy"))
    one._go(Choice("accuracy", "ES"))
    assert "<img" in held[-1][1]
