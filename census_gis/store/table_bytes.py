"""Rows of a table as bytes, and back: an Arrow stream compressed in one piece, shapes as well-known binary.

Columns of a project are laid out once, and the rows of each of its districts are taken from arrays: that takes a fraction of the
time frames do. The bytes depend on the rows alone, not on the table they came from: arrays are made anew for them, and what is
missing holds zero.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from geopandas.array import GeometryArray
from numpy.typing import NDArray
from pyproj import CRS

__all__ = ["Columns", "frame_from"]

SHAPE = "geometry"
TYPES = b"dtypes"  # pandas' names of the columns' types, in the head of the stream
# In one piece: a stream's own compression goes buffer by buffer, and a district's are small (three times as long).
PACKING = "zstd"
LEVEL = 1


class _Laid(NamedTuple):
    """A column: values (an array, or text as Arrow holds it), and which are missing where values cannot say it."""

    values: Any
    missing: NDArray[np.bool_] | None = None


class Columns:
    """Columns of a table as arrays, its shapes apart.

    Examples
    --------
    >>> columns = Columns(pd.DataFrame({"a": [1, 2, 3]}))
    >>> frame_from(columns.packed(np.array([0, 2])))["a"].tolist()
    [1, 3]
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        plain = pd.DataFrame(frame)
        self._columns = {
            str(name): _Laid(None) if name == SHAPE else _laid(values)
            for name, values in plain.items()
        }
        self._kinds = [str(kind) for kind in plain.dtypes]

    def packed(self, rows: NDArray[np.intp], shapes: NDArray[np.object_] | None = None) -> bytes:
        """Some rows.

        Parameters
        ----------
        rows : int, shape (n,)
            Which, in their order.
        shapes : Geometry, shape (n,)
            Their shapes, where the table has such.
        """
        arrays = [
            pa.array(shapely.to_wkb(shapes), type=pa.binary()) if name == SHAPE else _taken(laid, rows)
            for name, laid in self._columns.items()
        ]  # fmt: skip
        batch = pa.record_batch(arrays, names=list(self._columns))
        kinds = [
            "str" if pa.types.is_large_string(values.type) else kind
            for values, kind in zip(arrays, self._kinds, strict=True)
        ]
        batch = batch.replace_schema_metadata({TYPES: json.dumps(kinds).encode()})
        target = pa.BufferOutputStream()
        with pa.ipc.new_stream(target, batch.schema) as stream:
            stream.write_batch(batch)
        packed: bytes = pa.Codec(PACKING, LEVEL).compress(target.getvalue(), asbytes=True)
        return packed


def frame_from(data: bytes, crs: CRS | None = None) -> Any:
    """The rows that `Columns.packed` wrote, index 0 .. n-1; with shapes where a reference system is given.

    Texts come back as `str`, columns of objects without a single value as objects, all others in their types.

    Raises
    ------
    OSError
        If the bytes are not whole.
    """
    with pa.ipc.open_stream(pa.input_stream(pa.py_buffer(data), compression=PACKING)) as stream:
        batch = stream.read_next_batch()
    kinds = json.loads(batch.schema.metadata[TYPES])
    columns: dict[str, Any] = {}
    for name, values, kind in zip(batch.schema.names, batch.columns, kinds, strict=True):
        if name == SHAPE and crs is not None:
            shapes = shapely.from_wkb(values.to_numpy(zero_copy_only=False))
            columns[name] = GeometryArray(shapes, crs=crs)
        else:
            columns[name] = _read(values, kind)
    frame = pd.DataFrame(columns, index=pd.RangeIndex(batch.num_rows))
    if crs is None:
        return frame
    return gpd.GeoDataFrame(frame, geometry=SHAPE, crs=crs, copy=False)


def _laid(column: pd.Series[Any]) -> _Laid:
    kind = column.dtype
    if isinstance(kind, pd.StringDtype):
        text = pa.array(column.array, from_pandas=True)
        text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
        return _Laid(text.cast(pa.large_string()))
    if isinstance(kind, np.dtype):
        values = column.to_numpy()
        return _Laid(np.where(np.isnan(values), np.nan, values) if kind.kind == "f" else values)
    numbers = column.to_numpy(dtype=kind.numpy_dtype, na_value=0)
    return _Laid(numbers, column.isna().to_numpy())


def _taken(laid: _Laid, rows: NDArray[np.intp]) -> pa.Array:
    """Values of some rows; of objects the type is found from these alone."""
    values = laid.values
    if isinstance(values, pa.Array):
        mine = values.take(pa.array(rows))
        # What lies under missing texts is not ours to say: written from the texts themselves there is nothing.
        return pa.array(mine.to_pylist(), mine.type) if mine.null_count else mine
    if laid.missing is not None:
        return pa.array(values[rows], mask=laid.missing[rows])
    if values.dtype != object:
        return pa.array(values[rows])
    found = pa.array(values[rows], from_pandas=True)
    return found.cast(pa.large_string()) if pa.types.is_string(found.type) else found


def _read(values: pa.Array, kind: str) -> Any:
    """A column as pandas holds it."""
    if pa.types.is_null(values.type):
        return np.full(len(values), None, dtype=object)
    if pa.types.is_large_string(values.type):
        return _TEXT.__from_arrow__(values)
    if kind in ("object", SHAPE):
        return values.to_pandas().array
    known = pd.api.types.pandas_dtype(kind)
    if isinstance(known, np.dtype):
        return values.to_numpy(zero_copy_only=False)
    return known.__from_arrow__(values)


_TEXT = pd.StringDtype(na_value=np.nan)
