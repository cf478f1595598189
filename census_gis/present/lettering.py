"""Words on the map of a sheet, in order of importance: numbers, neighbours, streets, water, landmarks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.present import style
from census_gis.present.display import POINT_MM, Box, Rings, Type, rings_of
from census_gis.present.furniture import SIGN_MM, Draft, landmark
from census_gis.present.labels import (
    AIR,
    Board,
    Numbers,
    Placed,
    along,
    numbers_on,
    outline_of,
    spread,
    text_box,
    within,
)
from census_gis.present.layers import DistrictLayers
from census_gis.present.placing import Outline, lattice_inside
from census_gis.present.surroundings import Layer
from census_gis.present.view import View

__all__ = ["Lettered", "letter_around", "letter_numbers", "lettering_of"]

# A neighbour's code wants this much of it in the frame [mm2 on paper].
LEAST_NEIGHBOUR_MM2 = 60.0
# Street names repeat after this much of the street [mm on paper].
REPEAT_MM = 110.0
SHORT_CODE = 3  # last digits of a district's code, where its name is too wide
APART_MM = 20.0
LETTER_MM, LETTER_STEPS = 2.6, 9  # a detail's letter off its frame; places tried along a side
LATTICE = 13
# A number beside its house is as good as one on it, unless it is this far off [mm from the edge of the
# house to the middle of the number], or the house is a speck of less than twice this [mm].
FAR_MM = 5.5
TINY_MM = 0.5


class Named(Protocol):
    """What has names on a map: those of a district, or of a township."""

    @property
    def streets(self) -> Layer:
        """Named lines, the pieces of a name joined."""

    @property
    def land(self) -> Layer:
        """Areas, some of them named."""

    @property
    def places(self) -> Layer:
        """Landmarks."""


@dataclass
class Lettered:
    """What became of the words of one map; `aside` are the numbers led far out, or from specks, `beside` all led out."""

    numbers: int = 0
    led_out: int = 0
    dropped: list[int] = field(default_factory=list)
    aside: list[int] = field(default_factory=list)
    beside: list[int] = field(default_factory=list)
    others: int = 0
    others_dropped: int = 0
    least_size: float = 99.0


def lettering_of(
    view: View, layers: DistrictLayers, rows: NDArray[Any], outline: Any
) -> tuple[Board, Numbers]:
    """An empty board that knows the EA's buildings and its line [geometry on the ground], and their numbers."""
    board = Board(view.frame)
    numbers = _numbers_of(view, layers, rows)
    rings = _largest_rings(numbers.shapes)
    around = layers.ea_lines if len(layers.ea_lines.shapes) else layers.district_lines
    others = view.cut(around.shapes[around.inside(view.ground)])
    board.own(rings, view.lines(np.append(others, outline)))
    return board, numbers


def _largest_rings(shapes: NDArray[np.object_]) -> Rings:
    """The outer ring of the largest part of each shape."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((-shapely.area(parts), owner))
    _, first = np.unique(owner[order], return_index=True)
    largest = shapely.get_exterior_ring(parts[order[first]])
    return Rings(shapely.get_coordinates(largest), shapely.get_num_coordinates(largest))


def _numbers_of(view: View, layers: DistrictLayers, rows: NDArray[Any]) -> Numbers:
    """The building numbers of some rows, on paper."""
    buildings = layers.buildings
    return Numbers(
        [str(words) for words in buildings.columns["number"][rows]],
        view.on_paper(buildings.shapes[rows]),
        view.points(buildings.points[rows]),
        view.points(buildings.widest[rows]),
        buildings.radius[rows] * view.factor,
        np.arange(1, len(rows) + 1),
    )


def letter_numbers(
    draft: Draft,
    board: Board,
    numbers: Numbers,
    wanted: NDArray[np.bool_],
    *,
    hatched: NDArray[np.bool_],
) -> Lettered:
    """Place and draw the numbers wanted; those without room are named in `dropped`.

    Parameters
    ----------
    numbers
        All of the EA's buildings, in the order of the board's map of owners.
    hatched
        Which of them are drawn with a hatch: their numbers get more white around them.
    """
    chosen = np.flatnonzero(wanted)
    some = numbers.take(chosen)
    placed = numbers_on(board, some, draft.face)
    done = Lettered()
    leaders = []
    for words, at in zip(some.words, placed, strict=True):
        if at is not None and at.leader is not None:
            leaders.append((*at.leader, *_edge(at, draft.face.width(words, at.size))))
    draft.page.segments(leaders, style.LEADER)
    for i, words, at in zip(chosen.tolist(), some.words, placed, strict=True):
        if at is None:
            done.dropped.append(i)
            continue
        done.numbers += 1
        if at.leader is not None:
            done.led_out += 1
            done.beside.append(i)
            radius = float(numbers.radius[i])
            if math.dist(at.leader, (at.x, at.y)) - radius > FAR_MM or radius < TINY_MM:
                done.aside.append(i)
        done.least_size = min(done.least_size, at.size)
        halo = style.OPEN_HALO if hatched[i] and at.leader is None else style.NUMBER.halo
        type_ = Type(at.size, style.NUMBER.color, halo)
        draft.page.text((at.x, at.y), words, type_, anchor="cm")
    return done


def _edge(at: Placed, width: float) -> tuple[float, float]:
    """Where a leader meets the words: the nearest point of their box."""
    box = text_box(at.x, at.y, width, at.size)
    x, y = at.leader if at.leader is not None else (at.x, at.y)
    return min(max(x, box.x0), box.x1), min(max(y, box.y0), box.y1)


def letter_around(
    draft: Draft, board: Board, view: View, layers: DistrictLayers, done: Lettered, own: str
) -> set[str]:
    """Neighbours' codes, streets, water and landmarks; returns the landmark signs that occur."""
    neighbours(draft, board, view, layers, done, own)
    streets(draft, board, view, layers, done)
    waters(draft, board, view, layers, done)
    return landmarks(draft, board, view, layers, done)


