"""The ledger of released groups: what counts as a difference of a few, and a file that nothing may slip past."""

import json
import os

import pytest

from tne.tables.groups import Group, as_list, from_list, last_weeks
from tne.tables.keyfile import open_key, save_key
from tne.tables.ledger import open_ledger
from tne.tables.ledger_file import LedgerError, withdrawn_pages
from tne.tables.ledger_renewed import renewed
from tne.tables.ledger_rules import differing, refused
from tne.tables.noting import note_parts

PAGE = ("effectiveness", "DE", "latest")


def group(people, start="2026-01-05", end="2026-03-29", statistic="audits", last=20541):
    """People by name; all have data until the last day, which is day 20541."""
    return Group(statistic, "", "", start, end, dict.fromkeys(people, (20458, last)))


def some(n, first=0):
    return [f"m_{i:016x}" for i in range(first, first + n)]


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    home = tmp_path / "ws"
    home.mkdir()
    return home


def noted(root, *groups, page=PAGE, at="2026-04-01T00:00:00+00:00", scope="DE"):
    ledger = open_ledger(root)
    with ledger.locked():
        ledger.note(scope, [ledger.hashed(one) for one in groups], page, at)
    return ledger


@pytest.mark.parametrize(
    ("new", "count"),
    [
        (group(some(30)), 0),
        (group(some(27)), 3),
        (group(some(30, 2)), 4),  # two gone, two come
        (group(some(30), end="2026-04-05", last=20541), 0),  # a later end, nobody has new data
        (group(some(30), end="2026-04-05", last=20548), 30),  # everybody has
        (group(some(33), end="2026-04-05", last=20541), 3),
    ],
)
def test_the_difference_of_two_cumulative_numbers_is_counted_by_hand(new, count):
    assert differing(new, group(some(30)), cumulative=True) == count


def test_windows_of_points_are_compared_only_with_themselves():
    later = group(some(33), end="2026-04-05")
    assert differing(later, group(some(30)), cumulative=False) is None
    assert differing(group(some(33)), group(some(30)), cumulative=False) == 3


def test_an_earlier_period_that_comes_after_a_later_one_is_compared_too():
    """Day 20541 is 2026-03-29; of the later page, four people have data after it."""
    later = group(some(30), end="2026-04-05")
    later = Group(
        *later.name, later.start, later.end, {**later.members, **dict.fromkeys(some(4), (20458, 20545))}
    )
    assert differing(group(some(30)), later, cumulative=True) == 4


def test_a_first_day_that_moves_opens_no_way_round():
    assert differing(group(some(31), start="2026-01-04"), group(some(30)), cumulative=True) == 1


def test_groups_that_are_shown_nowhere_are_held_against_nothing(root):
    ledger = noted(root, group(some(12)))
    few = ledger.hashed(group(some(9)))
    assert refused(few, ledger.releases("DE"), cumulative=True, min_n=10) is None
    assert refused(ledger.hashed(group(some(11))), ledger.releases("DE"), cumulative=True, min_n=10)


def test_every_release_counts_not_the_last_alone(root):
    """30 people, then 13 more, then 10 of these gone again: far from the second, three from the first."""
    ledger = noted(root, group(some(30)))
    noted(root, group(some(43)), at="2026-04-02T00:00:00+00:00")
    third = ledger.hashed(group(some(33)))
    old = refused(third, ledger.releases("DE"), cumulative=True, min_n=10)
    assert old.at.startswith("2026-04-01")


def test_the_last_weeks_are_those_with_data_in_them():
    members = {"a": (20458, 20541), "b": (20458, 20500), "c": (20458, 20534), "d": (20458, 20535)}
    found = last_weeks(Group("audits", "", "", "2026-01-05", "2026-03-29", members), 1)
    assert (found.statistic, found.start, set(found.members)) == (
        "audits, last weeks",
        "2026-03-23",
        {"a", "d"},
    )


def test_what_was_noted_is_read_again_and_known_groups_are_noted_once(root):
    noted(root, group(some(30)), group(some(12), statistic="production"))
    ledger = noted(root, group(some(30)), at="2026-04-02T00:00:00+00:00")
    found = ledger.releases("DE")
    assert [(one.name[0], one.people, one.at[:10]) for one in found] == [
        ("audits", 30, "2026-04-01"),
        ("production", 12, "2026-04-01"),
    ]
    assert found[0].group == ledger.hashed(group(some(30)))


