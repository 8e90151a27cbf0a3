"""The tables of a session whose files are small, kept in memory: at the desk they are asked dozens of times."""

from __future__ import annotations

from tne.tables.engine import Engine

SMALL = 100_000_000  # bytes of all files; in memory the tables besides the audits take about as much again


def keep_small(engine: Engine) -> None:
    """Read every table besides the audits once if the files are small; what is shown from it stays the same.

    Parameters
    ----------
    engine : Engine
        Of all markets; nothing is done for another, or where the rows do not come from files.
    """
    if engine.market is not None or sum(file.stat().st_size for file in engine.files) > SMALL:
        return
    for name in engine.present if engine.files else ():
        if name != "audits" and f"small_{name}" not in engine.made:
            engine.session.keep(f"small_{name}", f"SELECT * FROM stored_{name}")
            engine.session.show(f"stored_{name}", f"SELECT * FROM small_{name}")
            engine.made[f"small_{name}"] = True
