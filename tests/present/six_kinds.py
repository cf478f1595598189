"""Six made-up places, each of a kind a census meets, as the tables of a plan with two EAs or three."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, box

from census_gis.tables import conform

CRS, X0, Y0, CODE = "EPSG:4549", 500_000.0, 3_400_000.0, "310118001003"


def _part(ea, number, shape, floors=2, **more):
    """A dwelling part; `more` says what of a building it is."""
    building = more.pop("building", f"{ea}-{number}")
    return {
        "part_id": f"{building}-{more.get('unit', 0)}-{more.get('floor_lo', 1)}", "building_id": building,
        "ea_code": CODE + ea, "district_code": CODE, "building_number": number, "number_label": f"{number:03d}",
        "unit": 0, "floor_lo": 1, "floor_hi": floors, "doors": 1, "floors": floors, "dwellings": 2 * floors,
        "persons": 6 * floors, "households": 2 * floors, "use": "residential", "name": None,
        "address": f"青石巷{number}号", "geometry": shape, **more,
    }  # fmt: skip


def _block(rng, ea, area, columns, rows, fill, floors=(1, 2)):
    """Houses on a grid that is not quite one, numbered from the north-west."""
    west, south, east, north = area
    dx, dy = (east - west) / columns, (north - south) / rows
    found = []
    for n in range(columns * rows):
        row, column = divmod(n, columns)
        w, h = dx * rng.uniform(*fill) / 2, dy * rng.uniform(*fill) / 2
        x = west + (column + 0.5) * dx + rng.uniform(-0.05, 0.05) * dx
        y = north - (row + 0.5) * dy + rng.uniform(-0.05, 0.05) * dy
        found.append(_part(ea, n + 1, box(x - w, y - h, x + w, y + h), int(rng.choice(floors))))
    return found


def old_town(rng):
    """Dense courtyards between narrow lanes."""
    areas = {"001": box(0, 0, 110, 90), "002": box(110, 0, 200, 90)}
    parts = _block(rng, "001", (3, 48, 107, 88), 8, 3, (0.8, 0.97))
    more = _block(rng, "001", (3, 3, 107, 41), 7, 3, (0.8, 0.97))
    parts += [{**p, **_renumbered(p, 24)} for p in more]
    parts += _block(rng, "002", (114, 3, 196, 87), 6, 6, (0.8, 0.97))
    lines = [("roads", "residential", "青石巷", [(-40, 44.5), (240, 44.5)]),
             ("roads", "secondary", "南门大街", [(110, -60), (110, 160)])]  # fmt: skip
    return areas, {}, parts, lines, [], [("place_of_worship", "文庙", (55, 44))]


def _renumbered(part, by):
    number = part["building_number"] + by
    building = f"{part['building_id']}-{by}"
    return {"building_number": number, "number_label": f"{number:03d}", "building_id": building,
            "part_id": building, "address": f"青石巷{number}号"}  # fmt: skip


def slab_compound(rng):
    """Slabs in a walled compound; the middle one is cut between two EAs by doors."""
    areas = {"001": box(0, 0, 130, 160), "002": box(130, 0, 260, 160)}
    parts = []
    for ea, west in (("001", 15), ("002", 150)):
        parts += [_part(ea, n + 1, box(west, y, west + 90, y + 13), 6, doors=4)
                  for n, y in enumerate((125, 30))]  # fmt: skip
    parts += [_part(ea, 3, box(x, 78, x + 60, 91), 6, building="cut", unit=door, doors=1)
              for ea, x, door in (("001", 70, 1), ("002", 130, 2))]  # fmt: skip
    lines = [("roads", "primary", "学府路", [(-80, -12), (340, -12)])]
    return areas, {}, parts, lines, [("compounds", None, "绿舟花园", box(4, 4, 256, 156))], []


def tower(rng):
    """A tower whose upper floors are EAs of their own."""
    areas = {"001": box(0, 0, 120, 90)}
    shape = box(45, 30, 75, 52)
    bands = {"001": (1, 10), "002": (11, 20), "003": (21, 30)}
    parts = [_part(ea, 1, shape, 30, building="tower", floor_lo=low, floor_hi=high, unit=0, doors=2,
                   dwellings=40, name="龙湖大厦") for ea, (low, high) in bands.items()]  # fmt: skip
    lines = [("roads", "secondary", "龙湖路", [(-60, 96), (200, 96)])]
    return areas, {"002": shape, "003": shape}, parts, lines, [], []


def village(rng):
    """Farmsteads on both sides of a winding lane, a pond."""
    areas = {"001": box(0, 0, 420, 300), "002": box(420, 0, 640, 300)}
    x = np.linspace(20, 620, 40)
    lane = np.column_stack([x, 150 + 40 * np.sin(x / 90)])
    parts, numbers = [], {"001": 0, "002": 0}
    for n, (px, py) in enumerate(lane):
        ea = "001" if px < 410 else "002"
        if 405 < px < 435:
            continue
        numbers[ea] += 1
        y = py + (22 if n % 2 else -22)
        house = shapely.affinity.rotate(box(px - 7, y - 6, px + 7, y + 6), rng.uniform(-25, 25))
        parts.append(_part(ea, numbers[ea], house, int(rng.choice((1, 2)))))
    lines = [
        ("roads", "tertiary", "杨柳村路", lane),
        ("roads", "track", None, [(200, -60), (220, 340)]),
    ]
    land = [
        ("water", "pond", "荷塘", Point(110, 60).buffer(34)),
        ("landuse", "0101", None, box(240, 200, 400, 295)),
    ]
    return areas, {}, parts, lines, land, [("school", "杨柳小学", (320, 95))]


def farmland(rng):
    """Two kilometres of fields with a single hamlet, which needs a detail map."""
    areas = {"001": box(0, 0, 2600, 1800), "002": box(2600, 0, 3600, 1800)}
    parts = _block(rng, "001", (700, 900, 860, 1010), 5, 4, (0.35, 0.6))
    parts += _block(rng, "002", (2900, 400, 2960, 460), 2, 2, (0.35, 0.6))
    lines = [("roads", "tertiary", "平原公路", [(-300, 860), (3900, 880)]),
             ("waterways", "canal", "东干渠", [(1500, -200), (1520, 2000)])]  # fmt: skip
    land = [("landuse", "0101", None, box(50 + 500 * i, 50, 500 + 500 * i, 820)) for i in range(5)]
    return areas, {}, parts, lines, land, []


def island(rng):
    """An island with a landing stage; the EA beside it is on the shore."""
    shore = box(-300, -200, 700, -60)
    isle = shapely.affinity.scale(Point(180, 150).buffer(1, quad_segs=16), 180, 110)
    areas = {"001": isle, "002": shore}
    parts = _block(rng, "001", (90, 90, 280, 210), 5, 3, (0.35, 0.6))
    parts += _block(rng, "002", (100, -140, 300, -80), 4, 1, (0.4, 0.6))
    lake = shapely.difference(box(-300, -60, 700, 420), isle)
    lines = [("roads", "residential", "环岛路", shapely.get_coordinates(shapely.affinity.scale(isle, 0.8, 0.8).exterior))]  # fmt: skip
    return (
        areas,
        {},
        parts,
        lines,
        [("water", "lake", "月亮湖", lake)],
        [("bus_station", "码头车站", (180, 50))],
    )


KINDS = {
    "old_town": (old_town, "001"), "slab_compound": (slab_compound, "001"), "tower": (tower, "002"),
    "village": (village, "001"), "farmland": (farmland, "001"), "island": (island, "001"),
}  # fmt: skip


def tables_of(kind):
    """The tables of one of `KINDS`."""
    areas, stacked, parts, lines, land, places = KINDS[kind][0](np.random.default_rng(11))
    found = gpd.GeoDataFrame(_moved(parts), geometry="geometry", crs=CRS)
    shapes = {**areas, **stacked}
    district = shapely.union_all(list(areas.values()))
    rows = [_area(ea, shape, ea in stacked, found) for ea, shape in shapes.items()]
    frames = {
        "districts": [{
            "district_code": CODE, "name": "桃源社区居民委员会", "persons": int(found["persons"].sum()),
            "households": int(found["households"].sum()), "ea_count": len(shapes), "state": "draft",
            "geometry": _multi(district),
        }],
        "enumeration_areas": rows, "dwelling_parts": parts, "ea_lines": _shared(areas),
        "context_lines": [{"source": s, "class": c, "name": n, "geometry": LineString(xy)} for s, c, n, xy in lines],
        "context_areas": [{"source": s, "class": c, "name": n, "geometry": g} for s, c, n, g in land],
        "context_points": [{"source": "places", "class": c, "name": n, "geometry": Point(xy)} for c, n, xy in places],
        "outside_buildings": [], "ea_descriptions": [],
        "settings": [{"key": k, "value": v} for k, v in (
            ("project.name", "青龙镇人口普查"), ("project.language", "zh"), ("sheet.secrecy", "内部"))],
        "units": [{"level": "county", "code": "310118", "name": "鹤山县"},
                  {"level": "township", "code": "310118001", "name": "青龙镇"}],
    }  # fmt: skip
    return {name: _conformed(name, rows) for name, rows in frames.items()}


def _conformed(name, rows):
    if not rows:
        from census_gis.tables import empty

        return empty(name, CRS)
    frame = pd.DataFrame(rows if "geometry" not in rows[0] else _moved(rows))
    return conform(frame, name, crs=CRS) if "geometry" in frame else conform(frame, name)


def _moved(rows):
    """From the plan of a place to the ground."""
    return [
        {**row, "geometry": shapely.transform(row["geometry"], lambda xy: xy + np.array((X0, Y0)))}
        for row in rows
    ]


def _multi(shape):
    return MultiPolygon(shapely.get_parts(shape).tolist())


def _area(ea, shape, stacked, parts):
    own = parts.loc[parts["ea_code"] == CODE + ea]
    return {
        "ea_code": CODE + ea, "district_code": CODE, "serial": ea, "name": f"第{ea}普查小区",
        "kind": "stacked" if stacked else "ground", "persons": int(own["persons"].sum()),
        "households": int(own["households"].sum()), "buildings": own["building_id"].nunique(), "area_m2": shape.area,
        "geometry": _multi(shape),
    }  # fmt: skip


def _shared(areas):
    found = []
    codes = sorted(areas)
    for n, left in enumerate(codes):
        for right in codes[n + 1 :]:
            line = shapely.intersection(areas[left], areas[right])
            if line.length > 0:
                found.append({"left_ea": CODE + left, "right_ea": CODE + right, "follows": "road",
                              "length_m": line.length, "geometry": line})  # fmt: skip
    return found
