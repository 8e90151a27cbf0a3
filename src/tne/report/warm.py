"""Use pages and figures once, so that fonts, colours and libraries are ready before reports are made."""

from __future__ import annotations

import io


def page() -> None:
    """Import what every page needs."""
    import nh3

    from tne.report import ending, hiding, page, standing  # noqa: F401
    from tne.report.voice import voice

    nh3.clean("<p>warm</p>")
    voice({"market": "XX", "name": "", "language": "en", "timezone": "UTC", "currency": "EUR"}, min_n=10)


def figure() -> None:
    """Import what figures need and draw one; no setting is changed and no window opened."""
    import matplotlib as mpl
    import matplotlib_inline.backend_inline  # noqa: F401
    import seaborn as sns
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from tne.report import figures, say  # noqa: F401

    with mpl.rc_context():
        drawn = Figure(layout="constrained")
        FigureCanvasAgg(drawn)
        axes = drawn.subplots()
        sns.lineplot(x=[0, 1, 2], y=[1, 2, 3], ax=axes, errorbar=None)
        axes.set_title("warm")
        drawn.savefig(io.BytesIO(), format="png")
