"""What stands of a plan already: districts that people have checked, approved or changed by hand.

Such a district is never divided anew behind their backs: with unchanged inputs its rows stay, with changed ones its
EAs are laid on the new ground and keep their codes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.store.reading import reading
from census_gis.store.shelf import packed_digests

__all__ = ["FROZEN", "Standing", "refuse_frozen", "refuse_lost", "rows_digest", "standings"]

FROZEN = ("approved", "reported")  # contract, law 5: codes are frozen from `approved` on
ROWS = ("districts", "enumeration_areas", "dwelling_parts", "edits", "retired_codes")


@dataclass(frozen=True)
class Standing:
    """One district of the plan there is.

    `edited` counts the edits applied to it; `retired` says whether it has codes that must not come back;
    `digest` is that of the packed district it was planned from ('' when the plan does not say).
    """

    state: str
    edited: int
    retired: bool
    digest: str

    @property
    def stays(self) -> bool:
        """Whether it must not be divided anew."""
        return self.state != "draft" or self.edited > 0 or self.retired

    @property
    def frozen(self) -> bool:
        """Whether its codes must not change (contract, law 5)."""
        return self.state in FROZEN or self.retired


def standings(plan: Path) -> dict[str, Standing]:
    """Districts of a plan by code; none where there is no plan."""
    if not plan.is_file():
        return {}
    digests = packed_digests(plan)
    if digests is None:  # made by an earlier version, which neither signed nor edited
        return {}
    with reading(plan) as connection:
        states = dict(connection.execute("SELECT district_code, state FROM districts"))
        edited = dict(connection.execute(
            "SELECT district_code, COUNT(*) FROM edits WHERE origin != 'run' AND outcome = 'done' "
            "GROUP BY district_code"
        ))  # fmt: skip
        retired = {
            code
            for (code,) in connection.execute(
                "SELECT district_code FROM retired_codes WHERE COALESCE(retired_on, '') != ''"
            )
        }
    return {
        code: Standing(state, edited.get(code, 0), code in retired, digests.get(code, ""))
        for code, state in states.items()
    }


def rows_digest(plan: Path, code: str) -> bytes:
    """SHA-256 of the rows a district stands in: its state, EAs, dwelling parts, edits and retired codes."""
    state = hashlib.sha256()
    with reading(plan) as connection:
        for layer in ROWS:
            rows = connection.execute(
                f"SELECT * FROM {layer} WHERE district_code = ? ORDER BY rowid", (code,)
            )
            for _, *values in rows:  # the first is the row's number in the file
                state.update(repr((layer, values)).encode())
    return state.digest()


def refuse_frozen(known: Mapping[str, Standing], asked: Sequence[str]) -> None:
    """Districts whose codes are frozen are not divided anew, not even on request.

    Raises
    ------
    ConfigError
        Naming the districts.
    """
    frozen = [code for code in asked if code in known and known[code].frozen]
    if frozen:
        raise ConfigError(
            Text(f"{len(frozen)} districts are approved or reported, or have codes that were given up: their codes are frozen.",
                 f"{len(frozen)} 个普查区已批准或上报，或有停用代码：代码已冻结。"),
            where=", ".join(frozen[:5]),
            fix=Text("withdraw them first: census-gis sign PLAN.gpkg checked --by WHO --reason WHY.",
                     "请先撤回：census-gis sign PLAN.gpkg checked --by 姓名 --reason 原因。"),
        )  # fmt: skip


def refuse_lost(known: Mapping[str, Standing], given: Sequence[str]) -> None:
    """Frozen codes do not vanish because a district is not in the inputs any more.

    Raises
    ------
    ConfigError
        Naming the districts.
    """
    lost = sorted(code for code in set(known) - set(given) if known[code].frozen)
    if lost:
        raise ConfigError(
            Text(f"{len(lost)} districts whose codes are frozen are not among the districts given.",
                 f"{len(lost)} 个代码已冻结的普查区不在所给的普查区图层中。"),
            where=", ".join(lost[:5]),
            fix=Text("give them again, or withdraw them first: census-gis sign PLAN.gpkg checked --by WHO --reason WHY.",
                     "请重新提供这些普查区，或先撤回：census-gis sign PLAN.gpkg checked --by 姓名 --reason 原因。"),
        )  # fmt: skip
