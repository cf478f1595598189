"""The door: what a path may be, what a file must begin with, and how GDAL is told to behave.

GDAL opens far more than files: web addresses, text that describes other files, pipelines written in
JSON. A file named ``.tif`` that is really a VRT returned the bytes of another local file, and a
``.geojson`` ran a processing pipeline. So nothing reaches GDAL before its path, its first bytes and its
inner consistency were looked at here, and it is then opened with one driver named.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from census_gis.errors import InputError
from census_gis.inputs.contents import refused
from census_gis.inputs.looks import LOOK
from census_gis.language import Text

__all__ = ["FORMATS", "RASTER_SETTINGS", "Checked", "check", "local_path", "prepare_gdal"]

FORMATS = {
    ".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".gdb": "OpenFileGDB", ".geojson": "GeoJSON",
    ".json": "GeoJSON", ".csv": "CSV", ".txt": "CSV", ".xlsx": "XLSX", ".fgb": "FlatGeobuf",
    ".parquet": "Parquet", ".geoparquet": "Parquet", ".kml": "KML", ".dxf": "DXF", ".osm": "OSM",
    ".pbf": "OSM", ".zip": "ZIP", ".kmz": "ZIP",
    ".tif": "GTiff", ".tiff": "GTiff", ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG",
}  # fmt: skip
# Kinds often handed over that are not read, and what to save them as.
SAVE_AS = {
    **dict.fromkeys((".xls", ".et", ".ods", ".wps"), Text("save the workbook as .xlsx (Excel or WPS: Save As)",
                                                          "请另存为 .xlsx（Excel 或 WPS：另存为）")),
    **dict.fromkeys((".rar", ".7z", ".gz", ".tar"), Text("unpack it, or pack it as .zip", "请解压，或重新压缩为 .zip")),
    **dict.fromkeys((".dwg", ".dgn"), Text("save the drawing as .dxf", "请将图形另存为 .dxf")),
}  # fmt: skip
LATER = {
    *SAVE_AS, ".mdb", ".tab", ".mif", ".gml", ".img", ".sqlite", ".wl", ".wt", ".wp", ".udb", ".vrt", ".gpx",
}  # fmt: skip

# Settings that hold in this process for GDAL of both wheels; a setting that names a program or a folder
# of plug-ins is switched off. Sources: GDAL documentation, "Security considerations" and
# "Configuration options".
SETTINGS = {
    "GDAL_DRIVER_PATH": "disable",
    "OGR_DRIVER_PATH": "disable",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    "GDAL_MAX_DATASET_POOL_SIZE": "64",
    "GDAL_CACHEMAX": "256",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "64",
    "PROJ_NETWORK": "OFF",
}
# Images are opened without a look at their neighbours in the folder (.aux.xml, .ovr, .msk).
RASTER_SETTINGS: dict[str, str | int] = {
    **{key: value for key, value in SETTINGS.items() if not key.endswith("DRIVER_PATH")},
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_CACHEMAX": 256 << 20,  # rasterio wants bytes
}


@dataclass(frozen=True)
class Checked:
    """A file that may be opened: where it really is, and the one driver that may open it."""

    path: Path
    driver: str

    @property
    def name(self) -> str:
        """What to hand to GDAL; the prefix keeps every other driver from guessing."""
        prefix = f"{self.driver}:" if self.driver in ("GPKG", "GeoJSON") else ""
        return f"{prefix}{self.path}"


def prepare_gdal() -> None:
    """Set GDAL's environment variables; call before rasterio or pyogrio are imported.

    Drivers not needed are never registered, so that no check has to recognise their files. The list
    is data (``drivers.json``), made from the drivers of both wheels.
    """
    text = resources.files("census_gis.inputs").joinpath("drivers.json").read_text("utf-8")
    skipped = ",".join(json.loads(text)["skipped"])
    os.environ.update(SETTINGS)
    os.environ["GDAL_SKIP"] = skipped
    os.environ["OGR_SKIP"] = skipped
    # Each wheel warns on stderr of drivers that only the other one has; real faults come as exceptions.
    os.environ.setdefault("CPL_LOG", os.devnull)
    os.environ.pop("OGR_SQLITE_LOAD_EXTENSIONS", None)


def local_path(text: str | Path, *, base: Path | None = None) -> Path:
    """A path as a user wrote it, made absolute; nothing but a plain local path gets through.

    Parameters
    ----------
    text
        Absolute, or relative to `base` (the working folder without it).

    Raises
    ------
    InputError
        For ``/vsi…``, web addresses, driver prefixes (``GPKG:``), text that is itself a data
        description (``<`` or ``{`` first), and control characters.
    """
    raw = str(text)
    shown = "".join(sign if sign.isprintable() else "?" for sign in raw[:80])
    stripped = raw.strip()
    reason = None
    if not stripped:
        reason = Text("the path is empty.", "路径为空。")
    elif any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in raw):
        reason = Text("the path holds control characters.", "路径含有控制字符。")
    elif any(part.lstrip()[:1] in ("<", "{") for part in (stripped, *Path(stripped).parts)):
        reason = Text(
            "this is a description of data, not a path.", "这是一段数据描述，而不是路径。"
        )
    elif re.match(r"^[/\\]+vsi", stripped, re.IGNORECASE) or re.search(r"[A-Za-z]{2,}:[/\\]", raw):
        reason = Text(
            "web addresses and GDAL's virtual file systems are not read.",
            "不读取网络地址和 GDAL 虚拟文件系统。",
        )
    elif any(re.match(r"^[A-Za-z][A-Za-z0-9_]+:", part) for part in Path(stripped).parts):
        reason = Text("a path may not begin with a driver's name.", "路径不能带驱动前缀。")
    if reason is not None:
        raise InputError(
            reason,
            where=shown or "file",
            fix=Text("give the path of a file on this computer.", "请给出本机上文件的路径。"),
        )
    path = Path(stripped)
    return Path(os.path.abspath(path if base is None else base / path))  # noqa: PTH100 (links are looked at by check)


def check(path: str | Path) -> Checked:
    """Look at a file before GDAL may: its path, kind, first bytes, completeness and hidden programs.

    Returns
    -------
    Checked
        The real path and the driver to open it with.

    Raises
    ------
    InputError
        Missing, not a regular file, disguised, truncated, holding foreign SQL, or a format not read.
    """
    real = _real(local_path(path))
    driver = _driver(real)
    if real.is_dir() != (driver == "OpenFileGDB"):
        raise refused(real, Text("this is a folder, not a file.", "这是文件夹，不是文件。"))
    LOOK[driver](real)
    return Checked(real, driver)


def _driver(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in FORMATS:
        return FORMATS[suffix]
    known = ", ".join(sorted(FORMATS))
    what = (
        Text(f"files of type {suffix} are not supported yet.", f"尚不支持 {suffix} 文件。")
        if suffix in LATER
        else Text(f"'{suffix}' is not a known type of file.", f"不认识的文件类型“{suffix}”。")
    )
    way = SAVE_AS.get(suffix) or Text("convert it to GeoPackage (QGIS: Export > Save Features As)",
                                      "请先转换为 GeoPackage（QGIS：导出 > 要素另存为）")  # fmt: skip
    raise InputError(
        what,
        where=path.name,
        fix=Text(f"{way.en}; read are {known}.", f"{way.zh}；可读取：{known}。"),
    )


def _a_file_of(folder: Path) -> Text:
    """What to name in place of a folder: one of its files that can be read, where it has any."""
    first = min((p.name for p in folder.iterdir() if p.suffix.lower() in FORMATS), default="")
    if not first:
        return Text("name a file that holds the data.", "请写明存放数据的文件。")
    return Text(
        f"name a file in it, e.g. {folder.name}/{first}.",
        f"请写明其中的文件，例如 {folder.name}/{first}。",
    )


def _real(path: Path) -> Path:
    """The file behind a path; a link is followed once, and must end at a regular file."""
    name = path.name
    target = path
    if path.is_symlink():
        target = path.parent / path.readlink()
        if target.is_symlink():
            raise refused(path, Text("this is a link to a link.", "这是指向链接的链接。"))
        target = Path(os.path.abspath(target))  # noqa: PTH100 (resolve() would follow further links)
        if target.suffix.lower() != path.suffix.lower():
            raise refused(
                path, Text("the link leads to a file of another type.", "链接指向另一类型的文件。")
            )
    try:
        mode = target.stat().st_mode
    except OSError as error:
        raise InputError(
            Text("there is no such file.", "找不到该文件。"),
            where=str(path),
            fix=Text("check the path.", "请检查路径。"),
        ) from error
    if stat.S_ISDIR(mode) and target.suffix.lower() != ".gdb":
        raise refused(path, Text(f"{name} is a folder.", f"{name} 是文件夹。"), _a_file_of(target))
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise refused(path, Text(f"{name} is not a regular file.", f"{name} 不是普通文件。"))
    if stat.S_ISREG(mode) and target.stat().st_size == 0:
        raise refused(path, Text("the file is empty.", "文件为空。"))
    return target
