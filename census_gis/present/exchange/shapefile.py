"""Shapefiles: one a layer and kind of shape, tables of their own encoding, nothing lost in silence."""

from __future__ import annotations

import csv
import errno
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from census_gis.language import Text
from census_gis.present.exchange.dbf import DECIMALS, ENCODINGS, Written, write_dbf
from census_gis.present.exchange.fields import plain_text, short_names, write_fields
from census_gis.present.exchange.source import Loss, PlanSource, keys_of

__all__ = ["Shapefiles", "write_shapefile", "write_shapefiles"]

KINDS = {0: ("point", "Point"), 1: ("line", "MultiLineString"), 2: ("area", "MultiPolygon")}
MIXED = shapely.GeometryType.GEOMETRYCOLLECTION
TEXTS = "texts.csv"
UNIVERSAL = (
    Loss("", Text("an empty text and a missing one are the same in a .dbf",
                  "在 .dbf 中，空文字与缺失值无法区分")),
    Loss("", Text(f"numbers are rounded to {DECIMALS} digits behind the point; names of columns have at most 10 letters (fields.csv)",
                  f"数值保留 {DECIMALS} 位小数；字段名最多 10 个字母（对照表见 fields.csv）")),
)  # fmt: skip


@dataclass
class Shapefiles:
    """What was written and lost so far; `full` holds the whole of each text that a .dbf could not."""

    folder: Path
    encoding: str
    losses: list[Loss] = field(default_factory=list)
    full: list[tuple[str, str, str, str]] = field(default_factory=list)
    short: dict[str, dict[str, str]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)

    def finish(self) -> list[Loss]:
        """Write texts.csv and fields.csv; returns all losses."""
        if self.full:
            with (self.folder / TEXTS).open("w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(["file", "row", "column", "text"])
                writer.writerows([plain_text(cell) for cell in row] for row in self.full)
        write_fields(self.folder / "fields.csv", self.columns, short=self.short)
        return [*UNIVERSAL, *self.losses]


def write_shapefiles(
    plan: PlanSource, folder: Path, *, encoding: str, advance: Callable[[str], None]
) -> list[Loss]:
    """All layers of a plan that have rows."""
    files = Shapefiles(folder, encoding)
    for layer in plan.layers:
        frame = plan.layer(layer)
        if len(frame):
            write_layer(files, layer, frame)
        advance(layer)
    return files.finish()


def write_layer(files: Shapefiles, layer: str, frame: gpd.GeoDataFrame) -> None:
    """One layer: a shapefile, several when its shapes are of several kinds, or a bare .dbf."""
    columns = [str(name) for name in frame.columns if name != "geometry"]
    files.columns[layer] = columns
    files.short[layer] = short_names(columns, encoding=files.encoding)
    if "geometry" not in frame:
        _table(files, layer, layer, frame)
        files.losses.append(
            Loss(layer, Text("has no shapes: a .dbf without .shp", "无几何：只有 .dbf 表"))
        )
        return
    dims = shapely.get_dimensions(frame.geometry.to_numpy()).astype(int)
    dims[shapely.get_type_id(frame.geometry.to_numpy()) == MIXED] = -1
    dims[shapely.is_empty(frame.geometry.to_numpy())] = -1
    kinds = sorted(set(dims[dims >= 0].tolist()))
    bare = dims < 0
    if len(kinds) == 1:
        write_shapefile(files, layer, layer, frame, kind=kinds[0])
        _tell_bare(files, layer, frame[bare])
        return
    for kind in kinds:
        name = f"{layer}_{KINDS[kind][0]}"
        write_shapefile(files, layer, name, frame[dims == kind].reset_index(drop=True), kind=kind)
    if bare.any():
        _table(files, layer, f"{layer}_table", frame[bare].reset_index(drop=True))
    if kinds:
        files.losses.append(Loss(layer, Text(
            f"has shapes of {len(kinds)} kinds: one shapefile each; {int(bare.sum())} rows without a shape in {layer}_table.dbf",
            f"含 {len(kinds)} 种几何，分成多个文件；{int(bare.sum())} 行无几何，见 {layer}_table.dbf")))  # fmt: skip
    else:
        files.losses.append(
            Loss(
                layer, Text("no row has a shape: a .dbf without .shp", "各行均无几何：只有 .dbf 表")
            )
        )


def write_shapefile(
    files: Shapefiles, layer: str, name: str, frame: gpd.GeoDataFrame, *, kind: int
) -> None:
    """One shapefile: .shp, .shx, .prj by GDAL, .dbf and .cpg by us; rows without a shape are null shapes.

    Parameters
    ----------
    kind
        Dimension of its shapes: 0 points, 1 lines, 2 areas.

    Raises
    ------
    OSError
        If the file is not whole after writing (a full disk GDAL did not tell of).
    """
    path = files.folder / f"{name}.shp"
    shapes = frame.geometry.to_numpy().copy()
    unfit = shapely.get_dimensions(shapes) != kind
    shapes[unfit] = None
    bare = gpd.GeoDataFrame(
        {"n": np.zeros(len(frame), dtype=np.int32)}, geometry=shapes, crs=frame.crs
    )
    pyogrio.write_dataframe(bare, path, driver="ESRI Shapefile", geometry_type=KINDS[kind][1])
    _require_whole(path, len(frame))
    _table(files, layer, name, frame)


def _require_whole(path: Path, rows: int) -> None:
    """The index has a record for each row, and the header of the shapes tells the length they have."""
    index = path.with_suffix(".shx").stat().st_size
    with path.open("rb") as stream:
        words = struct.unpack(">I", stream.read(28)[24:])[0]
    if index != 100 + 8 * rows or path.stat().st_size != 2 * words:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _table(files: Shapefiles, layer: str, name: str, frame: pd.DataFrame) -> None:
    """The .dbf and the .cpg of a file, and what its texts lost."""
    columns = files.columns[layer]
    short = [files.short[layer][column] for column in columns]
    written = write_dbf(
        files.folder / f"{name}.dbf", frame[columns], short=short, encoding=files.encoding
    )
    (files.folder / f"{name}.cpg").write_text(ENCODINGS[files.encoding][0], encoding="ascii")
    keys = keys_of(layer, frame)
    word = ENCODINGS[files.encoding][0]
    for cases, words in (
        (written.cut, Text("{n} texts are longer than 254 bytes and were cut; whole in texts.csv",
                           "{n} 个文字超过 254 字节，已截断；全文见 texts.csv")),
        (written.lost, Text("{n} texts hold characters that {word} lacks, written as <U+…>; whole in texts.csv",
                            "{n} 个文字含 {word} 没有的字，写作 <U+…>；全文见 texts.csv")),
    ):  # fmt: skip
        if cases:
            rows = tuple(f"{keys[row]} {column}" for row, column in cases)
            files.losses.append(Loss(name, words.format(n=len(cases), word=word), rows))
    files.full += _whole_texts(name, frame, keys, written)


def _whole_texts(
    name: str, frame: pd.DataFrame, keys: Sequence[str], written: Written
) -> Iterator[tuple[str, str, str, str]]:
    for row, column in sorted({*written.cut, *written.lost}):
        yield name, keys[row], column, str(frame[column].iloc[row])


def _tell_bare(files: Shapefiles, layer: str, rows: pd.DataFrame) -> None:
    if len(rows):
        words = Text(f"{len(rows)} rows have no shape; they stand in the .dbf with a null shape",
                     f"{len(rows)} 行无几何，在 .dbf 中保留，几何为空")  # fmt: skip
        files.losses.append(Loss(layer, words, tuple(keys_of(layer, rows))))
