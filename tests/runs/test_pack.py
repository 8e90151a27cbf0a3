"""What leaves the team: only pages that are still what was published, whole, in one step, with an index that works."""

import io
import json
import os
import re
import signal
import threading
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import fake
import pytest

from tne.cli import main
from tne.report.block import Block, estimates_row
from tne.report.page import page
from tne.report.voice import voice
from tne.runs import leaving, manifest, parcel, pdf, publish
from tne.runs.execute import Interrupted, Signals
from tne.runs.outcome import Refused, UsageError
from tne.runs.outgoing import Asked
from tne.runs.pack import missing as pack_missing
from tne.runs.pack import pack
from tne.runs.progress import Progress
from tne.tables.ledger import open_ledger

OFFICE = ("html", "xlsx", "pptx", "csv")
TABLE = (
    '<div class="scroll"><table><caption>Numbers</caption><thead><tr><th scope="col">Week</th>'
    '<th scope="col" data-kind="number">Estimate</th></tr></thead><tbody><tr><th scope="row">1</th>'
    '<td data-v="2.4">2.4</td></tr></tbody></table></div>'
)


def html_of(report, market, extra=""):
    say = voice({"market": market, "name": market, "language": "en"}, report=report)
    front = f'<header class="front"><p class="kicker">K</p><h1>Verdict in {market}</h1></header>'
    blocks = [Block(front, kind="front"), Block(TABLE + extra)]
    return page(blocks, say, run={"run_id": "abc", "index": "../index.html"})


def put(output, report, market, *, extra="", period="2026Q2"):
    row = estimates_row(
        report=report, market=market, programme_id="p1", level="behaviour", measure="accuracy", term="effect",
        group="all", period=period, estimate=2.4, conf_low=1.3, conf_high=3.5, n=400, n_people=45,
    )  # fmt: skip
    verdict = estimates_row(
        report=report, market=market, programme_id="p1", measure="verdict", term="decision", period=period,
        decision="keep", grade="B",
    )  # fmt: skip
    rows = [{k: v for k, v in one.items() if v == v} for one in (row, verdict)]
    facts = {"period": period, "as_of": "2026-06-28T00:00:00Z"}
    where = {"run_id": "r", "report": report, "market": market, "period": period, "facts": facts}
    publish.publish(output, f"{report}/{market}.html", html_of(report, market, extra), rows, **where)


def note(output, change=lambda entry: None, **facts):
    entries = manifest.merge([], [], publish.shelf(output))
    for entry in entries:
        change(entry)
    told = {"schema_version": manifest.SCHEMA, "status": "complete", **facts, "reports": entries}
    manifest.write(output, told)


@pytest.fixture
def reports(tmp_path):
    output = tmp_path / "reports"
    for report, market in (("effectiveness", "AA"), ("effectiveness", "BB"), ("briefing", "AA")):
        put(output, report, market)
    note(output)
    return output


def packed(reports, target, formats=OFFICE, root=None, signals=None, **more):
    with Signals() as own:
        asked = Asked(reports, target, tuple(formats), **more)
        return pack(asked, root, signals or own, Progress(quiet=True))


def names(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found += [
            value for name, value in attrs if tag == "a" and name == "href" and not value.startswith("#")
        ]


def test_folder_holds_every_format_and_no_dead_link(reports, tmp_path):
    told = packed(reports, tmp_path / "out")
    out = tmp_path / "out"
    assert (told["exit_code"], told["changed"]) == (0, True)
    assert names(out) == sorted(
        ["index.html", "estimates.csv", "contents.json"]
        + [
            f"{p}.{kind}"
            for p in ("briefing/AA", "effectiveness/AA", "effectiveness/BB")
            for kind in OFFICE[:3]
        ]
    )
    assert (out / "effectiveness/AA.html").read_bytes() == (reports / "effectiveness/AA.html").read_bytes()
    for file in out.rglob("*.html"):
        for link in Links(file.read_text(encoding="utf-8")).found:
            assert (file.parent / link.split("#")[0]).resolve().is_file(), link
    index = Links((out / "index.html").read_text(encoding="utf-8")).found
    assert {"effectiveness/AA.html", "effectiveness/AA.xlsx", "effectiveness/AA.pptx"} <= set(index)


def test_contents_name_the_hash_of_every_file(reports, tmp_path):
    packed(reports, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "contents.json").read_text(encoding="utf-8"))
    listed = told["files"] | {name: sha for entry in told["reports"] for name, sha in entry["files"].items()}
    found = {name: publish.file_sha256(tmp_path / "out" / name) for name in names(tmp_path / "out")}
    assert listed == {name: sha for name, sha in found.items() if name != "contents.json"}


