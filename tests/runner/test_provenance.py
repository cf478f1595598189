"""run.json tells of every file a plan was made from, and of no other plan than the one beside it."""

import json

from census_gis.runner.demo import Place, make_place
from census_gis.runner.main import Options, run_project
from census_gis.runner.progress import Silent
from census_gis.runner.provenance import file_hash, hashes

NOW = "2026-11-22T00:00:00Z"


def test_files_of_one_name_and_the_table_of_a_shapefile_are_told_apart(tmp_path):
    named = [tmp_path / "project" / "a" / "b.shp", tmp_path / "elsewhere" / "b.shp"]
    for number, file in enumerate(named):
        file.parent.mkdir(parents=True)
        for suffix in (".shp", ".DBF", ".prj", ".txt"):
            file.with_suffix(suffix).write_text(f"{number}{suffix}")
    found = hashes(named, tmp_path / "project")
    assert sorted(found) == [
        "../elsewhere/b.DBF", "../elsewhere/b.prj", "../elsewhere/b.shp",
        "a/b.DBF", "a/b.prj", "a/b.shp",
    ]  # fmt: skip
    assert (
        found["a/b.DBF"] == file_hash(named[0].with_suffix(".DBF")) != found["../elsewhere/b.DBF"]
    )


def test_a_look_at_inputs_leaves_the_record_of_the_plan_that_is_there(tmp_path):
    made = make_place(
        Place(1, 600, townships=1, seed=3), tmp_path / "p", imagery=0, progress=Silent()
    )
    options = Options(out=tmp_path / "out", until="inputs", workers=1)
    run_project(made.project, now=NOW, options=options)
    record = tmp_path / "out" / "run.json"
    said = json.loads(record.read_text("utf-8"))
    assert set(said["inputs"]) == {"street.gpkg", "register.csv", "staff.xlsx"}
    record.write_text("of the plan", "utf-8")
    (tmp_path / "out" / "plan.gpkg").touch()
    run_project(made.project, now=NOW, options=options)
    assert record.read_text("utf-8") == "of the plan"
