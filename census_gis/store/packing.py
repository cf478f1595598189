"""A district as bytes: what a worker reads, and what a plan keeps so that it can be worked on again.

An archive of Parquet tables, shapes as well-known binary, and one JSON head. The same district makes the same bytes, so a digest of
them says whether anything has changed.
"""

from __future__ import annotations

import io
import json
import zipfile
from functools import lru_cache
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
from census_gis.tables import empty

__all__ = ["pack", "unpack"]

SHAPED = ("buildings", "barriers", "special", "edits", "previous")
PLAIN = ("virtual",)
COUNTS = ("persons", "persons_away", "households", "seed")
EPOCH = (1980, 1, 1, 0, 0, 0)  # archives hold a time; ours is none: bytes depend on content alone


def pack(district: District) -> bytes:
    """One district with its rules.

    Returns
    -------
    bytes
        Some 60 bytes a building and barrier beside their shapes, compressed.
    """
    profile = district.profile
    head = {
        "id": district.id, "name": district.name, "stratum": district.stratum, "crs": _wkt(district.crs),
        **{name: getattr(district, name) for name in COUNTS},
        "profile": {"name": profile.name, "title": [profile.title.en, profile.title.zh],
                    "rules": {key: [r.value, r.unit, r.source] for key, r in sorted(profile.rules.items())}},
    }  # fmt: skip
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(head, ensure_ascii=False, sort_keys=True).encode()
        archive.writestr(zipfile.ZipInfo("head.json", EPOCH), text)
        archive.writestr(zipfile.ZipInfo("boundary.wkb", EPOCH), shapely.to_wkb(district.boundary))
        for name in (*SHAPED, *PLAIN):
            if len(getattr(district, name)):  # most districts have no special areas and no edits
                archive.writestr(zipfile.ZipInfo(f"{name}.parquet", EPOCH), _table(district, name))
    return bundle.getvalue()


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
        there = set(archive.namelist())  # tables without rows are left out
        tables = {
            name: _frame(archive.read(f"{name}.parquet"), crs if name in SHAPED else None)
            if f"{name}.parquet" in there
            else empty(name.upper(), crs)
            for name in (*SHAPED, *PLAIN)
        }
    rules = {key: Rule(*entry) for key, entry in head["profile"]["rules"].items()}
    profile = completed(Profile(head["profile"]["name"], Text(*head["profile"]["title"]), rules))
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


def _table(district: District, name: str) -> bytes:
    """A table as Parquet; plain, since dictionaries and statistics take longer than a small table and save nothing."""
    frame = pd.DataFrame(getattr(district, name)).reset_index(drop=True)
    if name in SHAPED:
        frame["geometry"] = shapely.to_wkb(np.asarray(frame["geometry"], dtype=object))
    target = pa.BufferOutputStream()
    pq.write_table(
        pa.Table.from_pandas(frame, preserve_index=False, nthreads=1), target,
        compression="zstd", use_dictionary=False, write_statistics=False,
    )  # fmt: skip
    return bytes(target.getvalue().to_pybytes())


def _frame(data: bytes, crs: CRS | None) -> Any:
    """A table that was written by `_table`; with shapes where a reference system is given."""
    table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
    if crs is None:
        return table.to_pandas(use_threads=False)
    at = table.schema.get_field_index("geometry")
    shapes = shapely.from_wkb(table.column(at).to_numpy())
    frame = table.remove_column(at).to_pandas(use_threads=False)
    frame.insert(at, "geometry", GeometryArray(shapes, crs=crs))
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs)