def test_zip_is_the_same_twice_and_safe_to_unpack(reports, tmp_path):
    packed(reports, tmp_path / "a.zip")
    packed(reports, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as parts:
        for info in parts.infolist():
            assert not info.filename.startswith(("/", "\\"))
            assert ".." not in Path(info.filename).parts
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert parts.read("briefing/AA.html") == (reports / "briefing/AA.html").read_bytes()
    assert packed(reports, tmp_path / "a.zip")["changed"] is False


def test_second_time_nothing_changes(reports, tmp_path):
    packed(reports, tmp_path / "out")
    before = {name: (tmp_path / "out" / name).stat().st_ino for name in names(tmp_path / "out")}
    assert packed(reports, tmp_path / "out")["changed"] is False
    assert before == {name: (tmp_path / "out" / name).stat().st_ino for name in names(tmp_path / "out")}


def test_edited_page_stays_and_the_others_go(reports, tmp_path):
    edited = reports / "effectiveness" / "BB.html"
    edited.write_text(edited.read_text(encoding="utf-8").replace("2.4", "9.9"), encoding="utf-8")
    told = packed(reports, tmp_path / "out")
    assert told["exit_code"] == 1
    (refused,) = [entry for entry in told["reports"] if entry["status"] == "refused"]
    assert (refused["market"], refused["files"]) == ("BB", [])
    assert "not the one that was published" in refused["reason"]
    assert not any("BB" in name for name in names(tmp_path / "out"))
    assert "BB" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert ",BB," not in (tmp_path / "out" / "estimates.csv").read_text(encoding="utf-8")


def test_if_nothing_can_go_what_stood_there_stays(reports, tmp_path):
    packed(reports, tmp_path / "out", markets=("BB",))
    before = names(tmp_path / "out")
    edited = reports / "effectiveness" / "BB.html"
    edited.write_text(edited.read_text(encoding="utf-8") + "<!-- -->", encoding="utf-8")
    assert packed(reports, tmp_path / "out", markets=("BB",))["exit_code"] == 4
    assert names(tmp_path / "out") == before


def test_page_with_its_record_but_another_hash_in_the_manifest_is_refused(reports, tmp_path):
    note(reports, lambda entry: entry.update(sha256="0" * 64))
    assert packed(reports, tmp_path / "out")["exit_code"] == 4
    assert not (tmp_path / "out").exists()


def test_page_that_was_withdrawn_from_the_ledger_stays(reports, tmp_path, monkeypatch):
    """Nobody is to have it: what it was the first to show counts no longer. Released again it goes."""
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    root = fake.project(tmp_path / "home", "AA", "BB") / "data" / "demo"
    ledger = open_ledger(root)

    def released(at):
        with ledger.locked():
            ledger.note("AA", [], ("effectiveness", "AA", "2026Q2"), at)

    released("2026-07-01T00:00:00+00:00")
    assert packed(reports, tmp_path / "out", root=root)["exit_code"] == 0
    ledger.withdraw(("effectiveness", "AA", "2026Q2"), "never sent")
    told = {
        (one["report"], one["market"]): one for one in packed(reports, tmp_path / "out", root=root)["reports"]
    }
    assert told["effectiveness", "AA"]["status"] == "refused"
    assert "withdrawn from the ledger" in told["effectiveness", "AA"]["reason"]
    assert "effectiveness/AA.html" not in names(tmp_path / "out")
    assert "effectiveness/BB.html" in names(tmp_path / "out")
    released("2026-07-02T00:00:00+00:00")
    assert packed(reports, tmp_path / "out", root=root)["exit_code"] == 0
    (root / "ledger" / "AA.jsonl").write_text("no seal\n")
    with pytest.raises(UsageError, match="says which pages were withdrawn"):
        packed(reports, tmp_path / "out", root=root)


def test_gate_is_asked_again(reports, tmp_path):
    put(reports, "effectiveness", "BB", extra="<p>asked m-bb0001 about it</p>")
    note(reports)
    home = fake.project(tmp_path / "home", "AA", "BB") / "data" / "demo"
    told = packed(reports, tmp_path / "out", root=home)
    assert told["ids_checked"] is True
    assert [entry["market"] for entry in told["reports"] if entry["status"] == "refused"] == ["BB"]
    assert "1 ids of people" in " ".join(entry["reason"] for entry in told["reports"])


def test_number_without_people_in_a_record_is_refused(reports, tmp_path):
    place = next((reports / ".cache" / "records").glob("*.json"))
    stored = json.loads(place.read_text(encoding="utf-8"))
    stored["rows"][0]["n_people"] = 3
    place.write_text(json.dumps(stored), encoding="utf-8")
    told = packed(reports, tmp_path / "out")
    assert [entry["status"] for entry in told["reports"]].count("refused") == 1


@pytest.mark.parametrize(
    "bad", ["../x", "..", "a/b", "a\\b", "C:x", "", ".hidden", "x\x00y", "AA/../../../x"]
)
def test_no_code_climbs_out_of_the_folder(reports, tmp_path, bad):
    def change(entry):
        if entry["market"] == "BB":
            entry.update(market=bad, path=f"effectiveness/{bad}.html", target=f"effectiveness/{bad}.html")

    note(reports, change)
    (tmp_path / "x.html").write_text("outside", encoding="utf-8")
    told = packed(reports, tmp_path / "deep" / "out")
    assert told["exit_code"] == 1
    assert [entry["status"] for entry in told["reports"]].count("refused") == 1
    assert names(tmp_path / "deep") == [f"out/{name}" for name in names(tmp_path / "deep" / "out")]
    assert sum(name.endswith(".html") for name in names(tmp_path / "deep" / "out")) == 3


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_link_out_of_the_reports_is_refused(reports, tmp_path):
    page_file = reports / "effectiveness" / "BB.html"
    page_file.rename(tmp_path / "elsewhere.html")
    page_file.symlink_to(tmp_path / "elsewhere.html")
    assert packed(reports, tmp_path / "out")["exit_code"] == 1


def test_stale_page_goes_and_is_called_so(reports, tmp_path):
    def change(entry):
        if entry["market"] == "BB":
            entry.update(status="stale", reason="The tables broke their contract.")

    note(reports, change)
    told = packed(reports, tmp_path / "out")
    assert told["exit_code"] == 0
    assert [entry["status"] for entry in told["reports"] if entry["market"] == "BB"] == ["stale"]
    assert "The tables broke their contract." in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "effectiveness" / "BB.html").is_file()


