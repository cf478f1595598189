"""`census-gis apply`: a plan edited in QGIS, or by a list, and what may not be done to it."""

import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from census_gis.errors import CensusGISError, ConfigError, InputError
from census_gis.runner.apply import Order, apply
from census_gis.runner.main import Options, run_project
from census_gis.runner.recheck import recheck
from census_gis.runner.sign import Act, sign
from census_gis.store.geopackage import read_log, read_tables
from census_gis.synthetic import county, write

NOW = "2020-11-02T08:00:00Z"
ORDER = Order("Zhang", NOW)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    project = write(county(districts=2, persons=2_400, seed=5), folder)
    options = Options(until="plan", workers=1)
    return run_project(project, now="2020-11-01T00:00:00Z", options=options).output / "plan.gpkg"


@pytest.fixture
def plan(made, tmp_path) -> Path:
    return Path(shutil.copy(made, tmp_path / "plan.gpkg"))


def a_move(plan: Path) -> tuple[str, str, str]:
    """A building, its EA, and an EA of its district that it may join."""
    tables = read_tables(plan, ("enumeration_areas", "dwelling_parts"))
    areas, parts = tables["enumeration_areas"], tables["dwelling_parts"]
    home = areas.iloc[0]
    others = areas[
        (areas["district_code"] == home["district_code"]) & (areas["ea_code"] != home["ea_code"])
    ]
    target = others.loc[others.distance(home.geometry).idxmin()]
    mine = parts[(parts["ea_code"] == home["ea_code"]) & (parts["persons"] > 0)]
    building = mine.loc[mine.distance(target.geometry).idxmin(), "building_id"]
    return building, home["ea_code"], target["ea_code"]


def copy_of(plan: Path, building: str, code: str) -> gpd.GeoDataFrame:
    """`dwelling_parts` as QGIS saves it: rows in another order, heights in the shapes."""
    parts = pyogrio.read_dataframe(plan, layer="dwelling_parts")
    parts.loc[parts["building_id"] == building, "ea_code"] = code
    parts["geometry"] = shapely.force_3d(parts.geometry.to_numpy())
    return parts.sample(frac=1, random_state=2)


def as_gpkg(copy, folder):
    file = folder / "parts.gpkg"
    pyogrio.write_dataframe(copy, file, layer="parts copy", geometry_type="MultiPolygon Z", layer_options={"FID": "ogc_fid"})  # fmt: skip
    return file


def as_shp(copy, folder):
    file = folder / "parts.shp"
    pyogrio.write_dataframe(copy, file, encoding="utf-8")
    return file


def as_csv(copy, folder):
    file = folder / "parts.csv"
    copy.drop(columns="geometry").to_csv(file, index=False, encoding="utf-8-sig")
    return file


def as_xlsx(copy, folder):
    file = folder / "parts.xlsx"
    pd.DataFrame(copy.drop(columns="geometry")).to_excel(file, index=False)
    return file


def edits_file(folder: Path, *rows: dict) -> Path:
    file = folder / "edits.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    return file


def ea_of(plan: Path, building: str) -> str:
    parts = read_tables(plan, ("dwelling_parts",))["dwelling_parts"]
    return parts.loc[parts["building_id"] == building, "ea_code"].iloc[0]


def laws(plan: Path) -> list[str]:
    found = recheck(plan).found
    return found.loc[found["code"].str.startswith("A"), "message_en"].tolist()


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@pytest.mark.parametrize("saved", [as_gpkg, as_shp, as_csv, as_xlsx])
def test_a_copy_edited_in_qgis_comes_back(plan, tmp_path, saved):
    building, _, target = a_move(plan)
    before = read_tables(plan)
    applied = apply(plan, saved(copy_of(plan, building, target), tmp_path), order=ORDER)
    assert [change.done for change in applied.changes] == [True]
    after = read_tables(plan)
    assert laws(plan) == []
    for layer in ("districts", "enumeration_areas", "dwelling_parts"):
        assert after[layer]["persons"].sum() == before[layer]["persons"].sum()
    assert ea_of(plan, building) in set(after["enumeration_areas"]["ea_code"])
    row = after["edits"].iloc[0]
    assert (row["op"], row["building_id"], row["who"], row["when"]) == (
        "assign",
        building,
        "Zhang",
        NOW[:10],
    )
    assert (row["outcome"], row["origin"]) == ("done", "apply")


