"""Plans: frozen before the start, once, and never changed unnoticed."""

import hashlib
import json

import pandas as pd
import pytest
import small_company as small

import tne
from tne.tables.plans import freeze, read_plans, verify
from tne.tables.store import write_tables

BEFORE = pd.Timestamp("2026-03-01 12:00", tz="UTC")


@pytest.fixture
def root(tmp_path):
    more = small.programmes(programme_id="q", target_policy_areas="spam;hate", minimum_effect=None)
    programmes = pd.concat([small.programmes(), more], ignore_index=True)
    write_tables({"markets": small.markets(), "programmes": programmes}, tmp_path)
    return tmp_path


def test_freeze_writes_the_plan_and_its_hash(root):
    plan = freeze(tne.open(root), "p", BEFORE)
    ws = tne.open(root)
    assert ws.plan("p") == plan
    assert ws.plan("q") is None
    assert ws.n_primary == 2
    assert plan["markets"] == ["BR", "DE"]
    assert (plan["minimum_effect"], plan["frozen_at"]) == (1.5, "2026-03-01T12:00:00Z")
    rest = {k: v for k, v in plan.items() if k != "sha256"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    assert plan["sha256"] == hashlib.sha256(canonical.encode()).hexdigest()


def test_markets_of_a_plan_are_those_that_take_part(root):
    write_tables({"sessions": small.sessions([("s1", "DE", "2026-03-10 09:00")])}, root)
    assert freeze(tne.open(root), "p", BEFORE)["markets"] == ["DE"]


@pytest.mark.parametrize("now", ["2026-03-09 00:00", "2026-04-01 09:00"])
def test_a_started_programme_cannot_be_planned(root, now):
    with pytest.raises(ValueError, match="exploratory"):
        freeze(tne.open(root), "p", pd.Timestamp(now))
    assert not (root / "plans.json").exists()


def test_a_plan_is_frozen_once_and_needs_what_decides(root):
    freeze(tne.open(root), "p", BEFORE)
    with pytest.raises(ValueError, match="cannot be changed"):
        freeze(tne.open(root), "p", BEFORE)
    with pytest.raises(ValueError, match="minimum_effect"):
        freeze(tne.open(root), "q", BEFORE)


@pytest.mark.parametrize("field", ["minimum_effect", "window_weeks", "frozen_at", "starts_on"])
def test_a_changed_plan_is_refused(root, field):
    freeze(tne.open(root), "p", BEFORE)
    path = root / "plans.json"
    plans = json.loads(path.read_text())
    plans[0][field] = "2026-02-01" if isinstance(plans[0][field], str) else 1
    path.write_text(json.dumps(plans))
    assert not verify(plans[0])
    with pytest.raises(ValueError, match="plans of p differ"):
        read_plans(root)


def test_a_plan_frozen_later_is_not_known_before(root):
    freeze(tne.open(root), "p", BEFORE)
    assert tne.open(root, until="2026-02-28").plan("p") is None
    assert tne.open(root, until="2026-03-01").plan("p") is not None
