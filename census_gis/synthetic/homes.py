"""Where people live: slab and tower compounds, villas, the old town, shop houses, villages."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

from census_gis.synthetic import shapes
from census_gis.synthetic.fill import Fill, House, Land, clip, to_street
from census_gis.synthetic.lay import frontage, lots, place, rows, southern, turned

__all__ = ["mixed", "old_town", "slab_estate", "tower_estate", "villas"]

# Doors, flats to a door on each floor, least and most floors. With 2.4-2.7 persons a dwelling a high
# house is one EA by itself (240-285 persons) with room for one small house more, and a middle one holds
# less than the band is wide (120), so that houses side by side close in it.
HIGH = ((2, 2, 24, 25), (1, 4, 24, 25), (1, 3, 32, 33), (1, 5, 19, 20), (2, 2, 24, 24))
MIDDLE = ((1, 2, 15, 16), (1, 3, 10, 11), (1, 4, 8, 8), (2, 2, 8, 8), (1, 3, 10, 10))


def _world(x: float, y: float, angle: float) -> tuple[float, float]:
    at = turned(np.array([[x, y]]), angle)[0]
    return float(at[0]), float(at[1])


def _largest(shape: shapely.Geometry, fallback: Polygon) -> Polygon:
    """The largest polygon of a shape; the fallback where nothing is left of it."""
    parts = [
        part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 60
    ]
    return max(parts, key=lambda part: float(part.area), default=fallback)


def _line(points: list[tuple[float, float]], angle: float) -> LineString:
    return LineString(turned(np.array(points, dtype=float), angle))


def _flat_bounds(ground: Polygon, angle: float) -> tuple[float, float, float, float]:
    points = turned(shapely.get_coordinates(ground.exterior), -angle)
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _shops(ground: Polygon, rng: np.random.Generator, sides: int, depth: float) -> list[House]:
    """One- and two-storey shops before an estate's wall."""
    strips = frontage(ground, 1.0, depth, lambda: (float(rng.uniform(16, 46)), 4.0), sides)
    return [House(one, "commercial", int(rng.integers(1, 3)), "shop") for one in strips]


def slab_estate(
    ground: Polygon, face: Polygon, angle: float, rng: np.random.Generator, name: str
) -> Fill:  # fmt: skip
    """Rows of five- to seven-storey slabs facing south, a spine, lanes that end, sheds, a guard house."""
    fill = Fill()
    row_angle = southern(angle, rng)
    depth, pitch = float(rng.uniform(11.2, 13.4)), float(rng.uniform(24, 30))
    front = 13.0 if rng.random() < 0.45 else 0.0
    yard = ground.buffer(-(7.0 if not front else 5.0), join_style="mitre")
    if front:
        fill.houses += _shops(ground, rng, 1, 9.5)
        yard = yard.difference(shapely.union_all([one.shape for one in fill.houses]).buffer(7.0))
    yard = _largest(yard, ground)
    floors = int(rng.choice([5, 5, 6, 6, 7]))
    width = float(rng.uniform(14.5, 17.5))

    def lengths() -> tuple[float, float]:
        doors = {5: [2, 3, 4, 4, 5], 6: [2, 3, 3, 4, 4], 7: [2, 3, 3]}[floors]
        return width * int(rng.choice(doors)), float(rng.uniform(7, 13))

    slots = rows(yard, row_angle, depth, pitch, lengths, spine=11.0)
    for slot in slots:
        doors = round(slot.length / width)
        flats = 3 if doors <= 2 else 2
        plan = shapes.slab(slot.length, depth, doors)
        house = place(plan, *_world(slot.x, slot.y, row_angle), row_angle)
        dwellings = floors * doors * flats
        fill.houses.append(House(house, "residential", floors, "slab", doors, dwellings))
    fill.roads += _spine(yard, face, row_angle, sorted({slot.y for slot in slots}), pitch)
    fill.houses += _sheds(yard, row_angle, sorted({slot.y for slot in slots}), depth, pitch, rng)
    return _estate(fill, ground, name, rng)


def _spine(
    yard: Polygon, face: Polygon, angle: float, ys: list[float], pitch: float
) -> list[tuple[LineString, str]]:
    """A spine from the gate to the last row, and lanes between every second pair of rows."""
    left, low, right, high = _flat_bounds(yard, angle)
    middle = 0.5 * (left + right)
    spine = clip([_line([(middle, low - 60), (middle, high - 12)], angle)], face)
    lanes = [
        _line([(left + 6, y + pitch / 2), (right - 6, y + pitch / 2)], angle) for y in ys[:-1:2]
    ]
    return [(line, "service") for line in [*spine[:1], *clip(lanes, yard.buffer(-4), 25.0)]]


