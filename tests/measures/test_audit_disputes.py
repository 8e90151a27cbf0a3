"""Disputes and appeals: published medians with censoring, shares by hand, what is too young, edges."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from tne.measures.dispute_lag import median_time
from tne.measures.disputes import dispute_summary


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def some(rng: np.random.Generator, n: int = 400) -> pd.DataFrame:
    wrong = rng.random(n) < 0.2
    disputed = rng.random(n) < np.where(wrong, 0.4, 0.02)
    return pd.DataFrame(
        {
            "moderator_id": [f"m{i}" for i in rng.integers(0, 20, n)],
            "policy_area": rng.choice(["hate", "spam"], n),
            "correct": ~wrong,
            "disputed": disputed,
            "dispute_upheld": pd.array(np.where(disputed, rng.random(n) < 0.3, False), dtype="boolean"),
        }
    )


def opened(rng: np.random.Generator, n: int = 300) -> pd.DataFrame:
    start = pd.Timestamp("2026-01-05T00:00Z")
    at = start + pd.to_timedelta(rng.uniform(0, 60, n), unit="D")
    done = pd.Series(at + pd.to_timedelta(rng.exponential(4, n), unit="D"))
    end = start + pd.Timedelta(days=60)
    open_ = (done > end).to_numpy()
    return pd.DataFrame(
        {
            "case_id": np.arange(n),
            "moderator_id": [f"m{i}" for i in rng.integers(0, 20, n)],
            "policy_area": rng.choice(["hate", "spam"], n),
            "appealed_at": at,
            "resolved_at": done.mask(open_),
            "overturned": pd.array(rng.random(n) < 0.25, dtype="boolean"),
        }
    ).assign(overturned=lambda f: f["overturned"].mask(f["resolved_at"].isna()))


@pytest.mark.published("SURV-AML")
def test_median_matches_published_medians_of_leukaemia(truth):
    """R survival, ?aml: medians 31 (18 to no limit) and 23 (8 to no limit)."""
    frame = pd.read_csv(truth / "data" / "aml_survival.csv")
    for group, median, low in (("Maintained", 31, 18), ("Nonmaintained", 23, 8)):
        own = frame[frame["x"] == group]
        found = median_time(own["time"].to_numpy(dtype=float), own["status"].to_numpy() == 1)
        assert found["estimate"] == median
        assert found["conf_low"] == low
        assert math.isnan(found["conf_high"])
        assert "beyond" in found["note"]


@pytest.mark.published("SURV-GEHAN")
def test_median_matches_published_medians_of_remission(truth):
    """Freireich (1963): 23 weeks with 6-MP, 8 without; R survfit: 16 to no limit, 4 to 12."""
    frame = pd.read_csv(truth / "data" / "gehan_MASS.csv")
    limits = {"6-MP": (23, 16, math.nan), "control": (8, 4, 12)}
    for group, (median, low, high) in limits.items():
        own = frame[frame["treat"] == group]
        found = median_time(own["time"].to_numpy(dtype=float), own["cens"].to_numpy() == 1)
        assert (found["estimate"], found["conf_low"]) == (median, low)
        assert found["conf_high"] == pytest.approx(high, nan_ok=True)


def test_shares_by_hand():
    """Eight audits, three disputed, one of two decided upheld."""
    frame = pd.DataFrame(
        {
            "correct": [1, 0, 0, 1, 1, 1, 1, 1],
            "disputed": [0, 1, 1, 1, 0, 0, 0, 0],
            "dispute_upheld": pd.array([None, False, None, True, None, None, None, None], dtype="boolean"),
        }
    )
    found = dispute_summary(frame, None)
    assert found.get(term="disputed").estimate == pytest.approx(3 / 8)
    assert found.get(term="upheld").estimate == pytest.approx(1 / 2)
    assert found.get(term="upheld").n == 2
    assert found.get(term="overturned").note == "no appeals"


def test_young_appeals_do_not_count_as_not_overturned():
    """Ten appeals, eight resolved after a day; the two that are open are half a day old."""
    day = pd.Timedelta(days=1)
    start = pd.Timestamp("2026-01-05T00:00Z")
    at = [start + k * day for k in range(8)] + [start + 9.5 * day] * 2
    done = [start + (k + 1) * day for k in range(8)] + [pd.NaT] * 2
    frame = pd.DataFrame(
        {"appealed_at": at, "resolved_at": done, "overturned": [True, False] * 4 + [None, None]}
    )
    frame["overturned"] = frame["overturned"].astype("boolean")
    found = dispute_summary(None, frame, until="2026-01-15T00:00Z")
    assert found.get(term="appeals").estimate == 10
    assert found.get(term="overturned").estimate == pytest.approx(0.5)
    assert found.get(term="overturned").n == 8
    assert found.get(term="open").estimate == pytest.approx(0.2)
    assert found.get(term="lag").estimate == pytest.approx(1.0)
    assert status(found, "provisional") == "warn"
    # known half-way: what was resolved later was open then
    early = dispute_summary(None, frame, until="2026-01-09T12:00Z")
    assert early.get(term="appeals").estimate == 5
    assert early.get(term="open").estimate == pytest.approx(1 / 5)


def test_checks_are_loud_and_silent(rng):
    audits, appeals = some(rng), opened(rng)
    found = dispute_summary(audits, appeals)
    assert status(found, "selection") == "warn"
    assert status(found, "appeal_mix") == "pass"
    fair = audits.assign(disputed=np.random.default_rng(1).random(len(audits)) < 0.1, dispute_upheld=False)
    assert status(dispute_summary(fair, appeals), "selection") == "pass"
    one_sided = appeals.assign(policy_area="hate")
    assert status(dispute_summary(audits, one_sided), "appeal_mix") == "warn"
    settled = appeals[appeals["resolved_at"].notna() & (appeals["appealed_at"] < "2026-02-01")]
    assert status(dispute_summary(audits, settled, until="2026-04-01T00:00Z"), "provisional") == "pass"


def test_groups_and_edges_are_said(rng):
    audits, appeals = some(rng), opened(rng)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        by = dispute_summary(audits, appeals, by="policy_area")
        assert len(by) == 12
        whole = dispute_summary(audits, appeals)
        assert sum(by.get(policy_area=k, term="appeals").estimate for k in ("hate", "spam")) == len(appeals)
        assert 0 < whole.get(term="overturned").conf_low < 0.25 < whole.get(term="overturned").conf_high < 1
        empty = dispute_summary(audits.iloc[:0], appeals.iloc[:0])
        assert empty.to_frame()["estimate"].isna().all()
        assert len(dispute_summary(audits.iloc[:0], appeals.iloc[:0], by="policy_area")) == 0
        assert len(dispute_summary(None, None)) == 6
        never = dispute_summary(None, appeals.assign(resolved_at=pd.NaT, overturned=pd.NA))
        assert math.isnan(never.get(term="lag").estimate)
        assert "fewer than half" in never.get(term="lag").note
        plain = dispute_summary(audits[["correct"]], None)
        assert "not known" in plain.get(term="disputed").note
    with pytest.raises(ValueError, match="zone"):
        dispute_summary(None, appeals, until="2026-01-09")
    with pytest.raises(ValueError, match="before they were made"):
        dispute_summary(None, appeals.assign(resolved_at=pd.Timestamp("2025-01-01T00:00Z")))
    with pytest.raises(KeyError, match="appealed_at"):
        dispute_summary(None, appeals.drop(columns="appealed_at"))


def test_what_is_left_out_as_too_young_is_said(rng):
    """Where fewer than 80 % were ever resolved no age is usual: all resolved appeals count, and the note says so."""
    appeals = opened(rng)
    assert "too young" not in dispute_summary(None, appeals).get(term="overturned").note
    rare = appeals.assign(
        resolved_at=appeals["resolved_at"].mask(np.arange(len(appeals)) % 2 == 0),
        overturned=appeals["overturned"].mask(np.arange(len(appeals)) % 2 == 0),
    )
    row = dispute_summary(None, rare).get(term="overturned")
    assert row.n == rare["overturned"].notna().sum()
    assert "none is left out as too young" in row.note


def test_disputes_of_nobody_known_are_about_an_unknown_number_of_people(rng):
    audits = some(rng).drop(columns="moderator_id")
    frame = dispute_summary(audits, opened(rng).drop(columns="moderator_id")).to_frame()
    assert frame["estimate"].notna().all()
    assert frame[["n_people", "n_people_total"]].isna().all(axis=None)


def test_appeals_that_two_people_drew_are_those_of_two(rng):
    """Neither their number nor their median may leave the desk as one of twelve people."""
    appeals = opened(rng)
    alike = appeals.assign(moderator_id=np.arange(len(appeals)) % 12)
    held = appeals.assign(moderator_id=np.where(np.arange(len(appeals)) < 10, np.arange(len(appeals)) + 2, 0))
    for made, people in ((alike, 12), (held, 2)):
        frame = dispute_summary(None, made).to_frame()
        frame = frame[frame["term"].isin(["appeals", "open", "lag"])]
        assert frame["n_people"].tolist() == [people] * 3
        assert frame["n_people_total"].tolist() == [made["moderator_id"].nunique()] * 3