def test_people_of_whom_several_pages_speak_are_written_once(root):
    noted(root, group(some(300)))
    file = root / "ledger" / "DE.jsonl"
    size = file.stat().st_size
    ledger = noted(root, group(some(300)), page=("needs", "DE", "latest"), at="2026-04-02T00:00:00+00:00")
    one, other = ledger.releases("DE")
    assert (one.packed, one.group) == (other.packed, other.group)
    assert (one.report, other.report) == ("effectiveness", "needs")
    assert file.stat().st_size - size < 500


def test_only_its_owner_reads_it_and_it_has_no_ids(root):
    noted(root, group(some(30)))
    file = root / "ledger" / "DE.jsonl"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not any(who in file.read_text() for who in some(30))


def test_withdrawing_takes_back_what_the_last_release_was_first_to_show(root):
    noted(root, group(some(30)))
    ledger = noted(
        root, group(some(30)), group(some(30), statistic="appeals"), at="2026-04-08T00:00:00+00:00"
    )
    before = (root / "ledger" / "DE.jsonl").read_text()
    assert ledger.withdraw(PAGE, "never sent") == 1
    assert [one.name[0] for one in ledger.releases("DE")] == ["audits"]
    assert (root / "ledger" / "DE.jsonl").read_text().startswith(before), "nothing is deleted"
    assert ledger.withdraw(PAGE, "nor this") == 1
    assert ledger.withdraw(PAGE, "again") is None
    assert ledger.releases("DE") == []


def test_the_last_release_is_the_last_in_the_file_though_the_clock_was_put_back(root):
    """What was shared on 1 January stays; only what came after it, dated before, is taken back."""
    noted(root, group(some(40)), at="2027-01-01T00:00:00+00:00")
    noted(root, group(some(40), statistic="tests pre"), at="2027-01-01T00:00:00+00:00", scope="all")
    ledger = noted(root, group(some(60)), at="2026-06-01T00:00:00+00:00")
    assert ledger.withdraw(PAGE, "never sent") == 1
    assert [one.people for one in ledger.releases("DE")] == [40]
    assert ledger.withdraw(PAGE, "nor this") == 2
    assert ledger.releases("all") == []


def test_what_a_killed_run_left_of_a_line_does_no_harm(root):
    ledger = noted(root, group(some(30)))
    file = root / "ledger" / "DE.jsonl"
    whole, ends = file.read_bytes(), (root / "ledger" / "ends.json").read_bytes()
    noted(root, group(some(30), statistic="appeals"), at="2026-04-02T00:00:00+00:00")
    file.write_bytes(file.read_bytes()[:-7])  # the last line lacks its end
    (root / "ledger" / "ends.json").write_bytes(ends)
    assert [one.name[0] for one in ledger.releases("DE")] == ["audits"]
    noted(root, group(some(30), statistic="production"), at="2026-04-03T00:00:00+00:00")
    assert [one.name[0] for one in ledger.releases("DE")] == ["audits", "production"]
    assert file.read_bytes().startswith(whole)


@pytest.mark.parametrize("change", ["a line gone", "a digit changed", "lines swapped"])
def test_a_ledger_that_was_changed_is_refused(root, change):
    noted(root, group(some(30)), group(some(30), statistic="appeals"))
    file = root / "ledger" / "DE.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    if change == "a line gone":
        del lines[2]
    elif change == "a digit changed":
        lines[2] = lines[2].replace("2026-03-29", "2026-03-28")
    else:
        lines[2:4] = lines[3:1:-1]
    file.write_text("".join(lines))
    with pytest.raises(LedgerError, match=r"damaged at line 3\. Restore it from a backup"):
        open_ledger(root).releases("DE")


