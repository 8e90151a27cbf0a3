"""Tables on disk: same bytes, whole files, and a content hash that knows rows and not their order."""

import hashlib

import pandas as pd
import pytest
import small_company as small

import tne
from tne.tables.fingerprint import input_hash
from tne.tables.store import content_hash, write_tables


def frames():
    rows = [
        (m, f"m{i % 4}", f"2026-03-{1 + i % 27:02d} 12:00", i % 4 > 0, 1 + i % 3)
        for i in range(60)
        for m in ("DE", "BR")
    ]
    return {"markets": small.markets(), "audits": small.audits(rows), "programmes": small.programmes()}


def bytes_of(root):
    return {
        p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in root.rglob("*.parquet")
    }


def test_layout_and_same_bytes_whatever_the_order_of_rows(tmp_path):
    write_tables(frames(), tmp_path / "a")
    shuffled = {n: f.sample(frac=1, random_state=3)[list(f.columns)[::-1]] for n, f in frames().items()}
    write_tables(shuffled, tmp_path / "b")
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")
    assert set(bytes_of(tmp_path / "a")) == {
        "tables/markets/part.parquet",
        "tables/programmes/part.parquet",
        "tables/audits/market=BR/part.parquet",
        "tables/audits/market=DE/part.parquet",
    }
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_market_that_is_gone_goes_from_the_store(tmp_path):
    write_tables(frames(), tmp_path)
    write_tables({"audits": frames()["audits"].query("market == 'DE'")}, tmp_path)
    assert not (tmp_path / "tables/audits/market=BR").exists()
    assert set(tne.open(tmp_path).table("audits")["market"]) == {"DE"}


def test_written_and_read_back_is_the_same_content(tmp_path):
    given = frames()["audits"]
    write_tables(frames(), tmp_path)
    read = tne.open(tmp_path).table("audits")
    assert content_hash(read[list(given.columns)]) == content_hash(given)


@pytest.mark.parametrize("change", ["value", "row", "column", "null", "twice"])
def test_content_hash_sees_every_change(change):
    frame = frames()["audits"]
    before = content_hash(frame)
    assert content_hash(frame.sample(frac=1, random_state=1)) == before
    if change == "value":
        frame.loc[5, "sampling_weight"] += 1e-9
    elif change == "row":
        frame = frame.iloc[1:]
    elif change == "column":
        frame = frame.rename(columns={"queue": "line"})
    elif change == "null":
        frame.loc[5, "queue"] = None
    else:
        frame = pd.concat([frame, frame.iloc[[0]]])
    assert content_hash(frame) != before


def test_swapped_columns_change_the_hash():
    a = pd.DataFrame({"x": ["1", "2"], "y": ["2", "1"]})
    assert content_hash(a) != content_hash(a.assign(y=["1", "2"]))


def test_input_hash_follows_one_market_and_the_settings(tmp_path):
    write_tables(frames(), tmp_path)
    before = {m: input_hash(tmp_path, m) for m in ("DE", "BR")}
    changed = frames()["audits"]
    changed.loc[changed["market"] == "BR", "sampling_weight"] = 9.0
    write_tables({"audits": changed}, tmp_path)
    assert input_hash(tmp_path, "DE") == before["DE"]
    assert input_hash(tmp_path, "BR") != before["BR"]
    assert input_hash(tmp_path, "DE", until="2026-03-10") != before["DE"]
    (tmp_path / "tne.toml").write_text('name = "x"\n')
    assert input_hash(tmp_path, "DE") != before["DE"]


def test_what_cannot_be_stored_is_refused_and_leaves_the_store_as_it_was(tmp_path):
    write_tables(frames(), tmp_path)
    before = bytes_of(tmp_path)
    broken = frames()["audits"]
    broken.loc[4, "audit_id"] = broken.loc[5, "audit_id"]
    for bad, match in (
        (broken, "key in 2 rows"),
        (frames()["audits"].drop(columns="correct"), "column_missing"),
        (frames()["audits"].assign(market="../up"), "codes that are not letters"),
        (frames()["audits"].assign(moderator_id=None), "not_null"),
    ):
        with pytest.raises(ValueError, match=match):
            write_tables({"audits": bad}, tmp_path)
    assert bytes_of(tmp_path) == before
