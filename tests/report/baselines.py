"""How the figures looked when somebody last looked at them. Renew: ``python -m tests.report.baselines``.

Look at each renewed picture before it is committed: the test only says that something moved.
"""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from tests.report.drawings import ALL, english
from tne.report.figures import canvas
from tne.report.image import pixels

FOLDER = Path(__file__).with_name("baseline")
WIDTH = 320
# Squares of 8 pixels of the report. Without hinting letters stand where they are whatever draws them; their soft edges
# differ by up to 34 of 255 in a square, a word that moved by 12 pixels by more than 50.
SQUARE, LIMIT = 4, 40


@contextmanager
def unhinted():
    """Draw letters where the layout puts them, not where a version of FreeType finds them crisp."""
    before = dict(canvas._STYLE)
    canvas._STYLE["text.hinting"] = "none"
    try:
        yield
    finally:
        canvas._STYLE.clear()
        canvas._STYLE.update(before)


def picture(ax, scale=1):
    """Return a figure at half the size of the report."""
    drawn = Image.fromarray(pixels(ax, scale))
    return drawn.resize((WIDTH, round(drawn.height / drawn.width * WIDTH)), Image.Resampling.BOX)


def apart(one, two):
    """Return how far two pictures are apart where they differ most, 0 to 255."""
    if one.size != two.size:
        return 255.0
    size = (one.width // SQUARE, one.height // SQUARE)
    a, b = (np.asarray(p.convert("RGB").resize(size, Image.Resampling.BOX), dtype=float) for p in (one, two))
    return float(np.abs(a - b).mean(axis=2).max())


def draw(name):
    with unhinted():
        return ALL[name](english())


def baseline(name):
    with Image.open(FOLDER / f"{name}.png") as found:
        return found.convert("RGB")


def renew():
    """Draw all figures anew and drop pictures of figures that are gone."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.png"):
        if path.stem not in ALL:
            path.unlink()
    for name in ALL:
        with unhinted():
            new = picture(ALL[name](english()))
        path = FOLDER / f"{name}.png"
        if not path.exists() or apart(new, baseline(name)) > 0.1 * LIMIT:
            few = new.quantize(128, dither=Image.Dither.NONE)
            few.save(path, optimize=True)
            print(f"{path.name} renewed: look at it")


if __name__ == "__main__":
    renew()
