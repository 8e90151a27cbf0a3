"""Versions of the store: what was stored then, what a reader sees, what an import writes, what a pruning frees."""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest
import small_company as small

import tne
from tests.tables.identity_cases import bring, person
from tests.tables.import_cases import write
from tne.cli import main
from tne.tables import history, placing, store
from tne.tables.importers import commit, import_export, touching
from tne.tables.importers.erasing import erase
from tne.tables.importers.rotating import rotate
from tne.tables.pruning import prune
from tne.tables.states import look
from tne.tables.store import content_hash, write_tables
from tne.tables.versions import last_imported, lists, part_path, versions

pytestmark = pytest.mark.xdist_group("versions")  # what its tests share is made once

COSTS_MAP = """
[source]
name = "costs"
[[table]]
into = "costs"
[table.columns]
cost_id = "ID"
market = "Market"
amount = "Amount"
incurred_on = "Day"
[table.constants]
programme_id = "P1"
item = "trainer"
currency = "EUR"
"""
COSTS = [(f"c{i:02}", ("DE", "FR")[i % 2], i, f"2026-{1 + i // 8:02}-{1 + i % 8:02}") for i in range(24)]


def costs(root, rows):
    """Import some costs."""
    lines = "\n".join(",".join(map(str, row)) for row in rows)
    folder = root.parent / "exports"
    text = f"ID,Market,Amount,Day\n{lines}\n"
    return import_export(write(folder / "c.toml", COSTS_MAP), write(folder / "c.csv", text), root)


def content(workspace):
    return {name: content_hash(workspace.table(name)) for name in workspace.tables}


def plain(root):
    """Every file of ``tables/`` and what identifies it on disk."""
    home = root / "tables"
    return {p.relative_to(home).as_posix(): p.stat().st_ino for p in home.rglob("*.parquet")}


