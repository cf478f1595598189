"""What a file must look like inside: first bytes, full length, and no programs of its own."""

from __future__ import annotations

import os
import re
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from census_gis.errors import InputError
from census_gis.language import Text

__all__ = ["LOOK_BASIC", "beside", "damaged", "disguised", "head_of", "refused", "truncated"]

SQLITE_PAGE = slice(16, 18)
OLE = b"\xd0\xcf\x11\xe0"
GB = 1 << 30
XLSX_ENTRIES, XLSX_BYTES, XLSX_RATIO = 500, GB, 200
HARMLESS_TRIGGER = re.compile(
    r"^(rtree_|gpkg_|trigger_(insert|delete)_feature_count_)", re.IGNORECASE
)
HARMLESS_VIRTUAL = re.compile(r"\bUSING\s+[\"'`\[]?rtree\b", re.IGNORECASE)
VIEW_FUNCTIONS = {
    "abs", "avg", "cast", "coalesce", "count", "group_concat", "ifnull", "iif", "instr", "length", "like",
    "lower", "ltrim", "max", "min", "nullif", "printf", "replace", "round", "row_number", "rtrim",
    "substr", "sum", "total", "trim", "typeof", "upper",
}  # fmt: skip


def refused(path: Path, what: Text, fix: Text | None = None) -> InputError:
    """The error that says why a file is not read."""
    again = Text("ask the supplier for the file again.", "请向提供方重新索取该文件。")
    return InputError(what, where=path.name, fix=fix or again)


def damaged(path: Path, error: Exception) -> InputError:
    """A reader's own words about a file it could not read, as our error."""
    said = str(error).replace(str(path), path.name).strip().rstrip(".")
    return refused(
        path,
        Text(f"the file is damaged or cut short ({said}).", f"文件损坏或不完整（{said}）。"),
        Text("copy or export the file again.", "请重新复制或导出该文件。"),
    )


def disguised(path: Path, wanted: str) -> InputError:
    """The error for content of another kind than its name."""
    return refused(
        path,
        Text(
            f"the content is not {wanted}, whatever the name says.",
            f"内容不是 {wanted}，与文件名不符。",
        ),
        Text("export the data again in the format its name says.", "请按文件名所示格式重新导出。"),
    )


def truncated(path: Path, has: int, needs: int) -> InputError:
    """The error for a file shorter than it says of itself."""
    return refused(
        path,
        Text(f"the file is cut short: {has:,} of {needs:,} bytes.",
             f"文件不完整：{needs:,} 字节中只有 {has:,} 字节。"),
        Text("copy or download the file again.", "请重新复制或下载该文件。"),
    )  # fmt: skip


