"""Streets and blocks: each district cut along the direction field, roads noded, blocks drawn in.

Roads beside the river, the railway and the motorway come first, so that streets end there and not in
the water. What is left of a face when the streets have their width is a block.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.ops import split, substring

from census_gis.synthetic.direction import cut_face, long_axis
from census_gis.synthetic.plan import MOTORWAY_M, RAIL_M, RIVER_M, Plan
from census_gis.synthetic.town import generator

__all__ = ["WIDTH_M", "Block", "Network", "make_network", "polygons", "with_exclave"]

# Land a road takes between its parcels, both sides together [m].
WIDTH_M = {
    "primary": 44.0, "secondary": 34.0, "tertiary": 24.0, "residential": 15.0,
    "unclassified": 9.0, "track": 5.0, "canal": 13.0, "service": 6.0, "living_street": 3.4,
}  # fmt: skip
GRAIN_M2 = {"village": 230_000, "old": 30_000, "slab": 46_000, "tower": 52_000, "mixed": 42_000}
FRONT_M = {"river": RIVER_M / 2 + 24, "motorway": MOTORWAY_M / 2 + 18, "railway": RAIL_M / 2 + 16}


@dataclass(frozen=True)
class Block:
    """Ground between streets.

    `face` reaches to the middle of the streets, `ground` (largest piece first) is what may be built on;
    `angle` is the direction of its longer side [rad]; `strip` is true beside river, railway, motorway.
    """

    district: int
    face: Polygon
    ground: tuple[Polygon, ...]
    angle: float
    strip: bool


@dataclass(frozen=True)
class Network:
    """Noded roads and canals of a township, its blocks, and its districts made of them."""

    roads: list[tuple[LineString, str, int]]  # line, class, number of the street it is part of
    canals: list[LineString]
    blocks: list[Block]
    districts: list[Polygon | MultiPolygon]
    water: list[Polygon]


def polygons(shape: object, least_m2: float = 1.0) -> list[Polygon]:
    """The polygons of any geometry, largest first, crumbs left out."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape))
             if part.geom_type == "Polygon" and part.area >= least_m2]  # fmt: skip
    return sorted(parts, key=lambda part: -part.area)


def make_network(plan: Plan, seed: int) -> Network:
    """All streets, blocks and canals of a plan."""
    lines: list[tuple[LineString, str]] = list(plan.roads)
    joints = plan.joints
    for index, face in enumerate(plan.faces):
        rng = generator(seed, 11, index)
        kind = plan.quotas[index].kind
        faces, fronts = _fronts(face, plan, kind)
        lines += fronts
        found, joints = _streets(faces, plan, kind, joints, rng)
        lines += found
    pieces, faces = _node(plan, lines)
    owner = _owners(faces, plan)
    river = plan.site.barriers.river.buffer(RIVER_M / 2).intersection(plan.site.outline)
    canals = [line for line, name, _ in pieces if name == "canal"]
    roads = _trim(plan, [piece for piece in pieces if piece[1] not in ("canal", "")])
    canals = _to_river(canals, plan)
    wet = shapely.union_all([line.buffer(5.2, cap_style="flat") for line in canals])
    water = polygons(river, 20.0) + polygons(shapely.difference(wet, river), 20.0)
    blocks = _blocks(plan, faces, owner, [*((line, name) for line, name, _ in roads),
                                          *((line, "canal") for line in canals)])  # fmt: skip
    districts = [
        shapely.union_all([face for face, own in zip(faces, owner, strict=True) if own == index])
        for index in range(len(plan.faces))
    ]
    return Network(roads, canals, blocks, districts, water)


def _to_river(canals: list[LineString], plan: Plan) -> list[LineString]:
    """Canals that end beside the river run on into it; at a street they end in a culvert before it."""
    river = plan.site.barriers.river
    lines = []
    for line in shapely.get_parts(shapely.line_merge(shapely.union_all(canals))) if canals else ():
        points = list(line.coords)
        for end, turn in ((-1, 1), (0, -1)):
            tip = shapely.Point(points[end])
            if 1.0 < tip.distance(river) < FRONT_M["river"] + 12:
                meet = river.interpolate(river.project(tip))
                points = [*points, (meet.x, meet.y)] if turn > 0 else [(meet.x, meet.y), *points]
            elif tip.distance(plan.site.outline.exterior) > 1.0 and line.length > 60:
                short = substring(LineString(points), 0, -9.0) if turn > 0 else substring(
                    LineString(points), 9.0, LineString(points).length)  # fmt: skip
                points = list(short.coords)
        lines.append(LineString(points))
    return lines


