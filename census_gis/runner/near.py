"""What the map books of some districts need of a plan, read from its file: nothing of the rest is held.

The file is SQLite: it is asked directly, in the order of its indexes, so that a process that prints needs no
library for other formats.
"""

from __future__ import annotations

import hashlib
import marshal
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.present.layers import reach_of
from census_gis.store.encode import decode
from census_gis.store.reading import reading
from census_gis.tables import TABLES, conform, empty

__all__ = [
    "Batch", "batches", "fingerprint", "read_near", "read_near_marked", "read_township", "read_whole",
]  # fmt: skip

AROUND = (
    "districts", "ea_lines", "context_lines", "context_areas", "context_points", "special_areas", "disputes",
)  # fmt: skip
# What the sheet of a township shows.
OF_TOWNSHIP = (
    "districts", "enumeration_areas", "context_lines", "context_areas", "context_points", "special_areas",
)  # fmt: skip
STANDING_NOWHERE = ("units", "settings", "staff")
# Districts side by side are read at once: their surroundings are mostly the same. More than these gain
# little and keep the other workers waiting at the end.
MOST = 6

Bounds = tuple[float, float, float, float]
Batch = tuple[tuple[str, ...], Bounds]


def batches(districts: gpd.GeoDataFrame, codes: Sequence[str]) -> Iterator[Batch]:
    """Codes of districts to be read together, and the rectangle [m] around them; their order is kept.

    Parameters
    ----------
    districts
        Layer `districts`, with the boundaries of all `codes`.
    """
    shapes = dict(zip(districts["district_code"], districts.geometry, strict=True))
    held: list[str] = []
    bounds, alone = np.empty(4), 0.0
    for code in codes:
        own = np.array(reach_of(shapes[code]).bounds)
        both = np.append(np.minimum(bounds, own)[:2], np.maximum(bounds, own)[2:]) if held else own
        # A rectangle larger than those of its districts would read what nobody asked for.
        if held and (len(held) == MOST or _area(both) > alone + _area(own)):
            yield tuple(held), _bounds(bounds)
            held, both, alone = [], own, 0.0
        held.append(code)
        bounds, alone = both, alone + _area(own)
    if held:
        yield tuple(held), _bounds(bounds)


def _area(bounds: np.ndarray) -> float:
    return float((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]))


def _bounds(bounds: np.ndarray) -> Bounds:
    west, south, east, north = bounds.tolist()
    return west, south, east, north


def read_near(plan: Path, batch: Batch, crs: Any) -> dict[str, pd.DataFrame]:
    """Layers of a plan around a batch of districts; what of them stands nowhere included.

    Parameters
    ----------
    plan
        plan.gpkg.
    crs
        Its coordinate system.

    Returns
    -------
    dict
        Frames by layer, typed as declared. Buildings of other districts are outlines without anything else,
        among `outside_buildings`.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    return read_near_marked(plan, batch, crs)[0]


def read_near_marked(plan: Path, batch: Batch, crs: Any) -> tuple[dict[str, pd.DataFrame], str]:
    """The same, and its `fingerprint`."""
    with _opened(plan, crs) as layers:
        return _near(layers, *batch), layers.seen.hexdigest()


def fingerprint(plan: Path, batch: Batch, crs: Any) -> str:
    """SHA-256 of every value `read_near` would read, without making anything of it; errors as there."""
    with _opened(plan, crs) as layers:
        _near(_Unread(layers), *batch)
        return layers.seen.hexdigest()


def read_whole(plan: Path, names: Sequence[str], crs: Any) -> dict[str, pd.DataFrame]:
    """All rows of some layers, typed as declared; plan, system and errors as of `read_near`."""
    with _opened(plan, crs) as layers:
        return {name: layers.read(name, "1", ()) for name in names}


def read_township(plan: Path, code: str, crs: Any) -> dict[str, pd.DataFrame]:
    """Layers around a township, and what stands nowhere; plan, system and errors as of `read_near`.

    Parameters
    ----------
    code
        First digits of the codes of its districts, one of which has a boundary.
    """
    with _opened(plan, crs) as layers:
        own = layers.read("districts", "substr(district_code, 1, ?) = ?", (len(code), code))
        bounds = _corners(reach_of(shapely.box(*own.total_bounds)).bounds)
        found = {name: layers.read(name, _around(name), bounds) for name in OF_TOWNSHIP}
        return {**found, **{name: layers.read(name, "1", ()) for name in ("units", "settings")}}


@contextmanager
def _opened(plan: Path, crs: Any) -> Iterator[_Layers]:
    try:
        with reading(plan) as connection:
            yield _Layers(connection, crs)
    except sqlite3.DatabaseError as error:
        raise InputError(
            Text(f"cannot be read: {error}", f"无法读取：{error}"), where=str(plan),
            fix=Text("name a plan.gpkg made by `census-gis run`.",
                     "请指定 `census-gis run` 生成的 plan.gpkg。"),
        ) from error  # fmt: skip


def _near(layers: _Layers, codes: tuple[str, ...], bounds: Bounds) -> dict[str, pd.DataFrame]:
    listed = ", ".join("?" * len(codes))
    own = f"district_code IN ({listed})"
    found = {name: layers.read(name, _around(name), _corners(bounds)) for name in AROUND}
    for name in ("enumeration_areas", "dwelling_parts", "ea_descriptions"):
        found[name] = layers.read(name, own, codes)
    others = f"{_around('enumeration_areas')} AND NOT {own}"
    more = layers.read("enumeration_areas", others, (*_corners(bounds), *codes))
    if len(more):
        found["enumeration_areas"] = pd.concat([found["enumeration_areas"], more])
    found["outside_buildings"] = _outside(layers, own, bounds, codes)
    return {**found, **{name: layers.read(name, "1", ()) for name in STANDING_NOWHERE}}


def _outside(layers: _Layers, own: str, bounds: Bounds, codes: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Buildings around that belong to none of the districts: those of no district, and those of others."""
    lone = layers.read("outside_buildings", _around("outside_buildings"), _corners(bounds))
    where = f"{_around('dwelling_parts')} AND NOT {own}"
    blobs = layers.rows("dwelling_parts", ("geom",), where, (*_corners(bounds), *codes))
    shapes = decode([blob for (blob,) in blobs])
    return pd.concat([lone, gpd.GeoDataFrame(geometry=shapes, crs=lone.crs)])


