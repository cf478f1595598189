"""Which maps a sheet takes: few numbers led out, nothing lost, details no larger than they have to be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.present.details import placed_on
from census_gis.present.display import Box
from census_gis.present.dividing import (
    FEW_LED_OUT,
    LED_OUT_SHARE,
    MOST_DETAILS,
    _together,
    maps_of,
    trouble_of,
)
from census_gis.present.fonts import default_face
from census_gis.present.layers import read_layers
from census_gis.present.layout import Paper
from census_gis.present.order import Order
from census_gis.present.sheet import _area, _main

from .town import CODE, town

ORDER = Order(Paper("A4", 15.0, 35.0), "zh", default_face(), project="测试")
FRAMES = [Box(0, 0, 120, 200), Box(0, 0, 200, 120)]


def _maps(**kwargs):
    layers = read_layers(town(language="zh", **kwargs), CODE, "zh")
    ea = layers.eas.loc[layers.eas["serial"] == "001"].iloc[0]
    area = _area(layers, ea, "zh")
    main = _main(layers, area, ORDER)
    return layers, area, maps_of(layers, area, ORDER, main)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=25),
    st.integers(1, 25), st.floats(0.05, 2.0),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_a_group_fits_a_frame_and_no_frame_around_a_point_holds_more(points, aim, factor):
    points, aim = np.array(points, dtype=float), min(aim, len(points))
    chosen = _together(points, FRAMES, factor, aim)
    assert 1 <= len(chosen) <= aim and len(set(chosen.tolist())) == len(chosen)
    width, height = np.ptp(points[chosen], axis=0) * factor
    assert any(width <= f.width + 1e-9 and height <= f.height + 1e-9 for f in FRAMES)
    most = 0
    for frame in FRAMES:
        half = np.array([frame.width, frame.height]) / 2 / factor
        inside = (np.abs(points[:, None] - points[None]) <= half).all(axis=2)
        most = max(most, int(inside.sum(axis=1).max()))
    assert len(chosen) >= min(aim, most)


@given(st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_a_group_does_not_depend_on_the_order_of_the_houses(seed):
    rng = np.random.default_rng(seed)
    points = rng.permutation(400)[:40].reshape(20, 2).astype(float)
    order = rng.permutation(20)
    one = {tuple(p) for p in points[_together(points, FRAMES, 1.0, 6)]}
    other = points[order]
    assert one == {tuple(p) for p in other[_together(other, FRAMES, 1.0, 6)]}


@pytest.mark.parametrize("case", [
    {"size": (1500, 1000), "per_area": 40, "huddle": 0.25, "house": 0.7},
    {"size": (1500, 1000), "per_area": 60, "huddle": 0.5, "house": 0.3},
    {"size": (4000, 3000), "per_area": 40, "huddle": 0.12},
])  # fmt: skip
def test_crowded_houses_get_details_until_few_numbers_are_led_out(case):
    layers, area, maps = _maps(**case)
    wanted, lost, led_out = placed_on(maps)
    assert wanted.all() and not lost.any()
    assert led_out.sum() <= max(FEW_LED_OUT, LED_OUT_SHARE * len(wanted))
    assert 2 <= len(maps) <= 1 + MOST_DETAILS
    boxes = [ground for _, ground in maps[0].windows]
    points = layers.buildings.points[area.standing]
    # Outside the lettered boxes the main map has every number itself.
    boxed = np.zeros(len(points), dtype=bool)
    for west, south, east, north in boxes:
        boxed |= (
            (points[:, 0] > west)
            & (points[:, 0] < east)
            & (points[:, 1] > south)
            & (points[:, 1] < north)
        )
    assert (maps[0].wanted == ~boxed).all()
    for one in maps[1:]:
        west, south, east, north = one.view.ground
        assert any(w >= west and s >= south and e <= east and n <= north for w, s, e, n in boxes)


def test_a_detail_of_few_houses_is_no_larger_than_legible():
    layers, area, maps = _maps(size=(4000, 3000), per_area=6, huddle=0.05)
    assert len(maps) == 2
    for one in maps[1:]:
        rows = area.standing[one.wanted]
        assert (layers.buildings.radius[rows] * one.view.factor).min() <= 6.0


def test_a_number_on_its_building_in_a_detail_is_not_led_out():
    _, _, maps = _maps(size=(1500, 1000), per_area=40, huddle=0.25, house=0.7)
    main = replace(maps[0], wanted=np.ones_like(maps[0].wanted))
    main.done.beside, main.done.dropped = list(range(10)), []
    detail = maps[1]
    detail.wanted = np.arange(len(main.wanted)) < 8
    detail.done.beside, detail.done.dropped = [0], [1]
    _, lost, led_out = placed_on([main, detail])
    assert not lost.any() and np.flatnonzero(led_out).tolist() == [0, 1, 8, 9]
    assert trouble_of([main, detail]).led_out == 4
