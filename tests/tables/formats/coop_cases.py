"""Exports of the console Coop as its own code writes them, with invented people, and a desk to import them."""

from __future__ import annotations

import json

from tests.tables.import_cases import write
from tne.tables.importers import import_export
from tne.tables.importers.importing import import_known
from tne.tables.importers.touching import read_stored

ROSTER_MAP = """
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
aliases = { mail = "Mail", username = "Login" }
"""
ROSTER = """No,Mail,Login,Team,Since,Market
1001,ada@example.org,MOD 17,Blue,2024-01-08,DE
1002,ben@example.org,MOD 18,Blue,2024-02-05,JP
1003,cem@example.org,MOD 19,Red,2024-03-04,US
"""
MARKETS_MAP = """
[source]
name = "markets"
[[table]]
into = "markets"
[table.columns]
market = "market"
name = "market"
language = "language"
timezone = "zone"
currency = "currency"
"""
MARKETS = """market,language,zone,currency
DE,de,Europe/Berlin,EUR
JP,ja,Asia/Tokyo,JPY
US,en,America/Los_Angeles,USD
"""
HEADERS = [
    *("Decisions", "Policies", "Reviewer", "Queue", "Job Created At", "Claimed At", "Decision Time"),
    *("Wait Time (sec)", "Handle Time (sec)", "Decision Reason", "Link"),
]
OLD = ["Decisions", "Policies", "Reviewer", "Queue", "Decision Time", "Decision Reason", "Link"]
SKIPS = ["Reviewer", "Queue", "Decision Time", "Link"]


def field(value):
    """Return a cell as the console writes it."""
    text = "" if value is None else str(value)
    if text[:1] in ("=", "+", "-", "@"):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"'


def text(headers, rows):
    """Return an export."""
    return "\n".join(",".join(map(field, row)) for row in [headers, *rows])


def moment(when):
    """Return an instant as the console writes it."""
    return when.strftime("%m/%d/%y %I:%M:%S %p")


def decision(job, when, who="MOD 17", queue="video", seconds=30, made=("Ban user",), reason=""):
    """Return one decision by the names of its columns."""
    return {
        "Decisions": json.dumps(list(made)),
        "Policies": json.dumps(["Spam"]),
        "Reviewer": who,
        "Queue": queue,
        "Job Created At": "",
        "Claimed At": "" if seconds is None else moment(when),
        "Decision Time": moment(when),
        "Wait Time (sec)": "",
        "Handle Time (sec)": "" if seconds is None else seconds,
        "Decision Reason": reason,
        "Link": f"https://console.example.org/dashboard/manual_review/recent?jobId={job}",
    }


def decisions(rows, headers=HEADERS):
    """Return decisions as an export."""
    return text(headers, [[row.get(name, "") for name in headers] for row in rows])


class Desk:
    """A workspace with a roster and markets, and a short way to import exports."""

    def __init__(self, folder):
        self.folder, self.root = folder, folder / "ws"
        for name, mapping, export in (("roster", ROSTER_MAP, ROSTER), ("markets", MARKETS_MAP, MARKETS)):
            made = write(folder / f"{name}.toml", mapping), write(folder / f"{name}.csv", export)
            import_export(*made, self.root)

    def put(self, text, name="export.csv", encoding="utf-8"):
        return write(self.folder / name, text, encoding)

    def known(self, text, name="export.csv", **answers):
        paths = (
            [self.put(each, f"{i}-{name}") for i, each in enumerate(text)] if isinstance(text, list) else None
        )
        return import_known(paths or self.put(text, name), self.root, answers)

    def table(self, name):
        return read_stored(self.root, name)

    def days(self, column="cases"):
        """Return the production as (market, queue, day) to a number."""
        rows = self.table("production")
        keys = zip(rows["market"], rows["queue"], rows["date"].dt.strftime("%m-%d"), strict=True)
        return dict(zip(keys, rows[column], strict=True))

    def state(self):
        return {p: p.read_bytes() for p in sorted(self.root.rglob("*")) if p.is_file()}
