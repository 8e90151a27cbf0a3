"""The key of a workspace: shown without its secret, rotated without the exports, and one person erased."""

from __future__ import annotations

import json
import re
import shutil
import stat

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import tne
from tests.tables.identity_cases import (
    ADA,
    ATTEMPTS_MAP,
    AUDITS,
    EXPORTS,
    QUIZ,
    TODAY,
    bring,
    company,
    erasure_killed,
    ids,
    person,
    rotation_killed,
    rows,
    state,
)
from tests.tables.import_cases import ROSTER, ROSTER_MAP
from tne.cli import main
from tne.tables.groups import Group
from tne.tables.importers import quarantined
from tne.tables.importers.erasing import erase
from tne.tables.importers.rotating import rotate
from tne.tables.keyfile import Key, key_path, open_key
from tne.tables.ledger import open_ledger
from tne.tables.ledger_rules import differing
from tne.tables.pseudonyms import alias_hash, read_aliases, read_erased

pytestmark = pytest.mark.xdist_group("workspace_keys")  # what its tests share is made once


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a workspace and its key, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        company(folder / "ws")
    return folder


@pytest.fixture
def root(made, tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "ws"


# Show and create


def test_show_tells_all_but_the_secret(root, capsys):
    assert main(["key", "show", "--workspace", str(root)]) == 0
    told = capsys.readouterr().out
    key = open_key(root)
    assert key.fingerprint in told
    assert str(key_path(root)) in told
    assert "People: 5. Aliases: 5 employee_number, 5 mail, 5 username." in told
    assert key.secret.hex() not in told
    assert main(["key", "show", "--workspace", str(root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["people"] == 5


def test_create_makes_one_key_and_never_a_second(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    place = ["--workspace", str(tmp_path / "ws")]
    assert main(["key", "show", *place]) == 2
    assert main(["key", "create", *place]) == 0
    fingerprint = open_key(tmp_path / "ws").fingerprint
    assert main(["key", "create", *place]) == 2
    assert "make a new person of everyone" in capsys.readouterr().err
    assert main(["key", "show", *place]) == 0
    assert fingerprint in capsys.readouterr().out
    bring(tmp_path / "ws", "roster")
    assert open_key(tmp_path / "ws").fingerprint == fingerprint


def test_a_damaged_key_file_is_not_quoted(root, capsys):
    key_path(root).write_text("zz-secret-zz")
    assert main(["key", "show", "--workspace", str(root)]) == 2
    told = capsys.readouterr()
    assert "secret-zz" not in told.out + told.err


# Rotation


def test_rotation_renews_everything_and_keeps_who_is_who(root):
    before, old_key, old_ids = rows(root), open_key(root), ids(root)
    old_aliases = set(read_aliases(root)["alias"])
    done = rotate(root)
    assert (done.people, done.aliases, done.tables, done.untouched) == (7, 15, 3, 0)
    assert not old_ids & ids(root)
    assert not old_aliases & set(read_aliases(root)["alias"])
    stored = b"".join(state(root).values())
    assert not [value for value in (*old_ids, *old_aliases) if value.encode() in stored]
    # One to one: whoever had rows has them again, in every table.
    for name, frame in rows(root).items():
        both = frame.merge(
            before[name].rename(columns={"moderator_id": "old"}),
            on=[c for c in frame if c not in ("moderator_id", "attempt_id", "auditor_id")],
        )
        assert len(frame) == len(before[name])
        assert both.groupby("old")["moderator_id"].nunique().max() >= 1
    (ada,) = person(root, ADA)
    assert {ada} == person(root, "1001", "employee_number") == person(root, "ada", "username")
    assert (rows(root)["responses"]["moderator_id"] == ada).sum() == 3
    # The old key leads nowhere.
    assert alias_hash(old_key, "mail", ADA) not in set(read_aliases(root)["alias"])


def test_after_a_rotation_every_export_meets_the_rows_it_met(root):
    for _ in range(2):
        rotate(root)
        before = state(root)
        for name in EXPORTS:
            report = bring(root, name)
            assert not report.changed, name
        assert state(root) == before
    assert len(open_key(root).renewed) == 2
    bring(root, "quiz", QUIZ + "dora@example.org,1,2026-03-05T09:00Z\n")


def test_the_new_key_is_private_and_outside_and_the_old_one_opens_old_copies(root):
    copy = root.with_name("copy")
    shutil.copytree(root, copy)
    old = open_key(root)
    done = rotate(root)
    assert done.new_key == key_path(root) != done.old_key
    assert stat.S_IMODE(done.new_key.stat().st_mode) == 0o600
    assert open_key(copy) == old
    stored = b"".join(state(root).values())
    for line in done.new_key.read_text().split():
        assert line.encode() not in stored
        assert bytes.fromhex(line) not in stored
    assert repr(open_key(root)) == f"Key(fingerprint={done.after})"


def test_the_new_pseudonym_is_a_hash_of_the_old_one_under_the_new_secret():
    import hmac

    old = Key(bytes(range(32)))
    new = Key(old.secret, (bytes(32),))
    before = old.digest(16, "person", "mail", ADA)
    by_hand = hmac.new(bytes(32), b"renewed" + before.encode(), "sha256").hexdigest()[:16]
    assert new.digest(16, "person", "mail", ADA) == new.renew(before) == by_hand
    with pytest.raises(ValueError, match="at least 32"):
        Key(old.secret, (b"short",))


def test_an_id_of_a_tool_is_left_alone(root):
    tool = ROSTER.splitlines()[0] and "A0123456789abcdef"
    bring(root, "qa", AUDITS + f"{tool},C9,ada,ben,2026-03-03T09:00Z,2026-03-03T10:00Z\n")
    rotate(root)
    assert tool in set(rows(root)["audits"]["audit_id"])


def test_without_the_record_of_keyed_ids_nothing_is_rotated(root):
    record = json.loads((root / "imports.json").read_text())
    for exports in record.values():
        for export in exports.values():
            del export["keyed"]
    (root / "imports.json").write_text(json.dumps(record))
    before = state(root)
    with pytest.raises(ValueError, match="once more"):
        rotate(root)
    (root / "imports.json").unlink()
    with pytest.raises(ValueError, match="is gone"):
        rotate(root)
    (root / "imports.json").write_text(json.dumps(record))
    assert state(root) == before


@pytest.mark.repeats("imports")
def test_a_kill_leaves_the_old_key_or_the_new_one(root):
    """At every seventh step; the proof of the imports takes all of them."""
    assert rotation_killed(root, 7) == {True, False}


@pytest.mark.parametrize("reader", ["open", "check", "run"])
def test_who_reads_after_a_kill_sees_one_state(root, monkeypatch, reader):
    old = open_key(root).fingerprint
    with monkeypatch.context() as patch:
        patch.setattr("tne.tables.importers.commit.recover", lambda root: None)
        rotate(root)
    assert open_key(root).fingerprint == old
    if reader == "open":
        ws = tne.open(root)
        assert set(ws.table("audits")["moderator_id"]) <= set(read_aliases(root)["moderator_id"])
    elif reader == "check":
        main(["check", "--workspace", str(root)])
    else:
        main(["run", "--dry-run", "--workspace", str(root)])
    assert open_key(root).fingerprint != old
    assert not (root / ".import").exists()


# Erasure


def test_erasing_leaves_no_trace_and_touches_nobody_else(root):
    (ada,) = person(root, ADA)
    before, record = rows(root), (root / "imports.json").read_bytes()
    done = erase(root, "mail", " ADA@example.org", TODAY)
    assert done.rows == {"moderators": 1, "responses": 3, "audits": 1}
    assert (done.others, done.aliases, done.quarantine) == ({}, 3, 1)
    # As an auditor the person is a hash of the login alone, which only the login finds.
    again = erase(root, "username", "ada", TODAY)
    assert (again.rows, again.others, again.aliases) == ({}, {"audits": 2}, 0)
    stored = b"".join(state(root).values())
    assert ada.encode() not in stored
    assert b"ada@example.org" not in stored.lower()
    assert ada not in ids(root)
    for name, frame in rows(root).items():
        others = before[name][before[name]["moderator_id"] != ada].reset_index(drop=True)
        if name == "audits":
            assert frame["auditor_id"].tolist() == ["erased", "erased"]
            frame, others = frame.drop(columns="auditor_id"), others.drop(columns="auditor_id")
        assert_frame_equal(frame, others)
    assert (root / "imports.json").read_bytes() == record
    # The file that mentions the person is gone, the others wait on.
    assert {table for table, _, _ in quarantined(root)} == {"audits"}
    assert stat.S_IMODE(next((root / "quarantine").glob("*/*.csv")).stat().st_mode) == 0o600
    assert erase(root, "username", "ada", TODAY).already


def test_coming_exports_are_read_without_the_person(root):
    erase(root, "username", "ada", TODAY)
    before = rows(root)
    counts = {name: bring(root, name) for name in EXPORTS}
    assert not any(report.changed for report in counts.values())
    left = {name: report.tables[0].erased for name, report in counts.items()}
    assert left == {"roster": 1, "quiz": 3, "legacy": 1, "qa": 1}
    assert "1 rows of erased people were left out" in counts["roster"].summary()
    for name, frame in rows(root).items():
        assert_frame_equal(frame, before[name])
    # The row with a bad score would have waited with the address in it.
    stored = b"".join(state(root).values()).lower()
    assert b"ada@example.org" not in stored


def test_a_new_number_or_a_new_address_does_not_bring_the_person_back(root):
    erase(root, "mail", ADA, TODAY)
    new = ROSTER.replace("1001,ada@example.org", "1001,ada.new@example.org")
    assert bring(root, "roster", new).table("moderators").erased == 1
    moved = ROSTER.replace("1001,ada@example.org,ada", "9001,ada.new@example.org,ada.n")
    assert bring(root, "roster", moved).table("moderators").erased == 1
    text = "Mail,Score,Completed\nada.new@example.org,1,2026-03-09T09:00Z\n"
    report = bring(root, "quiz", text).table("responses")
    assert (report.erased, report.quarantined, report.unmatched) == (1, 0, 0)
    assert len(rows(root)["moderators"]) == 4


def test_a_name_that_is_handed_on_is_the_new_persons_from_then_on(root):
    erase(root, "mail", ADA, TODAY)
    bring(root, "roster", ROSTER + "2001,ada.two@example.org,ada,Red,2026-07-01\n")
    (heir,) = person(root, "ada", "username")
    late = "A9,C9,ada,ben,2026-07-09T09:00Z,2026-07-09T10:00Z\n"
    report = bring(root, "qa", AUDITS + late).table("audits")
    assert (report.erased, report.new) == (1, 1)
    audits = rows(root)["audits"]
    assert audits.loc[audits["moderator_id"] == heir, "audit_id"].tolist() == ["A9"]


def test_keep_counts_keeps_rows_under_a_pseudonym_that_nothing_leads_to(root):
    (ada,) = person(root, ADA)
    before = rows(root)
    old = set(before["responses"].loc[before["responses"]["moderator_id"] == ada, "attempt_id"])
    erase(root, "mail", ADA, TODAY, keep_counts=True)
    after = rows(root)
    assert {name: len(frame) for name, frame in after.items()} == {n: len(f) for n, f in before.items()}
    (fresh,) = set(after["moderators"]["moderator_id"]) - set(before["moderators"]["moderator_id"])
    assert (after["responses"]["moderator_id"] == fresh).sum() == 3
    assert ada not in ids(root)
    assert not old & set(after["responses"]["attempt_id"])
    assert fresh not in set(read_aliases(root)["moderator_id"])
    for name in EXPORTS:
        assert not bring(root, name).changed
    rotate(root)
    for name in EXPORTS:
        assert not bring(root, name).changed


@pytest.mark.parametrize("keep_counts", [True, False])
def test_the_ledger_follows_whose_counts_are_kept(root, keep_counts):
    """The same numbers stand under another id, so the next report tells nothing new; without them it would."""
    people = [*rows(root)["moderators"]["moderator_id"].unique()]
    ledger, page = open_ledger(root), ("effectiveness", "DE", "latest")

    def group(people, marks):
        return Group(
            "tests pre", "p", "", "2026-01-05", "2026-03-29", dict.fromkeys(people, (20458, 20480)), marks
        )

    old = group(people, dict.fromkeys(people, 7))
    with ledger.locked():
        ledger.note("DE", [ledger.hashed(old)], page, "2026-04-01T00:00:00+00:00")
    erase(root, "mail", ADA, TODAY, keep_counts=keep_counts)
    (released,) = open_ledger(root).releases("DE")
    fresh = [*rows(root)["moderators"]["moderator_id"].unique()]
    now = ledger.hashed(group(fresh, dict.fromkeys(fresh, 7)))
    assert differing(now, released.group, cumulative=True) == (0 if keep_counts else 1)
    assert len(released.group.marks.items() & ledger.hashed(old).marks.items()) == len(people) - keep_counts


def test_erased_people_stay_out_after_a_rotation(root):
    erase(root, "mail", ADA, TODAY)
    listed = set(read_erased(root)["alias"])
    rotate(root)
    assert not listed & set(read_erased(root)["alias"])
    for name in EXPORTS:
        assert not bring(root, name).changed


@pytest.mark.parametrize(
    ("kind", "alias", "says"),
    [
        ("mail", "shared@example.org", "2 people share this alias"),
        ("mail", "nobody@example.org", "Nobody is known"),
        ("upn", ADA, "Nobody is known"),
        ("record", ADA, "must be one of"),
    ],
)
def test_who_is_not_one_person_is_not_erased(root, kind, alias, says):
    # The row that waits mentions Ada whatever the kind, so it goes first.
    shutil.rmtree(root / "quarantine")
    before = state(root)
    with pytest.raises(ValueError, match=says) as error:
        erase(root, kind, alias, TODAY)
    assert alias not in str(error.value)
    assert state(root) == before


def test_somebody_who_only_waits_in_quarantine_can_be_erased(root):
    done = erase(root, "mail", "ghost@elsewhere.example", TODAY)
    assert (done.rows, done.aliases, done.quarantine) == ({}, 0, 1)
    report = bring(root, "quiz").table("responses")
    assert (report.erased, report.unmatched) == (1, 0)
    assert b"ghost" not in b"".join(state(root).values())


@pytest.mark.repeats("imports")
def test_a_kill_leaves_the_person_whole_or_erased(root):
    assert erasure_killed(root, 7) == {True, False}


def test_the_last_person_can_be_erased(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "ws"
    bring(root, "roster", "\n".join(ROSTER.splitlines()[:2]) + "\n")
    erase(root, "mail", ADA, TODAY)
    assert rows(root)["moderators"].empty
    assert read_aliases(root).empty
    assert not bring(root, "roster", "\n".join(ROSTER.splitlines()[:2]) + "\n").changed


# The command


class Terminal:
    """A standard input at which somebody sits and answers."""

    def __init__(self, monkeypatch, *answers):
        self.answers = list(answers)
        monkeypatch.setattr("builtins.input", lambda question: self.answers.pop(0))
        monkeypatch.setattr("sys.stdin", self)

    def isatty(self):
        return True


def test_the_command_asks_and_takes_no_for_an_answer(root, monkeypatch, capsys):
    before = state(root)
    place = ["--workspace", str(root)]
    Terminal(monkeypatch, "no")
    assert main(["key", "rotate", *place]) == 1
    Terminal(monkeypatch, ADA, "")
    assert main(["key", "erase", *place]) == 1
    assert "Nothing was changed." in capsys.readouterr().out
    assert state(root) == before
    Terminal(monkeypatch, ADA, "Yes")
    assert main(["key", "erase", *place]) == 0
    told = capsys.readouterr().out
    assert "1 in moderators, 3 in responses, 1 in audits" in told
    assert ADA not in told
    assert not person(root, ADA)
    Terminal(monkeypatch, "yes")
    assert main(["key", "rotate", *place]) == 0
    assert re.search(r"Fingerprint [0-9a-f]{16} → [0-9a-f]{16}", capsys.readouterr().out)


def test_without_a_terminal_yes_must_be_said_and_the_alias_comes_by_standard_input(root, monkeypatch, capsys):
    import io

    place = ["--workspace", str(root)]
    before = state(root)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ADA}\n"))
    assert main(["key", "erase", *place]) == 2
    assert main(["key", "rotate", *place]) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["key", "erase", "--yes", *place]) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("nobody@example.org\n"))
    assert main(["key", "erase", "--yes", *place]) == 2
    assert "nobody@example.org" not in capsys.readouterr().err
    assert state(root) == before
    monkeypatch.setattr("sys.stdin", io.StringIO("1001\n"))
    assert main(["key", "erase", "--kind", "employee_number", "--yes", *place]) == 0
    assert not person(root, ADA)
    with pytest.raises(SystemExit) as stop:
        main(["key", "erase", ADA, *place])
    assert stop.value.code == 2


def test_ids_of_attempts_tell_people_and_moments_apart(root):
    answers = rows(root)["responses"]
    assert answers["attempt_id"].is_unique
    assert answers["attempt_id"].str.fullmatch(r"a_p[0-9a-f]{16}|l_[0-9a-f]{16}").all()
    assert "$person" in ATTEMPTS_MAP
    assert "create = true" in ROSTER_MAP
    assert isinstance(answers, pd.DataFrame)


RATINGS_MAP = """
[source]
name = "ratings"
[[table]]
into = "ratings"
[table.columns]
case_id = "Case"
rater_id = { id = ["Rater"], prefix = "r_" }
label = "Label"
rated_at = "Rated"
[table.constants]
calibration_id = "k1"
market = "DE"
role = "qa"
policy_area = "hate"
"""
RATINGS = """Case,Rater,Label,Rated
C1,eve@qa.example,keep,2026-03-02T09:00Z
C1,fay@qa.example,remove,2026-03-02T09:00Z
"""


def test_a_rater_in_no_roster_is_rotated_erased_and_kept_out(root):
    bring(root, "ratings", RATINGS, RATINGS_MAP)
    rotate(root)
    assert not bring(root, "ratings", RATINGS, RATINGS_MAP).changed
    assert erase(root, "mail", "Eve@QA.example", TODAY).rows == {"ratings": 1}
    report = bring(root, "ratings", RATINGS, RATINGS_MAP)
    assert (report.changed, report.table("ratings").erased) == (False, 1)
    assert erase(root, "mail", "eve@qa.example", TODAY).already
