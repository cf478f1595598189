"""The command `compare`: what it calls the two plans."""

from pathlib import Path

import pytest

from census_gis.cli.compare import _called


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        ("/x/old/plan.gpkg", "/x/new/plan.gpkg", ("old/plan.gpkg", "new/plan.gpkg")),
        (
            "/x/a/outputs/plan.gpkg", "/y/b/outputs/plan.gpkg",
            ("a/outputs/plan.gpkg", "b/outputs/plan.gpkg"),
        ),
        ("/x/o/plan.gpkg", "/x/o/plan.gpkg", ("o/plan.gpkg", "o/plan.gpkg")),
        ("/x/o/first.gpkg", "/x/o/second.gpkg", ("o/first.gpkg", "o/second.gpkg")),
    ],
)  # fmt: skip
def test_plans_are_called_by_what_tells_them_apart(a, b, wanted):
    assert _called(Path(a), Path(b)) == wanted
