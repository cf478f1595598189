"""Grid cells and compounds taken as they are."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from census_gis.areas.codes import number
from census_gis.areas.tabulate import tabulate
from census_gis.fabric.build import build_fabric
from census_gis.partitioning.solve import partition
from tests.fabric.test_walking import SMALL
from tests.fabric.towns import at, barriers, buildings, district


def town(seed):
    """Houses on a lattice with 5 to 60 persons."""
    made = np.random.default_rng(seed)
    return buildings(*(
        {"geometry": at(box(x, y, x + 11, y + 11)), "persons": int(made.integers(5, 60))}
        for x in range(-90, 290, 40) for y in range(-90, 290, 40)
    ))  # fmt: skip


def planned(houses, areas):
    found = build_fabric(district(houses, barriers(*areas), profile=SMALL))
    return found, number(partition(found, seed=1))


def cell(shape, mode="as_is"):
    return {"source": "grids", "mode": mode, "geometry": at(shape), "name": "g"}


def ids_in(houses, shape):
    return set(
        houses["building_id"][shapely.contains(at(shape), shapely.centroid(houses.geometry))]
    )


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_every_area_taken_as_it_is_is_one_ea_and_nothing_else_is_in_it(seed):
    made = np.random.default_rng(seed)
    houses = town(seed)
    shapes = [box(-100, -100, -20, 60), box(-20, -100, 100, -20), box(100, 100, 220, 220)]
    wanted = [shapes[i] for i in np.flatnonzero(made.random(3) < 0.7)]
    found, plan = planned(houses, [cell(shape) for shape in wanted])
    label = plan.label[found.parts["atom"].to_numpy()]
    for shape in wanted:
        inside = found.parts["building_id"].isin(ids_in(houses, shape)).to_numpy()
        assert len(set(label[inside])) == 1
        assert not set(label[inside]) & set(label[~inside])


def test_a_grid_that_covers_the_district_is_the_plan():
    houses = town(3)
    shapes = [
        box(x, y, x + 100, y + 100) for x in range(-100, 300, 100) for y in range(-100, 300, 100)
    ]
    _, plan = planned(houses, [cell(shape) for shape in shapes])
    areas = tabulate(plan, language="en")["enumeration_areas"]
    assert len(areas) == 16
    assert (areas.geometry.area > 4_000).all()
    outside = areas[~areas["persons"].between(80, 120)]
    assert len(plan.fabric.findings.query("code == 'G212'")) == len(outside)


def test_an_area_without_a_building_is_ordinary_ground():
    houses = town(3)
    houses = houses[houses.geometry.centroid.x < 450_180].reset_index(drop=True)
    _, plan = planned(houses, [cell(box(200, -100, 300, 300))])
    held = np.bincount(
        plan.label, np.bincount(plan.fabric.parts["atom"], minlength=len(plan.label))
    )
    assert (held > 0).all()


def test_prefer_only_prefers():
    houses = town(3)
    found, _ = planned(houses, [cell(box(-100, -100, -20, 60), "prefer")])
    assert (found.atoms["given"] == -1).all()
