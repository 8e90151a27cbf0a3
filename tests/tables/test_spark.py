"""Spark gives every frame that DuckDB gives, computed by two workers: by hand and in the proof, as it takes minutes."""

import pandas as pd
import pytest

import tne
from tests.tables import spark_cluster
from tests.tables.awkward_company import awkward
from tests.tables.every_frame import every_frame, market_frames
from tne.tables.store import write_tables

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(bool(spark_cluster.MISSING), reason=spark_cluster.MISSING),
    pytest.mark.skipif("not config.getoption('-m')", reason="takes minutes: pytest -m spark, and make prove"),
]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engines")
    write_tables(awkward(), folder / "files")
    (folder / "tne.toml").write_text('[source]\nengine = "spark"\nschema = "qa"\n')
    with spark_cluster.cluster():
        spark_cluster.register(folder / "files", "qa")
        yield folder / "files", folder


def same(one, other):
    for (name, frame), (again, asked) in zip(one, other, strict=True):
        assert name == again
        pd.testing.assert_frame_equal(frame, asked, check_exact=True, obj=name)
        assert frame.attrs == asked.attrs


def test_every_frame_is_the_same_row_by_row(both):
    files, cluster = map(tne.open, both)
    assert spark_cluster.executors() == 2
    assert (files.tables, files.as_of) == (cluster.tables, cluster.as_of)
    same(every_frame(files), every_frame(cluster))


def test_a_market_and_a_day_are_cut_alike(both):
    files, cluster = (tne.open(root, until="2026-03-15", market="A") for root in both)
    same(market_frames(files, "A"), market_frames(cluster, "A"))


def test_a_schema_without_tables_is_named(both, tmp_path):
    (tmp_path / "tne.toml").write_text('[source]\nengine = "spark"\nschema = "default"\n')
    with pytest.raises(ValueError, match="schema `default` has no table"):
        tne.open(tmp_path)


def test_a_schema_that_is_not_there_is_an_error_without_spark_s_words(both, tmp_path):
    (tmp_path / "tne.toml").write_text('[source]\nengine = "spark"\nschema = "none"\n')
    with pytest.raises(ValueError, match=r"Spark refuses \(SCHEMA_NOT_FOUND\)"):
        tne.open(tmp_path)
