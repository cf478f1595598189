"""What a proof says of a plan: small districts are proven, large ones honestly are not."""

import numpy as np

from census_gis.partitioning.proven import proven
from census_gis.partitioning.solve import partition, solve
from tests.partitioning.test_plans import grid_fabric
from tests.partitioning.towns import grid_edges, problem


def of_proof(plan):
    return [code for code in plan.findings["code"] if code in ("S113", "S114", "S115")]


def test_a_small_district_is_proven_optimal():
    plan = partition(grid_fabric(4, 5, 60), prove=True)
    (row,) = plan.findings.to_dict("records")
    assert (row["code"], row["severity"], row["layer"]) == ("S113", "note", "districts")
    assert plan.history[-1].arguments == {"gap": 0.0}


def test_of_a_large_one_it_is_said_that_no_bound_is_known():
    plan = partition(grid_fabric(10, 12, 20), prove=True)
    assert of_proof(plan) == ["S115"]
    assert plan.history[-1].arguments == {"gap": None}


def test_nothing_is_said_where_nobody_asked():
    plan = partition(grid_fabric(4, 5, 60))
    assert of_proof(plan) == []


def test_a_number_asked_for_is_not_what_a_proof_answers():
    assert of_proof(partition(grid_fabric(4, 5, 60), areas=3, prove=True)) == ["S115"]


def test_a_worse_plan_is_replaced_by_the_proven_one():
    asked = problem([60] * 20, grid_edges(4, 5))
    stripes = np.arange(20, dtype=np.int32) // 5
    rotten = np.unique(np.where(np.arange(20) % 5 < 2, stripes // 2, 2 + stripes // 2), return_inverse=True)[1]  # fmt: skip
    known = proven(asked, rotten.astype(np.int32), seed=0)
    best = solve(asked, seed=0).label
    assert known.gap == 0.0
    assert len(np.unique(known.label)) == len(np.unique(best)) == 4


def test_a_district_of_several_pieces_is_proven_piece_by_piece():
    edges = grid_edges(4, 5)
    asked = problem([60] * 40, np.concatenate([edges, edges + 20]))
    label = solve(asked, seed=0).label
    known = proven(asked, label, seed=0)
    assert known.gap == 0.0
    assert len(np.unique(known.label)) == 8
