"""Corrections: what can stand, what cannot and why; persons follow; no correction changes nothing."""

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import InputError
from census_gis.field.corrections import corrected
from census_gis.field.corrections_judge import Ground as Court
from census_gis.field.corrections_judge import judged
from census_gis.field.corrections_read import read_corrections
from census_gis.field.corrections_sheets import (
    changed_eas,
    heirs_of,
    kept_numbers,
    split_in_vain,
)
from census_gis.inputs.layers import Ground
from census_gis.model import District
from census_gis.profile import Rule, load_profile
from census_gis.tables import conform, empty, names
from tests.runner.small_plan import AT, CODES, CRS, square
from tests.runner.small_plan import tables as layers

RULES = load_profile("cn2020")
BY_HOUSEHOLDS = RULES.depart({"ea.primary": Rule("households", "-", "test")}, "test")
KEYS = [f"{CODES[0]}001-1", f"{CODES[0]}001-2", f"{CODES[0]}002-1", f"{CODES[0]}002-2"]


def court(known=None) -> Court:
    tables = layers()
    return Court(tables["districts"], tables["dwelling_parts"], empty("corrections", CRS) if known is None else known,
                 RULES, "2020-11-20", "zh")  # fmt: skip


def given_rows(*rows):
    """Rows as read: only what is said."""
    blank = {
        "kind": "counts",
        "building_id": None,
        "who": "李明",
        "when": "2020-11-19",
        "reference": "F1",
        "fault": None,
    }
    frame = pd.DataFrame([{**blank, **row} for row in rows])
    for name in ("use", "name", "address", "part_id", "ea_code"):
        frame[name] = frame[name].astype(object) if name in frame else None
    for name in ("persons", "persons_away", "households", "dwellings", "doors", "floors"):
        frame[name] = frame[name].astype(float) if name in frame else np.nan
    frame["row"] = range(1, len(frame) + 1)
    shapes = [row.get("geometry") for row in rows]
    return gpd.GeoDataFrame(
        frame.drop(columns="geometry", errors="ignore"), geometry=shapes, crs=CRS
    )


def verdicts(*rows, known=None):
    made = judged(given_rows(*rows), court(known), file="f.xlsx").rows
    return made["state"].tolist(), made["reason"].fillna("").tolist(), made


def district() -> District:
    homes = [{"building_id": key, "district_code": CODES[0], "use": "residential", "floors": 3.0, "persons": 150, "persons_away": 5,
              "households": 50, "geometry": square(30 * n, 40, 20)} for n, key in enumerate(KEYS)]  # fmt: skip
    buildings = conform(gpd.GeoDataFrame(homes, geometry="geometry", crs=CRS), "BUILDINGS")
    return District(id=CODES[0], name="东村", profile=RULES, crs=buildings.crs, boundary=shapely.box(AT, AT, AT + 100, AT + 200),
                    buildings=buildings, barriers=empty("BARRIERS", CRS), persons=600, persons_away=20, households=200)  # fmt: skip


def row(seq, kind, key, **said):
    blank = dict.fromkeys(names("corrections"))
    return {
        **blank,
        "seq": seq,
        "kind": kind,
        "building_id": key,
        "district_code": CODES[0],
        "state": "accepted",
        **said,
    }


