"""Reports of a workspace whose tables stand in PostgreSQL: planned, made, due again and refused as from files."""

import adbc_driver_postgresql.dbapi as driver
import fake
import pytest

import tne
from tests.tables import postgres_server
from tests.tables import small_company as small
from tne.cli import main
from tne.runs.execute import Signals
from tne.runs.plan import find_notebooks, plan
from tne.runs.run import Options, is_due, run
from tne.runs.source import markets, source
from tne.tables.loading import load
from tne.tables.store import write_tables

pytestmark = [
    pytest.mark.skipif(bool(postgres_server.MISSING), reason=postgres_server.MISSING),
    pytest.mark.xdist_group("postgres"),
]
# IE loses the server between the plan and the opening.
STEP = """\
import tne
secrets = [os.environ[name].encode() for name in ("PGHOST", "PGUSER", "PGPASSWORD")]
told = [p.read_bytes() for p in Path.cwd().parents[1].rglob("*") if p.is_file()]
assert not any(secret in text for secret in secrets for text in told), "a file of the run holds a secret"
assert Path(os.environ["PGPASSFILE"]).is_file(), "a path was relative to another folder"
if market == "IE":
    os.environ["PGHOST"] = "/canaryhost"
ws = tne.open(workspace, market=market)
audits = ws.table("audits")
row = estimates_row(report="{report}", market=market, programme_id="p1", level="learning", measure="gain", term="d",
    period="2026Q2", estimate=0.5, conf_low=0.1, conf_high=0.9, n=40, n_people=20)
Block(html=f"<p>{len(audits)} audits, {int(audits['correct'].sum())} correct</p>", rows=(row,))"""
READER = {"PGUSER": "canaryuser", "PGPASSWORD": "canarypassword"}


def company():
    """BR with 20 audits, DE with 30, IE with 10, two thirds of them right; twelve people."""
    rows = [
        (market, f"{market.lower()}-person{i % 4}", f"2026-06-{1 + i % 28:02d} 12:00", i % 3 > 0, 1)
        for market, n in (("BR", 20), ("DE", 30), ("IE", 10))
        for i in range(n)
    ]
    people = [(who, "2026-01-01", None, market, "t", "2026-01-01", None) for market, who, *_ in rows]
    known = small.markets()
    known.loc[2] = ["IE", "Éire", "en-IE", "Europe/Dublin", "EUR"]
    tables = {"markets": known, "programmes": small.programmes(), "audits": small.audits(rows)}
    return tables | {"moderators": small.moderators([*dict.fromkeys(people)])}


class Place:
    """A workspace of files, one that only names the warehouse, and the way to its server."""

    def __init__(self, root, way):
        self.files, self.ware, self.output, self.way = root / "files", root / "ware", root / "reports", way

    def ordered(self, *statements):
        """Run statements as the owner of the server."""
        with postgres_server.connected(self.way), driver.connect("postgresql://") as connection:
            with connection.cursor() as cursor:
                for statement in "; ".join(statements).split("; "):
                    cursor.execute(statement)
            connection.commit()

    def planned(self, **asked):
        return plan(self.ware, find_notebooks(None, self.ware), output=self.output, **asked)

    def run(self, chosen):
        with Signals() as signals:
            book = run(self.ware, chosen, self.output, Options(quiet=True), {}, signals)
        return book["exit_code"], {entry["market"]: entry for entry in book["reports"]}

    def told(self):
        """Return every file under ``reports/``, those of the cache too."""
        return {p: p.read_bytes() for p in sorted(self.output.rglob("*")) if p.is_file()}

    def secret(self):
        """Return the files that hold who connects to what."""
        words = [b"canary", self.way["PGHOST"].encode()]
        return [path.name for path, text in self.told().items() if any(word in text for word in words)]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("warehouse")
    write_tables(company(), root / "files")
    (root / "ware").mkdir()
    (root / "ware" / "tne.toml").write_text('[source]\nengine = "postgresql"\nschema = "qa"\n')
    fake.notebook(root / "notebooks" / "reports" / "effectiveness.ipynb", STEP, fake.END)
    with postgres_server.server() as way:
        found = Place(root, way)
        with postgres_server.connected(way):
            load(tne.open(root / "files").engine, "qa")
        found.ordered(
            "CREATE ROLE canaryuser LOGIN PASSWORD 'canarypassword'",
            "GRANT USAGE ON SCHEMA qa TO canaryuser",
            "GRANT SELECT ON ALL TABLES IN SCHEMA qa TO canaryuser",
        )
        with postgres_server.connected({**way, **READER}):
            yield found


@pytest.fixture(scope="module")
def made(place):
    """The reports, made after an audit of BR had gone that the plan had still seen."""
    chosen = place.planned()
    place.ordered("DELETE FROM qa.audits WHERE audit_id = 'a1'")
    with pytest.MonkeyPatch.context() as patch:
        (place.ware / "pass").touch(0o600)
        patch.chdir(place.ware)
        patch.setenv("PGPASSFILE", "pass")
        return place.run(chosen)


def test_a_plan_knows_of_a_warehouse_what_it_knows_of_files(place):
    files, ware = source(place.files), source(place.ware)
    for market in (None, "BR", "IE"):
        one, other = files.tables(market), ware.tables(market)
        assert {name: facts["rows"] for name, facts in one.items()} == {
            name: facts["rows"] for name, facts in other.items()
        }
    assert (files.days(), files.titles()) == (ware.days(), ware.titles())
    assert set(files.people()) == set(ware.people()) == {*company()["moderators"]["moderator_id"], "q1"}
    assert markets(files) == markets(ware)


