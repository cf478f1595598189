"""The lines between areas as arcs, drawn once: smoothed, straightened, shared by both neighbours.

Everything that has a shape in a plan (EA polygons, EA lines, boundary descriptions) is read from one
`Drawing`, so that a line and the polygons on both sides of it have the same vertices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.areas.beside import visible
from census_gis.areas.jogs import Course, jogs
from census_gis.areas.spikes import Arcs, joined_sooner, without_tips
from census_gis.areas.strokes import CORNER, FIXED, INNER, PORTAL, chains, relax, straighten
from census_gis.areas.words import Strokes, Vocabulary, codes_of, said, vocabulary
from census_gis.fabric.borders import (
    Pieces,
    border_pieces,
    point_coordinates,
    rings,
    settle_crumbs,
)
from census_gis.model import FOOT, Mesh, Plan

__all__ = ["Drawing", "draw", "polygons"]

ROUNDS = 60  # sweeps of smoothing; after 60 no point of the eight test places moved by 5 cm more
WALL_M = 1.2  # a line keeps this far off a wall, or 35 % of the gap
WALL_SHARE = 0.35
OPEN_M = 20.0  # in gaps wider than this ...
OPEN_SHARE = 0.22  # ... it keeps to the middle half or so
GIVE_SHARE, GIVE_LEAST_M, GIVE_MOST_M = 0.15, 1.0, 8.0  # how far a stroke may pass from a point
ROAD_SLACK_M, WALL_SLACK_M = 0.05, 0.002  # along a road a hand's breadth, along a wall nothing
HAIR_M2 = 0.01  # ground a spike of the district line may hold and still be left out
LEAVE_M = 16.0  # how much earlier a line may leave a street (streets have a point every 15 m)
BEND = 0.02  # what a stroke's misfit weighs against one vertex less


@dataclass(frozen=True)
class Drawing:
    """Arcs between areas, as they are drawn.

    Attributes
    ----------
    xy : float64, shape (m, 2)
        Points [m].
    path, first : int64
        Arc a runs over points ``path[first[a]:first[a + 1]]``; it has a point where its words change.
    left, right : int32, shape (arcs,)
        Areas beside the arc, -1 outside the district.
    says : int64, shape of path
        What the stroke after each point runs along, as a code of `words`.
    words : Vocabulary
    areas : int
        Number of areas of the plan.
    """

    xy: NDArray[np.float64]
    path: NDArray[np.int64]
    first: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    says: NDArray[np.int64]
    words: Vocabulary
    areas: int

    @property
    def arc(self) -> NDArray[np.int64]:
        """Arc of each entry of `path`."""
        return np.repeat(np.arange(self.left.size), np.diff(self.first))


@dataclass(frozen=True)
class _Traced:
    """Arcs with all their points; only those in `keep` are drawn, the others lie on a stroke, within what it allows.

    `flags` and `feature` (shape of path): what the piece after each point runs along, and the barrier row behind it.
    """

    xy: NDArray[np.float64]
    path: NDArray[np.int64]
    first: NDArray[np.int64]
    keep: NDArray[np.bool_]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    flags: NDArray[np.uint8]
    feature: NDArray[np.int32]
    areas: int

    @property
    def arc(self) -> NDArray[np.int64]:
        """Arc of each entry of `path`."""
        return np.repeat(np.arange(self.left.size), np.diff(self.first))


@dataclass(frozen=True)
class _Points:
    """Border points of a plan: where each may go, and how far a stroke may pass from it."""

    xy: NDArray[np.float64]
    kind: NDArray[np.int8]
    at: NDArray[np.float64]
    low: NDArray[np.float64]
    give: NDArray[np.float64]
    slack: NDArray[np.float64]


def draw(plan: Plan) -> Drawing:
    """Draw the lines between the areas of a plan.

    On centre lines, down the middle of medians, in long strokes between houses; never through a
    footprint. The district line stays where it was given. An area whose polygon would not be valid
    gets its arcs back unstraightened.

    Parameters
    ----------
    plan : Plan
        Its atoms labelled 0 .. k-1.

    Returns
    -------
    Drawing
    """
    mesh = plan.fabric.mesh
    group = plan.label[plan.fabric.cell_atom]
    pieces = border_pieces(mesh, settle_crumbs(mesh, group))
    used, ends = np.unique(np.concatenate([pieces.start, pieces.end]), return_inverse=True)
    n = len(pieces.start)
    start, end = ends[:n], ends[n:]
    points = _points(mesh, used)
    follow = _along_edges(mesh, used[start], used[end])
    traced = replace(_arcs(pieces, start, end, points, follow), areas=len(plan))
    return _worded(_mended(replace(traced, keep=_without_jogs(traced, points, plan))), plan)


def _points(mesh: Mesh, ids: NDArray[np.int64]) -> _Points:
    """Portals, triangles and limits of border points."""
    vertices, edges = mesh.fx.size, mesh.tri.size
    vertex, inner = ids < vertices, ids >= vertices + edges
    portal = ~vertex & ~inner
    half = ids[portal] - vertices
    corners = mesh.tri.reshape(-1, 3)[ids[inner] - vertices - edges]
    at = np.zeros((ids.size, 6))
    at[portal, 0], at[portal, 1] = mesh.fx[mesh.tri[half]], mesh.fy[mesh.tri[half]]
    at[portal, 2], at[portal, 3] = mesh.fx[mesh.tri[_next(half)]], mesh.fy[mesh.tri[_next(half)]]
    at[inner, 0::2], at[inner, 1::2] = mesh.fx[corners], mesh.fy[corners]
    kind = np.where(portal, PORTAL, np.where(inner, INNER, FIXED)).astype(np.int8)
    kind[np.isin(ids, mesh.district_corner) & vertex] = CORNER
    width = np.hypot(at[:, 2] - at[:, 0], at[:, 3] - at[:, 1])
    low = np.minimum(WALL_SHARE, WALL_M / np.maximum(width, 1e-9))
    low = np.maximum(low, np.where(width > OPEN_M, OPEN_SHARE, 0.0))
    give = np.clip(GIVE_SHARE * width, GIVE_LEAST_M, GIVE_MOST_M)
    wall = np.zeros(vertices, bool)
    wall[mesh.tri[(mesh.flags & FOOT) > 0]] = True
    walled = np.zeros(ids.size, bool)
    walled[vertex] = wall[ids[vertex]]
    walled[portal] = (mesh.flags[half] & FOOT) > 0
    x, y = point_coordinates(mesh, ids)
    slack = np.where(walled, WALL_SLACK_M, ROAD_SLACK_M)
    return _Points(np.column_stack([x, y]), kind, at, low, give, slack)


def _next(half: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(half % 3 == 2, half - 2, half + 1)


def _along_edges(mesh: Mesh, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Pieces that join two vertices, or a vertex to the middle of its own edge."""
    vertices, edges = mesh.fx.size, mesh.tri.size

    def own_edge(vertex: NDArray[np.int64], middle: NDArray[np.int64]) -> NDArray[np.bool_]:
        half = np.clip(middle - vertices, 0, edges - 1)
        touches = (mesh.tri[half] == vertex) | (mesh.tri[_next(half)] == vertex)
        is_middle = (middle >= vertices) & (middle < vertices + edges)
        return (vertex < vertices) & is_middle & touches

    both = (start < vertices) & (end < vertices)
    return both | own_edge(start, end) | own_edge(end, start)


