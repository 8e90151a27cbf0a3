"""Build the staged pages with zensical, without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from website.stage import stage


def build(folder: Path, made: Path, site: Path) -> None:
    """Stage the pages below `folder`, build them and put the site at `site`.

    Parameters
    ----------
    folder : Path
        For the staged pages; is emptied.
    made : Path
        Output folder of a run, for the gallery; may be missing.
    site : Path
        Is replaced.

    Raises
    ------
    RuntimeError
        If the builder fails; with what it said.
    """
    stage(folder, made)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--config-file", "mkdocs.yml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (folder / "site" / "index.html").is_file():
        raise RuntimeError(
            f"zensical failed ({done.returncode}):\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
    for page in (folder / "pages" / "reports").rglob("*.html"):
        target = folder / "site" / page.relative_to(folder / "pages")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(page, target)
    shutil.rmtree(site, ignore_errors=True)
    shutil.move(folder / "site", site)
