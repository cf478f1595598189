"""Vector files that GDAL reads: GeoPackage, shapefile, GeoJSON, File Geodatabase, FlatGeobuf."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.contents import beside, damaged
from census_gis.inputs.door import Checked
from census_gis.inputs.encoding import dbf_encoding, decode_frame
from census_gis.inputs.raw import LayerInfo, Raw, Reader, size_limits, stated_crs
from census_gis.inputs.sources import Source
from census_gis.language import Text

__all__ = ["GDAL_READER", "gdal_words"]

LONGEST_NAME = 10  # bytes of a field name in a dBASE table
F012 = Kind(
    "F012", "note",
    Text("field names of {n} columns fill the 10 bytes a shapefile allows and may be cut ({names})",
         "{n} 个字段名占满 Shapefile 允许的 10 个字节，可能已被截断（{names}）"),
    Text("look at the columns before mapping them", "对应字段前请先核对名称"),
)  # fmt: skip


@contextmanager
def gdal_words(checked: Checked) -> Iterator[None]:
    """GDAL's errors as ours; its warnings are about things looked at here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (
            pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError,
            pyogrio.errors.GeometryError, pyogrio.errors.FieldError, shapely.errors.ShapelyError,
        ) as error:  # fmt: skip
            raise damaged(checked.path, error) from error
        except UnicodeDecodeError as error:
            raise InputError(
                Text(
                    "the texts are not UTF-8, as this format demands.",
                    "文字不是该格式要求的 UTF-8。",
                ),
                where=checked.path.name,
                fix=Text("export the file again as UTF-8.", "请以 UTF-8 重新导出。"),
            ) from error


def _names(checked: Checked, _encoding: str | None = None) -> list[tuple[str, str | None]]:
    with gdal_words(checked):
        return [(str(name), kind) for name, kind in pyogrio.list_layers(checked.name)]


def _layers(checked: Checked) -> list[LayerInfo]:
    with gdal_words(checked):
        return [_layer_info(checked, name, kind) for name, kind in _names(checked)]


def _layer_info(checked: Checked, name: str, kind: str | None) -> LayerInfo:
    options, encoding, _ = _reading(checked, None)
    info = _info(checked, name, **options)
    columns = pd.DataFrame(columns=[str(one) for one in info["fields"]])
    if options.get("ENCODING"):
        columns, _ = decode_frame(columns, encoding, layer=name)
    crs = stated_crs(info["crs"])
    return LayerInfo(name, kind, int(info["features"]), tuple(columns.columns), crs)


def _read(checked: Checked, layer: str, source: Source, shapes: bool) -> Raw:
    options, encoding, found = _reading(checked, source.encoding)
    with gdal_words(checked):
        info = _info(checked, layer, **options)
        size_limits(int(info["features"]), len(info["fields"]), source.label)
        frame = pyogrio.read_dataframe(checked.name, layer=layer, read_geometry=shapes, **options)
    if 0 < int(info["features"]) != len(frame):
        raise damaged(checked.path, ValueError(f"{len(frame)} / {info['features']}"))
    crs = stated_crs(frame.crs) if isinstance(frame, gpd.GeoDataFrame) else None
    if options.get("ENCODING"):
        decoded, more = decode_frame(frame, encoding, layer=source.label)
        found = found + more + _cut_names(info, source.label, decoded)
        frame = (
            gpd.GeoDataFrame(decoded, geometry=frame.geometry.name, crs=frame.crs)
            if isinstance(frame, gpd.GeoDataFrame)
            else decoded
        )
    return Raw(frame, crs, encoding, found)


def _cut_names(info: dict[str, Any], label: str, decoded: pd.DataFrame) -> list[dict[str, Any]]:
    """A remark where names of columns are as long as a shapefile lets them be."""
    full = [
        str(new)
        for old, new in zip(info["fields"], decoded.columns, strict=False)
        if len(str(old)) >= LONGEST_NAME
    ]
    return [F012.at(label, "", n=len(full), names=", ".join(full[:5]))] if full else []


def _info(checked: Checked, layer: str, **options: Any) -> dict[str, Any]:
    info: dict[str, Any] = pyogrio.read_info(
        checked.name, layer=layer, force_feature_count=True, **options
    )
    if info["driver"] != checked.driver:
        raise InputError(
            Text(f"the content is {info['driver']}, not {checked.driver}.",
                 f"内容是 {info['driver']}，而不是 {checked.driver}。"),
            where=checked.path.name,
            fix=Text("export the data again in the format its name says.", "请按文件名所示格式重新导出。"),
        )  # fmt: skip
    return info


def _reading(
    checked: Checked, stated: str | None
) -> tuple[dict[str, str], str, list[dict[str, Any]]]:
    """Options of the driver, the encoding of the texts, and findings about it."""
    if checked.driver == "ESRI Shapefile":
        dbf = beside(checked.path, ".dbf")
        encoding, found = dbf_encoding(
            dbf or checked.path, cpg=beside(checked.path, ".cpg"), stated=stated
        )
        # Latin-1 carries every byte as one letter; decode_frame makes text of them, strictly.
        return {"ENCODING": "ISO-8859-1"}, encoding, found
    if checked.driver == "GPKG":
        return {"IMMUTABLE": "YES"}, "utf-8", []
    return {}, "utf-8", []


GDAL_READER = Reader(_names, _layers, _read)
