"""Several hosts, one output folder: each makes its share, and nobody writes over another's shoulder."""

import json
import subprocess
import sys

import fake
import pytest

from tne.runs.outcome import UsageError
from tne.runs.publish import CACHE, Record, locked
from tne.runs.shard import Shard, alone, merged, running

PATHS = [f"effectiveness/{chr(a)}{chr(b)}.html" for a in range(65, 91) for b in range(65, 91)]


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_every_report_is_in_exactly_one_share(of):
    shares = [[path for path in PATHS if Shard(i, of).takes(path)] for i in range(1, of + 1)]
    assert sorted(path for share in shares for path in share) == PATHS
    fair = len(PATHS) / of
    spread = (fair * (1 - 1 / of)) ** 0.5
    assert all(abs(len(share) - fair) <= 4 * spread for share in shares)  # as evenly as a fair die


def test_share_of_a_report_stays_when_others_come_and_is_the_same_on_every_host():
    """SHA-256 of the path as JSON, the first 48 bits modulo 3; computed here apart from the package."""
    code = (
        "import hashlib, json\n"
        "d = hashlib.sha256(json.dumps('effectiveness/DE.html').encode()).digest()\n"
        "print(int.from_bytes(d[:6], 'big') % 3 + 1)"
    )
    for seed in ("1", "2"):
        line = [sys.executable, "-c", code]
        done = subprocess.run(line, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed})
        assert Shard(int(done.stdout), 3).takes("effectiveness/DE.html")


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2", "1/1000", " 1/2"])
def test_wrong_shares_are_refused(text):
    with pytest.raises(UsageError, match="is no share"):
        Shard.parse(text)


def test_shares_of_one_number_run_at_once(tmp_path):
    with running(tmp_path, Shard(1, 2)), running(tmp_path, Shard(2, 2)):
        with alone(tmp_path):
            pass
        assert sorted(p.name for p in (tmp_path / CACHE).iterdir() if p.is_dir()) == [
            "shard-1-of-2",
            "shard-2-of-2",
        ]


def test_nobody_else_runs_beside_a_share(tmp_path):
    with running(tmp_path, Shard(1, 2)):
        with pytest.raises(UsageError, match="Another run is writing"), locked(tmp_path):
            pass
        with (
            pytest.raises(UsageError, match="Share 1/2 is being made already"),
            running(tmp_path, Shard(1, 2)),
        ):
            pass
        with pytest.raises(UsageError, match="Share 1/2 is writing"), running(tmp_path, Shard(2, 3)):
            pass
    with locked(tmp_path), pytest.raises(UsageError, match="An ordinary run"), running(tmp_path, Shard(1, 2)):
        pass
    with running(tmp_path, Shard(2, 3)):  # all have let go
        pass


def test_half_files_are_removed_only_by_the_first_share(tmp_path):
    half = tmp_path / "r" / ".AA.html.0.tmp"
    half.parent.mkdir()
    half.write_text("half")
    with running(tmp_path, Shard(1, 2)):
        assert not half.exists()
        half.write_text("of share 1, being written")
        with running(tmp_path, Shard(2, 2)):
            assert half.exists()


def test_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(UsageError, match="Cannot write to"), running(tmp_path / "reports", Shard(1, 2)):
        pass


