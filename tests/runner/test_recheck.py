"""What `check` takes over from a run: errors no audit of tables can see."""

from census_gis import findings
from census_gis.areas.counts import ABOVE
from census_gis.partitioning.misfits import NUMBER, OPEN
from census_gis.runner.recheck import _with_standing

CRS = "EPSG:32650"


def test_errors_of_the_run_stay_and_those_the_audit_sees_anew_do_not():
    asked = NUMBER.at("districts", "d", areas=24, made=23)
    words = {"persons": 400, "off": 40, "low": 240, "high": 360, "names": "-", "wide": "240-400"}
    size = ABOVE.at("enumeration_areas", "d001", code="d001", n=400, high=360, what="", what_zh="")
    told = [asked, size, OPEN.at("enumeration_areas", "d001", **words)]
    stored = findings.in_language(findings.frame(told, CRS), "zh")
    found = _with_standing(findings.frame([], CRS), stored)
    assert found["code"].tolist() == ["S116"]
    assert found["message_en"].iloc[0] == asked["message_zh"]
    assert len(_with_standing(found, stored)) == 1
