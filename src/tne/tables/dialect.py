"""How does the house's SQL read in another data base? DuckDB's dialect in, PostgreSQL's or Spark's out."""

from __future__ import annotations

from functools import cache

import sqlglot
from sqlglot import exp

from tne.tables.engine import statement

#: Macros that other data bases have as a cast: their sessions are set to UTC.
_CASTS = {"as_utc": "TIMESTAMP"}


@cache
def translated(sql: str, dialect: str) -> str:
    """Return one query of DuckDB in the words of `dialect`, the macros of ``sql/macros.sql`` written out.

    Parameters
    ----------
    sql : str
    dialect : {"postgres", "spark"}

    Examples
    --------
    >>> translated("SELECT a FROM t ORDER BY a DESC", "postgres")
    'SELECT a FROM t ORDER BY a DESC NULLS LAST'
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    tree = tree.transform(_expanded).transform(_difference, dialect)
    return tree.sql(dialect=dialect, comments=False)


@cache
def _macros() -> dict[str, tuple[list[str], exp.Expression]]:
    made = {}
    for create in filter(None, sqlglot.parse(statement("macros"), read="duckdb")):
        asked = [parameter.name for parameter in create.this.expressions]
        made[create.this.this.name.lower()] = (asked, create.expression)
    return made


def _expanded(node: exp.Expression) -> exp.Expression:
    """Write a macro out where it is called."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name in _CASTS:
        return exp.cast(node.expressions[0], _CASTS[name], dialect="duckdb")
    if name not in _macros():
        return node
    parameters, body = _macros()[name]
    given = dict(zip(parameters, node.expressions, strict=True))

    def filled(part: exp.Expression) -> exp.Expression:
        if isinstance(part, exp.Column) and not part.table and part.name in given:
            return exp.Paren(this=given[part.name].copy())
        return part

    return exp.Paren(this=body.copy().transform(filled))


def _difference(node: exp.Expression, dialect: str) -> exp.Expression:
    """Days between days, or microseconds between instants, as whole numbers."""
    if not isinstance(node, exp.DateDiff):
        return node
    end, start, days = node.this, node.expression, node.text("unit").upper() == "DAY"
    if dialect == "postgres":
        minus = exp.Paren(this=exp.Sub(this=exp.Paren(this=end), expression=exp.Paren(this=start)))
        if days:
            return minus
        epoch = exp.Extract(this=exp.var("EPOCH"), expression=minus)
        micro = exp.Mul(this=epoch, expression=exp.Literal.number(1_000_000))
        return exp.cast(micro, "BIGINT")
    if days:
        return exp.Anonymous(this="DATEDIFF", expressions=[end, start])
    return exp.Anonymous(this="TIMESTAMPDIFF", expressions=[exp.var("MICROSECOND"), start, end])


__all__ = ["translated"]