def test_the_act_is_logged_with_who_why_before_and_after(plan, tmp_path):
    building, source, target = a_move(plan)
    file = edits_file(tmp_path, {"op": "assign", "building_id": building, "ea_code": target})
    applied = apply(plan, file, order=Order("Li", NOW, "met on the spot"))
    last = read_log(plan)[-1]
    assert last[1:4] == (NOW, "Li", "apply") and last[7] == "met on the spot"
    assert building in last[4] and f"{source}={applied.persons[source][0]}" in last[5]
    assert set(applied.persons) == {source, target}


def test_a_copy_without_changes_changes_nothing(plan, tmp_path):
    building, source, _ = a_move(plan)
    was = plan.read_bytes()
    applied = apply(plan, as_csv(copy_of(plan, building, source), tmp_path), order=ORDER)
    assert applied.changes == () and applied.exit_code == 0
    assert plan.read_bytes() == was


def test_only_the_district_that_is_edited_changes(plan, tmp_path):
    building, source, target = a_move(plan)
    before = read_tables(plan, ("enumeration_areas",))["enumeration_areas"]
    file = edits_file(tmp_path, {"op": "assign", "building_id": building, "ea_code": target})
    apply(plan, file, order=ORDER)
    after = read_tables(plan, ("enumeration_areas",))["enumeration_areas"]
    one, two = (
        t[t["district_code"] != source[:12]].reset_index(drop=True) for t in (before, after)
    )
    assert len(one) and one.geometry.geom_equals_exact(two.geometry, 0).all()


def test_a_refused_edit_is_told_and_the_others_are_done(plan, tmp_path):
    building, _, target = a_move(plan)
    file = edits_file(
        tmp_path,
        {"op": "assign", "building_id": building, "ea_code": target},
        {"op": "assign", "building_id": building, "ea_code": target[:12] + "950"},
        {"op": "lock", "building_id": "nobody", "ea_code": ""},
    )
    applied = apply(plan, file, order=ORDER)
    assert [change.done for change in applied.changes] == [True, False, False]
    assert applied.exit_code == 1
    assert read_tables(plan, ("edits",))["edits"]["outcome"].tolist()[0] == "done"


def broken(copy: gpd.GeoDataFrame, how: str) -> gpd.GeoDataFrame:
    if how == "missing":
        return copy.iloc[2:]
    if how == "double":
        return gpd.GeoDataFrame(pd.concat([copy, copy.iloc[:1]]))
    if how == "strange":
        return copy.assign(part_id=["x", *copy["part_id"].iloc[1:]])
    if how == "counts":
        return copy.assign(persons=copy["persons"] + 1)
    if how == "empty":
        return copy.assign(ea_code=None)
    return copy.assign(身份证号="x")


@pytest.mark.parametrize("how", ["missing", "double", "strange", "counts", "empty", "identity"])
def test_a_copy_that_is_no_copy_is_refused_and_nothing_is_written(plan, tmp_path, how):
    building, _, target = a_move(plan)
    was = plan.read_bytes()
    file = as_csv(broken(copy_of(plan, building, target), how), tmp_path)
    with pytest.raises(InputError):
        apply(plan, file, order=ORDER)
    assert plan.read_bytes() == was


@pytest.mark.parametrize(
    "rows", [{"op": "push", "ea_code": "1"}, {"verb": "assign"}], ids=["operation", "column"]
)
def test_a_list_that_cannot_be_read_is_refused(plan, tmp_path, rows):
    with pytest.raises(CensusGISError) as caught:
        apply(plan, edits_file(tmp_path, rows), order=ORDER)
    assert caught.value.say("zh") != caught.value.say("en")


def test_somebody_must_answer_for_it(plan, tmp_path):
    building, _, target = a_move(plan)
    row = {"op": "assign", "building_id": building, "ea_code": target}
    with pytest.raises(ConfigError):
        apply(plan, edits_file(tmp_path, row), order=Order("", NOW))
    assert apply(plan, edits_file(tmp_path, {**row, "who": "Wang"}), order=Order("", NOW)).changes


