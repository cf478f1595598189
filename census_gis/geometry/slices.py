"""Cut a large footprint into slices, one for each group of street doors, across its own spine.

Pure geometry: a polygon and whole-number weights in, as many polygons out, which tile it on shared
vertices. How a footprint is cut follows its shape (design note on the fabric, "Slices"): a *slab* across
its long axis, a *bent* one across the line that runs from end to end inside it, a *court* likewise
after its ring is opened at the narrowest place, a *tower* by rays from its middle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Polygon

from census_gis.geometry.spine import Spine, spine_of

__all__ = ["Shape", "shape_of", "slice_footprint", "starts_at"]

# Bounds of the shape classes and of the cuts: design note on the fabric, section 3, "Slices".
SLAB_ASPECT, SLAB_FILL = 1.6, 0.72
TOWER_FILL = 0.6
COURT_HOLES, LEAST_HOLE_M2 = 0.08, 40.0
RAY_ASPECT = (
    1.25  # a compact block longer than this is better cut like a slab (same note, section 8)
)
STRIPS = 64
SHIFT = 0.12
# A slice below this share of what it was meant to hold is a sliver: it joins a neighbour.
LEAST_SHARE = 0.35
# A footprint in several polygons is cut as its largest one when that holds this much of it.
MAIN_SHARE = 0.9
EXACT = 1e-6

Footprint: TypeAlias = Polygon | MultiPolygon
Cuts: TypeAlias = tuple[list[LineString], Callable[[Sequence[Polygon]], NDArray[np.float64]]]


class Shape(NamedTuple):
    """What a footprint looks like: its class, box and length along the spine [m]."""

    kind: str
    length_m: float
    corner: NDArray[np.float64]
    axis: NDArray[np.float64]
    side: NDArray[np.float64]

    @property
    def long_m(self) -> float:
        """Long side of the rotated box [m]."""
        return float(np.hypot(*self.axis))

    @property
    def aspect(self) -> float:
        """Long over short side of the rotated box."""
        return self.long_m / max(float(np.hypot(*self.side)), 1e-6)


def shape_of(footprint: Footprint) -> Shape:
    """Class, rotated box and length of a footprint.

    Returns
    -------
    Shape
        `kind` is ``slab``, ``bent``, ``court`` or ``tower``; `length_m` is the long side of the rotated
        box for slabs and towers, else the long side of the rectangle of equal area and perimeter.
        `axis` points from the west end to the east end, or from the north to the south where the
        footprint runs rather that way.

    Examples
    --------
    >>> shape_of(shapely.box(0, 0, 60, 12))[:2]
    ('slab', 60.0)
    """
    box = shapely.oriented_envelope(footprint)
    corners = np.asarray(box.exterior.coords)[:4]
    edges = np.roll(corners, -1, 0) - corners
    first = int(np.argmax(np.hypot(*edges.T).round(6)))
    axis, side, corner = edges[first], edges[(first + 1) % 4], corners[first]
    if (axis[0] < 0) if abs(axis[0]) >= abs(axis[1]) else (axis[1] > 0):
        corner, axis, side = corner + axis, -axis, side
    long_m, short_m = float(np.hypot(*axis)), max(float(np.hypot(*side)), 1e-6)
    holes = shapely.area(shapely.polygons(shapely.get_rings(footprint))).sum()
    shell = sum(Polygon(part.exterior).area for part in shapely.get_parts(footprint))
    fill, aspect = footprint.area / max(box.area, 1e-9), long_m / short_m
    if holes - shell > max(COURT_HOLES * footprint.area, LEAST_HOLE_M2):
        kind = "court"
    elif aspect < SLAB_ASPECT and fill > TOWER_FILL:
        kind = "tower"
    elif fill > SLAB_FILL:
        kind = "slab"
    else:
        kind = "bent"
    if kind in ("court", "bent"):
        plain = footprint.simplify(1.0)  # recesses and balconies are no length
        half = plain.length / 2
        long_m = (half + np.sqrt(max(half**2 - 4 * plain.area, 0.0))) / 2
    return Shape(kind, float(long_m), corner, axis, side)


def starts_at(slices: Sequence[Footprint]) -> str:
    """The end a row of slices starts from: ``west`` or ``north``."""
    first, last = shapely.centroid([slices[0], slices[-1]])
    return "west" if abs(last.x - first.x) >= abs(last.y - first.y) else "north"


def slice_footprint(polygon: Footprint, weights: Sequence[int]) -> tuple[list[Footprint], str]:
    """Cut a footprint into slices of areas in proportion to weights.

    Parameters
    ----------
    polygon : Polygon or MultiPolygon
        Valid footprint [m].
    weights : sequence of int, each >= 1
        One for each slice wanted, e.g. the street doors of each group.

    Returns
    -------
    slices : list of Polygon (MultiPolygon only where `polygon` is one)
        In order along the spine, from the west or north end (towers: clockwise from the north-west).
        They tile the polygon on shared vertices. **Fewer than asked for** when it cannot be cut so
        without slivers: then the caller must not cut.
    kind : str
        Class of the shape, see `shape_of`.

    Raises
    ------
    ValueError
        If a weight is below 1.

    Examples
    --------
    >>> slices, kind = slice_footprint(shapely.box(0, 0, 60, 12), [1, 2])
    >>> kind, [round(slice.area) for slice in slices]
    ('slab', [240, 480])
    """
    if any(weight < 1 for weight in weights):
        raise ValueError(f"weights are {list(weights)}; each is at least 1.")
    share = np.asarray(weights, np.float64)
    share /= share.sum()
    shape = shape_of(polygon)
    if len(share) < 2:
        return [polygon], shape.kind
    whole = shapely.normalize(polygon)
    parts = sorted(shapely.get_parts(whole), key=lambda part: -part.area)
    if parts[0].area < MAIN_SHARE * whole.area:
        return _across_parts(whole, share, shape), shape.kind
    if len(parts) > 1:
        shape = shape_of(parts[0])
    slices = _sliced(parts[0], share, shape)
    return _with_spare(slices, parts[1:]), shape.kind


def _sliced(polygon: Polygon, share: NDArray[np.float64], shape: Shape) -> list[Footprint]:
    """The first way of cutting that yields what was asked for, the shape's own way first."""
    rays = shape.kind == "tower" and len(share) > 2 and shape.aspect <= RAY_ASPECT
    ways: list[Callable[[], Cuts | None]] = [lambda: _across(polygon, share, shape)]
    if rays:
        ways.insert(0, lambda: _rays(polygon, share, shape))
    if shape.kind == "bent":
        ways.insert(0, lambda: _along_spine(polygon, share, shape))
    if shape.kind == "court":
        fair = _fairest(polygon, share, shape)
        if fair:
            return fair
    for way in ways:
        cuts = way()
        slices = _pieces(polygon, cuts, share) if cuts is not None else []
        if len(slices) == len(share):
            return slices
    return [polygon]


