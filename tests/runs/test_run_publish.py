"""The output folder at every moment: whole files, each with its own numbers."""

import errno
import json
import os
import time

import fake
import pytest

from tne.runs import publish as publishing
from tne.runs import run as engine
from tne.runs import together
from tne.runs.execute import Executed, Signals
from tne.runs.hashes import file_sha256
from tne.runs.manifest import Book, read, write
from tne.runs.outcome import UsageError, exit_code
from tne.runs.plan import find_notebooks, plan
from tne.runs.publish import Unwritable, current, locked, publish, replace, rows, shelf, tidy


def put(output, html, period="2026Q1", path="r/AA.html"):
    facts = {"run_id": html, "report": "r", "market": "AA", "period": period, "facts": {}}
    return publish(output, path, html, [{"measure": html}], **facts)


def test_page_and_its_rows_belong_together(tmp_path):
    put(tmp_path, "one")
    assert current(tmp_path, "r/AA.html").rows == [{"measure": "one"}]
    (tmp_path / "r" / "AA.html").write_text("edited by hand")
    assert current(tmp_path, "r/AA.html") is None
    assert shelf(tmp_path) == {}


def test_earlier_period_moves_to_the_archive(tmp_path):
    put(tmp_path, "one", "2026Q1")
    put(tmp_path, "one again", "2026Q1")
    put(tmp_path, "two", "2026Q2")
    kept = shelf(tmp_path)
    assert {path: r.period for path, r in kept.items()} == {
        "r/AA.html": "2026Q2",
        "r/AA/2026Q1.html": "2026Q1",
    }
    assert (tmp_path / "r" / "AA" / "2026Q1.html").read_text() == "one again"
    assert rows(tmp_path, kept["r/AA/2026Q1.html"]) == [{"measure": "one again"}]
    tidy(tmp_path, kept)
    assert shelf(tmp_path) == kept
    assert len(list((tmp_path / ".cache" / "records").iterdir())) == 2


def test_replace_writes_only_what_changed(tmp_path):
    assert replace(tmp_path / "x", b"1")
    assert not replace(tmp_path / "x", b"1")
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    replace(tmp_path / "x", b"old")
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        replace(tmp_path / "x", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x", b"old")]


def test_two_runs_in_one_folder_are_refused(tmp_path):
    with locked(tmp_path), pytest.raises(UsageError, match="Another run"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([("published", "")], 0),
        ([("unchanged", ""), ("published", "")], 0),
        ([("failed", "contract"), ("failed", "contract")], 3),
        ([("refused", "gate")], 4),
        ([("failed", "kernel"), ("failed", "timeout")], 5),
        ([("failed", "cell")], 1),
        ([("failed", "contract"), ("failed", "kernel")], 1),
        ([("failed", "contract"), ("published", "")], 1),
        ([("stale", "gate"), ("unchanged", "")], 1),
    ],
)
def test_exit_codes(outcomes, code):
    assert exit_code([{"status": status, "cause": cause} for status, cause in outcomes]) == code


PAGE = (
    '<!doctype html><html lang="en"><head><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'\">"
    "<title>t</title></head><body><main><h1>Report {}</h1></main></body></html>"
)


def stub(published, reads="own", fail=(), stop=None):
    """Return an `execute` that publishes tiny pages without notebooks; `published` notes their markets."""

    def execute(due, work, *, done, started, **more):
        for i, (planned, _) in enumerate(due):
            if planned.market == stop:
                raise KeyboardInterrupt  # as good as any moment at which a run may be gone
            started(planned)
            folder = work / str(i)
            folder.mkdir()
            (folder / "page.html").write_text(PAGE.format(f"{planned.market} {planned.own_id}"))
            row = {"report": planned.report, "market": planned.market, "programme_id": "p", "measure": "gain"}
            (folder / "rows.json").write_text(json.dumps([row | {"estimate": 0.5, "n_people": 20}]))
            (folder / "private.json").write_text("[]")
            (folder / "groups.json").write_text("[]")
            good = {"ok": True, "seconds": 0.1, "facts": {"period": "2026Q2"}} | (
                {"reads": reads} if reads else {}
            )
            bad = {"ok": False, "seconds": 0.1, "cause": "cell", "reason": "It broke."}
            done(Executed(planned, folder, bad if planned.market in fail else good))
            published.append(planned.market)

    return execute


def go(root, monkeypatch, force=False, **how):
    made = []
    monkeypatch.setattr(engine, "execute", stub(made, **how))
    home, output = root / "data" / "demo", root / "reports"
    chosen = plan(home, find_notebooks(None, home, root), output=output)
    options = engine.Options(quiet=True, force=force)
    return engine.run(home, chosen, output, options, {}, Signals()), made


@pytest.mark.parametrize(("reads", "due"), [("own", ["BB"]), ("all", ["AA", "BB"]), ("", ["AA", "BB"])])
def test_what_a_report_has_read_decides_what_makes_it_due(tmp_path, monkeypatch, reads, due):
    """A result that does not say what it has read counts as having read everything."""
    root = fake.project(tmp_path, "AA", "BB")
    book, made = go(root, monkeypatch, reads=reads)
    assert made == ["AA", "BB"]
    assert {e["reads"] for e in book["reports"]} == {reads or "all"}
    assert go(root, monkeypatch, reads=reads)[1] == []
    fake.audits(root, "BB", 5)
    assert go(root, monkeypatch, reads=reads)[1] == due


