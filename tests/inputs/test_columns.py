"""Numbers that are no numbers are named, never guessed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from census_gis.errors import InputError
from census_gis.inputs.columns import as_text, map_columns, map_values, numbers
from census_gis.inputs.sources import Source
from census_gis.tables import USES

SOURCE = Source(Path("houses.gpkg"), columns={"floors": "levels"})


def column(values):
    return pd.DataFrame({"n": values, "_key": [f"r{i}" for i in range(len(values))]})


def test_texts_bad_and_negative_values_are_missing_and_named():
    value, cases = numbers(
        column(["3", "１２", "1,234", "six", "-2", None, "2.5"]),
        "n",
        "count",
        layer="buildings",
        least=0,
    )
    np.testing.assert_array_equal(value, [3, 12, 1234, np.nan, np.nan, np.nan, np.nan])
    assert {case["code"]: case["message_en"].split("(")[-1] for case in cases} == {
        "B301": "r3).", "B302": "r4).", "B303": "r6).", "B304": "r5).",
    }  # fmt: skip


def test_a_measure_need_not_be_whole_and_infinity_is_no_number():
    value, cases = numbers(column([2.5, np.inf, 0.0]), "n", "measure", layer="buildings", least=1)
    np.testing.assert_array_equal(value, [2.5, np.nan, np.nan])
    assert [case["code"] for case in cases] == ["B301", "B302"]


def test_values_are_renamed_ours_pass_and_the_star_takes_the_rest():
    values = ["apartments", "mixed", "shed", None]
    lists = {"residential": ("apartments", "house"), "other": ("*",)}
    assert map_values(values, lists, USES)[0].tolist() == ["residential", "mixed", "other", "other"]
    got, lost = map_values(values, {"residential": ("apartments",)}, USES)
    assert got.tolist() == ["residential", "mixed", None, None]
    assert lost.tolist() == [False, False, True, False]
    assert map_values(["街道", "x"], {"primary": ("街道",)})[0].tolist() == ["primary", "x"]


def test_columns_are_renamed_and_a_missing_one_is_an_error_with_the_nearest():
    frame = pd.DataFrame({"levels": [3], "height": [9.0], "junk": ["x"]})
    out, found = map_columns(frame, SOURCE, ("floors", "height", "use"))
    assert list(out) == ["floors", "height"]
    assert found == ("floors", "height")
    with pytest.raises(InputError, match="Nearest: levls -> levels"):
        map_columns(frame, Source(Path("a.gpkg"), columns={"floors": "levls"}), ("floors",))


def test_texts_have_one_spelling():
    assert as_text([" a", 3.0, np.float64(2), 7, pd.NA, "NULL", ""]).tolist() == [
        "a",
        "3",
        "2",
        "7",
        None,
        None,
        None,
    ]