def _fairest(polygon: Polygon, share: NDArray[np.float64], shape: Shape) -> list[Footprint]:
    """A court by the way round it or by rays from its middle, whichever is nearer to the shares; [] for neither."""
    found: list[list[Footprint]] = []
    for cuts in (_along_spine(polygon, share, shape), _rays(polygon, share, shape)):
        slices = _pieces(polygon, cuts, share) if cuts is not None else []
        if len(slices) == len(share):
            found.append(slices)
    return max(found, key=lambda each: float((shapely.area(each) / share).min()), default=[])


def _pieces(polygon: Polygon, cuts: Cuts, share: NDArray[np.float64]) -> list[Footprint]:
    """Faces between the cuts, crumbs joined, in order; [] when they are not what was asked for."""
    lines, place = cuts
    faces = _faces(polygon, lines)
    if len(faces) < len(share):
        return []
    order = np.argsort(place(faces), kind="stable")
    faces = _joined([faces[i] for i in order], share * polygon.area)
    if len(faces) != len(share):
        return []
    order = np.argsort(place(faces), kind="stable")
    slices = [faces[i] for i in order]
    area = shapely.area(slices)
    exact = abs(area.sum() - polygon.area) <= EXACT * max(polygon.area, 1.0)
    whole = all(slice.geom_type == "Polygon" and slice.is_valid for slice in slices)
    thick = (area >= LEAST_SHARE * share * polygon.area).all()
    return slices if exact and whole and thick and shapely.coverage_is_valid(slices) else []


def _faces(polygon: Polygon, lines: Sequence[LineString]) -> list[Polygon]:
    """What the lines cut the polygon into, noded once, so that neighbours share vertices."""
    net = shapely.union_all([polygon.boundary, *lines])
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    inside = shapely.contains_properly(polygon, shapely.point_on_surface(found))
    return list(found[inside])


def _joined(faces: list[Polygon], wanted: NDArray[np.float64]) -> list[Polygon]:
    """Faces in order, the smallest joined to a neighbour until there are as many as wanted.

    Which neighbour: the one with the longest common edge.
    """
    while len(faces) > len(wanted):
        area = shapely.area(faces)
        small = int(np.argmin(area))
        edge = shapely.length(shapely.intersection(np.array(faces, object), faces[small]))
        edge[small] = -1.0
        into = int(np.argmax(edge))
        if edge[into] <= 0.0:
            return []
        union = shapely.coverage_union_all([faces[into], faces[small]])
        faces[into] = union
        del faces[small]
    return faces


def _across(polygon: Footprint, share: NDArray[np.float64], shape: Shape) -> Cuts:
    """Across the long axis at the wanted areas, each cut moved a little to the shortest chord.

    The shortest chord near the place is where a stair or a recess is.
    """
    corner, axis, side = shape.corner, shape.axis, shape.side
    long_m = shape.long_m
    along, over = axis / long_m, side / max(float(np.hypot(*side)), 1e-9)
    edges = np.linspace(0.0, long_m, STRIPS + 1)
    at = _at_area(
        polygon, edges, lambda t: (corner + np.outer(t, along) - over, side + 2 * over), share
    )
    step = np.linspace(-SHIFT, SHIFT, 9) * long_m / len(share)
    lines = []
    for middle in at:
        places = middle + step
        foot = corner + np.outer(places, along) - over
        chords = shapely.linestrings(np.stack([foot, foot + side + 2 * over], 1))
        length = shapely.length(shapely.intersection(chords, polygon)) + 0.02 * np.abs(step)
        lines.append(chords[int(np.argmin(length.round(6)))])

    def place(faces: Sequence[Polygon]) -> NDArray[np.float64]:
        """How far along the long axis the middle of each face lies [m]."""
        return (shapely.get_coordinates(shapely.centroid(np.array(faces, object))) - corner) @ along

    return lines, place


