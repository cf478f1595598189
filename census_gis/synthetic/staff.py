"""Who could count: a list of posts as an office would keep it. Names are serial numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.synthetic.people import shares
from census_gis.synthetic.town import STREET_NORM, Norm

__all__ = ["staff_list"]

SUPERVISORS, PERSONS = 110, 160_000  # Yingpu street notice, 2020
RESERVE = 0.02  # enumerators of a county beyond one for each EA (choice of this example)


def staff_list(codes: list[str], persons: NDArray[np.int64], norm: Norm) -> pd.DataFrame:
    """Posts of one township, in the order of its districts.

    A street has one post for each 300 persons, 110 of 533 of them supervisors who enumerate as well
    (Yingpu, 2020). A township of a county has a supervisor for each district and an enumerator for
    each EA (Tengzhou, 2020), and a few in reserve.
    """
    if norm == STREET_NORM:
        homes, leading = _street(codes, persons)
    else:
        homes, leading = _county(codes, persons, norm)
    key = codes[0][6:9]
    serial = np.where(leading, np.cumsum(leading), np.cumsum(~leading))
    pairs = list(zip(leading.tolist(), serial.tolist(), strict=True))
    return pd.DataFrame({
        "staff_id": [f"{'S' if lead else 'E'}{key}{number:04d}" for lead, number in pairs],
        "role": np.where(leading, "supervisor", "enumerator"),
        "district_code": homes,
        "display_name": [f"{'普查指导员' if lead else '普查员'}{number:03d}" for lead, number in pairs],
        "capacity": np.where(leading, 300, 400),
    })  # fmt: skip


def _street(
    codes: list[str], persons: NDArray[np.int64]
) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Home district of each post, and whether it leads a crew."""
    total = int(persons.sum())
    posts = total // STREET_NORM.target
    wanted = max(len(codes), total * SUPERVISORS // PERSONS)  # one for each district at least
    supervisors = min(wanted, posts - 1) if posts > 1 else 0
    homes = np.repeat(codes, shares(persons, posts, np.ones(len(codes))))
    leading = np.zeros(posts, dtype=bool)
    places = (np.arange(supervisors) + 0.5) * posts / max(1, supervisors)
    leading[np.floor(places).astype(int)] = True
    return homes, leading


def _county(
    codes: list[str], persons: NDArray[np.int64], norm: Norm
) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Home district of each post, and whether it leads a crew."""
    areas = np.maximum(1, np.rint(persons / norm.target).astype(np.int64))
    areas += shares(persons, int(np.ceil(RESERVE * areas.sum())), np.ones(len(codes)))
    homes = np.repeat(codes, areas + 1)
    leading = np.zeros(len(homes), dtype=bool)
    leading[np.cumsum(areas + 1) - areas - 1] = True
    return homes, leading
