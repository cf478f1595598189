"""A matplotlib figure as an SVG text: shapes only, so that no font is needed to show it, and always the same bytes."""

from __future__ import annotations

import io

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from census_gis.present.fonts import default_face

__all__ = ["face", "svg_of"]


def svg_of(figure: Figure) -> str:
    """The element `svg` of a figure, to be put into a page."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "census_gis", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def face(points: float = 10.0) -> FontProperties:
    """The face that words on charts are set in, Chinese ones too."""
    return FontProperties(fname=str(default_face().path), size=points)
