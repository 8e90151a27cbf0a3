"""PostgreSQL gives every frame that DuckDB gives, from a server of the test's own, to a user who may only read."""

import os

import adbc_driver_postgresql.dbapi as driver
import pandas as pd
import pytest

import tne
from tests.tables import postgres_server
from tests.tables.awkward_company import awkward
from tests.tables.every_frame import every_frame, market_frames
from tne.tables.loading import load
from tne.tables.store import write_tables

pytestmark = [
    pytest.mark.skipif(bool(postgres_server.MISSING), reason=postgres_server.MISSING),
    pytest.mark.xdist_group("postgres"),
]
SECRET = "not-for-any-log"


def ordered(*statements):
    with driver.connect("postgresql://") as connection:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.commit()


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Two folders: one with the awkward tables as files, one with only a tne.toml that names the server's schema."""
    folder = tmp_path_factory.mktemp("engines")
    write_tables(awkward(), folder / "files")
    warehouse = folder / "warehouse"
    warehouse.mkdir()
    (warehouse / "tne.toml").write_text('name = "x"\n[source]\nengine = "postgresql"\nschema = "qa"\n')
    with postgres_server.server() as variables, postgres_server.connected(variables):
        load(tne.open(folder / "files").engine, "qa")
        ordered(
            f"CREATE ROLE reader LOGIN PASSWORD '{SECRET}'",
            "GRANT USAGE ON SCHEMA qa TO reader",
            "GRANT SELECT ON ALL TABLES IN SCHEMA qa TO reader",
        )
        os.environ.update(PGUSER="reader", PGPASSWORD=SECRET)
        yield folder / "files", warehouse


def same(one, other):
    names = 0
    for (name, frame), (again, asked) in zip(one, other, strict=True):
        assert name == again
        pd.testing.assert_frame_equal(frame, asked, check_exact=True, obj=name)
        assert frame.attrs == asked.attrs
        names += 1
    return names


def test_every_frame_is_the_same_row_by_row(both):
    files, warehouse = map(tne.open, both)
    assert (files.tables, files.as_of) == (warehouse.tables, warehouse.as_of)
    assert same(every_frame(files), every_frame(warehouse)) > 90


def test_a_market_and_a_day_are_cut_alike(both):
    files, warehouse = (tne.open(root, until="2026-03-15", market="A") for root in both)
    assert files.as_of == warehouse.as_of
    assert same(market_frames(files, "A"), market_frames(warehouse, "A")) > 20


def test_nothing_is_left_in_the_warehouse(both):
    tne.open(both[1]).panel("p")
    found = driver.connect("postgresql://").cursor()
    found.execute(
        "SELECT table_schema::text FROM information_schema.tables WHERE table_schema !~ '^(pg_|information)'"
    )
    assert {row[0] for row in found.fetchall()} == {"qa"}


@pytest.fixture
def owner(both, monkeypatch):
    monkeypatch.setenv("PGUSER", "owner")
    yield
    ordered("DROP SCHEMA IF EXISTS other CASCADE")


def test_a_table_that_breaks_its_contract_is_named(both, owner, tmp_path, monkeypatch):
    ordered(
        "CREATE SCHEMA other",
        "CREATE TABLE other.markets (market text, name text, language text, timezone text, currency text)",
        "CREATE TABLE other.costs AS SELECT *, 1 AS extra FROM qa.costs",
    )
    (tmp_path / "tne.toml").write_text('[source]\nengine = "postgresql"\nschema = "other"\n')
    with pytest.raises(ValueError, match="`costs` has rows of A, B, which `markets` does not list"):
        tne.open(tmp_path)
    ordered("ALTER TABLE other.costs DROP amount, ALTER incurred_on TYPE timestamp")
    with pytest.raises(
        ValueError, match=r"(?s)`costs.amount` breaks column_missing.*`costs.incurred_on` breaks type"
    ):
        tne.open(tmp_path)


def test_sessions_of_one_user_on_two_schemas_do_not_meet(both, owner, tmp_path):
    ordered(
        "CREATE SCHEMA other",
        "CREATE TABLE other.markets AS SELECT * FROM qa.markets",
        "CREATE TABLE other.costs AS SELECT * FROM qa.costs",
        "ALTER TABLE other.costs DROP amount",
    )
    first = tne.open(both[1])
    (tmp_path / "tne.toml").write_text('[source]\nengine = "postgresql"\nschema = "other"\n')
    with pytest.raises(ValueError, match=r"`costs\.amount` breaks column_missing"):
        tne.open(tmp_path)
    assert first.table("costs")["amount"].notna().all()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PGUSER", "nobody_of_that_name", "PGUSER"),
        ("PGHOST", "/nowhere", "PGHOST"),
        ("PGDATABASE", "none", "PGDATABASE"),
    ],
)
def test_errors_say_what_to_check_and_no_secret(both, monkeypatch, variable, value, said):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=said) as found:
        tne.open(both[1])
    assert SECRET not in str(found.value)
    assert value not in str(found.value)


def test_a_schema_that_shows_nothing_is_named(both, tmp_path):
    (tmp_path / "tne.toml").write_text('[source]\nengine = "postgresql"\nschema = "empty"\n')
    with pytest.raises(ValueError, match="schema `empty` shows this user no table"):
        tne.open(tmp_path)


def test_as_of_is_for_files(both):
    with pytest.raises(ValueError, match="as_of"):
        tne.open(both[1], as_of="2026-03-01")


@pytest.mark.parametrize("line", ['password = "x"', 'host = "x"', 'engine = "oracle"'])
def test_the_settings_name_no_credentials_and_no_other_engine(tmp_path, line):
    (tmp_path / "tne.toml").write_text(f"[source]\n{line}\n")
    with pytest.raises(ValueError, match=r"engine|environment"):
        tne.open(tmp_path)