def lattice(shape: Any) -> tuple[Outline, NDArray[np.float64]]:
    """The rings of a shape on paper, and spots inside it, the innermost first."""
    outline = outline_of(shape)
    x0, y0, x1, y1 = shape.bounds
    first = shapely.get_coordinates(shapely.point_on_surface(shape))
    steps = (np.arange(LATTICE) + 0.5) / LATTICE
    x, y = x0 + (x1 - x0) * steps, y0 + (y1 - y0) * steps
    row, column = np.nonzero(lattice_inside(outline, x, y))
    inside = np.column_stack([x[column], y[row]])
    far = np.hypot(*(inside - first[0]).T)
    nearest = inside[np.argsort(np.round(far, 3), kind="stable")]
    return outline, np.concatenate([first, nearest])


def _settle(draft: Draft, done: Lettered, at: Placed | None, words: str, type_: Type) -> None:
    if at is None:
        done.others_dropped += 1
        return
    done.others += 1
    done.least_size = min(done.least_size, at.size)
    set_ = Type(at.size, type_.color, type_.halo, type_.bold)
    draft.page.text((at.x, at.y), words, set_, anchor="cm", angle=at.angle)


def neighbours(
    draft: Draft, board: Board, view: View, layers: DistrictLayers, done: Lettered, own: str
) -> None:
    """The serial of each EA around; over a district line the district's name or short code under it."""
    rows = layers.areas.inside(view.ground)
    rows = rows[layers.areas.name[rows] != own]
    shapes = view.on_paper(shapely.clip_by_rect(layers.areas.shapes[rows], *view.ground))
    names = {
        str(k): str(n)
        for k, n in zip(layers.district_lines.kind, layers.district_lines.name, strict=True)
    }
    for row, shape in zip(rows.tolist(), shapes, strict=True):
        if shape.is_empty or shape.area < LEAST_NEIGHBOUR_MM2:
            continue
        code, district = str(layers.areas.name[row]), str(layers.areas.kind[row])
        serial = code[len(district) :] if code.startswith(district) else code
        called = (names.get(district, ""), f"({district[-SHORT_CODE:]})")
        foreign = [] if district == layers.code else [name for name in called if name]
        if not _neighbour(draft, board, shape, serial, foreign):
            done.others_dropped += 1
            continue
        done.others += 1


def _neighbour(draft: Draft, board: Board, shape: Any, serial: str, foreign: Sequence[str]) -> bool:
    """A serial inside its EA: with its district's name or short code where it is another's, small where it must be.

    Parameters
    ----------
    foreign
        What its district is called, the best first; a serial of another district never stands alone: one of
        this district may be the same.
    """
    outline, spots = lattice(shape)
    tried = [(name, style.NEIGHBOUR.size, 2.0) for name in foreign]
    tried += [("", size, 1.0) for size in (style.NEIGHBOUR.size, 7.0) if not foreign]
    for words, size, em in tried:
        wide = draft.face.width(words, style.NEIGHBOUR_NAME.size)
        width = max(draft.face.width(serial, size), wide)
        at = within(board, outline, spots, (width, size), em)
        if at is None:
            continue
        lift = 1.9 if words else 0.0
        type_ = Type(size, style.NEIGHBOUR.color, style.NEIGHBOUR.halo)
        draft.page.text((at.x, at.y + lift), serial, type_, anchor="cm")
        draft.page.text((at.x, at.y - lift), words, style.NEIGHBOUR_NAME, anchor="cm")
        return True
    return False


