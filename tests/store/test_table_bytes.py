"""Rows of a table come back as they were, and their bytes depend on them alone."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from pyproj import CRS

from census_gis.store.table_bytes import Columns, frame_from

UTM = CRS.from_epsg(32651)
text = st.none() | st.text(max_size=5)
whole = st.none() | st.integers(-(2**40), 2**40)
number = st.floats(allow_infinity=False, width=64)
row = st.tuples(text, text, whole, st.integers(0, 9), number, st.booleans())


def table(rows):
    a, b, c, d, e, f = zip(*rows, strict=True)
    columns = {
        "word": np.array(a, dtype=object), "name": pd.array(b, dtype="str"), "count": pd.array(c, dtype="Int64"),
        "whole": np.array(d, dtype=np.int64), "metres": np.array(e), "flag": np.array(f, dtype=bool),
    }  # fmt: skip
    return pd.DataFrame(columns)


def plain(frame):
    values = pd.DataFrame(frame).astype(object)
    return values.where(values.notna(), None)


@settings(max_examples=40, deadline=None)
@given(st.lists(row, min_size=1, max_size=12), st.data())
def test_rows_come_back_and_their_bytes_do_not_tell_what_stood_beside_them(rows, data):
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=12))
    mine = table(rows).iloc[chosen].reset_index(drop=True)
    packed = Columns(table(rows)).packed(np.array(chosen))
    assert packed == Columns(mine).packed(np.arange(len(mine)))
    found = frame_from(packed)
    assert_frame_equal(plain(found), plain(mine), check_column_type=False)
    kinds = found.drop(columns="word").dtypes
    assert kinds.astype(str).tolist() == mine.drop(columns="word").dtypes.astype(str).tolist()
    assert Columns(found).packed(np.arange(len(found))) == packed


def test_what_lies_under_missing_numbers_is_not_written():
    one, other = (
        pd.DataFrame({"n": pd.arrays.IntegerArray(np.array([4, under]), np.array([False, True]))})
        for under in (7, 8)
    )
    rows = np.arange(2)
    assert Columns(one).packed(rows) == Columns(other).packed(rows)


@pytest.mark.parametrize(
    ("values", "kind"),
    [([None, None], "object"), (["a", None], "str"), ([None, True], "object"), ([2, 1], "int64")],
)
def test_objects_have_the_type_of_the_values_that_are_there(values, kind):
    frame = pd.DataFrame({"a": np.array(values, dtype=object)})
    found = frame_from(Columns(frame).packed(np.arange(2)))
    assert str(found["a"].dtype) == kind
    assert plain(found)["a"].tolist() == values


def test_shapes_are_those_given_not_those_of_the_table():
    frame = pd.DataFrame({"geometry": shapely.points([[0, 0], [1, 1], [2, 2]]), "a": [1, 2, 3]})
    cut = shapely.points([[5, 5]])
    found = frame_from(Columns(frame).packed(np.array([1]), cut), UTM)
    assert list(found.columns) == ["geometry", "a"]
    assert (found.geometry[0], found["a"].tolist(), found.crs) == (cut[0], [2], UTM)


def test_bytes_cut_short_are_refused():
    packed = Columns(pd.DataFrame({"a": np.arange(500)})).packed(np.arange(500))
    with pytest.raises(OSError, match=r"."):
        frame_from(packed[: len(packed) // 2])
