"""Layers of a plan (contract, section 4)."""

from __future__ import annotations

from census_gis.tables.columns import (
    EDIT_OPS,
    FOLLOWS,
    SHAPE,
    SPECIAL_KINDS,
    Column,
    count,
    number,
    text,
)

__all__ = ["PLANNED"]

PLANNED: dict[str, dict[str, Column]] = {
    # ---- the plan (contract, section 4)
    "districts": {
        "district_code": text("code", null=False),
        "name": text("name"),
        "persons": count("persons", "what was distributed"),
        "persons_given": count("persons", "what was read", null=True),
        "persons_away": count("persons", "of them living elsewhere", null=True),
        "households": count("households", "households", null=True),
        "ea_count": count("EAs", "number of EAs"),
        "state": text("draft, checked, approved or reported", null=False),
        "geometry": SHAPE,
    },
    "enumeration_areas": {
        "ea_code": text("district code + serial", null=False),
        "district_code": text("code of its district", null=False),
        "serial": text("serial in the district", null=False),
        "name": text("name"),
        "kind": text("kind", null=False, choices=("ground", "stacked", "virtual")),
        "persons": count("persons", "load"),
        "persons_low": count("persons", "lower bound", null=True),
        "persons_high": count("persons", "upper bound", null=True),
        "persons_away": count("persons", "of them living elsewhere", null=True),
        "households": count("households", "households", null=True),
        "buildings": count("buildings", "buildings, whole or in part"),
        "area_m2": number("m2", "area"),
        "walk_m": number("m", "walking distance, null before staffing"),
        "minutes": number("min", "working time, null before staffing"),
        "enumerator": text("enumerator"),
        "supervisor": text("supervisor"),
        "remark": text("remarks, each beginning with a code"),
        "geometry": SHAPE,
    },
    "dwelling_parts": {
        "part_id": text("unique id", null=False),
        "building_id": text("building"),
        "ea_code": text("its EA", null=False),
        "district_code": text("its district", null=False),
        "building_number": count("-", "number of the building in its EA", null=True),
        "number_label": text("number as printed"),
        "unit": count("door", "door number, 0 = whole"),
        "floor_lo": count("storey", "lowest storey", null=True),
        "floor_hi": count("storey", "highest storey", null=True),
        "doors": count("doors", "doors in the part", null=True),
        "floors": number("storeys", "storeys of the building"),
        "dwellings": count("dwellings", "dwelling units", null=True),
        "persons": count("persons", "load"),
        "persons_away": count("persons", "of it living elsewhere", null=True),
        "households": count("households", "households", null=True),
        "use": text("use class"),
        "name": text("name"),
        "address": text("address"),
        "geometry": SHAPE,
    },
    "ea_lines": {
        "left_ea": text("EA on the left"),
        "right_ea": text("EA on the right (over a district line too)"),
        "follows": text("what the line follows", null=False, choices=FOLLOWS),
        "feature_name": text("name of what it follows"),
        "length_m": number("m", "length"),
        "district_code": text("district on the left"),
        "geometry": SHAPE,
    },
    "ea_descriptions": {
        "ea_code": text("EA", null=False),
        "north_zh": text("north side in Chinese"), "east_zh": text("east"),
        "south_zh": text("south"), "west_zh": text("west"),
        "text_zh": text("whole boundary in Chinese"),
        "north_en": text("north side in English"), "east_en": text("east"),
        "south_en": text("south"), "west_en": text("west"),
        "text_en": text("whole boundary in English"),
        "district_code": text("its district"),
    },
    "context_lines": {
        "source": text("input"), "class": text("class"), "name": text("name"), "geometry": SHAPE,
    },
    "context_areas": {
        "source": text("input"), "class": text("class"), "name": text("name"), "geometry": SHAPE,
    },
    "context_points": {
        "source": text("input"), "class": text("class"), "name": text("name"), "geometry": SHAPE,
    },
    "outside_buildings": {
        "source": text("input"), "class": text("use"), "name": text("name"),
        "building_id": text("building"), "geometry": SHAPE,
    },
    "units": {"level": text("level"), "code": text("code"), "name": text("name")},
    "settings": {
        "key": text("key", null=False), "value": text("value"), "unit": text("unit"),
        "source": text("who says so"),
    },
    "staff": {
        "staff_id": text("number", null=False), "role": text("role"),
        "district_code": text("own district"), "display_name": text("name to print"),
    },
    "assignments": {
        "ea_code": text("EA", null=False), "staff_id": text("who"), "minutes": number("min", "time"),
    },
    "crews": {
        "supervisor": text("supervisor", null=False), "ea_codes": text("EAs, sorted"),
        "minutes": number("min", "time"), "geometry": SHAPE,
    },
    "findings": {
        "code": text("stable code", null=False),
        "severity": text("gravity", null=False, choices=("error", "warning", "note")),
        "layer": text("layer"), "row_key": text("row"), "message": text("what"),
        "fix": text("what to do"), "district_code": text("district, where it is about one"),
        "geometry": SHAPE,
    },
    "retired_codes": {
        "ea_code": text("code", null=False), "retired_on": text("date"), "successor": text("successor"),
        "district_code": text("its district"),
    },
    "edits": {
        "district_code": text("district", null=False), "seq": count("-", "order in the district", least=1),
        "op": text("what was done", null=False, choices=EDIT_OPS), "building_id": text("building"),
        "part_id": text("dwelling part"), "ea_code": text("EA, as the codes then were"),
        "reason": text("why"), "who": text("who decided"), "when": text("date"),
        "outcome": text("done, or why not"),
        "origin": text("run (of the project file), apply or corrections"), "geometry": SHAPE,
    },
    "special_areas": {
        "special_id": text("number", null=False), "district_code": text("district"),
        "ea_code": text("EA that holds most of it"), "kind": text("what it is", choices=SPECIAL_KINDS),
        "name": text("its name; empty of sensitive ones"), "persons": count("persons", "people in it", null=True),
        "policy": text("own or join"), "contact_office": text("office to ask before entering"),
        "geometry": SHAPE,
    },
    "disputes": {
        "dispute_id": text("number", null=False), "parties": text("who disagree"),
        "state": text("open, negotiating or settled"), "decision": text("what was decided"),
        "date": text("date of the decision"), "geometry": SHAPE,
    },
}  # fmt: skip
