"""Invented programme effects with the attributes that a report reads."""

import datetime as dt
import math
from types import SimpleNamespace

import pytest

from tne import say
from tne.result import Estimate

NAN = math.nan
DECISIONS = {
    "scale": ("effective", "above_minimum"),
    "keep": ("effective", "above_zero_below_minimum"),
    "revise": ("not_effective", "below_minimum"),
    "stop": ("not_effective", "harmful"),
    "measure_better": ("cannot_tell", "interval_too_wide"),
}


def estimate(value=2.4137, low=1.3402, high=3.4871, people=44.0, **more):
    note = "" if math.isfinite(value) else "there is nobody to compare with"
    fields = {"n": 41297.0, "n_people_total": 2 * people, "unit": "points", "comparison": "not yet trained"}
    return Estimate(
        term="effect",
        estimate=value,
        conf_low=low,
        conf_high=high,
        n_people=people,
        note=note,
        **fields | more,
    )


def effect(name="P1", action="scale", value=2.4137, low=1.3402, high=3.4871, people=44.0, **more):
    verdict, reason = DECISIONS[action]
    design = more.pop("design", "staggered")
    grade = SimpleNamespace(
        letter=more.pop("letter", "B"),
        precision=more.pop("precision", "conclusive"),
        design=design,
        reasons=more.pop("reasons", (f"design_{design}",)),
        would_raise=more.pop("would_raise", ("randomise_next_wave",)),
    )
    decision = SimpleNamespace(
        verdict=verdict,
        action=action,
        owner_role="training_lead",
        due=dt.date(2026, 10, 30),
        reason=more.pop("reason", reason),
        detectable=more.pop("detectable", NAN),
        people_needed=more.pop("people_needed", NAN),
        level=0.005,
    )
    found = estimate(value, low, high, people)
    fields = {
        "title": f"Programme {name}",
        "transferable": found,
        "event_study": None,
        "naive": None,
        "regression_to_mean": NAN,
        "n_trained": 124.0,
        "n_comparison": people,
        "minimum_effect": 1.0,
        "planned": True,
        "plan_hash": "abc",
        "checks": (),
    }
    return SimpleNamespace(
        programme_id=name, design=design, effect=found, grade=grade, decision=decision, **fields | more
    )


def learning(value=2.4137, low=1.3402, high=3.4871, people=61.0, checks=(), **more):
    """What `tne.learning_summary` returns, with the gain alone unless more is given."""
    gain = estimate(value, low, high, people)
    gone = estimate(0.31, 0.22, 0.43, 88.0, unit="share", n=88.0, n_people_total=88.0)
    nothing = dict.fromkeys(
        ("weighted", "imputed", "standardized", "normalized", "mastery", "reliable", "against", "waiting")
    )
    fields = {"max_score": 20.0, "pass_share": 0.8, "same_scale": True, "attrition": gone, "retention": None}
    return SimpleNamespace(gain=gain, checks=checks, **nothing | fields | more)


@pytest.fixture
def make_learning():
    return learning


@pytest.fixture
def make_estimate():
    return estimate


@pytest.fixture
def make_effect():
    return effect


@pytest.fixture
def speak():
    def make(language="en", market="DE", **more):
        row = {"market": market, "name": "Some market", "language": "de", "timezone": "Europe/Berlin"}
        options = {
            "period": "2026Q3",
            "as_of": dt.datetime(2026, 9, 30, 20, tzinfo=dt.UTC),
            "strict": True,
            **more,
        }
        return say.voice(row, language=language, **options)

    return make