def _fronts(
    face: Polygon, plan: Plan, kind: str
) -> tuple[list[Polygon], list[tuple[LineString, str]]]:
    """Roads along river, railway and motorway, in town only."""
    faces = [face]
    lines: list[tuple[LineString, str]] = []
    if kind == "village":
        return faces, lines
    barriers = plan.site.barriers
    for line, far in ((barriers.river, FRONT_M["river"]), (barriers.railway, FRONT_M["railway"]),
                      (barriers.motorway, FRONT_M["motorway"])):  # fmt: skip
        for side in (far, -far):
            front = line.offset_curve(side)
            for part in shapely.get_parts(front.intersection(face)):
                if part.geom_type != "LineString" or part.length < 120:
                    continue
                cut = _split(faces, part)
                if cut:
                    faces = cut
                    lines.append((_longer(part), "residential"))
    return faces, lines


def _longer(line: LineString, by: float = 0.4) -> LineString:
    points = shapely.get_coordinates(line)
    first, last = points[0] - points[1], points[-1] - points[-2]
    head = points[0] + first / np.hypot(*first) * by
    tail = points[-1] + last / np.hypot(*last) * by
    return LineString(np.vstack([head, points, tail]))


def _split(faces: list[Polygon], line: LineString) -> list[Polygon] | None:
    """Faces with the one that a line crosses cut in two."""
    crossed = int(np.argmax(shapely.length(shapely.intersection(np.array(faces), line))))
    sides = [side for side in split(faces[crossed], _longer(line)).geoms if side.area > 1.0]
    if len(sides) != 2 or min(side.area for side in sides) < 1500:
        return None
    return [*faces[:crossed], *sides, *faces[crossed + 1 :]]


