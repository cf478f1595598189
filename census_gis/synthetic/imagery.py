"""An orthophoto drawn from the layers: fields, trees, water, roads, roofs with their shadows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from rasterio.enums import Resampling
from rasterio.transform import from_origin

from census_gis.synthetic.town import Town, generator

__all__ = ["PIXEL_M", "draw"]

PIXEL_M = 0.5
MARGIN_M = 40.0
SHADOW = (
    -0.18,
    0.42,
)  # shadow of a metre of height [m]: a late morning sun in the south-south-east

Color = tuple[int, ...]
GROUND: Color = (166, 160, 146)
OUTSIDE: Color = (120, 132, 94)
LAND: dict[str, tuple[Color, ...]] = {
    "0101": ((98, 128, 70), (112, 138, 76), (132, 142, 84)), "0102": ((106, 132, 66), (122, 140, 82)),
    "0103": ((158, 142, 102), (138, 132, 88)), "0201": ((78, 108, 58),), "0204": ((70, 100, 56),),
    "0301": ((58, 88, 50),), "0404": ((138, 146, 98), (156, 148, 112)), "0810": ((88, 122, 68),),
    "0701": ((164, 166, 150), (156, 160, 146)), "0702": ((158, 152, 132),), "08H2": ((158, 164, 146),),
    "0601": ((168, 168, 166),), "0508": ((162, 160, 156),), "05H1": ((176, 172, 166),),
    "08H1": ((164, 164, 158),), "1104": ((74, 98, 92),), "1003": ((96, 128, 80),), "1001": ((130, 122, 112),),
}  # fmt: skip
ROAD: dict[str, tuple[float, Color]] = {
    "motorway": (12.5, (118, 118, 120)), "primary": (26.0, (126, 126, 126)),
    "secondary": (19.0, (128, 128, 127)), "tertiary": (13.0, (132, 132, 130)),
    "residential": (8.5, (138, 137, 133)), "unclassified": (5.0, (156, 152, 144)),
    "service": (4.2, (150, 149, 144)), "living_street": (2.6, (152, 147, 138)),
    "track": (3.0, (166, 152, 124)),
}  # fmt: skip
ROOF: dict[str, tuple[Color, ...]] = {
    "high": ((188, 180, 170), (196, 190, 184), (176, 166, 156)),
    "slab": ((172, 108, 88), (150, 150, 154), (186, 178, 170), (120, 132, 150)),
    "house": ((92, 88, 86), (116, 104, 96), (150, 98, 80), (84, 82, 84), (134, 120, 110)),
    "works": ((94, 128, 168), (196, 200, 204), (178, 186, 192), (120, 146, 150)),
    "public": ((186, 182, 174), (168, 112, 92), (198, 196, 192)),
}  # fmt: skip


def draw(town: Town, code: str, path: Path) -> None:
    """Draw one district and 40 m around it as a tiled GeoTIFF with overviews, 0.5 m a pixel."""
    shape = town.districts.loc[town.districts["district_code"] == code, "geometry"].iloc[0]
    part = max(
        shapely.get_parts(shape), key=lambda one: float(one.area)
    )  # an exclave is no part of it
    left, low, right, high = (float(value) for value in part.bounds)
    left, high = np.floor(left - MARGIN_M), np.ceil(high + MARGIN_M)
    width = int(np.ceil((right + MARGIN_M - left) / PIXEL_M))
    height = int(np.ceil((high - low + MARGIN_M) / PIXEL_M))
    scene = _Scene(town, (left, high - height * PIXEL_M, left + width * PIXEL_M, high), code)
    pixels = scene.paint()
    _save(pixels, path, from_origin(left, high, PIXEL_M, PIXEL_M), town.crs.to_wkt())


def _save(pixels: NDArray[np.uint8], path: Path, transform: object, crs: str) -> None:
    shape = {"height": pixels.shape[0], "width": pixels.shape[1], "count": 3, "dtype": "uint8"}
    tiles = {
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "JPEG",
        "JPEG_QUALITY": 85,
    }
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, photometric="YCBCR",
                       interleave="pixel", **shape, **tiles) as file:  # fmt: skip
        file.write(np.moveaxis(pixels, 2, 0))
        file.build_overviews([2, 4, 8], Resampling.average)
        file.update_tags(
            TIFFTAG_IMAGEDESCRIPTION="synthetic orthophoto, drawn",
            TIFFTAG_DATETIME="2020:04:12 10:30:00",
        )


class _Scene:
    """One picture in the making: a window on the town and a canvas."""

    def __init__(self, town: Town, box: tuple[float, float, float, float], code: str) -> None:
        self._town, self._box = town, box
        self._rng = generator(int(code[6:]), 41)
        size = (round((box[2] - box[0]) / PIXEL_M), round((box[3] - box[1]) / PIXEL_M))
        self._canvas = Image.new("RGB", size, OUTSIDE)
        self._pen = ImageDraw.Draw(self._canvas)

    def paint(self) -> NDArray[np.uint8]:
        self._land()
        self._water()
        self._roads()
        self._trees()
        self._houses()
        return self._grain()

    def _near(self, layer: str) -> Any:
        frame = getattr(self._town, layer)
        return frame.iloc[np.sort(frame.sindex.query(shapely.box(*self._box).buffer(60)))]

    def _pixels(self, points: NDArray[np.float64]) -> list[tuple[float, float]]:
        x = (points[:, 0] - self._box[0]) / PIXEL_M
        y = (self._box[3] - points[:, 1]) / PIXEL_M
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def _fill(
        self, shape: shapely.Geometry, color: Color, shift: tuple[float, float] = (0, 0)
    ) -> None:
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon" and not part.is_empty:
                self._pen.polygon(
                    self._pixels(shapely.get_coordinates(part.exterior) + shift), fill=color
                )

    def _shade(self, color: Color, by: float) -> Color:
        """The same colour, a little lighter or darker by chance."""
        light = 1 + by * float(self._rng.normal())
        return tuple(int(np.clip(part * light, 0, 255)) for part in color)

    def _land(self) -> None:
        for row in self._near("districts").itertuples():
            self._fill(row.geometry, GROUND)
        for row in self._near("landuse").itertuples():
            kinds = LAND.get(row[1], (GROUND,))
            color = self._shade(kinds[int(self._rng.integers(len(kinds)))], 0.05)
            if row.name == "操场":
                self._fill(row.geometry, (168, 92, 76))
                self._fill(row.geometry.buffer(-8), (104, 142, 78))
                continue
            self._fill(row.geometry, color)
            if row[1] in ("0101", "0102", "0103"):
                self._furrows(row.geometry, color)

    def _furrows(self, field: shapely.Polygon, color: Color) -> None:
        """Lines of the plough, along the longer side."""
        corner = shapely.get_coordinates(shapely.minimum_rotated_rectangle(field))
        sides = sorted(
            (corner[1] - corner[0], corner[2] - corner[1]), key=lambda side: float(np.hypot(*side))
        )
        count = int(np.hypot(*sides[0]) / 7)
        dark = tuple(int(part * 0.93) for part in color)
        for step in range(1, count):
            start = corner[0] + sides[0] * step / count if np.allclose(sides[0], corner[1] - corner[0]) else (
                corner[0] + (corner[3] - corner[0]) * step / count)  # fmt: skip
            line = shapely.linestrings([start, start + sides[1]]).intersection(field.buffer(-1.5))
            for part in shapely.get_parts(line):
                if part.geom_type == "LineString" and part.length > 3:
                    self._pen.line(self._pixels(shapely.get_coordinates(part)), fill=dark, width=2)

    def _water(self) -> None:
        for row in self._near("water").itertuples():
            self._fill(row.geometry.buffer(1.6), (118, 112, 96))
            self._fill(
                row.geometry, self._shade((72, 94, 92) if row[1] == "river" else (70, 98, 84), 0.05)
            )

    def _line(self, line: shapely.Geometry, color: Color, width_m: float) -> None:
        width = max(1, round(width_m / PIXEL_M))
        for part in shapely.get_parts(line):
            points = self._pixels(shapely.get_coordinates(part))
            self._pen.line(points, fill=color, width=width, joint="curve")

    def _roads(self) -> None:
        roads = list(self._near("roads").itertuples())
        for row in roads:
            if row[1] in ("primary", "secondary", "tertiary"):
                self._line(row.geometry, (166, 162, 152), ROAD[row[1]][0] + 8)
        for kind in reversed(ROAD):
            for row in roads:
                if row[1] == kind:
                    self._line(row.geometry, ROAD[kind][1], ROAD[kind][0])
        for row in roads:
            if row[1] in ("primary", "secondary", "motorway"):
                self._pen.line(
                    self._pixels(shapely.get_coordinates(row.geometry)),
                    fill=(214, 210, 190),
                    width=1,
                )
        for row in self._near("railways").itertuples():
            self._line(row.geometry, (116, 106, 98), 9.0)
            for side in (2.4, 0.9, -0.9, -2.4):
                rail = row.geometry.offset_curve(side)
                self._pen.line(
                    self._pixels(shapely.get_coordinates(rail)), fill=(82, 76, 72), width=1
                )

    def _trees(self) -> None:
        """Trees along larger streets and in green and living quarters."""
        spots: list[tuple[float, float]] = []
        for row in self._near("roads").itertuples():
            if row[1] in ("primary", "secondary", "tertiary"):
                for side in (ROAD[row[1]][0] / 2 + 2.2, -ROAD[row[1]][0] / 2 - 2.2):
                    line = row.geometry.offset_curve(side)
                    steps = np.arange(2.0, line.length, 7.5)
                    spots += [
                        tuple(point)
                        for point in shapely.get_coordinates(
                            shapely.line_interpolate_point(line, steps)
                        )
                    ]
        dense = {
            "0810": 140.0,
            "0301": 40.0,
            "0201": 45.0,
            "0204": 50.0,
            "0701": 190.0,
            "0702": 420.0,
            "08H2": 300.0,
        }
        for row in self._near("landuse").itertuples():
            if row[1] in dense and row.name != "操场":
                left, low, right, high = row.geometry.bounds
                count = int((right - left) * (high - low) / dense[row[1]])
                points = self._rng.uniform((left, low), (right, high), (count, 2))
                spots += [
                    tuple(point) for point in points[shapely.contains_xy(row.geometry, *points.T)]
                ]
        water = shapely.union_all(self._near("water").geometry.to_numpy())
        shapely.prepare(water)
        dry = ~shapely.contains_xy(water, *np.array(spots).T) if spots else []
        for (x, y), keep in zip(spots, dry, strict=True):
            if keep:
                self._tree(x, y)

    def _tree(self, x: float, y: float) -> None:
        radius = float(self._rng.uniform(1.3, 3.0))
        for dx, dy, color in (
            (SHADOW[0] * 5, SHADOW[1] * 5, (70, 76, 58)),
            (0, 0, self._shade((70, 100, 56), 0.14)),
        ):
            ((px, py),) = self._pixels(np.array([[x + dx, y + dy]]))
            size = radius / PIXEL_M
            self._pen.ellipse((px - size, py - size, px + size, py + size), fill=color)

    def _houses(self) -> None:
        rows = list(self._near("buildings").itertuples())
        heights = [_height(row) for row in rows]
        overlay = Image.new("L", self._canvas.size, 0)
        pen = ImageDraw.Draw(overlay)
        for row, height in zip(rows, heights, strict=True):
            points = shapely.get_coordinates(row.geometry.exterior)
            for share in np.linspace(0.1, 1.0, max(2, int(height / 4))):
                pen.polygon(self._pixels(points + np.array(SHADOW) * height * share), fill=120)
        dark = Image.new("RGB", self._canvas.size, (34, 38, 48))
        self._canvas.paste(dark, mask=overlay.filter(ImageFilter.GaussianBlur(0.8)))
        self._pen = ImageDraw.Draw(self._canvas)
        for row, height in sorted(zip(rows, heights, strict=True), key=lambda pair: pair[1]):
            self._roof(row, height)

    def _roof(self, row: Any, height: float) -> None:
        shape, use = row.geometry, row.use
        kind = ("works" if use == "industrial" else "public" if use in ("public", "commercial", "group_quarters")
                else "high" if height > 30 else "slab" if height > 12 else "house")  # fmt: skip
        color = self._shade(ROOF[kind][int(self._rng.integers(len(ROOF[kind])))], 0.06)
        self._fill(shape, color)
        inner = shape.buffer(-1.0, join_style="mitre")
        if kind == "house":  # the northern half of a pitched roof lies in shade
            left, low, right, high = shape.bounds
            self._fill(
                shape.intersection(shapely.box(left, (low + high) / 2, right, high)),
                tuple(int(part * 0.8) for part in color),
            )
        elif not inner.is_empty:
            self._fill(inner, tuple(int(min(255, part * 1.07)) for part in color))
            if kind in ("high", "slab"):
                self._fill(inner.centroid.buffer(1.8), tuple(int(part * 0.75) for part in color))

    def _grain(self) -> NDArray[np.uint8]:
        """Light that is not even and a sensor that is not quiet."""
        soft = self._canvas.filter(ImageFilter.GaussianBlur(0.6))
        pixels = np.asarray(soft, dtype=np.float32)
        height, width = pixels.shape[:2]
        coarse = self._rng.normal(0, 5.0, (height // 64 + 2, width // 64 + 2)).astype(np.float32)
        cloud = np.asarray(
            Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        )
        noise = self._rng.normal(0, 4.0, (height, width)).astype(np.float32)
        return np.clip(pixels + (cloud + noise)[:, :, None], 0, 255).astype(np.uint8)


def _height(row: Any) -> float:
    """Height of a building [m], from its storeys where it is not given."""
    for value, storey in ((row.height, 1.0), (row.floors, 3.0)):
        if not pd.isna(value):
            return float(value) * storey
    return 7.0
