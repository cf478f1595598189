"""Colours, pens, hatches and type of the sheets; every class differs in pattern or by 15 points of grey.

Sizes are those of the project's sheet specification (minimum 6 pt for what a fieldworker must read,
0.3 mm the finest detail told apart at 50 cm). Map classes are sorted here too: which road is
wide, which land is green, which sign a landmark gets.
"""

from __future__ import annotations

from census_gis.present.display import Color, Hatch, Pen, Type, grey

__all__ = [
    "AREAS", "BAND", "BAND_MM", "BLACK", "BODY", "CODE", "FRAME", "LINES", "MIN_POINTS", "NUMBER", "SMALL", "TITLE", "WHITE",
    "land_class", "place_class", "road_class", "tinted",
]  # fmt: skip

BLACK: Color = (0.0, 0.0, 0.0)
WHITE: Color = (1.0, 1.0, 1.0)
# A light orange, 16 % in grey.
BAND: Color = (1.0, 0.80, 0.70)
BAND_MM = 4.0

MIN_POINTS = 6.0
TITLE = Type(18.0, bold=True)
CODE = Type(9.0)
HEAD = Type(8.0)
BODY = Type(7.5)
SMALL = Type(6.5)
# On hatching a number needs more white around it.
OPEN_HALO = 0.6
NOTE = Type(6.0, grey(0.75))
NUMBER = Type(8.5, halo=0.35)
STREET = Type(7.5, halo=0.5)
NEIGHBOUR = Type(10.0, grey(0.70), halo=0.6)
NEIGHBOUR_NAME = Type(7.0, grey(0.70), halo=0.5)
PLACE = Type(6.5, halo=0.5)
WATER_NAME = Type(7.5, (0.05, 0.25, 0.55), halo=0.5)
DISTRICT_EA = Type(14.0, halo=0.8)
DETAIL_LETTER = Type(11.0, halo=0.6, bold=True)

FRAME = Pen(BLACK, 0.5)
RULE = Pen(BLACK, 0.2)
GRID = Pen(grey(0.70), 0.12)

# Own buildings: storeyed, single-storey, not for dwelling. Outside ones are pale and without numbers.
STOREYED: Color = grey(0.38)
SINGLE: Color = grey(0.21)
OWN_PEN = Pen(BLACK, 0.18)
# On an image: black in white, which shows on any ground.
PICTURED_PEN, PICTURED_CASING = Pen(BLACK, 0.3), Pen(WHITE, 0.6)
PICTURED_GROUND = grey(0.30)  # stands for the image in the legend
OTHER_HATCH = Hatch(Pen(BLACK, 0.10), 1.2, 45)
# On a building site, and in a demolition area: there the building is crossed out.
PLANNED_PEN = Pen(BLACK, 0.25, (1.4, 0.9))
CROSS_PEN = Pen(BLACK, 0.15)
SHARED_PEN = Pen(BLACK, 0.35, (1.0, 0.7))
OUTSIDE: Color = grey(0.05)
OUTSIDE_PEN = Pen(grey(0.28), 0.10)