def _streets(
    faces: list[Polygon], plan: Plan, kind: str, joints: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[list[tuple[LineString, str]], NDArray[np.float64]]:  # fmt: skip
    """Cut faces until blocks have the size of their kind, never equal."""
    lines: list[tuple[LineString, str]] = []
    queue = list(faces)
    while queue:
        face = queue.pop(0)
        _, length, width = long_axis(face)
        # Blocks differ in size by chance; long ones are cut sooner.
        enough = GRAIN_M2[kind] * float(rng.uniform(0.75, 1.75)) * min(1.0, 2.4 * width / length)
        if face.area < enough or width < 75:
            continue
        cut = None
        for least in (0.30, 0.22, 0.12) if face.area > 1.5 * enough else (0.30,):
            cut = cut or cut_face(face, plan.direction, joints, rng, least=least)
        if cut is None:
            continue
        queue += cut.sides
        lines.append((cut.line, _street_class(kind, face.area, rng)))
        joints = np.vstack([joints, shapely.get_coordinates(cut.line)[[1, -2]]])
    return lines, joints


def _street_class(kind: str, area: float, rng: np.random.Generator) -> str:
    if kind == "village":
        if area > 900_000:
            return "tertiary"
        return "canal" if rng.random() < 0.38 else "unclassified"
    if kind == "old":
        return "canal" if rng.random() < 0.12 else "residential"
    return "tertiary" if area > 120_000 else "residential"


def _node(
    plan: Plan, lines: list[tuple[LineString, str]]
) -> tuple[list[tuple[LineString, str, int]], list[Polygon]]:
    """Node all lines with each other: pieces with class and street; faces between them."""
    outline = plan.site.outline.exterior
    sources = [*(line for line, _ in lines), *plan.site.barriers.lines, outline]
    names = [*(name for _, name in lines), "", "", "", ""]
    whole = shapely.unary_union(sources, grid_size=0.01)
    faces = [face for face in shapely.get_parts(shapely.polygonize([whole]))
             if shapely.contains_properly(plan.site.outline.buffer(0.5), face)]  # fmt: skip
    faces.sort(key=lambda face: (round(face.centroid.y, 2), round(face.centroid.x, 2)))
    edges = shapely.get_parts(shapely.line_merge(shapely.union_all(
        [face.boundary for face in faces], grid_size=0.01)))  # fmt: skip
    tree = shapely.STRtree(sources)
    pieces = []
    for edge in edges:
        middle = edge.interpolate(0.5, normalized=True)
        near = tree.query(middle, predicate="dwithin", distance=0.05)
        best = min((int(row) for row in near), default=-1)
        pieces.append((edge, names[best] if best >= 0 else "", best))
    return pieces, faces


def _owners(faces: list[Polygon], plan: Plan) -> list[int]:
    """District of each face."""
    tree = shapely.STRtree(plan.faces)
    owner = []
    for face in faces:
        point = face.representative_point()
        near = tree.query(point, predicate="intersects")
        owner.append(int(near[0]) if len(near) else int(tree.nearest(point)))
    return owner


def _trim(
    plan: Plan, roads: list[tuple[LineString, str, int]]
) -> list[tuple[LineString, str, int]]:
    """Stop what does not cross at the bank, the fence or the bend before them."""
    barriers = plan.site.barriers
    land = shapely.union_all([
        barriers.river.buffer(RIVER_M / 2 + 5), barriers.motorway.buffer(MOTORWAY_M / 2 - 8),
        barriers.railway.buffer(RAIL_M / 2 - 3),
    ])  # fmt: skip
    ends = shapely.points(
        np.array([shapely.get_coordinates(line)[[0, -1]] for line, _, _ in roads])
    )
    tree = shapely.STRtree(ends.ravel())
    kept = []
    for line, name, street in roads:
        if not shapely.intersects(land, line):
            kept.append((line, name, street))
            continue
        stuck = any(
            shapely.dwithin(barrier, end, 0.1) and len(tree.query(end.buffer(0.1))) < 2
            for end in shapely.get_parts(line.boundary) for barrier in barriers.lines
        )  # fmt: skip
        wading = shapely.length(shapely.intersection(line, land)) > 3 * RIVER_M  # no bridge
        rest = shapely.difference(line, land) if stuck or wading else line
        kept += [(part, name, street) for part in shapely.get_parts(rest) if part.length > 25]
    return kept


def _blocks(
    plan: Plan, faces: list[Polygon], owner: list[int], roads: list[tuple[LineString, str]]
) -> list[Block]:
    """Faces less the width of the streets and of river, railway and motorway."""
    barriers = plan.site.barriers
    wide = [line.buffer(WIDTH_M[name] / 2, quad_segs=3) for line, name in roads]
    wide += [barriers.river.buffer(RIVER_M / 2 + 3), barriers.motorway.buffer(MOTORWAY_M / 2),
             barriers.railway.buffer(RAIL_M / 2)]  # fmt: skip
    tree = shapely.STRtree(wide)
    bands = (barriers.river.buffer(FRONT_M["river"] + 2),
             barriers.motorway.buffer(FRONT_M["motorway"] + 2),
             barriers.railway.buffer(FRONT_M["railway"] + 2))  # fmt: skip
    blocks = []
    for face, own in zip(faces, owner, strict=True):
        near = tree.query(face, predicate="intersects")
        taken = shapely.union_all([wide[row] for row in sorted(near)])
        ground = polygons(shapely.difference(face, taken).buffer(-1.5).buffer(1.5), 150.0)
        strip = any(face.intersection(band).area > 0.6 * face.area for band in bands)
        blocks.append(Block(own, face, tuple(ground), long_axis(face)[0], strip))
    return blocks


def with_exclave(network: Network, plan: Plan) -> Network:
    """Let a village own one block inside a residents' committee's ground (an exclave, 飞地)."""
    kinds = [quota.kind for quota in plan.quotas]
    if "village" not in kinds or len(kinds) < 6:
        return network
    villages = [row for row, kind in enumerate(kinds) if kind == "village"]
    best, host, owner = None, -1, -1
    for block in network.blocks:
        around = network.districts[block.district]
        inside = block.face.distance(around.boundary) > 8 and block.ground
        if kinds[block.district] in ("slab", "tower") and inside and not block.strip:
            size = block.ground[0].area
            if 6_000 < size < 26_000 and (best is None or size < best.ground[0].area):
                best, host = block, block.district
    if best is None:
        return network
    owner = min(villages, key=lambda row: plan.faces[row].distance(best.face))
    districts = list(network.districts)
    districts[host] = shapely.difference(districts[host], best.face)
    districts[owner] = shapely.union(districts[owner], best.face)
    blocks = [
        replace(block, district=owner) if block is best else block for block in network.blocks
    ]
    return replace(network, blocks=blocks, districts=districts)
