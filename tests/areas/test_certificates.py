"""What partitioning said stays said of EAs that an edit did not touch, and of nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas.certificates import still_true
from census_gis.areas.codes import number
from census_gis.areas.edits import edit
from census_gis.findings import KINDS, frame
from tests.areas.hands import listed, neighbours, some_edits
from tests.areas.towns import CODE, CRS, fabric, grouped


def case(code, layer="districts", key=CODE):
    said = {f"{name}_{half}": code for name in ("message", "fix") for half in ("en", "zh")}
    return {"code": code, "severity": "note", "layer": layer, "row_key": str(key), "geometry": None, **said}  # fmt: skip


def told(plan, *codes):
    """A plan with a certificate of each EA, and words on its district."""
    rows = [case("S101", "enumeration_areas", area) for area in range(len(plan))]
    return replace(plan, findings=frame([*rows, *(case(code) for code in codes)], CRS))


def town(draw=4):
    return number(grouped(fabric(4), draw, 14))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_certificates_stay_with_the_eas_that_hold_the_same_and_with_no_other(draw, frozen):
    plan = told(town(draw % 5))
    done = edit(plan, some_edits(plan, draw, 6), frozen=frozen).plan
    before = {frozenset(np.flatnonzero(plan.label == area)) for area in range(len(plan))}
    after = [frozenset(np.flatnonzero(done.label == area)) for area in range(len(done))]
    kept = {area for area, atoms in enumerate(after) if atoms in before}
    assert sorted(done.findings["row_key"].astype(int)) == sorted(kept)


@pytest.mark.parametrize("proof", ["S113", "S114"])
def test_a_moved_building_ends_a_proof_and_says_so_and_blocks_stay(proof):
    plan = told(town(), proof, "S121", "S116")
    building, _, target = neighbours(plan)
    row = {"op": "assign", "building_id": building, "ea_code": target}
    done = edit(plan, listed(row), frozen=False).plan
    assert [code for code in done.findings["code"] if code != "S101"] == ["S116", "S121", "S132"]
    said = done.findings.set_index("code").loc["S132"]
    assert proof in said["message_zh"] and said["row_key"] == CODE
    assert (done.findings["code"] == "S101").sum() == len(plan) - 2


@pytest.mark.parametrize(("apart", "said"), [(True, "S133"), (False, "S121")])
def test_an_edit_over_the_line_of_two_blocks_says_so(apart, said):
    plan = town()
    building, home, target = neighbours(plan)
    here = plan.codes.index(home)
    block = np.where((plan.label == here) & apart, 2, 1)
    ground = replace(plan.fabric, atoms=plan.fabric.atoms.assign(block=block))
    plan = told(replace(plan, fabric=ground), "S121")
    row = {"op": "assign", "building_id": building, "ea_code": target}
    done = edit(plan, listed(row), frozen=False).plan
    assert [code for code in done.findings["code"] if code != "S101"] == [said]
    if apart:
        told_now = done.findings.set_index("code").loc["S133"]
        assert "1 of its EAs" in told_now["message_en"] and told_now["row_key"] == CODE


def test_a_lock_ends_nothing():
    plan = told(town(), "S113")
    done = edit(plan, listed({"op": "lock", "ea_code": plan.codes[0]}), frozen=False).plan
    assert done.findings["code"].tolist() == plan.findings["code"].tolist()


def test_another_number_of_eas_is_not_the_one_that_was_asked_for():
    plan = told(town(), "S116", "S122")
    _, one, two = neighbours(plan)
    done = edit(plan, listed({"op": "merge", "ea_code": f"{one},{two}"}), frozen=True).plan
    assert set(done.findings["code"]) == {"S101", "S122"}


def test_areas_that_are_numbered_otherwise_are_named_by_their_new_numbers():
    plan = told(town(), "S113")
    turned = len(plan) - 1 - plan.label
    found = still_true(plan, turned)
    assert sorted(found["code"]) == sorted(plan.findings["code"])
    assert KINDS["S132"].code not in set(found["code"])
