"""What people have signed or changed by hand is never divided anew: codes stay, what changed is said."""

import shutil

import geopandas as gpd
import pytest
import shapely

from census_gis.errors import ConfigError
from census_gis.runner import main
from census_gis.runner.recheck import recheck
from census_gis.runner.sign import Act, sign
from census_gis.store.geopackage import read_log, read_tables
from tests.laws.conftest import FIRST

LATER = "2021-06-30T12:00:00Z"


def run(project, **options):
    return main.run_project(project, now=LATER,
                            options=main.Options(until="plan", workers=1, **options))  # fmt: skip


@pytest.fixture
def place(as_given, tmp_path):
    """A copy of the planned place: its project file and its plan."""
    folder = tmp_path / "place"
    shutil.copytree(as_given.parent, folder)
    return folder / "project.toml", folder / "outputs" / "plan.gpkg"


def approved(plan):
    for state in ("checked", "approved"):
        sign(plan, state, act=Act(by="test", now=FIRST))


def line_moved(project, metres):
    """The districts' file with the first district's outer line moved in."""
    file = project.parent / "street.gpkg"
    districts = gpd.read_file(file, layer="districts")
    first = districts.geometry.iloc[0]
    left, bottom, right, top = first.bounds
    districts.loc[0, "geometry"] = first.intersection(
        shapely.box(left + metres, bottom, right, top)
    )
    districts.to_file(file, layer="districts", driver="GPKG")


def codes(plan):
    return read_tables(plan, ("enumeration_areas",))["enumeration_areas"]["ea_code"].tolist()


def test_an_approved_plan_of_unchanged_inputs_stays_to_the_last_byte(place):
    project, plan = place
    approved(plan)
    before = read_tables(plan)
    assert run(project).exit_code in (0, 1)
    after = read_tables(plan)
    for layer in ("enumeration_areas", "dwelling_parts", "districts"):
        assert (
            after[layer]
            .drop(columns=["enumerator", "supervisor"], errors="ignore")
            .equals(before[layer].drop(columns=["enumerator", "supervisor"], errors="ignore"))
        )
    assert set(after["districts"]["state"]) == {"approved"}


@pytest.mark.parametrize("options", [{"fresh": True}, {"districts": None}])
def test_frozen_codes_are_not_divided_anew_even_on_request(place, options):
    project, plan = place
    approved(plan)
    chosen = read_tables(plan, ("districts",))["districts"]["district_code"].tolist()
    with pytest.raises(ConfigError, match="frozen"):
        run(
            project,
            **{**options, **({"districts": tuple(chosen[:1])} if "districts" in options else {})},
        )


def test_a_moved_district_line_reclips_flags_and_keeps_codes(place):
    project, plan = place
    approved(plan)
    before = read_tables(plan)
    line_moved(project, 60.0)
    run(project)
    after = read_tables(plan)
    kept = set(after["enumeration_areas"]["ea_code"])
    was = set(before["enumeration_areas"]["ea_code"])
    gone = set(after["retired_codes"]["ea_code"])
    assert was <= kept | gone, after["findings"].query("code == 'X101'")["message"].tolist()
    assert not kept & gone
    assert after["districts"]["state"].tolist() == ["approved", "approved"]
    first = before["districts"]["district_code"].iloc[0]
    flagged = after["findings"][after["findings"]["layer"] == "enumeration_areas"]
    assert flagged["row_key"].str.startswith(first).any()
    laws = recheck(plan).found
    broken = laws[laws["code"].str.startswith("A4") & (laws["severity"] == "error")]
    assert broken.empty, broken[["code", "row_key", "message_en"]].to_string()
    assert [row[3] for row in read_log(plan)] == ["run", "sign", "sign", "run"]


def test_a_draft_is_divided_anew_where_its_line_moved(place):
    project, plan = place
    line_moved(project, 60.0)
    run(project)
    after = read_tables(plan)
    assert after["retired_codes"].empty
    assert set(after["districts"]["state"]) == {"draft"}


def test_what_was_signed_after_an_interrupted_run_stands(place, monkeypatch):
    """What the interrupted run kept was planned for the state and the rows of before."""
    project, plan = place
    sign(plan, "checked", act=Act(by="test", now=FIRST))
    line_moved(project, 60.0)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(main, "assemble", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(project)
    kept = {file.name for file in (plan.parent / ".work").glob("*.sqlite")}
    sign(plan, "approved", act=Act(by="test", now=FIRST))
    run(project)
    assert kept, "the interrupted run kept nothing: this test says nothing"
    assert set(read_tables(plan, ("districts",))["districts"]["state"]) == {"approved"}


def test_a_checked_district_divided_anew_on_request_is_told_in_the_log(place):
    project, plan = place
    sign(plan, "checked", act=Act(by="test", now=FIRST))
    code = read_tables(plan, ("districts",))["districts"]["district_code"].iloc[0]
    run(project, districts=(code,))
    after = dict(
        zip(
            *(
                read_tables(plan, ("districts",))["districts"][name]
                for name in ("district_code", "state")
            ),
            strict=True,
        )
    )
    assert after[code] == "draft"
    assert f"divided anew: {code} (checked, 0 edits)" in read_log(plan)[-1][6]


def test_a_frozen_district_does_not_vanish_with_its_inputs(place):
    project, plan = place
    approved(plan)
    before = plan.read_bytes()
    file = project.parent / "street.gpkg"
    districts = gpd.read_file(file, layer="districts").iloc[1:]
    districts.to_file(file, layer="districts", driver="GPKG")
    lines = project.read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("persons_total")]
    project.write_text("\n".join(kept), "utf-8")
    with pytest.raises(ConfigError, match="not among the districts given"):
        run(project)
    assert plan.read_bytes() == before