def test_manifest_in_pieces_is_the_manifest_as_a_whole(tmp_path):
    facts = {"schema_version": 1, "inputs": {"AA": {"audits": {"sha256": "x", "rows": None}}}, "run_id": "ü"}
    told = [{"target": f"r/{m}.html", "reason": 'a "quoted"\nline'} for m in ("BB", "AA")]
    book = Book(facts, told)
    book.note({"target": "r/BB.html", "reason": "later"})
    book.facts["status"] = "complete"
    book.write(tmp_path)
    assert read(tmp_path) == book.whole()
    assert [e["reason"] for e in book.reports] == [told[1]["reason"], "later"]
    write(tmp_path, {**facts, "reports": []})
    assert read(tmp_path) == {**facts, "reports": []}


def test_a_run_that_was_killed_goes_on_where_it_stopped(tmp_path, monkeypatch):
    root = fake.project(tmp_path, "AA", "BB", "CC")
    with pytest.raises(KeyboardInterrupt):
        go(root, monkeypatch, stop="CC")
    assert fake.statuses(root)["AA"] == "published"
    assert fake.manifest(root)["status"] == "failed"
    left = root / "reports" / "effectiveness" / ".CC.html.0123abcd.tmp"
    left.write_text("half")
    assert go(root, monkeypatch)[1] == ["CC"]
    assert not left.exists()


def test_clock_that_goes_backwards_changes_nothing(tmp_path, monkeypatch):
    root = fake.project(tmp_path, "AA", "BB")
    go(root, monkeypatch)
    good = fake.published(root)
    long_ago = time.time_ns() - 10**18
    monkeypatch.setattr("tne.runs.hashes.time.time_ns", lambda: long_ago)
    monkeypatch.setattr("tne.runs.manifest.now", lambda: "1999-01-01T00:00:00Z")
    assert go(root, monkeypatch)[1] == []
    assert go(root, monkeypatch, force=True)[1] == ["AA", "BB"]
    assert fake.published(root) == good


def test_last_good_page_stays_and_says_why_it_is_stale(tmp_path, monkeypatch):
    root = fake.project(tmp_path, "AA", "BB")
    go(root, monkeypatch)
    page = (root / "reports" / "effectiveness" / "BB.html").read_bytes()
    fake.audits(root, "BB", 5)
    for _ in range(2):
        book, made = go(root, monkeypatch, fail=("BB",))
        assert (book["exit_code"], made) == (1, ["BB"])
        assert [(e["status"], e["reason"]) for e in book["reports"]] == [
            ("unchanged", ""),
            ("stale", "It broke."),
        ]
    assert (root / "reports" / "effectiveness" / "BB.html").read_bytes() == page
    assert "It broke." in (root / "reports" / "index.html").read_text(encoding="utf-8")
    assert b",BB," in fake.published(root)["estimates.csv"]


@pytest.mark.parametrize("on", [errno.ENOSPC, None])
def test_a_page_that_was_put_before_a_fault_is_told_as_it_stands(tmp_path, monkeypatch, on):
    """Of the fault that stopped the run, or of one that the files over all reports meet as well."""
    root = fake.project(tmp_path, "AA", "BB")
    go(root, monkeypatch)
    fake.audits(root, "BB", 5)
    true = together.write

    def stopped(*arguments):
        monkeypatch.setattr(together, "write", true if on else broken)
        raise OSError(on, "No space left on device") if on else ValueError("broken")

    def broken(*arguments):
        raise ValueError("broken")

    monkeypatch.setattr(together, "write", stopped)
    with pytest.raises(Unwritable if on else ValueError):
        go(root, monkeypatch)
    book = read(root / "reports")
    assert (book["status"], book["exit_code"]) == ("failed", 1)
    for name, sha256 in book["outputs"].items():
        assert file_sha256(root / "reports" / name) == sha256, name
    assert set(book["outputs"]) == set(fake.published(root))


@pytest.mark.parametrize("on", ["page", "everything"])
def test_full_disk_is_one_sentence_and_leaves_every_page(tmp_path, monkeypatch, on):
    root = fake.project(tmp_path, "AA", "BB")
    go(root, monkeypatch)
    good = fake.published(root)
    fake.audits(root, "BB", 5)
    true, full = os.fsync, [on == "everything"]

    def fsync(handle):
        full[0] = full[0] or "BB.html" in os.readlink(f"/proc/self/fd/{handle}")
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        true(handle)

    monkeypatch.setattr(publishing.os, "fsync", fsync)
    what = (
        (Unwritable, r"stopped at .*No space left.*run again")
        if on == "page"
        else (UsageError, "Cannot write")
    )
    with pytest.raises(what[0], match=what[1]) as error:
        go(root, monkeypatch)
    assert error.value.exit_code == (1 if on == "page" else 2)
    assert fake.published(root) == good
    monkeypatch.setattr(publishing.os, "fsync", true)
    assert go(root, monkeypatch)[1] == ["BB"]


def test_output_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "reports").write_text("a file")
    with (
        pytest.raises(UsageError, match=r"Cannot write to .*Nothing was started"),
        locked(tmp_path / "reports"),
    ):
        pass
