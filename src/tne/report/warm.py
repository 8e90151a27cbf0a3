"""Draw one small figure, so that fonts, colours and the drawing library are ready before reports are made."""

from __future__ import annotations

import io


def figure() -> None:
    """Import what figures and pages use, and draw once; no setting is changed and no window opened."""
    import matplotlib as mpl
    import matplotlib_inline.backend_inline  # noqa: F401
    import nh3
    import seaborn as sns
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from tne.report import ending, figures, hiding, page, say, standing  # noqa: F401
    from tne.report.voice import voice

    with mpl.rc_context():
        drawn = Figure(layout="constrained")
        FigureCanvasAgg(drawn)
        axes = drawn.subplots()
        sns.lineplot(x=[0, 1, 2], y=[1, 2, 3], ax=axes, errorbar=None)
        axes.set_title("warm")
        drawn.savefig(io.BytesIO(), format="png")
    nh3.clean("<p>warm</p>")
    voice({"market": "XX", "name": "", "language": "en", "timezone": "UTC", "currency": "EUR"}, min_n=10)
