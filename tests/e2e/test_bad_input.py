"""Bad input: one clear message, the right exit code, and the other markets' reports still stand."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rendered import Rendered, tne_says, words

import tne

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"

MAPPING = """\
[source]
name = "tests"
[[table]]
into = "responses"
[table.columns]
attempt_id = "Attempt"
moderator_id = { person = { from = ["Who"], kind = "record", create = true } }
market = "Market"
score = "Points"
answered_at = "When"
[table.constants]
item_id = "q1"
programme_id = "p1"
form = "A"
wave = "pre"
"""
GOOD = {"Attempt": "a1", "Who": "w1", "Market": "DE", "Points": "3", "When": "2026-03-02T10:00:00Z"}


def clear(code, error, expected):
    """One message of few lines, without a traceback."""
    assert code == expected, error
    assert error.startswith("tne: ")
    assert "Traceback" not in error
    assert len(error.strip().splitlines()) <= 3
    return error


@pytest.fixture
def bring(tmp_path, monkeypatch):
    """Import rows, given as changes of a good one, into an empty workspace."""
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))

    def bring(*rows, drop=()):
        frame = pd.DataFrame([GOOD | row for row in rows], columns=list(GOOD)).drop(columns=list(drop))
        frame.to_csv(tmp_path / "export.csv", index=False)
        (tmp_path / "map.toml").write_text(MAPPING)
        call = (
            "import",
            "--map",
            tmp_path / "map.toml",
            tmp_path / "export.csv",
            "--workspace",
            tmp_path / "ws",
        )
        code, out, err = tne_says(*call)
        stored = list((tmp_path / "ws" / "tables").rglob("*.parquet"))
        return code, out, err, stored

    return bring


def test_a_good_export_is_stored(bring):
    code, out, err, stored = bring({}, {"Attempt": "a2", "Who": "w2"})
    assert (code, err) == (0, "")
    assert "2 stored" in out
    assert len(stored) == 1


@pytest.mark.parametrize(
    ("rows", "drop", "says"),
    [
        ([{}], ("Points",), "Points"),
        (
            [{"Attempt": f"a{i}", "Who": f"w{i}", "Points": "many"} for i in range(12)],
            (),
            "score: not a number",
        ),
        ([{}, {"Points": "4"}], (), "share their key"),
        ([{"When": "2026-03-02 10:00"}], (), "zone"),
        ([{"Market": ""}] * 12, (), "market"),
    ],
    ids=["missing column", "wrong type", "duplicate key", "date without zone", "no market"],
)
def test_a_bad_export_stops_the_import_with_one_message(bring, rows, drop, says):
    code, _, err, stored = bring(*rows, drop=drop)
    clear(code, err, 3)
    assert says in err
    assert not stored, "nothing of a stopped import is stored"
    assert "many" not in err, "a message never shows a value"
    assert "w1" not in err


def test_an_empty_export_stores_nothing_and_says_so(bring):
    code, out, _, stored = bring()
    assert code == 0
    assert "no rows" in out
    assert not stored


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--market", "XX"), "no market XX"),
        (("--param", "weks=3"), "weks"),
        (("--report", "effectivness"), "no report effectivness"),
        (("--period", "2026Q9"), "no period"),
        (("--period", "1999Q1"), "no data in 1999Q1"),
        (("--jobs", "-1"), "must be positive"),
    ],
    ids=["market", "parameter", "report", "no period", "no data", "jobs"],
)
@pytest.mark.xdist_group("company")
@pytest.mark.slow
def test_a_wrong_call_starts_nothing(company, tmp_path, option, says):
    code, out, err = tne_says("run", "--workspace", company.workspace, "--output", tmp_path / "out", *option)
    assert says in clear(code, err, 2)
    assert out == ""
    assert not (tmp_path / "out").exists()


def test_no_workspace_is_a_wrong_call(tmp_path):
    code, _, err = tne_says("run", "--workspace", tmp_path, "--output", tmp_path / "out")
    assert "no workspace" in clear(code, err, 2)


@pytest.fixture
def broken(company, tmp_path):
    """Copies of workspace and reports: break a table, run again."""
    shutil.copytree(company.workspace, tmp_path / "ws")
    shutil.copytree(company.output, tmp_path / "out")
    return Rendered(tmp_path / "ws", tmp_path / "out")


def part(broken, table, market):
    return broken.workspace / "tables" / table / f"market={market}" / "part.parquet"


def again(broken, *markets):
    run = (
        "run",
        "--workspace",
        broken.workspace,
        "--output",
        broken.output,
        "--json",
        "--report",
        "effectiveness",
    )
    code, out, err = tne_says(*run, *(("--market", *markets) if markets else ()))
    entries = [entry for entry in json.loads(out)["reports"] if entry["report"] == "effectiveness"]
    return code, {entry["market"]: entry for entry in entries}, err


def lose_column(table):
    return table.drop_columns(["correct"])


def lose_zone(table):
    at = table.column_names.index("decided_at")
    return table.set_column(at, "decided_at", table["decided_at"].cast(pa.timestamp("us")))


def become_text(table):
    at = table.column_names.index("sampling_weight")
    return table.set_column(at, "sampling_weight", pa.array(["much"] * len(table)))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [(lose_column, "correct"), (lose_zone, "decided_at"), (become_text, "sampling_weight")],
    ids=["missing column", "time without zone", "wrong type"],
)
def test_a_table_that_breaks_its_contract_is_not_opened_and_checked_with_one_message(tmp_path, spoil, says):
    shutil.copytree(SAMPLE, tmp_path / "ws")
    path = tmp_path / "ws" / "tables" / "audits" / "market=IE" / "part.parquet"
    pq.write_table(spoil(pq.ParquetFile(path).read()), path)
    with pytest.raises(ValueError, match=rf"`audits\.{says}` breaks .*market IE") as refused:
        tne.open(tmp_path / "ws")
    # where it comes from tells a run that the tables are to blame
    assert refused.traceback[-1].path.parent == Path(tne.tables.__file__).parent
    checked, told, _ = tne_says("check", "--workspace", tmp_path / "ws")
    assert checked == 3
    assert says in told


@pytest.mark.slow
@pytest.mark.xdist_group("company")
def test_a_table_that_breaks_its_contract_keeps_the_last_good_report(broken):
    path = part(broken, "audits", "IE")
    pq.write_table(lose_column(pq.ParquetFile(path).read()), path)
    before = {market: broken.html(market) for market in ("DE", "IE")}
    code, entries, _ = again(broken)
    assert entries["IE"]["status"] == "stale"
    assert entries["IE"]["cause"] == "contract"
    assert "`audits.correct`" in entries["IE"]["reason"]
    assert entries["DE"]["status"] == "stale", "it compares markets, so it cannot be made either"
    assert {market: broken.html(market) for market in ("DE", "IE")} == before
    assert code == 3, "every report failed for its tables; the last good ones stand"


@pytest.mark.slow
@pytest.mark.xdist_group("abroad")
def test_a_market_without_a_table_gets_the_sections_its_data_allow(lacking):
    """An empty table is a missing one."""
    made = [entry for entry in lacking.manifest["reports"] if entry["report"] == "effectiveness"]
    assert {entry["market"]: entry["status"] for entry in made} == {"IE": "published"}
    text = words(lacking.page("IE"))
    for table in ("audits", "surveys", "responses"):
        assert f"export “{table}”" in text
    assert not lacking.page("IE").select("#reaction, #behaviour, #learning")
    assert lacking.page("IE").h1.get_text(strip=True)


@pytest.mark.slow
@pytest.mark.xdist_group("company")
def test_a_market_with_one_person_gets_a_report_without_numbers(broken):
    people = {}
    for path in sorted((broken.workspace / "tables").rglob("market=IE/part.parquet")):
        table = pq.ParquetFile(path).read()
        if "moderator_id" in table.column_names:
            frame = table.to_pandas()
            kept = people.setdefault("one", frame["moderator_id"].dropna().iloc[0])
            one = pa.array(frame["moderator_id"].eq(kept).fillna(False).astype(bool))
            pq.write_table(table.filter(one), path)
    shutil.rmtree(broken.workspace / "ledger")  # as if the pages of all its people had never been shared
    code, entries, err = again(broken, "IE")
    assert code == 0, err
    assert entries["IE"]["status"] == "published"
    rows = broken.estimates.query("market == 'IE' and report == 'effectiveness'")
    assert rows[["estimate", "conf_low", "conf_high", "n", "n_people"]].isna().all().all()
    page = broken.page("IE")
    assert not page.select("table.scorecard span.value")
    assert not page("img")
