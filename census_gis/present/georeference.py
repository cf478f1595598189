"""Where the maps of a PDF page lie on the earth: viewports a GIS reads coordinates from.

ISO 32000-2, 12.10: a page's `/VP` holds one viewport a map with a `/Measure` of subtype `/GEO`: the corners
of the frame in latitude and longitude, the same corners in the unit square of the viewport, and the
coordinate system. GDAL, QGIS and map readers of phones take it from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
from pikepdf import Array, Dictionary, Name, String
from pyproj import CRS, Transformer

from census_gis.present.display import POINT_MM, MapFrame

__all__ = ["viewports"]

# Corners of the unit square: lower left, upper left, upper right, lower right.
CORNERS = (0, 0, 0, 1, 1, 1, 1, 0)
DEGREE_DIGITS = 9  # a tenth of a millimetre
POINT_DIGITS = 4


def viewports(maps: Sequence[MapFrame], crs: Any) -> Array:
    """The viewports of the maps of one page.

    Parameters
    ----------
    maps
        Frames [mm from the lower left corner of the page] and their ground [m].
    crs
        Projected system of the ground.
    """
    return Array([_viewport(one, CRS.from_user_input(crs)) for one in maps])


def _viewport(one: MapFrame, crs: CRS) -> Dictionary:
    west, south, east, north = one.ground
    to_degrees = _to_degrees(crs)
    lon, lat = to_degrees.transform([west, west, east, east], [south, north, north, south])
    places = np.column_stack([lat, lon]).ravel().tolist()
    square = Array(list(CORNERS))
    measure = Dictionary(
        Type=Name.Measure, Subtype=Name.GEO, Bounds=square, LPTS=Array(list(CORNERS)),
        GPTS=Array([_number(value, DEGREE_DIGITS) for value in places]), GCS=_system(crs),
    )  # fmt: skip
    box = [_number(mm / POINT_MM, POINT_DIGITS) for mm in one.box]
    return Dictionary(Type=Name.Viewport, Name=String("map"), BBox=Array(box), Measure=measure)


def _system(crs: CRS) -> Dictionary:
    made = Dictionary(Type=Name.PROJCS, WKT=String(_wkt(crs)))
    number = crs.to_epsg()
    if number is not None:
        made.EPSG = number
    return made


@lru_cache(maxsize=8)
def _wkt(crs: CRS) -> str:
    return crs.to_wkt("WKT1_ESRI")


@lru_cache(maxsize=8)
def _to_degrees(crs: CRS) -> Transformer:
    # Degrees of the system's own datum, as its viewport is read: no shift between datums.
    return Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)


def _number(value: float, digits: int) -> Decimal:
    """A number as PDF may write it: never with an exponent."""
    return Decimal(f"{value:.{digits}f}")
