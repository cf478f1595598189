"""`census-gis export`: a plan as exchange files, one layer in memory at a time, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
from pyproj import CRS

from census_gis.errors import ConfigError
from census_gis.inputs.door import check
from census_gis.language import Language, Text
from census_gis.present.exchange.containers import write_geopackage, write_parquet
from census_gis.present.exchange.dbf import ENCODINGS
from census_gis.present.exchange.differences import Issued
from census_gis.present.exchange.folder import files_in, whole
from census_gis.present.exchange.geojson import write_geojson
from census_gis.present.exchange.kml import write_kml
from census_gis.present.exchange.package import Order, write_package
from census_gis.present.exchange.readme import write_readme
from census_gis.present.exchange.shapefile import write_shapefiles
from census_gis.present.exchange.source import Loss, PlanSource
from census_gis.present.exchange.upward import TOWNSHIP_DIGITS
from census_gis.present.exchange.workbook import write_xlsx
from census_gis.present.outputs import language_of
from census_gis.profile import nearest
from census_gis.runner.issued import read_issued_codes, read_issued_polygons, read_own_list
from census_gis.runner.progress import Progress, Silent
from census_gis.store.geopackage import read_tables
from census_gis.tables.planned import PLANNED

__all__ = ["FORMATS", "Exported", "Wishes", "export_plan", "export_tables"]

FORMATS = ("gpkg", "shp", "geojson", "kml", "xlsx", "parquet", "package")
PACKAGE_PIECES = 5  # three layers, list, note
STEP = Text("writing {kind}", "写出 {kind}")


@dataclass(frozen=True)
class Wishes:
    """What is asked of an export.

    Attributes
    ----------
    kind
        Format, one of `FORMATS`.
    encoding
        Encoding of .dbf tables: ``utf-8`` or ``gbk``.
    language
        Language of headings; None for that of the plan.
    own_list
        The office's own table of districts (.xlsx) to fill in, for the package.
    issued
        Polygons as issued, ``FILE`` or ``FILE:LAYER``, for the package.
    codes
        The official code list (.xlsx, .csv), for the package.
    """

    kind: str
    encoding: str = "utf-8"
    language: Language | None = None
    own_list: Path | None = None
    issued: str = ""
    codes: Path | None = None


@dataclass(frozen=True)
class Exported:
    """Where the files are, what they are called, what they could not carry."""

    folder: Path
    files: tuple[str, ...]
    losses: tuple[Loss, ...]
    kept: Path | None = None


def export_plan(
    plan: Path, wishes: Wishes, *, out: Path | None = None, progress: Progress | None = None
) -> Exported:
    """Write a plan in another format, to ``export/FORMAT`` beside it unless `out` names a folder.

    Raises
    ------
    ConfigError
        Unknown format or encoding, an option another format knows, or a folder that is no export.
    InputError
        If the plan, or a file to compare with, cannot be used.
    OSError
        If the disk is full or a file is held by another program; an older export is then untouched.
    """
    _require_known(wishes)
    path = check(plan).path
    head = read_tables(path, ("districts", "settings"))
    source = PlanSource(
        name=str(dict(zip(head["settings"]["key"], head["settings"]["value"], strict=True)).get("project.name") or plan.stem),
        file=plan.name, crs=CRS.from_user_input(head["districts"].crs), layers=tuple(PLANNED),
        read=lambda name: read_tables(path, (name,))[name],
    )  # fmt: skip
    folder = out if out is not None else plan.parent / "export" / wishes.kind
    language = wishes.language or language_of(head)
    return _export(source, wishes, folder, language=language, progress=progress or Silent())


def export_tables(
    tables: dict[str, gpd.GeoDataFrame], wishes: Wishes, *, folder: Path, language: Language
) -> Exported:
    """The same from layers in memory, for notebooks."""
    _require_known(wishes)
    settings = dict(zip(tables["settings"]["key"], tables["settings"]["value"], strict=True))
    source = PlanSource(
        name=str(settings.get("project.name") or "plan"), file="notebook",
        crs=CRS.from_user_input(tables["districts"].crs), layers=tuple(n for n in PLANNED if n in tables),
        read=lambda name: tables[name],
    )  # fmt: skip
    return _export(source, wishes, folder, language=language, progress=Silent())


def _export(
    source: PlanSource, wishes: Wishes, folder: Path, *, language: Language, progress: Progress
) -> Exported:
    seen: dict[str, int] = {}
    counted = PlanSource(
        source.name, source.file, source.crs, source.layers, _counting(source, seen)
    )
    progress.step(STEP.format(kind=wishes.kind), _pieces(source, wishes.kind))
    with whole(folder, purpose=wishes.kind) as place:
        losses = _write(counted, wishes, place.scratch, language=language, advance=progress.advance)
        empty = [name for name, rows in seen.items() if not rows] if wishes.kind != "gpkg" else []
        write_readme(place.scratch, source, losses, kind=wishes.kind, empty=empty)
    progress.done()
    return Exported(place.target, tuple(files_in(place.target)), tuple(losses), place.kept)


def _write(
    source: PlanSource, wishes: Wishes, folder: Path, *, language: Language,
    advance: Callable[[str], None],
) -> Sequence[Loss]:  # fmt: skip
    if wishes.kind == "shp":
        return write_shapefiles(source, folder, encoding=wishes.encoding, advance=advance)
    if wishes.kind == "geojson":
        return write_geojson(source, folder, advance=advance)
    if wishes.kind == "kml":
        return write_kml(source, folder, language=language, advance=advance)
    if wishes.kind == "xlsx":
        return write_xlsx(source, folder, language=language, advance=advance)
    if wishes.kind == "parquet":
        return write_parquet(source, folder, advance=advance)
    if wishes.kind == "package":
        return write_package(source, folder, _order(source, wishes, language), advance=advance)
    return write_geopackage(source, folder, advance=advance)


def _pieces(source: PlanSource, kind: str) -> int:
    """How many pieces of work a format is told of."""
    if kind == "kml":
        codes = source.layer("districts")["district_code"]
        return len(codes) + source.layer("dwelling_parts")["district_code"].nunique()
    return PACKAGE_PIECES if kind == "package" else len(source.layers)


def _order(source: PlanSource, wishes: Wishes, language: Language) -> Order:
    """What the package is compared with, read before anything is written."""
    codes, polygons = None, None
    remarks: tuple[Text, ...] = ()
    if wishes.codes is not None or wishes.issued:
        districts, areas = source.layer("districts"), source.layer("enumeration_areas")
        own = [str(code) for code in districts["district_code"]]
        known = {*own, *map(str, areas["ea_code"]), *map(str, source.layer("units")["code"]),
                 *(code[:TOWNSHIP_DIGITS] for code in own)}  # fmt: skip
        if wishes.codes is not None:
            codes, remarks = read_issued_codes(wishes.codes, known)
        if wishes.issued:
            polygons, told = read_issued_polygons(
                wishes.issued, known, crs=source.crs, districts=districts
            )
            remarks = (*remarks, *told)
    own_list = None if wishes.own_list is None else partial(read_own_list, wishes.own_list)
    return Order(Issued(codes, polygons, remarks), own_list, wishes.encoding, language)


def _counting(source: PlanSource, seen: dict[str, int]) -> Callable[[str], gpd.GeoDataFrame]:
    def read(name: str) -> gpd.GeoDataFrame:
        frame = source.read(name)
        seen[name] = len(frame)
        return frame

    return read


def _require_known(wishes: Wishes) -> None:
    for option, value, known in (
        ("--format", wishes.kind, FORMATS), ("--encoding", wishes.encoding, tuple(ENCODINGS)),
    ):  # fmt: skip
        if value not in known:
            raise ConfigError(
                Text(f"'{value}' is not known.", f"“{value}”无效。"),
                where=option,
                fix=Text(f"use one of {', '.join(known)} (nearest: {nearest(value, list(known))}).",
                         f"可用：{'、'.join(known)}（最接近：{nearest(value, list(known))}）。"),
            )  # fmt: skip
    strange = {
        "--encoding": wishes.encoding != "utf-8" and wishes.kind not in ("shp", "package"),
        "--list": wishes.own_list is not None and wishes.kind != "package",
        "--issued": bool(wishes.issued) and wishes.kind != "package",
        "--codes": wishes.codes is not None and wishes.kind != "package",
    }
    wrong = [option for option, is_wrong in strange.items() if is_wrong]
    if wrong:
        raise ConfigError(
            Text(f"the format {wishes.kind} does not know this option.", f"格式 {wishes.kind} 不使用该选项。"),
            where=", ".join(wrong),
            fix=Text("leave it out, or choose --format package (--encoding: shp too).",
                     "请去掉该选项，或选用 --format package（--encoding 也可用于 shp）。"),
        )  # fmt: skip
