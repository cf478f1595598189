"""Rows of a frame as SQLite takes them: geometry in GeoPackage binary, missing values as NULL.

GeoPackage binary is a header (magic, flags, reference system, envelope) before well-known binary
(OGC 12-128r19, clause 2.1.3). Every shape is given its envelope, so that a spatial index can be built from
headers alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = ["HEADER_BYTES", "decode", "encode", "envelopes", "rows"]

HEADER = struct.Struct("<2sBBi4d")
HEADER_BYTES = HEADER.size
HEAD = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs_id", "<i4"), ("box", "<f8", 4)]
)
LITTLE_ENDIAN_WITH_ENVELOPE = 0x03
MULTI = {
    "MultiPolygon": (shapely.GeometryType.POLYGON, shapely.multipolygons),
    "MultiLineString": (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
}


def rows(
    frame: pd.DataFrame, columns: Sequence[str], *, kind: str | None, srs_id: int
) -> Iterator[tuple[Any, ...]]:
    """Rows of a frame, plain Python values in the order of `columns`, then the geometry.

    Parameters
    ----------
    frame
        A conformed table.
    columns
        Its columns without the geometry.
    kind
        Geometry type of the layer (``MultiPolygon`` …), None for a layer without shapes.
    srs_id
        Number of the reference system in the file.
    """
    if not len(frame):  # most districts have no edits and nothing found
        return iter(())
    table = dict(pd.DataFrame(frame).items())  # its columns are taken faster
    plain: list[Sequence[Any]] = [_values(table[name]) for name in columns]
    if kind is not None:
        shapes = np.asarray(table["geometry"].array, dtype=object)
        plain.append(encode(shapes, kind=kind, srs_id=srs_id))
    return iter(zip(*plain, strict=True)) if plain else iter(())


def encode(shapes: NDArray[np.object_], *, kind: str, srs_id: int) -> list[bytes | None]:
    """Shapes as GeoPackage binary; None and empty ones as NULL."""
    several = _several(shapes, kind)
    none = shapely.is_missing(several) | shapely.is_empty(several)
    box = shapely.bounds(several)
    plain = shapely.to_wkb(several, byte_order=1)
    return [
        None if skip else HEADER.pack(
            b"GP", 0, LITTLE_ENDIAN_WITH_ENVELOPE, srs_id, left, right, bottom, top
        ) + body
        for skip, (left, bottom, right, top), body in zip(none, box.tolist(), plain, strict=True)
    ]  # fmt: skip


def decode(blobs: Sequence[bytes | None]) -> NDArray[np.object_]:
    """Shapes of GeoPackage binary, whoever wrote it."""
    return shapely.from_wkb([None if blob is None else blob[_start(blob) :] for blob in blobs])


def envelopes(heads: Sequence[bytes]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Left, right, bottom and top of shapes from their first `HEADER_BYTES` bytes; and which were written here."""
    whole = np.fromiter((len(head) == HEADER_BYTES for head in heads), bool, len(heads))
    bare = bytes(HEADER_BYTES)
    read = np.frombuffer(
        b"".join(head if ok else bare for head, ok in zip(heads, whole.tolist(), strict=True)), HEAD
    )
    return read["box"].copy(), whole & (read["flags"] == LITTLE_ENDIAN_WITH_ENVELOPE)


def _start(blob: bytes) -> int:
    """Where the well-known binary begins, from the envelope code of the flags."""
    return 8 + (0, 32, 48, 48, 64)[blob[3] >> 1 & 7]


def _several(shapes: NDArray[np.object_], kind: str) -> NDArray[np.object_]:
    """Single shapes as the multi-shapes the layer declares."""
    if kind not in MULTI:
        return shapes
    single, make = MULTI[kind]
    result = shapes.copy()
    alone = shapely.get_type_id(shapes) == single
    result[alone] = make(shapes[alone], indices=np.arange(int(alone.sum())))
    return result


def _values(column: pd.Series) -> list[Any]:
    """Plain Python values, None where missing."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "ib":
        return list(column.tolist())
    found = column.to_numpy(dtype=object, copy=True)
    none = pd.isna(found)
    if none.any():
        found[none] = None
    return list(found.tolist())
