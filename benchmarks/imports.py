"""How long does ``tne import`` of a million answers take, and how much memory?

``python benchmarks/imports.py [PEOPLE]``. Writes a roster of 50,000 people, their answers to 20 questions as one long
CSV (for a mapping file) and as the grades report of a Moodle quiz, and imports each in a fresh process: seconds of
processor, those of the start of Python and its libraries included, and peak memory. Beside it stands the floor:
pandas reads the same rows and writes them as Parquet. Fails above 10 seconds at 50,000 people.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

QUESTIONS, MOST_SECONDS = 20, 10.0
ROSTER = """\
[source]
name = "roster"
[[table]]
into = "moderators"
[table.columns]
valid_from = "Since"
team = "Team"
hired_on = "Since"
market = "Market"
[table.columns.moderator_id.person]
column = "No"
kind = "employee_number"
create = true
aliases = { mail = "Mail" }
"""
ANSWERS = """\
[source]
name = "answers"
zone = "Europe/Berlin"
[[table]]
into = "responses"
[table.columns]
attempt_id = { id = ["Mail", "Completed"], prefix = "quiz_" }
moderator_id = { person = { column = "Mail", kind = "mail" } }
market = { roster = "market" }
item_id = "Question"
score = "Points"
answered_at = "Completed"
[table.constants]
form = "A"
wave = "post"
"""
RUN = """\
import json, resource, sys, time
{code}
print(json.dumps([time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
FLOOR = """\
import pandas as pd
pd.read_csv({file!r}).to_parquet({out!r})
"""


def completed(person: int) -> str:
    """Return when a person ended the quiz, in whole minutes of one month."""
    minutes = person * 7 % (28 * 24 * 60)
    return f"2026-03-{1 + minutes // 1440:02}T{minutes // 60 % 24:02}:{minutes % 60:02}"


def points(person: int, question: int) -> int:
    """Return an answer's points, 0 or 1."""
    return int((person * 2654435761 + question * 40503) >> 7 & 3 > 0)


def roster(people: int) -> Iterator[list[object]]:
    """Yield the rows of the roster, header first."""
    yield ["No", "Mail", "Team", "Market", "Since"]
    for i in range(people):
        yield [
            100_000 + i,
            f"person{i}@example.org",
            f"Team {i % 400}",
            ("DE", "FR", "GB", "US")[i % 4],
            "2024-01-08",
        ]


def long(people: int) -> Iterator[list[object]]:
    """Yield one row an answer."""
    yield ["Mail", "Question", "Points", "Completed"]
    for i in range(people):
        for q in range(1, QUESTIONS + 1):
            yield [f"person{i}@example.org", f"q{q:02}", points(i, q), completed(i)]


def grades(people: int) -> Iterator[list[object]]:
    """Yield the grades report of a Moodle quiz: one row a person, one column a question."""
    names = ["Last name", "First name", "Email address", "Status", "Started", "Completed", "Duration"]
    yield [*names, f"Grade/{QUESTIONS}.00", *(f"Q. {q} /1.00" for q in range(1, QUESTIONS + 1))]
    for i in range(people):
        told = [points(i, q) for q in range(1, QUESTIONS + 1)]
        when = completed(i)
        moment = f"{int(when[8:10])} March 2026  {int(when[11:13]) % 12 or 12}:{when[14:16]} "
        moment += "AM" if int(when[11:13]) < 12 else "PM"
        person = [f"Family{i}", f"Given{i}", f"person{i}@example.org", "Finished", moment, moment, "25 mins"]
        yield [*person, f"{sum(told)}.00", *(f"{t}.00" for t in told)]


def timed(code: str) -> tuple[float, float]:
    """Run code in a fresh process; return seconds of processor and peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(code=code)], check=True, capture_output=True, text=True
    )
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Time all imports and compare them with the bar."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    slowest = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["TNE_CONFIG_HOME"] = str(folder / "config")
        for file, rows in (("roster", roster), ("answers", long), ("grades", grades)):
            with (folder / f"{file}.csv").open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows(rows(people))
        (folder / "roster.toml").write_text(ROSTER, encoding="utf-8")
        (folder / "answers.toml").write_text(ANSWERS, encoding="utf-8")
        cli = "from tne.cli import main\nassert main({}) == 0"
        known = ["--set", "programme=hate", "--set", "wave=pre", "--set", "zone=Europe/Berlin"]
        plan = (
            ("roster", f"{people:,} people", ["--map", f"{folder}/roster.toml"]),
            (
                "answers",
                f"{people * QUESTIONS:,} answers by a mapping file",
                ["--map", f"{folder}/answers.toml"],
            ),
            ("grades", f"{people * QUESTIONS:,} answers as Moodle grades", known),
            ("answers", "the same answers again", ["--map", f"{folder}/answers.toml"]),
        )
        print("| import | s of processor | peak MB |\n|---|---|---|")
        for file, title, more in plan:
            words = ["import", f"{folder}/{file}.csv", "--workspace", f"{folder}/ws", *more]
            seconds, peak = timed(cli.format(words))
            slowest = max(slowest, seconds)
            print(f"| {title} | {seconds:.1f} | {peak:.0f} |", flush=True)
        for file in ("answers", "grades"):
            code = FLOOR.format(file=f"{folder}/{file}.csv", out=f"{folder}/floor.parquet")
            seconds, peak = timed(code)
            print(f"| floor: pandas reads and writes {file} | {seconds:.1f} | {peak:.0f} |")
    return 0 if people > 50_000 or slowest <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
