"""Bad days that must stop a run: how each is made, its exit status, and what the message must say."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from openpyxl import Workbook

from tests.bad.place import CODES, CRS, EAST, NORTH, PROJECT, Place, at

BUILDINGS = 'file    = "place.gpkg"\nlayer   = "buildings"'
HOLLOW = shapely.transform(
    at(0, 0, 9, 9), lambda xy: xy * [[1, 1]] * [[1], [np.nan], [1], [1], [1]]
)


@dataclass(frozen=True)
class Stop:
    """One bad day.

    Attributes
    ----------
    status
        Exit status of contract section 2.
    spoil
        What makes a good place bad.
    names
        What both messages must name: file, layer, rows, key.
    en, zh
        Words of the reason and of the remedy.
    words
        Further words of the command line.
    """

    status: int
    spoil: Callable[[Place], object]
    names: tuple[str, ...]
    en: str
    zh: str
    words: tuple[str, ...] = ()


def other_file(name: str, content: bytes, layer: str = "") -> Callable[[Place], None]:
    """Buildings out of another file of this content."""

    def spoil(place: Place) -> None:
        (place.folder / name).write_bytes(content)
        place.say(BUILDINGS, f'file    = "{name}"' + (f'\nlayer   = "{layer}"' if layer else ""))

    return spoil


def named_file(name: str) -> Callable[[Place], None]:
    """Buildings out of a file called so."""
    return lambda place: place.say('"place.gpkg"\nlayer   = "buildings"',
                                   f'"{name}"\nlayer   = "buildings"')  # fmt: skip


def rows(place: Place, layer: str, count: int) -> None:
    place.layer(layer, lambda frame: frame.iloc[:count])


def without_crs(place: Place, layer: str) -> None:
    place.layer(layer, lambda frame: frame.set_crs(None, allow_override=True))


def in_degrees(place: Place, layer: str) -> None:
    place.layer(layer, lambda frame: frame.to_crs(4490).set_crs(CRS, allow_override=True))


def changed(place: Place, layer: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    place.layer(layer, lambda frame: frame.set_geometry(
        shapely.transform(frame.geometry.to_numpy(), change), crs=frame.crs))  # fmt: skip


def swapped(place: Place, layer: str) -> None:
    changed(place, layer, lambda xy: xy[:, ::-1])


def east(metres: float) -> Callable[[np.ndarray], np.ndarray]:
    """A move to the east."""
    return lambda xy: np.add(xy, (metres, 0))


def with_prefix(place: Place) -> None:
    """Half of the buildings in the zone with its number before the easting."""

    def change(frame):
        shapes = frame.geometry.to_numpy().copy()
        shapes[::2] = shapely.transform(shapes[::2], east(40_000_000))
        return frame.set_geometry(shapes, crs=frame.crs)

    place.layer("buildings", change)


def districts_of(place: Place, *shapes: object) -> None:
    place.layer("districts", lambda frame: frame.set_geometry(list(shapes), crs=CRS))


def cut_short(place: Place) -> None:
    place.data.write_bytes(place.data.read_bytes()[: place.data.stat().st_size // 2])


def sql(place: Place, command: str) -> None:
    with sqlite3.connect(place.data) as connection:
        connection.execute(command)


def in_encoding(place: Place, encoding: str) -> None:
    place.project.write_bytes(place.project.read_text("utf-8").encode(encoding))


def zigzag(n: int) -> shapely.Polygon:
    """A valid polygon of about n vertices, 18 m wide."""
    x = np.linspace(0, 18, n)
    top = np.column_stack([EAST + 20 + x, NORTH + 50 + np.arange(n) % 2 * 0.5])
    return shapely.Polygon(np.vstack([top, [[EAST + 38, NORTH + 40], [EAST + 20, NORTH + 40]]]))


def register(place: Place, text: str) -> None:
    (place.folder / "register.csv").write_text(text, encoding="utf-8")
    place.project.write_text(
        place.project.read_text("utf-8") + '\n[inputs.register]\nfile = "register.csv"\n', "utf-8"
    )


def zipped(name: str, members: dict[str, bytes], layer: str = "") -> Callable[[Place], None]:
    """Buildings out of an archive with these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return other_file(name, packed.getvalue(), layer)


def workbook(place: Place, *cells: object) -> None:
    """A register as a workbook, one row of these cells below its head."""
    book = Workbook()
    book.active.append(["building_id", "residents"])
    book.active.append(list(cells))
    book.save(place.folder / "register.xlsx")
    register(place, "")
    place.say('"register.csv"', '"register.xlsx"')


