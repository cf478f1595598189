"""A district comes back from its bytes as it was; the same district makes the same bytes."""

import io
import json
import zipfile
from dataclasses import replace

import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from census_gis import tables
from census_gis.config import load_config
from census_gis.inputs.place import select, selector
from census_gis.inputs.population import estimate_population
from census_gis.inputs.read import read_inputs
from census_gis.profile import load_profile
from census_gis.store.packing import PLAIN, RULES, SHAPED, pack, unpack
from census_gis.synthetic import county, write


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    project = write(county(districts=2, persons=900, seed=5), tmp_path_factory.mktemp("place"))
    config = load_config(project)
    return estimate_population(read_inputs(config.sources, config.settings))


def plain(frame):
    """Values without their types; what is missing is None."""
    table = pd.DataFrame(frame).astype(object)
    return table.where(table.notna(), None)


def test_what_is_packed_is_unpacked(inputs):
    code = inputs.districts["district_code"].iloc[0]
    given = select(inputs, code)
    edit = {"seq": 1, "op": "hold", "district_code": code, "geometry": given.boundary.boundary}
    held = tables.conform(
        pd.DataFrame([edit, {**edit, "seq": 2, "geometry": None}]), "EDITS", crs=given.crs
    )
    for district in (given, type(given)(**{**vars(given), "edits": held})):
        found = unpack(pack(district))
        for name in (*SHAPED, *PLAIN):
            assert_frame_equal(plain(getattr(found, name)), plain(getattr(district, name)))
        assert found.edits.crs == district.crs and found.boundary.equals(district.boundary)
        assert (found.id, found.persons, found.profile) == (
            code,
            district.persons,
            district.profile,
        )
        assert pack(found) == pack(district)


def test_districts_of_a_project_are_those_taken_out_one_by_one(inputs):
    take = selector(inputs)
    taken = 0
    for code in inputs.districts["district_code"]:
        assert pack(take(code)) == pack(select(inputs, code))
        assert set(take(code).buildings["district_code"]) == {code}
        taken += len(take(code).buildings)
    assert taken == len(inputs.buildings)


def test_a_district_packed_by_an_earlier_version_has_all_rules(inputs):
    given = select(inputs, inputs.districts["district_code"].iloc[0])
    rules = {key: rule for key, rule in given.profile.rules.items() if key != "ea.crossing_m"}
    older = replace(given, profile=replace(given.profile, rules=rules))
    general = load_profile("un")
    assert unpack(pack(older)).profile["ea.crossing_m"] == general["ea.crossing_m"]


def test_a_district_packed_as_parquet_is_read(inputs):
    given = select(inputs, inputs.districts["district_code"].iloc[0])
    with zipfile.ZipFile(io.BytesIO(pack(given))) as archive:
        head = json.loads(archive.read("head.json")) | {"profile": json.loads(archive.read(RULES))}
        boundary = archive.read("boundary.wkb")
    older = io.BytesIO()
    with zipfile.ZipFile(older, "w") as archive:
        archive.writestr("head.json", json.dumps(head))
        archive.writestr("boundary.wkb", boundary)
        for name in ("buildings", "barriers"):
            table = pd.DataFrame(getattr(given, name))
            shapes = shapely.to_wkb(table["geometry"].to_numpy(dtype=object))
            archive.writestr(f"{name}.parquet", table.assign(geometry=shapes).to_parquet())
    assert pack(unpack(older.getvalue())) == pack(given)
