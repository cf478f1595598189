"""Parts of dwellings as rows of buildings: the same as pandas would group them, whatever the row order."""

import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.present.joined import joined

maybe = st.one_of(st.none(), st.integers(0, 4))
part = st.tuples(
    st.sampled_from(["1", "2", None]), st.sampled_from(["a", "b", "c", None]), maybe, maybe, maybe,
    st.sampled_from(["residential", "other", None]), st.integers(0, 2), st.booleans(),
)  # fmt: skip


def _parts(rows):
    floats = {
        name: pd.array([row[n] for row in rows], dtype="Int64")
        for n, name in ((2, "building_number"), (3, "dwellings"), (4, "floor_lo"))
    }
    text = {name: pd.Series([row[n] for row in rows], dtype=object)
            for n, name in ((0, "ea_code"), (1, "building_id"), (5, "use"))}  # fmt: skip
    frame = pd.DataFrame({**floats, **text})
    frame["part_id"] = [f"p{n}" for n in range(len(rows))]
    frame["floors"] = frame["building_number"].astype(float)
    frame["floor_hi"] = frame["floor_lo"]
    frame["unit"] = np.array([row[6] for row in rows], dtype=np.int64)
    for name in ("number_label", "address", "name"):
        frame[name] = "w"
    frame["geometry"] = [
        shapely.box(n, 0, n + 1, 1) if row[7] else None for n, row in enumerate(rows)
    ]
    return frame


@settings(max_examples=40, deadline=None)
@given(st.lists(part, max_size=12))
def test_the_same_as_groups_of_pandas(rows):
    frame = _parts(rows)
    columns, shapes = joined(frame)
    frame["key"] = frame["building_id"].fillna(frame["part_id"])
    groups = frame.groupby(["ea_code", "key"], sort=True)
    assert list(zip(columns["ea_code"], columns["key"], strict=True)) == list(groups.groups)
    for name, source, rule in (
        ("number", "building_number", "first"), ("floors", "floors", "max"), ("lo", "floor_lo", "min"),
        ("hi", "floor_hi", "max"), ("use", "use", "first"),
    ):  # fmt: skip
        wanted = groups[source].agg(rule).to_list() if len(columns["key"]) else []
        for value, want in zip(columns[name], wanted, strict=True):
            assert (pd.isna(value) and pd.isna(want)) or value == want, name
    with_ea = frame[frame["ea_code"].notna()]
    for n, (pair, rows_of) in enumerate((pair, part) for pair, part in groups):
        total = rows_of["dwellings"].sum(min_count=1)
        found = columns["dwellings"][n]
        assert (pd.isna(total) and np.isnan(found)) or total == found
        assert columns["unit"][n] == tuple(sorted(set(rows_of["unit"])))
        others = with_ea.loc[with_ea["key"] == pair[1], "ea_code"].nunique()
        assert columns["shared"][n] == (others > 1)
        area = sum(shape.area for shape in rows_of["geometry"] if shape is not None)
        assert (shapes[n] is None) == (area == 0)
        assert shapes[n] is None or abs(shapes[n].area - area) < 1e-9
