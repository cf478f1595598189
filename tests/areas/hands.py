"""Lists of edits for the tests: tables as a person would write them."""

import geopandas as gpd
import numpy as np
import pandas as pd

from census_gis import tables
from census_gis.areas.audit import audit_tables
from census_gis.areas.tabulate import tabulate
from census_gis.graph import components
from tests.areas.towns import CRS

EMPTY = {"building_id": None, "part_id": None, "ea_code": None, "geometry": None}
SAID = {"reason": "survey", "who": "Zhang", "when": "2020-11-01", "district_code": None}


def listed(*rows: dict) -> gpd.GeoDataFrame:
    """Table EDITS from dicts that name only what matters."""
    full = [{**EMPTY, **SAID, "seq": nth, **row} for nth, row in enumerate(rows, start=1)]
    frame = pd.DataFrame(full, columns=tables.names("EDITS"))
    return tables.conform(frame, "EDITS", crs=CRS)


def some_edits(plan, seed: int, count: int) -> gpd.GeoDataFrame:
    """A random list: mostly moves, sensible or not."""
    rng = np.random.default_rng(seed)
    homes, codes = plan.fabric.parts["building_id"].to_numpy(object), list(plan.codes)
    free = plan.fabric.district.id + "090"
    rows = []
    for _ in range(count):
        op = rng.choice(["assign"] * 6 + ["merge", "split", "lock", "exempt"])
        row = {"op": op, "ea_code": rng.choice(codes)}
        if op == "assign":
            row |= {"building_id": rng.choice(homes), "ea_code": rng.choice([*codes, free, "9"])}
        elif op == "merge":
            row["ea_code"] = ", ".join(rng.choice(codes, min(2, len(codes)), replace=False))
        elif op == "lock" and rng.random() < 0.5:
            row |= {"building_id": rng.choice(homes), "ea_code": None}
        rows.append(row)
    return listed(*rows)


def broken_laws(plan, retired=None) -> list[str]:
    """Laws (not rules of size) that a numbered plan breaks, and EAs that are no piece of the fabric."""
    made = tabulate(plan)
    found = audit_tables(
        made["districts"], made["enumeration_areas"], made["dwelling_parts"], made["ea_lines"],
        plan.fabric.district.profile, retired=retired,
    )  # fmt: skip
    laws = found.loc[found["code"].str.startswith("A"), "message_en"].tolist()
    a, b = plan.fabric.edges["a"].to_numpy(), plan.fabric.edges["b"].to_numpy()
    same = plan.label[a] == plan.label[b]
    pieces = components(len(plan.label), a[same], b[same])[0]
    return laws + ([] if pieces == len(plan) else [f"{pieces} pieces of {len(plan)} EAs"])


def code_of(plan, building: str) -> str:
    parts = plan.fabric.parts
    atom = parts.loc[parts["building_id"] == building, "atom"].iloc[0]
    return plan.codes[plan.label[atom]]


def neighbours(plan) -> tuple[str, str, str]:
    """A building and the EAs on both sides of it: its own, and one that it touches."""
    home = plan.fabric.parts.drop_duplicates("atom").set_index("atom")["building_id"]
    for a, b in plan.fabric.edges[["a", "b"]].to_numpy():
        if plan.label[a] != plan.label[b] and a in home.index:
            return home[a], plan.codes[plan.label[a]], plan.codes[plan.label[b]]
    raise ValueError("one EA only")
