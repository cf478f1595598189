"""A made-up street, town or county of any size, for trying things out, tests and training.

``street`` is the place of the demo: 34 districts and 160,000 persons; ``county`` makes other mixes of the
same ingredients, ``townships`` the same one township at a time; ``write`` puts a place on disk with the
project file that plans it.
"""

from __future__ import annotations

from census_gis.synthetic.county import townships
from census_gis.synthetic.plan import site
from census_gis.synthetic.town import COUNTY, Mix, Town, generator, joined, quotas
from census_gis.synthetic.township import Township, build
from census_gis.synthetic.write import write

__all__ = ["Town", "county", "street", "townships", "write"]

STREET = Mix(village=5, old=4, slab=10, tower=9, mixed=6)
PERSONS, SUPERVISORS = 160_000, 110  # Yingpu street notice, 2020


def street(*, seed: int = 7) -> Town:
    """The street of the demo: 34 districts, 160,000 persons, 110 supervisors.

    28 residents' committees, one being set up, and five villages; about 9,000 buildings.
    """
    area = sum(quota.area_m2 for quota in quotas(STREET, PERSONS, generator(seed, 1, 1)))
    place = site(area, generator(seed, 1, 2))
    street = Township(f"{COUNTY}001", "青溪街道", STREET, PERSONS, place, SUPERVISORS)
    return build(street, "云溪区", seed)


def county(*, districts: int, persons: int, seed: int = 7) -> Town:
    """A place with so many districts and persons, from villages alone (up to 3) to a whole county.

    Above 36 districts it is several townships side by side. All of it is in memory at once; use
    `townships` where it should not be.

    Raises
    ------
    ValueError
        If there is no district, or fewer than 300 persons for each.
    """
    return joined(list(townships(districts=districts, persons=persons, seed=seed)))
