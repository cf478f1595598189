"""A tiny good project, and the means to spoil it: each bad day starts from a good one."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import struct
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from shapely import LineString, Polygon, box

CRS = "EPSG:4549"  # CGCS2000, central meridian 120 E
EAST, NORTH = 600_000.0, 3_450_000.0
CODES = ("310199101001", "310199101002")
PROJECT = """[project]
name     = "试验街道"
profile  = "cn2020"
language = "zh"
output   = "outputs"
seed     = 7

[inputs.districts]
file    = "place.gpkg"
layer   = "districts"
columns = { district_code = "district_code", name = "name", persons = "persons" }

[inputs.buildings]
file    = "place.gpkg"
layer   = "buildings"
columns = { building_id = "building_id", floors = "floors" }

[inputs.roads]
file    = "place.gpkg"
layer   = "roads"
columns = { class = "class", name = "name" }
"""


def at(x: float, y: float, width: float, depth: float) -> Polygon:
    """A rectangle, from metres east and north of the corner of the place."""
    return box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + depth)


def moved(shape: object, change: Callable[[np.ndarray], np.ndarray]) -> object:
    return shapely.transform(shape, change)


def good_layers() -> dict[str, gpd.GeoDataFrame]:
    """Two districts side by side, sixteen houses in each, a street through both."""
    districts = gpd.GeoDataFrame(
        {"district_code": list(CODES), "name": ["东社区", "西社区"], "persons": [600, 600]},
        geometry=[at(0, 0, 300, 200), at(300, 0, 300, 200)], crs=CRS,
    )  # fmt: skip
    spots = [(20 + 35 * i, y) for y in (40, 130) for i in range(16) if abs(20 + 35 * i - 290) > 15]
    buildings = gpd.GeoDataFrame(
        {"building_id": [f"b{i:02d}" for i in range(len(spots))], "floors": 4},
        geometry=[at(x, y, 18, 14) for x, y in spots], crs=CRS,
    )  # fmt: skip
    street = LineString([(EAST, NORTH + 100), (EAST + 600, NORTH + 100)])
    roads = gpd.GeoDataFrame(
        {"class": ["residential"], "name": ["中路"]}, geometry=[street], crs=CRS
    )
    return {"districts": districts, "buildings": buildings, "roads": roads}


class Place:
    """A project folder that a test may spoil.

    Attributes
    ----------
    folder, project, data, output
        The folder; in it project.toml, the GeoPackage of all inputs, and the folder of the results.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project.toml"
        self.data = folder / "place.gpkg"
        self.output = folder / "outputs"

    @classmethod
    def make(cls, folder: Path) -> Place:
        place = cls(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for layer, frame in good_layers().items():
            pyogrio.write_dataframe(frame, place.data, layer=layer, driver="GPKG")
        place.project.write_text(PROJECT, encoding="utf-8")
        return place

    def copy(self, folder: Path) -> Place:
        return Place(shutil.copytree(self.folder, folder))

    def say(self, old: str, new: str) -> None:
        """Replace words of the project file."""
        text = self.project.read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"the project file does not say {old!r}")
        self.project.write_text(text.replace(old, new, 1), encoding="utf-8")

    def layer(
        self, name: str, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], **options: str
    ) -> None:
        """Change a layer of the data; its rows, columns, shapes or coordinate system."""
        frame = change(pyogrio.read_dataframe(self.data, layer=name))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a layer without a CRS is what some tests want
            pyogrio.write_dataframe(frame, self.data, layer=name, driver="GPKG", **options)

    def shape(self, name: str, row: int, shape: object) -> None:
        """Give one row of a layer another shape."""

        def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
            shapes = np.asarray(frame.geometry, dtype=object).copy()
            shapes[row] = shape
            return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))

        self.layer(name, change)

    def curved(self, name: str, row: int, x: float, y: float, metres: float) -> None:
        """Give one row of a layer a full circle as its outline: an arc of arcs, not of points."""
        self.layer(name, lambda frame: frame, SPATIAL_INDEX="NO", geometry_type="Unknown")
        middle, points = (EAST + x, NORTH + y), ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, 0))
        spots = [middle[axis] + metres * point[axis] for point in points for axis in (0, 1)]
        ring = struct.pack("<BII10d", 1, 8, len(points), *spots)  # WKB: 8 is CIRCULARSTRING
        blob = struct.pack("<2sBBiBII", b"GP", 0, 1, 4549, 1, 10, 1) + ring  # 10 is CURVEPOLYGON
        with closing(sqlite3.connect(self.data)) as connection:
            connection.execute(f"UPDATE {name} SET geom = ? WHERE fid = ?", (blob, row + 1))
            connection.commit()

    def column(self, layer: str, name: str, values: list[object] | object) -> None:
        """Give a layer a column of these values."""
        self.layer(layer, lambda frame: frame.assign(**{name: values}))

    def mapped(self, *columns: str) -> None:
        """Name further columns of the buildings in the project file."""
        more = "".join(f', {name} = "{name}"' for name in columns)
        self.say('floors = "floors"', f'floors = "floors"{more}')


def digest(folder: Path) -> dict[str, str]:
    """Every file below a folder with the SHA-256 of its bytes; folders with ''."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        )
        for path in sorted(folder.rglob("*"))
    }
