"""Codes of districts: what their digits mean, and what the official list says."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from census_gis.errors import InputError
from census_gis.inputs.codes import check_codes, code_fault, of_districts, read_codes, vintage
from census_gis.inputs.nearest_code import fewest_other_digits
from census_gis.inputs.sources import Source
from census_gis.profile import load_profile
from census_gis.tables import empty
from tests.inputs.made import CRS

CN, UN = load_profile("cn2020"), load_profile("un")
NONE = pd.DataFrame(empty("CODES"))
LIST = pd.DataFrame({
    "code": ["330603107200", "330603107201", "330603107202", "330603108498"],
    "name": ["河湾村委会", "南塘村委会", "北岸村委会", "开发区虚拟社区"], "vintage": "2020",
})  # fmt: skip


def land(**names):
    """Districts of these codes and names, side by side."""
    codes = [code.removeprefix("c") for code in names]
    shapes = [box(i, 0, i + 1, 1) for i in range(len(codes))]
    table = {"district_code": codes, "name": list(names.values())}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)


def found(districts, codes=LIST, profile=CN, **more):
    return check_codes(districts, codes, profile, **more)[1]


def kinds(cases):
    return [case["code"] for case in cases if case["code"] != "D119"]


def write(folder, frame, **more):
    path = folder / "list.csv"
    frame.to_csv(path, index=False, encoding="gb18030")
    return Source(path, **more)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("440983102001", ""),  # a town's residents' committee, seen in a code table
        ("330603107200", ""),  # a town's village committee
        ("330603107498", ""), ("330603107598", ""), ("330603107599", ""), ("330603599001", ""),
        ("330603107600", "village"), ("330603107000", "village"), ("330603107999", "village"),
        ("330603600001", "township"), ("330603000200", "township"),
        ("33060310720", "digits"), ("3306031072000", "digits"), ("33060310720x", "digits"),
        ("３３０６０３１０７２００", "digits"), ("", "digits"),
    ],
)  # fmt: skip
def test_digits_that_a_unit_can_have(code, fault):
    assert code_fault(code) == fault


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999), st.integers(0, 999))
def test_a_code_is_right_exactly_when_both_parts_are(township, village):
    right = 1 <= township <= 599 and 1 <= village <= 599
    assert (code_fault(f"330603{township:03d}{village:03d}") == "") == right


def test_a_district_as_listed_gives_no_finding():
    whole = land(
        c330603107200="河湾村委会", c330603107201="南塘村委会", c330603107202="北岸村民委员会"
    )
    assert kinds(found(whole)) == []


def test_impossible_digits_are_errors_that_name_the_nearest_code():
    cases = found(land(c330603107600="河湾村", c330603900201="甲"))
    assert kinds(cases) == ["D113", "D112"]
    assert {case["severity"] for case in cases if case["code"] != "D119"} == {"error"}
    assert "330603107200 河湾村委会" in cases[0]["fix_zh"]  # the same place by name
    assert "330603107201" in cases[1]["fix_en"]  # the fewest other digits


def test_without_a_list_the_nearest_possible_digits_are_named():
    case = found(land(c330603107600="甲"), NONE)[0]
    assert (case["code"], "330603107599" in case["fix_en"]) == ("D113", True)


def test_a_listed_code_is_right_whatever_its_digits():
    odd = pd.DataFrame({"code": ["330603107700"], "name": ["甲"], "vintage": [None]})
    assert kinds(found(land(c330603107700="甲"), odd)) == []


@pytest.mark.parametrize("virtual", ["498", "598"])
def test_virtual_village_units_only_where_the_township_has_no_other(virtual):
    alone = land(**{f"c330603109{virtual}": "开发区"})
    assert "D114" not in kinds(found(alone, NONE))
    beside = land(**{f"c330603109{virtual}": "开发区", "c330603109001": "甲"})
    assert kinds(found(beside, NONE)) == ["D114"]
    listed = land(**{f"c330603107{virtual}": "开发区"})
    assert kinds(found(listed)) == ["D114"]  # others stand in the list only


def test_a_code_that_is_not_listed():
    case = next(c for c in found(land(c330603107203="南塘社区")) if c["code"] == "D115")
    assert case["severity"] == "error"
    assert "330603107201 南塘村委会" in case["fix_zh"]
    assert "2020" in case["message_en"]


def test_names_are_those_of_the_list():
    districts = land(c330603107200="河湾", c330603107201="330603107201")
    filled, cases = check_codes(districts, LIST, CN)
    assert kinds(cases) == ["D116", "D117"]
    assert "河湾村委会" in cases[0]["fix_zh"]
    assert filled["name"].tolist() == ["河湾", "南塘村委会"]  # what was given stays
    assert districts["name"].iloc[1] == "330603107201"  # the input is not changed


def test_a_name_is_unique_in_its_township():
    same = land(c330603107200="甲", c330603107201="甲", c330603108200="甲")
    cases = found(same, NONE)
    assert kinds(cases) == ["D118"]
    assert "330603107200, 330603107201" in cases[0]["message_en"]


def test_listed_districts_without_an_area_are_told_once_a_township():
    cases = [c for c in found(land(c330603107200="河湾村委会")) if c["code"] == "D119"]
    assert len(cases) == 1  # township 108 is not at hand
    assert "330603107201 南塘村委会" in cases[0]["message_zh"]


def test_districts_numbered_by_the_program_are_not_compared():
    assert found(land(c000000000001="甲"), NONE, numbered=frozenset({"000000000001"})) == []


def test_where_digits_mean_nothing_only_the_list_speaks():
    assert kinds(found(land(c0102103="a"), NONE, UN)) == []
    assert kinds(found(land(c0102103="a"), LIST, UN)) == ["D115"]


def test_a_list_in_gb18030_with_its_own_columns(tmp_path):
    frame = LIST.rename(columns={"code": "代码", "name": "名称"}).drop(columns="vintage")
    source = write(tmp_path, frame, columns={"code": "代码", "name": "名称"}, vintage="2020-06-30")
    codes, cases = read_codes(source, CN)
    assert codes["name"].tolist() == LIST["name"].tolist()
    assert vintage(codes) == "2020-06-30"
    assert "D120" not in kinds(cases)


def test_a_list_without_a_date_is_told(tmp_path):
    codes, cases = read_codes(write(tmp_path, LIST.drop(columns="vintage")), CN)
    assert vintage(codes) == ""
    assert "D120" in kinds(cases)


def test_rows_of_townships_and_counties_are_left_out(tmp_path):
    above = pd.DataFrame({"code": ["330603000000", "330603107000"], "name": ["柯桥区", "某镇"]})
    codes, _ = read_codes(write(tmp_path, pd.concat([above, LIST])), CN)
    assert codes["code"].tolist() == LIST["code"].tolist()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda t: pd.concat([t, t.iloc[:1]]), "1 codes occur in several rows"),
        (lambda t: t.assign(code=[None, *t["code"][1:]]), "1 rows of the code list have no code"),
        (lambda t: t.assign(code=t["code"].str[:9].unique().repeat(2) + pd.Series(["a", "b"] * 2)), "no code of a village"),
        (lambda t: t.assign(vintage=["2019", *t["vintage"][1:]]), "mixes 2 editions"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_used(tmp_path, change, what):
    with pytest.raises(InputError, match=what) as caught:
        read_codes(write(tmp_path, change(LIST)), CN)
    assert caught.value.rows
    assert caught.value.say("zh") != caught.value.say("en")


def test_duplicates_name_their_rows(tmp_path):
    with pytest.raises(InputError) as caught:
        read_codes(write(tmp_path, pd.concat([LIST, LIST.iloc[:1]])), CN)
    assert caught.value.rows == ("330603107200 (1, 5)",)


def test_only_the_counties_at_hand_are_kept():
    more = pd.concat(
        [LIST, pd.DataFrame({"code": ["110108001001"], "name": ["乙"], "vintage": ["2020"]})]
    )
    assert len(of_districts(more, land(c330603107200="甲"))) == len(LIST)
    # All of them, to look for the one meant.
    assert len(of_districts(more, land(c990603107200="甲"))) == len(more)


def test_the_nearest_of_codes_that_are_no_numbers():
    assert fewest_other_digits("123", np.array(["12B", "12A"], dtype=object)) == "12A"
    assert fewest_other_digits("129", np.array(["123", "128"], dtype=object)) == "128"


@settings(max_examples=12, deadline=None)
@given(st.permutations(range(4)), st.permutations(range(3)))
def test_findings_do_not_depend_on_the_order_of_rows(of_list, of_land):
    districts = land(c330603107200="河湾", c330603107299="北岸", c330603108498="甲")
    one, two = found(districts), found(districts.iloc[list(of_land)], LIST.iloc[list(of_list)])

    def said(cases):
        return sorted((c["code"], c["row_key"], c["message_en"], c["fix_en"]) for c in cases)

    assert said(one) == said(two)
