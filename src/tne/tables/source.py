"""Which data base holds the tables? ``[source]`` of ``tne.toml``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tne.tables.engine import Engine
    from tne.tables.standing import Asked

ENGINES = ("duckdb", "postgresql", "spark")


def named(config: Mapping[str, Any]) -> tuple[str, str]:
    """Return the engine that ``[source]`` of ``tne.toml`` names, and the schema, "" where it names none.

    Raises
    ------
    ValueError
        If the engine is unknown, or ``[source]`` has other keys: who connects to which server is told elsewhere.
    """
    source = config.get("source", {})
    if not isinstance(source, Mapping):
        raise ValueError("`source` of tne.toml is no section. Write [source] with engine and schema in it.")
    unknown = sorted(set(source) - {"engine", "schema"})
    if unknown:
        raise ValueError(
            f"[source] of tne.toml has {', '.join(unknown)}; it takes engine and schema. Host, user and password come "
            "from the environment: PGHOST, PGUSER, PGPASSFILE, … for PostgreSQL, Spark's own configuration for Spark."
        )
    kind, schema = source.get("engine", "duckdb"), source.get("schema", "")
    if kind not in ENGINES:  # it is not quoted: an address with a password may stand there by mistake
        raise ValueError(
            f"`engine` in [source] of tne.toml is none that is known. Choose one of {', '.join(ENGINES)}."
        )
    if not isinstance(schema, str):
        raise ValueError("`schema` in [source] of tne.toml is no text. Put its name in quotes.")
    return kind, schema


def engine_of_source(
    config: Mapping[str, Any], until: dt.date | None, market: str | None = None
) -> Engine | None:
    """Return the engine of the warehouse that `config` names; None where the tables are files of the workspace.

    Parameters
    ----------
    config : mapping
        Content of ``tne.toml``. ``[source]`` has `engine` and `schema`: for PostgreSQL a schema (default
        ``"public"``), for Spark a schema, with its catalog where there are several (default ``"default"``).
    until : date or None
    market : str or None

    Raises
    ------
    ValueError
        If ``[source]`` is not as it must be; see `named`.
    """
    kind, schema = named(config)
    if kind == "postgresql":
        from tne.tables.postgres import engine_of_schema

        return engine_of_schema(schema or "public", until, market)
    if kind == "spark":
        from tne.tables.spark import engine_of_catalog

        return engine_of_catalog(schema or "default", until, market)
    return None


def tables_of_source(config: Mapping[str, Any]) -> AbstractContextManager[Asked] | None:
    """Return a session that asks what stands in the warehouse that `config` names; None where it names none."""
    kind, schema = named(config)
    if kind == "postgresql":
        from tne.tables.postgres_standing import tables_of_schema

        return tables_of_schema(schema or "public")
    if kind == "spark":
        from tne.tables.spark_standing import tables_of_catalog

        return tables_of_catalog(schema or "default")
    return None