def _around(name: str) -> str:
    """Condition for rows near a rectangle, by the layer's spatial index."""
    return (
        f'fid IN (SELECT id FROM "rtree_{name}_geom"'
        " WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?)"
    )


def _corners(bounds: Bounds) -> tuple[float, ...]:
    west, south, east, north = bounds
    return west, east, south, north


class _Layers:
    """Layers of an open plan; `seen` is a hash of all rows that were asked for."""

    def __init__(self, connection: sqlite3.Connection, crs: Any) -> None:
        self.seen = hashlib.sha256()
        self._connection, self._crs = connection, crs
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self._present = {name for (name,) in named}

    def read(self, name: str, where: str, given: Sequence[Any]) -> Any:
        """Rows of a layer, typed as declared; none where plans of earlier versions lack it."""
        if name not in self._present:
            return empty(name, self._crs)
        known = {row[1] for row in self._connection.execute(f'PRAGMA table_info("{name}")')}
        columns = [column for column in TABLES[name] if column in known]
        drawn = "geometry" in TABLES[name]
        rows = self.rows(name, [*columns, "geom"] if drawn else columns, where, given)
        if not rows:
            return empty(name, self._crs)
        values = list(zip(*rows, strict=True))
        frame = {
            column: _values(one, TABLES[name][column].dtype)
            for column, one in zip(columns, values, strict=False)
        }
        if drawn:
            frame["geometry"] = decode(values[-1])
        return conform(pd.DataFrame(frame), name, crs=self._crs)

    def rows(
        self, name: str, columns: Sequence[str], where: str, given: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        """Rows as they are stored, in the order of the file."""
        listed = ", ".join(f'"{column}"' for column in columns)
        query = f'SELECT {listed} FROM "{name}" WHERE {where} ORDER BY fid'
        found = self._connection.execute(query, given).fetchall()
        # Version 2 of marshal writes the same bytes for the same values.
        self.seen.update(marshal.dumps((name, tuple(columns), found), 2))
        return found


class _Unread(_Layers):
    """Layers whose rows are seen, and nothing is made of them."""

    def __init__(self, layers: _Layers) -> None:
        vars(self).update(vars(layers))

    def rows(
        self, name: str, columns: Sequence[str], where: str, given: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        """None."""
        super().rows(name, columns, where, given)
        return []


def _values(values: Sequence[Any], dtype: str) -> NDArray[Any]:
    """A column as numpy holds it, for `conform`; whole numbers beside empty places are told from floats there."""
    if dtype not in ("int64", "Int64", "float64"):
        return np.array(values, dtype=object)
    some = dtype != "float64" and None not in values
    return np.array(values, dtype=np.int64 if some else np.float64)
