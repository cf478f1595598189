"""Special areas and virtual EAs through the whole life of a district: nothing mixes, nobody is lost."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shapely import box

from census_gis.areas.audit import audit_tables
from census_gis.areas.codes import number
from census_gis.areas.tabulate import tabulate
from census_gis.errors import InfeasibleError
from census_gis.fabric.build import build_fabric
from census_gis.partitioning.solve import partition
from census_gis.profile import Rule
from tests.special_town import PROFILE, district, houses, lines, moved, special, virtual

MIDDLE = box(95, 95, 185, 185)
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller failing town is not worth minutes
BAND = {"S401", "S402"}  # houses of 40 persons do not always combine


def planned(found, language="en"):
    plan = number(partition(build_fabric(found), seed=1))
    tables = tabulate(plan, language=language)
    shaped = ("districts", "enumeration_areas", "dwelling_parts", "ea_lines")
    broken = audit_tables(*(tables[name] for name in shaped), found.profile)
    return plan, tables, broken[broken["severity"] == "error"]


def remarked(tables, word):
    areas = tables["enumeration_areas"]
    return areas[areas["remark"].astype(object).fillna("").str.contains(word)]


corner = st.integers(0, 26).map(lambda n: 12.0 * n)


@given(
    corner,
    corner,
    corner,
    corner,
    st.sampled_from(["military", "hospital", "site"]),
    st.integers(0, 900),
)
@settings(max_examples=5, deadline=None, phases=QUICK)
def test_wherever_a_special_area_lies_nothing_mixes_and_nobody_is_lost(
    x0, x1, y0, y1, kind, persons
):
    land = box(min(x0, x1), min(y0, y1), max(x0, x1) + 24, max(y0, y1) + 24)
    area = special({"kind": kind, "geometry": land, "persons": persons})
    found = district(houses(6, 6, step=48.0), persons=1500, special=area)
    plan, tables, errors = planned(found)
    assert set(errors["code"]) <= BAND
    assert int(tables["districts"]["persons"].iloc[0]) == 1500
    marks = plan.fabric.atoms["special"].to_numpy()
    for label in range(len(plan)):
        assert len(set(marks[plan.label == label])) == 1
    foot = found.buildings.geometry.to_numpy()
    most = shapely.area(shapely.intersection(foot, area.geometry.iloc[0])) > shapely.area(foot) / 2
    inside = set(found.buildings["building_id"][most])
    codes = set(remarked(tables, "SPECIAL:")["ea_code"])
    parts = tables["dwelling_parts"]
    housed = set(parts["building_id"][parts["ea_code"].isin(codes)].dropna())
    assert housed == inside


@given(st.lists(st.tuples(st.integers(0, 11_000), st.none() | st.integers(0, 3000)), max_size=4),
       st.integers(0, 2000))  # fmt: skip
@settings(max_examples=6, deadline=None, phases=QUICK)
def test_virtual_persons_are_part_of_the_total(rows, ground):
    listed = virtual(*({"persons": n, "households": h} for n, h in rows)) if rows else None
    total = ground + sum(n for n, _ in rows)
    records = {} if listed is None else {"virtual": listed}
    found = district(houses(4, 4), boundary=box(0, 0, 140, 140), persons=total, **records)
    _, tables, errors = planned(found)
    areas = tables["enumeration_areas"]
    none = areas[areas["kind"] == "virtual"]
    assert set(errors["code"]) <= BAND
    assert int(areas["persons"].sum()) == total == int(tables["districts"]["persons"].iloc[0])
    assert int(tables["dwelling_parts"]["persons"].sum()) == ground
    assert int(none["persons"].sum()) == total - ground
    assert none["persons"].max() <= 4995 if len(none) else True
    assert none.geometry.isna().all()
    assert none["serial"].tolist() == [str(900 + n) for n in range(len(none))]


@pytest.mark.parametrize(
    ("persons", "areas"),
    [(0, []), (1, [1]), (4995, [4995]), (4996, [2498, 2498]), (10_000, [3334, 3333, 3333])],
)
def test_virtual_areas_hold_at_most_4995_as_equal_as_can_be(persons, areas):
    found = district(persons=1200 + persons, virtual=virtual({"persons": persons}))
    _, tables, _ = planned(found)
    table = tables["enumeration_areas"]
    none = table[table["kind"] == "virtual"]
    assert none["persons"].tolist() == areas
    assert all("VIRTUAL:" in remark and "拆迁" in remark for remark in none["remark"])
    assert int(table["persons"].sum()) == 1200 + persons


def test_more_virtual_areas_than_serials_are_refused():
    many = virtual(*({"persons": 1 + n} for n in range(101)))
    with pytest.raises(InfeasibleError, match="101 virtual"):
        planned(district(persons=9000, virtual=many))


def test_a_prison_counts_itself_and_is_an_area_of_its_own_without_name_or_kind():
    area = special({"kind": "prison", "geometry": MIDDLE, "persons": 700, "sensitive": True})
    _, tables, errors = planned(district(special=area))
    own = remarked(tables, "SPECIAL:")
    assert errors["code"].tolist() == []
    assert own["persons"].tolist() == [0]
    assert own["buildings"].tolist() == [9]
    assert "prison" not in own["remark"].iloc[0]
    assert int(tables["districts"]["persons"].iloc[0]) == 1200


def test_a_dormitory_keeps_its_number_and_is_divided_above_the_band():
    area = special({"kind": "dormitory", "geometry": MIDDLE, "persons": 630, "name": "一宿舍"})
    _, tables, errors = planned(district(persons=1830, special=area))
    own = remarked(tables, "SPECIAL: dormitory 一宿舍")
    assert errors["code"].tolist() == []
    assert int(own["persons"].sum()) == 630
    assert own["persons"].between(240, 360).all()


def test_a_special_area_that_is_the_whole_district_is_its_only_area():
    area = special({"kind": "hospital", "geometry": box(-9, -9, 400, 400), "persons": 90})
    _, tables, errors = planned(district(persons=90, special=area))
    assert errors["code"].tolist() == []
    assert tables["enumeration_areas"]["persons"].tolist() == [90]


def test_people_of_an_area_without_buildings_stand_in_it():
    area = special({"kind": "site", "geometry": box(0, 306, 320, 320), "persons": 55})
    _, tables, errors = planned(district(special=area))
    own = remarked(tables, "SPECIAL: building site")
    assert errors["code"].tolist() == []
    assert own[["kind", "persons", "buildings"]].to_numpy().tolist() == [["ground", 55, 0]]
    part = tables["dwelling_parts"].query("ea_code == @own.ea_code.iloc[0]")
    assert part["building_id"].isna().all()
    assert part.geometry.isna().all()


def test_nobody_lives_on_demolished_ground_and_joined_ground_is_ordinary():
    area = special({"kind": "demolished", "geometry": MIDDLE, "policy": "join"})
    found = district(special=area)
    inside = shapely.within(found.buildings.geometry.to_numpy(), moved(MIDDLE))
    _, tables, errors = planned(found)
    assert errors["code"].tolist() == []
    assert found.buildings["persons"][inside].sum() == 0
    assert len(remarked(tables, "SPECIAL:")) == 0


def test_ground_behind_a_special_area_joins_with_a_remark():
    area = special({"kind": "hospital", "geometry": box(-5, 245, 400, 275), "persons": 50})
    _, tables, errors = planned(district(special=area))
    assert errors["code"].tolist() == []
    assert len(remarked(tables, "an area of its own lies between")) == 1


def test_the_order_of_rows_does_not_matter():
    areas = ({"kind": "hospital", "geometry": MIDDLE, "persons": 300},
             {"kind": "site", "geometry": box(250, 250, 320, 320), "persons": 20})  # fmt: skip
    listed = virtual({"persons": 30}, {"persons": 20, "reason": "高校集体户"})
    one = district(special=special(*areas), virtual=listed)
    town = houses().iloc[::-1].reset_index(drop=True)
    two = district(town, special=special(*areas), virtual=listed)
    first, second = (planned(found)[1]["enumeration_areas"] for found in (one, two))
    plain = [pd.DataFrame(frame.drop(columns="geometry")) for frame in (first, second)]
    pd.testing.assert_frame_equal(*plain)
    assert (first.geometry.to_wkb().fillna(b"") == second.geometry.to_wkb().fillna(b"")).all()


def test_a_link_makes_cutting_below_it_dear_and_moves_no_line():
    rail = ("railways", "rail", shapely.LineString([(-50, 145), (370, 145)]))
    deck = ("links", None, shapely.LineString([(76, 135), (76, 165)]))
    bare, joined = (
        build_fabric(district(barriers=lines(*rows))) for rows in ([rail], [rail, deck])
    )
    assert np.array_equal(bare.mesh.fx, joined.mesh.fx)
    assert not bare.edges["link"].any()
    below = joined.edges[joined.edges["link"]]
    assert len(below) == 1
    assert below["rail_m"].iloc[0] > 0
    pd.testing.assert_frame_equal(
        *(each.edges.drop(columns=["link", "crossing_m", "barred"]) for each in (bare, joined))
    )


def test_a_bridge_to_an_exclave_joins_what_it_leads_to():
    land = box(0, 0, 320, 320).union(box(400, 0, 460, 60))
    town = pd.concat([houses(), houses(2, 2).assign(
        building_id=["x0", "x1", "x2", "x3"],
        geometry=[shapely.affinity.translate(s, 400, 0) for s in houses(2, 2).geometry],
    )], ignore_index=True)  # fmt: skip
    bridge = lines(("links", None, shapely.LineString([(300, 290), (430, 50)])))
    _, tables, errors = planned(district(town, boundary=land, barriers=bridge, persons=1300))
    assert errors["code"].tolist() == []
    over = remarked(tables, "bridge")
    assert len(over) == 1
    held = tables["dwelling_parts"].query("ea_code == @over.ea_code.iloc[0]")["building_id"]
    assert {"x0", "x3", "b099"} <= set(held)


def test_a_special_area_outside_the_band_is_excused_from_it_and_no_other_is():
    wide = PROFILE.depart({"ea.persons.low": Rule(299, "persons", "t"),
                           "ea.persons.high": Rule(301, "persons", "t")}, "t")  # fmt: skip
    area = special({"kind": "hospital", "geometry": MIDDLE, "persons": 17})
    found = district(persons=1217, special=area, profile=wide)
    _, tables, _ = planned(found)
    shaped = ("districts", "enumeration_areas", "dwelling_parts", "ea_lines")
    told = audit_tables(*(tables[name] for name in shaped), wide)
    own = remarked(tables, "SPECIAL:")["ea_code"].iloc[0]
    assert told.loc[told["row_key"] == own, "code"].tolist() == ["S408"]
    tables["enumeration_areas"]["remark"] = None
    bare = audit_tables(*(tables[name] for name in shaped), wide)
    assert bare.loc[bare["row_key"] == own, "code"].tolist() == ["S404"]