def _arcs(
    pieces: Pieces,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    points: _Points,
    follow: NDArray[np.bool_],
) -> _Traced:
    """Chain the pieces, smooth them, and choose the strokes."""
    n = start.size
    degree = np.bincount(np.concatenate([start, end]), minlength=len(points.xy))
    order = np.argsort(np.concatenate([start, end]), kind="stable")
    ptr = np.concatenate([[0], np.cumsum(degree)]).astype(np.int64)
    to = np.concatenate([end, start])[order]
    along = np.concatenate([follow, follow])[order]
    which = np.tile(np.arange(n), 2)[order]
    xy = points.xy.copy()
    relax(xy, (ptr, to, along), points.kind, points.at, points.low, ROUNDS)
    path, first, step = chains(ptr, to, which, degree != 2)
    limit = (points.low, points.give, points.slack)
    keep = straighten(path, first, follow[step], (xy, points.kind, points.at), limit, BEND)
    head = step[first[:-1]]
    forth = start[head] == path[first[:-1]]
    left = np.where(forth, pieces.left[head], pieces.right[head]).astype(np.int32)
    right = np.where(forth, pieces.right[head], pieces.left[head]).astype(np.int32)
    keep |= _too_few(path, first, keep)
    flags, feature = pieces.flags[step], pieces.feature[step]
    return _Traced(xy, path, first, keep, left, right, flags, feature, 0)