EA_PEN = Pen(BLACK, 0.9, (6.0, 1.2, 1.0, 1.2))
EA_DISTRICT_PEN = Pen(BLACK, 1.1, (9.0, 1.2, 1.0, 1.2, 1.0, 1.2))
DISTRICT_PEN = Pen(BLACK, 0.5, (8.0, 1.6))
TOWNSHIP_PEN = Pen(BLACK, 0.7, (8.0, 1.4, 0.8, 1.4, 0.8, 1.4))
NEIGHBOUR_PEN = Pen(grey(0.70), 0.25, (2.0, 0.8))
DISTRICT_SHEET_EA = Pen(BLACK, 0.6, (4.0, 1.2))
DISTRICT_SHEET_LINE = Pen(BLACK, 1.1, (9.0, 1.2, 1.0, 1.2, 1.0, 1.2))
DETAIL_PEN = Pen(BLACK, 0.3)
LEADER = Pen(BLACK, 0.10)
# White under lines on imagery.
OPEN_PEN = Pen(WHITE, 1.8)
MATCH = Type(8.0, halo=0.5)
MATCH_PEN = Pen(BLACK, 0.35, (3.0, 1.0, 0.4, 1.0))
CUT_PEN = Pen(BLACK, 0.45, (1.6, 0.8))
ROUTE_PEN = Pen(grey(0.70), 0.5, (0.5, 1.3))
ARROW: Color = grey(0.70)
# Base sheets: what was known is drawn this pale, the grid to correct by is finer still.
FAINT = 0.55
FAINT_GRID = Pen(grey(0.30), 0.08)
FAINT_PEN = Pen(grey(0.55), 0.15)
# Purple, 60 % in grey; its dashes tell it from every other line in a copy too.
DISPUTE_PEN = Pen((0.50, 0.10, 0.55), 0.8, (2.0, 1.4))
DISPUTE_CORE = Pen(WHITE, 0.8)  # opens the gaps of the dashes where a black line lies below

CASING: Color = grey(0.60)
ROAD_FILL: Color = WHITE
CASING_MM = 0.15
PATH_PEN = Pen(grey(0.60), 0.15, (1.0, 0.6))
RAIL_PEN = Pen(BLACK, 0.6)
RAIL_CORE = Pen(WHITE, 0.36, (2.0, 2.0))
# Drawn width of a road: never less than the first [mm on paper], up to twice that where
# the scale leaves room for its width on the ground [m].
ROAD_WIDTH: dict[int, tuple[float, float]] = {1: (2.4, 24.0), 2: (1.6, 14.0), 3: (0.9, 7.0)}

WATER: Color = (0.84, 0.92, 0.98)
WATER_HATCH = Hatch(Pen((0.45, 0.65, 0.85), 0.10), 1.5, 0)
STREAM_PEN = Pen((0.45, 0.65, 0.85), 0.45)
GREEN: Color = (0.90, 0.95, 0.87)
# Dots and short strokes: told from water and from each other in a copy too.
GREEN_HATCH = Hatch(Pen((0.45, 0.62, 0.40), 0.35, (0.35, 2.0)), 1.6, 135)
FARM: Color = (0.98, 0.96, 0.89)
FARM_HATCH = Hatch(Pen((0.68, 0.62, 0.42), 0.12, (1.8, 1.8)), 2.6, 0)
COMPOUND_PEN = Pen(grey(0.50), 0.15, (0.3, 0.8))

TOWNSHIP_SHEET_DISTRICT = Pen(BLACK, 0.8, (8.0, 1.2, 0.8, 1.2, 0.8, 1.2))
OVERVIEW_TOWNSHIP = Pen(BLACK, 0.8, (3.6, 1.0, 0.7, 1.0, 0.7, 1.0, 0.7, 1.0))
TOWNSHIP_SHEET_EA = Pen(grey(0.55), 0.2)

# How each class of area is told: fill, hatch, outline; and each class of line: its pen. Maps and
# legends draw from these, so that they agree.
AREAS: dict[str, tuple[Color | None, Hatch | None, Pen | None]] = {
    "farm": (FARM, FARM_HATCH, None),
    "green": (GREEN, GREEN_HATCH, None),
    "water": (WATER, WATER_HATCH, None),
    "compound": (None, None, COMPOUND_PEN),
    "outside": (OUTSIDE, None, OUTSIDE_PEN),
    "building": (OUTSIDE, None, OUTSIDE_PEN),
    "storeyed": (STOREYED, None, OWN_PEN),
    "single": (SINGLE, None, OWN_PEN),
    "other_use": (WHITE, OTHER_HATCH, OWN_PEN),
    "planned": (WHITE, None, PLANNED_PEN),
    "gone": (WHITE, None, OWN_PEN),
    "detail": (None, None, DETAIL_PEN),
}
LINES: dict[str, Pen] = {
    "ea": EA_PEN, "ea_district": EA_DISTRICT_PEN, "township": TOWNSHIP_PEN, "district": DISTRICT_PEN,
    "neighbour": NEIGHBOUR_PEN, "district_sheet_ea": DISTRICT_SHEET_EA, "dispute": DISPUTE_PEN,
    "shared": SHARED_PEN, "cut": CUT_PEN, "path": PATH_PEN, "route": ROUTE_PEN,
}  # fmt: skip

