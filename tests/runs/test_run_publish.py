"""The output folder at every moment: whole files, each with its own numbers."""

import pytest

from tne.runs.outcome import UsageError, exit_code
from tne.runs.publish import current, locked, publish, replace, shelf, tidy


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