def _sheds(
    yard: Polygon, angle: float, ys: list[float], depth: float, pitch: float,
    rng: np.random.Generator,
) -> list[House]:  # fmt: skip
    """Bicycle sheds and small houses in the gaps without a lane."""
    left, _, right, _ = _flat_bounds(yard, angle)
    sheds = []
    for y in ys[1:-1:2]:
        for _ in range(int(rng.integers(2, 7))):
            x = float(rng.uniform(left + 12, right - 12))
            long, wide = float(rng.uniform(6, 24)), float(rng.uniform(3.2, 5.0))
            at = _world(x, y + depth / 2 + 0.42 * (pitch - depth), angle)
            sheds.append(House(place(shapes.bar(long, wide), *at, angle), "other", 1, "shed"))
    return sheds


def _estate(fill: Fill, ground: Polygon, name: str, rng: np.random.Generator) -> Fill:
    """Wall, parcel, name and gate house of an estate."""
    fill.tidy(ground)
    gate = next((line for line, _ in fill.roads if line.length > 30), None)
    if gate is not None:
        spot = gate.intersection(ground.exterior)
        if not spot.is_empty:
            at = shapely.get_parts(spot)[0]
            inner = at.buffer(9.0).intersection(ground).representative_point()
            hut = House(
                place(shapes.bar(4.2, 3.2), inner.x, inner.y, rng.uniform(0, 3)), "other", 1, "shed"
            )
            fill.houses.append(hut)
            fill.tidy(ground)
    for house in fill.houses:
        house.estate = 0
    fill.estates.append((ground, name))
    fill.land.append(Land(ground, "0701", name))
    return fill


def tower_estate(
    ground: Polygon, face: Polygon, angle: float, rng: np.random.Generator, name: str
) -> Fill:  # fmt: skip
    """High houses round a garden with a pond, a ring road, shops before the wall."""
    fill = Fill()
    row_angle = southern(angle, rng)
    ring = ground.buffer(-30).buffer(15.5)
    if ring.is_empty or ring.geom_type != "Polygon":
        return slab_estate(ground, face, angle, rng, name)
    fill.houses += _shops(ground, rng, int(rng.integers(1, 3)), 10.0)
    ring_line = LineString(ring.exterior.simplify(0.8))
    fill.roads.append((ring_line, "service"))
    for share in rng.choice([0.12, 0.37, 0.62, 0.87], 2, replace=False):
        gate = to_street(ring_line.interpolate(float(share), normalized=True), face)
        if gate is not None:
            fill.roads.append((gate, "service"))
    middle = ring.centroid
    if ring.area > 16_000 and rng.random() < 0.6:
        fill.water.append(_pond(middle, float(rng.uniform(11, 19)), rng))
    high = float(rng.uniform(0.5, 0.85))
    kinds: dict[float, tuple[int, int, int, int]] = {}
    few: list[bool] = []

    def lengths() -> tuple[float, float]:
        # Middle houses come in threes: side by side they are one EA.
        middle_one = bool(len(few) % 3) or rng.random() >= high
        if middle_one:
            few.append(True)
        kind = (MIDDLE if middle_one else HIGH)[int(rng.integers(0, 5))]
        # A hair of width tells which kind of house a slot was made for.
        width = _tower_size(kind[0], kind[1])[0] + 1e-6 * (len(kinds) + 1)
        kinds[width] = kind
        return width, float(rng.uniform(13, 22))

    slots = rows(ring.buffer(-4.5), row_angle, 24.0, float(rng.uniform(43, 52)), lengths)
    for slot in slots:
        doors, flats, least, most = kinds[slot.length]
        floors = int(rng.integers(least, most + 1))
        plan = _tower_plan(doors, flats, rng)
        shift = 0.5 * (24.0 - float(np.ptp(plan[:, 1]))) * float(rng.uniform(-1, 1))
        at = _world(slot.x, slot.y + shift, row_angle)
        fill.houses.append(House(place(plan, *at, row_angle), "residential", floors, "tower", doors,
                                 doors * flats * floors))  # fmt: skip
    return _estate(fill, ground, name, rng)


def _tower_size(doors: int, flats: int) -> tuple[float, float]:
    """Length and depth of a high house [m]."""
    if doors == 1:
        return {2: (20.0, 15.0), 3: (24.0, 18.0), 4: (28.0, 20.0), 5: (31.0, 22.0)}[flats]
    return ({1: 10.0, 2: 17.0, 3: 20.0}[flats] if doors == 2 else 14.0) * doors, 15.5


def _tower_plan(doors: int, flats: int, rng: np.random.Generator) -> shapes.Outline:
    length, depth = _tower_size(doors, flats)
    if doors > 1:
        return shapes.twin(length, depth, doors)
    return shapes.aitch(length, depth) if rng.random() < 0.6 else shapes.tee(length, depth)


def _pond(middle: Point, radius: float, rng: np.random.Generator) -> Polygon:
    turn = np.linspace(0, 2 * math.pi, 22, endpoint=False)
    size = radius * (1 + 0.22 * np.cos(2 * turn + rng.uniform(0, 6)) + 0.13 * np.cos(3 * turn))
    return Polygon(
        np.column_stack([middle.x + 1.25 * size * np.cos(turn), middle.y + size * np.sin(turn)])
    )


