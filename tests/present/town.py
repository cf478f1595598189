"""A small made-up town as the tables of a plan: streets, a river, houses, towers, a neighbour."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, box

from census_gis.tables import conform

CRS = "EPSG:4549"
X0, Y0 = 500_000.0, 3_400_000.0
CODE, OTHER = "310118001003", "310118001004"


def _move(shape, size):
    """From the plan of the town (0..400 x 0..300) to the ground."""
    sx, sy = size[0] / 400, size[1] / 300
    return shapely.transform(shape, lambda c: c * np.array([sx, sy]) + np.array([X0, Y0]))


def town(size=(400.0, 300.0), per_area=15, language="zh", house=1.0, huddle=1.0, seed=3):
    """Four ground EAs, one stacked one and a virtual one; `per_area` houses in each ground EA.

    `size` [m] stretches the town, `house` scales its footprints, `huddle` < 1 draws the houses of an EA
    together into a hamlet.
    """
    rng = np.random.default_rng(seed)
    zh = language == "zh"
    blocks = {"001": box(0, 150, 200, 300), "002": box(200, 150, 400, 300),
              "003": box(200, 0, 400, 150), "004": box(0, 0, 200, 150)}  # fmt: skip
    parts = []
    for serial, block in blocks.items():
        parts += _houses(serial, block, per_area, size, house, huddle, rng, zh)
    tower = _move(box(330, 156, 362, 166), size)
    parts += _tower(tower, zh)
    parts = gpd.GeoDataFrame(parts, geometry="geometry", crs=CRS)
    areas = _areas(blocks, parts, size, tower, zh)
    district = _move(box(0, 0, 400, 300), size)
    other = _move(box(400, 0, 600, 300), size)
    districts = pd.DataFrame({
        "district_code": [CODE, OTHER], "name": ["桃源社区居民委员会", "东风村民委员会"] if zh else ["Peach Spring", "East Wind"],
        "persons": [int(parts["persons"].sum()) + 40, 260], "persons_given": [None, None], "households": [500, 90],
        "ea_count": [6, 1], "state": ["draft", "draft"],
        "geometry": [MultiPolygon([district]), MultiPolygon([other])],
    })  # fmt: skip
    names = (
        ["人民路", "中山北路", "滨河小路", "青龙河"]
        if zh
        else ["People's Road", "North Hill Road", "Bank Lane", "Dragon River"]
    )
    lines = pd.DataFrame({
        "source": ["roads", "roads", "roads", "roads", "waterways", "railways"],
        "class": ["primary", "secondary", "footway", "residential", "river", "rail"],
        "name": [names[0], names[1], names[2], None, names[3], None],
        "geometry": [_move(g, size) for g in (
            LineString([(-150, 150), (550, 150)]), LineString([(200, -100), (200, 420)]),
            LineString([(-100, 14), (500, 20)]), LineString([(400, -100), (400, 420)]),
            LineString([(-150, -30), (550, -40)]), LineString([(-150, 340), (550, 350)]))],
    })  # fmt: skip
    land = pd.DataFrame({
        "source": ["water", "landuse", "landuse"], "class": ["pond", "park", "0101"],
        "name": ["月亮湖" if zh else "Moon Lake", None, None],
        "geometry": [_move(g, size) for g in (Point(350, 60).buffer(28), box(0, 250, 60, 300), box(-150, 200, -20, 330))],
    })  # fmt: skip
    points = pd.DataFrame({
        "source": ["places"] * 3, "class": ["school", "townhall", "clinic"],
        "name": ["第一小学", "桃源居委会", "卫生站"] if zh else ["First School", "Committee", "Clinic"],
        "geometry": [_move(g, size) for g in (Point(60, 140), Point(300, 162), Point(-40, 60))],
    })  # fmt: skip
    outside = pd.DataFrame({
        "source": ["buildings"] * 6, "class": ["residential"] * 6, "name": [None] * 6,
        "building_id": [f"x{n}" for n in range(6)],
        "geometry": [_move(box(420 + 30 * n, 100 + 20 * (n % 3), 438 + 30 * n, 112 + 20 * (n % 3)), size) for n in range(6)],
    })  # fmt: skip
    words = pd.DataFrame([{
        "ea_code": code, "east_zh": "东至中山北路", "south_zh": "南至人民路", "west_zh": "西至青龙河支流，沿河岸至桥头",
        "north_zh": "北至铁路南侧围墙", "east_en": "to North Hill Road", "south_en": "to People's Road",
        "west_en": "to the branch of Dragon River, along its bank to the bridge", "north_en": "to the wall south of the railway",
    } for code in areas["ea_code"]])  # fmt: skip
    settings = pd.DataFrame([
        ("project.name", "青龙镇人口普查" if zh else "Green Dragon census"), ("project.language", language),
        ("sheet.margin_mm", "15.0"), ("sheet.binding_mm", "35.0"), ("sheet.secrecy", "内部" if zh else "RESTRICTED"),
        ("sheet.paper", "A4"),
    ], columns=["key", "value"])  # fmt: skip
    units = pd.DataFrame({"level": ["county", "township"], "code": ["310118", "310118001"],
                          "name": ["鹤山县", "青龙镇"] if zh else ["Crane Hill County", "Green Dragon Town"]})  # fmt: skip
    frames = {
        "districts": districts, "enumeration_areas": areas, "dwelling_parts": parts, "ea_lines": _lines(areas),
        "context_lines": lines, "context_areas": land, "context_points": points, "outside_buildings": outside,
        "ea_descriptions": words, "settings": settings, "units": units,
    }  # fmt: skip
    return {name: conform(frame, name, crs=CRS) if "geometry" in frame else conform(frame, name)
            for name, frame in frames.items()}  # fmt: skip


def _houses(serial, block, count, size, house, huddle, rng, zh):
    west, south, east, north = block.bounds
    columns = int(np.ceil(np.sqrt(count * 1.4)))
    rows = -(-count // columns)
    step_x, step_y = (east - west - 40) / columns, (north - south - 44) / rows
    found = []
    for n in range(count):
        row, column = divmod(n, columns)
        x, y = west + 20 + (column + 0.5) * step_x, north - 20 - (row + 0.5) * step_y
        centre = shapely.centroid(block)
        x, y = centre.x + (x - centre.x) * huddle, centre.y + (y - centre.y) * huddle
        w, h = step_x * huddle * rng.uniform(0.25, 0.4), step_y * huddle * rng.uniform(0.2, 0.36)
        w, h = w * house, h * house
        floors = int(rng.choice([1, 2, 6]))
        uses = ["residential"] * 5 + ["commercial"]
        found.append({
            "part_id": f"{serial}-{n}", "building_id": f"b{serial}-{n}", "ea_code": CODE + serial, "district_code": CODE,
            "building_number": n + 1, "number_label": f"{n + 1:03d}", "unit": 0, "floor_lo": 1, "floor_hi": floors,
            "doors": 1, "floors": floors, "dwellings": floors * 2 if floors > 1 else 1, "persons": 4 + n, "households": 2,
            "use": uses[n % 6], "name": None, "address": f"人民路{n + 1}号" if zh else f"{n + 1} People's Road",
            "geometry": _move(box(x - w, y - h, x + w, y + h), size),
        })  # fmt: skip
    return found


def _tower(shape, zh):
    west, south, east, north = shape.bounds
    middle = (west + east) / 2
    slices = {1: box(west, south, middle, north), 2: box(middle, south, east, north)}
    return [
        {
            "part_id": f"t-{door}-{low}", "building_id": "tower", "ea_code": CODE + ("002" if low == 1 else "005"),
            "district_code": CODE, "building_number": 99 if low == 1 else 1, "number_label": "099" if low == 1 else "001",
            "unit": door, "floor_lo": low, "floor_hi": high, "doors": 1, "floors": 24, "dwellings": 40, "persons": 110,
            "households": 40, "use": "residential", "name": "龙湖大厦" if zh else "Lake Tower", "address": None,
            "geometry": slices[door],
        }
        for door in (1, 2) for low, high in ((1, 10), (11, 24))
    ]  # fmt: skip


def _areas(blocks, parts, size, tower, zh):
    rows = []
    shapes = {serial: MultiPolygon([_move(block, size)]) for serial, block in blocks.items()}
    shapes["005"] = MultiPolygon([tower])
    for serial, shape in [*shapes.items(), ("900", None)]:
        own = parts.loc[parts["ea_code"] == CODE + serial]
        rows.append({
            "ea_code": CODE + serial, "district_code": CODE, "serial": serial,
            "name": (f"第{serial}普查小区" if zh else f"Enumeration area {int(serial)}"),
            "kind": "virtual" if shape is None else "stacked" if serial == "005" else "ground",
            "persons": 40 if shape is None else int(own["persons"].sum()), "households": int(own["households"].sum()),
            "buildings": own["building_id"].nunique(), "area_m2": 0.0 if shape is None else shape.area, "geometry": shape,
        })  # fmt: skip
    rows.append({
        "ea_code": OTHER + "001", "district_code": OTHER, "serial": "001", "name": None, "kind": "ground", "persons": 260,
        "households": 90, "buildings": 0, "area_m2": 1.0, "geometry": MultiPolygon([_move(box(400, 0, 600, 300), size)]),
    })  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)


def _lines(areas):
    ground = areas.loc[areas["kind"] == "ground"].reset_index(drop=True)
    rows = []
    for i in range(len(ground)):
        for j in range(i + 1, len(ground)):
            shared = shapely.intersection(ground.geometry[i], ground.geometry[j])
            if shared.length > 0 and shared.area == 0:
                across = ground["district_code"][i] != ground["district_code"][j]
                rows.append({"left_ea": ground["ea_code"][i], "right_ea": ground["ea_code"][j],
                             "follows": "district" if across else "road", "length_m": shared.length,
                             "geometry": shapely.line_merge(shared)})  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=areas.crs)
