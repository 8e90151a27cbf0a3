"""What the index announces: compared with the data before, the same however often a run is repeated or resumed."""

import itertools
import json

import fake
import pytest

from tne.runs import edition, together
from tne.runs.publish import CACHE, Record
from tne.runs.source import source

OLD, NEW, NEWER = "2026-09-01", "2026-10-01", "2026-11-01"


def record(market, verdicts, day=OLD, report="effectiveness", high=2.0):
    """A page with one verdict per programme, each with the effect it rests on."""
    key = {"report": report, "market": market, "group": "all"}
    rows = []
    for programme, (decision, grade) in verdicts.items():
        one = {**key, "programme_id": programme}
        rows.append({**one, "measure": "accuracy", "term": "effect", "estimate": 1.0, "conf_low": 0.0,
                     "conf_high": high, "n_people": 20})  # fmt: skip
        rows.append({**one, "measure": "verdict", "term": "decision", "decision": decision, "grade": grade})
    facts = {"as_of": f"{day}T12:00:00Z"}
    return Record(f"{report}/{market}.html", f"sha {market} {day}", "run", report, market, "", facts, rows)


def entry(market, status="published", report="effectiveness", page=True):
    path = f"{report}/{market}.html"
    told = {"report": report, "market": market, "period": "latest", "target": path, "status": status}
    reason = "" if status in ("published", "unchanged") else "It broke."
    return {**told, "path": path if page else None, "reason": reason}


def state(*records, **statuses):
    shelf = {one.path: one for one in records}
    codes = {one.market: "published" for one in records} | statuses
    return edition.state(
        [entry(m, s, page=f"effectiveness/{m}.html" in shelf) for m, s in codes.items()], shelf
    )


def told(news):
    return [tuple(c[k] for k in ("kind", "market", "programme", "report") if k in c) for c in news["changes"]]


def test_cells_hold_the_effect_that_the_verdict_rests_on():
    shelf = {r.path: r for r in [record("AA", {"p1": ("stop", "B")}, high=-0.5), record("BB", {})]}
    older = record("AA", {"p1": ("scale", "A")})
    shelf["effectiveness/AA/2026Q1.html"] = older
    assert edition.cells(shelf) == {
        ("AA", "p1"): {"decision": "stop", "grade": "B", "href": "effectiveness/AA.html", "estimate": 1.0,
                       "conf_low": 0.0, "conf_high": -0.5}
    }  # fmt: skip


def test_first_edition_has_no_news(tmp_path):
    assert edition.news(tmp_path, state(record("AA", {"p1": ("keep", "B")})), "one") is None
    assert edition.news(tmp_path, state(record("AA", {"p1": ("stop", "B")})), "one") is None


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ({"p1": ("keep", "B")}, {"p1": ("scale", "A")}, [("action", "AA", "p1")]),
        ({"p1": ("keep", "B")}, {"p1": ("keep", "A")}, [("grade", "AA", "p1")]),
        ({"p1": ("keep", "B")}, {"p1": ("keep", "B"), "p2": ("stop", "B")}, [("new_programme", "AA", "p2")]),
        ({"p1": ("keep", "B"), "p2": ("stop", "B")}, {"p1": ("keep", "B")}, [("gone_programme", "AA", "p2")]),
        ({"p1": ("keep", "B")}, {"p1": ("keep", "B")}, []),
    ],
)
def test_changes_of_programmes_are_told_both_ways(tmp_path, before, after, kinds):
    edition.news(tmp_path, state(record("AA", before)), OLD)
    found = edition.news(tmp_path, state(record("AA", after, NEW)), NEW)
    assert (found["since"], told(found)) == (OLD, kinds)


def test_markets_come_and_go(tmp_path):
    one, two = record("AA", {"p1": ("keep", "B")}), record("BB", {"p1": ("keep", "B")})
    edition.news(tmp_path, state(one), OLD)
    assert told(edition.news(tmp_path, state(one, two), NEW)) == [("new_market", "BB")]
    assert told(edition.news(tmp_path, state(two), NEWER)) == [("gone_market", "AA")]


def test_failures_and_recoveries_are_told_and_hide_no_programme(tmp_path):
    good = record("AA", {"p1": ("keep", "B")})
    edition.news(tmp_path, state(good), OLD)
    # without a page nothing is known of its programmes: none is gone
    assert told(edition.news(tmp_path, state(AA="failed"), NEW)) == [("failed", "AA", "effectiveness")]
    assert told(edition.news(tmp_path, state(good), NEWER)) == [("recovered", "AA", "effectiveness")]
    assert told(edition.news(tmp_path, state(good, AA="stale"), "more")) == [
        ("failed", "AA", "effectiveness")
    ]


def test_interrupted_reports_have_not_failed(tmp_path):
    good = record("AA", {"p1": ("keep", "B")})
    edition.news(tmp_path, state(good), OLD)
    assert told(edition.news(tmp_path, state(good, AA="interrupted"), NEW)) == []


