"""What was planned from the same content is not planned again; anything that matters makes it new."""

import shutil

import pytest

from census_gis.language import Text
from census_gis.runner import jobs, main
from census_gis.runner.district import Outcome
from census_gis.store.geopackage import read_log, read_tables
from tests.laws.conftest import FIRST

LATER = "2021-06-30T12:00:00Z"


@pytest.fixture
def project(as_given, tmp_path, monkeypatch):
    """A copy of the place and its plan; districts that are planned again fail, and are counted."""
    folder = tmp_path / "place"
    shutil.copytree(as_given.parent, folder)
    asked = []

    def refused(district, *, language, standing=None, wish=None):
        asked.append(district.id)
        return Outcome(district.id, failure=Text("planned again", "重新划分"))

    monkeypatch.setattr(jobs, "run_district", refused)
    return folder / "project.toml", asked


def again(project, *change, **options):
    if change:
        text = project.read_text("utf-8")
        assert change[0] in text
        project.write_text(text.replace(*change), "utf-8")
    return main.run_project(project, now=LATER,
                            options=main.Options(until="fabric", workers=1, **options))  # fmt: skip


def test_a_second_run_plans_nothing_and_keeps_the_log(project):
    path, asked = project
    before = read_tables(path.parent / "outputs" / "plan.gpkg")
    done = again(path)
    assert asked == []
    after = read_tables(done.output / "plan.gpkg")
    assert (
        after["enumeration_areas"]["ea_code"].tolist()
        == before["enumeration_areas"]["ea_code"].tolist()
    )
    assert [row[1] for row in read_log(done.output / "plan.gpkg")] == [FIRST, LATER]


@pytest.mark.parametrize("change", [
    ("seed     = 7", "seed     = 8"),
    ('language = "zh"', 'language = "en"'),
    ("[rules]", '[rules]\n"ea.persons.high" = { value = 370, source = "a test" }\n'),
])  # fmt: skip
def test_other_seed_language_or_rules_are_planned_anew(project, change):
    path, asked = project
    done = again(path, *change)
    assert len(asked) == 2
    assert done.exit_code == 5


def test_fresh_plans_everything_anew(project):
    path, asked = project
    again(path, fresh=True)
    assert len(asked) == 2


@pytest.mark.parametrize("left", [0, 1000, -512])
def test_what_was_kept_but_is_not_whole_is_planned_again(project, left):
    path, asked = project
    kept = sorted((path.parent / "outputs" / ".work").glob("*.sqlite"))
    kept[0].write_bytes(kept[0].read_bytes()[:left])
    again(path)
    assert len(asked) == 1


def test_a_district_asked_for_gives_its_neighbours_its_new_codes(as_given, tmp_path):
    folder = tmp_path / "place"
    shutil.copytree(as_given.parent, folder)
    project, plan = folder / "project.toml", folder / "outputs" / "plan.gpkg"
    before = read_tables(plan)
    first, second = before["districts"]["district_code"]
    text = project.read_text("utf-8").replace(
        "[rules]",
        "[rules]\n"
        + "".join(
            f'"ea.persons.{name}" = {{ value = {persons}, source = "a test" }}\n'
            for name, persons in (("low", 160), ("target", 200), ("high", 240))
        ),
    )
    project.write_text(text, "utf-8")
    main.run_project(project, now=LATER,
                     options=main.Options(until="plan", workers=1, districts=(first,)))  # fmt: skip
    after = read_tables(plan)

    def of(tables, layer, code):
        rows = tables[layer]
        return rows[rows["district_code"] == code].reset_index(drop=True)

    assert len(of(after, "enumeration_areas", first)) > len(of(before, "enumeration_areas", first))
    for layer in ("districts", "dwelling_parts"):
        assert of(after, layer, second).equals(of(before, layer, second))
    areas, lines = after["enumeration_areas"], after["ea_lines"]
    known = dict(zip(areas["ea_code"], areas["district_code"], strict=True))
    over = lines[lines["right_ea"].notna() & (lines["follows"] == "district")]
    pairs = set(zip(over["left_ea"], over["right_ea"], strict=True))
    assert pairs and {code for pair in pairs for code in pair} <= set(known)
    assert {(known[a], known[b]) for a, b in pairs} == {(first, second), (second, first)}
    assert {(b, a) for a, b in pairs} == pairs
