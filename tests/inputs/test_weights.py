"""Weights that only reports know are not passed over in silence."""

import pytest

from census_gis.inputs.weights import REPORTED_ONLY, check_weights
from census_gis.profile import Rule, load_profile

RULES = load_profile("un")


def test_the_shipped_weights_need_no_word():
    assert check_weights(RULES) == []


@pytest.mark.parametrize("key", REPORTED_ONLY)
def test_a_weight_the_search_cannot_follow_is_said(key):
    (case,) = check_weights(RULES.depart({key: Rule(0.2, "m", "test")}, "test"))
    assert case["code"] == "S131" and case["row_key"] == key
    assert key in case["message_en"] and "0.2" in case["message_zh"]
