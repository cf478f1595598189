"""The cheap look at a table finds what pandera finds, and reads columns as pandas would."""

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis import tables
from census_gis.errors import InputError
from census_gis.tables.columns import Column
from census_gis.tables.typed import nothing, typed

cells = st.one_of(
    st.none(), st.integers(-3, 9), st.floats(-2, 9), st.just(float("nan")), st.just(2.0)
)
words = st.one_of(st.none(), st.sampled_from(["a", "b", "c", ""]), st.just(float("nan")))


def _found_by_pandera(values, column: Column) -> bool:
    checks = [] if column.least is None else [pa.Check.ge(column.least)]
    checks += [pa.Check.isin(column.choices)] if column.choices else []
    schema = pa.DataFrameSchema({"x": pa.Column(None, checks=checks, nullable=column.null)})
    try:
        schema.validate(pd.DataFrame({"x": values}), lazy=True)
    except pa.errors.SchemaErrors:
        return True
    return False


@settings(max_examples=40, deadline=None)
@given(st.lists(cells, max_size=6), st.sampled_from(["Int64", "int64", "float64"]), st.booleans())
def test_numbers_are_read_as_pandas_reads_them(values, dtype, null):
    column = Column(dtype, "-", "", dtype == "Int64" or (dtype == "float64" and null), 0.0)
    series = pd.Series(values, name="x", dtype=object if None in values else None)
    try:
        slow = pd.to_numeric(series).astype("Float64") if dtype != "float64" else series
        expected = slow.astype(dtype)
    except (TypeError, ValueError):
        with pytest.raises(InputError):
            typed(series, column, pd.RangeIndex(len(series)), where=("t", "x"))
        return
    found = typed(series, column, pd.RangeIndex(len(series)), where=("t", "x"))
    pd.testing.assert_series_equal(
        pd.Series(found.values, dtype=dtype), expected, check_names=False, check_index=False
    )
    assert not (found.sound and _found_by_pandera(found.values, column))


@settings(max_examples=40, deadline=None)
@given(st.lists(words, max_size=6), st.booleans(), st.booleans())
def test_texts_that_pass_the_look_pass_pandera(values, null, chosen):
    column = Column("str", "-", "", null, None, ("a", "b") if chosen else ())
    found = typed(
        pd.Series(values, dtype=object), column, pd.RangeIndex(len(values)), where=("t", "x")
    )
    assert all(word is None or isinstance(word, str) for word in found.values)
    assert found.sound != _found_by_pandera(found.values, column)


def test_a_frame_that_was_conformed_does_not_share_its_values():
    given_ = pd.DataFrame({"level": ["a"], "code": ["1"], "name": ["x"]})
    made = tables.conform(given_, "units")
    made.loc[0, "name"] = "y"
    assert given_["name"].tolist() == ["x"]


def test_an_empty_table_is_made_anew_for_each_who_asks():
    mine = tables.empty("units")
    mine.loc[0] = ["a", "b", "c"]
    assert not len(tables.empty("units"))


def test_a_column_that_may_not_be_missing_is_no_sound_nothing():
    column = Column("float64", "m", "")
    assert not nothing(column, pd.RangeIndex(2)).sound
    assert nothing(column, pd.RangeIndex(0)).sound
    assert np.isnan(np.asarray(nothing(column, pd.RangeIndex(2)).values, dtype=float)).all()


@pytest.mark.parametrize("dtype", ["Int64", "int64"])
@pytest.mark.parametrize("value", [1e30, -1e30, 2.0**63, np.inf])
def test_a_whole_number_too_large_for_64_bits_is_refused_not_turned_into_another(dtype, value):
    column = Column(dtype, "-", "", dtype == "Int64", None)
    with pytest.raises(InputError, match="cannot be read"):
        typed(pd.Series([1.0, value]), column, pd.RangeIndex(2), where=("t", "x"))
