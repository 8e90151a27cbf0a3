"""Make the docs site: ``python -m website [REPORTS]``, REPORTS the output folder of a run to show in the gallery."""

from __future__ import annotations

import sys
from pathlib import Path

from website import check, house
from website.build import build

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Draw the house anew, build the site into site/, check it, and say what is wrong with it."""
    (ROOT / "docs" / "img" / "house.svg").write_text(house.svg(), encoding="utf-8")
    made = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "reports"
    build(ROOT / "build" / "site", made, ROOT / "site")
    found = check.findings(ROOT / "site")
    print("\n".join(found) or f"{len(check.pages(ROOT / 'site'))} pages: open site/index.html")
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main())
