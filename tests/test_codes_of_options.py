"""Codes given to commands: separated by commas, in one option or several."""

import pytest

from census_gis.cli.speech import listed


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        (None, ()),
        ([], ()),
        ([""], ()),
        (["1,2"], ("1", "2")),
        (["1", "2"], ("1", "2")),
        ([" 2 , 1", "2"], ("2", "1")),
    ],
)
def test_codes_of_an_option(given, codes):
    assert listed(given) == codes
