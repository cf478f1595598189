"""A column of words answers as its rows would one by one."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.words import Words

SAID = st.lists(st.sampled_from(["path", " Path", "", "steps", None, float("nan"), 7]), max_size=12)


@settings(max_examples=40, deadline=None)
@given(SAID)
def test_every_answer_is_that_of_the_single_rows(said):
    words = Words.of(pd.DataFrame({"class": pd.Series(said, dtype=object)}), "class")
    plain = [word if isinstance(word, str) else "" for word in said]
    assert words.each().tolist() == plain
    assert words.small().each().tolist() == [word.strip().lower() for word in plain]
    assert words.among({"path", ""}).tolist() == [word in {"path", ""} for word in plain]
    assert words.said(len).tolist() == [len(word) for word in plain]


def test_some_rows_keep_their_words():
    words = Words.of(pd.DataFrame({"name": ["a", None, "b"]}), "name")
    assert words[np.array([2, 1])].each().tolist() == ["b", ""]
