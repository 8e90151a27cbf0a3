"""Where is the nearest workspace? Imports no pandas."""

from __future__ import annotations

from pathlib import Path


def nearest_settings(start: Path) -> Path | None:
    """Return the nearest folder from `start` upward with a ``tne.toml``."""
    return next((folder for folder in (start, *start.parents) if (folder / "tne.toml").is_file()), None)


def nearest_workspace(start: Path) -> Path | None:
    """Return the nearest folder with a ``tne.toml``, else the nearest demo, ``data/demo``, both from `start` upward."""
    settings = nearest_settings(start)
    if settings is not None:
        return settings
    demos = (folder / "data" / "demo" for folder in (start, *start.parents))
    return next((demo for demo in demos if (demo / "tables").is_dir()), None)
