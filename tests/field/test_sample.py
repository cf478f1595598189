"""Samples are the same whatever the order of rows, and keep their sizes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import ConfigError
from census_gis.field.sample import long_form_frame, quality_sample


def areas(sizes):
    rows = [
        (f"d{d}{n:03d}", f"d{d}", p, max(p // 3, 1))
        for d, eas in enumerate(sizes)
        for n, p in enumerate(eas)
    ]
    return pd.DataFrame(rows, columns=["ea_code", "district_code", "persons", "households"])


counties = st.lists(st.lists(st.integers(1, 400), min_size=1, max_size=8), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(counties, st.integers(0, 9), st.data())
def test_a_quality_sample_has_its_size_every_stratum_and_no_memory_of_order(sizes, seed, data):
    table = areas(sizes)
    number = data.draw(st.integers(len(sizes), len(table)))
    drawn = quality_sample(table, table["district_code"], number=number, seed=seed)
    assert len(drawn) == number and set(drawn["stratum"]) == set(table["district_code"])
    turned = table.iloc[::-1].reset_index(drop=True)
    again = quality_sample(turned, turned["district_code"], number=number, seed=seed)
    assert drawn["ea_code"].tolist() == again["ea_code"].tolist()
    assert np.isclose(drawn["weight"].sum(), len(table))


@settings(max_examples=40, deadline=None)
@given(counties, st.sampled_from([0.05, 0.1, 0.3, 1.0]), st.integers(0, 9))
def test_the_long_form_has_its_share_of_each_district(sizes, share, seed):
    table = areas(sizes)
    drawn = long_form_frame(table.iloc[::-1], share=share, seed=seed)
    assert drawn["ea_code"].tolist() == sorted(table["ea_code"])
    for _, mine in drawn.groupby("district_code"):
        assert abs(mine["long_forms"].sum() - share * mine["households"].sum()) <= 1 + 1e-9
    for row in drawn.itertuples():
        numbers = [int(n) for n in row.numbers.split()]
        assert len(numbers) == row.long_forms == len(set(numbers))
        assert all(1 <= n <= row.households for n in numbers)


def test_impossible_samples_are_refused():
    table = areas([[300, 300], [300]])
    for number in (1, 4):
        with pytest.raises(ConfigError):
            quality_sample(table, table["district_code"], number=number, seed=1)
    with pytest.raises(ConfigError):
        long_form_frame(table, share=0.0, seed=1)
