"""One line of the doctor: what was looked at, how it is, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

SIGNS = {"pass": "✓", "warn": "!", "fail": "✗", "none": "–"}


@dataclass(frozen=True)
class Finding:
    """How one thing is.

    Parameters
    ----------
    status : {"pass", "warn", "fail", "none"}
        ``"none"``: it is not there and only needed for something optional.
    what : str
        What was looked at, in a word or two.
    said : str
        How it is; names of files, counts and versions, nothing about people.
    do : str
        What to do, "" where nothing is to be done.
    """

    status: str
    what: str
    said: str
    do: str = ""

    def __str__(self) -> str:
        return f"{SIGNS[self.status]}  {self.what}: {self.said}" + (f" {self.do}" if self.do else "")


def gathered(checks: Iterable[tuple[str, Callable[[], Iterable[Finding]]]]) -> Iterator[Finding]:
    """Run checks by name; one that fails itself is a finding, and stops no other."""
    for name, check in checks:
        try:
            yield from check()
        except Exception as error:
            if hasattr(error, "exit_code"):  # a sentence of ours
                yield Finding("fail", name, str(error))
                continue
            # only its kind: a message could quote what stands in a table
            said = f"could not be looked at ({type(error).__name__})."
            yield Finding("fail", name, said, "Mend what stands above, and look again.")