@pytest.mark.parametrize("left", [None, 0, 1, 3])
def test_a_ledger_that_lacks_its_last_lines_or_is_gone_is_refused(root, left):
    """Each line fits the ones before it: only a note beside the file knows that others stood behind."""
    noted(root, group(some(30)), group(some(30), statistic="appeals"))
    noted(root, group(some(30)), scope="FR")
    file = root / "ledger" / "DE.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.unlink() if left is None else file.write_text("".join(lines[:left]))
    ledger = open_ledger(root)
    for use in (ledger.releases, lambda scope: ledger.note(scope, [], PAGE, "2026-04-02T00:00:00+00:00")):
        with pytest.raises(LedgerError, match=r"gone or lacks its last lines\. Restore it from a backup"):
            use("DE")
    assert len(ledger.releases("FR")) == 1
    file.write_text("".join(lines))
    assert len(ledger.releases("DE")) == 2


def test_a_ledger_of_before_ends_were_noted_is_read_and_goes_on(root):
    noted(root, group(some(30)))
    ends = root / "ledger" / "ends.json"
    assert ends.stat().st_mode & 0o777 == 0o600
    ends.unlink()
    noted(root, group(some(30), statistic="appeals"), at="2026-04-02T00:00:00+00:00")
    assert [*json.loads(ends.read_text())] == ["DE"]
    ends.write_text("[")
    with pytest.raises(LedgerError, match=r"how far the ledger goes, cannot be read"):
        open_ledger(root).releases("DE")


def test_pages_are_withdrawn_until_they_are_released_again(root):
    assert withdrawn_pages(root) == frozenset()
    ledger = noted(root, group(some(30)))
    noted(root, group(some(30)), scope="all")
    assert withdrawn_pages(root) == frozenset()
    ledger.withdraw(PAGE, "never sent")
    assert withdrawn_pages(root) == {PAGE}
    noted(root, group(some(30)), at="2026-04-02T00:00:00+00:00")
    assert withdrawn_pages(root) == frozenset()
    (root / "ledger" / "DE.jsonl").write_text("no seal\n")
    with pytest.raises(LedgerError, match="cannot be read"):
        withdrawn_pages(root)


def test_another_key_is_refused_with_what_to_do(root):
    noted(root, group(some(30)))
    (root / "identity" / "key.json").unlink()
    with pytest.raises(LedgerError, match=r"another key.* Restore"):
        open_ledger(root).releases("DE")


def test_a_lost_key_is_refused_with_what_to_do(root, monkeypatch, tmp_path):
    noted(root, group(some(30)))
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(LedgerError, match=r"needs the key of the workspace.*Copy `keys/"):
        open_ledger(root)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused_with_what_to_do(root):
    ledger = open_ledger(root)
    root.chmod(0o500)
    try:
        with pytest.raises(LedgerError, match=r"cannot be written.*run again"), ledger.locked():
            pass
    finally:
        root.chmod(0o700)


def test_a_place_that_cannot_be_a_folder_is_refused(root):
    ledger = open_ledger(root)
    (root / "ledger").write_text("no folder")
    with pytest.raises(LedgerError, match="cannot be written"), ledger.locked():
        pass


def test_a_key_that_changes_during_a_run_stops_it(root):
    ledger = noted(root, group(some(30)))
    _, record = save_key(root, open_key(root).rotated())
    (root / "identity" / "key.json").write_text(record)
    with pytest.raises(LedgerError, match="changed meanwhile"), ledger.locked():
        pass


def test_rotating_keeps_what_was_released(root):
    """Everybody has a new id, one person has left the workspace: the same people are still the same group."""
    noted(root, group(some(30)))
    noted(root, group(some(30)), page=("needs", "DE", "latest"), at="2026-04-02T00:00:00+00:00")
    old = open_key(root)
    new = old.rotated()
    known = {who: f"m_{new.renew(who[2:])}" for who in some(29)}
    for name, content in renewed(root, old, new, known).items():
        (root / "ledger" / name).write_bytes(content)
    _, record = save_key(root, new)
    (root / "identity" / "key.json").write_text(record)
    ledger = open_ledger(root)
    standing, again = ledger.releases("DE")
    now = ledger.hashed(group([*known.values()]))
    assert (standing.people, again.packed) == (30, standing.packed)
    assert differing(now, standing.group, cumulative=True) == 1, "who left is one person still"