def test_only_what_was_asked_for(reports, tmp_path):
    packed(reports, tmp_path / "out", markets=("AA",), names=("briefing",), formats=("html", "csv"))
    assert names(tmp_path / "out") == ["briefing/AA.html", "contents.json", "estimates.csv", "index.html"]
    assert "effectiveness" not in (tmp_path / "out" / "estimates.csv").read_text(encoding="utf-8")
    packed(reports, tmp_path / "numbers", formats=("csv",))
    assert names(tmp_path / "numbers") == ["contents.json", "estimates.csv"]


def test_older_periods_go_only_if_asked_for(reports, tmp_path):
    put(reports, "effectiveness", "AA", extra="<p>new</p>", period="2026Q3")
    note(reports)
    packed(reports, tmp_path / "out", formats=("html",))
    assert "effectiveness/AA/2026Q2.html" not in names(tmp_path / "out")
    packed(reports, tmp_path / "all", formats=("html",), older=True)
    assert "effectiveness/AA/2026Q2.html" in names(tmp_path / "all")


def test_foreign_folder_is_left_alone(reports, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    (tmp_path / "mine.zip").write_text("no zip", encoding="utf-8")
    for place in (tmp_path / "mine", tmp_path / "mine.zip", reports, reports / "share", tmp_path):
        with pytest.raises(UsageError):
            packed(reports, place)
    assert (tmp_path / "mine" / "thesis.txt").read_text(encoding="utf-8") == "years of work"
    assert names(tmp_path / "mine") == ["thesis.txt"]


@pytest.mark.parametrize(
    ("change", "said"),
    [({"status": "running"}, "has not finished"), ({"schema_version": 99}, "no published reports")],
)
def test_unfinished_or_unknown_runs_are_refused(reports, tmp_path, change, said):
    note(reports, **change)
    with pytest.raises(UsageError, match=said):
        packed(reports, tmp_path / "out")


def test_signal_leaves_what_stood_there(reports, tmp_path):
    packed(reports, tmp_path / "out", markets=("AA",))
    before = names(tmp_path / "out")
    with Signals() as signals:
        signals.signum = 15
        with pytest.raises(Interrupted):
            packed(reports, tmp_path / "out", signals=signals)
    assert names(tmp_path / "out") == before
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".parcel")] == []