def _at_area(
    polygon: Footprint,
    edges: NDArray[np.float64],
    line: Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]],
    share: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Where along `edges` the area of the polygon passes the cumulated shares."""
    foot, over = line(edges)
    head = foot + over
    strips = shapely.polygons(np.stack([foot[:-1], foot[1:], head[1:], head[:-1]], 1))
    total = np.cumsum(shapely.area(shapely.intersection(strips, polygon)))
    passed = np.concatenate([[0.0], total])
    return np.interp(np.cumsum(share)[:-1] * passed[-1], passed, edges)


def _rays(polygon: Polygon, share: NDArray[np.float64], shape: Shape) -> Cuts:
    """Rays from the middle at the wanted areas, clockwise from the corner nearest the north-west."""
    middle = shapely.centroid(polygon)
    if not shapely.contains_properly(polygon, middle):
        middle = shapely.point_on_surface(polygon)
    centre = np.array([middle.x, middle.y])
    reach = float(np.hypot(*(np.array(polygon.bounds[2:]) - polygon.bounds[:2])))
    corner = np.arctan2(shape.axis[1], shape.axis[0]) + np.pi / 4 + np.arange(4) * np.pi / 2
    away = np.abs((corner - 3 * np.pi / 4 + np.pi) % (2 * np.pi) - np.pi)
    start = float(corner[int(np.argmin(away.round(6)))])

    def tip(turn: NDArray[np.float64]) -> NDArray[np.float64]:
        """Ends of rays at angles clockwise from the first."""
        return centre + reach * np.stack([np.cos(start - turn), np.sin(start - turn)], -1)

    edges = np.linspace(0.0, 2 * np.pi, 2 * STRIPS + 1)
    fan = np.stack([np.broadcast_to(centre, (2 * STRIPS, 2)), tip(edges[:-1]), tip(edges[1:])], 1)
    passed = np.concatenate(
        [[0.0], np.cumsum(shapely.area(shapely.intersection(shapely.polygons(fan), polygon)))]
    )
    bounds = np.concatenate([[0.0], np.cumsum(share)[:-1]])
    at = np.interp(bounds * passed[-1], passed, edges)
    lines = [LineString([centre, end]) for end in tip(at)]

    def place(faces: Sequence[Polygon]) -> NDArray[np.float64]:
        """Angle clockwise from the first ray at which each face lies."""
        spot = shapely.get_coordinates(shapely.point_on_surface(np.array(faces, object))) - centre
        return (start - np.arctan2(spot[:, 1], spot[:, 0])) % (2 * np.pi)

    return lines, place


def _along_spine(polygon: Polygon, share: NDArray[np.float64], shape: Shape) -> Cuts | None:
    """Shortest chords at the wanted areas along the way from end to end inside the polygon."""
    spine: Spine | None = spine_of(polygon, len(share), ring=shape.kind == "court")
    if spine is None:
        return None
    lines = [*spine.gates, *spine.chords(polygon, np.cumsum(share)[:-1])]

    def place(faces: Sequence[Polygon]) -> NDArray[np.float64]:
        """How far along the spine the middle of each face lies [m]."""
        return np.array([spine.middle_of(face) for face in faces])

    return lines, place


def _across_parts(whole: Footprint, share: NDArray[np.float64], shape: Shape) -> list[Footprint]:
    """A footprint of several large polygons: across the axis of all of them together."""
    lines, _ = _across(whole, share, shape)
    along = shape.axis / shape.long_m
    bounds = np.array([(np.asarray(line.coords[0]) - shape.corner) @ along for line in lines])
    faces = [face for part in shapely.get_parts(whole) for face in _faces(part, lines)]
    spot = shapely.get_coordinates(shapely.point_on_surface(faces)) - shape.corner
    slot = np.searchsorted(bounds, spot @ along)
    slices = [
        shapely.union_all([face for face, at in zip(faces, slot, strict=True) if at == k])
        for k in range(len(share))
    ]
    thick = shapely.area(slices) >= LEAST_SHARE * share * whole.area
    return slices if thick.all() else [whole]


def _with_spare(slices: list[Footprint], spare: Sequence[Polygon]) -> list[Footprint]:
    """Small detached polygons of a footprint go with the slice nearest to each."""
    kept = list(slices)
    for part in spare:
        near = int(np.argmin(shapely.distance(np.array(slices, object), part).round(6)))
        kept[near] = shapely.union_all([kept[near], part])
    return kept
