"""A made-up street, town or county of any size, for trying things out, tests and training.

``street`` is the place of the demo: 34 districts and 160,000 persons. ``county`` makes other mixes of the
same ingredients, ``townships`` the same one township at a time, so that a county of any size fits in
memory. ``write`` and ``write_all`` put a place on disk with the project file that plans it; ``shuffled``
mixes its rows.
"""

from __future__ import annotations

from census_gis.synthetic.county import township_count, townships
from census_gis.synthetic.town import Town, joined, shuffled
from census_gis.synthetic.write import Summary, write, write_all

__all__ = [
    "Summary",
    "Town",
    "county",
    "shuffled",
    "street",
    "township_count",
    "townships",
    "write",
    "write_all",
]


def street(*, seed: int = 7) -> Town:
    """The street of the demo: 34 districts, 160,000 persons, 110 supervisors.

    28 residents' committees, one being set up, and five villages; about 9,400 buildings.
    """
    return county(districts=34, persons=160_000, seed=seed)


def county(*, districts: int, persons: int, seed: int = 7, count: int | None = None) -> Town:
    """A place with so many districts and persons, from villages alone (up to 3) to a whole county.

    Above 36 districts, or with a `count` of townships above one, it is a county: townships side by side,
    EAs of 247 persons. All of it is in memory at once; use `townships` where it should not be.

    Raises
    ------
    ConfigError
        If there is no district, fewer than 300 persons for each, or more townships than districts.
    """
    return joined(list(townships(districts=districts, persons=persons, seed=seed, count=count)))
