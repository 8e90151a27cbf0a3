"""What stands in the source of a workspace, as a run must know it? Its files, or a warehouse. Imports no pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

from tne.runs import names
from tne.runs.files import Files
from tne.runs.hashes import Hashes
from tne.runs.inputs import config, in_warehouse
from tne.runs.outcome import ContractError, UsageError

if TYPE_CHECKING:
    from tne.tables.standing import Asked, Standing


class Source(Protocol):
    """Where the tables of a workspace stand.

    Attributes
    ----------
    root : Path
        Workspace.
    hashes : Hashes
        What is known of its files.
    side_by_side : bool
        Whether several reports may be made at the same time unless somebody says how many.
    environment : mapping
        Variables that lead the reports of a run to the state that was planned.
    """

    root: Path
    hashes: Hashes
    side_by_side: bool
    environment: Mapping[str, str]

    def markets(self) -> Iterable[Mapping[str, Any]]:
        """Return the rows of the table `markets`."""

    def tables(self, market: str | None) -> dict[str, dict[str, Any]]:
        """Return SHA-256 and row count (-1: unreadable) of every table that concerns `market` (None: all of them)."""

    def days(self) -> tuple[str, str]:
        """Return the first and last day with data (``"2025-04-07"``); "" without data."""

    def titles(self) -> Mapping[str, str]:
        """Return the titles of the programmes by id."""

    def people(self) -> Iterable[str]:
        """Return every person's id, some more than once."""

    def close(self) -> None:
        """Let go of what was held for the reports of a run."""


def source(root: Path, hashes: Hashes | None = None) -> Source:
    """Return what the tables of a workspace are read from.

    Raises
    ------
    UsageError
        If ``[source]`` of ``tne.toml`` names no source.
    """
    settings = config(root)
    if not in_warehouse(settings):
        return Files(root, hashes or Hashes())
    from tne.tables.source import named

    try:
        kind, _ = named(settings)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if kind == "duckdb":
        return Files(root, hashes or Hashes())
    return Warehouse(root, hashes or Hashes(), settings, side_by_side=kind != "spark")


class Warehouse:
    """The tables of a warehouse, asked in one go when somebody wants to know; see `Source`.

    Parameters
    ----------
    root : Path
        Workspace.
    hashes : Hashes
        What is known of its files.
    settings : mapping
        Content of ``tne.toml``.
    side_by_side : bool
        Whether several reports may be made at the same time.

    Notes
    -----
    The state that was asked for is held until `close` where the warehouse can show it to other sessions too.
    """

    def __init__(self, root: Path, hashes: Hashes, settings: Mapping[str, Any], side_by_side: bool) -> None:
        self.root, self.hashes, self.side_by_side = root, hashes, side_by_side
        self.environment: Mapping[str, str] = MappingProxyType({})
        self._settings, self._held = settings, ExitStack()
        self._found: Standing | None = None

    def markets(self) -> Iterable[Mapping[str, Any]]:
        return self._standing.markets

    def tables(self, market: str | None) -> dict[str, dict[str, Any]]:
        return self._standing.of(market)

    def days(self) -> tuple[str, str]:
        return self._standing.days

    def titles(self) -> Mapping[str, str]:
        return self._standing.titles

    def people(self) -> list[str]:
        from tne.tables.standing import people

        with _told(), self._opened() as asked:
            return [*people(asked)]

    def close(self) -> None:
        with suppress(ValueError):  # the server may have gone, and what it held with it
            self._held.close()

    @property
    def _standing(self) -> Standing:
        if self._found is None:
            from tne.tables.standing import SNAPSHOT, standing

            with _told(), ExitStack() as stack:
                asked = stack.enter_context(self._opened())
                self._found = standing(asked)
                if asked.snapshot:
                    self.environment = {SNAPSHOT: asked.snapshot}
                    self._held = stack.pop_all()
        return self._found

    def _opened(self) -> AbstractContextManager[Asked]:
        from tne.tables.source import tables_of_source

        return cast("AbstractContextManager[Asked]", tables_of_source(self._settings))


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a warehouse refuses into an error of the run."""
    try:
        yield
    except (ValueError, ImportError) as error:
        raise ContractError(str(error)) from None


def markets(stands: Source) -> dict[str, dict[str, Any]]:
    """Return the rows of the table `markets` by code, in the order of the codes.

    Raises
    ------
    ContractError
        If the table is absent, unreadable or without codes that can name a file.
    """
    rows = [dict(row) for row in stands.markets()]
    if not rows:
        raise ContractError(
            "The workspace has no table `markets`, or no row in it. Import it first: reports are made per market."
        )
    bad = names.unfit((row.get("market") or "" for row in rows), kept={"all"})
    if bad:
        raise ContractError(
            f"The table `markets` has {len(rows)} rows, {len(bad)} of them with a code that cannot name a file beside "
            f"the others. Codes are {names.WANTED}, such as `all` or `CON`. Correct `market` and import it again."
        )
    return {row["market"]: row for row in sorted(rows, key=lambda row: row["market"])}
