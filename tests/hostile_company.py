"""A company into whose texts hostile words were put, each with a code by which it is found again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from tests.hostile_words import WORDS
from tne.made import to_toml
from tne.simulate.demo import Demo, demo
from tne.simulate.markets import Market
from tne.tables.plans import plan_hash
from tne.tables.store import write_tables

SHARES = 8  # companies that hold every word in every field together
EACH = len(WORDS) // SHARES
MARKET, PEOPLE, WEEKS = (
    "QX1",
    100,
    34,
)  # Babel knows no territory of that name, so the name of the table is shown
CODE = re.compile(r"k(\d\d)w(\d\d)n(\d+)z")


@dataclass(frozen=True)
class Field:
    """One kind of text.

    Parameters
    ----------
    name : str
        What it is.
    columns : tuple of str
        ``table.column`` of the places where it stands.
    by : tuple of str
        Further columns of each of the places that make it another text.
    some : bool
        Only in every third row, so that what the others say is still known.
    """

    name: str
    columns: tuple[str, ...]
    by: tuple[str, ...] = ()
    some: bool = False


FIELDS: tuple[Field, ...] = (
    Field("market", ("markets.name",)),
    Field("region", ("markets.region",)),
    Field("site", ("moderators.site",)),
    Field("team", ("moderators.team",)),
    Field("languages", ("moderators.languages",)),
    Field("queue", ("moderators.queue", "audits.queue", "appeals.queue", "production.queue")),
    Field(
        "programme",
        tuple(
            f"{table}.programme_id"
            for table in ("programmes", "sessions", "enrolments", "items", "responses", "surveys", "costs")
        ),
    ),
    Field("title", ("programmes.title",)),
    Field("selected by", ("programmes.selected_by",)),
    Field("stage", ("programmes.stage",)),
    Field("owner", ("programmes.owner_role",)),
    Field("measure", ("programmes.primary_measure",), some=True),
    Field("target areas", ("programmes.target_policy_areas",)),
    Field("area", tuple(f"{t}.policy_area" for t in ("items", "audits", "appeals", "ratings", "policies"))),
    Field("version", ("audits.policy_version", "policies.policy_version"), by=("policy_area",)),
    Field("policy title", ("policies.title",)),
    Field("session", tuple(f"{t}.session_id" for t in ("sessions", "attendance", "enrolments", "surveys"))),
    Field("session language", ("sessions.language",)),
    Field("item", ("items.item_id", "responses.item_id")),
    Field("form", ("items.form", "responses.form"), by=("programme_id",)),
    Field("answer", ("items.key", "responses.response"), by=("item_id",)),
    Field("scale", ("items.scale",)),
    Field("question", ("surveys.question_id",)),
    Field("construct", ("surveys.construct",), some=True),
    Field("comment", ("surveys.comment",)),
    Field("decision", ("audits.decision", "audits.audited_decision"), by=("policy_area",)),
    Field("cause", ("audits.root_cause",), by=("policy_area",), some=True),
    Field("label", ("ratings.label", "ratings.reference_label"), by=("policy_area",)),
    Field("calibration", ("ratings.calibration_id",)),
    Field("case", ("ratings.case_id",)),
    Field("cost item", ("costs.item",)),
    Field("cost", ("costs.cost_id",)),
    Field("settings: name", ()),
    Field("settings: contact", ()),
)
PARTED = ("languages", "target areas")  # lists, parted by semicolons or commas
NAMES = tuple(field.name for field in FIELDS)


def mixed(field: int, share: int, count: int) -> list[str]:
    """Return `count` different texts of a field that hold the words of one share, all of them.

    Where there are fewer texts than words, a text holds several, one after the other. Each word is followed by its
    code: field, word and place.
    """
    mine = [(share * EACH + field * 5 + i) % len(WORDS) for i in range(max(EACH, count))]
    parts = [mine[k::count] if count < EACH else [mine[k]] for k in range(count)]
    return [" ".join(f"{WORDS[w].text} {code(field, w, k)}" for w in part) for k, part in enumerate(parts)]


def code(field: int, word: int, place: int) -> str:
    """Return what stands behind a word."""
    return f"k{field:02d}w{word:02d}n{place}z"


def pairs(share: int) -> set[tuple[int, int]]:
    """Return the pairs of field and word that one share holds at least."""
    return {(f, (share * EACH + f * 5 + i) % len(WORDS)) for f in range(len(FIELDS)) for i in range(EACH)}


@cache
def plain() -> Demo:
    """Return the company before anything was put into it."""
    market = Market(
        MARKET, "Market", "en", "Europe/Berlin", "EUR", "Region", PEOPLE, ("North", "South"), 27, 16
    )
    made = demo(markets=(market,), weeks=WEEKS)
    tables = dict(made.tables)
    areas = sorted(tables["audits"]["policy_area"].unique())
    aims = [";".join(areas[k : k + 2]) for k in range(len(tables["programmes"]))]
    tables["programmes"] = tables["programmes"].assign(target_policy_areas=aims)
    tables["surveys"] = tables["surveys"].assign(comment="said")
    return Demo(tables, made.truth, made.plans, made.config, made.cells)


def company(root: Path, share: int) -> Path:
    """Write the workspace of one of the `SHARES` companies into the new folder `root` and return it."""
    made = plain()
    tables, known = dict(made.tables), {}
    for number, field in enumerate(FIELDS):
        if field.columns:
            known[field.name] = _put(tables, made.tables, field, number, share)
    areas, programmes = known["area"], known["programme"]
    tables["programmes"] = _aimed(tables["programmes"], areas, share)
    root.mkdir(parents=True)
    write_tables({name: frame for name, frame in tables.items() if len(frame)}, root)
    name, contact = (mixed(NAMES.index(f"settings: {key}"), share, 1)[0] for key in ("name", "contact"))
    config = made.config | {"name": name, "contact": contact}
    (root / "tne.toml").write_text(_toml(config), encoding="utf-8")
    plans = [plan | {"programme_id": programmes[plan["programme_id"],]} for plan in made.plans]
    frozen = [plan | {"sha256": plan_hash(plan)} for plan in plans]
    (root / "plans.json").write_text(json.dumps(frozen), encoding="utf-8")
    return root


def _put(
    tables: dict[str, pd.DataFrame], before: dict[str, pd.DataFrame], field: Field, number: int, share: int
) -> dict[tuple[str, ...], str]:
    """Replace the texts of a field wherever it stands, and return what became of each."""
    keys: dict[str, pd.Series] = {}
    for place in field.columns:
        table, column = place.split(".")
        frame = before[table]
        found = pd.Series(
            list(zip(frame[column], *(frame[name] for name in field.by), strict=True)), index=frame.index
        )
        keys[place] = found[frame[column].notna()]
    seen = sorted({key for found in keys.values() for key in found.unique()})
    words = mixed(number, share, len(seen))
    known = dict(zip(seen, words, strict=True))
    for place, found in keys.items():
        table, column = place.split(".")
        values = tables[table][column].copy()
        kept = found[found.index % 3 == 2] if field.some else found
        values[kept.index] = kept.map(known)
        tables[table] = tables[table].assign(**{column: values})
    return known


def _aimed(programmes: pd.DataFrame, areas: dict[tuple[str, ...], str], share: int) -> pd.DataFrame:
    """Let every second programme aim at areas of the audits; the others aim at areas that nobody knows."""
    before = plain().tables["programmes"]["target_policy_areas"]
    real = [";".join(areas[area,] for area in aims.split(";")) for aims in before]
    kept = [aim if k % 2 else real[k] for k, aim in enumerate(programmes["target_policy_areas"])]
    return programmes.assign(target_policy_areas=kept)


def _toml(settings: dict[str, Any]) -> str:
    """Return settings as TOML; it takes no DEL and no C1 as they are."""
    return re.sub("[\x7f-\x9f]", lambda sign: f"\\u{ord(sign[0]):04x}", to_toml(settings))
