"""The same display list on a matplotlib figure: a preview in a notebook, or a PNG."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D, Transform
from PIL import Image

from census_gis.present.display import (
    POINT_MM,
    Clip,
    DisplayList,
    Path,
    Pen,
    Picture,
    Rings,
    Unclip,
    Words,
)  # fmt: skip
from census_gis.present.fonts import Face, default_face
from census_gis.present.pdf import MIDDLE_EM, hatch_lines

__all__ = ["figure_of"]

MM_PER_INCH = 25.4


def figure_of(page: DisplayList, face: Face | None = None) -> Figure:
    """A page as a figure of its true size.

    Parameters
    ----------
    page
        What to draw.
    face
        Its type; the default one where None.
    """
    figure = Figure(figsize=(page.width / MM_PER_INCH, page.height / MM_PER_INCH))
    figure.add_axes((0, 0, 1, 1)).set_axis_off()  # notebooks show no figure without axes
    font = FontProperties(fname=str((face or default_face()).path))
    painter = _Painter(figure, font)
    for item in page.items:
        painter.draw(item)
    return figure


class _Painter:
    """Adds the items of a page to a figure, each above the one before."""

    def __init__(self, figure: Figure, font: FontProperties) -> None:
        self.figure, self.font = figure, font
        self.scale: Transform = Affine2D().scale(1 / MM_PER_INCH) + figure.dpi_scale_trans
        self.clips: list[PathPatch] = []
        self.level = 0.0

    def draw(self, item: object) -> None:
        self.level += 1
        match item:
            case Path():
                self._path(item)
            case Words():
                self._words(item)
            case Clip():
                shape = PathPatch(_outline(item.rings), transform=self.scale, visible=False)
                self.figure.add_artist(shape, clip=False)
                self.clips.append(shape)
            case Unclip():
                self.clips.pop()
            case Picture():
                self._picture(item)

    def _add(self, artist: object, inside: PathPatch | None = None) -> None:
        artist.set_zorder(self.level)  # type: ignore[attr-defined]
        self.figure.add_artist(artist, clip=False)  # type: ignore[arg-type]
        clip = inside or (self.clips[-1] if self.clips else None)
        if clip is not None:
            artist.set_clip_path(clip)  # type: ignore[attr-defined]

    def _path(self, item: Path) -> None:
        if item.closed:
            outline = _outline(item.rings)
            pen = item.pen
            shape = PathCollection(
                [outline], transform=self.scale, facecolors=item.fill or "none",
                edgecolors=pen.color if pen and item.hatch is None else "none",
                linewidths=pen.width / POINT_MM if pen else 0, linestyles=[_dash(pen)],
            )  # fmt: skip
            self._add(shape)
            if item.hatch is not None:
                clip = PathPatch(outline, transform=self.scale, visible=False)
                self.figure.add_artist(clip, clip=False)
                self._strokes(hatch_lines(item.rings, item.hatch), item.hatch.pen, clip)
                if pen is not None:
                    edge = PathCollection([outline], transform=self.scale, facecolors="none",
                                          edgecolors=pen.color, linewidths=pen.width / POINT_MM)  # fmt: skip
                    self._add(edge)
        elif item.pen is not None:
            self._strokes(item.rings, item.pen, None)

    def _strokes(self, rings: Rings, pen: Pen, inside: PathPatch | None) -> None:
        lines = np.split(rings.xy, np.cumsum(rings.counts)[:-1]) if len(rings.counts) else []
        strokes = LineCollection(
            lines, colors=[pen.color], linewidths=pen.width / POINT_MM, linestyles=[_dash(pen)],
            transform=self.scale, capstyle="butt" if pen.dash else "round",
        )  # fmt: skip
        self._add(strokes, inside)

    def _words(self, item: Words) -> None:
        size = item.type.size
        turn = np.radians(item.angle)
        drop = MIDDLE_EM * size * POINT_MM if item.anchor.endswith("m") else 0.0
        text = self.figure.text(
            item.x + drop * np.sin(turn), item.y - drop * np.cos(turn), item.words,
            fontproperties=self.font, color=item.type.color, rotation=item.angle,
            rotation_mode="anchor", va="baseline", transform=self.scale, zorder=self.level,
            ha={"l": "left", "c": "center", "r": "right"}[item.anchor[0]], parse_math=False,
        )  # fmt: skip
        text.set_fontsize(size)
        if item.type.halo:
            text.set_path_effects(
                [withStroke(linewidth=item.type.halo * 2 / POINT_MM, foreground="w")]
            )
        if self.clips:
            text.set_clip_path(self.clips[-1])

    def _picture(self, item: Picture) -> None:
        box, bitmap = item.box, Image.open(io.BytesIO(item.jpeg))
        width, height = self.figure.get_size_inches() * MM_PER_INCH
        place = (box.x0 / width, box.y0 / height, box.width / width, box.height / height)
        axes = self.figure.add_axes(place, zorder=self.level)
        axes.imshow(np.asarray(bitmap), aspect="auto")
        axes.set_axis_off()


def _outline(rings: Rings) -> Outline:
    """Rings as one compound path."""
    pieces, codes = [], []
    for ring in np.split(rings.xy, np.cumsum(rings.counts)[:-1]):
        pieces.append(np.vstack([ring, ring[:1]]))
        code = np.full(len(ring) + 1, Outline.LINETO, dtype=np.uint8)
        code[0], code[-1] = Outline.MOVETO, Outline.CLOSEPOLY
        codes.append(code)
    return Outline(np.concatenate(pieces), np.concatenate(codes))


def _dash(pen: Pen | None) -> object:
    """Dashes as matplotlib measures them: dashes in line widths."""
    if pen is None or not pen.dash:
        return "solid"
    return (0, tuple(length / max(pen.width, 0.01) for length in pen.dash))
