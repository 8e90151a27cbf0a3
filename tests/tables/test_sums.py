"""Sums that no order changes, percentiles that are ranks, and large logs that are not kept: the same frames."""

import math
import subprocess

import duckdb
import numpy as np
import pandas as pd
import pytest

from tests.tables.awkward_company import awkward
from tne.tables import embedded, panel
from tne.tables.engine import statement
from tne.tables.workspace import Workspace


@pytest.fixture(scope="module")
def data():
    with duckdb.connect() as connection:
        connection.execute(statement("macros"))
        yield connection


def test_a_sum_is_the_same_in_any_order_and_right(data, rng):
    for scale in (1e-3, 1.0, 12345.678):
        values = pd.DataFrame({"x": rng.lognormal(0, 2, 3000) * scale})
        data.register("v", values)
        once = data.sql("SELECT EXACT_SUM(x) FROM v").fetchall()[0][0]
        plain = set()
        for seed in range(5):
            data.register("v", values.sample(frac=1, random_state=seed))
            assert data.sql("SELECT EXACT_SUM(x) FROM v").fetchall()[0][0] == once
            plain.add(data.sql("SELECT SUM(x) FROM v").fetchall()[0][0])
        assert once == pytest.approx(math.fsum(values["x"]), rel=1e-11)
        assert len(plain) > 1  # as a plain sum is not


def test_beyond_its_bounds_a_sum_is_a_usual_one(data):
    values = pd.DataFrame({"x": np.r_[3e11, 7e13, 1e18, -2e12, np.arange(100) / 7]})
    data.register("v", values)
    assert data.sql("SELECT EXACT_SUM(x) FROM v").fetchall()[0][0] == pytest.approx(
        math.fsum(values["x"]), rel=1e-15
    )


def test_folders_of_killed_processes_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded.tempfile, "tempdir", str(tmp_path))
    with subprocess.Popen(["true"]) as ended:
        pass
    own = embedded._spill()
    for name in (f"{ended.pid}-0a", own.name):
        (own.parent / name).mkdir()
        (own.parent / name / "rows").write_text("x")
    assert embedded._spill() != own
    assert [*own.parent.iterdir()] == [own]


@pytest.mark.parametrize("unit", [1, 3_600_000_000, 10**12])
def test_the_usual_lag_equals_numpy(data, rng, unit):
    sql = f"SELECT market, usual_lag_5 FROM ({statement('lags')})"
    for n in (1, 2, 6, 31):
        lags = rng.integers(0, 20, n) * unit
        decided = pd.Series(pd.Timestamp("2026-01-01"), index=range(n)).astype("datetime64[us]")
        known = (decided + pd.to_timedelta(lags, unit="us")).astype("datetime64[us]")
        data.register("waits", pd.DataFrame({"market": "A", "decided_at": decided, "known_at": known}))
        assert data.sql(sql).fetchall() == [("A", pytest.approx(5 * np.quantile(lags, 0.8)))]


def test_a_log_too_large_to_keep_gives_the_same_frames(monkeypatch):
    frames = awkward()
    kept, large = Workspace.from_frames(frames), Workspace.from_frames(frames)
    expected = kept.panel("p"), kept.series("accuracy", "team"), kept.audits_by("policy_area", "team")
    monkeypatch.setattr(panel, "KEPT_AUDITS", 0)
    found = large.panel("p"), large.series("accuracy", "team"), large.audits_by("policy_area", "team")
    tables = "SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = 'facts'"
    assert (kept.engine.values(tables), large.engine.values(tables)) == ([(1,)], [(0,)])
    for one, other in zip(expected, found, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
