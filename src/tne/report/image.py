"""A drawn figure as bytes: the same figure gives the same bytes, small enough for a report of one file."""

from __future__ import annotations

import base64
import io
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from tne.report.figures.canvas import house_style

SCALE = 2
COLOURS = 64
# more colours than these are not looked at; the share of the image that the kept ones must fill
_MOST, _COVERED = 4096, 0.95
# how far a colour may be from the one it is drawn in, of 255
_FAR = 60


def figure_of(drawing: Axes | Figure) -> Figure:
    """Return the figure of axes, or the figure itself."""
    if isinstance(drawing, Axes):
        return cast(Figure, drawing.get_figure(root=True))
    if isinstance(drawing, Figure):
        return drawing
    raise TypeError(f"A figure must be matplotlib Axes or Figure, not {type(drawing).__name__}.")


def pixels(drawing: Axes | Figure, scale: float = SCALE) -> np.ndarray:
    """Render to an array of height × width × RGB; the figure keeps its resolution."""
    figure = figure_of(drawing)
    before = figure.dpi
    try:
        with house_style():
            figure.set_dpi(before * scale)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib types neither
            return np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
    finally:
        figure.set_dpi(before)


def few_colours(drawing: Axes | Figure, scale: float = SCALE) -> Image.Image:
    """Render, and draw the rare colours of soft edges in the nearest of the about 64 that fill most of the image.

    Notes
    -----
    Lines, areas and paper keep their exact colours. A figure of flowing colours, of which 64 would not do, keeps all.
    """
    drawn = pixels(drawing, scale)
    image = Image.fromarray(drawn)
    found = image.getcolors(_MOST)
    if found is None:
        return image
    found.sort(key=lambda one: (-one[0], one[1]))
    if sum(count for count, _ in found[:COLOURS]) < _COVERED * image.width * image.height:
        return image
    colours = np.array([colour for _, colour in found], dtype=np.int32)
    kept, nearest = _kept(colours)
    place = np.zeros(1 << 24, dtype=np.uint8)
    place[_packed(colours)] = nearest
    out = Image.fromarray(place[_packed(drawn)])
    out.putpalette(kept.astype(np.uint8).tobytes())
    return out


def _kept(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the most frequent colours and the few that are far from all of these; and the nearest one of each."""
    kept = list(colours[:COLOURS])
    distance = ((colours[:, None] - colours[:COLOURS]) ** 2).sum(axis=2)
    nearest, closest = distance.argmin(axis=1), distance.min(axis=1)
    while closest.max() > _FAR**2 and len(kept) < 256:
        kept.append(colours[closest.argmax()])
        own = ((colours - kept[-1]) ** 2).sum(axis=1)
        nearest[own < closest] = len(kept) - 1
        closest = np.minimum(own, closest)
    return np.array(kept), nearest


def _packed(colours: np.ndarray) -> np.ndarray:
    """Return red, green and blue as one number each."""
    red, green, blue = (colours[..., i].astype(np.int32) for i in range(3))
    return red << 16 | green << 8 | blue


def webp(drawing: Axes | Figure, scale: float = SCALE) -> bytes:
    """Return the image as WebP without loss and without metadata: a quarter smaller than the same as PNG."""
    out = io.BytesIO()
    image = few_colours(drawing, scale).convert("RGB")
    # more effort than this costs time and saves less than 2 %
    image.save(out, format="WEBP", lossless=True, quality=50, method=2)
    return out.getvalue()


def png(drawing: Axes | Figure, scale: float = SCALE) -> bytes:
    """Return the image as PNG without date, software or other metadata, for programs without WebP."""
    out = io.BytesIO()
    few_colours(drawing, scale).save(out, format="PNG", optimize=True)
    return out.getvalue()


def data_uri(drawing: Axes | Figure, scale: float = SCALE, *, quick: bool = False) -> str:
    """Return the image as ``data:`` address for ``<img src>``: as small as it can be, or (`quick`) as it comes."""
    if quick:
        out = io.BytesIO()
        Image.fromarray(pixels(drawing, scale)).save(out, format="PNG", compress_level=1)
        return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")
    return "data:image/webp;base64," + base64.b64encode(webp(drawing, scale)).decode("ascii")


def size_at_one(drawing: Axes | Figure) -> tuple[int, int]:
    """Return width and height in CSS pixels, for the attributes that reserve the figure's place."""
    figure = figure_of(drawing)
    return round(figure.get_figwidth() * figure.dpi), round(figure.get_figheight() * figure.dpi)
