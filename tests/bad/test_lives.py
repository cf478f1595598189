"""What a run lives through: a plan with the right sums, and findings that tell of it."""

from __future__ import annotations

import pyogrio
import pytest

from tests.bad.lives import LIVES
from tests.bad.place import CODES


@pytest.mark.parametrize("name", LIVES)
def test_a_bad_day_is_told_and_the_sums_hold(place, census, name):
    life = LIVES[name]
    life.spoil(place)
    language = "en" if len(name) % 2 else "zh"
    place.say('language = "zh"', f'language = "{language}"')
    words = ("run", place.project, "--until", "plan", "--workers", 1, "--quiet")
    status, _, err = census(*words, "--lang", language)
    assert status == life.status, err
    assert "Traceback" not in err
    plan = place.output / "plan.gpkg"
    found = pyogrio.read_dataframe(plan, layer="findings", read_geometry=False)
    assert set(life.told) <= set(found["code"])
    assert (found["severity"] == "error").any() == (status == 1)
    assert found["message"].str.contains(r"[，。：（]").any() == (language == "zh")
    areas = pyogrio.read_dataframe(plan, layer="enumeration_areas", read_geometry=False)
    districts = pyogrio.read_dataframe(plan, layer="districts", read_geometry=False)
    assert len(districts) >= len(CODES)
    assert areas["persons"].sum() == districts["persons"].sum()
    if life.persons is not None:
        assert districts["persons"].sum() == life.persons
