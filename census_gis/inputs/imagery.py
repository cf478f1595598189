"""Orthophotos: what images there are, and any window of them as a picture.

Images stay where they are: an `Image` holds only what its file says of itself, and a picture reads the
blocks it needs, from overviews where the picture is coarser than the image. Nothing is mosaicked on disk.
"""

from __future__ import annotations

import glob
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.transform import Affine, from_bounds
from rasterio.warp import reproject
from rasterio.windows import Window

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.crs import resolve
from census_gis.inputs.door import RASTER_SETTINGS
from census_gis.inputs.moving import bounds_in
from census_gis.inputs.rasters import open_raster
from census_gis.language import Text
from census_gis.model import Image

__all__ = ["open_images", "window"]

Bounds = tuple[float, float, float, float]
Picture = NDArray[np.uint8]

DEGREE_M = 111_320.0  # one degree of latitude [m]
STRETCH = (2.0, 98.0)  # percentiles that become black and white in images of more than 8 bits
SAMPLE_PX = 512  # longest side of the reading the stretch is taken from
LARGE_PX = 100_000_000
MARGIN_PX = 2

I001 = Kind(
    "I001", "warning",
    Text("the image has {mpx:.0f} million pixels and no overviews; coarse pictures of it are slow",
         "影像有 {mpx:.0f} 百万像素且没有金字塔；缩小显示会很慢"),
    Text("make a COG: gdal_translate -of COG in.tif out.tif", "请制作 COG：gdal_translate -of COG in.tif out.tif"),
)  # fmt: skip
I002 = Kind(
    "I002", "note",
    Text("the position comes from the world file beside the image", "位置取自影像旁的坐标文件（world file）"),
    Text("nothing to do", "无需处理"),
)  # fmt: skip
I003 = Kind(
    "I003", "note",
    Text("{dtype} values are shown stretched from {low} % to {high} %", "{dtype} 像元按 {low} % 至 {high} % 拉伸显示"),
    Text("nothing to do", "无需处理"),
)  # fmt: skip


def open_images(
    patterns: Sequence[str | Path], taken: str = "", source: str = "", *, crs: str | None = None
) -> tuple[tuple[Image, ...], list[dict[str, Any]]]:
    """Images of absolute paths or glob patterns; where they overlap, later ones cover earlier ones.

    Parameters
    ----------
    patterns
        Files, or patterns such as ``/data/ortho/*.tif``; the files of one pattern are taken by name.
    taken, source
        Date and supplier, printed beside the pictures.
    crs
        Coordinate system of images that state none.

    Raises
    ------
    InputError
        A pattern without files; an image that cannot be opened, is damaged, has no position, or whose
        numbers contradict its coordinate system.
    """
    images, found = [], []
    for pattern in patterns:
        for path in _files(str(pattern)):
            image, more = _look(path, (taken, source), crs)
            images.append(image)
            found += more
    return tuple(images), found


def window(
    images: Sequence[Image], bounds: Bounds, crs: CRS, width_px: int, height_px: int
) -> Picture:
    """RGBA picture of a rectangle, uint8, shape (height_px, width_px, 4); alpha 0 where no image is.

    Parameters
    ----------
    bounds, crs
        (left, bottom, right, top) in `crs`, the system of the picture.

    Raises
    ------
    InputError
        When an image is damaged or gone.
    """
    picture: Picture = np.zeros((height_px, width_px, 4), dtype=np.uint8)
    target = from_bounds(*bounds, width_px, height_px)
    stretch = _stretch(tuple(image for image in images if image.dtype != "uint8"))
    for image in images:
        layer = _one(image, bounds, (crs, target, picture.shape[:2]), stretch)
        if layer is not None:
            seen = layer[..., 3] > 0
            picture = layer if seen.all() else np.where(seen[..., None], layer, picture)
    return picture


