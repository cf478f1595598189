"""One layer at a time: opened, refused or not, brought into the project's coordinates, its columns ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.array import GeometryArray
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs import crs as coordinates
from census_gis.inputs.columns import as_text, map_columns
from census_gis.inputs.open import open_rows, open_vector
from census_gis.inputs.privacy import Audience, refuse_identity
from census_gis.inputs.repair import Wanted, drop_unusable, parts_of, repair
from census_gis.inputs.sources import Source
from census_gis.language import Text

__all__ = [
    "Ground",
    "canonical",
    "clip",
    "longitude_of",
    "reaching",
    "read_layer",
    "read_layers",
    "read_table",
]

Cases = list[dict[str, Any]]
LONLAT = CRS.from_epsg(4490)
CODES = {"id", "building_id", "district_code", "code", "staff_id"}
REQUIRED = frozenset({"districts", "buildings"})

NO_ROWS = Kind(
    "L702", "note",
    Text("input '{key}' has no rows ({file}).", "输入“{key}”没有任何记录（{file}）。"),
    Text("nothing, if there is none of it here; else check the file and the layer.", "如本地确无此类要素，无需处理；否则请检查文件和图层。"),
)  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """Where the project lies: its CRS (None until the districts are read) and a longitude in it [degrees]."""

    crs: CRS | None = None
    longitude: float | None = None
    wanted: str | None = None


def read_layer(
    key: str, source: Source, ours: Sequence[str], *, ground: Ground, wanted: Wanted
) -> tuple[gpd.GeoDataFrame, Cases]:
    """One layer with our columns, in the project's CRS, its shapes valid.

    Parameters
    ----------
    key
        Name of the input (``buildings`` …), for findings.
    source
        File, layer, columns.
    ours
        Columns that may be taken.
    ground
        Where the project lies; with no CRS this layer decides it.
    wanted
        What shapes the layer may hold.

    Returns
    -------
    A frame with `_key` (what findings call a row: its id or code, else its number in the file), our columns
    that were found, and the geometry. And findings.

    Raises
    ------
    InputError
        File, layer or column missing, no CRS, identity data, no shape left. A layer without any row is
        a finding where the input is optional: a town may have no railway.
    """
    opened = open_vector(source)
    people: Audience = "places" if key in ("districts", "buildings") else "context"
    if people == "places":
        refuse_identity(opened.frame, where=source.label, audience=people)
    frame, found = map_columns(opened.frame, source, ours)
    if people == "context":
        refuse_identity(frame, where=source.label, audience=people)
    frame = gpd.GeoDataFrame(frame, geometry="geometry")
    frame["_key"] = _keys(frame, found)
    cases = [_of(case, key) for case in opened.findings]
    frame, dropped = drop_unusable(frame, key)
    cases += dropped
    if opened.frame.empty and key not in REQUIRED and not source.where and ground.crs is not None:
        return frame.set_crs(ground.crs, allow_override=True), [
            *cases,
            NO_ROWS.at(key, source.label, key=key, file=source.label),
        ]
    if frame.empty:
        raise InputError(
            Text("no row with a geometry is left.", "没有任何带几何的行。"),
            where=source.label,
            fix=Text("check the file, the layer and where = {…}.", "请检查文件、图层和 where = {…}。"),
        )  # fmt: skip
    stated, told = coordinates.resolve(
        frame,
        stated=opened.stated_crs,
        source_crs=source.crs,
        hint_longitude=ground.longitude,
        where=source.label,
    )
    frame = frame.set_crs(stated, allow_override=True)
    target = ground.crs or coordinates.working_crs(frame, ground.wanted)
    told = [*told, *coordinates.transform_findings(stated, target, source.label)]
    cases += [_of(case, key) for case in told]
    frame = coordinates.project(frame, from_crs=stated, to_crs=target)
    frame, mended = repair(frame, key, wanted=wanted)
    if frame.empty:
        raise InputError(
            Text("no usable shape is left after repair.", "修复后没有可用的几何。"),
            where=source.label, fix=Text("see the findings, and draw it again.", "请按问题清单重新绘制。"),
        )  # fmt: skip
    return frame, cases + mended


def read_layers(
    key: str,
    sources: Source | Sequence[Source],
    ours: Sequence[str],
    *,
    ground: Ground,
    wanted: Wanted,
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Several files of one input below each other, each with a column `_source` (its place in the list)."""
    listed = [sources] if isinstance(sources, Source) else list(sources)
    frames, cases = [], []
    for number, source in enumerate(listed):
        frame, found = read_layer(key, source, ours, ground=ground, wanted=wanted)
        if ground.crs is None:
            ground = Ground(frame.crs, ground.longitude, ground.wanted)
        frames.append(frame.assign(_source=number))
        cases += found
    table = pd.concat(frames, ignore_index=True)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=frames[0].crs), cases