def parts(root):
    return sorted((root / "versions" / "parts").rglob("*.parquet"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace of four imports, and the content of a copy of its tables taken after each."""
    folder = tmp_path_factory.mktemp("versions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        then = []
        for number, name in enumerate(("roster", "quiz", "legacy", "qa"), start=1):
            bring(folder / "ws", name)
            shutil.copytree(folder / "ws" / "tables", folder / f"copy{number}" / "tables")
            then.append(content(tne.open(folder / f"copy{number}")))
        return folder, then


@pytest.fixture
def root(made, tmp_path, monkeypatch):
    folder, _ = made
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("ws", "config", "exports"):
        shutil.copytree(folder / name, tmp_path / name)
    return tmp_path / "ws"


# What was stored then


def test_as_of_equals_a_copy_taken_then(root, made):
    known = versions(root)
    assert [v.by for v in known] == ["import roster", "import quiz", "import legacy", "import qa"]
    for version, then in zip(known, made[1], strict=True):
        assert content(tne.open(root, as_of=version.at)) == then
    for as_of in (
        known[1],
        2,
        known[1].at.isoformat(),
        pd.Timestamp(known[2].at - dt.timedelta(microseconds=1)),
    ):
        assert content(tne.open(root, as_of=as_of)) == made[1][1]
    assert content(tne.open(root)) == made[1][-1]
    day = known[-1].at.date()
    for as_of in (day, "2999Q1"):
        assert content(tne.open(root, as_of=as_of)) == made[1][-1]
    assert content(tne.open(root, as_of=2, until="2026-03-02", market="DE"))["moderators"]
    assert len(tne.open(root, as_of=2, until="2026-03-02").table("responses")) == 3


def test_as_of_says_what_is_kept(root):
    first = versions(root)[0]
    earlier = first.at - dt.timedelta(microseconds=1)
    with pytest.raises(
        ValueError, match=f"earliest version is 1, of {first.at:%Y-%m-%d %H:%M} UTC, the latest 4"
    ):
        tne.open(root, as_of=earlier)
    with pytest.raises(ValueError, match="Nothing is kept from as_of=9"):
        tne.open(root, as_of=9)
    with pytest.raises(ValueError, match="has no time zone"):
        tne.open(root, as_of="2026-05-01T12:00")
    with pytest.raises(ValueError, match="is no instant"):
        tne.open(root, as_of="12:00")


def test_importing_twice_makes_no_version(root):
    before = {path: path.read_bytes() for path in (root / "versions").rglob("*") if path.is_file()}
    files = plain(root)
    for name in ("roster", "qa"):
        bring(root, name)
    assert {path: path.read_bytes() for path in (root / "versions").rglob("*") if path.is_file()} == before
    assert plain(root) == files


def test_when_an_import_last_changed_a_table(root):
    one, _, three, four = versions(root)
    assert last_imported(root) == {"moderators": one.at, "responses": three.at, "audits": four.at}


def test_unchanged_files_are_kept_once(made):
    ws = made[0] / "ws"
    assert len(parts(ws)) == 4  # two states of the responses, one of the others
    now = set(plain(ws).values())
    assert len(now & {path.stat().st_ino for path in parts(ws)}) == 3


def test_a_folder_without_versions_is_read_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    ws = tmp_path / "ws"
    write_tables({"markets": small.markets()}, ws)
    assert len(tne.open(ws).table("markets")) == len(small.markets())
    assert last_imported(ws) == {}
    with pytest.raises(ValueError, match="has no versions"):
        tne.open(ws, as_of="2026-05-01")
    costs(ws, COSTS[:1])  # what was there before the first import is its first version
    found, imported = versions(ws)
    assert (found.by, list(found.tables)) == ("found", ["markets"])
    assert imported.at >= found.at
    assert tne.open(ws, as_of=1).tables == ("markets",)
    assert set(tne.open(ws).tables) == {"markets", "costs"}


def test_what_is_changed_by_hand_is_read_and_becomes_a_version(root):
    file = root / "tables/responses/market=DE/part.parquet"
    rows = pq.read_table(file, partitioning=None)
    draft = file.with_suffix(".new")
    pq.write_table(rows.slice(0, 1), draft)
    os.replace(draft, file)
    assert len(tne.open(root).table("responses")) == 1
    assert len(tne.open(root, as_of=4).table("responses")) == len(rows)
    costs(root, COSTS[:2])
    assert [v.by for v in versions(root)][-2:] == ["found", "import costs"]
    assert len(tne.open(root, as_of=5).table("responses")) == 1


def test_a_file_that_was_written_over_is_not_passed_off_as_the_old_state(root):
    kept = next(path for path in parts(root) if "audits" in str(path))
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match="`audits` of version 4: a file was changed or is gone"):
        tne.open(root, as_of=4)
    kept.unlink()
    with pytest.raises(ValueError, match="`audits` of version 4: a file was changed or is gone"):
        tne.open(root, as_of=4)


def test_a_file_that_was_put_in_place_has_a_time_between(root):
    file = root / "tables/audits/market=DE/part.parquet"
    last = versions(root)[-1]
    for changed in (1e9, 4e9):  # long ago, and in days to come
        draft = file.with_suffix(".new")
        pq.write_table(pq.read_table(file, partitioning=None).slice(0, 1 + (changed > 2e9)), draft)
        os.utime(draft, (changed, changed))
        os.replace(draft, file)
        found = history.standing(root, (last,)).versions[-1]
        assert last.at < found.at <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("how", ["written over", "gone"])
def test_what_is_broken_is_emptied_not_passed_off(root, how):
    place = "market=DE/part.parquet"
    old, new = (
        part_path(root, "responses", place, versions(root)[i].tables["responses"].parts[place])
        for i in (1, 3)
    )
    if how == "written over":
        now = root / "tables/responses" / place
        now.unlink()
        os.link(new, now)
        pq.write_table(pq.read_table(old, partitioning=None).slice(0, 2), now)  # as pandas does, in place
        broken, whole = (3, 4), (1, 2, 5)
    else:
        old.unlink()
        broken, whole = (2,), (1, 3, 4)
    (ada,) = person(root, "ada@example.org")
    erase(root, "mail", "ada@example.org", dt.date(2026, 6, 1))
    for number in broken:
        with pytest.raises(ValueError, match="a file was changed or is gone"):
            tne.open(root, as_of=number)
    assert [len(tne.open(root, as_of=number).table("moderators")) for number in whole] == [4] * 3
    assert [path.stat().st_size for path in parts(root)].count(0) == 1
    for path in parts(root):
        assert (
            not path.stat().st_size or ada not in pq.read_table(path, partitioning=None).to_pandas().to_csv()
        )


# Readers, and imports that come meanwhile


def test_a_copy_with_other_times_is_read_in_one_state_as_well(root):
    for path in root.rglob("*.parquet"):  # as after cp -r
        os.utime(path, ns=(1, 1))
    assert "tables" not in {path.relative_to(root).parts[0] for path in tne.open(root).engine.files}
    costs(root, COSTS[:2])
    assert [v.by for v in versions(root)][-2:] == ["import qa", "import costs"]
    assert {p.changed for t in versions(root)[-1].tables.values() for p in t.parts.values()} > {1}


def test_what_is_open_stays_as_it_was(root):
    open_ = tne.open(root)
    before = content(open_)
    bring(root, "more", "Mail,Score,Completed\nben@example.org,1,2026-03-09T09:00Z\n", _quiz_map())
    assert content(open_) == before != content(tne.open(root))
    done = prune(root, keep=1)
    assert (done.gone, done.in_use) == ((1, 2, 3), (4,))
    assert content(open_) == before
    del open_
    gc.collect()
    assert prune(root, keep=1).gone == (4,)


def _quiz_map():
    from tests.tables.identity_cases import EXPORTS

    return EXPORTS["quiz"][0]


@pytest.mark.parametrize("step", ["settle", "sync"])
def test_a_reader_in_the_middle_of_an_import_waits_or_finishes_it(root, monkeypatch, step):
    before, after = content(tne.open(root)), {}

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(commit, step, stop)
        with pytest.raises(KeyboardInterrupt):
            costs(root, COSTS)
    if step == "settle":  # decided: the list is there, the plain folder not yet
        assert look(root) is None
        assert len(lists(root)) == 5
    after = content(tne.open(root))
    assert (after == before) == (step == "sync")
    assert content(tne.open(root, as_of=4)) == before
    costs(root, COSTS)
    assert content(tne.open(root))["costs"]
    assert len(versions(root)) == 5


def test_a_kill_after_a_market_has_gone_is_finished(tmp_path):
    costs_of_fr = tmp_path / "tables/costs/market=FR/part.parquet"
    costs_of_fr.parent.mkdir(parents=True)
    costs_of_fr.touch()
    for _ in range(2):
        placing.settle(tmp_path, [("costs", "market=FR/part.parquet")])
        assert not costs_of_fr.parent.exists()


# What an import writes


@pytest.fixture
def months(tmp_path, monkeypatch):
    """A workspace whose markets are large from the fifth row on."""
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    for module in (store, touching):
        monkeypatch.setattr(module, "LARGE", 4)
    costs(tmp_path / "ws", COSTS[:16])
    return tmp_path / "ws"


def test_an_import_writes_only_the_months_of_its_rows(months):
    before = plain(months)
    assert sorted(before) == [
        f"costs/market={market}/part-2026-{month}.parquet"
        for market in ("DE", "FR")
        for month in ("01", "02")
    ]
    costs(months, COSTS[14:])
    after = plain(months)
    assert {place for place in after if before.get(place) != after[place]} == {
        "costs/market=DE/part-2026-03.parquet",
        "costs/market=FR/part-2026-03.parquet",
    }
    one = months.with_name("one")
    costs(one, COSTS)
    files = {place: (months / "tables" / place).read_bytes() for place in after}
    assert files == {place: (one / "tables" / place).read_bytes() for place in plain(one)}


def test_a_correction_finds_its_row_wherever_it_is(months):
    name, market, _, day = COSTS[0]
    report = costs(months, [(name, market, 99, day), (COSTS[2][0], "FR", 2, "2026-02-07")])  # one moves
    assert (report.table("costs").new, report.table("costs").replaced) == (0, 2)
    rows = tne.open(months).table("costs").set_index("cost_id")
    assert len(rows) == 16
    assert rows.loc[name, "amount"] == 99
    assert rows.loc[COSTS[2][0], "market"] == "FR"
    assert tne.open(months, as_of=1).table("costs")["amount"].sum() == sum(range(16))


def test_rows_in_files_of_other_names_are_neither_lost_nor_doubled(months):
    home = months / "tables/costs/market=DE"
    os.replace(home / "part-2026-02.parquet", home / "old.parquet")  # as somebody might do by hand
    write_tables({"costs": tne.open(months).table("costs").query("cost_id == 'c00'")}, months.with_name("x"))
    costs(months, [(COSTS[8][0], "DE", 50, COSTS[8][3])])
    rows = tne.open(months).table("costs").set_index("cost_id")
    assert len(rows) == 16
    assert rows.index.is_unique
    assert rows.loc[COSTS[8][0], "amount"] == 50
    assert not (home / "old.parquet").exists()


# Versions that go, or are written anew


def test_pruning_keeps_what_it_says_and_frees_what_it_says(root):
    one, two, three, _ = versions(root)
    now = content(tne.open(root))
    assert prune(root, before=two.at - dt.timedelta(microseconds=1), dry=True).gone == ()
    assert prune(root, before=two.at, dry=True).gone == (1,)
    planned = prune(root, before=three.at, dry=True)
    size = sum(path.stat().st_size for path in parts(root))
    done = prune(root, keep=2)
    assert done.gone == planned.gone == (1, 2)
    assert done.freed == planned.freed == size - sum(path.stat().st_size for path in parts(root)) > 0
    assert content(tne.open(root)) == now
    with pytest.raises(ValueError, match="earliest version is 3"):
        tne.open(root, as_of=one.at)
    with pytest.raises(ValueError, match="At least one"):
        prune(root, keep=0)
    assert prune(root, keep=1).gone == (3,)
    assert prune(root, keep=1) == prune(root, before=dt.datetime.now(dt.UTC))


def test_the_settings_say_how_many_versions_an_import_leaves(root):
    settings = root / "tne.toml"
    settings.write_text(settings.read_text("utf-8") + "[store]\nkeep = 2\n", encoding="utf-8")
    costs(root, COSTS[:2])
    assert [v.number for v in versions(root)] == [4, 5]
    settings.write_text("[store]\nkeep = 0\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"\[store\] of tne.toml must be a whole number"):
        costs(root, COSTS)
    assert len(versions(root)) == 2


def everything(root):
    """All text that any version holds, its lists included."""
    text = "".join(path.read_text("utf-8") for path in lists(root))
    for path in parts(root):
        text += pq.read_table(path, partitioning=None).to_pandas().to_csv()
    return text


def test_erasing_leaves_the_person_in_no_version(root):
    (ada,) = person(root, "ada@example.org")
    (ben,) = person(root, "ben@example.org")
    opened = tne.open(root, as_of=2)
    numbers, at = [v.number for v in versions(root)], [v.at for v in versions(root)]
    assert ada in everything(root)
    planned = erase(root, "mail", "ada@example.org", dt.date(2026, 6, 1), dry=True)
    assert (planned.versions, planned.rows["responses"]) == (3, 3)
    erase(root, "mail", "ada@example.org", dt.date(2026, 6, 1))
    assert ada not in everything(root)
    assert ben in everything(root)
    assert ([v.number for v in versions(root)], [v.at for v in versions(root)]) == (numbers, at)
    assert [len(tne.open(root, as_of=n).table("moderators")) for n in numbers] == [4] * 4
    assert len(tne.open(root, as_of=2).table("responses")) == 2
    assert {p.name for p in parts(root)} == {
        f"{part.sha256[:32]}.parquet"
        for v in versions(root)
        for t in v.tables.values()
        for part in t.parts.values()
    }
    with pytest.raises(Exception, match="No files found"):
        opened.table("responses")


def test_counts_that_are_kept_are_the_same_unknown_person_in_every_version(root):
    (ada,) = person(root, "ada@example.org")
    erase(root, "mail", "ada@example.org", dt.date(2026, 6, 1), keep_counts=True)
    assert ada not in everything(root)
    then, now = (set(tne.open(root, as_of=n).table("moderators")["moderator_id"]) for n in (1, 4))
    assert then == now
    old, new = (tne.open(root, as_of=n).table("responses") for n in (2, 4))
    assert set(old["attempt_id"]) < set(new["attempt_id"])


def test_a_new_key_leaves_no_version_with_the_old_pseudonyms(root):
    counts = [content_size(root, v.number) for v in versions(root)]
    old = set(tne.open(root).table("responses")["attempt_id"]) | set(
        tne.open(root).table("moderators")["moderator_id"]
    )
    rotate(root)
    text = everything(root)
    assert not [name for name in old if name in text]
    assert [content_size(root, v.number) for v in versions(root)] == counts
    (ada,) = person(root, "ada@example.org")
    assert ada in set(tne.open(root, as_of=1).table("moderators")["moderator_id"])
    bring(root, "quiz")
    assert len(versions(root)) == 4


def content_size(root, number):
    workspace = tne.open(root, as_of=number)
    return {name: len(workspace.table(name)) for name in workspace.tables}


def test_no_hard_links_no_harm(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))

    def refuse(*_):
        raise OSError(95, "not supported")

    monkeypatch.setattr(placing.os, "link", refuse)
    root = tmp_path / "ws"
    costs(root, COSTS[:2])
    costs(root, COSTS[:4])
    now = content(tne.open(root))
    assert [len(tne.open(root, as_of=n).table("costs")) for n in (1, 2)] == [2, 4]
    before = versions(root)
    costs(root, COSTS[:4])
    assert versions(root) == before
    assert content(tne.open(root)) == now


# The command


def test_the_command_lists_and_prunes(root, capsys):
    place = ["--workspace", str(root)]
    assert main(["store", "list", *place]) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 6
    assert told[4].startswith("Last changed: audits ")
    assert "UTC  import legacy: responses (1 file, 0.0 MB)" in told[2]
    assert main(["store", "list", "--json", *place]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["version"] for one in told["versions"]] == [1, 2, 3, 4]
    assert told["last_imported"]["responses"] == told["versions"][2]["stored_at"]
    assert main(["store", "prune", "--keep", "3", "--dry-run", *place]) == 0
    assert "1 versions would go (1), 0.0 MB freed." in capsys.readouterr().out
    assert main(["store", "prune", "--before", "2999-01-01", *place]) == 0
    assert "3 versions went (1, 2, 3)" in capsys.readouterr().out
    assert main(["store", "prune", "--before", "soon", *place]) == 2
    assert main(["store", "prune", "--keep", "0", *place]) == 2
    assert [v.number for v in versions(root)] == [4]
