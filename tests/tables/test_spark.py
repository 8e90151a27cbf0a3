"""Spark gives every frame that DuckDB gives, computed by two workers: by hand and in the proof, as it takes minutes."""

import pandas as pd
import pytest

import tne
from tests.tables import spark_cluster
from tests.tables.awkward_company import awkward
from tests.tables.every_frame import every_frame, market_frames
from tne.tables.source import tables_of_source
from tne.tables.standing import people, standing
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


def told(schema):
    with tables_of_source({"source": {"engine": "spark", "schema": schema}}) as asked:
        return standing(asked), set(people(asked))


def test_what_stands_there_is_what_stands_in_the_files(both):
    found, ids = told("qa")
    frames = awkward()
    assert {name: facts["rows"] for name, facts in found.of(None).items()} == {
        name: len(frame) for name, frame in frames.items()
    }
    audits = frames["audits"]
    assert found.of("A")["audits"]["rows"] == (audits["market"] == "A").sum()
    assert {*audits["moderator_id"], *audits["auditor_id"]} <= ids
    assert [row["market"] for row in sorted(found.markets, key=str)] == sorted(frames["markets"]["market"])


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("SELECT * FROM {0} ORDER BY audit_id DESC", False),
        ("SELECT 1 AS own, * FROM {0}", False),
        (
            "SELECT * FROM {0} WHERE audit_id <> '{2}' UNION ALL SELECT * FROM {0} WHERE audit_id = '{1}'",
            True,
        ),
        (
            "SELECT * EXCEPT (case_id), DECODE(audit_id, '{1}', 'x', '{2}', 'y', case_id) AS case_id FROM {0}",
            True,
        ),
        (
            "SELECT * EXCEPT (decision, policy_version), policy_version AS decision, decision AS policy_version "
            "FROM {0}",
            True,
        ),
    ],
)
def test_a_fingerprint_follows_the_rows_and_not_their_order(both, query, changes):
    """Of two rows with the cases y and x, and of a table in which one of two columns side by side is null."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.getOrCreate()
    one, other = sorted(awkward()["audits"]["audit_id"])[:2]
    case = f"DECODE(audit_id, '{one}', 'y', '{other}', 'x', case_id)"
    base = f"SELECT * EXCEPT (case_id, decision), {case} AS case_id, CAST(NULL AS STRING) AS decision FROM qa.audits"
    made = {}
    for name, sql in (("old", base), ("new", query.format("old.audits", one, other))):
        session.sql(f"DROP DATABASE IF EXISTS {name} CASCADE")
        session.sql(f"CREATE DATABASE {name}")
        session.sql(f"CREATE TABLE {name}.audits USING PARQUET AS {sql}")
    for name in ("old", "new"):
        made[name] = told(name)[0].of(None)["audits"]["sha256"]
    assert (made["old"] != made["new"]) is changes
