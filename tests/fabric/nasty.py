"""Random and nasty districts: overlaps, doubles, 2 cm parallels, holes, exclaves, any rotation, far offsets."""

import numpy as np
import shapely
from shapely.affinity import rotate

from census_gis.model import LAND, OTHER, RAIL, ROAD, WATER


def objects(geometries):
    """An object array of geometries, whatever their number."""
    out = np.empty(len(geometries), object)
    out[:] = geometries
    return out


def district(seed, most=120):
    """Boundary, footprints, barriers and kinds of one random district."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(100, 500)
    footprints = _houses(rng, int(rng.integers(0, most)), size, messy=bool(seed % 2))
    barriers, kinds = _barriers(rng, size)
    boundary = _boundary(rng, size)
    angle, offset = rng.uniform(0, 360), rng.choice([0, 4.4e6])

    def moved(geometry):
        turned = rotate(geometry, angle, origin=(size / 2, size / 2))
        return shapely.transform(turned, lambda xy: np.add(xy, [offset, offset / 7]))

    return (
        moved(boundary),
        objects([moved(one) for one in footprints]),
        objects([moved(one) for one in barriers]),
        kinds,
    )


def _houses(rng, n, size, *, messy):
    houses = []
    for x, y in rng.uniform(0, size, (n, 2)):
        w, h = rng.uniform(3, 30, 2)
        house = rotate(shapely.box(x, y, x + w, y + h), rng.choice([0, rng.uniform(0, 90)]))
        kind = rng.integers(10)
        if kind == 0:
            house = house.difference(shapely.box(x + w / 3, y + h / 3, x + w / 2, y + h / 2))
        if kind == 1:
            house = house.union(shapely.box(x + w, y, x + w + 5, y + 2 * h))
        houses.append(house)
        if messy and kind == 2:
            houses.append(house)
        if messy and kind == 3:
            houses.append(shapely.transform(house, lambda xy: xy + rng.uniform(-0.03, 0.03, 2)))
    if messy:
        houses += [shapely.box(x, y, x + 8, y + 12) for x in range(0, 80, 8) for y in (50, 62)]
    houses = shapely.make_valid(objects(houses))
    return houses[np.isin(shapely.get_type_id(houses), (3, 6)) & (shapely.area(houses) > 4)]


def _barriers(rng, size):
    lines = [
        shapely.LineString(rng.uniform(-50, size + 50, (rng.integers(2, 6), 2))) for _ in range(8)
    ]
    street = shapely.LineString([(-9, size / 3), (size + 9, size / 3 + rng.uniform(-3, 3))])
    lines += [street, *(shapely.offset_curve(street, away) for away in (0.02, 4, 12))]
    ponds = [shapely.Point(rng.uniform(0, size, 2)).buffer(rng.uniform(10, 60)) for _ in range(2)]
    corners = rng.uniform(0, size, (4, 2))
    parcels = [shapely.box(x, y, x + 150, y + 90) for x, y in corners]
    kinds = [*rng.choice([ROAD, RAIL, WATER, OTHER], len(lines)), WATER, WATER, *[LAND] * 4]
    return [*lines, *ponds, *parcels], np.array(kinds, np.uint8)


def _boundary(rng, size):
    shape = rng.integers(4)
    if shape == 0:
        return shapely.box(0, 0, size, size)
    angle, radius = np.sort(rng.uniform(0, 2 * np.pi, 30)), rng.uniform(0.25, 0.6, 30) * size
    xy = size / 2 + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    polygon = shapely.make_valid(shapely.Polygon(xy))
    middle = shapely.Point(size / 2, size / 2)
    if shape == 2:
        polygon = polygon.difference(middle.buffer(size / 10))
    if shape == 3:
        polygon = polygon.union(shapely.box(1.5 * size, 0, 1.6 * size, 40))
    return polygon
