"""Where people do not live, or live together: schools, hospital, works, shops, parks, sites."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import Point, Polygon

from census_gis.synthetic import shapes
from census_gis.synthetic.fill import Fill, House, Land, to_street
from census_gis.synthetic.lay import frontage, place, rows, southern, turned

__all__ = ["factory", "hospital", "market", "offices", "park", "school", "vacant", "warehouses"]


def _finish(fill: Fill, ground: Polygon, dlbm: str, name: str, kind: str) -> Fill:
    fill.tidy(ground)
    taken = shapely.union_all([land.shape for land in fill.land])
    rest = shapely.difference(ground, taken)
    fill.land += [Land(part, dlbm, name) for part in shapely.get_parts(rest) if part.area > 20]
    for house in fill.houses:
        house.name = house.name or name
    point = ground.representative_point()
    fill.places.append((Point(round(point.x, 1), round(point.y, 1)), kind, name))
    return fill


def _rows(
    ground: Polygon, angle: float, depth: float, pitch: float, size: tuple[float, float, float]
) -> list[Polygon]:
    """Equal bars in rows: `size` is length, gap [m] and how much to leave at the edge [m]."""
    inner = ground.buffer(-size[2], join_style="mitre")
    parts = [part for part in shapely.get_parts(inner) if part.area > 600]
    done = []
    for part in parts:
        for slot in rows(part, angle, depth, pitch, lambda: (size[0], size[1])):
            at = turned(np.array([[slot.x, slot.y]]), angle)[0]
            done.append(place(shapes.bar(slot.length, depth), at[0], at[1], angle))
    return done


def _track(ground: Polygon, angle: float) -> Polygon | None:
    """A running track of 100 m x 60 m or smaller at one side of the ground, if it fits."""
    for scale in (1.0, 0.8, 0.62):
        middle = ground.centroid
        line = turned(np.array([[-32.0 * scale, 0], [32.0 * scale, 0]]), angle)
        for dx, dy in ((45, 0), (-45, 0), (0, 35), (0, -35), (30, 0), (-30, 0), (0, 0)):
            moved = line + np.array([middle.x + dx, middle.y + dy])
            oval = shapely.linestrings(moved).buffer(29.0 * scale)
            if ground.contains(oval):
                return oval
    return None


def school(
    ground: Polygon, face: Polygon, angle: float, rng: np.random.Generator, name: str, boarders: int
) -> Fill:  # fmt: skip
    """Teaching wings, a hall and a sports ground; `boarders` sleep in one or two dormitories."""
    fill = Fill()
    turn = southern(angle, rng)
    oval = _track(ground.buffer(-5), turn)
    rest = ground if oval is None else ground.difference(oval.buffer(7))
    rest = max(shapely.get_parts(rest), key=lambda part: float(part.area))
    bars = _rows(rest, turn, 13.0, 29.0, (52.0, 12.0, 6.0)) or _rows(
        rest, turn, 11.0, 22.0, (30.0, 8.0, 4.0)
    )
    beds = [boarders] if boarders <= 330 else [boarders // 2, boarders - boarders // 2]
    for index, shape in enumerate(bars[: 5 + len(beds)]):
        if boarders and index < len(beds):
            fill.houses.append(House(shape, "group_quarters", 6, "dormitory", 2, None, beds[index],
                                     f"{name}{'一二'[index]}号学生宿舍"))  # fmt: skip
        else:
            fill.houses.append(House(shape, "public", int(rng.integers(3, 6)), "public"))
    gate = to_street(rest.representative_point(), face)
    if gate is not None:
        fill.houses.append(
            House(place(shapes.bar(5, 4), *_near(gate, ground), turn), "other", 1, "shed")
        )
    if oval is not None:
        fill.land.append(Land(oval, "08H2", "操场"))
    return _finish(fill, ground, "08H2", name, "school")


def _near(gate: shapely.LineString, ground: Polygon) -> tuple[float, float]:
    spot = gate.intersection(ground.buffer(-6))
    at = spot.interpolate(1.0, normalized=True) if spot.length > 0 else ground.centroid
    return float(at.x), float(at.y)


def hospital(ground: Polygon, angle: float, rng: np.random.Generator, name: str) -> Fill:
    """A ward block, an outpatient hall and two wings."""
    fill = Fill()
    turn = southern(angle, rng)
    middle = ground.centroid
    for plan, dx, dy, floors in (
        (shapes.aitch(74, 46), 0, 22, 16), (shapes.bar(80, 30), 0, -30, 4),
        (shapes.bar(16, 56), -62, 0, 6), (shapes.bar(16, 56), 62, 0, 6),
        (shapes.bar(30, 14), -20, 62, 3), (shapes.bar(22, 12), 30, 62, 2),
    ):  # fmt: skip
        at = turned(np.array([[dx, dy]], dtype=float), turn)[0]
        house = place(plan, middle.x + at[0], middle.y + at[1], turn)
        fill.houses.append(House(house, "public", floors, "public"))
    return _finish(fill, ground, "08H2", name, "hospital")


def factory(
    ground: Polygon, angle: float, rng: np.random.Generator, name: str, workers: int
) -> Fill:
    """Sheds in rows, an office in front; `workers` sleep in a dormitory."""
    fill = Fill()
    if workers:
        fronts = frontage(ground, 6.0, 13.0, lambda: (46.0, 30.0), 2)
        if fronts:
            fill.houses.append(House(fronts[0], "group_quarters", 4, "dormitory", 2, None, workers,
                                     f"{name}职工宿舍"))  # fmt: skip
    offices = frontage(ground, 5.0, 14.0, lambda: (float(rng.uniform(24, 38)), 25.0), 1)[:1]
    fill.houses += [House(one, "industrial", int(rng.integers(3, 5)), "works") for one in offices]
    depth = float(rng.uniform(24, 40))
    for shape in _rows(ground, angle, depth, depth + 13, (float(rng.uniform(48, 90)), 11.0, 9.0)):
        fill.houses.append(House(shape, "industrial", int(rng.choice([1, 1, 2, 3])), "works"))
    return _finish(fill, ground, "0601", name, "factory")


def warehouses(ground: Polygon, angle: float, rng: np.random.Generator, name: str) -> Fill:
    """Long sheds with yards for lorries."""
    fill = Fill()
    for shape in _rows(ground, angle, 34.0, 66.0, (float(rng.uniform(90, 130)), 20.0, 12.0)):
        fill.houses.append(House(shape, "industrial", 1, "works"))
    fill.houses += [House(one, "industrial", 3, "works")
                    for one in frontage(ground, 4.0, 10.0, lambda: (22.0, 40.0), 1)[:1]]  # fmt: skip
    return _finish(fill, ground, "0508", name, "warehouse")


def market(ground: Polygon, rng: np.random.Generator, name: str) -> Fill:
    """A shopping centre that fills its block, a square before it."""
    fill = Fill()
    hall = ground.buffer(-20, join_style="mitre").buffer(-6).buffer(6)
    hall = max(shapely.get_parts(hall), key=lambda part: float(part.area))
    if hall.area > 14_000:
        hall = hall.intersection(Point(hall.centroid).buffer(72))
    fill.houses.append(House(hall.simplify(1.0), "commercial", int(rng.integers(4, 7)), "hall"))
    return _finish(fill, ground, "05H1", name, "mall")


def offices(ground: Polygon, angle: float, rng: np.random.Generator, name: str) -> Fill:
    """Office houses with a little tower."""
    fill = Fill()
    for shape in _rows(ground, southern(angle, rng), 20.0, 48.0, (34.0, 24.0, 12.0))[:8]:
        fill.houses.append(House(shape, "commercial", int(rng.integers(5, 17)), "office"))
    return _finish(fill, ground, "08H1", name, "office")


def park(ground: Polygon, rng: np.random.Generator, name: str) -> Fill:
    """A lake if there is room, paths through the green, a tea house."""
    fill = Fill()
    if ground.area > 24_000 or (ground.area > 11_000 and rng.random() < 0.25):
        core = ground.buffer(-26).simplify(6.0)
        core = max(shapely.get_parts(core), key=lambda part: float(part.area), default=Polygon())
        if core.area > 2_000:
            points = shapely.get_coordinates(core.exterior.segmentize(45))[:-1]
            middle = np.array([core.centroid.x, core.centroid.y])
            points = middle + (points - middle) * rng.uniform(0.62, 1.0, (len(points), 1))
            shore = Polygon(points).buffer(0).buffer(-7).buffer(14).buffer(-7)
            shore = max(shapely.get_parts(shore), key=lambda part: float(part.area), default=core)
            if ground.buffer(-8).contains(shore):
                fill.water.append(shore.simplify(0.3))
    dry = ground.buffer(-9).difference(shapely.union_all(fill.water).buffer(9))
    at = dry.representative_point()
    if not at.is_empty:
        fill.houses.append(House(place(shapes.bar(14, 9), at.x, at.y, 0.2), "public", 1, "public"))
    return _finish(fill, ground, "0810", name, "park")


def vacant(ground: Polygon, rng: np.random.Generator) -> Fill:
    """Ground waiting to be built on, some with site huts."""
    fill = Fill()
    if rng.random() < 0.5:
        for shape in _rows(ground, 0.0, 5.0, 9.0, (16.0, 3.0, 8.0))[:3]:
            fill.houses.append(House(shape, "other", 2, "shed"))
    fill.tidy(ground)
    fill.land.append(Land(ground, "0404"))
    return fill
