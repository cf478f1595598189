"""What lets a machine know a sheet again: its QR code, and four squares in the corners of the paper.

The code names the sheet, its version, its scale and a digest of what is drawn on it, and nothing about
anybody who lives there. The squares stand outside the margins' inner edge, so that a photograph of the
sheet can be turned and stretched back onto the paper's millimetres.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import segno
from numpy.typing import NDArray

from census_gis.present.display import Box, DisplayList, Path, Rings
from census_gis.present.style import BLACK

__all__ = ["corner_marks", "printed_code", "qr_path", "sheet_words"]

QUIET = 4  # white modules around a code (ISO/IEC 18004)
# A fixed mask: to try all eight takes a third of the time of a sheet, and any of them is read.
MASK = 2
MARK_MM = 5.0  # side of a corner square, and its distance from the margin's inner edge


def sheet_words(code: str, version: int, scale: int, digest: str) -> str:
    """What a QR code says: sheet, version, scale, first half of the digest.

    Examples
    --------
    >>> sheet_words("310118002003017", 2, 1500, "0f3c9a77d1e2b4c8")
    'CGIS 310118002003017 V2 1:1500 0F3C9A77'
    """
    return f"CGIS {code} V{version} 1:{scale} {digest[:8].upper()}"


def qr_path(words: str, box: Box) -> Path:
    """A QR code of error correction level M as one filled path, its quiet zone inside `box` [mm].

    Dark modules side by side are one rectangle, so that no printer shows a seam between them.
    """
    dark = _modules(words)
    side = len(dark)
    module = min(box.width, box.height) / (side + 2 * QUIET)
    edge = np.diff(np.pad(dark.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, start = np.nonzero(edge == 1)
    _, end = np.nonzero(edge == -1)
    x0, x1 = box.x0 + (QUIET + start) * module, box.x0 + (QUIET + end) * module
    y1 = box.y1 - (QUIET + row) * module
    y0 = y1 - module
    corners = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 2)
    return Path(Rings(corners, np.full(len(row), 4)), True, BLACK)


@lru_cache(maxsize=8)  # the pages of a sheet have the same
def _modules(words: str) -> NDArray[np.bool_]:
    """Which modules of a code are dark, by row from above."""
    made = segno.make_qr(words, error="m", boost_error=False, mask=MASK)
    dark: NDArray[np.bool_] = np.array([list(row) for row in made.matrix], dtype=np.int8) > 0
    return dark


def printed_code(page: DisplayList, words: str) -> None:
    """The QR code of a page in the box kept free for it, if there is one."""
    if page.code_box is not None:
        page.items.append(qr_path(words, page.code_box))


def corner_marks(inner: Box) -> Path:
    """Four black squares of 5 mm, 5 mm outside the corners of the inner paper [mm]."""
    near, far = MARK_MM, 2 * MARK_MM
    squares = []
    for x0 in (inner.x0 - far, inner.x1 + near):
        for y0 in (inner.y0 - far, inner.y1 + near):
            x1, y1 = x0 + MARK_MM, y0 + MARK_MM
            squares += [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return Path(Rings(np.array(squares, dtype=np.float64), np.full(4, 4)), True, BLACK)
