"""Weekly runs of a company that changes: all publish, and no two of them tell of a few people."""

from itertools import combinations
from types import SimpleNamespace

import pytest
import turning_company as company

from tne.runs import release
from tne.tables.importers.rotating import rotate
from tne.tables.ledger import open_ledger
from tne.tables.ledger_rules import differing
from tne.tables.released import groups
from tne.tables.workspace import open as open_workspace

pytestmark = pytest.mark.xdist_group("ledger_weeks")
MIN_N = 10
REPORTS = (
    "effectiveness",
    "needs",
    "assessment",
    "onboarding",
    "weekly",
    "briefing",
    "calibration",
    "unknown",
)


def shown(workspace, until=None):
    """Return, as an attacker who knows everybody would, whose data each number of the page is made from."""
    answers, said = workspace.table("responses", end=until), workspace.table("surveys", end=until)
    took = {wave: set(answers.loc[answers["wave"].eq(wave), "moderator_id"]) for wave in ("pre", "post")}
    gain = frozenset(took["pre"] & took["post"])
    return {"gain": gain, "before": frozenset(took["pre"]), "said": frozenset(said["response_id"])}


def apart(releases):
    """Return the sizes of all differences of two releases of one number."""
    return [len(a[name] ^ b[name]) for a, b in combinations(releases, 2) for name in a]


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    """Twelve weekly runs: what each page saw, what it would have seen, and what waited, by week."""
    root = tmp_path_factory.mktemp("turning") / "ws"
    company.make(root, seed=20260105)
    everything = open_workspace(root)
    desk, seen, whole, waited = release.Releases(root, MIN_N), [], [], []
    with pytest.MonkeyPatch.context() as patch:
        for week in range(company.WEEKS):
            until = company.last_day(week).date()
            whole.append(shown(everything, until))
            folder = root.parent / str(week)
            folder.mkdir()
            # one opening for all reports: a report that nobody has listed notes every statistic
            planned = SimpleNamespace(report="own", market=company.MARKET, period="")
            for name, value in release.ask(folder, planned).items():
                patch.setenv(name, value)
            patch.setattr("tne.tables.noting.day_of", lambda period, until=until: until)  # the latest, then
            page = open_workspace(root, until=until, market=company.MARKET)
            open_workspace(root, until=until)
            for report in REPORTS:
                job = {"report": report, "market": company.MARKET, "parameters": {}}
                held = release.tell(folder, job, [])
                desk.admit(
                    release.read(folder), (report, company.MARKET, "latest")
                )  # raises where it refuses
            seen.append(shown(page))
            waited.append(held)
    return root, seen, whole, waited


def test_twelve_weekly_runs_with_turnover_publish_every_report(weeks):
    _root, seen, _, waited = weeks
    assert len(seen) == company.WEEKS
    assert any(waited), "four new people a week have to wait"
    assert not all(waited), "and come together with those of the next weeks"
    assert len({page["gain"] for page in seen}) > 3, "the numbers go on"


def test_no_two_weekly_releases_tell_of_a_few_people(weeks):
    _, seen, _, _ = weeks
    assert all(size == 0 or size >= MIN_N for size in apart(seen))


def test_without_the_ledger_the_same_weeks_would_tell_of_a_few(weeks):
    _, _, whole, _ = weeks
    assert any(0 < size < MIN_N for size in apart(whole))


def test_the_ledger_holds_no_id(weeks):
    root, _, _, _ = weeks
    files = list((root / "ledger").glob("*.jsonl"))
    text = "".join(file.read_text() for file in files)
    ids = set(open_workspace(root).table("moderators")["moderator_id"])
    assert {file.stem for file in files} == {company.MARKET, "all"}
    assert ids
    assert not any(who in text for who in ids)
    assert all(file.stat().st_mode & 0o077 == 0 for file in (root / "ledger", *files))


def test_a_notebook_that_opens_nothing_is_taken_to_speak_of_everybody(weeks, tmp_path, monkeypatch):
    root, _, _, _ = weeks
    monkeypatch.setenv("TNE_RELEASED", "")
    release.ask(tmp_path, SimpleNamespace(report="own", market=company.MARKET, period=""))
    job = {"report": "own", "market": company.MARKET, "parameters": {}, "period": "", "workspace": str(root)}
    release.tell(tmp_path, job, [])
    assert release.read(tmp_path) == [], "it published no number"
    release.tell(tmp_path, job, [{"estimate": 1.0}])
    assert {one.group.statistic for one in release.read(tmp_path)} >= {
        "audits",
        "tests pre+post",
        "surveys end learner",
    }


def test_rotating_the_key_leaves_the_ledger_as_it_was(weeks):
    """Comes last: every id of the company is another one then."""
    root, _, _, _ = weeks
    before = open_ledger(root).releases(company.MARKET)
    people = frozenset(open_workspace(root).table("moderators")["moderator_id"])
    (root / "imports.json").write_text("{}")  # no import has keyed ids beside those of people
    rotate(root)
    after, page = open_ledger(root), open_workspace(root, until=company.last_day(company.WEEKS - 1).date())
    assert not people & set(page.table("moderators")["moderator_id"])
    standing = after.releases(company.MARKET)
    assert [(one.name, one.end, one.people) for one in standing] == [
        (one.name, one.end, one.people) for one in before
    ]
    last = [one for one in standing if one.name[0] == "audits"][-1]
    [now] = groups(page.engine, ("audits",), company.MARKET)
    assert differing(after.hashed(now), last.group, cumulative=True) == 0
