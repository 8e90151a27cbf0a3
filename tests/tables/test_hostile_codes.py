"""Codes that name folders, currencies or kinds take no other text: each hostile word in each of them waits."""

import pandas as pd
import pytest

from tests.hostile_words import WORDS
from tne.simulate.demo import demo
from tne.tables.declared import TABLES
from tne.tables.validation import validate

CODES = [
    (name, column.name) for name, table in TABLES.items() for column in table.columns if column.values or column.pattern
]  # fmt: skip


@pytest.fixture(scope="module")
def tables():
    return demo(markets={"IE": 14}, weeks=30).tables


def test_there_are_such_codes_in_every_table_of_a_market():
    assert len(CODES) >= 25
    assert {name for name, column in CODES if column == "market"} >= {
        "markets",
        "audits",
        "policies",
        "costs",
    }


@pytest.mark.parametrize(("name", "column"), CODES)
def test_no_code_takes_a_hostile_word(tables, name, column):
    if column not in tables[name].columns:
        pytest.skip("the demo leaves it out")
    rows = pd.concat([tables[name].head(1)] * len(WORDS), ignore_index=True)
    free = [key for key in TABLES[name].key if key != column and rows[key].dtype == "str" and key != "market"]
    rows = rows.assign(**{key: [f"k{k}" for k in range(len(rows))] for key in free})
    told = validate(name, rows.assign(**{column: [word.text for word in WORDS]})).findings
    assert [f.count for f in told if f.column == column and f.rule in ("pattern", "values")] == [len(WORDS)]
    assert not any(word.text in str(finding) for word in WORDS for finding in told)