VRT = b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>place.gpkg</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
IMAGE = '[inputs.imagery]\nfiles = ["{name}"]\n\n[inputs.roads]'


def image(name: str, content: bytes | None) -> Callable[[Place], None]:
    def spoil(place: Place) -> None:
        if content is not None:
            (place.folder / name).write_bytes(content)
        place.say("[inputs.roads]", IMAGE.format(name=name))

    return spoil


RULE = '\n[rules]\n"{key}" = {{ value = {value}, source = "a test" }}\n'


def rule(key: str, value: object) -> Callable[[Place], None]:
    def spoil(place: Place) -> None:
        text = place.project.read_text("utf-8")
        place.project.write_text(text + RULE.format(key=key, value=value), "utf-8")

    return spoil


STOPS: dict[str, Stop] = {
    # ---- what is named is not there
    "missing file": Stop(2, named_file("nowhere.gpkg"), ("nowhere.gpkg",), "no such file", "找不到该文件"),
    "missing layer": Stop(2, lambda p: p.say('"buildings"\n', '"bildings"\n'), ("place.gpkg", "bildings", "buildings"), "there is no layer", "没有名为“bildings”的图层"),
    "missing column": Stop(2, lambda p: p.say('floors = "floors"', 'floors = "cengshu"'), ("cengshu", "buildings"), "not in the file", "不存在"),
    "missing column of where": Stop(3, lambda p: p.say(BUILDINGS, BUILDINGS + "\nwhere = { cengshu = 1 }"), ("cengshu",), "there is no column", "没有字段"),
    "where holds nowhere": Stop(2, lambda p: p.say(BUILDINGS, BUILDINGS + "\nwhere = { floors = 77 }"), ("buildings",), "no row", "没有任何"),
    "missing districts": Stop(3, lambda p: p.say("[inputs.districts]", "[inputs.waterways]"), ("inputs.districts",), "is missing", "缺少"),
    "missing image": Stop(3, image("ortho/*.tif", None), ("ortho/*.tif",), "no image matches", "没有影像符合"),
    "missing image file": Stop(2, image("ortho.tif", None), ("ortho.tif",), "no such file", "找不到该文件"),
    "unset variable": Stop(3, named_file("${CENSUS_NOWHERE}/a.gpkg"), ("CENSUS_NOWHERE",), "is not set", "未设置"),
    # ---- the project file
    "unknown key": Stop(3, lambda p: p.say("seed ", "sed "), ("sed", "seed", "project.toml"), "unknown key", "未知的键"),
    "unknown table": Stop(3, lambda p: p.say("[inputs.roads]", "[inputs.rodas]"), ("rodas", "roads"), "unknown key", "未知的键"),
    "unknown column of ours": Stop(3, lambda p: p.say("floors = ", "storeys = "), ("storeys",), "the nearest is", "最接近的是"),
    "unknown profile": Stop(3, lambda p: p.say("cn2020", "cn2021"), ("cn2021",), "there is no profile", "没有名为“cn2021”的规则模板"),
    "unknown rule": Stop(3, rule("ea.persons.tarjet", 300), ("ea.persons.tarjet", "ea.persons.target"), "there is no rule", "没有名为“ea.persons.tarjet”的规则"),
    "rule of another type": Stop(3, rule("ea.persons.target", '"many"'), ("ea.persons.target",), "cannot be", "不能取"),
    "rule below zero": Stop(3, rule("ea.persons.target", -5), ("ea.persons.target",), "cannot be -5", "不能取 -5"),
    "rules against each other": Stop(4, rule("ea.persons.low", 500), ("500",), "does not hold the target", "不在区间"),
    "serial too narrow": Stop(4, lambda p: (rule("code.serial_digits", 1)(p), p.column("districts", "persons", 6000)), (CODES[0],), "widen code.serial_digits", "增加 code.serial_digits"),
    "negative seed": Stop(3, lambda p: p.say("= 7", "= -7"), ("project.seed",), "at least 0", "不小于 0"),
    "unknown language": Stop(3, lambda p: p.say('language = "zh"', 'language = "fr"'), ("project.language",), "it must be", "应为"),
    "file is a list": Stop(3, lambda p: p.say('file    = "place.gpkg"', 'file    = ["place.gpkg"]'), ("inputs.districts.file",), "a text in quotes", "文字"),
    "table is a text": Stop(3, lambda p: p.say("[inputs.roads]\n", "[inputs]\nroads = 'a'\n[inputs.water]\n"), ("inputs",), "a table of its own", "单独的表"),
    "table twice": Stop(3, lambda p: p.say("[inputs.roads]", "[inputs.buildings]"), ("project.toml",), "not valid TOML", "不是有效的 TOML"),
    "project crs": Stop(3, lambda p: p.say("seed     = 7", 'seed     = 7\ncrs = "EPSG:4490"'), ("EPSG:4490", "project.crs"), "is not a metric system", "米制投影坐标系"),
    "project crs elsewhere": Stop(3, lambda p: p.say("seed     = 7", 'seed     = 7\ncrs = "EPSG:32733"'), ("EPSG:32733",), "EPSG:4549", "EPSG:4549"),
    "project crs unknown": Stop(3, lambda p: p.say("seed     = 7", 'seed     = 7\ncrs = "EPSG:999999"'), ("EPSG:999999",), "is not a coordinate system", "不是坐标系"),
    "crs is a file": Stop(3, lambda p: p.say(BUILDINGS, BUILDINGS + '\ncrs = "/etc/passwd"'), ("/etc/passwd", "buildings"), "is not a coordinate system", "不是坐标系"),
    "snap too wide": Stop(3, lambda p: p.say("seed     = 7", "seed     = 7\nsnap_m = 500"), ("snap_m", "50"), "at most", "不大于"),
    "totals differ": Stop(3, lambda p: p.project.write_text(PROJECT + "\n[population]\npersons_total = 5000\n", "utf-8"), ("5000", "1200"), "differ by more than", "相差超过"),
    "persons_total is text": Stop(3, lambda p: p.project.write_text(PROJECT + '\n[population]\npersons_total = "1,200 人"\n', "utf-8"), ("population.persons_total",), "a whole number", "应为整数"),
    "gbk": Stop(3, lambda p: in_encoding(p, "gbk"), ("project.toml", "UTF-8"), "save it as UTF-8", "另存为 UTF-8"),
    "utf-16": Stop(3, lambda p: in_encoding(p, "utf-16"), ("project.toml", "UTF-8"), "save it as UTF-8", "另存为 UTF-8"),
    "backslashes": Stop(3, lambda p: p.say('"place.gpkg"', '"C:\\data\\place.gpkg"'), ("project.toml", "/"), "a path has /", "路径用 /"),
    "empty project": Stop(3, lambda p: p.project.write_text("", "utf-8"), ("project.toml", "project"), "is missing", "缺少"),
    "not toml": Stop(3, lambda p: p.say("seed     = 7", "seed     = "), ("project.toml", "6"), "not valid TOML", "不是有效的 TOML"),
    "binary project": Stop(3, lambda p: p.project.write_bytes(p.data.read_bytes()), ("project.toml",), "UTF-8", "UTF-8"),
    # ---- coordinates
    "no crs": Stop(2, lambda p: without_crs(p, "buildings"), ("place.gpkg", "buildings", "600,265"), 'crs = "EPSG:4549"', 'crs = "EPSG:4549"'),
    "no crs of districts": Stop(2, lambda p: without_crs(p, "districts"), ("place.gpkg", "districts"), "no coordinate system is stated", "未标明坐标系"),
    "degrees": Stop(2, lambda p: in_degrees(p, "buildings"), ("buildings", "121."), "longitude and latitude in degrees", "经纬度（度）"),
    "degrees of districts": Stop(2, lambda p: in_degrees(p, "districts"), ("districts", "121."), "longitude and latitude in degrees", "经纬度（度）"),
    "axes": Stop(2, lambda p: swapped(p, "buildings"), ("buildings", "3,450,0"), "the axes are swapped", "坐标轴颠倒"),
    "axes of districts": Stop(2, lambda p: swapped(p, "districts"), ("districts", "3,450,0"), "the axes are swapped", "坐标轴颠倒"),
    "axes of degrees": Stop(2, lambda p: (p.layer("districts", lambda f: f.to_crs(4490)), swapped(p, "districts")), ("districts",), "the axes are swapped", "坐标轴颠倒"),
    "mixed zones": Stop(2, with_prefix, ("buildings", "40,600,265"), "15 of 30 objects", "30 个对象中有 15 个"),
    "beijing 1954": Stop(2, lambda p: p.layer("buildings", lambda f: f.set_crs(2437, allow_override=True)), ("buildings",), "control points", "控制点"),
    "elsewhere": Stop(2, lambda p: changed(p, "buildings", east(20_000)), ("buildings",), "20.0 km", "20.0 千米"),
    "other country": Stop(2, lambda p: p.layer("buildings", lambda f: f.set_crs(32633, allow_override=True)), ("buildings",), "none of 30 buildings", "30 栋建筑都不在普查区内"),
    # ---- rows
    "empty buildings": Stop(2, lambda p: rows(p, "buildings", 0), ("place.gpkg", "buildings"), "no row", "没有任何"),
    "empty districts": Stop(2, lambda p: rows(p, "districts", 0), ("place.gpkg", "districts"), "no row", "没有任何"),
    "points for buildings": Stop(2, lambda p: p.layer("buildings", lambda f: f.set_geometry(f.centroid)), ("place.gpkg", "buildings"), "no usable shape", "没有可用的几何"),
    "no geometry": Stop(2, lambda p: p.layer("buildings", lambda f: f.set_geometry([None] * len(f), crs=CRS)), ("buildings",), "no row with a geometry", "没有任何带几何的行"),
    "all nan": Stop(2, lambda p: p.layer("buildings", lambda f: f.set_geometry([HOLLOW] * len(f), crs=CRS)), ("buildings",), "no row with a geometry", "没有任何带几何的行"),
    "a million vertices": Stop(2, lambda p: p.shape("buildings", 0, zigzag(1_000_010)), ("place.gpkg", "buildings", "1,000,013"), "more than 1,000,000", "超过上限 1,000,000"),
    "duplicate ids": Stop(2, lambda p: p.column("buildings", "building_id", "b00"), ("place.gpkg", "buildings", "b00"), "in several rows", "重复出现"),
    "duplicate codes": Stop(2, lambda p: p.column("districts", "district_code", CODES[0]), ("place.gpkg", "districts", CODES[0]), "in several rows", "重复出现"),
    "short codes": Stop(2, lambda p: p.column("districts", "district_code", ["1", "2"]), ("districts", "12"), "do not have 12 digits", "不是 12 位数字"),
    "codes with a path": Stop(2, lambda p: p.column("districts", "district_code", ["../../evil", "2"]), ("districts",), "do not have 12 digits", "不是 12 位数字"),
    "district twice": Stop(2, lambda p: districts_of(p, at(0, 0, 300, 200), at(0, 0, 300, 200)), ("districts", CODES[1]), "wholly inside", "完全被其他普查区覆盖"),
    "district in another province": Stop(2, lambda p: districts_of(p, shapely.union(at(0, 0, 300, 200), at(-600_000, 0, 9, 9)), at(300, 0, 300, 200)), ("place.gpkg", "districts", CODES[0]), "reaches over 600 km", "跨度达 600 千米"),
    "persons as text": Stop(2, lambda p: p.column("districts", "persons", ["1,234 人", "600"]), ("districts", "persons", CODES[0]), "no number in 1 of 2 rows", "2 行中有 1 行的值不是数字"),
    "persons below zero": Stop(2, lambda p: p.column("districts", "persons", [-1, 600]), ("districts", CODES[0]), "below 0 in 1 of 2 rows", "2 行中有 1 行的值小于 0"),
    "persons in parts": Stop(2, lambda p: p.column("districts", "persons", [600.5, 600.0]), ("districts", CODES[0]), "no whole number in 1 of 2 rows", "2 行中有 1 行的值不是整数"),
    "building far away": Stop(2, lambda p: p.layer("buildings", lambda f: f.set_geometry([shapely.union(one, at(9_000, 0, 9, 9)) for one in f.geometry], crs=CRS)), ("[inputs.buildings]",), "Multipart to Singleparts", "多部件转单部件"),
    "identity numbers": Stop(2, lambda p: p.column("buildings", "身份证号", "110101199003077459"), ("place.gpkg", "buildings", "身份证号"), "delete the column", "请删除该字段"),
    # ---- files that are not what they seem
    "cut short": Stop(2, cut_short, ("place.gpkg",), "cut short", "不完整"),
    "trigger": Stop(2, lambda p: sql(p, "CREATE TRIGGER t AFTER INSERT ON buildings BEGIN SELECT 1; END"), ("place.gpkg", "trigger t"), "programs of its own", "自带"),
    "vrt named geojson": Stop(2, other_file("b.geojson", VRT), ("b.geojson",), "is not GeoJSON", "不是 GeoJSON"),
    "vrt named tif": Stop(2, image("ortho.tif", b"<VRTDataset></VRTDataset>"), ("ortho.tif",), "is not TIFF", "不是 TIFF"),
    "vrt": Stop(2, other_file("b.vrt", VRT), ("b.vrt",), ".vrt", ".vrt"),
    "vsicurl": Stop(2, named_file("/vsicurl/http://example.org/a.gpkg"), ("/vsicurl",), "on this computer", "本机上"),
    "web address": Stop(2, named_file("https://example.org/a.gpkg"), ("https",), "on this computer", "本机上"),
    "driver prefix": Stop(2, named_file("GPKG:place.gpkg"), ("GPKG",), "on this computer", "本机上"),
    "text for a gpkg": Stop(2, other_file("b.gpkg", b"hello" * 100, "buildings"), ("b.gpkg",), "is not GeoPackage", "不是 GeoPackage"),
    "empty file": Stop(2, other_file("b.gpkg", b"", "buildings"), ("b.gpkg",), "is empty", "为空"),
    "folder for a file": Stop(2, lambda p: ((p.folder / "b.gpkg").mkdir(), named_file("b.gpkg")(p)), ("b.gpkg",), "is a folder", "是文件夹"),
    "geojson cut short": Stop(2, other_file("b.geojson", b'{"type": "FeatureCollection", "features": ['), ("b.geojson",), "cut short", "不完整"),
    "zip that climbs": Stop(2, zipped("b.zip", {"../b.geojson": b"{}"}), ("b.zip",), "leads out of the archive", "指向压缩包之外"),
    "zip bomb": Stop(2, zipped("b.zip", {"b.geojson": b"{" + b" " * (60 << 20) + b"}"}), ("b.zip",), "unpacks to more than it may", "解压后过大"),
    "zip in a zip": Stop(2, zipped("b.zip", {"b.zip": b"PK"}), ("b.zip",), "an archive in the archive", "嵌套的压缩包"),
    "zip of nothing": Stop(2, zipped("b.zip", {"readme.doc": b"x"}), ("b.zip",), "no file of a kind read here", "没有可读取的数据文件"),
    "formula without a value": Stop(2, lambda p: workbook(p, "b00", "=1+2"), ("register.xlsx", "B2"), "without a stored value", "没有保存结果"),
    "old workbook": Stop(2, other_file("b.xls", bytes.fromhex("d0cf11e0") * 200), ("b.xls",), "save the workbook as .xlsx", "另存为 .xlsx"),
    "kml with a bomb": Stop(2, other_file("b.kml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><kml>&b;</kml>'), ("b.kml",), "entities", "实体定义"),
    "parquet cut short": Stop(2, other_file("b.parquet", b"PAR1" + b"x" * 100), ("b.parquet",), "cut short", "不完整"),
    "flatgeobuf cut short": Stop(2, other_file("b.fgb", bytes.fromhex("6667620366676200") + b"x" * 100), ("b.fgb",), "cut short", "不完整"),
    "unknown format": Stop(2, other_file("b.xyz", b"x"), ("b.xyz", ".xyz"), "is not a known type", "不认识的文件类型"),
    "csv without places": Stop(2, other_file("b.csv", b"id,floors\n1,2\n"), ("b.csv", "x"), "columns for x and y", "x、y 两列"),
    "register of persons": Stop(2, lambda p: register(p, "building_id,姓名,身份证号\nb00,张三,110101199003077459\n"), ("register.csv", "姓名"), "identity data", "个人身份信息"),
    "register without key": Stop(2, lambda p: register(p, "floor,residents\n1,4\n"), ("register.csv", "building_id"), "building_id or address", "building_id 或 address"),
    "ragged register": Stop(2, lambda p: register(p, "building_id,residents\nb00,3,4,5\nb01\n"), ("register.csv",), "2 rows", "2 行"),
    # ---- the command line
    "unknown step": Stop(3, lambda p: None, ("--until", "pln"), "there is no step", "没有步骤", ("--until", "pln")),
    "unknown option": Stop(3, lambda p: None, ("--frsh", "--fresh"), "there is no option", "没有选项", ("--frsh",)),
    "unknown district": Stop(3, lambda p: None, ("999", "--districts"), "there is no district", "没有普查区", ("--districts", "999")),
    "workers below zero": Stop(3, lambda p: None, ("--workers",), "a whole number in its range", "允许范围内的整数", ("--workers", "-1")),
}  # fmt: skip