HOLDER = """
import sys
from pathlib import Path
from tne.runs.shard import Shard, running
with running(Path(sys.argv[1]), Shard(1, 2)):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_killed_share_holds_nothing(tmp_path):
    line = [sys.executable, "-c", HOLDER, str(tmp_path)]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(UsageError, match="Share 1/2"), running(tmp_path, Shard(1, 3)):
        pass
    process.kill()
    process.communicate()
    with running(tmp_path, Shard(1, 3)):
        pass


def entry(path, status="published", selected=True):
    report, market = path.removesuffix(".html").split("/")
    made = {"report": report, "market": market, "status": status, "target": path, "selected": selected}
    return {**made, "path": path if status == "published" else None, "cause": "cell", "sha256": ""}


def book(run_id="plan", code=0, at="05:00", market="AA"):
    return {
        "run_id": run_id,
        "status": "failed" if code else "complete",
        "exit_code": code,
        "started_at": at,
        "finished_at": at + ":30",
        "seconds": 30.0,
        "inputs": {market: {}},
        "reports": [],
    }


def record(path):
    return Record(path, "s", "plan", "r", path[2:4], "", {}, [])


def test_manifest_is_whole_once_every_share_has_finished():
    """Two shares and one failure, by hand."""
    one = {"r/AA.html": entry("r/AA.html"), "r/BB.html": entry("r/BB.html", "failed")}
    two = {"r/CC.html": entry("r/CC.html")}
    shelf = {path: record(path) for path in ("r/AA.html", "r/CC.html")}
    first = merged(Shard(2, 2), book(at="05:01", market="CC"), two, {}, shelf)
    assert (first["status"], first["exit_code"], first["finished_at"]) == ("running", None, None)
    assert list(first["shards"]["finished"]) == ["2"]
    whole = merged(Shard(1, 2), book(code=1), one, first, shelf)
    assert (whole["status"], whole["exit_code"], whole["started_at"]) == ("failed", 1, "05:00")
    assert list(whole["shards"]["finished"]) == ["1", "2"]
    assert {e["target"]: (e["status"], e["selected"]) for e in whole["reports"]} == {
        "r/AA.html": ("published", True),
        "r/BB.html": ("failed", True),
        "r/CC.html": ("published", True),
    }
    assert set(whole["inputs"]) == {"AA", "CC"}
    again = merged(Shard(1, 2), book(at="06:00"), {**one, "r/BB.html": entry("r/BB.html")}, whole, shelf)
    assert (again["status"], again["exit_code"]) == ("complete", 0)


@pytest.mark.parametrize(
    "stored", [book("another plan"), {**book(), "shards": {"of": 3, "finished": {"3": {}}}}, {}]
)
def test_shares_of_another_plan_or_number_do_not_count(stored):
    stored = {**stored, "reports": [entry("r/CC.html")]} if stored else stored
    found = merged(
        Shard(1, 2), book(), {"r/AA.html": entry("r/AA.html")}, stored, {"r/CC.html": record("r/CC.html")}
    )
    assert found["status"] == "running"
    assert list(found["shards"]["finished"]) == ["1"]
    assert {e["target"]: e["selected"] for e in found["reports"]} == {"r/AA.html": True, "r/CC.html": False}


def test_interrupted_share_interrupts_the_whole():
    stopped = {**book(code=143), "status": "interrupted"}
    first = merged(Shard(1, 2), stopped, {}, {}, {})
    whole = merged(Shard(2, 2), book(), {}, first, {})
    assert (whole["status"], whole["exit_code"]) == ("interrupted", 143)


@pytest.mark.xdist_group("runs_shard")
def test_two_hosts_at_once_publish_what_one_run_publishes(tmp_path):
    codes = [
        next(c for c in ("A1", "A2", "A3", "A4", "A5") if Shard(i, 2).takes(f"effectiveness/{c}.html"))
        for i in (1, 2)
    ]
    root = fake.project(tmp_path, *codes)
    lines = [fake.command("run", "--jobs", "1", "--json", "--shard", f"{i}/2") for i in (1, 2)]
    started = [
        subprocess.Popen(line, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for line in lines
    ]
    for i, process in enumerate(started):
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert [e["market"] for e in json.loads(out)["reports"]] == [codes[i]]
    book = fake.manifest(root)
    finished = book["shards"].pop("finished")
    assert book["shards"] == {"of": 2}
    assert set(finished) == {"1", "2"}
    assert max(share["started_at"] for share in finished.values()) <= min(
        s["finished_at"] for s in finished.values()
    )
    assert (book["status"], book["exit_code"]) == ("complete", 0)
    assert fake.statuses(root) == dict.fromkeys(codes, "published")
    for i in (1, 2):
        own = json.loads((root / "reports" / CACHE / f"shard-{i}-of-2" / "manifest.json").read_text("utf-8"))
        assert [e["market"] for e in own["reports"] if e["selected"]] == [codes[i - 1]]
    assert set(book["outputs"]) == set(fake.published(root))

    # an ordinary run finds nothing to do, and writes the same files over all reports
    before = fake.published(root)
    for name in ("index.html", "estimates.csv"):
        (root / "reports" / name).unlink()
    assert fake.tne("run", cwd=root).returncode == 0
    assert set(fake.statuses(root).values()) == {"unchanged"}
    assert fake.published(root) == before