def test_failure_while_putting_brings_the_old_folder_back(reports, tmp_path, monkeypatch):
    packed(reports, tmp_path / "out", markets=("AA",))
    before, rename = names(tmp_path / "out"), Path.rename

    def broken(self, target):
        if self.name == "files":
            raise OSError("disk")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(OSError, match="disk"):
        packed(reports, tmp_path / "out")
    assert names(tmp_path / "out") == before


def test_killed_between_its_two_steps_is_mended_the_next_time(reports, tmp_path):
    packed(reports, tmp_path / "out", markets=("AA",))
    before = names(tmp_path / "out")
    left = tmp_path / ".out.0badcafe.parcel"
    left.mkdir()
    (tmp_path / "out").rename(left / "old")
    with parcel.prepared(tmp_path / "out"):
        assert names(tmp_path / "out") == before
    assert not left.exists()


def test_one_report_that_fails_stops_no_other(reports, tmp_path, monkeypatch):
    from tne.report.formats import workbook

    real = workbook.workbook

    def broken(found):
        if "BB" in found.headline:
            raise RuntimeError("Anna Example")
        return real(found)

    monkeypatch.setattr(workbook, "workbook", broken)
    told = packed(reports, tmp_path / "out", formats=("html", "xlsx"))
    (failed,) = [entry for entry in told["reports"] if entry["status"] == "failed"]
    assert (failed["market"], failed["reason"]) == ("BB", "No xlsx: RuntimeError.")
    assert told["exit_code"] == 1
    assert "effectiveness/BB.html" in names(tmp_path / "out")
    assert (
        "effectiveness/BB.xlsx"
        not in Links((tmp_path / "out" / "index.html").read_text(encoding="utf-8")).found
    )