def _files(pattern: str) -> list[Path]:
    if Path(pattern).exists() or not glob.has_magic(pattern):
        return [Path(pattern)]
    paths = [Path(one) for one in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 (absolute patterns)
    if not paths:
        raise InputError(
            Text("no image fits this pattern.", "没有符合该模式的影像。"),
            where=pattern, fix=Text("check files of [inputs.imagery].", "请检查 [inputs.imagery] 的 files。"),
        )  # fmt: skip
    return paths


def _look(
    path: Path, words: tuple[str, str], wanted: str | None
) -> tuple[Image, list[dict[str, Any]]]:
    """What one image says of itself, tested by reading its first and last pixels."""
    found: list[dict[str, Any]] = []
    with open_raster(path) as file:
        place = file.transform
        if place.is_identity:
            place = _world_file(path)
            found.append(I002.at(path.name))
        if place.b or place.d:
            raise InputError(
                Text("the image is rotated against its axes.", "影像相对坐标轴有旋转。"),
                where=path.name, fix=Text("warp it north up (gdalwarp).", "请用 gdalwarp 转为正北朝上。"),
            )  # fmt: skip
        right, bottom = place @ (file.width, file.height)
        bounds = (
            min(place.c, right), min(place.f, bottom), max(place.c, right), max(place.f, bottom)
        )  # fmt: skip
        stated = CRS.from_wkt(file.crs.to_wkt()) if file.crs else None
        system, more = resolve(
            bounds, stated=stated, source_crs=wanted if stated is None else None,
            hint_longitude=None, where=path.name,
        )  # fmt: skip
        found += more
        for x, y in ((0, 0), (file.width - 1, file.height - 1)):
            file.read(1, window=Window(x, y, 1, 1))
        if file.width * file.height > LARGE_PX and not file.overviews(1):
            found.append(I001.at(path.name, mpx=file.width * file.height / 1e6))
        if file.dtypes[0] != "uint8":
            low, high = STRETCH
            found.append(I003.at(path.name, dtype=file.dtypes[0], low=f"{low:g}", high=f"{high:g}"))
        size = abs(place.a) * (
            DEGREE_M * np.cos(np.radians(bounds[1])) if system.is_geographic else 1
        )
        image = Image(str(path), system, bounds, float(size), file.count, file.dtypes[0], *words)
    return image, found


def _world_file(path: Path) -> Affine:
    """Position of an image from the six numbers of its world file (.tfw, .jgw, .pgw, .wld)."""
    suffix = path.suffix.lower()
    endings = (f".{suffix[1]}{suffix[-1]}w", f"{suffix}w", ".wld")
    beside = (path.with_suffix(case(one)) for one in endings for case in (str.lower, str.upper))
    for one in beside:
        if not one.is_file() or one.stat().st_size > 1000:
            continue
        try:
            a, d, b, e, c, f = (float(word) for word in one.read_text("ascii").split())
        except ValueError as error:
            raise InputError(
                Text("the world file does not hold six numbers.", "坐标文件（world file）不是六个数字。"),
                where=one.name, fix=Text("export the image again as GeoTIFF.", "请将影像重新导出为 GeoTIFF。"),
            ) from error  # fmt: skip
        # A world file gives the middle of the first pixel, not its corner.
        return Affine(a, b, c, d, e, f) @ Affine.translation(-0.5, -0.5)
    raise InputError(
        Text("the image has no position.", "影像没有地理位置。"),
        where=path.name, fix=Text("give a GeoTIFF, or a world file beside it.", "请提供 GeoTIFF，或附上坐标文件。"),
    )  # fmt: skip


def _one(
    image: Image, bounds: Bounds, target: tuple[CRS, Affine, tuple[int, int]],
    stretch: tuple[tuple[float, float], ...],
) -> Picture | None:  # fmt: skip
    """One image on the grid of the picture, None where it does not reach it."""
    crs, grid, shape = target
    here = bounds_in(bounds, from_crs=crs, to_crs=image.crs)
    if here is None or not _meets(here, image.bounds):
        return None
    with open_raster(Path(image.path)) as file:
        place = _placed(image, file)
        if _same(image.crs, crs):
            return _straight(file, ~place, (grid, shape), stretch)
        part, step = _needed(place, here, (file.width, file.height), shape)
        if part is None:
            return None
        size = (max(1, round(part.height / step[1])), max(1, round(part.width / step[0])))
        colours, alpha = _read(file, part, size, stretch)
    source = np.concatenate([colours, alpha[None]])
    scale = Affine.scale(part.width / size[1], part.height / size[0])
    there = place @ Affine.translation(part.col_off, part.row_off) @ scale
    drawn: Picture = np.zeros((4, *shape), dtype=np.uint8)
    with rasterio.Env(**RASTER_SETTINGS):
        reproject(
            source, drawn, src_transform=there, src_crs=_of(image.crs), dst_transform=grid,
            dst_crs=_of(crs), resampling=Resampling.bilinear, src_alpha=4, dst_alpha=4, num_threads=1,
        )  # fmt: skip
    picture = np.moveaxis(drawn, 0, -1)
    picture[..., 3] = np.where(picture[..., 3] >= 128, 255, 0)
    picture[picture[..., 3] == 0] = 0
    return picture


def _straight(
    file: Any, to_pixels: Affine, picture: tuple[Affine, tuple[int, int]],
    stretch: tuple[tuple[float, float], ...],
) -> Picture | None:  # fmt: skip
    """An image in the picture's own system: read onto its grid, with nothing to bend (a fifth of the time)."""
    grid, (height, width) = picture
    map_ = to_pixels @ grid  # pixels of the picture -> pixels of the image; both are north up
    first, last = (
        _ends(map_.c, map_.a, width, file.width),
        _ends(map_.f, map_.e, height, file.height),
    )
    if first[1] <= first[0] or last[1] <= last[0]:
        return None
    (x0, x1), (y0, y1) = first, last
    part = Window(
        map_.c + x0 * map_.a, map_.f + y0 * map_.e, (x1 - x0) * map_.a, (y1 - y0) * map_.e
    )
    colours, alpha = _read(file, part, (y1 - y0, x1 - x0), stretch)
    whole: Picture = np.zeros((height, width, 4), dtype=np.uint8)
    here = whole[y0:y1, x0:x1]
    here[..., :3] = np.moveaxis(colours, 0, -1)
    here[..., 3] = np.where(alpha >= 128, 255, 0)
    here[here[..., 3] == 0] = 0
    return whole


def _ends(start: float, step: float, count: int, size: int) -> tuple[int, int]:
    """First and last + 1 of `count` pixels of a picture that lie wholly on an image of `size` pixels."""
    low = int(np.ceil(max(0.0, -start / step) - 1e-6))
    high = int(np.floor(min(float(count), (size - start) / step) + 1e-6))
    return low, high


def _meets(one: Bounds, other: Bounds) -> bool:
    return (
        one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    )  # fmt: skip


@lru_cache(maxsize=64)
def _same(one: CRS, other: CRS) -> bool:
    return bool(_of(one) == _of(other))


@lru_cache(maxsize=64)
def _of(crs: CRS) -> Any:
    return rasterio.crs.CRS.from_wkt(crs.to_wkt("WKT2_2019"))


def _placed(image: Image, file: Any) -> Affine:
    """Position of the image's pixels, north up (a file may also be stored upside down)."""
    west, south, east, north = image.bounds
    place = file.transform
    if place.is_identity or place.e < 0:
        return from_bounds(west, south, east, north, file.width, file.height)
    return place


def _needed(
    place: Affine, here: Bounds, size: tuple[int, int], shape: tuple[int, int]
) -> tuple[Window | None, tuple[float, float]]:
    """Pixels of the image under the picture, and how many of them go into one pixel of the picture."""
    corners = [~place @ (x, y) for x in here[::2] for y in here[1::2]]
    columns, rows = zip(*corners, strict=True)
    step = (
        max(1.0, (max(columns) - min(columns)) / shape[1]),
        max(1.0, (max(rows) - min(rows)) / shape[0]),
    )
    left = int(max(0, np.floor(min(columns)) - MARGIN_PX * step[0]))
    top = int(max(0, np.floor(min(rows)) - MARGIN_PX * step[1]))
    right = int(min(size[0], np.ceil(max(columns)) + MARGIN_PX * step[0]))
    bottom = int(min(size[1], np.ceil(max(rows)) + MARGIN_PX * step[1]))
    if right <= left or bottom <= top:
        return None, step
    return Window(left, top, right - left, bottom - top), step


def _read(
    file: Any, part: Window | None, size: tuple[int, int], stretch: tuple[tuple[float, float], ...]
) -> tuple[Picture, Picture]:
    """Red, green, blue (3, h, w) and alpha (h, w) of a part, at the size asked."""
    bands = _bands(file)
    finer = part is not None and (part.width < size[1] or part.height < size[0])
    values = file.read(
        bands, window=part, out_shape=(len(bands), *size),
        resampling=Resampling.bilinear if finer else Resampling.average,
    )  # fmt: skip
    alpha: Picture = np.asarray(file.dataset_mask(window=part, out_shape=size), dtype=np.uint8)
    if values.dtype.kind == "f":
        alpha = np.where(np.isfinite(values).all(axis=0), alpha, 0).astype(np.uint8)
        values = np.nan_to_num(values)
    table = _palette(file)
    if table is not None:
        exact = file.read(1, window=part, out_shape=size, resampling=Resampling.nearest)
        return np.moveaxis(table[exact], -1, 0), alpha
    if values.dtype != np.uint8:
        ends = [stretch[min(i, len(stretch) - 1)] for i in range(len(bands))]
        low, high = (np.array(side, dtype=float)[:, None, None] for side in zip(*ends, strict=True))
        values = np.clip((values - low) / np.maximum(high - low, 1e-9) * 255, 0, 255).round()
    colours = np.broadcast_to(values, (3, *size)) if len(bands) == 1 else values
    return colours.astype(np.uint8), alpha


def _bands(file: Any) -> list[int]:
    """Bands shown as red, green, blue; one for grey."""
    named = dict(zip(file.colorinterp, file.indexes, strict=True))
    colours = [named.get(one) for one in (ColorInterp.red, ColorInterp.green, ColorInterp.blue)]
    if all(colours):
        return [int(band) for band in colours if band]
    seen = [
        i
        for i, kind in zip(file.indexes, file.colorinterp, strict=True)
        if kind != ColorInterp.alpha
    ]
    return seen[:3] if len(seen) >= 3 else seen[:1]


def _palette(file: Any) -> NDArray[np.uint8] | None:
    if file.colorinterp[0] != ColorInterp.palette:
        return None
    table = np.zeros((256, 3), dtype=np.uint8)
    for value, colour in file.colormap(1).items():
        if value < len(table):
            table[value] = colour[:3]
    return table


@lru_cache(maxsize=8)
def _stretch(images: tuple[Image, ...]) -> tuple[tuple[float, float], ...]:
    """Black and white point of each band, one for the whole mosaic, from coarse readings of all images."""
    deep = [image for image in images if image.dtype != "uint8"]
    samples: list[list[NDArray[Any]]] = []
    for image in sorted(deep, key=lambda one: one.path):
        with open_raster(Path(image.path)) as file:
            factor = max(1.0, max(file.width, file.height) / SAMPLE_PX)
            size = (max(1, int(file.height / factor)), max(1, int(file.width / factor)))
            bands = _bands(file)
            values = file.read(bands, out_shape=(len(bands), *size), resampling=Resampling.nearest)
            good = (file.dataset_mask(out_shape=size) > 0) & np.isfinite(values).all(axis=0)
            samples.append([band[good] for band in values])
    count = max((len(some) for some in samples), default=0)
    ends = []
    for band in range(count):
        pooled = np.concatenate([some[min(band, len(some) - 1)] for some in samples])
        low, high = np.percentile(pooled, STRETCH) if pooled.size else (0.0, 1.0)
        ends.append((float(low), float(high)))
    return tuple(ends) or ((0.0, 255.0),)
