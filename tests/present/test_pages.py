"""Pages and tables for an office: on paper as on the screen, and no text of the data acts."""

import csv
from importlib import resources

import pandas as pd
import pytest

from census_gis.language import Text
from census_gis.present.bulletin_sample import LONG_HEADS, write_sample

PAGES = sorted(
    page.name
    for page in (resources.files("census_gis") / "present" / "assets").iterdir()
    if page.name.endswith(".html")
)


@pytest.mark.parametrize("name", PAGES)
def test_colours_that_mean_something_are_printed(name):
    """Browsers leave backgrounds off paper unless told: bars, signs of legends and white words on them would be gone."""
    page = (resources.files("census_gis") / "present" / "assets" / name).read_text("utf-8")
    assert "print-color-adjust: exact" in page.split("@media print")[-1]


def test_no_cell_of_a_sample_is_a_formula(tmp_path):
    acting = '=HYPERLINK("http://x","y")'
    table = pd.DataFrame({"ea_code": ["310199001001001"], "numbers": [acting], "households": [90]})
    _, plain = write_sample(
        table, tmp_path / "sample", heads=LONG_HEADS, told=(Text("a", "a"), Text("b", "b")),
        project="p", language="en",
    )  # fmt: skip
    (row,) = list(csv.reader(plain.read_text("utf-8-sig").splitlines()))[1:]
    assert sorted(row) == sorted(["310199001001001", "90", "'" + acting])
