"""From totals to people: the arithmetic of the notices of 2020, exactly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import ConfigError, InfeasibleError, InputError
from census_gis.field.staffing import staffing_table
from census_gis.field.totals import Given, totals
from census_gis.present.staffing_words import figures, sentences
from census_gis.profile import Rule, load_profile

RULES = load_profile("cn2020")


def rules(**changes):
    said = {key.replace("__", "."): Rule(value, "-", "test") for key, value in changes.items()}
    return RULES.depart(said, "test")


DUAL = rules(staff__supervisor_enumerates=True)
BY_DISTRICT = rules(staff__supervisors_by="district")


def places(persons, households=None):
    n = len(persons)
    return pd.DataFrame({
        "district_code": [f"310118001{i:03d}" for i in range(1, n + 1)], "name": [f"第{i}村" for i in range(n)],
        "persons": pd.array(persons, dtype="Int64"), "households": pd.array(households or [None] * n, dtype="Int64"),
    })  # fmt: skip


def street():
    """34 districts of 160,000 persons."""
    persons = [4_706 + 97 * (i - 17) for i in range(34)]
    persons[0] += 160_000 - sum(persons)
    return places(persons)


persons = st.lists(st.integers(0, 20_000), min_size=1, max_size=30)


@given(persons, st.booleans())
def test_a_total_row_is_the_sum_and_every_district_has_people(listed, dual):
    table = totals(DUAL if dual else RULES, given=Given(), districts=places(listed)).table
    body, whole = table.iloc[:-1], table.iloc[-1]
    for name in ("persons", "eas", "supervisors", "enumerators", "posts", "reserve", "devices"):
        assert body[name].sum() == whole[name]
    assert (body["eas"] >= 1).all() and (body["supervisors"] >= 1).all()
    assert (body["posts"] == body["supervisors"] + body["enumerators"]).all()
    assert whole["persons"] == sum(listed)
    counting = body["posts"] if dual else body["enumerators"]
    assert (counting >= body["eas"]).all()


@given(persons, st.integers(0, 500))
def test_given_totals_are_shared_exactly(listed, more):
    n = len(listed)
    given_ = Given(supervisors_total=n + more, eas_total=3 * n + more)
    whole = totals(RULES, given=given_, districts=places(listed)).whole
    assert (whole["supervisors"], whole["eas"]) == (n + more, 3 * n + more)


@given(persons, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(listed, random):
    table = places(listed)
    order = list(range(len(listed)))
    random.shuffle(order)
    one = totals(RULES, given=Given(), districts=table).table
    two = totals(RULES, given=Given(), districts=table.iloc[order]).table
    pd.testing.assert_frame_equal(one, two)


def test_the_street_of_160_000():
    counted = totals(DUAL, given=Given(supervisors_total=110), districts=street())
    whole = counted.whole
    assert counted.roundings == {"down": 533, "nearest": 533, "up": 534, "used": 533}
    assert (whole["posts"], whole["enumerators"], whole["supervisors"]) == (533, 423, 110)
    assert counted.table["supervisors"].iloc[:-1].min() >= 1 and len(counted.table) == 35
    assert round(whole["eas"] / 34, 2) == 15.68 and round(110 / 34, 2) == 3.24
    assert round(whole["eas"] / 110, 2) == 4.85 and round(423 / 110, 2) == 3.85


def test_the_street_without_a_table_of_districts():
    whole = totals(DUAL, given=Given(160_000, districts=34, supervisors_total=110)).whole
    assert (whole["posts"], whole["enumerators"]) == (533, 423)


def test_posts_granted_to_the_street_are_shared():
    given_ = Given(supervisors_total=110, posts_total=533)
    table = totals(DUAL, given=given_, districts=street()).table
    assert table["posts"].iloc[-1] == 533 and table["posts"].iloc[:-1].sum() == 533


@pytest.mark.parametrize(("way", "used"), [("down", 533), ("nearest", 533), ("up", 534)])
def test_rounding_is_a_rule(way, used):
    profile = rules(staff__rounding=way, staff__supervisor_enumerates=True)
    assert totals(profile, given=Given(160_000)).whole["eas"] == used


def test_the_county_of_1_756_000():
    given_ = Given(
        1_756_000, districts=1_250, eas_total=7_100, budget=5_800_000, first_payment=1_220_000
    )
    counted = totals(BY_DISTRICT, given=given_)
    whole, pay = counted.whole, counted.pay
    assert (whole["enumerators"], whole["supervisors"], whole["posts"]) == (7_100, 1_250, 8_350)
    assert (pay.total, pay.break_even) == (6_680_000, 7_250)
    assert [case["code"] for case in counted.found] == ["T211"]
    assert (
        "6,680,000" in counted.found[0]["message_en"]
        and "880,000" in counted.found[0]["message_zh"]
    )
    assert round(pay.first_payment / pay.budget, 2) == 0.21


def test_the_county_where_supervisors_enumerate_just_fits_its_budget():
    profile = rules(staff__supervisors_by="district", staff__supervisor_enumerates=True)
    counted = totals(profile, given=Given(1_756_000, 1_250, eas_total=7_100, budget=5_800_000))
    assert counted.whole["posts"] == 7_100 and counted.pay.total == 5_680_000 and not counted.found


def test_the_averages_of_the_county():
    """1,756,000 persons, 1,250 districts, 7,100 EAs: what the notice does not say but its numbers do."""
    counted = totals(BY_DISTRICT, given=Given(1_756_000, districts=1_250, eas_total=7_100))
    told = figures(counted)
    assert (told["persons_per_district"], told["persons_per_ea"]) == (1_404.8, 247.3)
    assert told["eas_per_district"] == 5.68 and told["supervisors_per_district"] == 1.0
    for rate, eas in ((250, 7_024), (300, 5_853)):
        profile = rules(staff__persons_per_post=rate)
        whole = totals(profile, given=Given(1_756_000)).whole
        assert whole["eas"] == eas


def test_eight_thousand_people_of_the_county_both_ways():
    """More than 8,000 people for 7,100 EAs in 1,250 districts: 900 supervisors, fewer than there are districts."""
    given_ = Given(1_756_000, 1_250, eas_total=7_100, supervisors_total=900, posts_total=8_000)
    with pytest.raises(InfeasibleError) as error:
        totals(rules(), given=given_)
    assert "1250" in error.value.what.en and error.value.fix.zh
    across = rules(staff__supervisors_least=0, staff__group_scope="township")
    whole = totals(across, given=given_).whole
    assert (whole["enumerators"], whole["supervisors"], whole["posts"]) == (7_100, 900, 8_000)
    dual = rules(staff__supervisors_by="district", staff__supervisor_enumerates=True)
    whole = totals(dual, given=Given(1_756_000, 1_250, eas_total=7_100, posts_total=8_000)).whole
    assert (whole["supervisors"], whole["enumerators"], whole["posts"]) == (1_250, 6_750, 8_000)
    assert whole["posts"] - whole["eas"] == 900  # beyond one for each EA


def test_the_rounding_is_in_what_is_printed():
    """160,000 = 135,000 residents and 25,000 who live elsewhere; / 300 = 533.33."""
    said = {
        "down": ("-> 533 EAs, rounded down by", "按规则舍去尾数，取 533 个"),
        "nearest": ("-> 533 EAs, rounded to the nearest by", "按规则四舍五入，取 533 个"),
        "up": ("-> 534 EAs, rounded up by", "按规则进位，取 534 个"),
    }
    for way, (en, zh) in said.items():
        profile = rules(staff__rounding=way)
        words = sentences(totals(profile, given=Given(135_000 + 25_000)), profile)[0]
        assert words.en.startswith(f"160,000 persons / 300 = 533.33 {en}")
        assert zh in words.zh and "160,000" in words.zh


@given(
    persons,
    st.booleans(),
    st.sampled_from(["eas", "district"]),
    st.one_of(st.none(), st.integers(0, 60)),
)
@settings(max_examples=40, deadline=None)
def test_totals_and_a_plan_share_one_formula(listed, dual, way, more):
    profile = rules(staff__supervisor_enumerates=dual, staff__supervisors_by=way)
    total = None if more is None else len(listed) + more
    table = places(listed)
    one = totals(profile, given=Given(supervisors_total=total), districts=table).table
    two = staffing_table(
        table.assign(ea_count=one["eas"].iloc[:-1]), profile, supervisors_total=total
    )
    for name in ("supervisors", "enumerators", "posts", "reserve", "devices"):
        assert one[name].tolist() == two[name].tolist()


def test_fewer_posts_than_eas_are_said():
    """Chang'an town, 2020: 3,366 EAs, 899 enumerators, 743 supervisors."""
    counted = totals(
        RULES, given=Given(800_000, eas_total=3_366, supervisors_total=743, posts_total=1_642)
    )
    assert counted.whole["enumerators"] == 899
    assert "2467 EAs have nobody" in counted.found[0]["message_en"]


