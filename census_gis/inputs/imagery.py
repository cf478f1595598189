"""Orthophotos: what images there are, and any window of them as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from census_gis.model import Image

__all__ = ["open_images", "window"]


def open_images(
    patterns: Sequence[str | Path], taken: str = "", source: str = ""
) -> tuple[tuple[Image, ...], list[dict[str, Any]]]:
    """Images of files or glob patterns, in the order given."""
    return (), []


def window(
    images: Sequence[Image],
    bounds: tuple[float, float, float, float],
    crs: CRS,
    width_px: int,
    height_px: int,
) -> NDArray[np.uint8]:
    """RGBA picture (height, width, 4) of a rectangle; transparent where no image is."""
    return np.zeros((height_px, width_px, 4), dtype=np.uint8)