def test_only_what_publish_made_is_replaced(reports, tmp_path):
    (tmp_path / "thesis.zip").write_bytes(office(chapter__xml="years of work"))
    for told in (
        {"schema_version": 1},
        {"schema_version": 1, "files": {}, "reports": [{"page": "x", "files": "x"}]},
    ):
        (tmp_path / "theirs").mkdir(exist_ok=True)
        (tmp_path / "theirs" / "contents.json").write_text(json.dumps(told), encoding="utf-8")
        (tmp_path / "theirs" / "index.html").write_text("years of work", encoding="utf-8")
        for place in ("thesis.zip", "theirs"):
            with pytest.raises(UsageError, match="did not"):
                packed(reports, tmp_path / place)
    (tmp_path / "note").mkdir()
    (tmp_path / "note" / "contents.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(UsageError, match="did not"):
        packed(reports, tmp_path / "note")
    assert (tmp_path / "theirs" / "index.html").read_text(encoding="utf-8") == "years of work"
    assert zipfile.ZipFile(tmp_path / "thesis.zip").namelist() == ["chapter/xml"]


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_who_could_not_read_it_still_cannot(reports, tmp_path):
    for place in (tmp_path / "out", tmp_path / "out.zip"):
        packed(reports, place, formats=("html",), markets=("AA",))
        place.chmod(0o700)
        before = place.stat().st_mtime_ns
        assert packed(reports, place, formats=("html",))["changed"] is True
        assert place.stat().st_mode & 0o777 == 0o700
        assert place.stat().st_mtime_ns > before


def test_file_that_somebody_put_into_the_parcel_is_not_lost(reports, tmp_path):
    packed(reports, tmp_path / "out", formats=("html",), markets=("AA",))
    (tmp_path / "out" / "effectiveness" / "minutes.txt").write_text("ours", encoding="utf-8")
    with pytest.raises(UsageError, match="holds files"):
        packed(reports, tmp_path / "out", formats=("html",))
    (tmp_path / "out" / "effectiveness" / "minutes.txt").unlink()
    (tmp_path / "out" / ".DS_Store").write_bytes(b"x")
    assert packed(reports, tmp_path / "out", formats=("html",))["changed"] is True


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"PK\x05\x06" + bytes(18)])
def test_broken_zip_is_left_alone(reports, tmp_path, content):
    (tmp_path / "out.zip").write_bytes(content)
    with pytest.raises(UsageError, match="did not make"):
        packed(reports, tmp_path / "out.zip")
    assert (tmp_path / "out.zip").read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="Windows holds no lock")
def test_two_at_once_do_not_take_each_other_s_files(reports, tmp_path):
    with parcel.prepared(tmp_path / "out") as work:
        with pytest.raises(UsageError, match="Another `tne publish`"):
            packed(reports, tmp_path / "out")
        assert work.is_dir()
    assert packed(reports, tmp_path / "out", formats=("html",))["changed"] is True


def test_leftovers_are_found_whatever_the_target_is_called(reports, tmp_path):
    packed(reports, tmp_path / "q[3]*", formats=("html",))
    left = tmp_path / ".q[3]*.0badcafe.parcel"
    left.mkdir()
    packed(reports, tmp_path / "q[3]*", formats=("html",))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["q[3]*", "reports"]


@pytest.mark.parametrize("name", ["BB.html", "BB.xlsx", "index.html", "contents.json"])
def test_full_disk_leaves_what_stood_there(reports, tmp_path, monkeypatch, name):
    packed(reports, tmp_path / "out", formats=("html", "xlsx"), markets=("AA",))
    before = names(tmp_path / "out")
    real = {kind: getattr(Path, kind) for kind in ("write_bytes", "write_text")}

    def full(kind):
        def write(self, content, *args, **more):
            if self.name == name and ".parcel" in str(self):
                real[kind](self, content[:3], *args, **more)
                raise OSError(28, "No space left on device")
            return real[kind](self, content, *args, **more)

        return write

    for kind in real:
        monkeypatch.setattr(Path, kind, full(kind))
    with pytest.raises(publish.Unwritable, match="No space left on device") as caught:
        packed(reports, tmp_path / "out", formats=("html", "xlsx"))
    assert caught.value.exit_code == 1
    assert names(tmp_path / "out") == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "reports"]


