"""What a mapping file may say: every entry of the type its place wants, nobody in the clear."""

from __future__ import annotations

import copy
import json
import tomllib

import pytest

from tests.tables.import_cases import QUIZ_MAP, ROSTER_MAP
from tne.tables.importers import MappingError
from tne.tables.importers.building import check_targets
from tne.tables.importers.mapfile import parse_map, read_map

WHOLE = (
    QUIZ_MAP.format(
        source="""kind = "csv"
encoding = "utf-8"
delimiter = ","
sheet = ""
header_row = 1
data_row = 2
skip_footer = 0
decimal = "."
thousands = ","
nulls = ["-"]
zone = "UTC"
day_boundary = "local"
date_formats = ["%Y-%m-%d"]
months = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]
ignore = ["Z*"]
[[source.non_data]]
column = "Mail"
equals = "x"
starts = ["T"]
blank = true
[headers]
Mail = ["E-Mail"]"""
    )
    .replace(
        "[table.columns]",
        """distinct = false
snapshot = false
nulls = ["response"]
only = { column = "Mail", equals = ["1"] }
[table.defaults]
programme_id = "p"
[[table.wide]]
pattern = 'Q(?P<n>\\d)'
keep_blank = true
set = { item_id = "q{n}", score = { column = "Score", scale = 2.0, unit = "seconds", strip = ["€"] } }
[table.columns]""",
    )
    .replace('score = "Score"\n', "")
    .replace('item_id = "q1"\n', "")
)
WRONG = [
    5,
    -1,
    2.5,
    float("nan"),
    True,
    "",
    "{A",
    "(",
    "%Q",
    [],
    [1],
    ["x"],
    [[1]],
    [{}],
    {},
    {"column": "A"},
    {"a": [1]},
]


def places(raw, at=()):
    """Every place of a mapping that holds something."""
    if at:
        yield at
    if isinstance(raw, (dict, list)):
        for name, value in raw.items() if isinstance(raw, dict) else enumerate(raw):
            yield from places(value, (*at, name))


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value) if isinstance(value, float) else json.dumps(value)


def test_whatever_stands_anywhere_is_taken_or_refused_with_a_sentence():
    counts = {"taken": 0, "refused": 0, "tried": 0}
    for text in (WHOLE, ROSTER_MAP):
        check_targets(parse_map(text))
        sound = tomllib.loads(text)
        for at in places(sound):
            for wrong in WRONG:
                counts["tried"] += 1
                place = raw = copy.deepcopy(sound)
                for name in at[:-1]:
                    place = place[name]
                place[at[-1]] = wrong
                try:
                    check_targets(parse_map("\n".join(f"{k} = {toml(v)}" for k, v in raw.items())))
                    counts["taken"] += 1
                except MappingError as error:
                    counts["refused"] += str(error).endswith(".")
    assert counts["taken"] + counts["refused"] == counts["tried"]
    assert counts["refused"] > counts["taken"] > 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("nulls", 'header_row = "3"\nnulls', "whole number"),
        ('zone = "UTC"', "zone = 3", "text in quotes"),
        ("%Y-%m-%d", "%d %d", "stands in it twice"),
        ("%Y-%m-%d", "%Q", "bad directive"),
        ("%Y-%m-%d", "%Y-%m-%d %H:%M %Z", "forgets them"),
        ('strip = ["€"]', 'strip = "%"', 'unit = "percent"'),
        ('unit = "seconds"', 'unit = "days"', "unit must be one of"),
        ("keep_blank = true", 'keep_blank = "yes"', "true or false"),
        ('thousands = ","', 'thousands = "0"', "one sign"),
        (
            '{ id = ["Mail", "Completed"], prefix = "a_" }',
            '"Mail"',
            "would store Mail, which says who somebody is",
        ),
        ('prefix = "a_" }', 'prefix = "a_" }\ncomment = { template = "{Mail}" }', "would store Mail"),
        ('item_id = "q{n}"', 'item_id = "q{n}", moderator_id = "{n}"', "filled twice"),
    ],
)
def test_what_is_refused_says_what_to_do(old, new, says):
    text = WHOLE.replace("header_row = 1\n", "") if "header_row" in new else WHOLE
    with pytest.raises(MappingError, match=says):
        parse_map(text.replace(old, new, 1))


def test_a_constant_names_no_person():
    text = QUIZ_MAP.format(source="")
    for line in ('moderator_id = "ada"', 'rater_id = "ada"'):
        plain = text.replace("[table.constants]", f"[table.constants]\n{line}")
        start = plain.index("moderator_id = {")
        with pytest.raises(MappingError, match="plain id of a person"):
            parse_map(plain[:start] + plain[plain.index("\n", start) + 1 :])


def test_one_text_is_a_list_of_one():
    """Taken as letters, `n/a` would empty every cell that holds an n."""
    whole = parse_map(QUIZ_MAP.format(source='nulls = "n/a"\ndate_formats = "%d.%m.%Y"'))
    assert (whole.source.nulls, whole.source.date_formats) == (("n/a",), ("%d.%m.%Y",))


def test_a_mapping_that_is_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "absent.toml"):
        with pytest.raises(MappingError, match="cannot be opened"):
            read_map(path)
