"""A drawn figure as bytes: the same figure gives the same bytes, small enough for a report of one file."""

from __future__ import annotations

import base64
import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from tne.report.figures.canvas import house_style

SCALE = 2
COLOURS = 64


def figure_of(drawing: Axes | Figure) -> Figure:
    """Return the figure of axes, or the figure itself."""
    if isinstance(drawing, Axes):
        return drawing.get_figure(root=True)
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
            canvas.draw()
            return np.asarray(canvas.buffer_rgba())[..., :3].copy()
    finally:
        figure.set_dpi(before)


def png(drawing: Axes | Figure, scale: float = SCALE) -> bytes:
    """Return a palette PNG without date, software or other metadata.

    Notes
    -----
    The figures have few colours: 64 of them keep every line and the anti-aliasing of the text.
    """
    image = Image.fromarray(pixels(drawing, scale), mode=None)
    image = image.quantize(colors=COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return out.getvalue()


def png_data_uri(drawing: Axes | Figure, scale: float = SCALE) -> str:
    """Return the PNG as a ``data:`` address for ``<img src>``."""
    return "data:image/png;base64," + base64.b64encode(png(drawing, scale)).decode("ascii")


def size_at_one(drawing: Axes | Figure) -> tuple[int, int]:
    """Return width and height in CSS pixels, for the attributes that reserve the figure's place."""
    figure = figure_of(drawing)
    return round(figure.get_figwidth() * figure.dpi), round(figure.get_figheight() * figure.dpi)
