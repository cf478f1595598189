"""A district as bytes: what a worker reads, and what a plan keeps so that it can be worked on again.

An archive of tables, one JSON head, the rules and the district's shape. The same district makes the same bytes, so a digest of them
says whether anything has changed.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Set
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from geopandas.array import GeometryArray
from pyproj import CRS

from census_gis.language import Text
from census_gis.model import District
from census_gis.profile import Profile, Rule, completed
from census_gis.store.table_bytes import Columns, frame_from
from census_gis.tables import empty

__all__ = ["RULES", "pack", "packed_rules", "unpack"]

SHAPED = ("buildings", "barriers", "special", "edits", "previous")
PLAIN = ("virtual",)
RULES = "rules.json"
TABLE, OLDER = ".arrows.zst", ".parquet"
NOTHING: Mapping[str, bytes] = MappingProxyType({})
COUNTS = ("persons", "persons_away", "households", "seed")
EPOCH = (1980, 1, 1, 0, 0, 0)  # archives hold a time; ours is none: bytes depend on content alone


def pack(district: District, *, ready: Mapping[str, bytes] = NOTHING) -> bytes:
    """One district with its rules.

    Parameters
    ----------
    district
        What to pack.
    ready
        Parts that are packed already: tables by name (`Columns.packed`), and `RULES` (`packed_rules`).

    Returns
    -------
    bytes
        Some 60 bytes a building and barrier beside their shapes, compressed.
    """
    head = {
        "id": district.id, "name": district.name, "stratum": district.stratum, "crs": _wkt(district.crs),
        **{name: getattr(district, name) for name in COUNTS},
    }  # fmt: skip
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as archive:

        def put(name: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data)

        put("head.json", json.dumps(head, ensure_ascii=False, sort_keys=True).encode())
        put(RULES, ready[RULES] if RULES in ready else packed_rules(district.profile))
        put("boundary.wkb", shapely.to_wkb(district.boundary))
        for name in (*SHAPED, *PLAIN):
            if name in ready:
                put(f"{name}{TABLE}", ready[name])
            elif len(getattr(district, name)):  # most districts have no special areas and no edits
                put(f"{name}{TABLE}", _table(getattr(district, name)))
    return bundle.getvalue()


def packed_rules(profile: Profile) -> bytes:
    """The rules of a district: most of a project's have the same."""
    rules = {key: [r.value, r.unit, r.source] for key, r in sorted(profile.rules.items())}
    said = {"name": profile.name, "title": [profile.title.en, profile.title.zh], "rules": rules}
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def unpack(data: bytes) -> District:
    """The district that was packed.

    Raises
    ------
    zipfile.BadZipFile
        If the bytes are not whole.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        head = json.loads(archive.read("head.json"))
        boundary = shapely.from_wkb(archive.read("boundary.wkb"))
        crs = _crs(head["crs"])
        there = set(archive.namelist())
        older = json.dumps(head.get("profile")).encode()  # an earlier version had the rules there
        profile = _profile(archive.read(RULES) if RULES in there else older)
        tables = {
            name: _rows(archive, there, name, crs if name in SHAPED else None)
            for name in (*SHAPED, *PLAIN)
        }
    counts = {name: head[name] for name in COUNTS}
    return District(
        id=head["id"], name=head["name"], profile=profile, crs=crs, boundary=boundary,
        stratum=head.get("stratum", ""), **tables, **counts,
    )  # fmt: skip


# A project has one reference system, and each of its districts says it.
@lru_cache(maxsize=4)
def _wkt(crs: CRS) -> str:
    return crs.to_wkt()


@lru_cache(maxsize=4)
def _crs(wkt: str) -> CRS:
    return CRS.from_wkt(wkt)


@lru_cache(maxsize=16)
def _profile(text: bytes) -> Profile:
    """Rules as they were packed; districts of one kind share them."""
    said = json.loads(text)
    rules = {key: Rule(*entry) for key, entry in said["rules"].items()}
    return completed(Profile(said["name"], Text(*said["title"]), rules))


def _table(frame: pd.DataFrame) -> bytes:
    shapes = np.asarray(frame["geometry"], dtype=object) if "geometry" in frame else None
    return Columns(frame).packed(np.arange(len(frame)), shapes)


def _rows(archive: zipfile.ZipFile, there: Set[str], name: str, crs: CRS | None) -> Any:
    """A table of an archive; tables without rows are left out."""
    if f"{name}{TABLE}" in there:
        return frame_from(archive.read(f"{name}{TABLE}"), crs)
    if f"{name}{OLDER}" in there:
        return _frame(archive.read(f"{name}{OLDER}"), crs)
    return empty(name.upper(), crs)


def _frame(data: bytes, crs: CRS | None) -> Any:
    """A table of an earlier version, Parquet; with shapes where a reference system is given."""
    table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
    if crs is None:
        return table.to_pandas(use_threads=False)
    at = table.schema.get_field_index("geometry")
    shapes = shapely.from_wkb(table.column(at).to_numpy())
    frame = table.remove_column(at).to_pandas(use_threads=False)
    frame.insert(at, "geometry", GeometryArray(shapes, crs=crs))
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs)
