"""A project file is right or its fault is named."""

from pathlib import Path

import pytest

from census_gis.config import load_config
from census_gis.errors import ConfigError

GOOD = """
[project]
name = "测试街道"
profile = "cn2020"
language = "zh"
[inputs.districts]
file = "a.gpkg"
layer = "districts"
[inputs.buildings]
file = "${CG_TEST_FOLDER}/b.gpkg"
columns = { floors = "levels" }
use_values = { residential = ["apartments"], other = ["*"] }
[rules]
"ea.persons.target" = { value = 250, source = "letter of 12 May" }
"""


def _project(tmp_path, text=GOOD):
    path = tmp_path / "project.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CG_TEST_FOLDER", str(tmp_path / "x"))
    config = load_config(_project(tmp_path))
    assert config.profile["ea.persons.target"] == 250
    assert config.profile.rules["ea.persons.target"].source == "letter of 12 May"
    assert config.sources["districts"].file == tmp_path / "a.gpkg"
    assert config.sources["buildings"].file == tmp_path / "x" / "b.gpkg"
    assert config.sources["buildings"].values["use"]["other"] == ("*",)
    assert config.output == tmp_path / "outputs" / "plan"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('language = "zh"', 'langage = "zh"', "'language'"),
        ("[inputs.buildings]", "[inputs.bildings]", "'buildings'"),
        ('layer = "districts"', 'layr = "districts"', "'layer'"),
        ('language = "zh"', 'language = "fr"', "language"),
        ('"ea.persons.target"', '"ea.persons.targt"', "'ea.persons.target'"),
        ('"ea.persons.target"', '"work.listing_min"', "nearest valid key is '(?!work|weights)"),
        ('"ea.persons.target"', '"weights.effort"', "by a profile, not by a project"),
        ('"ea.persons.target"', '"work.contakt"', "no rule 'work.contakt'"),
        ('"ea.persons.target"', '"strata.town"', "nearest valid key is '(?!work|weights)"),
        ('profile = "cn2020"', 'profile = "cn2021"', "cn2020"),
        ("${CG_TEST_FOLDER}", "${CG_TEST_ABSENT}", "CG_TEST_ABSENT"),
        ("[project]", "[project", "TOML"),
        ("[project]", "[project]\nseed = true", "must be a whole number"),
        ("[project]", '[project]\nseed = "7"', "must be a whole number"),
        ("[project]", "[project]\nsnap_m = true", "must be a number"),
        ('layer = "districts"', 'mode = "atom"', r"belongs to \[inputs.compounds\], \[inputs.grids\]"),
        ('layer = "districts"', 'hold = "must"', r"\[inputs.barriers\]"),
        ('layer = "districts"', "use_values = { other = ['*'] }", r"belongs to \[inputs.buildings\]"),
        ("columns = { floors", "class_values = { a = ['b'] }\ncolumns = { floors", "changes nothing"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_remedy(tmp_path, monkeypatch, old, new, said):
    monkeypatch.setenv("CG_TEST_FOLDER", str(tmp_path))
    monkeypatch.delenv("CG_TEST_ABSENT", raising=False)
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(_project(tmp_path, GOOD.replace(old, new)))
    assert caught.value.exit_code == 3
    assert "处理" in caught.value.say("zh")


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="no such project"):
        load_config(tmp_path / "none.toml")


def test_every_shipped_place_is_a_valid_project(monkeypatch):
    monkeypatch.setenv("CENSUS_GIS_DATA", "/data")
    places = sorted((Path(__file__).parents[1] / "benchmarks" / "places").glob("*.toml"))
    assert len(places) >= 11
    assert all(load_config(place).sources["buildings"] for place in places)
