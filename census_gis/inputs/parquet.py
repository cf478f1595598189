"""GeoParquet, and plain Parquet as a table without shapes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from census_gis.findings import Kind
from census_gis.inputs.contents import damaged, refused
from census_gis.inputs.raw import Raw, size_limits, stated_crs, whole_file
from census_gis.language import Text

__all__ = ["PARQUET_READER", "read_parquet"]

MOST_BYTES = 4 << 30  # unpacked, as the file itself states it for its columns
BATCH = 65_536
INDEX = re.compile(r"^__index_level_\d+__$")

F017 = Kind(
    "F017", "note",
    Text("{n} columns hold bytes, not values, and were left out ({names})", "{n} 个字段为二进制内容，已略去（{names}）"),
    Text("nothing to do", "无需处理"),
)  # fmt: skip


def read_parquet(path: Path, _encoding: str | None = None) -> dict[str, Raw]:
    """The one layer of a Parquet file, named like the file.

    Raises
    ------
    InputError
        Damaged, too large, or with a geometry in an encoding that is not known.
    """
    try:
        with path.open("rb") as stream:
            file = pq.ParquetFile(stream)
            size_limits(file.metadata.num_rows, file.metadata.num_columns, path.name)
            table = _whole(path, file)
            text = (file.schema_arrow.metadata or {}).get(b"geo")
            geo = None if text is None else json.loads(text)
            raw = _plain(table, path) if geo is None else _shapes(table, geo, path)
    except (
        pa.ArrowException, OSError, shapely.errors.ShapelyError, ValueError, KeyError, TypeError, AttributeError,
    ) as error:  # fmt: skip
        raise damaged(path, error) from error
    return {path.stem: raw}


def _whole(path: Path, file: pq.ParquetFile) -> pa.Table:
    """All rows, read batch by batch so that a file that unpacks without end is stopped."""
    size, batches = 0, []
    for batch in file.iter_batches(batch_size=BATCH):
        size += batch.nbytes
        if size > MOST_BYTES:
            raise refused(
                path,
                Text(f"the table unpacks to more than {MOST_BYTES / 1e9:.1f} GB.",
                     f"表格解压后超过 {MOST_BYTES / 1e9:.1f} GB。"),
                Text("cut the file into parts.", "请将文件分成几部分。"),
            )  # fmt: skip
        batches.append(batch)
    return pa.Table.from_batches(batches, schema=file.schema_arrow)


def _plain(table: pa.Table, path: Path) -> Raw:
    """Columns as a table; bytes are no values, and indexes of pandas without a name are no columns."""
    kinds = {field.name: _storage(field.type) for field in table.schema}
    raw = [name for name, kind in kinds.items() if _is_bytes(kind)]
    unnamed = [name for name in kinds if INDEX.match(name)]
    frame = table.drop_columns(raw + unnamed).to_pandas(ignore_metadata=True)
    found = [F017.at(path.name, "", n=len(raw), names=", ".join(raw[:5]))] if raw else []
    return Raw(frame, findings=found)


def _shapes(table: pa.Table, geo: dict[str, Any], path: Path) -> Raw:
    """The primary geometry (GeoParquet 1.1) beside the other columns."""
    name = geo["primary_column"]
    about = geo["columns"][name]
    if about["encoding"] != "WKB":
        raise refused(
            path,
            Text(f"geometries in the encoding '{about['encoding']}' are not read.",
                 f"不读取编码为“{about['encoding']}”的几何。"),
            Text("write them as WKB (the usual GeoParquet).", "请按 WKB 写出（GeoParquet 的通常做法）。"),
        )  # fmt: skip
    column = table.column(name)
    binary = pa.chunked_array([_stored(chunk) for chunk in column.chunks], _storage(column.type))
    shapes = shapely.from_wkb(np.array(binary.to_pylist(), dtype=object))
    rest = table.drop_columns([one for one in geo["columns"] if one in table.column_names])
    plain = _plain(rest, path)
    crs = stated_crs(about.get("crs", "OGC:CRS84"))
    frame = gpd.GeoDataFrame(plain.frame, geometry=shapes)
    return Raw(frame, crs, "utf-8", plain.findings)


def _stored(chunk: pa.Array) -> pa.Array:
    return chunk.storage if isinstance(chunk, pa.ExtensionArray) else chunk


def _storage(kind: pa.DataType) -> pa.DataType:
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


PARQUET_READER = whole_file(read_parquet)
