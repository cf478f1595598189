"""Identity data stops at the door, and its values are printed nowhere."""

import numpy as np
import pandas as pd
import pytest

from census_gis.errors import InputError
from census_gis.inputs.privacy import is_id_number, refuse_identity, refuse_rows_of_persons

ID = "11010519491231002X"  # the example of the standard GB 11643
NAMES = [a + b for a in "王李张刘陈" for b in ("芳", "伟国", "秀英", "敏", "磊")]


def refused(column, values, audience="people", allowed=()):
    with pytest.raises(InputError) as caught:
        refuse_identity(
            pd.DataFrame({column: values}), where="f.csv", audience=audience, allowed=allowed
        )
    for language in ("en", "zh"):
        said = caught.value.say(language)
        assert column in said
        assert not any(str(value) in said for value in values if len(str(value)) > 3)


def passes(column, values, audience="people", allowed=()):
    refuse_identity(
        pd.DataFrame({column: values}), where="f.csv", audience=audience, allowed=allowed
    )


@pytest.mark.parametrize(
    "column",
    [
        "姓名",
        "身份证号",
        "公民身份号码",
        "户主",
        "出生日期",
        "ID_Card",
        "id card",
        "birth_date",
        "residentIdNumber",
    ],
)
def test_names_of_columns_are_enough(column):
    refused(column, ["x", "y"])
    refused(column, ["x", "y"], audience="places")


@pytest.mark.parametrize(
    "column", ["手机", "联系电话", "Phone", "mobile_no", "staff_tel", "surname"]
)
def test_telephones_of_people_are_refused_by_name(column):
    refused(column, ["x"])


def test_identity_numbers_are_found_anywhere_in_a_text():
    refused("note", ["a", f"card {ID} seen", "b"])
    refused("code", [ID] * 3, audience="places")
    passes("code", ["110105194912310021"] * 3, audience="places")  # wrong check digit
    passes(
        "unit", [f"{ID}F00010001"] * 3, audience="places"
    )  # real-estate unit number of 28 characters


def test_check_digit_date_and_province_must_hold():
    assert is_id_number(ID)
    assert is_id_number(ID.lower())
    assert not is_id_number("110105194913310022")
    assert not is_id_number("99010519491231002X")


def test_mobile_numbers_are_found_but_codes_of_eleven_digits_are_not():
    refused("note", ["13812345678", "a"])
    refused("contact", ["13812345678"] * 20, audience="places")
    passes("osm_id", ["13812345678"] * 20, audience="places")
    passes("building_id", np.arange(13812345678, 13812345698), audience="places")
    passes("area", np.linspace(1, 1e6, 50), audience="people")


def test_columns_of_personal_names_are_found_and_places_are_not():
    refused("owner", NAMES)
    refused("owner", NAMES, audience="places")
    passes("owner", NAMES, audience="people", allowed=["owner"])
    places = [a + b for a in "王李张刘陈" for b in ("村", "家庄", "各庄", "店", "桥")]
    passes("name", places, audience="places")
    passes("name", [f"{n}号楼" for n in range(30)], audience="places")
    passes("class", ["住宅", "商业", "学校"] * 10)


@pytest.mark.parametrize(
    "column", ["grid_number", "building_id_number", "FULLNAME", "telegraph", "hotel", "item"]
)
def test_letters_inside_other_words_are_no_identity(column):
    passes(column, ["x", "y"], audience="places")


def test_births_as_a_count_are_no_date_of_birth():
    passes("出生人口", [12, 13], audience="places")


def test_a_table_of_persons_is_sent_to_aggregate():
    rows = pd.DataFrame({"address": ["a", "a", "b"], "residents": [1, 1, 1]})
    with pytest.raises(InputError, match="per building or address"):
        refuse_rows_of_persons(rows, where="f.csv")
    counts = pd.DataFrame({"address": ["a", "b", "c"], "residents": [4, 1, 3]})
    refuse_rows_of_persons(counts, where="f.csv")


@pytest.mark.parametrize(
    "column",
    ["SFZHM", "QLRMC", "csrq", "HZXM", "LXR", "权利人", "业主", "联系人", "户口性质", "name_of_head", "Owner Name"],
)  # fmt: skip
def test_names_as_real_estate_and_shapefiles_write_them_are_refused(column):
    refused(column, ["x", "y"], audience="places")


def test_one_identity_number_in_a_sentence_is_enough_however_long_the_layer():
    texts = [f"{n}号" for n in range(5000)]
    refused("address", [*texts, f"村东 {ID}"], audience="places")
    refused("address", [*texts, ID], audience="places")
    refused("name", [*texts, f"店 {ID}"], audience="context")
    codes = [f"{n:018d}" for n in range(310199001001000000, 310199001001005000)]
    passes(
        "code", [*codes, ID], audience="places"
    )  # one of 5,000 codes may pass the check by chance


def test_one_telephone_in_an_address_is_enough():
    texts = [f"{n}号" for n in range(5000)]
    for phone in (
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+8613812345678",
        "１３８１２３４５６７８",
    ):
        refused("address", [*texts, f"村东头 {phone}"], audience="places")
        refused("name", [*texts, f"超市{phone}"], audience="context")


def test_wide_digits_and_rounded_numbers_of_workbooks_are_identity_numbers():
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in ID)
    refused("note", ["a", wide])
    refused("note", np.array([1.1010519491231e17, 3.2010119800101e17]), audience="places")
    refused("note", ["110105194912310000", "320101198001009984"], audience="places")
    passes("area", np.array([1.5e17, 9.1e17, 4.4e17]), audience="places")


def test_few_names_of_people_and_latin_names_are_found():
    refused("name", ["王建国", "李秀英", "张伟"])
    passes("name", ["王建国", "李秀英", "张伟"], audience="places")
    refused("name", ["John Smith", "Mary O'Neil", "Kwame Mensah"])
    passes("name", ["St John Road", "Mary House", "David Court"])
    passes("kind", ["常住", "暂住", "空户"])


def test_the_refusal_names_rows_and_no_value():
    with pytest.raises(InputError) as caught:
        refuse_identity(pd.DataFrame({"note": ["a", f"x {ID}"]}), where="f", audience="places")
    assert caught.value.rows == (2,)
    assert ID not in str(caught.value)