def villas(
    ground: Polygon, face: Polygon, angle: float, rng: np.random.Generator, name: str
) -> Fill:  # fmt: skip
    """Terraces and single houses of two or three storeys in gardens, lanes that end."""
    fill = Fill()
    row_angle = southern(angle, rng)
    terraced = rng.random() < 0.5
    pitch = float(rng.uniform(21, 25))
    yard = ground.buffer(-6.0, join_style="mitre")
    yard = _largest(yard, ground)

    def lengths() -> tuple[float, float]:
        if terraced:
            return 7.2 * int(rng.integers(3, 7)), float(rng.uniform(5, 8))
        return float(rng.uniform(10.5, 13.5)), float(rng.uniform(4.5, 8))

    slots = rows(yard, row_angle, 11.0, pitch, lengths, spine=9.0)
    for slot in slots:
        units = max(1, round(slot.length / 7.2)) if terraced else int(rng.choice([1, 1, 2]))
        plan = shapes.bar(slot.length, 10.6) if terraced else shapes.ell(slot.length, 10.8, 0.6)
        house = place(plan, *_world(slot.x, slot.y, row_angle), row_angle)
        floors = int(rng.choice([2, 3, 3]))
        fill.houses.append(House(house, "residential", floors, "villa", units, units))
    fill.roads += _spine(yard, face, row_angle, sorted({slot.y for slot in slots}), pitch)
    return _estate(fill, ground, name, rng)


def old_town(ground: Polygon, face: Polygon, rng: np.random.Generator, name: str) -> Fill:
    """Narrow lanes and small uneven houses, courts here and there, shops in front."""
    del face
    fill = Fill()
    lanes: list[LineString] = []
    pieces = lots(ground.buffer(-1.0), 185.0, rng, lane_m=3.2, lane_above_m2=1700.0, lanes=lanes)
    for piece in pieces:
        house = piece.buffer(-float(rng.uniform(0.35, 0.8)), join_style="mitre")
        if house.geom_type != "Polygon" or house.area < 28 or rng.random() < 0.05:
            continue
        house = _court(house, rng)
        floors = int(rng.choice([1, 2, 2, 2, 3]))
        front = ground.exterior.distance(house) < 3.0 and rng.random() < 0.5
        use = "mixed" if front and floors > 1 else "commercial" if front else "residential"
        dwellings = 0 if use == "commercial" else max(1, round(house.area * floors / 105))
        fill.houses.append(House(house.simplify(0.15), use, floors, "old", 1, dwellings))
    fill.roads += [(line, "living_street") for line in lanes]
    fill.tidy(ground)
    fill.land.append(Land(ground, "0701", name))
    return fill


def _court(house: Polygon, rng: np.random.Generator) -> Polygon:
    """A large house keeps a court open, at one side."""
    if house.area < 190 or rng.random() < 0.35:
        return house
    edge = house.exterior.interpolate(float(rng.random()), normalized=True)
    rest = house.difference(edge.buffer(math.sqrt(house.area) * 0.36, quad_segs=1))
    parts = [part for part in shapely.get_parts(rest) if part.geom_type == "Polygon"]
    best = max(parts, key=lambda part: float(part.area), default=house)
    return best if best.area > 0.55 * house.area else house


def mixed(
    ground: Polygon, face: Polygon, angle: float, rng: np.random.Generator, name: str
) -> Fill:  # fmt: skip
    """Shop houses round the block (shops below, flats above), short slabs and small houses inside."""
    fill = Fill()
    strips = frontage(
        ground,
        1.5,
        11.5,
        lambda: (float(rng.choice([8, 12, 16, 24, 32])), float(rng.choice([1.2, 1.2, 5.0]))),
        8,
    )
    for strip in strips:
        length = strip.area / 11.5
        floors = int(rng.choice([3, 3, 4, 4, 5]))
        dwellings = max(1, round(length / 8.0) * (floors - 1))
        fill.houses.append(
            House(strip, "mixed", floors, "shophouse", max(1, round(length / 16)), dwellings)
        )
    inner = ground.buffer(-20.0, join_style="mitre")
    parts = [part for part in shapely.get_parts(inner) if part.area > 1200]
    row_angle = southern(angle, rng)
    for part in parts:
        pitch = float(rng.uniform(23, 27))
        slots = rows(part, row_angle, 11.5, pitch,
                     lambda: (float(rng.choice([15.0, 30.0, 45.0])), float(rng.uniform(5, 9))), spine=8.0)  # fmt: skip
        for slot in slots:
            doors = round(slot.length / 15)
            floors = int(rng.choice([4, 5, 6]))
            house = place(
                shapes.slab(slot.length, 11.2, doors), *_world(slot.x, slot.y, row_angle), row_angle
            )
            fill.houses.append(
                House(house, "residential", floors, "slab", doors, doors * floors * 2)
            )
        ys = sorted({slot.y for slot in slots})
        fill.roads += _spine(part, face, row_angle, ys, pitch)
        fill.houses += _sheds(part, row_angle, ys, 11.5, pitch, rng)
    fill.tidy(ground)
    fill.estates.append((ground, name))
    for house in fill.houses:
        house.estate = 0
    fill.land.append(Land(ground, "0701", name))
    return fill
