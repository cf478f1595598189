"""The legend page of a book: every sign of all its sheets by kind, and how a sheet is read."""

from __future__ import annotations

from census_gis.language import Text
from census_gis.present import style
from census_gis.present.display import Box, DisplayList
from census_gis.present.furniture import Draft, foot, header, legend
from census_gis.present.layout import plain_page
from census_gis.present.order import Order, notes
from census_gis.present.words import SYMBOLS

__all__ = ["legend_page"]

ROW = 4.2
LINE_MM = 4.0
TITLE = Text("Signs of the map sheets", "图例与读图说明")
REST = Text("Other signs", "其他符号")
READING = Text("How to read a sheet", "读图说明")
# A sign of no group stands among the other signs: none is ever left out.
GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (Text("Boundaries", "界线"),
     ("ea", "ea_district", "own_district", "district", "township", "district_sheet_ea", "neighbour",
      "overview_township", "overview_district", "overview_ea", "dispute")),
    (Text("Buildings", "建筑物"),
     ("storeyed", "single", "other_use", "shared", "building", "pictured", "outside", "planned",
      "gone")),
    (Text("Ways", "交通"), ("road", "path", "rail")),
    (Text("Land and water", "水系与用地"), ("water", "green", "farm", "compound")),
    (Text("Landmarks", "地物"), ("school", "health", "office", "market", "worship", "transport", "place")),
)  # fmt: skip
LINES: tuple[Text, ...] = (
    Text("The EA's own buildings are dark, on imagery outlined, and numbered; the number is that of the building table "
         "and of the listing form.",
         "本普查小区的建筑物填深色（影像图上绘轮廓）并编号，编号与建筑物表、摸底表一致。"),
    Text("A number that does not fit on its building stands beside it, at the end of a fine line.",
         "建筑物上放不下编号时，编号注在旁边，用细线引出。"),
    Text("The pale band lies outside the EA's line: what is on it or beyond is not yours to count.",
         "界线外侧的浅色带在本小区之外，带上及带外的建筑物不由本小区登记。"),
    Text("Three grey digits in a neighbouring area are its EA's serial; under them stands its district, in a narrow place "
         "as the last three digits of its code in brackets.",
         "相邻范围内的灰色三位数为相邻普查小区顺序号，其下为所属普查区名称，狭窄处为括号内的普查区代码末三位。"),
    Text("A frame with a letter is drawn larger on the detail map of that letter.",
         "带字母的方框内容见同字母的放大详图。"),
    Text("Letters and numbers along the frame name the cells of the index of streets and landmarks.",
         "图框边的字母和数字为格网编号，供按地名索引查找。"),
    Text("The round follows the order in which buildings are best visited, not their numbers: start at the triangle.",
         "走访路线按走访先后绘出，与编号顺序不一定一致，自三角形处起。"),
    Text("Stacked EAs share a building by floors: the drawing of floors and doors shows which are yours.",
         "叠层普查小区按楼层划分同一建筑物，范围见楼层单元示意图。"),
    Text("A dashed cut through a building divides it by doors; the building table says which doors are yours.",
         "建筑物内的虚线为按单元划分的界线，所属单元见建筑物表。"),
    Text("Print at 100 %: the check bar on each map must measure 50 mm.",
         "请按100%打印：各图检验线应长50毫米。"),
)  # fmt: skip


def legend_page(order: Order, crs: object = None) -> DisplayList:
    """Every sign there is, by kind, then in words how a sheet is read.

    Parameters
    ----------
    crs
        Coordinate system of the plan, for the note at the foot.
    """
    layout = plain_page(order.paper, True)
    page = DisplayList(layout.width, layout.height)
    draft = Draft(page, order.face, order.language, order.noun)
    header(draft, layout.header, TITLE.of(order.language), order.project, order.secrecy)
    x0, x1, y = layout.inner.x0, layout.inner.x1, layout.header.y0 - 2.0
    known = {name for _, names in GROUPS for name in names}
    rest = tuple(name for name in SYMBOLS if name not in known)
    for heading, names in (*GROUPS, (REST, rest)):
        here = {name for name in names if name in SYMBOLS}
        if not here:
            continue
        page.text((x0, y - 4.0), heading.of(order.language), style.HEAD)
        page.segments([(x0, y - 5.4, x1, y - 5.4)], style.GRID)
        rows = -(-len(here) // 3)
        box = Box(x0, y - 7.0 - rows * ROW, x1, y - 7.0)
        legend(draft, box, here)
        y = box.y0 - 2.0
    page.text((x0, y - 5.0), READING.of(order.language), style.HEAD)
    page.segments([(x0, y - 6.4, x1, y - 6.4)], style.GRID)
    y -= 11.0
    for n, line in enumerate(LINES):
        words = f"{n + 1}. {line.of(order.language)}"
        for part in order.face.wrapped(words, style.BODY.size, x1 - x0):
            page.text((x0, y), part, style.BODY)
            y -= LINE_MM
        y -= 0.8
    foot(draft, layout.foot, notes(crs, order))
    return page