@pytest.mark.parametrize(("share", "reserve"), [(0.0, 0), (0.05, 27), (0.1, 54), (1.0, 533)])
def test_a_reserve_is_a_share_rounded_up(share, reserve):
    profile = rules(
        staff__supervisor_enumerates=True,
        staff__reserve_share=share,
        staff__device_reserve_share=share,
    )
    whole = totals(profile, given=Given(160_000)).whole
    assert (whole["reserve"], whole["devices"]) == (reserve, 533 + reserve)


def test_pay_by_form():
    """Ningbo Yinzhou: 8 a household listed, 10 a short form, 20 a long form."""
    profile = rules(
        pay__flat=0, pay__listing=8, pay__short_form=10, pay__long_form=20, pay__long_form_share=0.1
    )
    pay = totals(profile, given=Given(), districts=places([2_620], [1_000])).pay
    assert pay.forms == 8 * 1_000 + 10 * 900 + 20 * 100
    estimated = totals(profile, given=Given(2_620))
    assert estimated.pay.forms == pay.forms and estimated.found[-1]["code"] == "T213"


def test_a_budget_without_a_rate_is_told():
    counted = totals(rules(pay__flat=0), given=Given(3_000, budget=100))
    assert [case["code"] for case in counted.found] == ["T212"]


