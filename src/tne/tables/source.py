"""Which data base holds the tables? ``[source]`` of ``tne.toml``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tne.checks import require_choice
from tne.tables.engine import Engine

ENGINES = ("duckdb", "postgresql", "spark")


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
        If the engine is unknown, or ``[source]`` has other keys: who connects to which server is told elsewhere.
    """
    source = config.get("source", {})
    unknown = sorted(set(source) - {"engine", "schema"})
    if unknown:
        raise ValueError(
            f"[source] of tne.toml has {', '.join(unknown)}; it takes engine and schema. Host, user and password come "
            "from the environment: PGHOST, PGUSER, PGPASSFILE, … for PostgreSQL, Spark's own configuration for Spark."
        )
    kind = source.get("engine", "duckdb")
    require_choice(kind, ENGINES, "engine")
    if kind == "postgresql":
        from tne.tables.postgres import engine_of_schema

        return engine_of_schema(source.get("schema", "public"), until, market)
    if kind == "spark":
        from tne.tables.spark import engine_of_catalog

        return engine_of_catalog(source.get("schema", "default"), until, market)
    return None
