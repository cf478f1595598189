"""Two square districts side by side, two EAs each, as a plan that keeps every law."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import pandas as pd
import shapely

from census_gis.profile import load_profile
from census_gis.store.geopackage import write_plan
from census_gis.store.log import Entry
from census_gis.tables import conform, names

CRS = "EPSG:4549"
CODES = ("310118001001", "310118001002")
AT = 400_000.0


def square(x: float, y: float, size: float = 100.0) -> shapely.Polygon:
    return shapely.box(AT + x, AT + y, AT + x + size, AT + y + size)


def _solid(shape):
    return shapely.multipolygons([shape])


def _settings() -> pd.DataFrame:
    facts = {"project.name": "小镇", "project.language": "zh", "project.profile": "cn2020",
             "project.seed": "7", "staffing.supervisors_total": ""}  # fmt: skip
    rows = [(key, value, "-", "test") for key, value in facts.items()]
    rows += [(k, str(r.value), r.unit, r.source) for k, r in load_profile("cn2020").rules.items()]
    return pd.DataFrame(sorted(rows), columns=names("settings"))


def tables() -> dict[str, pd.DataFrame]:
    """Layers of the plan; EA n of a district lies north of EA n + 1."""
    areas, parts, lines = [], [], []
    for d, code in enumerate(CODES):
        for n, y in ((1, 100), (2, 0)):
            ea = f"{code}{n:03d}"
            areas.append({
                "ea_code": ea, "district_code": code, "serial": f"{n:03d}", "name": f"第{n}普查小区",
                "kind": "ground", "persons": 300, "households": None, "buildings": 2, "area_m2": 10_000.0,
                "remark": None, "geometry": _solid(square(100 * d, y)),
            })  # fmt: skip
            for b in (1, 2):
                key = f"{ea}-{b}"
                parts.append({
                    "part_id": key, "building_id": key, "ea_code": ea, "district_code": code,
                    "building_number": b, "number_label": str(b), "unit": 0, "persons": 150, "use": "residential",
                    "name": f"{b}号楼", "geometry": _solid(square(100 * d + 30 * b, y + 40, 20)),
                })  # fmt: skip
        x, first, second = AT + 100 * d, f"{code}001", f"{code}002"
        lines.append(_line(first, second, "road", [(x, AT + 100), (x + 100, AT + 100)]))
        for ea, y in ((first, AT + 100), (second, AT)):
            end = y + 100 if ea == first else y
            ring = [(x, AT + 100), (x, end), (x + 100, end), (x + 100, AT + 100)]
            lines.append(_line(ea, None, "district", ring))
    districts = [
        {"district_code": code, "name": f"{'东西'[1 - d]}村居民委员会", "persons": 600, "persons_given": 600,
         "ea_count": 2, "state": "draft",
         "geometry": _solid(shapely.box(AT + 100 * d, AT, AT + 100 * d + 100, AT + 200))}
        for d, code in enumerate(CODES)
    ]  # fmt: skip
    made = {
        "districts": districts,
        "enumeration_areas": areas,
        "dwelling_parts": parts,
        "ea_lines": lines,
    }
    return {
        **{name: conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), name)
           for name, rows in made.items()},
        "settings": _settings(),
    }  # fmt: skip


def _line(left, right, follows, points):
    shape = shapely.linestrings(points)
    return {"left_ea": left, "right_ea": right, "follows": follows, "length_m": shape.length,
            "geometry": shapely.multilinestrings([shape])}  # fmt: skip


@cache
def _ready() -> bytes:
    with TemporaryDirectory() as folder:
        return _written(Path(folder), {}).read_bytes()


def write(folder: Path, **changed: pd.DataFrame) -> Path:
    """plan.gpkg of these layers, some of them changed."""
    if changed:
        return _written(folder, changed)
    path = folder / "plan.gpkg"
    path.write_bytes(_ready())
    return path


def _written(folder: Path, changed: dict[str, pd.DataFrame]) -> Path:
    path = folder / "plan.gpkg"
    entry = Entry(
        time="2020-11-01T00:00:00Z", actor="census-gis run", operation="run", after="4 EAs"
    )
    write_plan(path, {**tables(), **changed}, entry, crs=CRS)
    return path
