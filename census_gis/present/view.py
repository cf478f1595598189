"""Where a piece of ground lies on paper: a whole-number scale, a frame, and the map between the two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.present.display import Box, MapFrame, Rings, line_rings, polygon_rings

__all__ = ["SCALES", "View", "fit"]

_STEPS = (1000, 1250, 1500, 2000, 2500, 3000, 4000, 5000, 7500)
# 1:500 to 1:25,000 as the sheet specification lists them, and on in the same steps: an EA is always whole.
SCALES = (500, 750, *_STEPS, *(10 * s for s in _STEPS), *(100 * s for s in _STEPS))
CLOSE_SCALES = (100, 150, 200, 250, 300, 400, *SCALES)


@dataclass(frozen=True)
class View:
    """A frame on paper [mm] filled by the ground around a centre [m] at 1:`scale`."""

    scale: int
    frame: Box
    centre: tuple[float, float]

    @property
    def factor(self) -> float:
        """Millimetres on paper for a metre on the ground."""
        return 1000.0 / self.scale

    @property
    def affine(self) -> tuple[float, float, float]:
        """Factor and shifts [mm]: paper = ground * factor + shift."""
        k = self.factor
        middle = ((self.frame.x0 + self.frame.x1) / 2, (self.frame.y0 + self.frame.y1) / 2)
        return (k, middle[0] - self.centre[0] * k, middle[1] - self.centre[1] * k)

    @property
    def ground(self) -> tuple[float, float, float, float]:
        """What of the ground is in the frame [m]: west, south, east, north."""
        dx, dy = self.frame.width / 2 / self.factor, self.frame.height / 2 / self.factor
        x, y = float(self.centre[0]), float(self.centre[1])
        return (x - dx, y - dy, x + dx, y + dy)

    @property
    def on_page(self) -> MapFrame:
        """The same for the page it is drawn on."""
        return MapFrame(self.frame, self.ground)

    def points(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points on the ground [m] as points on paper [mm]."""
        k, dx, dy = self.affine
        return np.asarray(xy, dtype=np.float64) * k + np.array([dx, dy])

    def on_paper(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Geometries on the ground as geometries on paper."""
        return shapely.transform(shapes, self.points)

    def cut(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Geometries clipped to a little more than the frame."""
        west, south, east, north = self.ground
        more = 3.0 / self.factor  # thicker than half of any pen: no edge of the cut shows
        return shapely.clip_by_rect(shapes, west - more, south - more, east + more, north + more)

    def polygons(self, shapes: NDArray[np.object_]) -> Rings:
        """Rings on paper."""
        return polygon_rings(shapes, self.affine)

    def lines(self, shapes: NDArray[np.object_]) -> Rings:
        """Lines on paper."""
        return line_rings(shapes, self.affine)


def fit(
    bounds: tuple[float, float, float, float],
    frame: Box,
    *,
    margin: float,
    scales: tuple[int, ...] = SCALES,
) -> View:
    """The view of largest scale that holds `bounds` [m] whole, `margin` [mm] inside the frame."""
    west, south, east, north = bounds
    inner = frame.shrunk(margin)
    need = max((east - west) / inner.width, (north - south) / inner.height) * 1000
    scale = next((s for s in scales if s >= need), None)
    if scale is None:  # larger than any country: still whole, at the next thousand
        scale = int(-(-need // 1000) * 1000)
    return View(scale, frame, ((west + east) / 2, (south + north) / 2))