# Lines that only overview sheets have; none of them is on a sheet with those above that look alike.
OVERVIEW_LINES: dict[str, Pen] = {
    "overview_township": OVERVIEW_TOWNSHIP, "own_district": DISTRICT_SHEET_LINE, "overview_district": TOWNSHIP_SHEET_DISTRICT,
    "overview_ea": TOWNSHIP_SHEET_EA,
}  # fmt: skip

MAJOR = {"motorway", "trunk", "primary"}
MIDDLE = {"secondary", "tertiary"}
FOOT = {"footway", "path", "steps", "cycleway", "track", "bridleway", "corridor", "pedestrian"}
GREEN_WORDS = {
    "forest", "wood", "grass", "park", "meadow", "garden", "scrub", "recreation_ground", "nature_reserve",
    "village_green", "cemetery", "heath", "grassland", "golf_course",
}  # fmt: skip
FARM_WORDS = {"farmland", "orchard", "farm", "vineyard", "allotments", "paddy", "plant_nursery"}
WATER_WORDS = {"water", "reservoir", "basin", "river", "lake", "pond", "wetland", "riverbank"}
PLACE_WORDS: dict[str, tuple[str, ...]] = {
    # An office is a firm's: those of the state are told by what they are, or by name.
    "health": ("hospital", "clinic", "doctors", "pharmacy", "health", "医", "卫生", "诊所"),
    "office": ("townhall", "government", "committee", "police", "community_centre", "委", "政府", "派出所"),
    "school": ("school", "kindergarten", "college", "university", "学", "幼儿园", "托儿所"),
    "market": ("market", "supermarket", "shop", "mall", "convenience", "市场", "超市", "商"),
    "worship": ("place_of_worship", "temple", "church", "mosque", "寺", "庙", "教堂"),
    "transport": ("bus", "station", "stop", "halt", "platform", "terminal", "车站", "站"),
}  # fmt: skip


def road_class(kind: str) -> int:
    """1 major, 2 middle, 3 minor, 4 path; from an OSM highway value, with or without `_link`."""
    base = kind.removesuffix("_link")
    if base in FOOT:
        return 4
    return 1 if base in MAJOR else 2 if base in MIDDLE else 3


def land_class(source: str, kind: str) -> str:
    """'water', 'green', 'farm', 'compound' or '' (not drawn).

    Chinese land survey codes (DLBM) are told by their first two digits: 01 arable, 02 garden,
    03 wood, 04 grass, 11 water.
    """
    if source in ("water", "waterways") or kind in WATER_WORDS:
        return "water"
    if source == "compounds":
        return "compound"
    by_code = {"01": "farm", "02": "farm", "03": "green", "04": "green", "11": "water"}
    if kind[:1].isdigit():
        return by_code.get(kind[:2], "")
    return "green" if kind in GREEN_WORDS else "farm" if kind in FARM_WORDS else ""


def place_class(kind: str, name: str) -> str:
    """The sign of a landmark, from its class and else from its name."""
    for words in (kind.lower(), name):
        for sign, hints in PLACE_WORDS.items():
            if words and any(hint in words for hint in hints):
                return sign
    return "place"


def tinted(color: Color) -> Color:
    """A colour as seen under the band outside an EA, blended here and not by the printer."""
    return (color[0] * BAND[0], color[1] * BAND[1], color[2] * BAND[2])