changes = st.lists(
    st.tuples(
        st.sampled_from(["gone", "counts", "moved", "new"]), st.integers(0, 6), st.integers(0, 400)
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(changes)
def test_persons_of_a_district_are_those_of_its_buildings_and_doing_it_twice_is_doing_it_once(said):
    rows = []
    for seq, (kind, n, persons) in enumerate(said, start=1):
        key = KEYS[n] if n < 4 and kind != "new" else f"N{n}"
        place = square(10 * n, 150, 8) if kind in ("new", "moved") else None
        rows.append(
            row(
                seq,
                kind,
                key,
                persons=persons if kind in ("new", "counts") else None,
                use="residential",
                geometry=place,
            )
        )
    table = pd.DataFrame(rows, columns=names("corrections"))
    one = corrected(district(), table)
    assert one.persons == one.buildings["persons"].sum()
    assert one.persons_away == one.buildings["persons_away"].sum()
    assert one.buildings["building_id"].is_unique
    if not any(kind == "gone" for kind, *_ in said):
        two = corrected(one, table)
        assert two.buildings.drop(columns="geometry").equals(one.buildings.drop(columns="geometry")) or any(kind == "counts" for kind, *_ in said)  # fmt: skip
    assert corrected(one, table.iloc[:0]) is one


def test_no_correction_changes_nothing():
    before = district()
    assert corrected(before, empty("corrections", CRS)) is before
    other = pd.DataFrame([row(1, "gone", KEYS[0])]).assign(district_code="310118001002")
    assert corrected(before, other) is before


def test_what_can_stand_is_staged():
    free = square(70, 170, 10)
    states, reasons, made = verdicts(
        {"kind": "gone", "building_id": KEYS[0]}, {"building_id": KEYS[1], "persons": 160},
        {"kind": "moved", "building_id": KEYS[2], "geometry": shapely.Point(AT + 50, AT + 80)},
        {"kind": "new", "geometry": free, "persons": 12}, {"kind": "new", "geometry": shapely.Point(AT + 12, AT + 12), "households": 3},
    )  # fmt: skip
    assert states == ["staged"] * 5
    assert made["seq"].tolist() == [1, 2, 3, 4, 5] and made["persons_before"].tolist()[:3] == [
        150,
        150,
        150,
    ]
    assert (
        made["persons"].iloc[4] == round(3 * RULES["population.persons_per_household"])
        and "户数" in reasons[4]
    )
    assert made.geometry.iloc[4].area == pytest.approx(100)


def test_what_cannot_stand_says_why():
    stands = square(35, 145, 10)
    cases = [
        ({"kind": "fire", "building_id": KEYS[0]}, "变动类型"), ({"kind": "gone", "building_id": "X"}, "没有建筑物"),
        ({"kind": "gone"}, "未写明建筑物"), ({"building_id": KEYS[0]}, "没有给出任何数量"),
        ({"building_id": KEYS[0], "persons": 150}, "相同"), ({"building_id": KEYS[0], "persons": 30000}, "过大"),
        ({"building_id": KEYS[0], "persons": 10, "persons_away": 11}, "人户分离"),
        ({"kind": "new", "persons": 3}, "没有位置"), ({"kind": "new", "geometry": stands, "persons": 3}, "已有建筑物"),
        ({"kind": "new", "geometry": shapely.Point(0, 0), "persons": 3}, "不在"),
        ({"kind": "new", "building_id": KEYS[0], "geometry": square(5, 5, 5), "persons": 3}, "已在方案中"),
        ({"kind": "moved", "building_id": KEYS[0], "geometry": shapely.Point(AT + 150, AT + 150)}, "另一普查区"),
        ({"kind": "gone", "building_id": KEYS[0], "who": None}, "核查人"), ({"kind": "gone", "building_id": KEYS[0], "when": "May"}, "日期"),
        ({"kind": "gone", "building_id": KEYS[0], "when": "2020-12-01"}, "晚于今天"),
    ]  # fmt: skip
    for said, word in cases:
        (state,), (reason,), _ = verdicts(said)
        assert state == "refused" and word in reason, (said, reason)


def test_the_later_row_overrules_and_a_second_file_is_known():
    states, reasons, made = verdicts(
        {"building_id": KEYS[0], "persons": 160}, {"building_id": KEYS[0], "persons": 170}
    )
    assert states == ["refused", "staged"] and "2" in reasons[0]
    again, why, _ = verdicts({"building_id": KEYS[0], "persons": 170}, known=made)
    assert again == ["refused"] and "第 2 号" in why[0]


def test_reported_districts_are_closed():
    tables = layers()
    closed = replace(court(), districts=tables["districts"].assign(state="reported"))
    made = judged(given_rows({"kind": "gone", "building_id": KEYS[0]}), closed, file="f").rows
    assert made["state"].tolist() == ["refused"] and "已上报" in made["reason"].iloc[0]


def test_files_in_chinese_and_from_odk_are_read(tmp_path):
    ground = Ground(layers()["districts"].crs, 120.0)
    table = tmp_path / "更正.csv"
    table.write_text(
        "变动类型,建筑物标识,人数,核查人,日期,凭据\n拆除,A1,,李明,2020-11-01,F1\n人数变化,A2,七,李明,2020-11-01,F2\n",
        encoding="gb18030",
    )
    rows = read_corrections(table, ground=ground)
    assert rows["kind"].tolist() == ["gone", "counts"] and rows["who"].tolist() == ["李明"] * 2
    assert rows["fault"].iloc[0] is None and "七" in rows["fault"].iloc[1].zh
    odk = tmp_path / "submissions.json"
    place = {"type": "Point", "coordinates": [120.0, 3.6, 0], "properties": {"accuracy": 4}}
    record = {"__id": "uuid:1", "__system": {"submitterName": "Li", "submissionDate": "2020-11-02T08:00:00Z"},
              "found": {"kind": "new", "households": 2, "location": place}}  # fmt: skip
    odk.write_text(json.dumps({"value": [record]}), encoding="utf-8")
    (one,) = read_corrections(odk, ground=ground).to_dict("records")
    assert (one["kind"], one["households"], one["who"], one["when"], one["reference"]) == (
        "new",
        2,
        "Li",
        "2020-11-02",
        "uuid:1",
    )
    assert one["geometry"].y == pytest.approx(398_000, rel=0.01)
    flat = tmp_path / "odk.csv"
    flat.write_text("found-kind,found-location-Latitude,found-location-Longitude,found-households,SubmitterName,SubmissionDate,KEY\n"
                    "new,3.6,120.0,2,Li,2020-11-02T08:00:00.000Z,uuid:1\n", encoding="utf-8")  # fmt: skip
    (two,) = read_corrections(flat, ground=ground).to_dict("records")
    assert two["geometry"].equals_exact(one["geometry"], 0.01) and two["reference"] == "uuid:1"


def test_numbers_are_read_as_in_every_other_table(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text('kind,building_id,persons,floors\ncounts,A,"1,200",2.5\ncounts,B,２０,-1\ncounts,C,1.5,\n', encoding="utf-8")  # fmt: skip
    rows = read_corrections(file, ground=Ground(layers()["districts"].crs, 120.0))
    assert rows["persons"].tolist()[:2] == [1200, 20] and rows["floors"].iloc[0] == 2.5
    assert [fault is None for fault in rows["fault"]] == [True, False, False]


@pytest.mark.parametrize(
    "text", ["kind,building_id,户主姓名\ngone,A,张三\n", "building_id,persons\nA,3\n"]
)
def test_files_with_names_or_without_a_kind_are_refused(tmp_path, text):
    file = tmp_path / "x.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_corrections(file, ground=Ground(layers()["districts"].crs, 120.0))


def test_numbers_of_buildings_are_kept_and_new_ones_go_on():
    before = layers()["dwelling_parts"]
    mine = before[before["ea_code"] == f"{CODES[0]}001"]
    other = mine.assign(building_id=["Z9", mine["building_id"].iloc[1]], part_id=["Z9", mine["part_id"].iloc[1]], building_number=[1, 2],
                        number_label=["001", "002"])  # fmt: skip
    made = kept_numbers(before, other).set_index("building_id")
    assert made.at[mine["building_id"].iloc[1], "building_number"] == 2
    assert (made.at["Z9", "building_number"], made.at["Z9", "number_label"]) == (3, "003")


def test_changed_eas_are_named_with_their_band():
    before = layers()
    after = {name: frame.copy() for name, frame in before.items()}
    areas, parts = after["enumeration_areas"], after["dwelling_parts"]
    areas.loc[areas["ea_code"] == f"{CODES[0]}001", "persons"] = 400
    parts = parts[parts["part_id"] != f"{CODES[0]}002-1"]
    made = changed_eas(before, {**after, "dwelling_parts": parts}, RULES).set_index("ea_code")
    assert made["change"].to_dict() == {f"{CODES[0]}001": "counts", f"{CODES[0]}002": "buildings"}
    assert made.at[f"{CODES[0]}001", "band"] == "above" and made.at[f"{CODES[0]}001", "was"] == ""
    assert changed_eas(before, before, RULES).empty
    assert heirs_of(before["dwelling_parts"], parts)[f"{CODES[0]}002"] == f"{CODES[0]}002"


def test_households_decide_about_size_where_they_are_primary():
    rules = BY_HOUSEHOLDS
    most = int(rules["ea.households.high"])
    before = layers()
    before["enumeration_areas"] = before["enumeration_areas"].assign(households=most)
    after = {name: frame.copy() for name, frame in before.items()}
    areas = after["enumeration_areas"]
    one, two = f"{CODES[0]}001", f"{CODES[0]}002"
    areas.loc[areas["ea_code"] == one, "persons"] = 5000
    areas.loc[areas["ea_code"] == two, ["persons", "households"]] = [301, most + 1]
    made = changed_eas(before, after, rules).set_index("ea_code")["band"]
    assert made.to_dict() == {one: "", two: "above"}
    unknown = areas.assign(households=pd.array([pd.NA] * len(areas), dtype="Int64"))
    made = changed_eas(before, {**after, "enumeration_areas": unknown}, rules)
    assert (made["band"] == "").all()
    parts = pd.DataFrame(
        {"part_id": ["P", "Q"], "ea_code": "A", "persons": [1, 2], "households": [2, most]}
    )
    why = split_in_vain(["A"], (parts, parts.assign(ea_code=["A", "B"])), rules)["A"]
    assert f"{most + 2} households" in why.en and f"{most + 2} 户" in why.zh


@given(st.lists(st.integers(1, 500), min_size=2, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_division_is_in_vain_when_its_pieces_are_no_nearer_to_the_band(pieces):
    low, high = RULES["ea.persons.low"], RULES["ea.persons.high"]
    pieces = [n + high // len(pieces) for n in pieces]  # more in all than one EA may hold
    before = pd.DataFrame({"part_id": [f"P{k}" for k in range(len(pieces))], "ea_code": "A", "persons": pieces})  # fmt: skip
    after = before.assign(ea_code=[f"A{k}" for k in range(len(pieces))])
    away = sum(low - n if n < low else n - high if n > high else 0 for n in pieces)
    assert ("A" in split_in_vain(["A"], (before, after), RULES)) == (away >= sum(pieces) - high)
    assert split_in_vain(["A"], (before, before), RULES) == {}  # not divided: the edit says why


def test_what_is_too_many_for_one_and_too_few_for_two_stays_whole():
    before = pd.DataFrame({"part_id": ["P", "Q"], "ea_code": "A", "persons": [12, 376]})
    why = split_in_vain(["A"], (before, before.assign(ea_code=["A", "B"])), RULES)["A"]
    assert "12 + 376" in why.en and "388 人" in why.zh
    whole = before.assign(persons=[250, 260])
    assert not split_in_vain(["A"], (whole, whole.assign(ea_code=["A", "B"])), RULES)
