"""One run with everything that can go wrong in a report; and what the next runs do."""

import csv
import json

import fake
import pytest

WRONG = ("contract", "dead", "endless", "few", "foreign", "leak", "plain")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Good markets among bad ones."""
    root = fake.project(tmp_path_factory.mktemp("mixed"), "AA", *WRONG)
    return root, fake.tne("run", cwd=root)


@pytest.mark.xdist_group("runs_mixed")
def test_good_market_is_published_among_bad_ones(mixed):
    root, done = mixed
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert set(fake.published(root)) == {"index.html", "estimates.csv", "effectiveness/AA.html"}
    found = fake.statuses(root)
    assert found.pop("AA") == "published"
    gate = {"endless", "few", "leak", "plain"}
    assert found == {market: "refused" if market in gate else "failed" for market in WRONG}


@pytest.mark.xdist_group("runs_mixed")
@pytest.mark.parametrize(
    ("market", "cause", "said"),
    [
        ("contract", "contract", "lacks `correct`"),
        ("dead", "kernel", "ended with exit code 3. Code cell 3 (under “A step”)"),
        ("endless", "gate", "end marker is missing"),
        ("foreign", "cell", "ValueError"),
        ("few", "gate", "without at least 10 people"),
        ("leak", "gate", "1 ids of people"),
        ("plain", "gate", "did not pass the disclosure gate"),
    ],
)
def test_manifest_and_index_say_what_went_wrong(mixed, market, cause, said):
    root, _ = mixed
    entry = next(e for e in fake.manifest(root)["reports"] if e["market"] == market)
    assert entry["cause"] == cause
    assert said in entry["reason"]
    assert f"{market} ·" in (root / "reports" / "index.html").read_text(encoding="utf-8")


@pytest.mark.xdist_group("runs_mixed")
def test_messages_of_foreign_code_stay_on_the_terminal(mixed):
    root, done = mixed
    assert "Anna Example" in done.stderr
    assert not any(b"Anna Example" in p.read_bytes() for p in (root / "reports").rglob("*") if p.is_file())


@pytest.mark.xdist_group("runs_mixed")
def test_page_holds_blocks_only(mixed):
    root, _ = mixed
    page = (root / "reports" / "effectiveness" / "AA.html").read_text(encoding="utf-8")
    assert "Gain in AA: 0.5" in page
    for private in ("m-print0001", "A step", "workspace", str(root), "estimates_row"):
        assert private not in page


@pytest.mark.xdist_group("runs_mixed")
def test_estimates_are_unique_and_harmless(mixed):
    root, _ = mixed
    with (root / "reports" / "estimates.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    key = ("report", "market", "programme_id", "measure", "term", "group", "period")
    assert len({tuple(row[k] for k in key) for row in rows}) == len(rows) == 2
    assert rows[0]["note"] == "'=1+1"
    assert rows[1]["decision"] == "keep"


@pytest.mark.xdist_group("runs_mixed")
def test_manifest_tells_inputs_versions_and_outputs(mixed):
    root, _ = mixed
    book = fake.manifest(root)
    assert book["schema_version"] == 1
    assert book["exit_code"] == 1
    assert book["inputs"]["AA"]["audits"]["sha256"]
    assert book["inputs"]["AA"]["audits"]["rows"] is None  # so few rows would say how few people there are
    assert book["versions"]["pandas"]
    assert book["started_at"] <= book["finished_at"]
    assert set(book["outputs"]) == set(fake.published(root))


@pytest.mark.xdist_group("runs_mixed")
@pytest.mark.parametrize(("market", "code"), [("contract", 3), ("plain", 4), ("dead", 5)])
def test_exit_code_names_the_kind_if_nothing_was_published(mixed, market, code):
    root, _ = mixed
    assert fake.tne("run", "--market", market, "--output", f"only-{market}", cwd=root).returncode == code


@pytest.mark.xdist_group("runs_mixed")
def test_cell_that_swallows_interrupts_is_stopped_and_named(mixed):
    root, _ = mixed
    what = ("--market", "AA", "--param", "mode=stuck", "--output", "late")
    done = fake.tne("run", *what, "--cell-timeout", "8", "--json", cwd=root)
    assert done.returncode == 5
    said = json.loads(done.stdout)["reports"][0]["reason"]
    assert said == "Code cell 3 (under “A step”) took longer than 8 s."


@pytest.mark.xdist_group("runs_mixed")
def test_whole_report_has_a_deadline(mixed):
    root, _ = mixed
    done = fake.tne("run", "--market", "AA", "--run-timeout", "0.2", "--output", "later", cwd=root)
    assert done.returncode == 5
    assert "took longer than 0.2 s" in done.stderr


@pytest.mark.xdist_group("runs_again")
def test_second_run_skips_reruns_and_keeps(tmp_path):
    """One story, because every kernel costs seconds."""
    root = fake.project(tmp_path, "AA", "BB")
    assert fake.tne("run", cwd=root).returncode == 0
    first = fake.published(root)

    # unchanged: neither pandas nor papermill is imported
    again = fake.tne("run", "--json", cwd=root, python=("-X", "importtime"))
    assert again.returncode == 0
    assert {e["status"] for e in json.loads(again.stdout)["reports"]} == {"unchanged"}
    imported = {line.split("|")[-1].strip().split(".")[0] for line in again.stderr.splitlines()}
    assert not imported & {"pandas", "papermill", "nbconvert", "nbformat", "duckdb", "matplotlib", "IPython"}
    assert fake.published(root) == first

    # a newer run of one market fails: its last good page and its rows stay, and the index says so
    broken = fake.tne("run", "--market", "BB", "--param", "mode=cell", cwd=root)
    assert broken.returncode == 1
    assert fake.statuses(root) == {"AA": "unchanged", "BB": "stale"}
    now = fake.published(root)
    assert {k for k in now if now[k] != first[k]} == {"index.html"}
    assert b"boom in the cell" in now["index.html"]

    # one market by force: same inputs, same bytes; the other one's rows are kept, and it is no longer stale
    assert fake.tne("run", "--market", "AA", "--force", cwd=root).returncode == 0
    assert fake.statuses(root) == {"AA": "published", "BB": "stale"}
    assert fake.tne("run", cwd=root).returncode == 0
    assert fake.statuses(root) == {"AA": "unchanged", "BB": "unchanged"}
    assert fake.published(root) == first

    # new data of one market: only that one is due
    fake.audits(root, "BB", 4)
    planned = json.loads(fake.tne("run", "--dry-run", "--json", cwd=root).stdout)["reports"]
    assert [(p["market"], p["status"]) for p in planned] == [("AA", "unchanged"), ("BB", "due")]
