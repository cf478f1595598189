"""Lines people can find, on real places: what drawn lines follow, whether they say so, how they turn.

    python benchmarks/lines/run.py [PLACE ...]

Places are those of benchmarks/places, read from CENSUS_GIS_DATA (default ../shared/data beside the
project). Everything is measured on finished lines against the given layers. For each place: kilometres
between EAs; share of them within 5 m of a given feature (or in a median under 25 m), beside chance;
the same within 5 m of a road or path; the same outside blocks that hold more persons than the band's
top (such a block must be divided, whatever runs through it); share of the length whose `follows` and
whose `feature_name` is right; turns over 60 degrees a kilometre and degrees a 100 m: drawn, undrawn,
and undrawn simplified by shapely.coverage_simplify (5 m), with footprints cut by more than 0.5 m2.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.lines import measure
from census_gis.areas.codes import number
from census_gis.areas.drawing import draw, polygons
from census_gis.areas.lines import ea_lines
from census_gis.config import load_config
from census_gis.fabric.borders import border_pieces, point_coordinates, rings, settle_crumbs
from census_gis.fabric.build import build_fabric
from census_gis.inputs.place import selector
from census_gis.inputs.population import estimate_population
from census_gis.inputs.read import read_inputs
from census_gis.model import Plan
from census_gis.partitioning.solve import partition

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("CENSUS_GIS_DATA", str(ROOT.parent / "shared" / "data"))
CUT_M2 = 0.5
SIMPLIFY_M = 5.0


def raw_polygons(plan: Plan) -> np.ndarray:
    """Ground of every EA before anything is drawn."""
    mesh = plan.fabric.mesh
    pieces = border_pieces(mesh, settle_crumbs(mesh, plan.label[plan.fabric.cell_atom]))
    used, ends = np.unique(np.concatenate([pieces.start, pieces.end]), return_inverse=True)
    start, end = ends[: len(pieces.start)], ends[len(pieces.start) :]
    x, y = point_coordinates(mesh, used)
    label = np.concatenate([pieces.left, pieces.right])
    tail, head = np.concatenate([start, end]), np.concatenate([end, start])
    inside = label >= 0
    return rings(label[inside], tail[inside], head[inside], x, y, len(plan))


def inner_lines(shapes: np.ndarray, district: shapely.Geometry) -> np.ndarray:
    """Lines between areas, the district line left out."""
    some = shapes[[shape is not None for shape in shapes]]
    every = shapely.union_all(shapely.boundary(some))
    return shapely.get_parts(shapely.difference(every, shapely.buffer(district.boundary, 0.5)))


def cut_houses(lines: np.ndarray, plan: Plan) -> int:
    """Footprints of which lines cut off more than 0.5 m2."""
    parts = plan.fabric.parts
    foot = parts.geometry.to_numpy()[parts["cell"].to_numpy() >= 0]
    line = shapely.union_all(lines)
    near = foot[shapely.STRtree(foot).query(line, predicate="intersects")] if line else foot[:0]
    cut = 0
    for shape in near:
        pieces = shapely.get_parts(shapely.difference(shape, shapely.buffer(line, 1e-6)))
        cut += int(np.sort(shapely.area(pieces))[:-1].sum() > CUT_M2)
    return cut


def figures_of(plan: Plan) -> dict[str, float]:
    """Sums over one district, to be added to those of others."""
    district = plan.fabric.district
    drawing = draw(plan)
    lines = ea_lines(plan, drawing=drawing)
    ground = measure.ground_of(district.barriers, district.boundary)
    kinds = {"drawn": polygons(drawing), "raw": raw_polygons(plan)}
    solid = kinds["raw"][[shape is not None for shape in kinds["raw"]]]
    kinds["simplified"] = shapely.coverage_simplify(solid, SIMPLIFY_M)
    inner = {name: inner_lines(shapes, district.boundary) for name, shapes in kinds.items()}
    out: dict[str, float] = {}
    for name, some in inner.items():
        sharp, turning = measure.turns(some)
        out |= {f"{name}_m": float(shapely.length(some).sum()), f"{name}_sharp": sharp,
                f"{name}_deg": turning, f"{name}_cut": cut_houses(some, plan)}  # fmt: skip
    _, out["near_m"], out["road_m"] = measure.followed(inner["drawn"], ground)
    homes = plan.fabric.parts
    homes = pd.DataFrame(
        {"persons": homes["persons"].to_numpy(float),
         "spot": shapely.point_on_surface(homes.geometry.to_numpy())}
    )  # fmt: skip
    homes = homes[~shapely.is_missing(homes["spot"].to_numpy(object))]
    most = float(district.profile["ea.persons.high"])
    out["outside_m"], out["outside_near_m"] = measure.outside_blocks(
        inner["drawn"], ground, district.boundary, homes, most
    )
    out["said_m"], out["follows_m"], out["name_m"], wrong = measure.said_right(lines, ground)
    out |= {f"wrong_{word}": metres for word, metres in wrong.items()}
    shapes = [shape for shape in kinds["drawn"] if shape is not None]
    out["eas"] = len(shapes)
    out["round"] = float((4 * np.pi * shapely.area(shapes) / shapely.length(shapes) ** 2).sum())
    persons = np.bincount(plan.label, plan.fabric.atoms["persons"], len(plan))
    low, high = (float(district.profile[f"ea.persons.{end}"]) for end in ("low", "high"))
    out["in_band"] = float(((persons >= low) & (persons <= high)).sum())
    return out


def place(project: Path) -> dict[str, object]:
    """One place: every district planned, drawn and measured."""
    config = load_config(project)
    inputs = read_inputs(config.sources, config.settings)
    inputs = estimate_population(inputs)
    select = selector(inputs)
    total: dict[str, float] = {}
    begin = time.process_time()
    for code in inputs.districts["district_code"]:
        plan = number(partition(build_fabric(select(code)), seed=7))
        for name, value in figures_of(plan).items():
            total[name] = total.get(name, 0.0) + value
    return {"place": project.stem, "seconds": round(time.process_time() - begin, 1), **row(total)}


def row(t: dict[str, float]) -> dict[str, object]:
    """Sums as shares."""
    shown: dict[str, object] = {
        "eas": int(t["eas"]), "in_band": round(t["in_band"] / t["eas"], 3), "round": round(t["round"] / t["eas"], 3),
        "km": round(t["drawn_m"] / 1000, 1),
        "follows": round(t["near_m"] / t["drawn_m"], 3), "roads": round(t["road_m"] / t["drawn_m"], 3),
        "outside_km": round(t["outside_m"] / 1000, 1),
        "follows_outside": round(t["outside_near_m"] / max(t["outside_m"], 1e-9), 3),
        "says_right": round(t["follows_m"] / t["said_m"], 3), "names_right": round(t["name_m"] / t["said_m"], 3),
        "wrong": {k[6:]: round(v / t["said_m"], 3) for k, v in t.items() if k.startswith("wrong_")},
    }  # fmt: skip
    for kind in ("drawn", "raw", "simplified"):
        km = t[f"{kind}_m"] / 1000
        shown[kind] = [round(km, 1), round(t[f"{kind}_sharp"] / km, 1),
                       round(t[f"{kind}_deg"] / km / 10), int(t[f"{kind}_cut"])]  # fmt: skip
    return shown


def main() -> int:
    asked = sys.argv[1:]
    every = [p for p in sorted((ROOT / "benchmarks" / "places").glob("*.toml"))
             if not p.stem.startswith("ortho")]  # fmt: skip
    for project in every:
        if not asked or project.stem in asked:
            print(json.dumps(place(project), ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
