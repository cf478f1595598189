"""The same sheets by the print-layout atlas of QGIS: python3 qgis_atlas.py PLAN CODES.txt OUT.pdf

Runs under the Python QGIS is installed for (Debian: /usr/bin/python3 with python3-qgis), headless with
QT_QPA_PLATFORM=offscreen. One A4 page an EA: the map with EA lines, roads, buildings and their numbers, street
names along the roads, codes of the neighbours, title, scale bar, legend, north arrow, table of buildings,
boxes to sign. Less than our sheets have: no boundary in words, no band outside the line, no detail
maps, no boxes for numbers that have no room. Prints one line of JSON; starting QGIS and opening
the layers is not counted.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFillSymbol,
    QgsLayoutExporter,
    QgsLayoutFrame,
    QgsLayoutItemAttributeTable,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsLineSymbol,
    QgsPalLayerSettings,
    QgsPrintLayout,
    QgsProject,
    QgsRenderContext,
    QgsRuleBasedRenderer,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)  # fmt: skip
from qgis.PyQt.QtCore import QRectF
from qgis.PyQt.QtGui import QColor, QFont

FONT = "Noto Sans CJK SC"
OWN = "attribute(@atlas_feature, 'ea_code')"
ALIGN_CENTRE, ALIGN_LEFT = 4, 1


def type_of(points, halo=0.35, colour="black"):
    """A text format with a white halo [mm]."""
    made, buffer = QgsTextFormat(), QgsTextBufferSettings()
    made.setFont(QFont(FONT))
    made.setSize(points)
    made.setSizeUnit(QgsUnitTypes.RenderPoints)
    made.setColor(QColor(colour))
    buffer.setEnabled(halo > 0)
    buffer.setSize(halo)
    buffer.setColor(QColor("white"))
    made.setBuffer(buffer)
    return made


def by_rules(layer, rules):
    """Draw a layer by (filter, symbol) pairs."""
    root = QgsRuleBasedRenderer.Rule(None)
    for wanted, symbol in rules:
        rule = QgsRuleBasedRenderer.Rule(symbol)
        rule.setFilterExpression(wanted)
        root.appendChild(rule)
    layer.setRenderer(QgsRuleBasedRenderer(root))


def lettered(layer, expression, format_, placement):
    """Label a layer."""
    settings = QgsPalLayerSettings()
    settings.fieldName, settings.isExpression = expression, True
    settings.setFormat(format_)
    settings.placement = placement
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)


def layers_of(plan, codes):
    """Areas asked for, all areas, buildings and roads of a plan, styled."""

    def open_(name, title):
        layer = QgsVectorLayer(f"{plan}|layername={name}", title, "ogr")
        if not layer.isValid():
            raise SystemExit(f"{plan} has no layer {name}")
        return layer

    cover = open_("enumeration_areas", "本小区")
    cover.setSubsetString("ea_code IN ({})".format(",".join(f"'{code}'" for code in codes)))
    areas, houses = open_("enumeration_areas", "普查小区界"), open_("dwelling_parts", "建筑物")
    roads = open_("context_lines", "道路")
    roads.setSubsetString("source = 'roads'")
    fill = QgsFillSymbol.createSimple
    by_rules(houses, [
        (f'"ea_code" <> {OWN}', fill({"color": "242,242,242", "outline_color": "190,190,190", "outline_width": ".1"})),
        (f'"ea_code" = {OWN}', fill({"color": "204,204,204", "outline_color": "0,0,0", "outline_width": ".18"})),
    ])  # fmt: skip
    by_rules(areas, [
        ("", fill({"style": "no", "outline_color": "80,80,80", "outline_width": ".25", "outline_style": "dash dot"})),
        (f'"ea_code" = {OWN}', fill({"style": "no", "outline_color": "0,0,0", "outline_width": ".8", "outline_style": "dash dot"})),
    ])  # fmt: skip
    roads.setRenderer(
        QgsSingleSymbolRenderer(
            QgsLineSymbol.createSimple({"color": "153,153,153", "width": "1.2"})
        )
    )
    lettered(
        houses,
        f'if("ea_code" = {OWN}, "number_label", NULL)',
        type_of(6),
        QgsPalLayerSettings.OverPoint,
    )
    lettered(roads, '"name"', type_of(7.5, 0.5), QgsPalLayerSettings.Curved)
    lettered(
        areas,
        f'if("ea_code" <> {OWN}, right("ea_code", 3), NULL)',
        type_of(10, 0.6, "#4d4d4d"),
        QgsPalLayerSettings.OverPoint,
    )
    return cover, areas, houses, roads


def words(layout, text, box, points, align=ALIGN_CENTRE, frame=False):
    """A label of the layout."""
    item, font = QgsLayoutItemLabel(layout), QFont(FONT)
    item.setText(text)
    font.setPointSizeF(points)
    item.setFont(font)
    item.setHAlign(align)
    item.setFrameEnabled(frame)
    layout.addLayoutItem(item)
    item.attemptSetSceneRect(QRectF(*box))


def layout_of(project, cover, areas, houses, roads):
    """The sheet: map, furniture, table, and the atlas over the areas."""
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    layout.setName("ea")
    page = layout.pageCollection().page(0)
    page.setPageSize("A4", page.Portrait)
    map_ = QgsLayoutItemMap(layout)
    layout.addLayoutItem(map_)
    map_.attemptSetSceneRect(QRectF(35, 40, 160, 150))
    map_.setLayers([areas, houses, roads])
    map_.setKeepLayerSet(True)
    map_.setFrameEnabled(True)
    map_.zoomToExtent(cover.extent())
    map_.setAtlasDriven(True)
    map_.setAtlasScalingMode(QgsLayoutItemMap.Auto)
    map_.setAtlasMargin(0.1)
    words(layout, '[% "district_code" %] 第[% "serial" %]普查小区图', (35, 15, 160, 9), 18)
    words(
        layout,
        '普查小区代码 [% "ea_code" %]   人数 [% "persons" %]   建筑物 [% "buildings" %]',
        (35, 26, 160, 6),
        9,
    )
    words(
        layout,
        "第 [% @atlas_featurenumber %] 页 / 共 [% @atlas_totalfeatures %] 页",
        (150, 10, 45, 4),
        7,
    )
    bar = QgsLayoutItemScaleBar(layout)
    bar.setStyle("Single Box")
    bar.setLinkedMap(map_)
    bar.setUnits(QgsUnitTypes.DistanceMeters)
    bar.setUnitsPerSegment(20)
    bar.setTextFormat(type_of(6, 0))
    layout.addLayoutItem(bar)
    bar.attemptMove(QgsLayoutPoint(36, 192))
    legend = QgsLayoutItemLegend(layout)
    legend.setLinkedMap(map_)
    legend.setColumnCount(3)
    layout.addLayoutItem(legend)
    legend.attemptMove(QgsLayoutPoint(100, 192))
    arrow = QgsLayoutItemPicture(layout)
    arrow.setPicturePath("/usr/share/qgis/svg/arrows/NorthArrow_02.svg")
    layout.addLayoutItem(arrow)
    arrow.attemptSetSceneRect(QRectF(182, 42, 12, 14))
    table = QgsLayoutItemAttributeTable.create(layout)
    layout.addMultiFrame(table)
    table.setVectorLayer(houses)
    table.setDisplayedFields(["number_label", "address", "floors"])
    table.setFilterFeatures(True)
    table.setFeatureFilter(f'"ea_code" = {OWN}')
    table.setMaximumNumberOfFeatures(60)
    table.setContentTextFormat(type_of(5, 0))
    table.setHeaderTextFormat(type_of(5, 0))
    for column in range(3):
        frame = QgsLayoutFrame(layout, table)
        frame.attemptSetSceneRect(QRectF(35 + 54 * column, 220, 52, 50))
        table.addFrame(frame)
    for column, who in enumerate(("绘图人：", "审核人：", "日期：")):
        words(layout, who, (35 + 54 * column, 272, 52, 9), 7.5, ALIGN_LEFT, True)
    atlas = layout.atlas()
    atlas.setCoverageLayer(cover)
    atlas.setEnabled(True)
    atlas.setSortFeatures(True)
    atlas.setSortExpression('"ea_code"')
    atlas.updateFeatures()
    return layout


def seconds():
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    """Print the sheets and what they cost."""
    plan, listed, out = sys.argv[1:4]
    codes = Path(listed).read_text().split()
    QgsApplication.setPrefixPath("/usr", True)
    app = QgsApplication([], False)
    app.initQgis()
    project = QgsProject.instance()
    cover, areas, houses, roads = layers_of(plan, codes)
    project.setCrs(QgsCoordinateReferenceSystem(cover.crs()))
    for layer in (areas, houses, roads):
        project.addMapLayer(layer, True)
    layout = layout_of(project, cover, areas, houses, roads)
    atlas = layout.atlas()
    wish = QgsLayoutExporter.PdfExportSettings()
    wish.dpi, wish.forceVectorOutput, wish.rasterizeWholeImage = 300, True, False
    wish.textRenderFormat = QgsRenderContext.TextFormatAlwaysText
    wall, cpu = time.perf_counter(), seconds()
    QgsLayoutExporter.exportToPdf(atlas, out, wish)
    cpu, wall = seconds() - cpu, time.perf_counter() - wall
    pages = atlas.count()
    print(json.dumps({
        "what": f"QGIS {Qgis.QGIS_VERSION.split('-')[0]} atlas", "pages": pages, "cpu_s": round(cpu, 2),
        "wall_s": round(wall, 2), "pages_per_cpu_s": round(pages / cpu, 2),
        "kb_per_page": round(Path(out).stat().st_size / 1024 / pages, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }), flush=True)  # fmt: skip
    os._exit(0)  # QGIS takes long to fall apart, and sometimes fails at it


main()
