"""Images are opened here and nowhere else, with one driver named and within limits."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio

from census_gis.errors import InputError
from census_gis.inputs.contents import damaged
from census_gis.inputs.door import RASTER_SETTINGS, check
from census_gis.language import Text

__all__ = ["IMAGES", "open_raster"]

IMAGES = ("GTiff", "JPEG", "PNG")
# Limits against files made to exhaust the machine; far above any orthophoto sheet.
MOST_BYTES, MOST_BANDS, MOST_BLOCK, MOST_RATIO = 2 * 10**11, 8, 64 << 20, 200
SMALL_IMAGE = 256 << 20  # below this a sparse file does no harm


@contextmanager
def open_raster(path: Path) -> Iterator[Any]:
    """An image, opened with the one driver its name and first bytes ask for.

    Side files (.aux.xml, .ovr, .tfw) are not read. Reading is by windows of the dataset yielded.

    Raises
    ------
    InputError
        Disguised, damaged, or declaring more than the limits.
    """
    checked = check(path)
    if checked.driver not in IMAGES:
        raise InputError(
            Text("this is not an image.", "这不是影像文件。"),
            where=checked.path.name, fix=Text("give a GeoTIFF.", "请提供 GeoTIFF。"),
        )  # fmt: skip
    with rasterio.Env(**RASTER_SETTINGS), warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        try:
            dataset = rasterio.open(checked.path, driver=checked.driver)
        except rasterio.errors.RasterioError as error:
            raise damaged(checked.path, error) from error
        with dataset:
            _raster_limits(dataset, checked.path)
            try:
                yield dataset
            except rasterio.errors.RasterioError as error:
                raise damaged(checked.path, error) from error


def _raster_limits(dataset: Any, path: Path) -> None:
    sizes = [np.dtype(kind).itemsize for kind in dataset.dtypes]
    declared = dataset.width * dataset.height * sum(sizes)
    block = max(h * w * size for (h, w), size in zip(dataset.block_shapes, sizes, strict=True))
    ratio = declared / max(path.stat().st_size, 1)
    if (
        declared > MOST_BYTES
        or dataset.count > MOST_BANDS
        or block > MOST_BLOCK
        or (declared > SMALL_IMAGE and ratio > MOST_RATIO)
    ):
        raise InputError(
            Text(f"the image declares {dataset.width:,} x {dataset.height:,} pixels in {dataset.count} bands, "
                 f"{declared / 1e9:,.1f} GB, {ratio:,.0f} times its file, in blocks of {block / 1e6:,.0f} MB.",
                 f"影像声明为 {dataset.width:,} x {dataset.height:,} 像素、{dataset.count} 个波段，"
                 f"{declared / 1e9:,.1f} GB，是文件大小的 {ratio:,.0f} 倍，块大小 {block / 1e6:,.0f} MB。"),
            where=path.name,
            fix=Text("cut the image into tiled GeoTIFFs.", "请将影像分幅为分块存储的 GeoTIFF。"),
        )  # fmt: skip
