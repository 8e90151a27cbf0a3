"""What imports leave behind: rows set aside, the state before the last import, and `tne check` over both."""

import json
import os
import shutil

import pandas as pd
import pytest

import tne
from tests.tables.import_cases import write
from tne.cli import main
from tne.tables.importers import import_export
from tne.tables.quality_before import history

pytestmark = pytest.mark.xdist_group("quality_imports")  # what its tests share is made once

MAP = """
[source]
name = "appeals"
zone = "UTC"
[[table]]
into = "appeals"
[table.columns]
case_id = "Case"
market = "Market"
queue = "Queue"
policy_area = "Area"
decided_at = "Decided"
appealed_at = "Appealed"
"""


def lines(market, first, days, queue="video"):
    """Three appeals a day from a day on."""
    for day in pd.date_range(first, periods=days):
        for k in range(3):
            case = f"{market}-{day:%m%d}-{k}"
            yield f"{case},{market},{queue if k else 'text'},hate,{day:%Y-%m-%d} 08:00,{day:%Y-%m-%d} 1{k}:00"


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """Two markets; the second import renames a queue in one of them, and brings rows that cannot be stored."""
    folder = tmp_path_factory.mktemp("imports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        first = [*lines("DE", "2026-01-05", 56), *lines("FR", "2026-01-05", 56)]
        second = [*first, *lines("DE", "2026-03-02", 14, "Live video")]
        second += [f"bad-{k},DE,video,hate,2026-03-01 08:00,2026-02-27 08:00" for k in range(5)]
        for rows in (first, second):
            text = "\n".join(["Case,Market,Queue,Area,Decided,Appealed", *rows])
            import_export(write(folder / "a.toml", MAP), write(folder / "a.csv", text), folder / "ws")
    return folder / "ws"


def test_the_last_import_is_compared_with_the_one_before(imported):
    frame = tne.open(imported).quality().to_frame().query("kind == 'drift' and table == 'appeals'")
    assert set(frame["market"]) == {"DE"}  # the last import brought nothing of the other market
    statuses = frame.set_index("check")["status"].to_dict()
    assert statuses == {"drift_values": "warn", "drift_nulls": "pass", "drift_past": "pass"}
    assert frame.loc[frame["check"].eq("drift_values"), "column"].item() == "queue"


def test_one_market_is_compared_as_all_are(imported):
    one = tne.open(imported, market="DE").quality("DE").to_frame().query("kind == 'drift'")
    assert one.loc[one["status"].eq("warn"), "check"].tolist() == ["drift_values"]
    fr = tne.open(imported, market="FR").quality("FR").to_frame().query("kind == 'drift'")
    assert fr["note"].tolist() == ["no earlier import is kept"]


def test_an_earlier_state_is_not_compared_with_a_later_one(imported):
    drift = tne.open(imported, as_of=1).quality().to_frame().query("kind == 'drift'")
    assert drift["note"].tolist() == ["an earlier state is opened"]


def test_a_report_depends_on_what_it_is_compared_with(imported):
    assert set(history(imported, "DE")) == {"appeals"}
    assert history(imported, "FR") == {}


def test_rows_set_aside_are_counted_by_rule(imported):
    row = tne.open(imported).quality().to_frame().query("check == 'quarantine'").iloc[0]
    assert (row["table"], row["n"], row["status"]) == ("appeals", 5, "pass")
    assert "order" in row["column"]
    assert row["n_total"] > 300


def test_check_tells_all_and_names_no_case(imported, capsys):
    assert main(["check", "--workspace", str(imported)]) == 0
    said = capsys.readouterr().out
    assert "!  data: DE: values of `appeals.queue` are new or gone since the last import." in said
    assert "checks warn." in said
    assert "Live video" not in said
    assert main(["check", "--json", "--workspace", str(imported)]) == 0
    told = json.loads(capsys.readouterr().out)["quality"]
    assert told["status"] == "warn"
    assert {"market", "table", "check", "status", "value", "n"} <= set(told["checks"][0])


@pytest.mark.parametrize(
    ("settings", "code"),
    [("drift = {stop = 2}", 3), ("drift = {warn = false}", 0), ("drifts = {warn = 1}", 2)],
)
def test_settings_decide_how_check_ends(imported, capsys, settings, code):
    toml = imported / "tne.toml"
    before = toml.read_text()
    try:
        toml.write_text(f"{before}\n[quality]\n{settings}\n")
        assert main(["check", "--workspace", str(imported)]) == code
        if code == 3:
            with pytest.raises(ValueError, match="The data stop this report"):
                tne.open(imported).quality().require()
    finally:
        toml.write_text(before)


def test_a_market_that_is_gone_is_told(imported, tmp_path):
    """Nothing else would see it: what is not there has no week, no partner and no date."""
    copy = shutil.copytree(imported, tmp_path / "ws", copy_function=os.link)
    shutil.rmtree(copy / "tables" / "appeals" / "market=FR")
    found = tne.open(copy).quality().findings.set_index("check")
    assert found.loc["drift_past", ["market", "n", "n_total"]].tolist() == ["FR", 168, 168]