def test_runs_of_one_edition_announce_the_same_in_any_order(tmp_path):
    """Repeated, resumed or shared among hosts: what counts is where the data before ended."""
    old = [record(m, {"p1": ("keep", "B")}) for m in ("AA", "BB")]
    new = [record(m, {"p1": ("scale", "A")}, NEW) for m in ("AA", "BB")]
    ways = [[new], [[new[0], old[1]], new], [[old[0], new[1]], new], [[new[0], old[1]], new, new]]
    found = []
    for k, way in enumerate(ways):
        edition.news(tmp_path / str(k), state(*old), OLD)
        found.append([edition.news(tmp_path / str(k), state(*step), NEW) for step in way][-1])
    failed = tmp_path / "failed"
    edition.news(failed, state(*old), OLD)
    edition.news(failed, state(new[0], old[1], BB="stale"), NEW)
    found.append(edition.news(failed, state(*new), NEW))
    assert told(found[0]) == [("action", "AA", "p1"), ("action", "BB", "p1")]
    assert all(one == found[0] for one in found)


def test_quiet_edition_leaves_the_news_and_a_loud_one_replaces_them(tmp_path):
    def at(decision, key, day):
        return edition.news(tmp_path, state(record("AA", {"p1": (decision, "B")}, day)), key)

    at("keep", "1", OLD)
    first = at("scale", "2", NEW)
    assert at("scale", "3", NEWER) == first == at("scale", "3", NEWER)
    assert (at("stop", "4", "2026-12-01")["since"], at("scale", "5", "2027-01-01")["since"]) == (
        NEWER,
        "2026-12-01",
    )
    # back and forth within one edition: it ends where it began
    assert told(at("stop", "5", "2027-01-01")) == [("action", "AA", "p1")]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": 0}', '{"schema": 1}', "null"])
def test_a_broken_or_foreign_memory_is_no_memory(tmp_path, text):
    (tmp_path / CACHE).mkdir()
    (tmp_path / CACHE / edition.NAME).write_text(text)
    assert edition.news(tmp_path, state(record("AA", {"p1": ("keep", "B")})), "one") is None


def test_memory_has_the_same_bytes_for_the_same_state(tmp_path):
    records = [record(m, {"p1": ("keep", "B"), "p2": ("stop", "C")}) for m in ("AA", "BB")]
    found = set()
    for k, order in enumerate(itertools.permutations(records)):
        edition.news(tmp_path / str(k), state(*order), "one")
        found.add((tmp_path / str(k) / CACHE / edition.NAME).read_bytes())
    assert len(found) == 1
    assert json.loads(found.pop())["now"]["verdicts"]["AA"] == {"p1": ["keep", "B"], "p2": ["stop", "C"]}


def test_index_tells_the_news_formats_and_older_periods(tmp_path):
    """Through the same door as a run: what it writes for the old data, then for the new."""
    root = fake.project(tmp_path, "AA", "BB") / "data" / "demo"
    output = tmp_path / "out"

    def write(shelf, entries, before):
        shelf = {one.path: one for one in shelf}
        for path, one in shelf.items():
            place = together.publish._record_path(output, path, one.sha256)
            together.publish.replace(place, json.dumps({"rows": one.rows}).encode())
        return together.write(source(root), output, shelf, entries, before)

    first = write([record("AA", {"p1": ("keep", "B")})], [entry("AA")], {})
    index = (output / "index.html").read_text(encoding="utf-8")
    assert "What has changed" not in index
    pdf = output / "effectiveness" / "AA.pdf"
    pdf.parent.mkdir()
    pdf.write_bytes(b"%PDF")
    older = record("AA", {"p1": ("stop", "B")})
    older = Record(
        **{**vars(older), "path": "effectiveness/AA/2026Q1.html", "period": "2026Q1", "sha256": "old"}
    )
    told = {**entry("AA"), "target": older.path, "path": older.path, "period": "2026Q1"}
    shelf = [record("AA", {"p1": ("scale", "A")}, NEW), older]
    second = write(shelf, [entry("AA"), told, entry("BB", "failed", page=False)], first)
    index = (output / "index.html").read_text(encoding="utf-8")
    for said in ("Compared with the reports on data to 1 Sep 2026.", "now <strong>Scale</strong>, before Keep",
                 'href="effectiveness/AA.pdf"', 'href="effectiveness/AA/2026Q1.html"', ">January to March 2026<",
                 "new market", 'href="estimates.csv"'):  # fmt: skip
        assert said in index
    # nothing is due: the news stay, the bytes too
    third = write(shelf, [entry("AA", "unchanged"), told, entry("BB", "failed", page=False)], second)
    assert third == second
    assert (output / "index.html").read_text(encoding="utf-8") == index