def read_table(
    key: str, source: Source, ours: Sequence[str], *, audience: Audience, names: Sequence[str] = ()
) -> tuple[pd.DataFrame, Cases]:
    """A table without shapes with our columns, all of its columns tested for identity data.

    Parameters
    ----------
    names
        Our columns that may hold names of persons.
    """
    opened = open_rows(source)
    free = [source.columns.get(name, name) for name in names]
    refuse_identity(opened.frame, where=source.label, audience=audience, allowed=free)
    frame, found = map_columns(opened.frame, source, ours)
    frame["_key"] = _keys(frame, found)
    return frame, [_of(case, key) for case in opened.findings]


def clip(frame: gpd.GeoDataFrame, around: Any) -> gpd.GeoDataFrame:
    """The rows that reach into an area, cut at its edge; a cut keeps its dimension."""
    rows, shape = reaching(frame, around)
    near = pd.DataFrame(frame).iloc[rows].reset_index(drop=True)
    near[frame.geometry.name] = GeometryArray(shape, crs=frame.crs)
    return gpd.GeoDataFrame(near, geometry=frame.geometry.name, crs=frame.crs)


def reaching(frame: gpd.GeoDataFrame, around: Any) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Numbers of the rows that reach into an area, ascending, and their shapes cut at its edge.

    A cut keeps its dimension; what the edge leaves nothing of is not among them.
    """
    rows = np.sort(frame.sindex.query(around))
    shape = np.asarray(frame.geometry.array, dtype=object)[rows]
    shapely.prepare(around)
    over = ~shapely.covers(around, shape)
    near = ~over  # by boxes more are found than reach in; most of those that do lie inside
    near[over] = shapely.intersects(around, shape[over])
    rows, shape, over = rows[near], shape[near], over[near]
    cut = parts_of(shapely.intersection(shape[over], around), (0, 1, 2))
    same = shapely.get_dimensions(cut) == shapely.get_dimensions(shape[over])
    cut[~same] = None
    shape[over] = cut
    kept = ~shapely.is_missing(shape)
    return rows[kept], shape[kept]


def longitude_of(frame: gpd.GeoDataFrame) -> float:
    """Longitude of the middle of a frame [degrees]."""
    west, south, east, north = frame.total_bounds
    move = Transformer.from_crs(frame.crs, LONLAT, always_xy=True)
    return float(move.transform((west + east) / 2, (south + north) / 2)[0])


def canonical(frame: gpd.GeoDataFrame, by: Sequence[str]) -> gpd.GeoDataFrame:
    """Rows in an order that does not depend on the file: by columns, then by the shapes themselves."""
    table = pd.DataFrame({name: frame[name].astype(object).fillna("").astype(str) for name in by})
    table["shape"] = shapely.to_wkb(np.asarray(frame.geometry.array, dtype=object))
    order = table.sort_values([*by, "shape"], kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _keys(frame: pd.DataFrame, found: Sequence[str]) -> NDArray[Any]:
    """What findings call each row: its id or code where it has one, else its number in the file (from 1)."""
    number = np.array([str(row + 1) for row in frame["_row"].tolist()], dtype=object)
    name = next((name for name in found if name in CODES), None)
    if name is None:
        return number
    ids = as_text(frame[name])
    return np.where(pd.notna(ids), ids, number)


def _of(case: dict[str, Any], key: str) -> dict[str, Any]:
    """A finding of the file as a finding of the input."""
    return {**case, "layer": key, "geometry": case.get("geometry")}
