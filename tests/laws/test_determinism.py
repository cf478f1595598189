"""Contract, law 6: the content of a plan depends neither on the order of rows nor on the number of workers."""

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from census_gis.runner import pool
from census_gis.synthetic.write import LAYERS
from tests.laws.conftest import place, planned

FORKSERVER = "forkserver"
LATER = "2021-06-30T12:00:00Z"


def shuffled(town, seed):
    """The same place, the rows of every layer in another order."""
    draw = np.random.default_rng(seed)
    frames = {name: getattr(town, name) for name in (*LAYERS, "register", "staff")}
    return replace(town, **{name: frame.iloc[draw.permutation(len(frame))].reset_index(drop=True)
                            for name, frame in frames.items()})  # fmt: skip


def layers(plan: Path) -> dict[str, pd.DataFrame]:
    names = sorted(name for name, _ in pyogrio.list_layers(plan))
    return {name: content(pyogrio.read_dataframe(plan, layer=name)) for name in names}


def content(frame: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame(frame).drop(columns=["time", "hash", "update_time"], errors="ignore")
    if "geometry" in table:
        table["geometry"] = shapely.to_wkb(frame.geometry.to_numpy(), hex=True)
    return table


@pytest.fixture(scope="module")
def plans(as_given, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("plans")
    made = {
        "as given": as_given,
        "shuffled": planned(shuffled(place(), 3), folder / "b", workers=1, now=LATER),
        "two workers": planned(place(), folder / "c", workers=2, now=LATER),
    }
    if FORKSERVER in multiprocessing.get_all_start_methods():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pool, "START", FORKSERVER)
            made[FORKSERVER] = planned(place(), folder / "d", workers=2, now=LATER)
    return made


def test_the_place_is_worth_planning(plans):
    found = layers(plans["as given"] / "plan.gpkg")
    assert len(found["districts"]) == 2
    assert len(found["enumeration_areas"]) >= 8
    assert found["enumeration_areas"]["persons"].sum() == 3_000
    assert len(found["ea_lines"]) > 8 and len(found["dwelling_parts"]) > 50


def test_the_rows_were_shuffled(plans):
    first, second = (pyogrio.read_dataframe(folder.parent / "street.gpkg", layer="buildings")
                     for folder in (plans["as given"], plans["shuffled"]))  # fmt: skip
    assert list(first["building_id"]) != list(second["building_id"])
    assert set(first["building_id"]) == set(second["building_id"])


@pytest.mark.parametrize("other", ["shuffled", "two workers", FORKSERVER])
def test_every_layer_has_the_same_rows_in_the_same_order(plans, other):
    if other not in plans:
        pytest.skip(f"no {other} here")
    first = layers(plans["as given"] / "plan.gpkg")
    second = layers(plans[other] / "plan.gpkg")
    assert list(first) == list(second)
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, second[name], obj=name, check_exact=True)


def test_figures_do_not_depend_on_workers(plans):
    first, second = (json.loads((plans[name] / "run.json").read_text("utf-8"))["figures"]
                     for name in ("as given", "two workers"))  # fmt: skip
    assert first == second
