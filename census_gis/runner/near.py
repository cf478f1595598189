"""What the map books of some districts need of a plan, read from its file: nothing of the rest is held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from census_gis.present.layers import reach_of
from census_gis.store.geopackage import read_tables

__all__ = ["Batch", "batches", "read_near"]

AROUND = (
    "districts", "enumeration_areas", "dwelling_parts", "ea_lines", "context_lines", "context_areas",
    "context_points", "outside_buildings", "special_areas", "disputes",
)  # fmt: skip
OWN = ("enumeration_areas", "dwelling_parts", "ea_descriptions")
# Districts side by side are read at once: their surroundings are mostly the same. More than these gain
# little and keep the other workers waiting at the end.
MOST = 6

Bounds = tuple[float, float, float, float]
Batch = tuple[tuple[str, ...], Bounds]


def batches(districts: gpd.GeoDataFrame, codes: Sequence[str]) -> Iterator[Batch]:
    """Codes of districts to be read together, and the rectangle [m] around them; their order is kept.

    Parameters
    ----------
    districts
        Layer `districts`, with the boundaries of all `codes`.
    """
    shapes = dict(zip(districts["district_code"], districts.geometry, strict=True))
    held: list[str] = []
    bounds, alone = np.empty(4), 0.0
    for code in codes:
        own = np.array(reach_of(shapes[code]).bounds)
        both = np.append(np.minimum(bounds, own)[:2], np.maximum(bounds, own)[2:]) if held else own
        # A rectangle larger than those of its districts would read what nobody asked for.
        if held and (len(held) == MOST or _area(both) > alone + _area(own)):
            yield tuple(held), _bounds(bounds)
            held, both, alone = [], own, 0.0
        held.append(code)
        bounds, alone = both, alone + _area(own)
    if held:
        yield tuple(held), _bounds(bounds)


def _area(bounds: np.ndarray) -> float:
    return float((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]))


def _bounds(bounds: np.ndarray) -> Bounds:
    west, south, east, north = bounds.tolist()
    return west, south, east, north


def read_near(plan: Path, batch: Batch) -> dict[str, pd.DataFrame]:
    """Layers of a plan around a batch of districts; what of them stands nowhere included.

    Parameters
    ----------
    plan
        plan.gpkg.
    """
    codes, bounds = batch
    listed = ", ".join("'" + code.replace("'", "''") + "'" for code in codes)
    near = read_tables(plan, AROUND, bbox=bounds)
    own = read_tables(plan, OWN, where=f"district_code IN ({listed})")
    for name, key in (("enumeration_areas", "ea_code"), ("dwelling_parts", "part_id")):
        beyond = own[name][~own[name][key].isin(near[name][key])]
        near[name] = pd.concat([near[name], beyond]) if len(beyond) else near[name]
    return {
        **near,
        "ea_descriptions": own["ea_descriptions"],
        **read_tables(plan, ("units", "settings", "staff")),
    }