def head_of(path: Path, size: int = 512) -> bytes:
    """First bytes of a file."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise refused(
            path,
            Text(
                f"the file cannot be read: {error.strerror}.", f"无法读取文件：{error.strerror}。"
            ),
            Text("check the rights of the file.", "请检查文件权限。"),
        ) from error


def _look_tiff(path: Path) -> None:
    if head_of(path, 4) not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        raise disguised(path, "TIFF")


def _look_jpeg(path: Path) -> None:
    if not head_of(path, 3) == b"\xff\xd8\xff":
        raise disguised(path, "JPEG")


def _look_png(path: Path) -> None:
    if not head_of(path, 8) == b"\x89PNG\r\n\x1a\n":
        raise disguised(path, "PNG")


def _look_geojson(path: Path) -> None:
    if head_of(path).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{":
        raise disguised(path, "GeoJSON")
    with path.open("rb") as stream:
        stream.seek(-min(path.stat().st_size, 64), os.SEEK_END)
        tail = stream.read().rstrip(b"\0 \t\r\n")
    if not tail.endswith(b"}"):
        raise refused(
            path,
            Text("the file is cut short: it does not end with }.", "文件不完整：结尾不是 }。"),
            Text("copy or download the file again.", "请重新复制或下载该文件。"),
        )


def _look_csv(path: Path) -> None:
    head = head_of(path)
    if head.lstrip()[:1] == b"<" or head[:4] in (OLE, b"PK\x03\x04"):
        raise disguised(path, "CSV")


def _look_xlsx(path: Path) -> None:
    if head_of(path, 4) != b"PK\x03\x04":
        raise disguised(path, "XLSX")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refused(path, Text("the workbook is damaged.", "工作簿已损坏。")) from error
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if (
        len(entries) > XLSX_ENTRIES
        or total > XLSX_BYTES
        or (total > XLSX_BYTES // 10 and total / packed > XLSX_RATIO)
    ):
        raise refused(
            path,
            Text(f"the workbook unpacks to {total / 1e6:,.0f} MB in {len(entries)} parts.",
                 f"工作簿解压后为 {total / 1e6:,.0f} MB，共 {len(entries)} 个部分。"),
            Text("save the sheet as CSV.", "请将工作表另存为 CSV。"),
        )  # fmt: skip


def _look_gdb(path: Path) -> None:
    table = path / "a00000001.gdbtable"
    if any(entry.is_symlink() for entry in path.iterdir()):
        raise refused(path, Text("the folder holds links.", "文件夹中含有链接。"))
    if not table.is_file() or head_of(table, 4)[:1] not in (b"\x03", b"\x04"):
        raise disguised(path, "File Geodatabase")
    for one in sorted(path.glob("*.gdbtable")):
        # 9.x and 10.x tables (version 3) state their own length at byte 24 [OpenFileGDB format notes].
        head = head_of(one, 32)
        stated = struct.unpack("<Q", head[24:32])[0] if len(head) == 32 and head[0] == 3 else 0
        if one.stat().st_size < stated:
            raise truncated(one, one.stat().st_size, stated)


def _look_shapefile(path: Path) -> None:
    head = head_of(path, 100)
    if len(head) < 100 or struct.unpack(">i", head[:4])[0] != 9994:
        raise disguised(path, "ESRI Shapefile")
    stated = 2 * struct.unpack(">i", head[24:28])[0]
    if path.stat().st_size < stated:
        raise truncated(path, path.stat().st_size, stated)
    for suffix in (".shx", ".dbf"):
        if beside(path, suffix) is None:
            raise refused(
                path,
                Text(
                    f"the {suffix} file that belongs to it is missing.",
                    f"缺少配套的 {suffix} 文件。",
                ),
                Text("copy all files of the same name together.", "请将同名文件一并复制。"),
            )
    _look_prj(beside(path, ".prj"))
    table = beside(path, ".dbf")
    header = head_of(table, 32) if table else b""
    if len(header) < 32:
        raise truncated(path.with_suffix(".dbf"), len(header), 32)
    rows, first, width = struct.unpack("<IHH", header[4:12])
    if table is not None and table.stat().st_size < first + rows * width:
        raise truncated(table, table.stat().st_size, first + rows * width)
    index = beside(path, ".shx")
    shapes = 0 if index is None else (index.stat().st_size - 100) // 8
    if shapes != rows:
        raise refused(
            path,
            Text(f"there are {shapes:,} shapes (.shx) but {rows:,} rows (.dbf).",
                 f"几何有 {shapes:,} 个（.shx），而属性有 {rows:,} 行（.dbf）。"),
            Text("the files are not of one export; copy or export them together again.",
                 "这些文件不是同一次导出；请重新一并复制或导出。"),
        )  # fmt: skip


def _look_prj(path: Path | None) -> None:
    """The .prj must be text GDAL can read; names in GBK make the whole file unreadable."""
    try:
        if path is not None:
            head_of(path, 1 << 16).decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(
            path or Path(".prj"),
            Text("the .prj file is not UTF-8 text.", ".prj 文件不是 UTF-8 文本。"),
            Text('save it as UTF-8, or remove it and state crs = "EPSG:…".',
                 '请另存为 UTF-8，或删除它并写明 crs = "EPSG:…"。'),
        ) from error  # fmt: skip


def beside(path: Path, suffix: str) -> Path | None:
    """The side file of the same name, whatever the case of its suffix; None when there is none."""
    for ending in (suffix, suffix.upper(), suffix.capitalize()):
        candidate = path.with_suffix(ending)
        if candidate.is_file():
            if candidate.is_symlink():
                raise refused(
                    path, Text(f"{candidate.name} is a link.", f"{candidate.name} 是链接。")
                )
            return candidate
    return None


def _look_geopackage(path: Path) -> None:
    head = head_of(path, 100)
    if not head.startswith(b"SQLite format 3\0"):
        raise disguised(path, "GeoPackage")
    if len(head) < 100:
        raise truncated(path, len(head), 100)
    page = int.from_bytes(head[SQLITE_PAGE], "big")
    stated = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    # The page count is only kept by writers that also set the "version valid for" number.
    if head[24:28] == head[92:96] and path.stat().st_size < stated:
        raise truncated(path, path.stat().st_size, stated)
    journal = path.with_name(path.name + "-wal")
    if journal.is_file() and journal.stat().st_size > 0:
        raise refused(
            path,
            Text("another program still has the file open: part of it is in the -wal file.",
                 "另一程序仍打开着该文件：部分内容在 -wal 文件中。"),
            Text("close it there (QGIS: remove the layer), then run again.",
                 "请在该程序中关闭（QGIS：移除图层）后重试。"),
        )  # fmt: skip
    _look_sql(path)


def _look_sql(path: Path) -> None:
    """Triggers, views and virtual tables of a GeoPackage: only those of the standard get through."""
    address = f"file:{quote(str(path))}?mode=ro&immutable=1"
    try:
        with sqlite3.connect(address, uri=True) as file:
            rows = file.execute(
                "SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name"
            ).fetchall()
            names = {name for kind, name, _ in rows if kind == "table"}
            bad = [
                f"{kind} {name}" for kind, name, sql in rows if not _harmless(file, kind, name, sql)
            ]
        file.close()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise refused(
            path, Text(f"the GeoPackage is damaged: {error}.", f"GeoPackage 已损坏：{error}。")
        ) from error
    if "gpkg_contents" not in names:
        raise disguised(path, "GeoPackage")
    if bad:
        raise InputError(
            Text(f"the file holds {len(bad)} programs of its own (triggers, views, virtual tables).",
                 f"文件自带 {len(bad)} 段程序（触发器、视图或虚拟表）。"),
            where=path.name, rows=bad,
            fix=Text("export the layers to a new GeoPackage.", "请将图层导出到新的 GeoPackage。"),
        )  # fmt: skip


def _harmless(file: sqlite3.Connection, kind: str, name: str, sql: str) -> bool:
    """Whether one object of the schema may be there."""
    if kind == "trigger":
        return bool(HARMLESS_TRIGGER.match(name))
    if kind == "table":
        virtual = re.match(r"\s*CREATE\s+VIRTUAL\s", sql, re.IGNORECASE)
        return not virtual or bool(HARMLESS_VIRTUAL.search(sql))
    if kind != "view":
        return True

    def allow(action: int, first: str | None, second: str | None, *_: object) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ):
            return sqlite3.SQLITE_OK
        called = (second or first or "").lower()
        good = action == sqlite3.SQLITE_FUNCTION and called in VIEW_FUNCTIONS
        return sqlite3.SQLITE_OK if good else sqlite3.SQLITE_DENY

    quoted = name.replace('"', '""')
    file.set_authorizer(allow)
    try:
        file.execute(f'SELECT * FROM "{quoted}" LIMIT 0').close()
    except sqlite3.DatabaseError:
        return False
    finally:
        file.set_authorizer(None)
    return True


LOOK_BASIC: dict[str, Callable[[Path], None]] = {
    "GPKG": _look_geopackage, "ESRI Shapefile": _look_shapefile, "OpenFileGDB": _look_gdb,
    "GeoJSON": _look_geojson, "CSV": _look_csv, "XLSX": _look_xlsx,
    "GTiff": _look_tiff, "JPEG": _look_jpeg, "PNG": _look_png,
}  # fmt: skip