def signed(plan: Path, *states: str) -> None:
    for state in states:
        assert not sign(plan, state, act=Act("Chief", NOW)).refused


def test_an_approved_district_wants_a_reason_and_keeps_its_codes(plan, tmp_path):
    building, source, target = a_move(plan)
    signed(plan, "checked", "approved")
    file = edits_file(tmp_path, {"op": "merge", "ea_code": f"{source},{target}"})
    with pytest.raises(ConfigError):
        apply(plan, file, order=ORDER)
    codes = set(read_tables(plan, ("enumeration_areas",))["enumeration_areas"]["ea_code"])
    applied = apply(plan, file, order=Order("Li", NOW, "one courtyard"))
    tables = read_tables(plan)
    kept, gone = min(source, target), max(source, target)
    if applied.changes[0].done:
        assert set(tables["enumeration_areas"]["ea_code"]) == codes - {gone}
        assert tables["retired_codes"][["ea_code", "successor"]].to_numpy().tolist() == [
            [gone, kept]
        ]
        assert tables["retired_codes"]["retired_on"].tolist() == [NOW[:10]]
    assert set(tables["districts"]["state"]) == {"approved"}
    assert ea_of(plan, building) == kept and laws(plan) == []


def test_a_reported_district_is_closed(plan, tmp_path):
    building, _, target = a_move(plan)
    signed(plan, "checked", "approved", "reported")
    file = edits_file(tmp_path, {"op": "assign", "building_id": building, "ea_code": target})
    with pytest.raises(InputError, match="reported"):
        apply(plan, file, order=Order("Li", NOW, "late"))


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_a_drawn_line_divides_what_it_crosses(plan, tmp_path):
    area = read_tables(plan, ("enumeration_areas",))["enumeration_areas"].iloc[0]
    west, south, east, north = area.geometry.bounds
    line = shapely.LineString([((west + east) / 2, south - 30), ((west + east) / 2, north + 30)])
    file = tmp_path / "edits.gpkg"
    row = gpd.GeoDataFrame(
        [{"op": "拆分", "ea_code": area["ea_code"]}], geometry=[line], crs="EPSG:4549"
    )
    pyogrio.write_dataframe(row.to_crs("EPSG:4490"), file, layer="edits")
    applied = apply(plan, file, order=ORDER)
    assert [change.op for change in applied.changes] == ["split"]
    assert laws(plan) == []
    drawn = read_tables(plan, ("edits",))["edits"].geometry.iloc[0]
    assert drawn.hausdorff_distance(line) < 0.01


def certified(plan: Path) -> None:
    """A certificate for each EA and a proof for each district, as `run --prove` leaves them."""
    tables = read_tables(plan, ("enumeration_areas", "districts"))
    areas, districts = tables["enumeration_areas"], tables["districts"]
    about = [("S104", "warning", "enumeration_areas", *pair) for pair in zip(areas["ea_code"], areas["district_code"], strict=True)]  # fmt: skip
    about += [("S113", "note", "districts", code, code) for code in districts["district_code"]]
    rows = pd.DataFrame(about, columns=["code", "severity", "layer", "row_key", "district_code"])
    info = pyogrio.read_info(plan, layer="findings")
    rows = rows.assign(message="said before", fix="-")[list(info["fields"])].assign(geometry=None)
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=areas.crs)
    kind = info["geometry_type"]
    pyogrio.write_dataframe(frame, plan, layer="findings", append=True, geometry_type=kind)


def test_what_partitioning_said_of_other_eas_and_districts_stands(plan, tmp_path):
    certified(plan)
    building, home, target = a_move(plan)
    row = {"op": "assign", "building_id": building, "ea_code": target, "who": "Li", "reason": "-"}
    apply(plan, edits_file(tmp_path, row), order=ORDER)
    tables = read_tables(plan, ("enumeration_areas", "findings"))
    found, areas = tables["findings"], set(tables["enumeration_areas"]["ea_code"])
    assert set(found.loc[found["code"] == "S104", "row_key"]) == areas - {home, target}
    district = home[:-3]
    assert set(found.loc[found["code"] == "S132", "row_key"]) == {district}
    assert district not in set(found.loc[found["code"] == "S113", "row_key"])
    assert len(found[found["code"] == "S113"]) == 1
