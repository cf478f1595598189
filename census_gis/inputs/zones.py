"""What bare numbers say: longitude and latitude, or an easting of a CGCS2000 zone.

EPSG codes of CGCS2000 (checked against the EPSG data of PROJ): 4490 geographic; 4491-4501 6-degree zones
13-23 and 4513-4533 3-degree zones 25-45, the zone before the easting; 4502-4512 and 4534-4554 the same
without it. Prefixes 13-23 and 25-45 do not overlap, so a prefixed easting names its zone by itself; an
easting without prefix fits 21 zones and needs a longitude.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from census_gis.language import Text

__all__ = ["Reading", "looks_like", "zone_of"]

NORTHINGS = (1.0e6, 6.2e6)  # 9 to 56 degrees north [m]
M_PER_DEGREE = 111_320.0  # of a meridian and of the equator, near enough to tell zones apart [m]
CHINA_LON, CHINA_LAT = (73.0, 136.0), (3.0, 54.0)


@dataclass(frozen=True)
class Reading:
    """One way to read a pair of numbers; `certain` when no other way fits, but for the datum."""

    words: Text
    epsg: int | None
    certain: bool


def zone_of(longitude: float) -> int | None:
    """EPSG code of the CGCS2000 3-degree system without prefix at a longitude [degrees east]."""
    zone = round(longitude / 3)
    return 4534 + zone - 25 if 25 <= zone <= 45 else None


def looks_like(x: float, y: float, hint: float | None) -> list[Reading]:
    """All readings of an easting x and northing y, likeliest first; datum is never told by numbers.

    Examples
    --------
    >>> looks_like(39_448_000, 4_428_000, None)[0].epsg
    4527
    >>> [one.epsg for one in looks_like(448_000, 4_428_000, 116.3)]
    [4548, 4509]
    """
    swapped = _eastings(y, x, hint) if _is_northing(x) and not _is_northing(y) else []
    turned = [
        Reading(
            Text(f"{one.words.en}, axes swapped", f"{one.words.zh}，坐标轴颠倒"), None, one.certain
        )
        for one in swapped
    ]
    return _degrees(x, y) + _eastings(x, y, hint) + turned


def _is_northing(value: float) -> bool:
    return NORTHINGS[0] <= value <= NORTHINGS[1]


def _in_china(lon: float, lat: float) -> bool:
    return CHINA_LON[0] <= lon <= CHINA_LON[1] and CHINA_LAT[0] <= lat <= CHINA_LAT[1]


def _degrees(x: float, y: float) -> list[Reading]:
    if _in_china(y, x):
        return [
            Reading(
                Text("latitude and longitude, axes swapped", "纬度和经度，坐标轴颠倒"), None, True
            )
        ]
    if abs(x) <= 180 and abs(y) <= 90:
        return [
            Reading(
                Text("longitude and latitude in degrees", "经纬度（度）"),
                4490 if _in_china(x, y) else 4326,
                True,
            )
        ]
    return []


def _eastings(x: float, y: float, hint: float | None) -> list[Reading]:
    if not _is_northing(y):
        return []
    zone, rest = int(x // 1_000_000), x % 1_000_000
    if 13 <= zone <= 23 and 2e5 <= rest <= 8e5:
        words = Text(f"6-degree zone {zone} with prefix", f"6 度带第 {zone} 带（带号）")
        return [_reading(4491 + zone - 13, words, certain=True)]
    if 25 <= zone <= 45 and 2.5e5 <= rest <= 7.5e5:
        words = Text(f"3-degree zone {zone} with prefix", f"3 度带第 {zone} 带（带号）")
        return [_reading(4513 + zone - 25, words, certain=True)]
    if zone != 0 or not 1.5e5 <= rest <= 8.5e5:
        return []
    # The zone need not be the one the place lies in: a layer may reach over its zone's edge.
    off = (x - 5e5) / (M_PER_DEGREE * math.cos(math.radians(y / M_PER_DEGREE)))
    three = zone_of(hint - off) if hint is not None else None
    if three is None or hint is None:
        words = Text("a plain easting, its zone unknown", "不带带号的横坐标，分带未知")
        return [Reading(words, None, False)]
    six, middle = round((hint - off + 3) / 6), 3 * (three - 4509)
    plain = Text(f"3-degree zone, central meridian {middle}E", f"3 度带，中央经线 {middle}°")
    wide = Text(
        f"6-degree zone, central meridian {6 * six - 3}E", f"6 度带，中央经线 {6 * six - 3}°"
    )
    return [_reading(three, plain, certain=False), _reading(4502 + six - 13, wide, certain=False)]


def _reading(epsg: int, words: Text, *, certain: bool) -> Reading:
    text = Text(f"CGCS2000 {words.en} (EPSG:{epsg})", f"CGCS2000 {words.zh}（EPSG:{epsg}）")
    return Reading(text, epsg, certain)
