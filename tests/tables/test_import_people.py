"""Who is who: the workspace key, the alias table, and what resolves, what waits and what is refused."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import stat
import unicodedata

import pandas as pd
import pytest

from tests.tables.import_cases import QUIZ_MAP, ROSTER, ROSTER_MAP, write
from tne.tables.history import Step
from tne.tables.importers import ContractError, MappingError, import_export
from tne.tables.importers.commit import commit, lock, recover, stage
from tne.tables.importers.touching import read_stored
from tne.tables.keyfile import Key, open_key
from tne.tables.pseudonyms import alias_hash, moderator_id, normalise, read_aliases

HEAD = "Mail,Score,Completed\n"
LINE = "{},1,2026-03-02T09:0{}Z\n"


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config"


@pytest.fixture
def root(rostered, config):
    return rostered


def quiz(root, export, change=lambda text: text):
    folder = root.parent
    mapping = write(folder / "quiz.toml", change(QUIZ_MAP.format(source="")))
    return import_export(mapping, write(folder / "quiz.csv", export), root).table("responses")


# The key


def test_key_is_private_random_and_outside_the_workspace(root, config):
    (path,) = (config / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    secret = bytes.fromhex(path.read_text().strip())
    assert len(secret) >= 32
    for stored in (p for p in root.rglob("*") if p.is_file()):
        assert secret not in stored.read_bytes()
        assert secret.hex().encode() not in stored.read_bytes()
    facts = json.loads((root / "identity" / "key.json").read_text())
    assert set(facts) == {"workspace", "fingerprint"}


def test_two_workspaces_have_two_keys(root, tmp_path):
    other = tmp_path / "other"
    import_export(tmp_path / "roster.toml", tmp_path / "roster.csv", other)
    mine, theirs = (set(read_stored(r, "moderators")["moderator_id"]) for r in (root, other))
    assert not mine & theirs


def test_missing_key_stops_instead_of_making_new_people(root, config, tmp_path):
    (path,) = (config / "keys").iterdir()
    path.unlink()
    with pytest.raises(FileNotFoundError, match="TNE_CONFIG_HOME"):
        import_export(tmp_path / "roster.toml", tmp_path / "roster.csv", root)
    assert not list((config / "keys").iterdir())


def test_wrong_key_is_recognised(root, config, tmp_path):
    (path,) = (config / "keys").iterdir()
    path.write_text("ab" * 32)
    with pytest.raises(ValueError, match="not the key of this workspace"):
        import_export(tmp_path / "roster.toml", tmp_path / "roster.csv", root)


def test_lost_key_record_stops(root, tmp_path):
    (root / "identity" / "key.json").unlink()
    with pytest.raises(FileNotFoundError, match="Restore that file"):
        import_export(tmp_path / "roster.toml", tmp_path / "roster.csv", root)


def test_readable_key_is_refused(root, config):
    (path,) = (config / "keys").iterdir()
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        open_key(root)


def test_key_inside_the_workspace_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "ws" / "config"))
    with pytest.raises(ValueError, match="inside the workspace"):
        open_key(tmp_path / "ws", create=True)


def test_a_key_path_cannot_leave_its_folder(root):
    facts = json.loads((root / "identity" / "key.json").read_text())
    (root / "identity" / "key.json").write_text(json.dumps(facts | {"workspace": "../../secret"}))
    with pytest.raises(ValueError, match="damaged"):
        open_key(root)


def test_short_keys_are_refused_and_the_key_is_never_printed():
    with pytest.raises(ValueError, match="at least 32"):
        Key(b"password")
    assert "xxxx" not in repr(Key(b"x" * 32))


# Pseudonyms


def test_pseudonym_is_hmac_sha256_by_hand():
    """RFC 2104 over length-prefixed parts; a plain SHA-256 of the address gives something else."""
    key = Key(bytes(range(32)))
    message = b"".join(len(p).to_bytes(4, "big") + p for p in (b"person", b"mail", b"ada@example.org"))
    expected = "m_" + hmac.new(bytes(range(32)), message, hashlib.sha256).hexdigest()[:16]
    assert moderator_id(key, "mail", " Ada@EXAMPLE.org") == expected
    assert hashlib.sha256(b"ada@example.org").hexdigest()[:16] not in expected
    assert moderator_id(Key(bytes(32)), "mail", "ada@example.org") != expected


def test_hmac_matches_published_vector():
    """RFC 4231, test case 6 (131-byte key): the primitive that `Key.digest` uses."""
    digest = hmac.digest(
        b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First", "sha256"
    ).hex()
    assert digest == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.org ", "ada@example.org"),
        ("ＡＤＡ@example.org", "ada@example.org"),
        ("Straße", "STRASSE"),
        ("ada\u00a0 b", "Ada B"),
        (unicodedata.normalize("NFD", "josé"), "JOSÉ"),
        ("\u0390", unicodedata.normalize("NFD", "\u0390")),
    ],
)
def test_aliases_that_are_the_same(one, other):
    assert normalise(one) == normalise(other)
    assert normalise(normalise(one)) == normalise(one)


def test_kinds_do_not_mix():
    key = Key(bytes(range(32)))
    assert alias_hash(key, "mail", "x") != alias_hash(key, "username", "x")
    assert alias_hash(key, "mail", "x")[:16] != moderator_id(key, "mail", "x")[2:]


def test_store_and_quarantine_of_good_rows_hold_no_alias(root):
    quiz(root, HEAD + LINE.format("ada@example.org", 0))
    plain = ("example.org", "cem", "dora", "ben@")
    for path in (p for p in root.rglob("*") if p.is_file()):
        data = path.read_bytes().lower()
        assert not [word for word in plain if word.encode() in data], path.name
    for path in root.rglob("*.parquet"):
        text = pd.read_parquet(path, partitioning=None).to_csv()
        assert not [word for word in plain if word in text]


# Resolving


def test_mail_login_and_number_lead_to_one_person(root):
    aliases = read_aliases(root)
    assert aliases.groupby("moderator_id").size().tolist() == [3] * 5
    by_mail = quiz(root, HEAD + LINE.format("  ADA@example.ORG ", 0))
    by_login = quiz(
        root, HEAD + LINE.format("Ada", 1), lambda t: t.replace('kind = "mail"', 'kind = "username"')
    )
    assert by_mail.stored == by_login.stored == 1
    assert len(set(read_stored(root, "responses")["moderator_id"])) == 1


def test_unmatched_and_ambiguous_are_counted_and_wait(root):
    good = "".join(LINE.format("ada@example.org", i) for i in range(6))
    report = quiz(
        root, HEAD + good + LINE.format("ghost@example.org", 7) + LINE.format("shared@example.org", 8)
    )
    assert (report.stored, report.unmatched, report.ambiguous, report.quarantined) == (6, 1, 1, 2)
    assert dict(report.rules) == {"moderator_id: person: ambiguous": 1, "moderator_id: person: unmatched": 1}
    assert read_stored(root, "moderators")["moderator_id"].nunique() == 5


def test_shared_aliases_are_reported_at_the_roster(root, tmp_path):
    report = import_export(tmp_path / "roster.toml", tmp_path / "roster.csv", root)
    assert report.shared_aliases == 1
    assert "more than one person" in report.summary()


def test_an_export_that_covers_others_does_not_stop(root):
    export = (
        HEAD
        + LINE.format("ada@example.org", 0)
        + "".join(LINE.format(f"x{i}@example.org", i) for i in range(9))
    )
    with pytest.raises(ContractError):
        quiz(root, export)
    report = quiz(root, export, lambda t: t.replace('kind = "mail"', 'kind = "mail", outside = true'))
    assert (report.stored, report.unmatched, report.quarantined) == (1, 9, 9)


def test_a_quarantined_roster_row_registers_nobody(root, tmp_path):
    write(tmp_path / "more.csv", ROSTER + "1006,fay@example.org,fay,Red,soon\n")
    report = import_export(tmp_path / "roster.toml", tmp_path / "more.csv", root).table("moderators")
    assert report.quarantined == 1
    assert len(set(read_aliases(root)["moderator_id"])) == 5


def test_a_new_alias_of_a_known_person_is_added(root, tmp_path):
    write(tmp_path / "more.csv", ROSTER.replace("ada@example.org", "ada.b@example.org"))
    import_export(tmp_path / "roster.toml", tmp_path / "more.csv", root)
    both = HEAD + LINE.format("ada@example.org", 0) + LINE.format("ada.b@example.org", 1)
    assert quiz(root, both).stored == 2
    assert len(set(read_stored(root, "responses")["moderator_id"])) == 1


@pytest.mark.parametrize("header", ["Name", "Full Name", "Surname", "Nachname", " first  name"])
def test_a_name_column_is_refused_as_alias(tmp_path, config, header):
    bad = ROSTER_MAP.replace('mail = "Mail"', f'username = "{header}", mail = "Mail"').replace(
        ', username = "Login"', ""
    )
    with pytest.raises(MappingError, match="names never identify people"):
        import_export(write(tmp_path / "m.toml", bad), write(tmp_path / "e.csv", ROSTER), tmp_path / "ws")


def test_a_name_column_behind_a_header_alias_is_refused_too(tmp_path, config):
    bad = ROSTER_MAP + '[headers]\nLogin = ["Anzeigename"]\n'
    with pytest.raises(MappingError, match="names never identify people"):
        import_export(write(tmp_path / "m.toml", bad), write(tmp_path / "e.csv", ROSTER), tmp_path / "ws")


def test_plain_ids_of_people_are_refused(root):
    with pytest.raises(MappingError, match="`moderator_id` would store a plain id"):
        quiz(root, HEAD, lambda t: t.replace('{ person = { column = "Mail", kind = "mail" } }', '"Mail"'))
    with pytest.raises(MappingError, match="must be filled by `person`"):
        quiz(
            root,
            HEAD,
            lambda t: t.replace('{ person = { column = "Mail", kind = "mail" } }', '{ id = ["Mail"] }'),
        )


# All or none


def test_a_kill_before_the_commit_leaves_the_old_state(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a").write_text("old")
    (stage(tmp_path) / "a").write_text("new")
    recover(tmp_path)
    assert (tmp_path / "tables" / "a").read_text() == "old"
    assert not (tmp_path / ".import").exists()


@pytest.mark.parametrize("kill", range(12))
def test_a_kill_after_the_commit_is_finished_by_the_next_import(tmp_path, monkeypatch, kill):
    for name in ("a", "b"):
        (tmp_path / "tables" / name).mkdir(parents=True)
        (tmp_path / "tables" / name / "part").write_text("old")
    new = stage(tmp_path)
    for name in ("a", "b"):
        (new / name).mkdir()
        (new / name / "part").write_text("new")
    real, calls = os.replace, []

    def replace(*args):
        calls.append(args)
        if len(calls) > kill:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(os, "replace", replace)
    with contextlib.suppress(KeyboardInterrupt):
        commit(tmp_path, Step({"a": "tables/a", "b": "tables/b"}))
    monkeypatch.setattr(os, "replace", real)
    with lock(tmp_path):
        pass
    state = {(tmp_path / "tables" / name / "part").read_text() for name in ("a", "b")}
    # The first replacement is the commit point: before it nothing, after it everything.
    assert state == ({"old"} if kill == 0 else {"new"})
    assert not (tmp_path / ".import").exists()


# Rosters without history


SNAPSHOT_MAP = ROSTER_MAP.replace('into = "moderators"', 'into = "moderators"\nsnapshot = true').replace(
    'valid_from = "Since"', 'valid_from = { column = "$file", formats = ["roster_%Y-%m-%d.csv"] }'
)


def snapshot(tmp_path, day, text=ROSTER):
    mapping = write(tmp_path / "snapshot.toml", SNAPSHOT_MAP)
    return import_export(mapping, write(tmp_path / f"roster_{day}.csv", text), tmp_path / "snap")


def test_a_move_between_two_snapshots_ends_one_spell_and_starts_another(tmp_path, config):
    moved = ROSTER.replace("1002,Ben@Example.org,ben,Blue", "1002,Ben@Example.org,ben,Green")
    snapshot(tmp_path, "2026-01-05")
    report = snapshot(tmp_path, "2026-02-02", moved).table("moderators")
    assert (report.new, report.replaced, report.unchanged) == (1, 0, 4)
    spells = read_stored(tmp_path / "snap", "moderators")
    assert len(spells) == 6
    (person,) = spells.loc[spells["team"] == "Green", "moderator_id"]
    own = spells[spells["moderator_id"] == person].sort_values("valid_from")
    assert own["team"].tolist() == ["Blue", "Green"]
    assert own["valid_from"].dt.strftime("%m-%d").tolist() == ["01-05", "02-02"]
    assert own["valid_to"].iloc[0] == pd.Timestamp("2026-02-01")
    assert own["valid_to"].isna().tolist() == [False, True]
    again = snapshot(tmp_path, "2026-02-02", moved)
    assert not again.changed
    pd.testing.assert_frame_equal(read_stored(tmp_path / "snap", "moderators"), spells)
    later = snapshot(tmp_path, "2026-03-02", "\n".join(moved.splitlines()[:3]) + "\n").table("moderators")
    assert (later.new, later.unchanged) == (0, 2)
    assert len(read_stored(tmp_path / "snap", "moderators")) == 6


def test_a_snapshot_that_arrives_late_closes_before_the_next_spell(tmp_path, config):
    snapshot(tmp_path, "2026-03-02")
    snapshot(tmp_path, "2026-01-05", ROSTER.replace("Blue", "Old"))
    spells = read_stored(tmp_path / "snap", "moderators")
    assert spells.loc[spells["team"] == "Old", "valid_to"].tolist() == [pd.Timestamp("2026-03-01")] * 2


def test_a_snapshot_has_one_day(tmp_path, config):
    text = ROSTER_MAP.replace('into = "moderators"', 'into = "moderators"\nsnapshot = true')
    mapping, export = write(tmp_path / "m.toml", text), write(tmp_path / "r.csv", ROSTER)
    with pytest.raises(ContractError, match="describes one day"):
        import_export(mapping, export, tmp_path / "snap")
