"""Edits by hand: each stands whole or is refused, and no list of them breaks a law."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis import findings
from census_gis.areas.codes import number
from census_gis.areas.counts import ABOVE, BELOW
from census_gis.areas.desk import desk_of
from census_gis.areas.divide import crossed
from census_gis.areas.edits import DONE, History, edit
from census_gis.areas.exempt import exempted
from census_gis.areas.holds import with_holds
from census_gis.areas.outline import part_areas
from census_gis.areas.recall import Standing, recall
from census_gis.areas.tabulate import tabulate
from census_gis.fabric.build import build_fabric
from tests.areas.hands import broken_laws, code_of, listed, neighbours, some_edits
from tests.areas.towns import CODE, CRS, district, fabric, grouped


def town(seed=4, grouping=4, per_area=14):
    return number(grouped(fabric(seed), grouping, per_area))


def persons(plan):
    return int(plan.fabric.atoms["persons"].sum())


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 7), st.integers(0, 10_000), st.booleans())
def test_no_list_of_edits_breaks_a_law(seed, draw, frozen):
    plan = town(seed, draw % 5)
    done = edit(plan, some_edits(plan, draw, 10), frozen=frozen)
    assert broken_laws(done.plan, done.retired) == []
    assert persons(done.plan) == persons(plan)
    assert len(done.done) == 10
    refused = (done.done["outcome"] != DONE).sum()
    assert refused == (done.findings["severity"] == "error").sum()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 7), st.integers(0, 10_000))
def test_frozen_codes_stay_and_are_never_used_again(seed, draw):
    plan = town(seed, draw % 5)
    used = frozenset({CODE + "055"})
    done = edit(plan, some_edits(plan, draw, 10), frozen=True, history=History(retired=used))
    fresh = set(done.plan.codes) - set(plan.codes)
    assert all(code > CODE + "055" for code in fresh)
    assert set(done.retired["ea_code"]) == set(plan.codes) - set(done.plan.codes)
    assert set(done.retired["successor"]) <= set(done.plan.codes)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 7), st.integers(0, 10_000))
def test_what_is_locked_first_is_not_changed(seed, draw):
    plan = town(seed, draw % 5)
    code = plan.codes[0]
    rows = some_edits(plan, draw, 8).assign(seq=range(2, 10))
    done = edit(plan, pd.concat([listed({"op": "lock", "ea_code": code}), rows]), frozen=True)
    before = plan.label == plan.codes.index(code)
    assert (before == (done.plan.label == done.plan.codes.index(code))).all()


def test_the_same_list_in_another_order_of_rows_is_the_same():
    plan = town()
    edits = some_edits(plan, 3, 10)
    one, two = edit(plan, edits, frozen=False), edit(plan, edits.iloc[::-1], frozen=False)
    assert (one.plan.label == two.plan.label).all()
    assert one.done["outcome"].tolist() == two.done["outcome"].tolist()


def test_an_empty_list_changes_nothing():
    plan = town()
    done = edit(plan, listed(), frozen=True)
    assert (done.plan.label == plan.label).all() and done.plan.codes == plan.codes


def test_a_building_goes_where_it_is_sent():
    plan = town()
    building, _, target = neighbours(plan)
    done = edit(
        plan, listed({"op": "assign", "building_id": building, "ea_code": target}), frozen=True
    )
    assert done.done["outcome"].tolist() == [DONE]
    assert code_of(done.plan, building) == target


def test_a_code_nobody_has_makes_a_new_area_numbered_behind():
    plan = town()
    building, *_ = neighbours(plan)
    row = {"op": "assign", "building_id": building, "ea_code": CODE + "090"}
    done = edit(plan, listed(row), frozen=True, language="en")
    assert code_of(done.plan, building) == f"{CODE}{len(plan) + 1:03d}"
    assert done.words[0].endswith(f"EA {CODE}090 is now {CODE}{len(plan) + 1:03d}")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"op": "assign", "building_id": "nobody"}, "there is no building nobody"),
        ({"op": "assign", "part_id": "B0001-U9"}, "there is no dwelling part B0001-U9"),
        ({"op": "assign", "building_id": "B0001", "ea_code": "77"}, "there is no EA 77"),
        ({"op": "assign", "building_id": "B0001", "ea_code": CODE + "901"}, "no new one"),
        ({"op": "assign", "building_id": "B0001", "ea_code": CODE + "055"}, "no new one"),
        ({"op": "merge", "ea_code": CODE + "001"}, "two EAs or more"),
        ({"op": "merge", "ea_code": f"{CODE}001,{CODE}099"}, f"there is no EA {CODE}099"),
        ({"op": "lock"}, "names no EA and no building"),
        ({"op": "hold"}, "needs a line"),
        ({"op": "exempt", "ea_code": CODE + "001", "reason": None}, "needs a reason"),
    ],
)
def test_what_cannot_be_is_refused_in_both_languages(row, why):
    plan = town()
    row = {"ea_code": CODE + "001", **row} if row["op"] == "assign" else row
    used = History(retired=frozenset({CODE + "055"}))
    done = edit(plan, listed(row), frozen=True, history=used, language="en")
    assert why in done.done["outcome"].iloc[0]
    assert done.findings["code"].tolist() == ["A511"]
    assert "未执行" in done.findings["message_zh"].iloc[0]
    assert (done.plan.label == plan.label).all()


def test_moves_that_work_only_together_are_done_together():
    plan = town()
    codes = neighbours(plan)[1:]
    parts = plan.fabric.parts
    mine = parts[plan.label[parts["atom"]] == plan.codes.index(codes[0])]["building_id"]
    rows = [{"op": "assign", "building_id": key, "ea_code": codes[1]} for key in sorted(mine)]
    done = edit(plan, listed(*rows), frozen=True)
    assert set(done.done["outcome"]) == {DONE}
    assert done.retired[["ea_code", "successor"]].to_numpy().tolist() == [[codes[0], codes[1]]]


def test_the_lowest_code_of_a_merge_stays_and_the_other_is_retired():
    plan = town()
    _, one, two = neighbours(plan)
    done = edit(plan, listed({"op": "merge", "ea_code": f"{two}, {one}"}), frozen=True)
    assert done.done["outcome"].tolist() == [DONE]
    assert done.retired["ea_code"].tolist() == [max(one, two)]
    assert done.retired["successor"].tolist() == [min(one, two)]


def test_codes_of_a_draft_have_no_holes():
    plan = town()
    _, one, two = neighbours(plan)
    done = edit(plan, listed({"op": "merge", "ea_code": f"{two}, {one}"}), frozen=False)
    assert sorted(done.plan.codes) == [f"{CODE}{n:03d}" for n in range(1, len(plan))]
    assert not len(done.retired)


def test_a_split_in_shares_is_balanced():
    plan = town(5, 2, 60)
    sums = np.bincount(plan.label, plan.fabric.atoms["persons"])
    code = plan.codes[int(sums.argmax())]
    done = edit(plan, listed({"op": "split", "ea_code": code}), frozen=True)
    halves = np.bincount(done.plan.label, done.plan.fabric.atoms["persons"])
    was = plan.label == plan.codes.index(code)
    parts = [halves[area] for area in np.unique(done.plan.label[was])]
    assert len(parts) == 2 and max(parts) < 0.7 * sums.max()
    assert broken_laws(done.plan, done.retired) == []


def across(land):
    """A line down the middle of a district."""
    west, south, east, north = land.bounds
    middle = (west + east) / 2
    return shapely.LineString([(middle, south - 5), (middle + 1, north + 5)])


def test_a_split_along_a_line_has_a_building_on_its_own_side():
    made = grouped(fabric(5), 2, 10_000)
    plan = number(made)
    line = across(made.fabric.district.boundary)
    done = edit(
        plan, listed({"op": "split", "ea_code": plan.codes[0], "geometry": line}), frozen=True
    )
    assert len(done.plan) == 2
    x = done.plan.fabric.atoms["x"].to_numpy()
    lived = (done.plan.fabric.atoms["persons"] > 0).to_numpy()
    west = x[lived & (done.plan.label == done.plan.label[lived][x[lived].argmin()])]
    east = x[lived & (done.plan.label != done.plan.label[lived][x[lived].argmin()])]
    assert west.max() < line.bounds[2] and line.bounds[0] < east.min()


def test_a_line_that_stops_in_the_middle_divides_nothing():
    plan = number(grouped(fabric(5), 2, 10_000))
    west, south, east, north = plan.fabric.district.boundary.bounds
    short = shapely.LineString(
        [((west + east) / 2, south - 5), ((west + east) / 2, (south + north) / 2)]
    )
    done = edit(
        plan, listed({"op": "split", "ea_code": plan.codes[0], "geometry": short}), frozen=True
    )
    assert "does not divide" in done.findings["message_en"].iloc[0]


def test_a_held_line_is_a_barrier_once():
    land = district(5)
    line = across(land.boundary)
    held = type(land)(**{**vars(land), "edits": listed({"op": "hold", "geometry": line})})
    once = with_holds(held)
    assert len(once.barriers) == len(land.barriers) + 1
    assert once.barriers["hold"].iloc[-1] == "must"
    assert len(with_holds(once).barriers) == len(once.barriers)


def test_a_held_line_divides_the_areas_of_a_plan_that_stood():
    plan = number(grouped(fabric(5), 2, 10_000))
    made = tabulate(plan)
    land = plan.fabric.district
    edits = listed({"op": "hold", "geometry": across(land.boundary)})
    ground = build_fabric(with_holds(type(land)(**{**vars(land), "edits": edits})))
    stood = recall(ground, Standing(made["enumeration_areas"], made["dwelling_parts"]))
    done = edit(stood.plan, edits, frozen=True)
    assert len(done.plan) == 2 and broken_laws(done.plan) == []
    fresh = edit(number(grouped(ground, 2, 10_000)), edits, frozen=False, language="en")
    assert len(fresh.plan) == 1 and "divides" in fresh.words[0]


def test_a_lock_of_an_earlier_list_holds_after_codes_changed():
    plan = town()
    building, one, two = neighbours(plan)
    first = edit(plan, listed({"op": "lock", "ea_code": one}), frozen=False)
    code = code_of(first.plan, building)
    target = {"op": "assign", "building_id": building, "ea_code": two}
    later = edit(
        first.plan, listed(target), frozen=False, history=History(first.done), language="en"
    )
    assert later.done["outcome"].tolist() == [f"EA {code} is locked"]


def parts_of(plan):
    """Dwelling parts with the codes they have now."""
    return plan.fabric.parts.assign(ea_code=np.array(plan.codes, object)[part_areas(plan)])


def test_an_exemption_makes_a_note_that_says_who_and_why():
    plan = town()
    done = edit(plan, listed({"op": "exempt", "ea_code": plan.codes[1]}), frozen=False)
    cases = [
        ABOVE.at(
            "enumeration_areas", code, code=code, n=400, high=360, what="persons", what_zh="人"
        )
        for code in done.plan.codes[:2]
    ]
    told = exempted(findings.frame(cases, CRS), done.done, parts_of(done.plan), spare=60).set_index(
        "row_key"
    )
    assert told["severity"].to_dict() == {plan.codes[0]: "error", plan.codes[1]: "note"}
    assert (
        "Zhang" in told["message_en"][plan.codes[1]]
        and "survey" in told["message_zh"][plan.codes[1]]
    )


def test_laws_are_not_waived():
    plan = town()
    done = edit(plan, listed({"op": "exempt", "ea_code": plan.codes[0]}), frozen=False)
    case = {
        **ABOVE.at("enumeration_areas", plan.codes[0], code="", n=1, high=1, what="", what_zh=""),
        "code": "A402",
    }
    assert exempted(findings.frame([case], CRS), done.done, parts_of(done.plan), spare=60)[
        "severity"
    ].tolist() == ["error"]


def test_an_exemption_of_an_area_that_was_dissolved_waives_no_other():
    plan = town(per_area=7)
    _, one, two = neighbours(plan)
    gone = max(one, two)
    rows = [{"op": "exempt", "ea_code": gone}, {"op": "merge", "ea_code": f"{one},{two}"}]
    done = edit(plan, listed(*rows), frozen=False)
    assert gone in done.plan.codes  # another EA has its code by now
    case = ABOVE.at("enumeration_areas", gone, code=gone, n=400, high=360, what="", what_zh="")
    told = exempted(findings.frame([case], CRS), done.done, parts_of(done.plan), spare=60)
    assert told["severity"].tolist() == ["error"]


def test_a_held_line_says_what_it_could_not_divide():
    plan = town(per_area=7)
    made, line = tabulate(plan), across(plan.fabric.district.boundary)
    ground = build_fabric(replace(plan.fabric.district))
    stood = recall(ground, Standing(made["enumeration_areas"], made["dwelling_parts"])).plan
    over = [stood.codes[area] for area in crossed(desk_of(stood), line)]
    assert len(over) > 1
    asked = listed({"op": "lock", "ea_code": over[0]}, {"op": "hold", "geometry": line})
    done = edit(stood, asked, frozen=True, language="en")
    assert done.done["outcome"].tolist() == [DONE, DONE]
    assert f"still runs through {over[0]}" in done.words[1] and "is locked" in done.words[1]
    (told,) = done.findings.to_dict("records")
    assert told["code"] == "A514" and over[0] in told["message_zh"]


def test_a_chinese_list_of_areas_has_chinese_commas():
    plan = town()
    held = listed({"op": "hold", "geometry": across(plan.fabric.district.boundary)})
    (zh,), (en,) = (edit(plan, held, frozen=False, language=word).words for word in ("zh", "en"))
    codes = sorted(code for code in plan.codes if code in en)
    assert len(codes) > 1 and "、".join(codes) in zh and ", ".join(codes) in en


def test_a_lock_of_an_ea_without_a_building_lasts():
    plan, bare = with_bare_ground()
    first = edit(plan, listed({"op": "lock", "ea_code": bare}), frozen=True)
    assert first.done["outcome"].tolist() == [DONE]
    assert isinstance(first.done.geometry.iloc[0], shapely.Point)
    other = next(
        code for code in first.plan.codes if code != bare and touching(first.plan, code, bare)
    )
    asked = listed({"op": "merge", "ea_code": f"{bare},{other}"})
    free = edit(first.plan, asked, frozen=True)
    assert free.done["outcome"].tolist() == [DONE]
    later = edit(first.plan, asked, frozen=True, history=History(edits=first.done))
    assert later.done["outcome"].tolist() == [f"普查小区 {bare} 已锁定"]


def with_bare_ground():
    """A plan in which one EA is ground without a building, and its code."""
    for seed in range(12):
        found = fabric(seed)
        empty = np.flatnonzero((found.atoms["kind"] == "empty").to_numpy())
        if len(empty):
            plan = grouped(found, 3, 14)
            label = plan.label.copy()
            label[empty[0]] = len(plan)
            plan = number(replace(plan, label=np.unique(label, return_inverse=True)[1]))
            return plan, plan.codes[int(plan.label[empty[0]])]
    raise AssertionError("no town has empty ground")


def touching(plan, one, two):
    ends = plan.label[plan.fabric.edges[["a", "b"]].to_numpy()]
    pair = {plan.codes.index(one), plan.codes.index(two)}
    return any(set(each) == pair for each in ends.tolist())


def test_an_exemption_of_an_area_without_a_building_is_known_by_its_place():
    areas = gpd.GeoDataFrame(
        {"ea_code": ["1001", "1002"], "kind": "ground"},
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], crs=CRS,
    )  # fmt: skip
    row = {"seq": 1, "op": "exempt", "outcome": DONE, "ea_code": "1009", "part_id": "", "building_id": "",
           "who": "李", "reason": "水库", "when": "2026-11-01", "geometry": shapely.Point(15, 5)}  # fmt: skip
    edits, parts = pd.DataFrame([row]), pd.DataFrame({"part_id": [], "ea_code": [], "building_id": [], "persons": []})  # fmt: skip
    cases = [BELOW.at("enumeration_areas", code, code=code, n=9, low=240, high=360, what="persons", what_zh="人") for code in areas["ea_code"]]  # fmt: skip
    told = exempted(findings.frame(cases, CRS), edits, parts, spare=60, areas=areas)
    assert dict(zip(told["row_key"], told["severity"], strict=True)) == {"1001": "error", "1002": "note"}  # fmt: skip
    assert "水库" in told.set_index("row_key").at["1002", "message_zh"]
    gone = exempted(findings.frame(cases, CRS), edits.assign(geometry=None), parts, spare=60, areas=areas)  # fmt: skip
    assert set(gone["severity"]) == {"error"}