def streets(draft: Draft, board: Board, view: View, layers: Named, done: Lettered) -> None:
    """One name for each street and sheet quarter, the longest streets first."""
    rows = layers.streets.inside(view.ground)
    cut = view.on_paper(shapely.clip_by_rect(layers.streets.shapes[rows], *view.ground))
    parts, owner = shapely.get_parts(cut, return_index=True)
    lines = (shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts)
    parts, names = parts[lines], layers.streets.name[rows][owner[lines]]
    kinds = layers.streets.kind[rows][owner[lines]]
    length = shapely.length(parts)
    told: dict[str, list[Any]] = {}
    for i in np.lexsort((names, -np.round(length, 2))).tolist():
        name = str(names[i])
        if name in told and (length[i] < REPEAT_MM or _close(parts[i], told[name])):
            continue
        type_ = style.WATER_NAME if kinds[i] in ("water", "waterways") else style.STREET
        width = draft.face.width(name, type_.size)
        line = shapely.get_coordinates(parts[i])
        at = along(board, line, width, type_.size)
        if at is None and name not in told and length[i] > width:
            at = along(board, line, draft.face.width(name, 6.0), 6.0)
        if at is None:
            continue
        told.setdefault(name, []).append(shapely.Point(at.x, at.y))
        _settle(draft, done, at, name, type_)
    done.others_dropped += len(set(names.tolist()) - set(told))


def _close(line: Any, told: list[Any]) -> bool:
    """Whether a name stands near a line already: the other carriageway has it."""
    return bool((shapely.distance(line, told) < APART_MM).any())


def waters(draft: Draft, board: Board, view: View, layers: Named, done: Lettered) -> None:
    """Names of water and green areas on them."""
    rows = layers.land.inside(view.ground)
    rows = rows[(layers.land.name[rows] != "") & (layers.land.kind[rows] != "")]
    shapes = view.on_paper(shapely.clip_by_rect(layers.land.shapes[rows], *view.ground))
    told: set[str] = set(layers.streets.name.tolist())
    for i in np.argsort(-np.round(shapely.area(shapes), 2), kind="stable").tolist():
        name = str(layers.land.name[rows[i]])
        if name in told or shapes[i].is_empty:
            continue
        type_ = style.WATER_NAME if layers.land.kind[rows[i]] == "water" else style.PLACE
        at = spread(board, lattice(shapes[i])[1], draft.face.width(name, type_.size), type_.size)
        told.add(name)
        _settle(draft, done, at, name, type_)


def landmarks(draft: Draft, board: Board, view: View, layers: Named, done: Lettered) -> set[str]:
    """Signs with their names beside them; where there is room for neither, none is drawn."""
    rows = layers.places.inside(view.ground)
    points = view.points(shapely.get_coordinates(shapely.centroid(layers.places.shapes[rows])))
    seen: set[str] = set()
    half, high = SIGN_MM / 2 + 0.2, style.PLACE.size * POINT_MM / 2 + AIR
    for row, (x, y) in zip(rows.tolist(), points.tolist(), strict=True):
        kind, name = str(layers.places.kind[row]), str(layers.places.name[row])
        sign = Box(x - half, y - half, x + half, y + half)
        if not board.free([sign]):
            done.others_dropped += 1
            continue
        width = draft.face.width(name, style.PLACE.size)
        spots = (
            (x + half + width / 2 + 0.3, y), (x - half - width / 2 - 0.3, y),
            (x, y + half + high), (x, y - half - high),
        )  # fmt: skip
        boxes = [text_box(*spot, width, style.PLACE.size, em=1.0) for spot in spots]
        side = board.first(boxes)
        if name and side < 0:
            done.others_dropped += 1
            continue
        seen.add(kind)
        landmark(draft, x, y, kind)
        board.take([sign, boxes[side]] if name else [sign])
        if name:
            _settle(draft, done, Placed(*spots[side], style.PLACE.size), name, style.PLACE)
    return seen


def lettered_frame(draft: Draft, board: Board, box: Box, letter: str) -> None:
    """The extent of a detail map with its letter just inside a corner."""
    draft.page.polygons(
        rings_of([[(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)]]),
        pen=style.DETAIL_PEN,
    )
    width = draft.face.width(letter, style.DETAIL_LETTER.size)
    spots = _letter_spots(box, width)
    at = spread(board, spots, width, style.DETAIL_LETTER.size)
    if at is None:
        at = Placed(float(spots[3, 0]), float(spots[3, 1]), style.DETAIL_LETTER.size)
        board.take([text_box(at.x, at.y, width, at.size)])
    draft.page.text((at.x, at.y), letter, style.DETAIL_LETTER, anchor="cm")


def _letter_spots(box: Box, width: float) -> NDArray[np.float64]:
    """Where the letter of a detail may stand: by the corners of its frame, then all along the frame, outside and inside."""
    left, right = box.x0 + width / 2 + 1, box.x1 - width / 2 - 1
    corners = [
        (left, box.y1 + LETTER_MM), (right, box.y1 + LETTER_MM), (left, box.y0 - LETTER_MM),
        (left, box.y1 - LETTER_MM), (right, box.y1 - LETTER_MM),
    ]  # fmt: skip
    aside = width / 2 + 1
    along = [
        spot
        for share in np.linspace(0, 1, LETTER_STEPS).tolist()
        for x, y in [(box.x0 + share * box.width, box.y0 + share * box.height)]
        for spot in (
            (x, box.y1 + LETTER_MM), (x, box.y0 - LETTER_MM), (box.x0 - aside, y), (box.x1 + aside, y),
            (x, box.y1 - LETTER_MM), (x, box.y0 + LETTER_MM), (left, y), (right, y),
        )
    ]  # fmt: skip
    return np.array(corners + along)
