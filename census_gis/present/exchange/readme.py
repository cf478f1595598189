"""README.txt of an export: what the files are and what they could not carry, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from census_gis.inputs.datums import name as crs_name
from census_gis.language import LANGUAGES, Text
from census_gis.present.exchange.folder import files_in
from census_gis.present.exchange.source import LEFT_OUT, Loss, PlanSource

__all__ = ["write_readme"]

ABOUT: dict[str, Text] = {
    "gpkg": Text("GeoPackage: all layers in one file, for QGIS and ArcGIS", "GeoPackage：全部图层在一个文件中，供 QGIS、ArcGIS 使用"),
    "shp": Text("Shapefiles: one for each layer", "Shapefile：每个图层一套文件"),
    "geojson": Text("GeoJSON (RFC 7946): one file for each layer", "GeoJSON（RFC 7946）：每个图层一个文件"),
    "kml": Text("KML: plan.kml, and buildings in a file for each district", "KML：plan.kml，建筑物按普查区分文件"),
    "xlsx": Text("Excel workbook: one sheet for each layer", "Excel 工作簿：每个图层一张工作表"),
    "parquet": Text("GeoParquet: one file for each layer", "GeoParquet：每个图层一个文件"),
    "package": Text("Report package: polygons, list of districts, note of differences", "上报包：面图层、普查区一览表、差异说明"),
}  # fmt: skip
OFFICE = Text("Internal: for the census office only. Boundaries serve the census only and are no basis for administrative division.",
              "内部资料，仅供普查机构使用。界线仅供普查使用，不作为行政区划界线的依据。")  # fmt: skip


def write_readme(
    folder: Path, plan: PlanSource, losses: Sequence[Loss], *, kind: str, empty: Sequence[str] = ()
) -> None:
    """Write README.txt beside the files of a folder.

    Parameters
    ----------
    kind
        Format of the export.
    empty
        Layers of the plan that have no rows.
    """
    files = [name for name in files_in(folder) if name != "README.txt"]
    blocks = []
    for language in LANGUAGES:
        rows = [
            Text(f"Export of the plan “{plan.name}” ({plan.file})", f"方案“{plan.name}”的导出文件（{plan.file}）"),
            ABOUT[kind],
            OFFICE,
            Text(f"Coordinate system of the plan: {crs_name(plan.crs)}", f"方案坐标系：{crs_name(plan.crs)}"),
            Text("", ""),
            Text("What the files do not carry as the plan has it:", "与方案相比，文件未能原样保留的内容："),
            *[Text(f"- {loss.say().en}", f"- {loss.say().zh}") for loss in losses],
            Text(f"- {LEFT_OUT.en}", f"- {LEFT_OUT.zh}"),
        ]  # fmt: skip
        if empty:
            rows.append(
                Text(
                    f"- layers without rows: {', '.join(empty)}",
                    f"- 无记录的图层：{'、'.join(empty)}",
                )
            )
        rows += [
            Text("", ""),
            Text("Files:", "文件："),
            *[Text(f"- {name}", f"- {name}") for name in files],
        ]
        blocks.append("\n".join(row.of(language) for row in rows))
    rule = "\n\n" + "-" * 72 + "\n\n"
    (folder / "README.txt").write_text(rule.join(blocks) + "\n", encoding="utf-8-sig", newline="\n")