def test_districts_without_persons_share_the_rest():
    table = places([1_000, None, None])
    counted = totals(RULES, given=Given(persons_total=1_501), districts=table)
    assert sorted(counted.table["persons"].iloc[:-1]) == [250, 251, 1_000]
    with pytest.raises(InputError, match="2 districts have no persons"):
        totals(RULES, given=Given(), districts=table)


def test_totals_that_contradict_each_other():
    with pytest.raises(ConfigError, match="differ by more"):
        totals(RULES, given=Given(persons_total=2_000), districts=places([1_000, 900]))
    with pytest.raises(ConfigError, match="nobody says how many persons"):
        totals(RULES, given=Given())
    with pytest.raises(ConfigError, match="how many districts"):
        totals(BY_DISTRICT, given=Given(1_000))


@pytest.mark.parametrize(
    "given_",
    [Given(supervisors_total=2), Given(eas_total=2), Given(posts_total=4, supervisors_total=3)],
)
def test_totals_too_small_for_every_district(given_):
    with pytest.raises(InfeasibleError):
        totals(RULES, given=given_, districts=places([900, 900, 900]))


def test_codes_and_types_are_whole_numbers():
    table = totals(RULES, given=Given(), districts=street()).table
    numbers = table.drop(columns=["district_code", "name"])
    assert all(np.issubdtype(kind, np.integer) for kind in numbers.infer_objects().dtypes)
