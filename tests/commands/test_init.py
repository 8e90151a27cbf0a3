"""`tne init` begins a workspace from the exports there are; `tne import --all` reads them; nothing is overwritten."""

import datetime as dt
import stat
import tomllib

import pytest
import xlsxwriter

from tne.cli import main
from tne.commands.start.exports import proposals, wave_of
from tne.commands.start.people import people_in, roster, unlinked
from tne.runs.inputs import settings
from tne.tables.importers.touching import read_stored

MAILS = [f"agent{i:02d}@vendor.example" for i in range(12)]
HEAD = (
    "Surname,First name,Institution,Department,Email address,State,Started on,Completed,Time taken,Grade/2.00,"
    "Q. 1 /1.00,Q. 2 /1.00"
)
AUDITS = [
    *("Audit ID", "Case ID", "Agent email", "Team", "Auditor", "Queue", "Policy", "Decision", "QA decision"),
    *("Result", "Error type", "Decided at", "Audited at"),
]


def moodle(path, day):
    lines = [HEAD]
    for i, mail in enumerate(MAILS):
        at = f"{day} February 2026  1:{i + 10} PM"
        lines.append(
            f"Lovelace,Ada,,,{mail},Finished,{at},{at},12 mins,{i % 3}.00,{min(i % 3, 1)}.00,{i % 3 // 2}.00"
        )
    path.write_text("\n".join([*lines, "Overall average,,,,,,,,,1.00,0.50,0.50"]) + "\n", encoding="utf-8")


def audits(path):
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("Audits")
    sheet.write_row(0, 0, AUDITS)
    for i in range(48):
        right = i % 4 > 0
        row = [
            f"A-{i}",
            f"C{i}",
            MAILS[i % 12].upper(),
            f"Team {'AB'[i % 2]}",
            "QA 1",
            "video",
            "hate",
            "Remove",
        ]
        row += [
            "Remove" if right else "Keep",
            "correct" if right else "wrong",
            "" if right else "over-enforcement",
        ]
        sheet.write_row(i + 1, 0, row)
        sheet.write_datetime(i + 1, 11, dt.datetime(2026, 2, 2 + i % 20, 9))
        sheet.write_datetime(i + 1, 12, dt.datetime(2026, 2, 3 + i % 20, 9))
    book.close()


@pytest.fixture
def exports(tmp_path, monkeypatch):
    """What a team without a roster has: a workbook of QA audits and two quizzes; and a picture that is none."""
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "exports"
    folder.mkdir()
    audits(folder / "QA audits 2026.xlsx")
    moodle(folder / "Refresher post test-grades.csv", 25)
    moodle(folder / "Refresher pre test-grades.csv", 18)
    (folder / "notes.txt").write_text("nothing to import\n")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


def begin(exports, *more):
    return ["init", str(exports.parent / "team"), "--from", str(exports), "--market", "DE", *more]


def test_from_an_audit_workbook_and_quizzes_to_tables(exports, capsys):
    """The walk of somebody who has nothing else: begin, answer what is asked, import, check."""
    team = exports.parent / "team"
    assert main(begin(exports, "--programme", "refresher-2026", "--starts-on", "2026-02-23")) == 0
    said = capsys.readouterr().out
    assert "rows of `audits`" in said
    assert said.count("Moodle quiz grades") == 2
    assert "notes.txt" in said
    assert "picture" not in said
    assert "12 people whom the exports name" in said
    assert "agent" not in said  # of people only their number
    assert said.splitlines()[-3:] == [
        f"  tne import --workspace {team} --all",
        f"  tne check --workspace {team}",
        f"  tne run --workspace {team} --output reports",
    ]
    assert main(["import", "--workspace", str(team), "--all"]) == 2
    asked = capsys.readouterr().err
    assert "4 questions are open" in asked
    assert "hand/programmes.csv: column rollout (1 row), one of randomised, staggered" in asked
    assert not (team / "tables").exists()

    hand = team / "hand" / "programmes.csv"
    hand.write_text(
        hand.read_text().replace("TODO,TODO,TODO,TODO", "refresher,instructor_led,universal,person")
    )
    assert main(["import", "--workspace", str(team), "--all"]) == 0
    assert "Lovelace" not in capsys.readouterr().out
    assert len(read_stored(team, "audits")) == 48
    assert set(read_stored(team, "audits")["error_type"]) == {
        "none",
        "false_positive",
    }  # an empty cell is told
    assert set(read_stored(team, "responses")["wave"]) == {"pre", "post"}
    assert read_stored(team, "moderators")["team"].value_counts().to_dict() == {"Team A": 6, "Team B": 6}
    assert main(["check", "--workspace", str(team)]) == 0
    assert "0 rows wait in quarantine" in capsys.readouterr().out
    assert main(["import", "--workspace", str(team), "--all"]) == 0
    assert "(0 new, 0 replaced" in capsys.readouterr().out


def test_what_is_written_is_private_where_it_names_people_and_says_what_was_assumed(exports):
    team = exports.parent / "team"
    main(begin(exports))
    assert stat.S_IMODE(team.stat().st_mode) == 0o700
    assert stat.S_IMODE((team / "hand" / "roster.csv").stat().st_mode) == 0o600
    assert "/hand/roster.csv" in (team / ".gitignore").read_text()
    assert "Lovelace" not in "".join(path.read_text() for path in team.rglob("*") if path.is_file())
    assert "sampling_weight = 1 # assumed" in (team / "mappings" / "qa-audits.toml").read_text()
    told = tomllib.loads((team / "tne.toml").read_text())
    assert (told["min_n"], told["language"]) == (10, "de")
    waves = [entry["set"]["wave"] for entry in told["imports"] if "set" in entry]
    assert waves == ["pre", "post"]  # the older first
    assert {entry["set"]["programme"] for entry in told["imports"] if "set" in entry} == {"TODO"}


