"""Texts from data and callers stay texts in SQL, in every data base's own way of quoting."""

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from tne.tables.dialect import translated
from tne.tables.engine import only, quoted

PAYLOADS = [
    *(
        "a'b",
        "a''b",
        "a\\",
        "\\'",
        "x\\' OR 1=1 --",
        "'; DROP TABLE audits; --",
        "a\nb",
        "$$x$$",
        "?",
        ":x",
        "{x}",
    ),
    *("%s", "E'\\''", '"x"', "`x`", "/*", "*/", "--", "\\u0027", "\\x27", "\u2019", "\uff07", "مرحبا"),
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_text_is_the_same_text_in_every_dialect(payload):
    sql = f"SELECT {quoted([payload])} AS a, {quoted(['z', payload]).split(', ')[0]} AS b"
    assert duckdb.sql(sql).fetchall() == [(payload, "z")]
    for dialect in ("postgres", "spark"):
        (query,) = sqlglot.parse(translated(sql, dialect), read=dialect)
        assert [literal.this for literal in query.find_all(exp.Literal)] == [payload, "z"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_market_is_one_condition(payload):
    sql = f"SELECT * FROM stored_audits{only('audits', payload, {'audits'})}"
    for dialect, text in (("duckdb", sql), ("postgres", sql), ("spark", translated(sql, "spark"))):
        (query,) = sqlglot.parse(text, read=dialect)
        assert query.args["where"].this == exp.EQ(
            this=exp.column("market"), expression=exp.Literal.string(payload)
        )
