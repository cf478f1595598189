"""Rules of size district by district: a profile may give each stratum (urban, rural …) a band of its own."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.profile import Profile

__all__ = ["Bands"]


class Bands:
    """The rules that hold in each district of a plan.

    Parameters
    ----------
    profile : Profile
        Of the census.
    districts : layer `districts`, optional
        With column `stratum`, where there is one; districts without a stratum, or whose stratum has no table of
        its own, have the rules of the census.
    """

    def __init__(self, profile: Profile, districts: pd.DataFrame | None = None) -> None:
        self._tables: dict[str, str] = {}
        self._rules = {"": profile.of_stratum("") if profile.strata else profile}
        if districts is None or not profile.strata or "stratum" not in districts:
            return
        for code, stratum in zip(districts["district_code"], districts["stratum"], strict=True):
            table = profile.stratum(stratum) if isinstance(stratum, str) else ""
            self._tables[str(code)] = table
            self._rules.setdefault(table, profile.of_stratum(table))

    @property
    def several(self) -> bool:
        """Whether districts differ in their rules."""
        return len(self._rules) > 1

    def of(self, code: object) -> Profile:
        """Rules of a district."""
        return self._rules[self._tables.get(str(code), "")]

    def high(self, code: object) -> int:
        """Most persons of an EA of a district [persons]."""
        return int(self.of(code)["ea.persons.high"])

    def values(self, key: str, codes: Iterable[object]) -> NDArray[np.float64]:
        """A rule that is a number, for each of some district codes."""
        return np.array([self.of(code)[key] for code in codes], dtype=np.float64)

    def shared(self, codes: pd.Series) -> list[tuple[Profile, NDArray[np.bool_]]]:
        """Rules, and the rows of districts in which they hold; rows are those of `codes`."""
        if not self.several:
            return [(self._rules[""], np.ones(len(codes), np.bool_))]
        table = np.array([self._tables.get(str(code), "") for code in codes], dtype=object)
        return [(self._rules[name], table == name) for name in sorted(self._rules)]

    def rules(self) -> list[Profile]:
        """The different rules that hold in districts of the plan, those of the census first."""
        return [self._rules[name] for name in sorted(set(self._tables.values()) or {""})]