def test_nothing_is_overwritten(exports, capsys):
    team = exports.parent / "team"
    (team / "hand").mkdir(parents=True)
    (team / "hand" / "markets.csv").write_text("mine")
    assert main(begin(exports)) == 2
    assert "is there already" in capsys.readouterr().err
    assert [p.name for p in team.rglob("*") if p.is_file()] == ["markets.csv"]
    (team / "tne.toml").write_text("")
    assert main(begin(exports)) == 2
    assert "is a workspace already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--market", "D/E"], "code is made of"),
        (["--zone", "Berlin"], "no time zone"),
        (["--starts-on", "soon"], "wants a day"),
        (["--programme", "a b"], "--programme is made of"),
    ],
)
def test_wrong_calls_write_nothing(exports, capsys, more, said):
    assert main(begin(exports, *more)) == 2
    assert said in capsys.readouterr().err
    assert not (exports.parent / "team").exists()


def test_at_a_terminal_it_asks(exports, monkeypatch):
    answers = iter([str(exports), "DE, IE", "refresher-2026", "2026-02-23"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    team = exports.parent / "team"
    assert main(["init", str(team)]) == 0
    assert "IE,Ireland,en-IE,Europe/Dublin,EUR" in (team / "hand" / "markets.csv").read_text()
    assert "TODO" in (team / "hand" / "roster.csv").read_text()  # which of the markets, nobody has said
    assert "2026-02-23" in (team / "hand" / "programmes.csv").read_text()


def test_without_exports_there_is_a_workspace_to_fill(tmp_path, capsys):
    assert main(["init", str(tmp_path / "team"), "--market", "US", "--zone", "America/Chicago"]) == 0
    assert "No roster" in capsys.readouterr().out
    assert "America/Chicago" in (tmp_path / "team" / "hand" / "markets.csv").read_text()


def test_one_person_under_two_aliases_is_one_where_a_row_says_so(tmp_path):
    head = "Login,E-mail,Audit ID,Decision,Decided at\n"
    both, one = tmp_path / "a.csv", tmp_path / "b.csv"
    both.write_text(head + "ada,Ada@x.example,1,Keep,2026-02-01\neve,,2,Keep,2026-02-01\n")
    one.write_text("E-mail,Audit ID,Decision,Decided at\nada@x.example,3,Keep,2026-02-01\n")
    people = people_in(proposals([both, one], "UTC", "")[0])
    assert [person.aliases for person in people] == [
        {"username": "eve"},
        {"username": "ada", "mail": "Ada@x.example"},
    ]
    assert unlinked(people) == 1
    text, mapping = roster(people, ["DE"])
    assert text.splitlines()[0] == "username,mail,market,team,hired_on,left_on"
    assert 'column = "username", kind = "username", create = true, aliases = { mail = "mail" }' in mapping


def test_what_is_listed_changes_no_report(tmp_path):
    (tmp_path / "tne.toml").write_text('name = "a"\n')
    before = settings(tmp_path)["tne.toml"]
    (tmp_path / "tne.toml").write_text('name = "a"\n[[imports]]\nfiles = "x.csv"\nmap = "x.toml"\n')
    after = settings(tmp_path)["tne.toml"]
    (tmp_path / "tne.toml").write_text('name = "a"\n[[imports]]\nfiles = "y.csv"\nmap = "x.toml"\n')
    assert (
        settings(tmp_path)["tne.toml"] == after != before
    )  # adding the first one changes how the file is hashed


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("", "lists no exports"),
        ("[[imports]]\nmap = 'a.toml'", "names no files"),
        ("[[imports]]\nfiles = 'a.csv'\nmapping = 'a.toml'", "has mapping"),
        ("[[imports]]\nfiles = 'a.csv'\nmap = 'a.toml'", "no file a.toml"),
        ("[[imports]]\nfiles = 'a.csv'\nset = { wave = 1 }", "all texts"),
        ("[[imports]]\nfiles = 'a.csv'\nmap = 'tne.toml'\nset = { wave = 'pre' }", "Leave out"),
        ("[[imports]]\nfiles = 'a.csv'\nset = { wave = 'TODO' }", "1 question is open"),
    ],
)
def test_wrong_lists_of_exports_are_said(tmp_path, capsys, entry, said):
    (tmp_path / "tne.toml").write_text(entry)
    assert main(["import", "--workspace", str(tmp_path), "--all"]) == 2
    assert said in capsys.readouterr().err


def test_files_that_are_not_there_yet_stop_nothing(tmp_path, capsys):
    (tmp_path / "tne.toml").write_text("[[imports]]\nfiles = 'data/raw/qa-*.xlsx'\nset = { wave = 'pre' }\n")
    assert main(["import", "--workspace", str(tmp_path), "--all"]) == 0
    assert "no such file yet" in capsys.readouterr().out


@pytest.mark.parametrize("more", [["x.csv"], ["--map", "x.toml"], ["--set", "wave=pre"], ["--guess"]])
def test_all_goes_with_nothing_else(tmp_path, capsys, more):
    (tmp_path / "x.csv").write_text("a")
    assert main(["import", "--workspace", str(tmp_path), "--all", *more]) == 2
    assert "Leave out" in capsys.readouterr().err


def test_names_of_files_tell_the_wave():
    assert [
        wave_of(name) for name in ("post-test", "Nachtest DE", "Test_antes", "follow up", "Q2 audits")
    ] == [
        "post",
        "post",
        "pre",
        "delayed",
        "",
    ]
