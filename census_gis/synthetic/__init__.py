"""A made-up street, town or county of any size, for trying things out, tests and training.

``street`` is the place of the demo: 34 districts and 160,000 persons; ``county`` makes other mixes of the
same ingredients; ``write`` puts a place on disk with the project file that plans it.
"""

from __future__ import annotations

import numpy as np

from census_gis.synthetic.plan import site
from census_gis.synthetic.town import COUNTY, Mix, Town, generator, quotas
from census_gis.synthetic.township import Township, build
from census_gis.synthetic.write import write

__all__ = ["Town", "county", "street", "write"]

STREET = Mix(village=5, old=4, slab=10, tower=9, mixed=6)


def street(*, seed: int = 7) -> Town:
    """The street of the demo: 34 districts, 160,000 persons, 110 supervisors.

    28 residents' committees, one being set up, and five villages; about 10,000 buildings.
    """
    return _township(f"{COUNTY}001", "青溪街道", STREET, 160_000, seed)


def county(*, districts: int, persons: int, seed: int = 7) -> Town:
    """A place with so many districts and persons, from villages alone (up to 3) to towns.

    Raises
    ------
    ValueError
        If there is no district, or fewer than 300 persons for each.
    """
    if districts < 1:
        raise ValueError(f"districts is {districts}; a place has at least 1.")
    if persons < 300 * districts:
        raise ValueError(f"{persons} persons in {districts} districts; each has at least 300.")
    return _township(f"{COUNTY}101", "云溪镇", _mix(districts, persons), persons, seed)


def _mix(districts: int, persons: int) -> Mix:
    """Kinds by size: the more persons a district has, the less of it is country."""
    share = float(
        np.interp(persons / districts, [1_000, 2_500, 4_700, 6_000], [1.0, 0.85, 0.15, 0.05])
    )
    village = districts if districts < 4 else round(districts * share)
    town = districts - village
    old, mixed = round(town * 0.14), round(town * 0.2)
    tower = round(town * 0.3)
    return Mix(village, old, town - old - mixed - tower, tower, mixed)


def _township(code: str, name: str, mix: Mix, persons: int, seed: int) -> Town:
    key = int(code[6:9])
    area = sum(quota.area_m2 for quota in quotas(mix, persons, generator(seed, key, 1)))
    place = site(area, generator(seed, key, 2))
    supervisors = 110 if mix == STREET else max(1, persons // 300 // 5)
    return build(Township(code, name, mix, persons, place, supervisors), "云溪区", seed)
