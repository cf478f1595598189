"""Coordinate systems by name: what a user may write, which of them are the same, on which datum they are."""

from __future__ import annotations

import re

from pyproj import CRS
from pyproj.exceptions import CRSError

from census_gis.errors import ConfigError
from census_gis.language import Text

__all__ = ["as_epsg", "datum", "flat", "is_old_chinese", "name", "same_place", "user_crs"]

# A user's own description: code, WKT or PROJ terms; never a file, an address or a pipeline.
CODE = re.compile(r"^(EPSG|ESRI)[:/ ]?\d{4,6}$", re.IGNORECASE)
WKT = re.compile(
    r"^(PROJCS|PROJCRS|GEOGCS|GEOGCRS|GEODCRS|COMPD_CS|COMPOUNDCRS|BOUNDCRS)\s*\[", re.IGNORECASE
)
PROJ = re.compile(r"^\+proj=[a-z_]+(\s+\+[a-z0-9_]+(=[\w.,+-]*)?)*\s*$", re.IGNORECASE)
NOT_PROJ = re.compile(
    r"\+(init|nadgrids|geoidgrids|grids|step|file)\b|\+proj=pipeline", re.IGNORECASE
)
LEAST_CONFIDENCE = 25  # of 100: an ESRI description has other names than EPSG for the same numbers


def user_crs(text: str, where: str) -> CRS:
    """A coordinate system as a user may write it: ``EPSG:4549``, WKT, or a PROJ string.

    Raises
    ------
    ConfigError
        For anything else; text that PROJ would read as a file or grid is refused.
    """
    plain = str(text).strip()
    code = f"EPSG:{plain}" if plain.isdigit() else plain
    known = CODE.match(code) or WKT.match(code) or (PROJ.match(code) and not NOT_PROJ.search(code))
    try:
        if not known:
            raise CRSError(plain[:60])
        return flat(CRS.from_user_input(code))
    except CRSError as error:
        raise ConfigError(
            Text(f"'{plain[:60]}' is not a coordinate system.", f"“{plain[:60]}”不是坐标系。"),
            where=where,
            fix=Text('write crs = "EPSG:4549", a WKT or a +proj string.',
                     '请写 crs = "EPSG:4549"、WKT 或 +proj 字符串。'),
        ) from error  # fmt: skip


def flat(crs: CRS) -> CRS:
    """The horizontal part; a plane system stays the very same, with its code."""
    return crs if len(crs.axis_info) == 2 else crs.to_2d()


def name(crs: CRS) -> str:
    """How messages name a coordinate system."""
    epsg = crs.to_epsg()
    return f"EPSG:{epsg} ({crs.name})" if epsg else crs.name


def as_epsg(crs: CRS) -> tuple[CRS, bool]:
    """The EPSG system with the same numbers as a description without code, and whether there is one."""
    sure = crs.to_epsg()
    code = sure if sure is not None else crs.to_epsg(min_confidence=LEAST_CONFIDENCE)
    if code is None:
        return crs, False
    known = CRS.from_epsg(code)
    return (known, sure is None) if _numbers(known) == _numbers(crs) else (crs, False)


def same_place(one: CRS, other: CRS) -> bool:
    """Whether the same numbers mean the same place in both (axis order apart: x is always east)."""
    if one.equals(other, ignore_axis_order=True):
        return True
    return datum(one) == datum(other) and _numbers(one) == _numbers(other)


def datum(crs: CRS) -> str:
    """Datum of a coordinate system, in one spelling."""
    geodetic = crs.geodetic_crs
    held = geodetic.datum if geodetic is not None else None
    name = re.sub(r"[\W_]+", " ", held.name if held is not None else crs.name).lower().strip()
    name = name.removeprefix("d ")
    if name.startswith(("world geodetic system 1984", "wgs 1984", "wgs 84", "wgs84")):
        return "wgs84"
    if name in ("china 2000", "china geodetic coordinate system 2000", "cgcs2000", "cgcs 2000"):
        return "cgcs2000"
    return name


def is_old_chinese(crs: CRS) -> bool:
    """Beijing 1954 or Xi'an 1980: tens of metres away from CGCS2000, no public parameters."""
    name = datum(crs)
    return name.startswith(
        ("beijing 1954", "new beijing", "xian 1980", "xi an 1980", "beijing1954")
    )


def _numbers(crs: CRS) -> tuple[object, ...]:
    """Everything that turns degrees into coordinates, in one form."""
    conversion = crs.coordinate_operation if crs.is_projected else None
    values = () if conversion is None else tuple(
        sorted((_plain(one.name), round(float(one.value) * one.unit_conversion_factor, 9)) for one in conversion.params)
    )  # fmt: skip
    method = "" if conversion is None else _plain(conversion.method_name)
    shape = crs.ellipsoid
    size = (round(shape.semi_major_metre, 3), round(shape.inverse_flattening, 6)) if shape else ()
    unit = round(crs.axis_info[0].unit_conversion_factor, 9) if crs.axis_info else 1.0
    meridian = crs.prime_meridian.longitude if crs.prime_meridian else 0.0
    return (datum(crs), method, values, size, unit, meridian)


def _plain(name: str) -> str:
    plain = re.sub(r"[\W_]+", " ", name).lower().strip()
    return {"gauss kruger": "transverse mercator"}.get(plain, plain)
