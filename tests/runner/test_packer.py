"""A district packed from columns is the one that is taken out, corrected and packed."""

from dataclasses import replace

import pandas as pd
import pytest
from shapely import Point

from census_gis import tables
from census_gis.config import load_config
from census_gis.errors import InputError
from census_gis.field.corrections import corrected
from census_gis.inputs.place import select
from census_gis.inputs.population import estimate_population
from census_gis.inputs.read import read_inputs
from census_gis.runner.packer import Packer
from census_gis.store.packing import pack, unpack
from census_gis.synthetic import county, write

NONE = tables.empty("corrections")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    project = write(county(districts=3, persons=900, seed=5), tmp_path_factory.mktemp("packer"))
    config = load_config(project)
    found = estimate_population(read_inputs(config.sources, config.settings))
    code, other, _ = found.districts["district_code"]
    edits = [{"seq": 1, "op": "hold", "district_code": code, "geometry": Point(1, 2)}]
    virtual = [{"district_code": other, "persons": 3, "reason": "r", "proposed_by": "p",
                "approved_by": "q", "approved_on": "2026-01-01"}]  # fmt: skip
    return replace(
        found,
        edits=tables.conform(pd.DataFrame(edits), "EDITS", crs=found.crs),
        virtual=tables.conform(pd.DataFrame(virtual), "VIRTUAL"),
    )


def test_districts_are_packed_as_taken_out_one_by_one(inputs):
    packer = Packer(inputs, NONE)
    for code in reversed(inputs.districts["district_code"].tolist()):
        assert packer.packed(code) == pack(select(inputs, code))


def test_a_district_without_buildings_and_barriers_is_packed(inputs):
    bare = replace(inputs, buildings=inputs.buildings.iloc[:0], barriers=inputs.barriers.iloc[:0])
    code = inputs.districts["district_code"].iloc[1]
    found = unpack(Packer(bare, NONE).packed(code))
    assert (len(found.buildings), len(found.barriers), len(found.virtual)) == (0, 0, 1)


def test_what_was_found_on_the_spot_is_packed(inputs):
    home = inputs.buildings.iloc[0]
    gone = {"seq": 1, "kind": "gone", "building_id": home["building_id"], "district_code": home["district_code"]}  # fmt: skip
    found = pd.DataFrame([{**dict.fromkeys(NONE.columns), **gone}])
    packed = Packer(inputs, found).packed(home["district_code"])
    assert packed == pack(corrected(select(inputs, home["district_code"]), found))
    assert home["building_id"] not in unpack(packed).buildings["building_id"].tolist()


def test_a_district_that_is_not_there_is_refused(inputs):
    with pytest.raises(InputError, match="no district"):
        Packer(inputs, NONE).packed("x")
