"""Every census that is shipped makes a plan, and its pages say what it counts."""

import re
import shutil

import pandas as pd
import pytest
from openpyxl import load_workbook
from shapely import box

from census_gis.language import NOUNS
from census_gis.profile import load_profile
from census_gis.runner.main import Options, run_project
from census_gis.store.geopackage import read_tables
from census_gis.synthetic import county, write
from tests.test_profile import SHIPPED

NOW = "2026-11-22T00:00:00Z"
PLACE = county(districts=1, persons=900, seed=5)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return write(PLACE, tmp_path_factory.mktemp("place")).parent


def run(place, folder, profile, *, until="plan", more=""):
    """The place planned by a profile; codes of another country's width are left to the program."""
    copy = folder / profile
    shutil.copytree(place, copy)
    project = copy / "project.toml"
    text = project.read_text(encoding="utf-8").replace('"cn2020"', f'"{profile}"')
    text = re.sub(r"(?m)^supervisors_total.*\n", "", text)
    if "[inputs.compounds]" in more:
        text = re.sub(r"(?ms)^\[inputs\.compounds\].*?(?=^\[)", "", text)
    digits = load_profile(profile)["code.district_digits"]
    if digits not in (0, 12):
        wide = '"code.district_digits" = { value = 12, source = "synthetic codes" }'
        text = (
            text.replace("[rules]", f"[rules]\n{wide}")
            if "[rules]" in text
            else f"{text}\n[rules]\n{wide}\n"
        )
    project.write_text(text + more, encoding="utf-8")
    return run_project(project, now=NOW, options=Options(until=until, workers=1))


@pytest.fixture(scope="module")
def planned(place, tmp_path_factory):
    """Runs of the place by profile, each once."""
    folder, done = tmp_path_factory.mktemp("planned"), {}

    def of(profile):
        if profile not in done:
            done[profile] = run(place, folder, profile)
        return done[profile]

    return of


# The others are run all over the tests.
@pytest.mark.parametrize("profile", sorted(set(SHIPPED) - {"un", "cn2020"}))
def test_every_profile_plans_a_place(planned, profile):
    result = planned(profile)
    rules = load_profile(profile)
    tables = read_tables(result.output / "plan.gpkg")
    areas = tables["enumeration_areas"]
    assert result.exit_code in (0, 1)
    assert not result.failures
    assert areas["persons"].sum() == 900
    assert areas["serial"].str.len().eq(rules["code.serial_digits"]).all()
    nearest = max(1, round(900 / rules["ea.persons.target"]))
    assert abs(len(areas) - nearest) <= 1
    settings = tables["settings"].set_index("key")
    assert settings.loc["load.noun", "value"] == rules.noun
    assert settings.loc["ea.persons.high", "unit"] == rules.noun


def test_nouns_are_all_in_use():
    assert {load_profile(name).noun for name in SHIPPED} == set(NOUNS)


def test_a_census_of_units_never_says_persons_of_a_load(place, tmp_path):
    result = run(place, tmp_path, "cn_economic", until="report")
    page = (result.output / "report" / "index.html").read_text(encoding="utf-8")
    shown = re.sub(
        r"<[^>]+>", " ", re.sub(r"(?s)<(style|svg).*?</\1>|<details><summary>规则.*", "", page)
    )
    said = [m for m in re.findall(r".{12}\d ?人.?", shown) if "指导员" not in m and "名册" not in m]
    assert "900 个单位" in shown
    assert [m for m in said if "请在名册中补充" not in m] == []
    heads = next(
        load_workbook(result.output / "report" / "ea_list.xlsx").active.iter_rows(
            min_row=3, values_only=True
        )
    )
    assert "单位数（个）" in heads
    assert not any("人数" in head for head in heads)
    web = (result.output / "web" / "index.html").read_text(encoding="utf-8")
    assert '["persons","单位数（个）"]' in web


def compounds(place, folder, shape, mode=""):
    import geopandas as gpd

    path = place / "groups.gpkg"
    frame = gpd.GeoDataFrame(
        {"class": ["group"], "name": ["某某市场"]}, geometry=[shape], crs=PLACE.crs
    )
    frame.to_file(path, layer="groups", driver="GPKG")
    return '\n[inputs.compounds]\nfile = "groups.gpkg"\n' + (f'mode = "{mode}"\n' if mode else "")


def test_a_market_is_an_ea_of_its_own_when_asked(place, planned, tmp_path):
    tables = read_tables(planned("cn_economic").output / "plan.gpkg")
    parts = tables["dwelling_parts"]
    homes = parts[parts["persons"] > 0].reset_index(drop=True)
    spot = homes.geometry.iloc[0].centroid
    near = homes[homes.distance(spot) < 45]
    market = box(*near.total_bounds).buffer(2, join_style="mitre")
    more = compounds(place, tmp_path, market, "as_is")
    second = run(place, tmp_path / "again", "cn_economic", more=more)
    after = read_tables(second.output / "plan.gpkg")["dwelling_parts"]
    inside = after[after.within(market)]
    home = set(inside["ea_code"])
    assert len(home) == 1
    outside = after[~after.intersects(market)]
    assert not (outside["ea_code"].isin(home) & (outside["persons"] > 0)).any()


def test_a_village_group_stays_whole_under_the_agricultural_census(place, planned, tmp_path):
    rules = load_profile("cn_agriculture")
    assert rules["ea.compounds"] == "atom"
    tables = read_tables(planned("cn_agriculture").output / "plan.gpkg")
    parts, areas = tables["dwelling_parts"], tables["enumeration_areas"]
    line = pd.DataFrame(areas[areas["kind"] == "ground"]).reset_index(drop=True)
    assert len(line) > 1
    # A square over the line between two EAs, of few households: it must not be cut again.
    pairs = [(i, j) for i in range(len(line)) for j in range(i)]
    for i, j in pairs:
        one, two = (
            parts[(parts["ea_code"] == line["ea_code"][k]) & (parts["persons"] > 0)] for k in (i, j)
        )
        a, b = min(
            ((a, b) for a in one.geometry for b in two.geometry),
            key=lambda ab: ab[0].distance(ab[1]),
        )
        group = box(*(a.union(b)).bounds).buffer(1, join_style="mitre")
        if parts[parts.intersects(group)]["persons"].sum() <= rules["ea.persons.high"]:
            break
    more = compounds(place, tmp_path, group)
    after = read_tables(
        run(place, tmp_path / "again", "cn_agriculture", more=more).output / "plan.gpkg"
    )
    inside = after["dwelling_parts"][after["dwelling_parts"].within(group)]
    assert inside["ea_code"].nunique() == 1
