"""Layers of a plan that are not about single districts: surroundings, units, disputes, settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis import __version__
from census_gis.config import ProjectConfig
from census_gis.inputs.sensitive import unmarked
from census_gis.model import Inputs
from census_gis.tables import names

__all__ = ["context_tables", "held_by", "settings_table", "special_areas"]


def context_tables(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """What sheets and web maps draw around the EAs, names of units, disputes."""
    drawn = inputs.barriers[["source", "class", "name", "geometry"]]
    areas = shapely.get_dimensions(drawn.geometry.to_numpy()) == 2
    outside = inputs.outside.rename(columns={"use": "class"}).assign(source="buildings")
    places = inputs.places.assign(source="places")
    order = ["source", "class", "name"]
    return {
        "context_lines": drawn[~areas].sort_values(order, kind="stable"),
        "context_areas": drawn[areas].sort_values(order, kind="stable"),
        "context_points": places[["source", "class", "name", "geometry"]].sort_values(order),
        "outside_buildings": outside[
            ["source", "class", "name", "building_id", "geometry"]
        ].sort_values("building_id"),
        "units": inputs.units[names("units")],
        "disputes": inputs.disputes.sort_values("dispute_id", kind="stable"),
    }


def special_areas(inputs: Inputs) -> gpd.GeoDataFrame:
    """Layer `special_areas`, not yet with the EA that holds most of each.

    Sensitive ones have no name and no kind; their given persons are kept here and nowhere else.
    """
    table = unmarked(inputs.special).assign(ea_code=None, persons=inputs.special["persons"])
    return table[names("special_areas")].sort_values("special_id", kind="stable")


def held_by(special: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> list[str | None]:
    """Code of the EA that holds most of each special area, None where none does."""
    shapes = np.asarray(special.geometry.array, dtype=object)
    grounds = np.asarray(areas.geometry.array, dtype=object)
    i, j = shapely.STRtree(grounds).query(shapes, predicate="intersects")
    shared = pd.DataFrame(
        {"special": i, "ea": areas["ea_code"].to_numpy(object)[j],
         "m2": shapely.area(shapely.intersection(shapes[i], grounds[j]))}
    )  # fmt: skip
    most = shared.sort_values(["m2", "ea"], ascending=[False, True]).drop_duplicates("special")
    codes = most.set_index("special")["ea"].to_dict()
    return [codes.get(row) for row in range(len(special))]


def settings_table(config: ProjectConfig, inputs: Inputs) -> pd.DataFrame:
    """The resolved rules with unit and source, and what else a later reader of the plan must know."""
    settings = config.settings
    vintage = sorted({str(v) for v in inputs.codes["vintage"].dropna()})
    facts: Mapping[str, object] = {
        "project.name": settings.name, "project.language": settings.language,
        "project.profile": config.profile.name, "project.seed": settings.seed,
        "project.snap_m": settings.snap_m, "program.version": __version__,
        **{f"staffing.{name}": "" if value is None else value
           for name, value in config.staffing.model_dump().items()},
        "staffing.numbered": not len(inputs.staff), "code.vintage": ", ".join(vintage),
    }  # fmt: skip
    rows = [(key, str(value), "-", "project file") for key, value in facts.items()]
    for nth, image in enumerate(inputs.images, start=1):
        rows += [
            (f"image.{nth}.path", _beside(image.path, config), "-", image.source),
            (f"image.{nth}.taken", image.taken, "date", image.source),
            (f"image.{nth}.pixel", f"{image.pixel_m:g}", "m", image.source),
        ]
    rows += [
        (key, str(rule.value), rule.unit, rule.source)
        for key, rule in config.profile.every().items()
    ]
    return pd.DataFrame(sorted(rows), columns=["key", "value", "unit", "source"])


def _beside(path: str, config: ProjectConfig) -> str:
    """Path of an image as seen from the plan: a folder that moves whole keeps its pictures."""
    if Path(path).anchor != config.output.anchor:
        return path
    return Path(os.path.relpath(path, str(config.output))).as_posix()
