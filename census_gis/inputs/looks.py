"""What a file must look like inside, for formats beyond those of `contents`: FlatGeobuf, Parquet, XML, DXF, OSM, zip."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path

from census_gis.inputs.contents import LOOK_BASIC, disguised, head_of, refused, truncated
from census_gis.inputs.xml_door import look_root
from census_gis.language import Text

__all__ = ["LOOK"]

FGB_MAGIC = b"fgb\x03"
FGB_ROWS, FGB_NODE_SIZE = 8, 9  # fields of the header table [flatgeobuf header.fbs, version 3]
FGB_NODE_BYTES = 40
FGB_DEFAULT_NODE = 16
MOST_HEADER = 16 << 20
MOST_TEXT_BYTES = 2 << 30
PBF_FIRST = b"\x0a\x09OSMHeader"


def _look_flatgeobuf(path: Path) -> None:
    """The magic, and that the rows reach the end of the file exactly."""
    if head_of(path, 4) != FGB_MAGIC:
        raise disguised(path, "FlatGeobuf")
    size = path.stat().st_size
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
        if size < 12:
            raise truncated(path, size, 12)
        header = struct.unpack_from("<I", data, 8)[0]
        if header > MOST_HEADER or 12 + header > size:
            raise truncated(path, size, 12 + header)
        try:
            rows, node = _fgb_counts(data[12 : 12 + header])
        except struct.error as error:
            raise disguised(path, "FlatGeobuf") from error
        at = 12 + header + _fgb_index(rows, node)
        seen = 0
        while at + 4 <= size:
            at += 4 + struct.unpack_from("<I", data, at)[0]
            seen += 1
        if at > size:
            raise truncated(path, size, at)
        if at != size or (rows and seen != rows):
            raise refused(
                path,
                Text(f"the file is cut short: {seen:,} of {rows:,} rows.", f"文件不完整：{rows:,} 行中只有 {seen:,} 行。"),
                Text("copy or download the file again.", "请重新复制或下载该文件。"),
            )  # fmt: skip


def _fgb_counts(header: bytes) -> tuple[int, int]:
    """Number of rows and the size of index nodes, from the header's FlatBuffers table."""
    table = struct.unpack_from("<I", header, 0)[0]
    names = table - struct.unpack_from("<i", header, table)[0]
    length = struct.unpack_from("<H", header, names)[0]

    def at(field: int) -> int:
        place = 4 + 2 * field
        return struct.unpack_from("<H", header, names + place)[0] if place < length else 0

    rows = struct.unpack_from("<Q", header, table + at(FGB_ROWS))[0] if at(FGB_ROWS) else 0
    node = struct.unpack_from("<H", header, table + at(FGB_NODE_SIZE))[0] if at(FGB_NODE_SIZE) else FGB_DEFAULT_NODE  # fmt: skip
    return rows, node


def _fgb_index(rows: int, node: int) -> int:
    """Bytes of the packed tree: all levels up to one root."""
    if rows == 0 or node < 2:
        return 0
    total = level = rows
    while level != 1:
        level = -(-level // node)
        total += level
    return total * FGB_NODE_BYTES


def _look_parquet(path: Path) -> None:
    if head_of(path, 4) != b"PAR1":
        raise disguised(path, "Parquet")
    with path.open("rb") as stream:
        stream.seek(-min(4, path.stat().st_size), 2)
        tail = stream.read()
    if tail != b"PAR1" or path.stat().st_size < 12:
        raise refused(
            path,
            Text("the file is cut short: its end is missing.", "文件不完整：缺少结尾。"),
            Text("copy or download the file again.", "请重新复制或下载该文件。"),
        )


def _look_kml(path: Path) -> None:
    _text_size(path)
    if look_root(path, "kml") is not None:
        raise disguised(path, "KML")


def _look_osm(path: Path) -> None:
    if path.suffix.lower() == ".pbf":
        if head_of(path, 15)[4:] != PBF_FIRST:
            raise disguised(path, "OSM PBF")
        return
    _text_size(path)
    if look_root(path, "osm") is not None:
        raise disguised(path, "OSM XML")


def _look_dxf(path: Path) -> None:
    _text_size(path)
    head = head_of(path)
    if head.startswith(b"AutoCAD Binary DXF"):
        raise refused(
            path, Text("binary DXF is not read.", "不读取二进制 DXF。"),
            Text("save the drawing as ASCII DXF.", "请另存为 ASCII 格式的 DXF。"),
        )  # fmt: skip
    plain = head.removeprefix(b"\xef\xbb\xbf")
    if not re.match(rb"\s*(999\r?\n[^\n]*\n\s*)*0\r?\n\s*SECTION\b", plain):
        raise disguised(path, "DXF")
    with path.open("rb") as stream:
        stream.seek(-min(64, path.stat().st_size), 2)
        if b"EOF" not in stream.read():
            raise refused(
                path,
                Text("the file is cut short: it does not end with EOF.", "文件不完整：结尾不是 EOF。"),
                Text("copy or export the file again.", "请重新复制或导出该文件。"),
            )  # fmt: skip


def _look_zip(path: Path) -> None:
    """The beginning and the list of contents; what is in it is looked at when it is unpacked."""
    if head_of(path, 4) not in (b"PK\x03\x04", b"PK\x05\x06"):
        raise disguised(path, "ZIP")
    if not zipfile.is_zipfile(path):
        raise refused(
            path,
            Text("the archive is cut short: its list of contents is missing.", "压缩包不完整：缺少目录。"),
            Text("copy or download the file again.", "请重新复制或下载该文件。"),
        )  # fmt: skip


def _text_size(path: Path) -> None:
    size = path.stat().st_size
    if size > MOST_TEXT_BYTES:
        raise refused(
            path,
            Text(f"the file has {size / 1e9:.1f} GB, more than {MOST_TEXT_BYTES / 1e9:.1f} for this format.",
                 f"文件大小 {size / 1e9:.1f} GB，超过该格式的上限 {MOST_TEXT_BYTES / 1e9:.1f} GB。"),
            Text("convert it to GeoPackage.", "请转换为 GeoPackage。"),
        )  # fmt: skip


LOOK: dict[str, Callable[[Path], None]] = {
    **LOOK_BASIC, "FlatGeobuf": _look_flatgeobuf, "Parquet": _look_parquet, "KML": _look_kml,
    "OSM": _look_osm, "DXF": _look_dxf, "ZIP": _look_zip,
}  # fmt: skip
