"""dBASE tables (.dbf) as shapefiles carry them, written byte by byte so that no text is ever garbled.

GDAL turns what an encoding lacks into ``?`` and says nothing. Here such a character is written as its
number in angle brackets, ``<U+20BB7>``, and reported by row; a text longer than 254 bytes ends at a whole
character. Layout: dBASE III, as in ESRI's shapefile description of July 1998 and GDAL's shape driver.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.present.exchange.source import is_missing

__all__ = ["DECIMALS", "ENCODINGS", "LONGEST", "Written", "write_dbf"]

LONGEST = 254  # bytes of a text
DECIMALS = 6  # digits behind the point: a micrometre, a square millimetre
ENCODINGS = {"utf-8": ("UTF-8", 0x00), "gbk": ("GBK", 0x4D)}  # word of the .cpg file, language byte
# A table holds a date; ours is none (1 January 2000), so that bytes depend on content.
DATE = (100, 1, 1)
MOST_BYTES = (1 << 31) - 1
INTEGER = 9  # digits up to which readers take a number for a 32-bit one
CHUNK = 20_000  # rows in memory at once


@dataclass
class Written:
    """What became of the texts of a table: (row, column) of those cut, and of those with lost characters."""

    cut: list[tuple[int, str]] = field(default_factory=list)
    lost: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Field:
    """One column ready to write: type letter, width in bytes, decimals, and how a row of it is made."""

    kind: str
    width: int
    decimals: int
    cells: Callable[[int, int], NDArray[np.bytes_]]


def write_dbf(path: Path, frame: pd.DataFrame, *, short: Sequence[str], encoding: str) -> Written:
    """Write all columns of a frame (no geometry) as one .dbf.

    Parameters
    ----------
    short
        Name of each column in the table, at most 10 bytes.
    encoding
        ``utf-8`` or ``gbk``.

    Raises
    ------
    InputError
        If the table would be larger than 2 GiB.
    """
    written = Written()
    fields = [_field(frame[name], str(name), encoding, written) for name in frame.columns]
    if not fields:
        raise ValueError("a .dbf needs at least one column")
    size = 1 + sum(one.width for one in fields)
    if size * len(frame) > MOST_BYTES:
        raise InputError(
            Text("the table is larger than the 2 GiB a .dbf can hold.", "该表超过 .dbf 的上限 2 GiB。"),
            where=path.name, fix=Text("use --format gpkg or parquet.", "请用 --format gpkg 或 parquet。"),
        )  # fmt: skip
    with path.open("wb") as stream:
        head = 32 + 32 * len(fields) + 1
        stream.write(
            struct.pack("<4BIHH17xB2x", 0x03, *DATE, len(frame), head, size, ENCODINGS[encoding][1])
        )
        for name, one in zip(short, fields, strict=True):
            label = name.encode(encoding)
            stream.write(
                struct.pack("<11sc4xBB14x", label, one.kind.encode(), one.width, one.decimals)
            )
        stream.write(b"\r")
        for begin in range(0, len(frame), CHUNK):
            stream.write(_block(fields, begin, min(begin + CHUNK, len(frame)), size))
        stream.write(b"\x1a")
    return written


def _block(fields: Sequence[_Field], begin: int, end: int, size: int) -> bytes:
    """Some rows, side by side: a blank (not deleted), then the cells."""
    rows = np.full((end - begin, size), ord(" "), dtype=np.uint8)
    at = 1
    for one in fields:
        cells = one.cells(begin, end).astype(f"S{one.width}")
        rows[:, at : at + one.width] = cells.view(np.uint8).reshape(end - begin, one.width)
        at += one.width
    return rows.tobytes()


def _field(values: pd.Series, name: str, encoding: str, written: Written) -> _Field:
    if pd.api.types.is_bool_dtype(values.dtype):
        return _from(["" if is_missing(v) else "T" if v else "F" for v in values], "L", 0, width=1)
    if pd.api.types.is_integer_dtype(values.dtype):
        return _from(["" if is_missing(v) else str(int(v)) for v in values], "N", 0)
    if pd.api.types.is_float_dtype(values.dtype):
        texts = ["" if not np.isfinite(v) else f"{v:.{DECIMALS}f}" for v in values.to_numpy(float)]
        return _from(texts, "N", DECIMALS)
    return _texts(values, name, encoding, written)


def _from(texts: list[str], kind: str, decimals: int, width: int = 0) -> _Field:
    """A column of numbers: right-aligned, empty where there is none."""
    wide = width or max(INTEGER, max(map(len, texts), default=0))
    cells = np.array([text.rjust(wide).encode() for text in texts], dtype=f"S{wide}")
    return _Field(kind, wide, decimals, lambda begin, end: cells[begin:end])


def _texts(values: pd.Series, name: str, encoding: str, written: Written) -> _Field:
    cells: list[bytes] = []
    for row, value in enumerate(values):
        text = "" if is_missing(value) else str(value)
        data, lost = _encoded(text, encoding)
        if lost:
            written.lost.append((row, name))
        if len(data) > LONGEST:
            data = _cut(data, encoding)
            written.cut.append((row, name))
        cells.append(data)
    wide = max(1, max(map(len, cells), default=1))

    def padded(begin: int, end: int) -> NDArray[np.bytes_]:
        return np.array([cell.ljust(wide) for cell in cells[begin:end]], dtype=f"S{wide}")

    return _Field("C", wide, 0, padded)


def _encoded(text: str, encoding: str) -> tuple[bytes, bool]:
    """Bytes of a text, and whether a character had to be written as its number."""
    try:
        if "\0" not in text:
            return text.encode(encoding), False
    except UnicodeEncodeError:
        pass  # told below, character by character
    parts = []
    for sign in text:
        try:
            parts.append(sign.encode(encoding) if sign != "\0" else b"<U+0000>")
        except UnicodeEncodeError:
            parts.append(f"<U+{ord(sign):04X}>".encode())
    return b"".join(parts), True


def _cut(data: bytes, encoding: str) -> bytes:
    """The longest beginning of at most 254 bytes that ends with a whole character."""
    room = LONGEST
    if encoding == "utf-8":
        while data[room] & 0xC0 == 0x80:
            room -= 1
        return data[:room]
    at = 0
    while True:  # in GBK only the walk from the left tells lead bytes from trail bytes
        step = 2 if data[at] > 0x80 else 1
        if at + step > LONGEST:
            return data[:at]
        at += step
