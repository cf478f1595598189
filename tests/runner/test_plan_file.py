"""One writer at a time: who changes a plan holds its folder from reading to renaming."""

import pandas as pd
import pytest

from census_gis.errors import ConfigError, InputError
from census_gis.runner.apply import Order, apply
from census_gis.runner.sign import Act, sign
from census_gis.store.geopackage import read_log
from census_gis.store.lock import writing
from tests.runner.small_plan import write

NOW = "2020-11-02T08:00:00Z"


def signed(plan):
    return sign(plan, "checked", act=Act("Chief", NOW))


def applied(plan):
    edits = plan.with_name("edits.csv")
    pd.DataFrame([{"op": "lock", "ea_code": "310118001001001"}]).to_csv(edits, index=False)
    return apply(plan, edits, order=Order("Zhang", NOW))


@pytest.mark.parametrize("change", [signed, applied])
def test_a_plan_that_is_being_written_is_not_changed(tmp_path, change):
    plan = write(tmp_path)
    with writing(tmp_path), pytest.raises(ConfigError, match="another census-gis"):
        change(plan)
    assert len(read_log(plan)) == 1


@pytest.mark.parametrize("change", [signed, applied])
def test_nothing_is_made_beside_a_plan_that_is_not_there(tmp_path, change):
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError):
        change(tmp_path / "there" / "plan.gpkg")
    assert not (tmp_path / "there" / ".work").exists()
