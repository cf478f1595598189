"""An EA too large or too crowded for one map, divided into maps side by side that meet in match lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.present import style
from census_gis.present.display import Box
from census_gis.present.furniture import Draft
from census_gis.present.labels import Board, text_box
from census_gis.present.layout import Layout
from census_gis.present.style import MIN_POINTS
from census_gis.present.view import View, fit
from census_gis.present.words import say

__all__ = ["Match", "Panel", "draw_matches", "is_long", "panels_of"]

# Each map shows this much beyond its match line [mm]: an overlap of 5 mm, and the frame's own margin.
OVERLAP_MM = 7.0
LONG = 2.5  # times as long as wide
PANEL_LONG = 1.5
MOST_PANELS = 4
LEAST_GAIN = 1.2
LABEL_STEP_MM = 3.0


@dataclass(frozen=True)
class Match:
    """A match line on the ground [m] and the letter of the map beyond it."""

    line: Any
    beyond: int


@dataclass(frozen=True)
class Panel:
    """One map of a divided sheet: its page, view, the buildings that are numbered on it, its part of the EA."""

    layout: Layout
    view: View
    inside: NDArray[np.bool_]
    extent: tuple[float, float, float, float]
    matches: tuple[Match, ...]


def is_long(bounds: Sequence[float]) -> bool:
    """Whether an extent (west, south, east, north) is much longer than wide."""
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    return max(width, height) > LONG * min(width, height)


def panels_of(
    shape: Any, points: NDArray[np.float64], pages: Sequence[Layout], scale: int
) -> list[Panel]:
    """The maps of a divided EA, from the west or the north; none where they would be no larger.

    Parameters
    ----------
    shape
        The EA.
    points
        Where the numbers of its buildings stand [m].
    pages
        Pages a map may have; that of the largest scale is taken.
    scale
        Scale of the undivided map.
    """
    west, south, east, north = shape.bounds
    axis = 0 if east - west >= north - south else 1
    length, width = max(east - west, north - south), min(east - west, north - south)
    parts = 2
    if is_long(shape.bounds):
        parts = min(MOST_PANELS, math.ceil(length / max(width, 1e-9) / PANEL_LONG))
    low = (west, south)[axis]
    cuts = low + length * np.arange(parts + 1) / parts
    found: list[Panel] = []
    for n in range(parts):
        part = _part(shape.bounds, axis, cuts[n], cuts[n + 1])
        extent = shapely.clip_by_rect(shape, *part).bounds
        views = [fit(extent, page.frame, margin=OVERLAP_MM) for page in pages]
        page, view = min(zip(pages, views, strict=True), key=lambda one: one[1].scale)
        if view.scale * LEAST_GAIN > scale:
            return []
        place = points[:, axis]
        inside = (place >= cuts[n]) | (n == 0)
        inside &= (place < cuts[n + 1]) | (n == parts - 1)
        sides = [(n, n - 1)] if n else []
        sides += [(n + 1, n + 1)] if n < parts - 1 else []
        matches = tuple(
            Match(_across(shape.bounds, axis, float(cuts[at])), beyond) for at, beyond in sides
        )
        found.append(Panel(page, view, inside, extent, matches))
    if axis == 0:
        return found
    turned = found[::-1]
    return [
        Panel(p.layout, p.view, p.inside, p.extent,
              tuple(Match(m.line, parts - 1 - m.beyond) for m in p.matches))
        for p in turned
    ]  # fmt: skip


def _part(bounds: Sequence[float], axis: int, low: float, high: float) -> tuple[float, ...]:
    west, south, east, north = bounds
    return (low, south, high, north) if axis == 0 else (west, low, east, high)


def _across(bounds: Sequence[float], axis: int, at: float) -> Any:
    """A line across an extent and a little beyond."""
    west, south, east, north = bounds
    more = (east - west + north - south) / 4
    if axis == 0:
        return shapely.LineString([(at, south - more), (at, north + more)])
    return shapely.LineString([(west - more, at), (east + more, at)])


def draw_matches(
    draft: Draft, board: Board, view: View, matches: Sequence[Match], letters: Sequence[str]
) -> None:
    """Match lines, each with the letter of the map beyond it; their words take their place on the board.

    Parameters
    ----------
    letters
        Letters of all maps of the division.
    """
    for match in matches:
        line = view.on_paper(view.cut(np.array([match.line])))[0]
        if line.is_empty:
            continue
        draft.page.lines(view.lines(np.array([match.line])), style.MATCH_PEN)
        words = say("match", draft.language, letter=letters[match.beyond])
        width = draft.face.width(words, 7.5)
        spot = _free(board, line, width)
        if spot is not None:
            draft.page.text(spot, words, style.MATCH, anchor="cm")


def _free(board: Board, line: Any, width: float) -> tuple[float, float] | None:
    """The first free place for words along a line, from both ends inwards."""
    steps = np.arange(LABEL_STEP_MM, max(line.length / 2, LABEL_STEP_MM * 2), LABEL_STEP_MM)
    for shift in [s for step in steps for s in (step, line.length - step)]:
        point = shapely.line_interpolate_point(line, shift)
        box: Box = text_box(point.x, point.y, width, max(MIN_POINTS, 7.5), em=1.0)
        if board.free([box]) and board.price(box, 0) == 0:
            board.take([box])
            return float(point.x), float(point.y)
    return None
