"""From the outcomes of many districts to the layers of one plan: the work only neighbours can do together."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from census_gis import __version__, findings
from census_gis.areas.seam import seam
from census_gis.config import ProjectConfig
from census_gis.field.staffing import staff_plan
from census_gis.findings import Kind
from census_gis.language import Language, Text
from census_gis.model import Image, Inputs
from census_gis.runner.district import Outcome
from census_gis.tables import names

__all__ = ["fold", "settings_table"]

FAILED = Kind(
    "X101", "error",
    Text("the district could not be planned: {why}", "该普查区未能完成划分：{why}"),
    Text("mend what is named and run again; finished districts are kept.",
         "按提示处理后重新运行；已完成的普查区会保留。"),
)  # fmt: skip
ORDER = {
    "districts": ["district_code"], "enumeration_areas": ["ea_code"],
    "dwelling_parts": ["ea_code", "building_number", "part_id"],
    "ea_lines": ["left_ea", "right_ea", "follows", "feature_name", "length_m"],
    "ea_descriptions": ["ea_code"],
}  # fmt: skip


def fold(
    inputs: Inputs, outcomes: Sequence[Outcome], config: ProjectConfig, *, staffed: bool
) -> dict[str, pd.DataFrame]:
    """All layers of the plan.

    Parameters
    ----------
    inputs
        What was given, after population.
    outcomes
        One for each district; those that failed become an error finding.
    config
        For settings and staffing.
    staffed
        Whether EAs get people.
    """
    done = sorted((o for o in outcomes if o.failure is None), key=lambda outcome: outcome.code)
    tables = {name: _together(name, done, inputs.crs) for name in ORDER}
    tables["districts"]["persons_given"] = _given(inputs, tables["districts"])
    tables["ea_lines"] = _ordered(seam(tables["ea_lines"]), "ea_lines")
    found = [row for frame in (inputs.findings, *(o.tables["findings"] for o in done))
             for row in frame.to_dict("records")]  # fmt: skip
    found += _failures(inputs, outcomes)
    if staffed and len(tables["districts"]):
        staffing = staff_plan(
            tables, inputs.profile, people=inputs.staff,
            supervisors_total=config.supervisors_total, language=inputs.language,
        )  # fmt: skip
        tables |= {
            "enumeration_areas": staffing.areas, "staff": staffing.staff,
            "assignments": staffing.assignments, "crews": staffing.crews,
        }  # fmt: skip
        found += staffing.found
    shown = findings.in_language(findings.frame(found, inputs.crs), inputs.language)
    return {
        **tables, **_context(inputs), "findings": shown, "units": inputs.units,
        "settings": settings_table(config, inputs.images),
    }  # fmt: skip


def settings_table(config: ProjectConfig, images: Sequence[Image]) -> pd.DataFrame:
    """The resolved rules with unit and source, and what else a later reader of the plan must know."""
    settings = config.settings
    facts: Mapping[str, object] = {
        "project.name": settings.name, "project.language": settings.language,
        "project.profile": config.profile.name, "project.seed": settings.seed,
        "project.snap_m": settings.snap_m, "program.version": __version__,
        "staffing.supervisors_total": "" if config.supervisors_total is None else config.supervisors_total,
    }  # fmt: skip
    rows = [(key, str(value), "-", "project file") for key, value in facts.items()]
    for nth, image in enumerate(images, start=1):
        rows += [
            (f"image.{nth}.path", _beside(image.path, config), "-", image.source),
            (f"image.{nth}.taken", image.taken, "date", image.source),
            (f"image.{nth}.pixel", f"{image.pixel_m:g}", "m", image.source),
        ]
    rows += [
        (key, str(rule.value), rule.unit, rule.source) for key, rule in config.profile.rules.items()
    ]
    return pd.DataFrame(sorted(rows), columns=["key", "value", "unit", "source"])


def _beside(path: str, config: ProjectConfig) -> str:
    """Path of an image as seen from the plan: a folder that moves whole keeps its pictures."""
    if Path(path).anchor != config.output.anchor:
        return path
    return Path(os.path.relpath(path, str(config.output))).as_posix()


def _together(name: str, done: Sequence[Outcome], crs: object) -> pd.DataFrame:
    frames = [outcome.tables[name] for outcome in done]
    if not frames:
        return pd.DataFrame({column: [] for column in names(name)})
    table = pd.concat(frames, ignore_index=True)
    if "geometry" in table:
        table = gpd.GeoDataFrame(table, geometry="geometry", crs=crs)
    return _ordered(table, name)


def _ordered(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table.sort_values(ORDER[name], kind="stable", ignore_index=True)


def _given(inputs: Inputs, districts: pd.DataFrame) -> pd.Series:
    """What the input said of each district's persons, beside what was distributed."""
    given = inputs.districts.set_index("district_code")["persons_given"]
    return districts["district_code"].map(given).astype("Int64")


def _failures(inputs: Inputs, outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    shape = inputs.districts.set_index("district_code").geometry
    language: Language = inputs.language
    return [
        FAILED.at(
            "districts", o.code, shape[o.code].representative_point(), why=o.failure.of(language)
        )
        for o in outcomes
        if o.failure is not None
    ]


def _context(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """What sheets and web maps draw around the EAs."""
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
    }
