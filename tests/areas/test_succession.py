"""The previous census's EAs: the start of the new division, and where its codes come from."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from census_gis.areas.codes import number
from census_gis.areas.outline import outline
from census_gis.areas.succession import succeed
from census_gis.fabric.build import build_fabric
from census_gis.partitioning.solve import partition
from census_gis.tables import conform
from tests.fabric.test_walking import SMALL
from tests.fabric.towns import CRS, at, barriers, buildings, district

STREETS = [{"source": "roads", "class": "residential", "geometry": at(shapely.LineString(line))}
           for line in ([(-120, 20), (320, 20)], [(-120, 180), (320, 180)], [(100, -120), (100, 320)])]  # fmt: skip


def houses(seed):
    made = np.random.default_rng(seed)
    return buildings(*(
        {"geometry": at(box(x, y, x + 11, y + 11)), "persons": int(made.integers(4, 30))}
        for x in range(-90, 290, 34) for y in range(-90, 290, 34)
    ))  # fmt: skip


def previous_of(plan, codes=None):
    shapes = outline(plan)
    frame = pd.DataFrame(
        {"ea_code": list(plan.codes if codes is None else codes), "district_code": "D"}
    )
    return conform(
        gpd.GeoDataFrame(frame, geometry=shapes.geometry.to_numpy(), crs=CRS), "PREVIOUS"
    )


def followed(town, previous):
    found = replace(district(town, barriers(*STREETS), profile=SMALL), previous=previous)
    return succeed(partition(build_fabric(found), seed=5))


def first(town, seed=1):
    found = district(town, barriers(*STREETS), profile=SMALL)
    return number(partition(build_fabric(found), seed=seed))


def homes(plan):
    """EA code of each building."""
    parts = plan.fabric.parts
    return dict(
        zip(parts["building_id"], np.array(plan.codes)[plan.label[parts["atom"]]], strict=True)
    )


@given(st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_where_nothing_changed_nothing_changes(seed):
    town = houses(seed)
    before = first(town)
    after = followed(town, previous_of(before))
    total = before.fabric.atoms["persons"].groupby(before.label).sum()
    if total.between(80, 120).all():
        assert homes(after.plan) == homes(before)
        assert not len(after.retired)
        assert list(after.findings["code"]) == ["A521"]


@given(st.integers(0, 10_000))
@settings(max_examples=5, deadline=None)
def test_where_one_ea_has_grown_most_of_the_others_stay(seed):
    town = houses(seed)
    before = first(town)
    code = before.codes[0]
    there = homes(before)
    grown = town.assign(persons=[p * 2 if there[key] == code else p
                                 for key, p in zip(town["building_id"], town["persons"], strict=True)])  # fmt: skip
    after = followed(grown, previous_of(before))
    now = homes(after.plan)
    same = {other for other in before.codes if {key for key in there if there[key] == other}
            == {key for key in now if now[key] == other}}  # fmt: skip
    assert len(same) >= len(before.codes) - 6
    assert set(after.retired["ea_code"]) == set(before.codes) - set(after.plan.codes)
    assert not set(after.retired["ea_code"]) & set(after.plan.codes)


def test_codes_go_where_most_persons_go():
    town = houses(4)
    before = first(town)
    mixed = [before.codes[-1 - nth] for nth in range(len(before.codes))]
    after = followed(town, previous_of(before, mixed))
    swapped = dict(zip(before.codes, mixed, strict=True))
    assert homes(after.plan) == {key: swapped[code] for key, code in homes(before).items()}


def test_codes_of_another_scheme_are_said_and_not_used():
    town = houses(4)
    before = first(town)
    after = followed(town, previous_of(before, [f"old{nth}" for nth in range(len(before.codes))]))
    assert "A523" in set(after.findings["code"])
    groups = [frozenset(key for key, each in homes(plan).items() if each == code)
              for plan in (before, after.plan) for code in plan.codes]  # fmt: skip
    assert set(groups[: len(before)]) == set(groups[len(before) :])


def test_new_eas_come_after_the_highest_code_there_was():
    town = houses(4)
    before = first(town)
    high = [f"D{nth + 40:03d}" for nth in range(len(before.codes))]
    grown = town.assign(persons=town["persons"] * 2)
    after = followed(grown, previous_of(before, high))
    fresh = set(after.plan.codes) - set(high)
    assert fresh and min(fresh) > max(high)
