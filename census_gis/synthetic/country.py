"""Villages: hamlets along lanes and canals, and the fields around them."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.ops import substring

from census_gis.synthetic import shapes
from census_gis.synthetic.fill import Fill, House, Land, clip
from census_gis.synthetic.lay import lots, place, rows, southern, turned

__all__ = ["farmland", "hamlet", "hamlet_ground"]

FLOORS = (1, 2, 2, 2, 3)

FIELDS = (("0101", 0.50), ("0102", 0.12), ("0103", 0.10), ("0201", 0.06), ("0204", 0.04),
          ("1104", 0.09), ("0301", 0.05), ("0404", 0.04))  # fmt: skip


def hamlet_ground(ground: Polygon, rng: np.random.Generator) -> Polygon | None:
    """A stretch along the edge of a block, where a lane or a canal passes."""
    edge = ground.exterior
    length = float(rng.uniform(150, 330))
    start = float(rng.uniform(0, max(1.0, edge.length - length)))
    ribbon = substring(edge, start, start + length).buffer(float(rng.uniform(48, 80)), quad_segs=4)
    inside = ribbon.intersection(ground.buffer(-2.5))
    parts = [part for part in shapely.get_parts(inside) if part.geom_type == "Polygon"]
    best = max(parts, key=lambda part: float(part.area), default=None)
    return best if best is not None and best.area > 5_000 else None


def hamlet(
    ground: Polygon, angle: float, rng: np.random.Generator, name: str, rural: tuple[int, ...]
) -> Fill:  # fmt: skip
    """Houses of two or three storeys in loose rows, each a little turned, sheds beside them.

    `rural` are numbers of dwellings, one of which each house has.
    """
    fill = Fill()
    row_angle = southern(angle, rng)
    pitch = float(rng.uniform(19, 24))
    slots = rows(ground.buffer(-2.0), row_angle, 12.5, pitch,
                 lambda: (float(rng.uniform(9.5, 13.5)), float(rng.uniform(2.2, 5.5))))  # fmt: skip
    c, s = math.cos(row_angle), math.sin(row_angle)
    for slot in slots:
        if rng.random() < 0.10:
            continue
        shift = rng.uniform(-0.9, 0.9, 2).tolist()
        x, y = slot.x + 0.4 * shift[0], slot.y + shift[1]
        depth = float(rng.uniform(8.5, 11.5))
        plan = (
            shapes.ell(slot.length - 0.6, depth, 0.62)
            if rng.random() < 0.3
            else shapes.bar(slot.length - 0.6, depth)
        )
        house = place(plan, c * x - s * y, s * x + c * y, row_angle + rng.normal(0, 0.03))
        dwellings = rural[int(rng.integers(len(rural)))]
        floors = FLOORS[int(rng.integers(len(FLOORS)))]
        fill.houses.append(House(house, "residential", floors, "rural", 1, dwellings))
        if rng.random() < 0.16:
            x, y = slot.x + rng.uniform(-3, 3), slot.y + depth / 2 + 4.2
            size = shapes.bar(float(rng.uniform(3.5, 6)), float(rng.uniform(2.6, 3.6)))
            fill.houses.append(
                House(place(size, c * x - s * y, s * x + c * y, row_angle), "other", 1, "shed")
            )
    ys = sorted({slot.y for slot in slots})
    points = turned(shapely.get_coordinates(ground.exterior), -row_angle)
    left, right = float(points[:, 0].min()), float(points[:, 0].max())
    lanes = [LineString(turned(np.array([(left - 20, y - pitch / 2 - 0.6), (right + 20, y - pitch / 2 - 0.6)]), row_angle))
             for y in ys[1::2]]  # fmt: skip
    fill.roads += [(line, "living_street") for line in clip(lanes, ground.buffer(3.0), 30.0)]
    fill.tidy(ground)
    fill.land.append(Land(ground, "0702", name))
    return fill


def farmland(ground: Polygon, rng: np.random.Generator) -> Fill:
    """Fields, ponds, orchards, and tracks between the larger ones."""
    fill = Fill()
    lanes: list[LineString] = []
    names = [name for name, _ in FIELDS]
    upto = np.cumsum([part for _, part in FIELDS])
    for piece in lots(ground, 7_500.0, rng, lane_m=4.0, lane_above_m2=70_000.0, lanes=lanes):
        if piece.area < 60:
            continue
        dlbm = names[int(np.searchsorted(upto, rng.random() * upto[-1], side="right"))]
        fill.land.append(Land(piece, dlbm))
        if dlbm == "1104":
            pond = piece.buffer(-6).buffer(3)
            fill.water += [part for part in shapely.get_parts(pond) if part.area > 300]
    fill.roads += [(line, "track") for line in lanes]
    return fill
