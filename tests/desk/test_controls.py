"""The controls without a browser: what stands when, and that no part belongs to another choice."""

from __future__ import annotations

import pytest

from tne.desk import accuracy
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


def test_a_figure_that_cannot_be_drawn_leaves_the_number(asking, monkeypatch):
    def broken(*_):
        raise ValueError("The axis is too short.")

    monkeypatch.setattr(accuracy, "_weekly", broken)
    one, held = asking
    one._go(Choice("accuracy", "ES"))
    assert "In Spain" in one._lead.value
    assert "No figure." in held[-1][1]
    assert "The axis is too short." in held[-1][1]
    assert one.choice == Choice("accuracy", "ES")
