"""A proof and a number of EAs, asked for on the command line: done, kept, and refused where they cannot be."""

import json
import sqlite3
from types import SimpleNamespace

import pandas as pd
import pytest

from census_gis.cli.work import wanted
from census_gis.errors import ConfigError
from census_gis.runner import wishes
from census_gis.runner.demo import Place, make_place
from census_gis.runner.district import Wish, digest
from census_gis.runner.main import Options, run_project
from census_gis.runner.progress import Silent
from census_gis.runner.wishes import proofs_in, wishes_of

NOW = "2026-11-22T00:00:00Z"


def test_numbers_are_read_by_district():
    assert wanted(["a=3", "b=24"]) == {"a": 3, "b": 24}


@pytest.mark.parametrize("words", [["a"], ["=3"], ["a=x"], ["a=-1"], ["a=3", "a=4"]])
def test_what_is_no_number_of_a_district_is_refused(words):
    with pytest.raises(ConfigError):
        wanted(words)


@pytest.mark.parametrize(
    ("areas", "stays"), [({"z": 3}, False), ({"a": 0}, False), ({"a": 3}, True)]
)
def test_a_wish_that_cannot_be_met_is_refused(areas, stays):
    known = {"a": SimpleNamespace(stays=stays)}
    with pytest.raises(ConfigError):
        wishes_of(areas, known, ["a", "b"], again=frozenset(), prove=False)


def test_an_edited_district_may_be_divided_anew_when_it_is_named():
    known = {"a": SimpleNamespace(stays=True)}
    wishes = wishes_of({"a": 3}, known, ["a", "b"], again=frozenset({"a"}), prove=True)
    assert wishes["a"].areas == 3 and wishes["a"].prove and wishes[""].prove


def test_proofs_are_counted_from_findings():
    found = pd.DataFrame({
        "code": ["S115", "S113", "S101"], "row_key": ["b", "a", "c"], "message": ["n", "o", "x"],
    })  # fmt: skip
    assert proofs_in(found) == {
        "optimal": 1, "bounded": 0, "no_bound": 1, "districts": {"a": "o", "b": "n"},
    }  # fmt: skip
    assert proofs_in(found[found["code"] == "S101"]) == {}


def test_a_proof_is_kept_and_a_number_divides_one_district_only(tmp_path):
    made = make_place(
        Place(2, 1100, townships=1, seed=3), tmp_path / "p", imagery=0, progress=Silent()
    )
    kept = tmp_path / "out" / ".work"

    def run(**asked):
        options = Options(out=tmp_path / "out", until="plan", workers=1, **asked)
        run_project(made.project, now=NOW, options=options)
        files = sorted((file.name, file.stat().st_mtime_ns) for file in kept.glob("*.sqlite"))
        figures = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["figures"]
        with sqlite3.connect(tmp_path / "out" / "plan.gpkg") as plan:
            counts = dict(plan.execute("SELECT district_code, ea_count FROM districts"))
        return files, figures, counts

    proven, figures, counts = run(prove=True)
    assert sum(figures["proofs"][word] for word in ("optimal", "bounded", "no_bound")) == 2
    again, figures, _ = run()
    assert again == proven and len(figures["proofs"]["districts"]) == 2
    code = min(counts)
    _, figures, now = run(areas={code: counts[code] + 2})
    assert now == {**counts, code: counts[code] + 2}
    assert figures["areas_asked_for"] == {code: counts[code] + 2}


def test_a_district_planned_alone_is_searched_on_all_cores_and_is_the_same_question():
    asked = {"": Wish(), "a": Wish(areas=3)}
    alone = wishes.side_by_side(asked, ["a"], cores=2)
    assert {wish.threads for wish in alone.values()} == {2}
    assert {wish.threads for wish in wishes.side_by_side(asked, ["a", "b"], cores=2).values()} == {
        1
    }
    assert {code: digest(b"", "en", wish=wish) for code, wish in alone.items()} == {
        code: digest(b"", "en", wish=wish) for code, wish in asked.items()
    }
