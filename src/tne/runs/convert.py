"""From an executed notebook to the pieces that may be published, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tne.report.block import MIME, Block, block_from
from tne.runs.outcome import Refused

END = "end"
# Text is for the analyst and is dropped; every other kind of output needs its block beside it.
_DROPPED = frozenset({"text/plain"})


def blocks(cells: Iterable[Mapping[str, Any]]) -> list[Block]:
    """Return the blocks of an executed notebook in order.

    Parameters
    ----------
    cells : iterable of mapping
        The cells of the executed notebook; source, parameters, markdown and text outputs are dropped.

    Raises
    ------
    Refused
        If an output was not gated, if a cell failed, or if the last block is not the end marker.
    """
    found: list[Block] = []
    for position, cell in enumerate(cell for cell in cells if cell.get("cell_type") == "code"):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                raise Refused(f"Code cell {position + 1} holds an error. Correct it.")
            data = output.get("data", {})
            if output["output_type"] == "stream" or set(data) <= _DROPPED:
                continue
            if MIME not in data:
                kinds = ", ".join(sorted(set(data) - _DROPPED))
                raise Refused(
                    f"Code cell {position + 1} shows {kinds} that did not pass the disclosure gate. "
                    "Show it with a function of tne.say, or end the line with a semicolon."
                )
            try:
                found.append(block_from(data))
            except ValueError as error:
                raise Refused(f"Code cell {position + 1}: {error}") from None
    if not found or found[-1].kind != END or sum(block.kind == END for block in found) != 1:
        raise Refused("The end marker is missing: the last output must be the one tne.say.provenance(...).")
    return found