def test_reports_show_the_state_that_was_planned_and_a_lost_server_costs_those_that_need_it(place, made):
    code, entries = made
    assert (code, {market: entry["status"] for market, entry in entries.items()}) == (
        1,
        {"BR": "published", "DE": "published", "IE": "failed"},
    )
    assert {entry["reads"] for entry in entries.values()} == {"own", None}
    assert "20 audits, 13 correct" in (place.output / "effectiveness/BR.html").read_text()
    assert "30 audits, 20 correct" in (place.output / "effectiveness/DE.html").read_text()
    assert "PostgreSQL refuses (SQLSTATE 08000). Check PGHOST" in entries["IE"]["reason"]
    assert "PostgreSQL refuses" in (place.output / "index.html").read_text()


def test_only_the_market_that_changed_since_is_due(place, made):
    assert {p.market: is_due(p, place.output) for p in place.planned()} == {
        "BR": True,
        "DE": False,
        "IE": True,
    }


def test_nobody_who_connects_stands_in_what_was_made(place, made, capsys):
    assert place.secret() == []
    assert main(["status", "--workspace", str(place.ware), "--output", str(place.output)]) == 1
    assert "Changed: audits." in capsys.readouterr().out


def test_a_server_that_refuses_the_plan_leaves_everything_as_it_was(place, made, monkeypatch, capsys):
    before = place.told()
    for name, value in {"PGHOST": "/canaryhost", "PGUSER": "canary", "PGDATABASE": "canarybase"}.items():
        monkeypatch.setenv(name, value)
    assert main(["run", "--workspace", str(place.ware), "--output", str(place.output)]) == 3
    said = capsys.readouterr()
    assert said.err == (
        "tne: PostgreSQL refuses (SQLSTATE 08000). Check PGHOST, PGPORT, PGDATABASE, PGUSER, and PGPASSWORD or "
        "PGPASSFILE.\n"
    )
    assert (said.out, place.told()) == ("", before)


def test_a_planned_state_that_is_held_no_longer_is_told(place, monkeypatch):
    for held in ("00000009-00000001-1", "none"):
        monkeypatch.setenv("TNE_SNAPSHOT", held)
        with pytest.raises(ValueError, match="no longer holds the state"):
            tne.open(place.ware)


PAIR = "audit_id IN ('a5', 'a6')"


@pytest.mark.parametrize(
    ("statement", "changes"),
    [
        ("CREATE TABLE new AS SELECT * FROM old ORDER BY audit_id DESC", False),
        ("CREATE TABLE new AS SELECT now() AS own, * FROM old", False),
        ("CREATE TABLE new AS SELECT * FROM old WHERE audit_id <> 'a5'", True),
        ("CREATE TABLE new AS SELECT * FROM old UNION ALL SELECT * FROM old WHERE audit_id = 'a5'", True),
        (  # one row is there twice instead of another
            "CREATE TABLE new AS SELECT * FROM old WHERE audit_id <> 'a6' "
            "UNION ALL SELECT * FROM old WHERE audit_id = 'a5'",
            True,
        ),
        (  # two rows swap a value
            f"CREATE TABLE new AS SELECT * FROM old; UPDATE new SET case_id = CASE case_id WHEN 'c5' THEN 'c6' "
            f"ELSE 'c5' END WHERE {PAIR}",
            True,
        ),
        (  # two columns of a row do, one of them is null
            "CREATE TABLE new AS SELECT * FROM old; UPDATE new SET decision = NULL, policy_version = decision "
            "WHERE audit_id = 'a5'",
            True,
        ),
        (
            "CREATE TABLE new AS SELECT * FROM old; UPDATE new SET policy_version = '' WHERE audit_id = 'a5'",
            True,
        ),
        ("CREATE TABLE new AS SELECT * FROM old; ALTER TABLE new DROP seeded", True),
    ],
)
def test_a_fingerprint_follows_the_rows_and_not_their_order(place, tmp_path, statement, changes):
    tables = {name: f"{name}.audits" for name in ("new", "old")}
    copied = "CREATE TABLE old.audits AS SELECT * FROM qa.audits"
    place.ordered(
        "DROP SCHEMA IF EXISTS old CASCADE",
        "DROP SCHEMA IF EXISTS new CASCADE",
        *(f"CREATE SCHEMA {name}" for name in tables),
        f"{copied}; UPDATE old.audits SET policy_version = NULL, decision = 'a,b' WHERE audit_id IN ('a5', 'a7')",
        statement.replace(" new", " new.audits").replace(" old", " old.audits"),
        *(f"GRANT USAGE ON SCHEMA {name} TO canaryuser" for name in tables),
        *(f"GRANT SELECT ON {table} TO canaryuser" for table in tables.values()),
    )
    found = []
    for name in tables:
        (tmp_path / "tne.toml").write_text(f'[source]\nengine = "postgresql"\nschema = "{name}"\n')
        stands = source(tmp_path)
        found.append(stands.tables("BR")["audits"]["sha256"])
        stands.close()
    assert (found[0] != found[1]) is changes


@pytest.mark.parametrize("line", ['password = "canary"', 'engine = "oracle"', "schema = 5"])
def test_settings_that_name_no_source_are_a_wrong_call(tmp_path, capsys, line):
    (tmp_path / "tne.toml").write_text(f"[source]\n{line}\n")
    assert main(["run", "--workspace", str(tmp_path), "--output", str(tmp_path / "out")]) == 2
    assert "tne.toml" in (said := capsys.readouterr().err) or "engine" in said
    assert "canary" not in said
