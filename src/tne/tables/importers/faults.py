"""How does an import fail at what nobody foresaw, without showing what stood in a cell?"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path

from tne.tables.importers.errors import ContractError
from tne.tables.importers.mapping import MappingError


class Fault(RuntimeError):
    """The program failed on an export; says where, never on what. The command line exits with 1."""

    exit_code = 1


@contextlib.contextmanager
def unsaid() -> Iterator[None]:
    """Turn errors that nobody foresaw into a `Fault`: their own messages may quote cells."""
    try:
        yield
    except (ContractError, MappingError, Fault, OSError, MemoryError):
        raise
    except Exception as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        raise Fault(
            f"The import failed by a fault of tne ({type(error).__name__} in {Path(at.filename).name}, line "
            f"{at.lineno}), and nothing was stored. Report this line; it holds nothing of the export."
        ) from None