def test_without_its_workspace_the_index_takes_no_titles_from_another(reports, tmp_path, monkeypatch):
    import pyarrow as pa
    import pyarrow.parquet as pq

    place = tmp_path / "other" / "tables" / "programmes" / "part.parquet"
    place.parent.mkdir(parents=True)
    pq.write_table(pa.table({"programme_id": ["p1"], "title": ["Of another house"]}), place)
    monkeypatch.chdir(tmp_path / "other")
    packed(reports, tmp_path / "out", formats=("html",))
    assert "another house" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    packed(
        reports,
        tmp_path / "own",
        formats=("html",),
        root=fake.project(tmp_path / "home", "AA") / "data" / "demo",
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["reports"].append(dict(told["reports"][0])),
        lambda told: told["reports"][0].pop("sha256"),
        lambda told: told["reports"][0].update(path=5),
        lambda told: told["reports"].append("x"),
        lambda told: told.update(reports={"x": 1}),
    ],
)
def test_manifest_that_no_run_has_written_is_refused(reports, tmp_path, change):
    told = manifest.read(reports)
    change(told)
    (reports / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(UsageError, match="not what a run writes"):
        packed(reports, tmp_path / "out")


def test_id_in_the_rows_keeps_that_report_back(reports, tmp_path):
    home = fake.project(tmp_path / "home", "AA", "BB") / "data" / "demo"
    place = next(p for p in (reports / ".cache" / "records").glob("*.json") if '"BB"' in p.read_text())
    stored = json.loads(place.read_text(encoding="utf-8"))
    stored["rows"][0]["group"] = "m-bb0001"
    place.write_text(json.dumps(stored), encoding="utf-8")
    told = packed(reports, tmp_path / "out", formats=("html", "csv"), root=home)
    assert [entry["market"] for entry in told["reports"] if entry["status"] == "refused"] == ["BB"]
    assert "effectiveness/AA.html" in names(tmp_path / "out")
    assert "bb0001" not in (tmp_path / "out" / "estimates.csv").read_text(encoding="utf-8")


def test_period_of_a_manifest_is_a_period(reports, tmp_path):
    note(reports, lambda entry: entry.update(period="Anna Example" if entry["market"] == "BB" else "2026Q2"))
    packed(reports, tmp_path / "out", formats=("html",))
    assert "Anna" not in (tmp_path / "out" / "contents.json").read_text(encoding="utf-8")
    assert not any("BB" in name for name in names(tmp_path / "out"))


def test_record_of_another_report_is_refused(reports, tmp_path):
    place = next(p for p in (reports / ".cache" / "records").glob("*.json") if '"BB"' in p.read_text())
    stored = json.loads(place.read_text(encoding="utf-8"))
    place.write_text(json.dumps({**stored, "market": "AA", "rows": []}), encoding="utf-8")
    told = packed(reports, tmp_path / "out", formats=("html",))
    assert [entry["market"] for entry in told["reports"] if entry["status"] == "refused"] == ["BB"]


def test_page_that_changes_while_it_is_read_does_not_go(reports, tmp_path, monkeypatch):
    read = Path.read_bytes

    def between(self):
        content = read(self)
        if self == reports / "effectiveness" / "BB.html":
            content = content.replace(b"2.4", b"9.9")
        return content

    monkeypatch.setattr(Path, "read_bytes", between)
    told = packed(reports, tmp_path / "out", formats=("html", "csv"))
    assert [entry["market"] for entry in told["reports"] if entry["status"] == "refused"] == ["BB"]
    assert not any("BB" in name for name in names(tmp_path / "out"))


def test_earlier_page_goes_only_with_the_newest(reports, tmp_path):
    put(reports, "effectiveness", "AA", extra="<p>new</p>", period="2026Q3")
    note(reports)
    edited = reports / "effectiveness" / "AA.html"
    edited.write_text(edited.read_text(encoding="utf-8") + "<!-- -->", encoding="utf-8")
    told = packed(reports, tmp_path / "out", formats=("html", "csv"), older=True)
    assert told["exit_code"] == 1
    assert not any("effectiveness/AA" in name for name in names(tmp_path / "out"))
    assert "effectiveness,AA" not in (tmp_path / "out" / "estimates.csv").read_text(encoding="utf-8")


# -- the command ------------------------------------------------------------------------------------


def test_command_prints_a_summary(reports, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = main(["publish", "--reports", str(reports), "--to", "out.zip", "--formats", "html,csv", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (code, told["exit_code"], len(told["reports"])) == (0, 0, 3)
    assert zipfile.is_zipfile(tmp_path / "out.zip")
    assert main(["publish", "--reports", str(reports), "--to", "out.zip", "--formats", "html,csv"]) == 0
    assert "Nothing has changed" in capsys.readouterr().out


def test_command_counts_the_reports_of_a_table_of_numbers(reports, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TNE_CHROMIUM", "no-such-program")  # nobody asks for a PDF
    assert main(["publish", "--reports", str(reports), "--to", "out", "--formats", "csv"]) == 0
    assert "3 reports in 1 files. See out" in capsys.readouterr().out
    if "pptx" not in pack_missing(("pptx",)):
        assert main(["publish", "--reports", str(reports), "--to", "deck", "--formats", "pptx"]) == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--formats", "docx"], "Choose from html, pdf, xlsx, pptx, csv"),
        (["--formats", "html", "--market", "ZZ"], "No market ZZ was published"),
        (["--formats", "html", "--report", "none"], "No report none was published"),
        (["--formats", "html", "--reports", "nowhere"], "no published reports"),
    ],
)
def test_wrong_call_is_said_in_one_line(reports, tmp_path, capsys, monkeypatch, more, said):
    monkeypatch.chdir(tmp_path)
    assert main(["publish", "--reports", str(reports), "--to", "out", *more]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_ids_are_looked_for_in_the_workspace_of_the_reports(reports, tmp_path, capsys, monkeypatch):
    note(reports, workspace="Another")
    home = fake.project(tmp_path / "home", "AA") / "data" / "demo"
    call = ["publish", "--reports", str(reports), "--to", str(tmp_path / "out"), "--formats", "html"]
    assert main([*call, "--workspace", str(home)]) == 2
    assert "made from the workspace Another, not from Fake" in capsys.readouterr().err
    monkeypatch.chdir(home)
    assert main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ids_checked"] is False
    note(reports, workspace="Fake")
    assert main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ids_checked"] is True


def test_slides_need_their_library(reports, tmp_path, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "pptx" else find(name, *a)
    )
    with pytest.raises(UsageError, match=re.escape('pip install "tne[slides]"')):
        packed(reports, tmp_path / "out", formats=("html", "pptx"))


# -- PDF --------------------------------------------------------------------------------------------


def program(folder, text):
    """Write a program that is called like a browser; ``$out`` is where it shall print to."""
    folder.mkdir(exist_ok=True)
    path = folder / "browser"
    head = '#!/bin/sh\nfor a in "$@"; do case "$a" in --print-to-pdf=*) out="${a#*=}";; esac; done\n'
    path.write_text(head + text, encoding="utf-8")
    path.chmod(0o755)
    return path


PRINTS = 'echo x >> "$(dirname "$0")/calls"; printf "%%PDF-1.4 /CreationDate (D:20991231235959+00) %%%%EOF" > "$out"\n'
posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in for a browser is a shell script")


def test_without_a_browser_the_error_names_the_package(reports, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TNE_CHROMIUM", raising=False)
    with pytest.raises(UsageError, match="apt install chromium"):
        packed(reports, tmp_path / "out", formats=("pdf",))
    monkeypatch.setenv("TNE_CHROMIUM", "no-such-program")
    with pytest.raises(UsageError, match="TNE_CHROMIUM is no-such-program"):
        pdf.browser()


@posix
def test_pdf_of_an_unchanged_page_is_not_made_again(reports, tmp_path, monkeypatch):
    monkeypatch.setattr(leaving, "check_file", lambda *a: None)  # what the stand-in prints is no PDF
    monkeypatch.setenv("TNE_CHROMIUM", str(program(tmp_path / "bin", PRINTS)))
    for kind in ("out", "out.zip"):
        (tmp_path / "bin" / "calls").unlink(missing_ok=True)
        packed(reports, tmp_path / kind, formats=("html", "pdf"))
        assert len((tmp_path / "bin" / "calls").read_text().split()) == 3
        put(reports, "effectiveness", "BB", extra=f"<p>{kind}</p>")
        note(reports)
        told = packed(reports, tmp_path / kind, formats=("html", "pdf"))
        assert told["changed"] is True
        assert len((tmp_path / "bin" / "calls").read_text().split()) == 4
    assert b"D:20000101000000" in (tmp_path / "out" / "effectiveness" / "AA.pdf").read_bytes()


@posix
@pytest.mark.parametrize("text", ["exit 3\n", 'printf "no pdf" > "$out"\n', ":\n"])
def test_browser_that_fails_costs_the_pdf_only(reports, tmp_path, monkeypatch, text):
    monkeypatch.setenv("TNE_CHROMIUM", str(program(tmp_path / "bin", text)))
    told = packed(reports, tmp_path / "out", formats=("html", "pdf"))
    assert told["exit_code"] == 1
    assert {entry["status"] for entry in told["reports"]} == {"failed"}
    assert names(tmp_path / "out").count("effectiveness/AA.html") == 1
    assert packed(reports, tmp_path / "only", formats=("pdf",))["exit_code"] == 5
    assert not (tmp_path / "only").exists()


@posix
def test_browser_that_hangs_is_ended_with_its_children(tmp_path):
    path = program(tmp_path / "bin", f"sleep 300 & echo $! > {tmp_path}/child; wait\n")
    with pytest.raises(pdf.NotPrinted, match="more than 1 s"):
        pdf.print_page(str(path), tmp_path / "page.html", seconds=1.0)
    child = int((tmp_path / "child").read_text())
    fake.wait_for(
        lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text(), 10
    )
    stop = threading.Event()
    stop.set()
    with pytest.raises(pdf.NotPrinted, match="stopped"):
        pdf.print_page(str(path), tmp_path / "page.html", stop=stop)


@posix
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_ends_the_browsers_and_leaves_nothing(reports, tmp_path, monkeypatch, signum, code):
    path = program(tmp_path / "bin", f"echo x >> {tmp_path}/begun; sleep 300\n")
    monkeypatch.setenv("TNE_CHROMIUM", str(path))
    call = ("publish", "--reports", reports, "--to", tmp_path / "out", "--formats", "html,pdf")
    process = fake.start(*call, cwd=tmp_path, mark=str(tmp_path))
    fake.wait_for((tmp_path / "begun").exists)
    assert fake.send(process, signum) == code
    fake.wait_for(lambda: not fake.processes(str(tmp_path)), 10)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["begun", "bin", "reports"]


# -- finished files ---------------------------------------------------------------------------------


def office(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, text in parts.items():
            made.writestr(name.replace("__", "/"), text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"ppt__slides__s.xml": "<a:t>m-</a:t><a:t>de0001</a:t>"}, "ids of people"),
        ({"ppt__slides__s.xml": '<p:cNvPr descr="who: m-de0001"/>'}, "ids of people"),
        ({"xl__sharedStrings.xml": "<t>anna@example.org</t>"}, "mail addresses"),
        ({"xl__worksheets__s.xml": "<c><f>1+1</f></c>"}, "a formula"),
        ({"xl__r.rels": '<Relationship Target="http://x" TargetMode="External"/>'}, "points outside"),
        ({"xl__vbaProject.bin": "x"}, "macros"),
        ({"ppt__embeddings__o.bin": "x"}, "macros"),
        ({"xl__big.bin": os.urandom(2_100_000)}, "MB"),
    ],
)
def test_finished_file_is_refused(parts, said):
    with pytest.raises(Refused, match=said):
        leaving.check_file(office(**parts), "xlsx", "<p>team@example.org</p>", frozenset({"m-de0001"}))


def test_clean_file_passes_with_the_contact_of_the_page():
    content = office(xl__sharedStrings="<t>team@example.org</t><t>next</t>")
    leaving.check_file(content, "xlsx", "<p>team@example.org</p>", frozenset({"m-de0001"}))