def _too_few(
    path: NDArray[np.int64], first: NDArray[np.int64], keep: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Entries of loops with fewer than four points, and of arcs that would fall on each other."""
    arcs = first.size - 1
    arc = np.repeat(np.arange(arcs), np.diff(first))
    count = np.bincount(arc[keep], minlength=arcs)
    a, b = path[first[:-1]], path[first[1:] - 1]
    pair = np.column_stack([np.minimum(a, b), np.maximum(a, b)])
    _, which, times = np.unique(pair, axis=0, return_inverse=True, return_counts=True)
    twin = (times[which.ravel()] > 1) & (count == 2) & (a != b)
    return (((a == b) & (count < 4)) | twin)[arc]


def _without_jogs(drawing: _Traced, points: _Points, plan: Plan) -> NDArray[np.bool_]:
    """Points to draw once jogs are taken out that meet no house and no other line."""
    arc, xy = drawing.arc, drawing.xy[drawing.path]
    last = np.append(arc[1:] != arc[:-1], True)
    metres = np.where(last, 0.0, np.hypot(*(np.roll(xy, -1, axis=0) - xy).T))
    on_street = (drawing.flags & ~np.uint8(FOOT)) > 0
    street = np.concatenate([[0.0], np.cumsum(np.where(on_street, metres, 0.0))[:-1]])
    # A new stroke may also leave a street a little before the point where the line left it.
    along = np.concatenate([[0.0], np.cumsum(metres)[:-1]])
    kept = np.flatnonzero(drawing.keep)
    stroke = np.cumsum(drawing.keep) - 1
    after = along - along[kept[stroke]]
    before = along[kept[np.minimum(stroke + 1, kept.size - 1)]] - along
    course = np.flatnonzero(drawing.keep | (on_street & (np.minimum(after, before) <= LEAVE_M)))
    inner = (drawing.left >= 0) & (drawing.right >= 0)
    tip = np.zeros(arc.size, bool)
    tip[drawing.first[:-1]] = tip[drawing.first[1:] - 1] = True
    free = inner[arc] & ~tip & (points.kind[drawing.path] != CORNER)
    foot = plan.fabric.parts.geometry.to_numpy()[plan.fabric.parts["cell"].to_numpy() >= 0]
    out, ends = jogs(Course(xy[course], arc[course], street[course], free[course]), foot)
    keep = drawing.keep.copy()
    keep[course[out]] = False
    keep[course[ends]] = True
    return keep


def _worded(traced: _Traced, plan: Plan) -> Drawing:
    """Drawn points and what the strokes between them say, with points where a stroke's words change.

    The district line has points where it was given them and no others; its words change there.
    """
    district = plan.fabric.district
    words = vocabulary(district.barriers)
    strokes, tail = _strokes(traced, words)
    around = visible(district.barriers, words.rows)
    stroke, begin, code = said(strokes, around, words.wide)
    new = begin > 0
    share = begin[new, None]
    spot = strokes.tail[stroke[new]] * (1 - share) + strokes.head[stroke[new]] * share
    point = np.where(new, len(traced.xy) + np.cumsum(new) - 1, traced.path[tail[stroke]])
    ends = (
        traced.first[1:] - 1
    )  # the last point of an arc begins no stroke, and says what the one before it says
    entry = np.concatenate([tail[stroke] + begin, ends])
    order = np.argsort(entry, kind="stable")
    path = np.concatenate([point, traced.path[ends]])[order]
    says = np.concatenate([code, np.full(ends.size, -1)])[order]
    last = np.flatnonzero(says < 0)
    says[last] = says[last - 1]
    first = np.concatenate([[0], last + 1])
    xy = np.concatenate([traced.xy, spot])
    return Drawing(xy, path, first, traced.left, traced.right, says, words, traced.areas)


def _strokes(traced: _Traced, words: Vocabulary) -> tuple[Strokes, NDArray[np.int64]]:
    """Drawn strokes with the pieces they replace, and the entry of `path` at which each begins."""
    arc, xy = traced.arc, traced.xy[traced.path]
    last = np.append(arc[1:] != arc[:-1], True)
    kept = np.flatnonzero(traced.keep)
    tail, head = kept[:-1], kept[1:]
    same = arc[tail] == arc[head]
    tail, head = tail[same], head[same]
    metres = np.hypot(*(np.roll(xy, -1, axis=0) - xy).T)[~last]
    code = codes_of(traced.flags, traced.feature, words)[~last]
    first = np.append(tail - np.cumsum(last)[tail], metres.size)
    whole = (traced.left[arc[tail]] < 0) | (traced.right[arc[tail]] < 0)
    return Strokes(xy[tail], xy[head], arc[tail], whole, first, metres, code), tail


def polygons(drawing: Drawing) -> NDArray[np.object_]:
    """Polygon (or MultiPolygon) of every area; None for those without ground."""
    return _unspiked(_rings(drawing, drawing.path, drawing.arc))


def _as_drawn(traced: _Traced) -> NDArray[np.object_]:
    """Rings over the drawn points, valid or not."""
    return _rings(traced, traced.path[traced.keep], traced.arc[traced.keep])


def _rings(
    lines: Drawing | _Traced, drawn: NDArray[np.int64], arc: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Rings of every area over drawn points of its arcs."""
    same = arc[1:] == arc[:-1]
    a, b, arc = drawn[:-1][same], drawn[1:][same], arc[1:][same]
    label = np.concatenate([lines.left[arc], lines.right[arc]])
    tail, head = np.concatenate([a, b]), np.concatenate([b, a])
    inside = label >= 0
    x, y = np.ascontiguousarray(lines.xy[:, 0]), np.ascontiguousarray(lines.xy[:, 1])
    return rings(label[inside], tail[inside], head[inside], x, y, lines.areas)


def _unspiked(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Areas at a spike of the district line narrower than a hair without it: its sides cross in float coordinates.

    Nothing is changed where that would move more ground than a hair or tear an area apart.
    """
    crossed = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    for area in np.flatnonzero(crossed):
        clean = shapely.get_parts(shapely.make_valid(shapes[area], method="structure"))
        clean = clean[shapely.area(clean) > HAIR_M2]
        moved = abs(float(shapely.area(clean).sum()) - float(shapely.area(shapes[area])))
        if moved <= HAIR_M2 and len(clean) == shapely.get_num_geometries(shapes[area]):
            shapes[area] = clean[0] if len(clean) == 1 else shapely.multipolygons(clean)
    return shapes


def _mended(drawing: _Traced) -> _Traced:
    """Arcs of areas that came out invalid, or lie on a neighbour, with all their points."""
    for _ in range(3):
        shapes = _as_drawn(drawing)
        some = np.flatnonzero(~shapely.is_missing(shapes))
        wrong = np.zeros(drawing.areas + 1, bool)
        wrong[some] = ~shapely.is_valid(shapes[some])
        if not wrong.any():
            if shapely.coverage_is_valid(shapes[some]):
                return drawing
            wrong[some] = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes[some]))
        again = (wrong[drawing.left] | wrong[drawing.right])[drawing.arc]
        drawing = replace(drawing, keep=drawing.keep | again)
    return _without_spikes(drawing, wrong)


def _without_spikes(drawing: _Traced, wrong: NDArray[np.bool_]) -> _Traced:
    """Lines of areas that are not sound with all their points either, without spikes of no width."""
    some = wrong[drawing.left] | wrong[drawing.right]
    arcs = Arcs(drawing.xy, drawing.path, drawing.first, drawing.keep)
    keep = without_tips(arcs, some)
    take, first = joined_sooner(arcs._replace(keep=keep), some)
    return replace(
        drawing, path=drawing.path[take], first=first, keep=keep[take],
        flags=drawing.flags[take], feature=drawing.feature[take],
    )  # fmt: skip