def test_a_correction_of_a_few_people_is_a_difference(root):
    """The same people in the same window: two of 30 were corrected, then 10."""
    people = some(30)
    marked = [
        Group(*group(people).name, "2026-01-05", "2026-03-29", group(people).members, marks)
        for marks in ({who: int(at < few) for at, who in enumerate(people)} for few in (0, 2, 10))
    ]
    assert [differing(one, marked[0], cumulative=False) for one in marked] == [0, 2, 10]
    ledger = noted(root, marked[0])
    said = [refused(ledger.hashed(one), ledger.releases("DE"), cumulative=False, min_n=10) for one in marked]
    assert [bool(one) for one in said] == [False, True, False]


def scored(people, programme, right=lambda at: at % 7):
    members = {who: (20460 + at % 5, 20480) for at, who in enumerate(people)}
    marks = {who: 1 + right(at) for at, who in enumerate(people)}
    return Group("tests pre", programme, "trained", "2026-01-05", "2026-03-29", members, marks)


def test_a_programme_named_anew_is_compared_with_what_it_was(root):
    """43 people of whom 40 had the same scores on the same days; another programme has scores of its own."""
    ledger = noted(root, scored(some(40), "P1"))
    new = [
        scored(some(43), "P1b"),
        scored(some(43), "P2", lambda at: at % 3),
        scored(some(52), "P1b"),
        scored(some(40), "P1b"),
    ]
    said = [refused(ledger.hashed(one), ledger.releases("DE"), cumulative=True, min_n=10) for one in new]
    assert [bool(one) for one in said] == [True, False, False, False]


@pytest.fixture
def page(root, monkeypatch):
    """A page that is being made, about forty people tested twice; what it asks and notes stands in a file."""
    place = root.parent / "released"
    monkeypatch.setenv("TNE_RELEASED", str(place))
    open_key(root, create=True)

    def make(people):
        whole = Group("tests pre+post", "p", "trained", "2026-01-05", "2026-03-29", people)
        lines = [{"market": "DE", "period": "", "families": ["tests"]}, {"scope": "DE", "held": []}]
        lines[1]["groups"] = [as_list(whole)]
        place.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return whole

    def parts(**shown):
        return note_parts(root, {}, ("tests pre+post", "p", "trained"), shown)

    def noted():
        *_, last = place.read_text().splitlines()
        return [from_list(told) for told in json.loads(last)["groups"]]

    return make, parts, noted


def on_days(first, last, people):
    return dict.fromkeys(people, (first, last))


def test_a_part_that_leaves_a_few_of_the_whole_is_not_shown(page):
    make, parts, noted = page
    april, may = on_days(20460, 20470, some(20)), on_days(20490, 20500, some(20, 20))
    make({**april, **may})
    assert parts(april=[*april], may=[*may]) == ("april", "may")
    assert [(group.label, len(group.members), group.end) for group in noted()] == [
        ("trained, april", 20, "2026-01-17"),
        ("trained, may", 20, "2026-02-16"),
    ]
    make({**april, **may, **on_days(20520, 20530, some(3, 40))})
    assert parts(april=[*april], may=[*may]) == ("april",), "all but both months are three people"
    make({**april, **on_days(20490, 20500, some(4, 20))})
    assert parts(april=[*april]) == ()
    assert parts(few=some(9)) == ()


def test_a_part_that_grew_by_a_few_is_not_shown_again(root, page):
    make, parts, noted = page
    april = on_days(20460, 20470, some(20))
    make({**april, **on_days(20490, 20500, some(20, 40))})
    assert parts(april=[*april]) == ("april",)
    ledger = open_ledger(root)
    with ledger.locked():
        ledger.note("DE", [ledger.hashed(one) for one in noted()], PAGE, "2026-04-01T00:00:00+00:00")
    grown = april | on_days(20465, 20471, some(3, 20))
    make({**grown, **on_days(20490, 20500, some(20, 40))})
    assert parts(april=[*grown]) == ()
    assert parts(april=[*april]) == ("april",)


def test_where_no_report_is_made_all_parts_may_be_shown(root):
    assert note_parts(root, {}, ("tests pre+post", "p", "trained"), {"a": some(3)}) == ("a",)
