"""One census district: taken out of a project, or read from a file with the usual layer names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd
from geopandas.array import GeometryArray

from census_gis.errors import InputError
from census_gis.inputs.open import LayerInfo, layers
from census_gis.inputs.read import ReadSettings, read_inputs
from census_gis.inputs.selection import Selection
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.model import District, Inputs
from census_gis.profile import Profile

__all__ = ["read_district", "select", "selected", "selector", "usual_sources"]

# Layer names a file may use, the first present wins.
LAYERS: dict[str, tuple[str, ...]] = {
    "districts": ("districts", "district", "boundary"),
    "buildings": ("buildings", "building"),
    "roads": ("roads", "road"),
    "railways": ("railways", "railway"),
    "water": ("water",),
    "waterways": ("waterways", "water_lines"),
    "landuse": ("landuse",),
    "compounds": ("compounds",),
    "grids": ("grids",),
    "barriers": ("barriers",),
    "links": ("links",),
    "places": ("places",),
}
# Columns a layer may use beside our own names.
ALIASES: dict[str, dict[str, tuple[str, ...]]] = {
    "districts": {"district_code": ("code",), "persons": ("population", "pop")},
    "buildings": {
        "building_id": ("id",), "floors": ("levels", "building:levels", "storeys"), "height": ("height_m",),
        "use": ("use_class",), "dwellings": ("units",), "address": ("addr",),
    },
    "roads": {"class": ("highway", "kind")},
    "railways": {"class": ("railway", "kind")},
    "water": {"class": ("kind",)},
    "waterways": {"class": ("waterway", "kind")},
    "landuse": {"class": ("DLBM", "dlbm", "kind")},
    "places": {"class": ("place", "kind")},
    "compounds": {"class": ("kind",)},
}  # fmt: skip


def select(inputs: Inputs, code: str) -> District:
    """One district of a project, with what stands within 200 m of it.

    Parameters
    ----------
    inputs
        A project as read.
    code
        District code.

    Raises
    ------
    InputError
        If there is no such district.
    """
    return selector(inputs)(code)


def selector(inputs: Inputs) -> Callable[[str], District]:
    """`select` for many districts of one project: what is the same for all is looked up once."""
    return partial(selected, Selection(inputs))


def selected(selection: Selection, code: str) -> District:
    """One district of a selection, with its rows."""
    district, rows, inputs = selection.bare(code), selection.rows(code), selection.inputs
    mine = inputs.buildings.iloc[rows.buildings].reset_index(drop=True)
    near = pd.DataFrame(inputs.barriers).iloc[rows.barriers].reset_index(drop=True)
    near["geometry"] = GeometryArray(rows.barrier_shapes, crs=inputs.crs)
    barriers = gpd.GeoDataFrame(near, geometry="geometry", crs=inputs.crs)
    return replace(district, buildings=mine, barriers=barriers)


def read_district(
    path: str | Path, profile: Profile, *, district: str | None = None, control: int | None = None
) -> District:
    """Read one district from a file with the usual layer names.

    Parameters
    ----------
    path
        A GeoPackage with layers ``districts`` (or ``district``), ``buildings`` and, where there are such,
        ``roads``, ``railways``, ``water``, ``waterways`` (or ``water_lines``), ``landuse`` …
    profile
        Rules of the census.
    district
        Code or name of the district; may be left out where the file holds one.
    control
        Persons of the district, instead of what the file says [persons].

    Raises
    ------
    InputError
        If layers are missing or unusable, or the district is not said among several.
    """
    inputs = read_inputs(usual_sources(path), ReadSettings(Path(path).stem, profile))
    table = inputs.districts
    if district is None and len(table) == 1:
        code = str(table["district_code"].iloc[0])
    else:
        hit = table[(table["district_code"] == district) | (table["name"] == district)]
        if len(hit) != 1:
            listed = [f"{row.district_code} {row.name_}" for row in
                      table.rename(columns={"name": "name_"}).itertuples()]  # fmt: skip
            raise InputError(
                Text(f"the file holds {len(table)} districts, and which one is not clear.",
                     f"文件中有 {len(table)} 个普查区，未能确定是哪一个。"),
                where=Path(path).name, rows=listed,
                fix=Text("give district = its code or name.", "请用 district = 代码或名称 指定。"),
            )  # fmt: skip
        code = str(hit["district_code"].iloc[0])
    found = select(inputs, code)
    return found if control is None else replace(found, persons=control)


def usual_sources(path: str | Path) -> Mapping[str, Source]:
    """Inputs of a file whose layers and columns have usual names.

    Raises
    ------
    InputError
        If it has no layer of districts or of buildings.
    """
    file = Path(path).resolve()
    present = {info.name: info for info in layers(file)}
    sources = {}
    for key, names in LAYERS.items():
        name = next((one for one in names if one in present), None)
        if name is not None:
            sources[key] = Source(file, layer=name, columns=_columns(key, present[name]))
    lost = [key for key in ("districts", "buildings") if key not in sources]
    if lost:
        raise InputError(
            Text(f"there is no layer {' or '.join(lost)}.", f"没有图层 {'、'.join(lost)}。"),
            where=file.name, rows=sorted(present),
            fix=Text("name the layers so, or write a project file.", "请按此命名图层，或使用项目文件。"),
        )  # fmt: skip
    return sources


def _columns(key: str, info: LayerInfo) -> dict[str, str]:
    """Their names for ours, where ours are not there."""
    found = {}
    for our, theirs in ALIASES.get(key, {}).items():
        name = next((one for one in theirs if one in info.columns), None)
        if our not in info.columns and name is not None:
            found[our] = name
    return found
